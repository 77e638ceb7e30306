// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/picture_grid.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr double kGap = 0.12;   // between pictures, of a cell
constexpr double kNames = 1.6;  // room for names at the left, in cells
/// Means of a run: so many side by side, as many as a component has pictures, and no more of them than
/// components of the run on display.
constexpr std::size_t kAcross = 8;
constexpr std::size_t kMostMeans = 16;

QImage grey(const std::vector<float>& values, const PictureShape& shape, double highest) {
  QImage image(static_cast<int>(shape.cols), static_cast<int>(shape.rows), QImage::Format_RGB32);
  for (std::size_t r = 0; r < shape.rows; ++r)
    for (std::size_t c = 0; c < shape.cols; ++c) {
      const float value = values[r * shape.cols + c];
      const double share = std::isfinite(value) && highest > 0 ? value / highest : 0;
      const int level = static_cast<int>(std::lround(255 * std::clamp(share, 0.0, 1.0)));
      image.setPixel(static_cast<int>(c), static_cast<int>(r), qRgb(level, level, level));
    }
  return image;
}

}  // namespace

PictureGrid::PictureGrid(QWidget* parent) : PlotView(parent) {
  setEmptyText(tr("Pictures that the model generates appear here\nfor data whose rows are pictures."));
  for (QCPAxis* axis : axisRect()->axes()) {
    axis->setVisible(false);
    axis->grid()->setVisible(false);
  }
  // Cells count from the upper left.
  yAxis->setRangeReversed(true);
  new Painted(this, QStringLiteral("main"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { draw(painter); });
  connect(this, &QCustomPlot::afterLayout, this, [this] {
    if (followsData() && !isEmpty()) rescale();
  });
  applyTheme();
}

void PictureGrid::setShape(std::optional<PictureShape> shape, const QStringList& components) {
  shape_ = shape;
  components_ = components;
  generated_ = {};
  runs_.clear();
  chosen_ = {};
  chosenRows_.clear();
  setEmptyText(shape
                   ? tr("Train a model to see the pictures that it generates,\nor select rows to see theirs.")
                   : tr("Pictures that the model generates appear here\nfor data whose rows are pictures."));
  setFollowsData(true);
  rebuild();
}

void PictureGrid::setGenerated(GeneratedPictures pictures) {
  generated_ = std::move(pictures);
  rebuild();
}

void PictureGrid::clearGenerated() {
  generated_ = {};
  rebuild();
}

void PictureGrid::setRuns(std::vector<RunMeans> runs) {
  runs_ = std::move(runs);
  rebuild();
}

void PictureGrid::setChosen(const Matrix<float>& pictures, const std::vector<std::uint32_t>& rows) {
  chosen_ = pictures;
  chosenRows_ = rows;
  rebuild();
}

void PictureGrid::rebuild() {
  lines_.clear();
  const std::size_t pixels = shape_ ? shape_->rows * shape_->cols : 0;
  const auto values = [](const Matrix<float>& from, std::size_t row) {
    const auto span = from.row(row);
    return std::vector<float>(span.begin(), span.end());
  };
  if (pixels > 0 && generated_.means.cols() == pixels) {
    for (std::size_t k = 0; k < generated_.means.rows(); ++k) {
      Line line{components_.value(static_cast<qsizetype>(k)), {}};
      line.pictures.push_back({tr("mean"), values(generated_.means, k), {}});
      for (std::size_t d = 0; d < generated_.draws; ++d)
        line.pictures.push_back(
            {tr("draw %1").arg(d + 1), values(generated_.samples, k * generated_.draws + d), {}});
      lines_.push_back(std::move(line));
    }
  }
  for (const RunMeans& run : runs_)
    if (pixels > 0 && run.means->cols() == pixels) addRun(run);
  if (pixels > 0 && chosen_.cols() == pixels && chosen_.rows() > 0) {
    Strip strip{tr("selected"), {}, chosen_};
    for (const std::uint32_t row : chosenRows_) strip.names << tr("row %1").arg(row);
    addLine(strip);
  }
  paintLines();
}

void PictureGrid::addRun(const RunMeans& run) {
  const std::size_t count = std::min(kMostMeans, run.means->rows());
  for (std::size_t first = 0; first < count; first += kAcross) {
    Line line{run.name, {}};
    for (std::size_t k = first; k < std::min(first + kAcross, count); ++k) {
      const auto pixels = run.means->row(k);
      line.pictures.push_back({tr("mean of %1").arg(components_.value(static_cast<qsizetype>(k))),
                               {pixels.begin(), pixels.end()},
                               {}});
    }
    lines_.push_back(std::move(line));
  }
}

void PictureGrid::setStrips(const PictureShape& shape, const std::vector<Strip>& strips) {
  shape_ = shape;
  lines_.clear();
  for (const Strip& strip : strips)
    if (strip.pictures.cols() == shape.rows * shape.cols) addLine(strip);
  setFollowsData(true);
  paintLines();
}

void PictureGrid::addLine(const Strip& strip) {
  Line line{strip.name, {}};
  for (std::size_t i = 0; i < strip.pictures.rows(); ++i) {
    const auto pixels = strip.pictures.row(i);
    line.pictures.push_back(
        {strip.names.value(static_cast<qsizetype>(i)), {pixels.begin(), pixels.end()}, {}});
  }
  lines_.push_back(std::move(line));
}

void PictureGrid::paintLines() {
  columns_ = 0;
  float highest = 0;
  for (const Line& line : lines_) {
    columns_ = std::max(columns_, line.pictures.size());
    for (const Picture& picture : line.pictures)
      for (const float value : picture.values)
        if (std::isfinite(value)) highest = std::max(highest, value);
  }
  for (Line& line : lines_)
    for (Picture& picture : line.pictures) picture.image = grey(picture.values, *shape_, highest);
  contentChanged();
}

void PictureGrid::rescale() {
  // Whole pictures, undistorted: the shorter side of the window decides.
  const QRectF pixels = axisRect()->rect();
  const double aspect =
      static_cast<double>(shape_->cols) / static_cast<double>(std::max<std::size_t>(shape_->rows, 1));
  const double width = static_cast<double>(columns_) + kNames;
  const auto height = static_cast<double>(lines_.size());
  const double perCell = std::min(pixels.width() / (width * aspect), pixels.height() / height);
  if (!(perCell > 0)) return;
  xAxis->setRange(-kNames, -kNames + pixels.width() / (perCell * aspect));
  yAxis->setRange(0, pixels.height() / perCell);
}

QRectF PictureGrid::cell(std::size_t line, std::size_t column) const {
  const auto x = static_cast<double>(column);
  const auto y = static_cast<double>(line);
  return {QPointF(xAxis->coordToPixel(x + kGap / 2), yAxis->coordToPixel(y + kGap / 2)),
          QPointF(xAxis->coordToPixel(x + 1 - kGap / 2), yAxis->coordToPixel(y + 1 - kGap / 2))};
}

void PictureGrid::draw(QCPPainter& painter) const {
  painter.setFont(font());
  painter.setPen(theme().text);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
  for (std::size_t l = 0; l < lines_.size(); ++l) {
    const QRectF first = cell(l, 0);
    const QRectF names(QPointF(axisRect()->rect().left(), first.top()), first.bottomLeft() - QPointF(6, 0));
    painter.drawText(
        names, Qt::AlignRight | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(lines_[l].name, Qt::ElideRight, static_cast<int>(names.width())));
    for (std::size_t p = 0; p < lines_[l].pictures.size(); ++p)
      painter.drawImage(cell(l, p), lines_[l].pictures[p].image);
  }
}

QString PictureGrid::statusAt(const QPointF& position) const {
  for (std::size_t l = 0; l < lines_.size(); ++l)
    for (std::size_t p = 0; p < lines_[l].pictures.size(); ++p)
      if (cell(l, p).contains(position))
        return QStringLiteral("%1: %2").arg(lines_[l].name, lines_[l].pictures[p].name);
  return {};
}

PlotTable PictureGrid::table() const {
  PlotTable table;
  table.header << QStringLiteral("pixel");
  std::vector<const Picture*> all;
  for (const Line& line : lines_)
    for (const Picture& picture : line.pictures) {
      table.header << QStringLiteral("%1, %2").arg(line.name, picture.name);
      all.push_back(&picture);
    }
  const std::size_t pixels = all.empty() ? 0 : all.front()->values.size();
  for (std::size_t i = 0; i < pixels; ++i) {
    QStringList cells{QString::number(i)};
    for (const Picture* picture : all) cells << ui::cell(picture->values[i]);
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
