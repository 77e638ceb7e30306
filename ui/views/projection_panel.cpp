// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/projection_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <limits>
#include <utility>

#include "ui/views/curve_plot.h"
#include "ui/views/loadings_plot.h"
#include "ui/views/projection_space.h"
#include "ui/views/projection_view.h"

namespace assayer::ui {

ProjectionPanel::ProjectionPanel(QWidget* parent)
    : QWidget(parent),
      page_(new QComboBox),
      against_(new QLabel(tr("against"))),
      turn_(new QToolButton),
      stack_(new QStackedWidget),
      plane_(new ProjectionView),
      space_(new ProjectionSpace),
      scree_(new CurvePlot(QStringLiteral("scree"))),
      loadings_(new LoadingsPlot) {
  plane_->setObjectName(QStringLiteral("projectionView"));
  space_->setObjectName(QStringLiteral("projectionSpace"));
  scree_->setObjectName(QStringLiteral("screePlot"));
  loadings_->setObjectName(QStringLiteral("loadingsPlot"));
  page_->setObjectName(QStringLiteral("projectionPage"));
  page_->addItems({tr("Two axes"), tr("Three, turning"), tr("Explained variance"), tr("Loadings")});
  page_->setAccessibleName(tr("Picture of the principal components"));
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    axes_[a] = new QComboBox;
    axes_[a]->setObjectName(QStringLiteral("projectionAxis%1").arg(a));
    // A model brings names that are longer than those at first show.
    axes_[a]->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    connect(axes_[a], &QComboBox::currentIndexChanged, this,
            [this] { plane_->setAxes(axes_[0]->currentIndex(), axes_[1]->currentIndex()); });
  }
  axes_[0]->setAccessibleName(tr("Horizontal axis"));
  axes_[1]->setAccessibleName(tr("Vertical axis"));
  axes_[0]->setToolTip(tr("Horizontal axis"));
  axes_[1]->setToolTip(tr("Vertical axis"));
  turn_->setObjectName(QStringLiteral("projectionTurn"));
  turn_->setText(tr("Turn"));
  turn_->setCheckable(true);
  turn_->setToolTip(tr("Turn about the third component by itself"));
  connect(turn_, &QToolButton::toggled, space_, &ProjectionSpace::setTurning);
  CurvePlot::Axes axes;
  axes.x = tr("Principal component");
  axes.y = tr("Variance explained (%)");
  scree_->setAxes(axes);
  scree_->setEmptyText(tr("How much each component explains appears here once data are open."));

  auto* bar = new QHBoxLayout;
  bar->setContentsMargins(4, 2, 4, 0);
  bar->setSpacing(6);
  for (QWidget* widget : std::initializer_list<QWidget*>{page_, axes_[0], against_, axes_[1], turn_})
    bar->addWidget(widget);
  bar->addStretch(1);
  for (QWidget* page : std::initializer_list<QWidget*>{plane_, space_, scree_, loadings_})
    stack_->addWidget(page);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addLayout(bar);
  column->addWidget(stack_, 1);
  connect(page_, &QComboBox::currentIndexChanged, this,
          [this](int page) { showPage(static_cast<Page>(page)); });
  connect(plane_, &ProjectionView::axesChanged, this, &ProjectionPanel::followAxes);
  connect(plane_, &ProjectionView::selectionRequested, this, &ProjectionPanel::selectionRequested);
  connect(space_, &ProjectionSpace::selectionRequested, this, &ProjectionPanel::selectionRequested);
  showPage(Page::Plane);
}

std::vector<PlotView*> ProjectionPanel::plots() {
  return {plane_, space_, scree_, loadings_};
}

void ProjectionPanel::showPage(Page page) {
  page_->setCurrentIndex(static_cast<int>(page));
  stack_->setCurrentIndex(static_cast<int>(page));
  for (QWidget* widget : std::initializer_list<QWidget*>{axes_[0], against_, axes_[1]})
    widget->setVisible(page == Page::Plane);
  turn_->setVisible(page == Page::Space);
}

void ProjectionPanel::setData(DatasetPtr source) {
  data_ = std::move(source);
  selection_.clear();
  comparison_.clear();
  compared_.clear();
  plane_->setData(data_);
  setPca(nullptr);
}

void ProjectionPanel::setPca(std::shared_ptr<const Pca> pca) {
  pca_ = std::move(pca);
  plane_->setPca(pca_);
  space_->setPca(data_, pca_);
  loadings_->setPca(data_, pca_);
  showEndmembers();
  space_->setSelection(selection_);
  space_->setComparison(comparison_);
  followAxes(plane_->horizontal(), plane_->vertical());
  std::vector<CurvePlot::Line> lines;
  if (pca_ && pca_->total_variance > 0) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    CurvePlot::Line each{tr("each"), {}};
    CurvePlot::Line together{tr("together"), {}};
    double sum = 0;
    for (std::size_t r = 0; r < pca_->variance.size(); ++r) {
      const double share = 100 * pca_->variance[r] / pca_->total_variance;
      sum += share;
      const auto x = static_cast<double>(r + 1);
      each.points.push_back({x, share, kNone, kNone});
      together.points.push_back({x, sum, kNone, kNone});
    }
    lines = {std::move(each), std::move(together)};
  }
  scree_->setLines(std::move(lines));
}

void ProjectionPanel::setSnapshot(const std::shared_ptr<const Snapshot>& snapshot) {
  plane_->setSnapshot(snapshot);
}

void ProjectionPanel::setRuns(std::vector<ShownRun> runs, const std::optional<ShownRun>& active) {
  compared_ = runs;
  if (!runs.empty() && active && active->snapshot) compared_.push_back(*active);
  plane_->setRuns(std::move(runs));
  showEndmembers();
}

void ProjectionPanel::showEndmembers() {
  std::vector<RunEndmembers> endmembers;
  if (pca_) endmembers = endmembersAmong(*pca_, data_, compared_);
  plane_->setEndmembers(endmembers);
  space_->setEndmembers(std::move(endmembers));
}

void ProjectionPanel::followAxes(int x, int y) {
  QStringList names;
  for (const RowAxis& axis : plane_->axes().all()) names << plane_->axes().name(axis);
  const std::array<int, 2> chosen{x, y};
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const QSignalBlocker quiet(axes_[a]);
    if (names != names_) {
      axes_[a]->clear();
      axes_[a]->addItems(names);
      axes_[a]->setEnabled(names.size() > 1);
    }
    axes_[a]->setCurrentIndex(chosen[a]);
  }
  names_ = names;
}

void ProjectionPanel::setSelection(const Rows& rows) {
  selection_ = rows;
  plane_->setSelection(rows);
  space_->setSelection(rows);
}

void ProjectionPanel::setComparison(const Rows& rows) {
  comparison_ = rows;
  plane_->setComparison(rows);
  space_->setComparison(rows);
}

}  // namespace assayer::ui
