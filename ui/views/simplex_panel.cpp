// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/simplex_panel.h"

#include <QAction>
#include <QActionGroup>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolBar>
#include <QVBoxLayout>

namespace assayer::ui {
namespace {

constexpr int kInteriorSteps = 100;  // of the slider, from 0 to the whole simplex's centre rule at w = 1
constexpr int kPaperInterior = 70;

}  // namespace

SimplexPanel::SimplexPanel(QWidget* parent)
    : QWidget(parent),
      view_(new SimplexView(this)),
      bar_(new QToolBar(this)),
      second_bar_(new QToolBar(this)),
      face_bar_(new QToolBar(this)),
      generate_(new QAction(tr("&Generate…"), this)),
      clear_(new QAction(tr("C&lear Unfeatured"), this)),
      interior_(new QSlider(Qt::Horizontal)),
      interior_label_(new QLabel),
      brush_(new QSlider(Qt::Horizontal)),
      figure_(new QComboBox),
      others_(new QDoubleSpinBox) {
  view_->setObjectName(QStringLiteral("simplexView"));
  view_->setEmptyText(
      tr("Open data with known compositions\nto choose labelled and unfeatured points here."));
  createTools();
  createFace();

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(bar_);
  column->addWidget(second_bar_);
  column->addWidget(face_bar_);
  column->addWidget(view_, 1);
  setData(nullptr);
  setEditable(false);
}

void SimplexPanel::createTools() {
  auto* group = new QActionGroup(this);
  const auto tool = [&](SimplexView::Tool which, const QString& text, const QString& tip,
                        const QKeySequence& key) {
    QAction* action = group->addAction(text);
    action->setCheckable(true);
    action->setShortcut(key);
    action->setToolTip(tr("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
    action->setStatusTip(tip);
    connect(action, &QAction::triggered, this, [this, which] { chooseTool(which); });
    tools_[static_cast<std::size_t>(which)] = action;
    return action;
  };
  using Tool = SimplexView::Tool;
  select_ =
      tool(Tool::Select, tr("&Select"),
           tr("Click takes the nearest composition, Shift adds, drag draws a box, Alt a lasso"), Qt::Key_1);
  tool(Tool::PlaceUnfeatured, tr("&Place"),
       tr("Each click adds one composition without a spectrum; place them near the corners"), Qt::Key_2);
  tool(Tool::SprayUnfeatured, tr("Spra&y"),
       tr("Drag scatters compositions without a spectrum under the brush"), Qt::Key_3);
  tool(Tool::EraseUnfeatured, tr("&Erase"), tr("Drag removes the unfeatured compositions under the brush"),
       Qt::Key_4);
  compose_ = tool(Tool::Compose, tr("Co&mpose"),
                  tr("Drag over the simplex, and the spectrum that the model generates follows"), Qt::Key_5);
  compose_->setEnabled(false);
  select_->setChecked(true);

  generate_->setObjectName(QStringLiteral("generateUnfeaturedAction"));
  generate_->setToolTip(tr("Make unfeatured compositions near corners, along edges or everywhere"));
  clear_->setToolTip(tr("Remove all unfeatured points"));
  for (QAction* action : {generate_, clear_}) action->setStatusTip(action->toolTip());

  bar_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  for (QAction* action : tools_) bar_->addAction(action);
  bar_->addSeparator();
  bar_->addActions({generate_, clear_});

  createInterior(*second_bar_);
  second_bar_->addSeparator();
  second_bar_->addWidget(new QLabel(tr(" Brush ")));
  brush_->setObjectName(QStringLiteral("brushSlider"));
  brush_->setAccessibleName(tr("Size of the brush"));
  brush_->setRange(6, 90);
  brush_->setValue(static_cast<int>(view_->brushRadius()));
  brush_->setMaximumWidth(110);
  brush_->setToolTip(tr("Size of the brush that sprays and erases"));
  connect(brush_, &QSlider::valueChanged, view_, [this](int pixels) { view_->setBrushRadius(pixels); });
  second_bar_->addWidget(brush_);
}

void SimplexPanel::createInterior(QToolBar& bar) {
  auto* title = new QLabel(tr(" &Interior "));
  title->setBuddy(interior_);
  interior_->setObjectName(QStringLiteral("interiorSlider"));
  interior_->setAccessibleName(tr("Width of the interior"));
  interior_->setRange(1, kInteriorSteps);
  interior_->setValue(kPaperInterior);
  interior_->setMaximumWidth(160);
  interior_->setToolTip(tr(
      "Select the rows in the middle of the simplex: every component within ± w/K of 1/K (the paper: 0.7)"));
  interior_label_->setObjectName(QStringLiteral("interiorLabel"));
  interior_label_->setMinimumWidth(
      interior_label_->fontMetrics().horizontalAdvance(QStringLiteral(" ±0.00 ")));
  // While it is dragged the region is drawn; keys and wheel step and ask at once.
  connect(interior_, &QSlider::sliderPressed, this, &SimplexPanel::showInterior);
  connect(interior_, &QSlider::valueChanged, this, [this] {
    showInterior();
    if (!interior_->isSliderDown()) Q_EMIT interiorRequested(interiorWidth());
  });
  connect(interior_, &QSlider::sliderReleased, this, [this] {
    Q_EMIT interiorRequested(interiorWidth());
    view_->setInterior(std::nullopt);
  });
  bar.addWidget(title);
  bar.addWidget(interior_);
  bar.addWidget(interior_label_);
  interior_label_->setText(QStringLiteral(" ±%1 ").arg(interiorWidth(), 0, 'f', 2));
}

void SimplexPanel::createFace() {
  figure_->setObjectName(QStringLiteral("simplexFigure"));
  figure_->addItems({tr("Polygon of all"), tr("Triangle of")});
  figure_->setAccessibleName(tr("Figure of the simplex"));
  face_bar_->addWidget(figure_);
  const std::array names = {tr("Left corner"), tr("Top corner"), tr("Right corner")};
  for (std::size_t c = 0; c < corners_.size(); ++c) {
    corners_[c] = new QComboBox;
    corners_[c]->setObjectName(QStringLiteral("simplexCorner%1").arg(static_cast<int>(c)));
    corners_[c]->setAccessibleName(names[c]);
    corners_[c]->setToolTip(names[c]);
    corners_[c]->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    corners_[c]->setMinimumContentsLength(6);
    face_bar_->addWidget(corners_[c]);
    connect(corners_[c], &QComboBox::currentIndexChanged, this, &SimplexPanel::chooseFace);
  }
  others_->setObjectName(QStringLiteral("simplexOthers"));
  others_->setAccessibleName(tr("Most of the other components"));
  others_->setRange(0, 100);
  others_->setDecimals(0);
  others_->setSingleStep(5);
  others_->setValue(100);
  others_->setPrefix(tr("others ≤ "));
  others_->setSuffix(tr(" %"));
  others_->setToolTip(tr("Compositions with more of the components that have no corner are not shown"));
  face_bar_->addWidget(others_);
  connect(others_, &QDoubleSpinBox::valueChanged, this, &SimplexPanel::chooseFace);
  connect(figure_, &QComboBox::currentIndexChanged, this, &SimplexPanel::chooseFace);
}

void SimplexPanel::setData(DatasetPtr dataset) {
  const std::size_t components = dataset ? dataset->component_names().size() : 0;
  {
    const QSignalBlocker quiet(figure_);
    figure_->setCurrentIndex(0);
  }
  for (std::size_t c = 0; c < corners_.size(); ++c) {
    const QSignalBlocker quiet(corners_[c]);
    corners_[c]->clear();
    for (std::size_t k = 0; k < components; ++k)
      corners_[c]->addItem(QString::fromStdString(dataset->component_names()[k]));
    if (c == 2) corners_[c]->addItem(tr("all others"));
    corners_[c]->setCurrentIndex(static_cast<int>(c));
  }
  face_bar_->setVisible(components > 3);
  second_bar_->setVisible(components >= 2);
  view_->setData(std::move(dataset));
  chooseFace();
}

void SimplexPanel::chooseFace() {
  const bool triangle = figure_->currentIndex() == 1;
  const bool summed = corners_[2]->currentIndex() == corners_[2]->count() - 1;
  for (QComboBox* corner : corners_) corner->setEnabled(triangle);
  others_->setEnabled(triangle && !summed);
  if (!triangle) {
    view_->setFace(std::nullopt);
    return;
  }
  SimplexView::Face face;
  face.left = static_cast<std::size_t>(corners_[0]->currentIndex());
  face.top = static_cast<std::size_t>(corners_[1]->currentIndex());
  if (!summed) face.right = static_cast<std::size_t>(corners_[2]->currentIndex());
  face.mostOthers = others_->value() / 100;
  view_->setFace(face);
  if (view_->face() != face) Q_EMIT statusText(tr("Choose three different components for the corners"));
}

double SimplexPanel::interiorWidth() const {
  return interior_->value() / static_cast<double>(kInteriorSteps);
}

void SimplexPanel::showInterior() {
  interior_label_->setText(QStringLiteral(" ±%1 ").arg(interiorWidth(), 0, 'f', 2));
  if (interior_->isSliderDown()) view_->setInterior(interiorWidth());
}

void SimplexPanel::setEditable(bool editable) {
  for (QAction* action : tools_)
    if (action != compose_) action->setEnabled(editable || action == select_);
  generate_->setEnabled(editable);
  clear_->setEnabled(editable);
  if (!editable && !compose_->isChecked()) select_->trigger();
}

void SimplexPanel::setComposable(bool composable) {
  compose_->setEnabled(composable);
  if (!composable && compose_->isChecked()) select_->trigger();
}

void SimplexPanel::chooseTool(SimplexView::Tool tool) {
  view_->setTool(tool);
  Q_EMIT statusText(tools_[static_cast<std::size_t>(tool)]->statusTip());
}

}  // namespace assayer::ui
