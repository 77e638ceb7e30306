// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/projection_view.h"

#include <QMenu>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "ui/views/colour_bar.h"
#include "ui/views/dots.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kClickReach = 12;  // pixels
constexpr std::size_t kNamedGroups = 12;
constexpr int kAxesInMenu = 10;

/// viridis, without its darkest end where that would sink into a dark background.
QColor shade(double fraction, bool dark) {
  return viridis(dark ? 0.16 + 0.84 * fraction : fraction);
}

}  // namespace

ProjectionView::ProjectionView(QWidget* parent) : RowPlot(parent) {
  setEmptyText(tr("Open a data set to see its spectra by principal components here."));
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawPoints(painter); });
  applyTheme();
}

void ProjectionView::setData(DatasetPtr dataset) {
  data_ = std::move(dataset);
  pca_.reset();
  chosen_.clear();
  x_ = 0;
  y_ = 1;
  shuffled_.clear();
  if (data_) {
    setEmptyText(tr("Principal components are being computed."));
  } else {
    setEmptyText(tr("Open a data set to see its spectra by principal components here."));
  }
  if (!data_ || static_cast<std::size_t>(component_) >= data_->components()) setColour(Colour::Group);
  updateBuckets();
  setFollowsData(true);
  restyle();
  contentChanged();
}

void ProjectionView::chooseRows() {
  shuffled_.clear();
  if (isEmpty()) return;
  // Of a large image only some rows have scores.
  for (std::uint32_t row = 0; row < data_->rows(); ++row)
    if (std::isfinite(pca_->scores(row, 0))) shuffled_.push_back(row);
  // The same picture every time: a fixed seed, and mt19937's numbers are the standard's.
  std::mt19937 random(1);
  if (const std::size_t rows = shuffled_.size(); rows > kMostDots) {
    // One of every stretch of neighbours.
    for (std::size_t i = 0; i < kMostDots; ++i) {
      const std::size_t first = i * rows / kMostDots;
      const std::size_t last = (i + 1) * rows / kMostDots;
      shuffled_[i] = shuffled_[first + random() % (last - first)];
    }
    shuffled_.resize(kMostDots);
  }
  for (std::size_t i = shuffled_.size(); i > 1; --i) std::swap(shuffled_[i - 1], shuffled_[random() % i]);
}

void ProjectionView::setPca(std::shared_ptr<const Pca> pca) {
  pca_ = std::move(pca);
  chooseRows();
  if (pca_ && static_cast<std::size_t>(std::max(x_, y_)) >= pca_->scores.cols()) {
    x_ = 0;
    y_ = pca_->scores.cols() > 1 ? 1 : 0;
  }
  setFollowsData(true);
  restyle();
  contentChanged();
}

void ProjectionView::setAxes(int x, int y) {
  const int count = pca_ ? static_cast<int>(pca_->scores.cols()) : 2;
  if (x < 0 || y < 0 || x >= count || y >= count) return;
  x_ = x;
  y_ = y;
  setFollowsData(true);
  restyle();
  contentChanged();
  Q_EMIT axesChanged(x_, y_);
}

void ProjectionView::setColour(Colour colour, int component) {
  if (colour == Colour::Component &&
      (!data_ || component < 0 || static_cast<std::size_t>(component) >= data_->components())) {
    return;
  }
  colour_ = colour;
  component_ = colour == Colour::Component ? component : 0;
  if (colour == Colour::Component && scale_ == nullptr) {
    scale_ = addColourBar(*this);
    scale_->setDataRange(QCPRange(0, 100));
  } else if (colour == Colour::Group && scale_ != nullptr) {
    removeColourBar(*this, scale_);
    scale_ = nullptr;
  }
  updateBuckets();
  // The bar has axes of its own, made after the theme was applied.
  applyTheme();
}

bool ProjectionView::isEmpty() const {
  return !data_ || !pca_ || pca_->scores.rows() != data_->rows() || pca_->scores.cols() == 0;
}

void ProjectionView::updateBuckets() {
  bucket_.assign(data_ ? data_->rows() : 0, 0);
  if (!data_) return;
  for (std::size_t row = 0; row < bucket_.size(); ++row) {
    if (colour_ == Colour::Component) {
      const bool known = data_->labelled(row);
      const double share = known ? data_->abundances()->row(row)[static_cast<std::size_t>(component_)] : 0;
      bucket_[row] = static_cast<std::uint8_t>(
          known ? std::min<std::size_t>(kShades - 1, static_cast<std::size_t>(share * kShades)) : kShades);
    } else if (data_->groups()) {
      bucket_[row] =
          static_cast<std::uint8_t>(static_cast<std::size_t>(data_->groups()->of_row[row]) % categoryCount());
    }
  }
}

QColor ProjectionView::bucketColour(std::size_t bucket) const {
  QColor colour = colour_ == Colour::Group ? categoryColour(bucket, theme().dark)
                  : bucket < kShades ? shade((static_cast<double>(bucket) + 0.5) / kShades, theme().dark)
                                     : theme().axis;
  colour.setAlpha(bucket_.size() > 400 ? 165 : 225);
  return colour;
}

bool ProjectionView::drawn(std::size_t row) const {
  return std::isfinite(pca_->scores(row, static_cast<std::size_t>(x_))) &&
         std::isfinite(pca_->scores(row, static_cast<std::size_t>(y_)));
}

QPointF ProjectionView::pixelOf(std::size_t row) const {
  return {xAxis->coordToPixel(pca_->scores(row, static_cast<std::size_t>(x_))),
          yAxis->coordToPixel(pca_->scores(row, static_cast<std::size_t>(y_)))};
}

std::optional<QPointF> ProjectionView::pixelOfRow(std::uint32_t row) const {
  if (isEmpty() || row >= data_->rows() || !drawn(row)) return std::nullopt;
  return pixelOf(row);
}

std::optional<std::uint32_t> ProjectionView::rowAt(const QPointF& position) const {
  if (isEmpty()) return std::nullopt;
  std::optional<std::uint32_t> best;
  double reach = kClickReach * kClickReach;
  for (const std::uint32_t row : shuffled_) {
    const QPointF away = pixelOf(row) - position;
    const double distance = QPointF::dotProduct(away, away);
    // A NaN is never less. Of rows at one place the first counts.
    if (distance < reach || (best && distance == reach && row < *best)) {
      reach = distance;
      best = row;
    }
  }
  return best;
}

void ProjectionView::rescale() {
  const auto range = [this](int axis) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (std::size_t row = 0; row < data_->rows(); ++row) {
      const double score = pca_->scores(row, static_cast<std::size_t>(axis));
      if (!std::isfinite(score)) continue;
      low = std::min(low, score);
      high = std::max(high, score);
    }
    return padded(low, high);
  };
  xAxis->setRange(range(x_));
  yAxis->setRange(range(y_));
}

void ProjectionView::restyle() {
  const auto title = [this](int axis) {
    QString name = QStringLiteral("PC%1").arg(axis + 1);
    const auto a = static_cast<std::size_t>(axis);
    if (!pca_ || a >= pca_->variance.size() || !(pca_->total_variance > 0)) return name;
    const double percent = 100 * pca_->variance[a] / pca_->total_variance;
    return QStringLiteral("%1 (%2 %)").arg(name).arg(percent, 0, 'f', percent < 10 ? 2 : 1);
  };
  xAxis->setLabel(title(x_));
  yAxis->setLabel(title(y_));
  std::vector<LegendEntry> entries;
  if (!isEmpty()) {
    const auto dot = [](QColor colour) {
      colour.setAlpha(255);
      return QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(Qt::NoPen), QBrush(colour), 6.5);
    };
    if (colour_ == Colour::Group && data_->groups()) {
      const std::vector<std::string>& names = data_->groups()->names;
      for (std::size_t g = 0; g < std::min(names.size(), kNamedGroups); ++g) {
        LegendEntry entry;
        entry.text = QString::fromStdString(names[g]);
        entry.marker = dot(bucketColour(g % categoryCount()));
        entries.push_back(std::move(entry));
      }
      if (names.size() > kNamedGroups) {
        LegendEntry more;
        more.text = tr("and %1 more").arg(names.size() - kNamedGroups);
        entries.push_back(std::move(more));
      }
    }
    if (colour_ == Colour::Component &&
        std::any_of(bucket_.begin(), bucket_.end(), [](auto b) { return b == kShades; })) {
      LegendEntry unknown;
      unknown.text = tr("without composition");
      unknown.marker = dot(bucketColour(kShades));
      entries.push_back(std::move(unknown));
    }
    addDrawnEntry(shuffled_.size(), data_->rows(), entries);
    chosen_.addEntries(theme(), entries);
  }
  strip().setEntries(std::move(entries));
  if (scale_ != nullptr) {
    scale_->setVisible(!isEmpty());
    styleColourBar(*scale_, theme(),
                   data_ ? QStringLiteral("%1 (%)").arg(QString::fromStdString(
                               data_->component_names()[static_cast<std::size_t>(component_)]))
                         : QString(),
                   [this](double fraction) { return shade(fraction, theme().dark); });
  }
}

QString ProjectionView::statusAt(const QPointF& position) const {
  const std::optional<std::uint32_t> row = rowAt(position);
  if (!row) return tr("Select: click takes the nearest spectrum, Shift adds, drag a box, Alt a lasso");
  QString text = tr("row %1").arg(*row);
  if (const auto& groups = data_->groups()) {
    const auto g = static_cast<std::size_t>(groups->of_row[*row]);
    if (g < groups->names.size()) text += QStringLiteral(" · ") + QString::fromStdString(groups->names[g]);
  }
  for (const int axis : {x_, y_}) {
    text += QStringLiteral(" · PC%1 %2")
                .arg(axis + 1)
                .arg(static_cast<double>(pca_->scores(*row, static_cast<std::size_t>(axis))), 0, 'g', 4);
  }
  return text;
}

void ProjectionView::extendMenu(QMenu& menu) {
  if (isEmpty()) return;
  const int axes = std::min(kAxesInMenu, static_cast<int>(pca_->scores.cols()));
  QMenu* horizontal = menu.addMenu(tr("Horizontal axis"));
  QMenu* vertical = menu.addMenu(tr("Vertical axis"));
  for (int a = 0; a < axes; ++a) {
    const QString name = QStringLiteral("PC%1").arg(a + 1);
    QAction* across = horizontal->addAction(name, this, [this, a] { setAxes(a, y_); });
    across->setCheckable(true);
    across->setChecked(a == x_);
    QAction* up = vertical->addAction(name, this, [this, a] { setAxes(x_, a); });
    up->setCheckable(true);
    up->setChecked(a == y_);
  }
  QMenu* colours = menu.addMenu(tr("Colour by"));
  QAction* byGroup = colours->addAction(tr("Group"), this, [this] { setColour(Colour::Group); });
  byGroup->setCheckable(true);
  byGroup->setChecked(colour_ == Colour::Group);
  for (int k = 0; k < static_cast<int>(data_->components()); ++k) {
    QAction* action =
        colours->addAction(QString::fromStdString(data_->component_names()[static_cast<std::size_t>(k)]),
                           this, [this, k] { setColour(Colour::Component, k); });
    action->setCheckable(true);
    action->setChecked(colour_ == Colour::Component && component_ == k);
  }
}

void ProjectionView::drawPoints(QCPPainter& painter) const {
  if (isEmpty()) return;
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-5, -5, 5, 5);
  const double diameter = shuffled_.size() > 2000 ? 3.2 : shuffled_.size() > 400 ? 4.2 : 5.5;
  // Colour by colour within a slice of the shuffled rows: few changes of pen, yet no colour on top of all.
  std::array<QList<QPointF>, kShades + 1> points;
  const std::size_t slice = std::max<std::size_t>(500, shuffled_.size() / 12);
  for (std::size_t first = 0; first < shuffled_.size(); first += slice) {
    for (QList<QPointF>& list : points) list.clear();
    for (std::size_t i = first; i < std::min(first + slice, shuffled_.size()); ++i) {
      const std::uint32_t row = shuffled_[i];
      const QPointF at = pixelOf(row);
      if (visible.contains(at)) points[bucket_[row]].append(at);
    }
    for (std::size_t bucket = 0; bucket < points.size(); ++bucket) {
      if (!points[bucket].isEmpty()) drawDots(painter, points[bucket], diameter, bucketColour(bucket));
    }
  }
  chosen_.draw(painter, theme(), visible, [this](std::uint32_t row) { return pixelOfRow(row); });
}

PlotTable ProjectionView::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  table.header << QStringLiteral("row") << QStringLiteral("group");
  for (std::size_t a = 0; a < pca_->scores.cols(); ++a) table.header << QStringLiteral("PC%1").arg(a + 1);
  for (std::size_t row = 0; row < data_->rows(); ++row) {
    QStringList cells{QString::number(row), QString()};
    if (const auto& groups = data_->groups()) {
      const auto g = static_cast<std::size_t>(groups->of_row[row]);
      if (g < groups->names.size()) cells[1] = QString::fromStdString(groups->names[g]);
    }
    for (const float score : pca_->scores.row(row)) cells << cell(score);
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
