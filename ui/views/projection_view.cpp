// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/projection_view.h"

#include <QMenu>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

#include "ui/viewmodels/finite_span.h"
#include "ui/viewmodels/texts.h"
#include "ui/views/colour_bar.h"
#include "ui/views/dots.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kClickReach = 12;  // pixels
constexpr std::size_t kNamedGroups = 12;

/// viridis, without its darkest end where that would sink into a dark background.
QColor shade(double fraction, bool dark) {
  return viridis(dark ? 0.16 + 0.84 * fraction : fraction);
}

}  // namespace

ProjectionView::ProjectionView(QWidget* parent)
    : RowPlot(parent), points_(*this, PointPicture::kMostDots, [this] {
        restyle();
        refresh();
      }) {
  setEmptyText(tr("Open a data set to see its spectra by principal components here."));
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawPoints(painter); });
  applyTheme();
}

void ProjectionView::setData(DatasetPtr dataset) {
  data_ = std::move(dataset);
  pca_.reset();
  snapshot_.reset();
  runs_.clear();
  endmembers_.clear();
  axes_ = {};
  chosen_.clear();
  x_ = wished_x_ = {RowAxis::Kind::Score, 0};
  y_ = wished_y_ = {RowAxis::Kind::Score, 1};
  wished_shade_.reset();
  shuffled_.clear();
  placeRows(true);
  if (data_) {
    setEmptyText(tr("Principal components are being computed."));
  } else {
    setEmptyText(tr("Open a data set to see its spectra by principal components here."));
  }
  if (colour_ == Colour::Axis || !data_ || static_cast<std::size_t>(component_) >= data_->components())
    setColour(Colour::Group);
  updateBuckets();
  setFollowsData(true);
  restyle();
  contentChanged();
}

void ProjectionView::shuffleRows() {
  shuffled_.clear();
  if (isEmpty() || data_->rows() > PointPicture::kMostDots) return;
  // Of a large image only some rows have scores.
  const RowAxis judged = axes_.all().front();
  for (std::uint32_t row = 0; row < data_->rows(); ++row)
    if (std::isfinite(axes_.value(judged, row))) shuffled_.push_back(row);
  // The same picture every time: a fixed seed, and mt19937's numbers are the standard's.
  std::mt19937 random(1);
  for (std::size_t i = shuffled_.size(); i > 1; --i) std::swap(shuffled_[i - 1], shuffled_[random() % i]);
}

void ProjectionView::placeRows(bool others) {
  placeRuns();
  if (others) {
    jobs_.abandon();
    again_ = false;
    points_.setIndex(nullptr);
  }
  if (isEmpty()) return;
  const auto place = [axes = axes_, across = x_, up = y_, rows = data_->rows()] {
    std::vector<double> x(rows);
    std::vector<double> y(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      x[row] = axes.value(across, row);
      y[row] = axes.value(up, row);
    }
    return std::make_shared<const PointIndex>(x, y);
  };
  if (data_->rows() <= PointPicture::kMostDots) {
    points_.setIndex(place());
    return;
  }
  // What a model in training says comes faster than a million rows may be placed: the newest comes next.
  if (jobs_.busy()) {
    again_ = true;
    return;
  }
  jobs_.start<std::shared_ptr<const PointIndex>>(
      tr("Projection"),
      [place](RunControl&, const ProgressFn&) -> Result<std::shared_ptr<const PointIndex>> {
        return place();
      },
      [this](Result<std::shared_ptr<const PointIndex>>& index) {
        if (index) {
          points_.setIndex(std::move(*index));
          restyle();
          contentChanged();
        }
        if (std::exchange(again_, false))
          placeRows(false);
        else
          Q_EMIT settled();
      });
}

void ProjectionView::setPca(std::shared_ptr<const Pca> pca) {
  pca_ = std::move(pca);
  // They were of other components.
  endmembers_.clear();
  updateAxes();
  shuffleRows();
  placeRows(true);
  setFollowsData(true);
  restyle();
  contentChanged();
}

void ProjectionView::setSnapshot(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  const auto told = [](const RowAxis& axis) { return axis.kind != RowAxis::Kind::Score; };
  const auto drawn = [&] { return told(x_) || told(y_) || (colour_ == Colour::Axis && told(shade_)); };
  const bool was_drawn = drawn();
  const RowAxis x_before = x_;
  const RowAxis y_before = y_;
  updateAxes();
  // What is on display may say nothing of the model.
  if (!was_drawn && !drawn()) return;
  if (colour_ == Colour::Axis) updateBuckets();
  const bool others = x_ != x_before || y_ != y_before;
  if (others || told(x_) || told(y_)) placeRows(others);
  restyle();
  contentChanged();
}

void ProjectionView::updateAxes() {
  const std::vector<RowAxis> before = axes_.all();
  axes_ = RowAxes(pca_, snapshot_, data_ ? toStrings(data_->component_names()) : QStringList());
  const std::vector<RowAxis>& all = axes_.all();
  if (!all.empty()) {
    // A new run has no z for a while. What the user chose is taken up again once there is one.
    const bool wished = axes_.indexOf(wished_x_) >= 0 && axes_.indexOf(wished_y_) >= 0;
    const RowAxis x = wished ? wished_x_ : all[0];
    const RowAxis y = wished ? wished_y_ : all[all.size() > 1 ? 1 : 0];
    if (x != x_ || y != y_) setFollowsData(true);
    x_ = x;
    y_ = y;
  }
  const int shade_index = wished_shade_ ? axes_.indexOf(*wished_shade_) : -1;
  if (shade_index >= 0 && (colour_ != Colour::Axis || shade_ != *wished_shade_))
    applyColour(Colour::Axis, shade_index);
  else if (shade_index < 0 && colour_ == Colour::Axis)
    applyColour(Colour::Group, 0);
  if (all != before) Q_EMIT axesChanged(horizontal(), vertical());
}

void ProjectionView::setAxes(int x, int y) {
  const auto count = static_cast<int>(axes_.all().size());
  if (x < 0 || y < 0 || x >= count || y >= count) return;
  x_ = wished_x_ = axes_.all()[static_cast<std::size_t>(x)];
  y_ = wished_y_ = axes_.all()[static_cast<std::size_t>(y)];
  placeRows(true);
  setFollowsData(true);
  restyle();
  contentChanged();
  Q_EMIT axesChanged(x, y);
}

void ProjectionView::setColour(Colour colour, int index) {
  const auto i = static_cast<std::size_t>(index);
  if (colour == Colour::Component && (!data_ || index < 0 || i >= data_->components())) return;
  if (colour == Colour::Axis && (index < 0 || i >= axes_.all().size())) return;
  wished_shade_.reset();
  if (colour == Colour::Axis) wished_shade_ = axes_.all()[i];
  applyColour(colour, index);
}

void ProjectionView::applyColour(Colour colour, int index) {
  const auto i = static_cast<std::size_t>(index);
  colour_ = colour;
  component_ = colour == Colour::Component ? index : 0;
  if (colour == Colour::Axis) shade_ = axes_.all()[i];
  if (colour != Colour::Group && scale_ == nullptr) {
    scale_ = addColourBar(*this);
  } else if (colour == Colour::Group && scale_ != nullptr) {
    removeColourBar(*this, scale_);
    scale_ = nullptr;
  }
  updateBuckets();
  // The bar has axes of its own, made after the theme was applied.
  applyTheme();
}

bool ProjectionView::isEmpty() const {
  return !data_ || axes_.all().empty() || axes_.rows() != data_->rows();
}

void ProjectionView::updateBuckets() {
  bucket_.assign(data_ ? data_->rows() : 0, 0);
  points_.forget();
  if (!data_) return;
  const auto shaded = [this](auto known, auto fraction) {
    for (std::size_t row = 0; row < bucket_.size(); ++row)
      bucket_[row] = static_cast<std::uint8_t>(
          known(row) ? std::min<std::size_t>(kShades - 1, static_cast<std::size_t>(fraction(row) * kShades))
                     : kShades);
  };
  switch (colour_) {
    case Colour::Group:
      if (!data_->groups()) break;
      for (std::size_t row = 0; row < bucket_.size(); ++row)
        bucket_[row] = static_cast<std::uint8_t>(static_cast<std::size_t>(data_->groups()->of_row[row]) %
                                                 categoryCount());
      break;
    case Colour::Component:
      scale_->setDataRange(QCPRange(0, 100));
      shaded([this](std::size_t row) { return data_->labelled(row); },
             [this](std::size_t row) {
               return data_->abundances()->row(row)[static_cast<std::size_t>(component_)];
             });
      break;
    case Colour::Axis: {
      if (isEmpty()) break;
      const QCPRange range = span(shade_);
      // Of one value alone, or none, every fraction is as good.
      const double size = range.upper > range.lower ? range.size() : 1;
      scale_->setDataRange(range.upper > range.lower ? range : padded(range.lower, range.upper));
      shaded(
          [this](std::size_t row) { return std::isfinite(axes_.value(shade_, row)); },
          [this, range, size](std::size_t row) { return (axes_.value(shade_, row) - range.lower) / size; });
      break;
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
  return std::isfinite(axes_.value(x_, row)) && std::isfinite(axes_.value(y_, row));
}

QPointF ProjectionView::toPixel(double x, double y) const {
  return {xAxis->coordToPixel(x), yAxis->coordToPixel(y)};
}

std::optional<QPointF> ProjectionView::pixelOfRow(std::uint32_t row) const {
  if (isEmpty() || row >= data_->rows() || !drawn(row)) return std::nullopt;
  return pixelOf(row);
}

std::optional<std::uint32_t> ProjectionView::rowAt(const QPointF& position) const {
  return points_.nearest(position, kClickReach);
}

Rows ProjectionView::rowsInside(const SelectRegion& region) const {
  return points_.inside(region);
}

QCPRange ProjectionView::span(const RowAxis& axis) const {
  FiniteSpan span;
  for (std::size_t row = 0; row < data_->rows(); ++row) span.add(axes_.value(axis, row));
  // Member by member: the constructor would sort them.
  QCPRange range;
  range.lower = span.low;
  range.upper = span.high;
  return range;
}

void ProjectionView::rescale() {
  FiniteSpan across;
  FiniteSpan up;
  const auto add = [&](double x, double y) {
    across.add(x);
    up.add(y);
  };
  if (points_.index().size() > 0) {
    const PlaneBox& bounds = points_.index().bounds();
    add(bounds.left, bounds.low);
    add(bounds.right, bounds.high);
  }
  for (const RunRows& run : run_rows_)
    for (const QPointF& at : run.at) add(at.x(), at.y());
  if (betweenScores())
    for (const RunEndmembers& run : endmembers_)
      for (std::size_t k = 0; k < run.scores.rows(); ++k)
        add(run.scores(k, x_.index), run.scores(k, y_.index));
  xAxis->setRange(padded(across.low, across.high));
  yAxis->setRange(padded(up.low, up.high));
}

QString ProjectionView::colourTitle() const {
  if (colour_ == Colour::Axis) return axes_.title(shade_);
  if (!data_ || colour_ != Colour::Component) return {};
  return QStringLiteral("%1 (%)").arg(
      QString::fromStdString(data_->component_names()[static_cast<std::size_t>(component_)]));
}

void ProjectionView::restyle() {
  xAxis->setLabel(isEmpty() ? QString() : axes_.title(x_));
  yAxis->setLabel(isEmpty() ? QString() : axes_.title(y_));
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
    if (colour_ != Colour::Group && std::ranges::find(bucket_, kShades) != bucket_.end()) {
      LegendEntry unknown;
      unknown.text = colour_ == Colour::Component ? tr("without composition") : tr("without a value");
      unknown.marker = dot(bucketColour(kShades));
      entries.push_back(std::move(unknown));
    }
    // Of a large image only some rows have scores.
    const bool few = data_->rows() <= PointPicture::kMostDots;
    if (few || !busy())
      addDrawnEntry(few ? shuffled_.size() : points_.index().size(), data_->rows(), entries);
    points_.addEntry(tr("density of %L1 rows; zoom in for dots"), entries);
    addRunEntries(entries);
    chosen_.addEntries(theme(), entries);
  }
  strip().setEntries(std::move(entries));
  if (scale_ != nullptr) {
    scale_->setVisible(!isEmpty());
    styleColourBar(*scale_, theme(), colourTitle(),
                   [this](double fraction) { return shade(fraction, theme().dark); });
  }
}

QString ProjectionView::statusAt(const QPointF& position) const {
  if (const QString endmember = endmemberAt(position); !endmember.isEmpty()) return endmember;
  const std::optional<std::uint32_t> row = rowAt(position);
  if (!row) return tr("Select: click takes the nearest spectrum, Shift adds, drag a box, Alt a lasso");
  QString text = tr("row %1").arg(*row);
  if (const auto& groups = data_->groups()) {
    const auto g = static_cast<std::size_t>(groups->of_row[*row]);
    if (g < groups->names.size()) text += QStringLiteral(" · ") + QString::fromStdString(groups->names[g]);
  }
  for (const RowAxis& axis : {x_, y_})
    text += QStringLiteral(" · %1 %2").arg(axes_.name(axis)).arg(axes_.value(axis, *row), 0, 'g', 4);
  return text;
}

void ProjectionView::extendMenu(QMenu& menu) {
  if (isEmpty()) return;
  const auto choice = [this](QMenu& in, const QString& text, bool checked, auto chosen) {
    QAction* action = in.addAction(text, this, chosen);
    action->setCheckable(true);
    action->setChecked(checked);
  };
  QMenu* horizontal_menu = menu.addMenu(tr("Horizontal axis"));
  QMenu* vertical_menu = menu.addMenu(tr("Vertical axis"));
  QMenu* colours = menu.addMenu(tr("Colour by"));
  choice(*colours, tr("Group"), colour_ == Colour::Group, [this] { setColour(Colour::Group); });
  for (int k = 0; k < static_cast<int>(data_->components()); ++k)
    choice(*colours,
           tr("%1, known").arg(QString::fromStdString(data_->component_names()[static_cast<std::size_t>(k)])),
           colour_ == Colour::Component && component_ == k, [this, k] { setColour(Colour::Component, k); });
  for (int a = 0; a < static_cast<int>(axes_.all().size()); ++a) {
    const RowAxis& axis = axes_.all()[static_cast<std::size_t>(a)];
    const QString name = axes_.name(axis);
    choice(*horizontal_menu, name, axis == x_, [this, a] { setAxes(a, vertical()); });
    choice(*vertical_menu, name, axis == y_, [this, a] { setAxes(horizontal(), a); });
    choice(*colours, axis.kind == RowAxis::Kind::Predicted ? axes_.title(axis) : name,
           colour_ == Colour::Axis && shade_ == axis, [this, a] { setColour(Colour::Axis, a); });
  }
}

std::vector<std::uint32_t> ProjectionView::rowsInView() const {
  // Multiplied by an odd number each row has another place, far from its neighbours'.
  const auto place = [](std::uint32_t row) { return row * 2654435769U; };
  std::vector<std::uint32_t> rows = points_.inView(5);
  std::ranges::sort(rows, {}, place);
  return rows;
}

void ProjectionView::drawPoints(QCPPainter& painter) {
  if (isEmpty()) return;
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-5, -5, 5, 5);
  if (points_.judge()) {
    std::vector<QColor> colours;
    for (std::size_t bucket = 0; bucket <= kShades; ++bucket) colours.push_back(bucketColour(bucket));
    points_.drawDensity(painter, colours, [this](Density& density, std::uint32_t row, const QPointF& at) {
      density.add(at.x(), at.y(), bucket_[row]);
    });
  } else {
    drawDotsInView(painter, visible);
  }
  drawRuns(painter, visible);
  chosen_.draw(painter, theme(), visible, [this](std::uint32_t row) { return pixelOfRow(row); });
}

void ProjectionView::drawDotsInView(QCPPainter& painter, const QRectF& visible) const {
  const std::vector<std::uint32_t> rows = data_->rows() > PointPicture::kMostDots ? rowsInView() : shuffled_;
  const double diameter = rows.size() > 2000 ? 3.2 : rows.size() > 400 ? 4.2 : 5.5;
  // Colour by colour within a slice of the shuffled rows: few changes of pen, yet no colour on top of all.
  std::array<QList<QPointF>, kShades + 1> points;
  const std::size_t slice = std::max<std::size_t>(500, rows.size() / 12);
  for (std::size_t first = 0; first < rows.size(); first += slice) {
    for (QList<QPointF>& list : points) list.clear();
    for (std::size_t i = first; i < std::min(first + slice, rows.size()); ++i) {
      const QPointF at = pixelOf(rows[i]);
      if (visible.contains(at)) points[bucket_[rows[i]]].append(at);
    }
    for (std::size_t bucket = 0; bucket < points.size(); ++bucket) {
      if (!points[bucket].isEmpty()) drawDots(painter, points[bucket], diameter, bucketColour(bucket));
    }
  }
}

QString ProjectionView::columnTitle(const RowAxes& axes, const RowAxis& axis) {
  return axis.kind == RowAxis::Kind::Predicted ? axes.title(axis) : axes.name(axis);
}

PlotTable ProjectionView::table() const {
  PlotTable table;
  if (isEmpty()) return table;
  table.header << QStringLiteral("row") << QStringLiteral("group");
  for (const RowAxis& axis : axes_.all()) table.header << columnTitle(axes_, axis);
  addRunHeaders(table.header);
  for (std::size_t row = 0; row < data_->rows(); ++row) {
    QStringList cells{QString::number(row), QString()};
    if (const auto& groups = data_->groups()) {
      const auto g = static_cast<std::size_t>(groups->of_row[row]);
      if (g < groups->names.size()) cells[1] = QString::fromStdString(groups->names[g]);
    }
    for (const RowAxis& axis : axes_.all())
      // Scores are kept in single precision: no more digits than they have.
      cells << (axis.kind == RowAxis::Kind::Score ? cell(static_cast<float>(axes_.value(axis, row)))
                                                  : cell(axes_.value(axis, row)));
    addRunCells(row, cells);
    table.rows << cells;
  }
  addEndmemberRows(table);
  return table;
}

}  // namespace assayer::ui
