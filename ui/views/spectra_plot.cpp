// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/spectra_plot.h"

#include <QMenu>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/metrics/evaluation.h"
#include "ui/views/painted.h"

namespace assayer::ui {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
/// A step of the axis so many times the usual one is a gap between detectors.
constexpr double kGap = 10;

const QString kChosen = QStringLiteral("chosen");
const QString kGenerated = QStringLiteral("generated");

QString unitName(WavelengthUnit unit) {
  switch (unit) {
    case WavelengthUnit::Nanometre:
      return QStringLiteral("nm");
    case WavelengthUnit::Micrometre:
      return QStringLiteral("µm");
    case WavelengthUnit::InverseCentimetre:
      return QStringLiteral("1/cm");
    case WavelengthUnit::Channel:
    case WavelengthUnit::Pixel:
      break;
  }
  return {};
}

QColor faded(QColor colour, int alpha) {
  colour.setAlpha(alpha);
  return colour;
}

QString fromView(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString referenceName(const Dataset& data, std::size_t k) {
  const auto& own = data.endmember_names();
  const auto& components = data.component_names();
  // A mean over groups is no longer the sample that the file names.
  if (!data.endmembers_by_group().empty() && k < components.size())
    return QString::fromStdString(components[k]);
  if (k < own.size()) return QString::fromStdString(own[k]);
  if (k < components.size()) return QString::fromStdString(components[k]);
  return SpectraPlot::tr("endmember %1").arg(k + 1);
}

}  // namespace

SpectraPlot::SpectraPlot(QWidget* parent) : PlotView(parent), valueTitle_(tr("Signal")) {
  setEmptyText(tr("Open a data set to see its spectra here."));
  // References below, selected rows over them, generated endmembers on top.
  addLayer(kChosen, layer(QStringLiteral("main")), limAbove);
  addLayer(kGenerated, layer(kChosen), limAbove);
  new Painted(this, QStringLiteral("background"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawMasked(painter); });
  selectionMean_ = addTrace(kChosen);
  applyTheme();
}

void SpectraPlot::setData(DatasetPtr dataset) {
  data_ = std::move(dataset);
  selection_.clear();
  selectionCurve_ = {};
  estimate_ = {};
  estimateNames_.clear();
  referenceSpectra_.reset();
  if (data_) {
    referenceSpectra_ = reference_endmembers(*data_, {});
    const WavelengthAxis& axis = data_->wavelength();
    if (!axis.values_in(unit_)) unit_ = axis.unit();
    const auto& attributes = data_->provenance().attributes;
    const auto quantity = attributes.find("quantity");
    valueTitle_ = quantity != attributes.end() ? QString::fromStdString(quantity->second) : tr("Signal");
    setEmptyText(tr("Select rows in another view to see their spectra here."));
  } else {
    setEmptyText(tr("Open a data set to see its spectra here."));
  }
  rebuildAxis();
  setFollowsData(true);
  fillReferences();
  fillRuns();
  fillGenerated();
  fillSelection();
  restyle();
  contentChanged();
}

void SpectraPlot::setEndmembers(const EndmemberEstimate& estimate, const QStringList& names) {
  if (!data_ || estimate.mean.cols() != data_->channels()) return;
  estimate_ = estimate;
  estimateNames_ = names;
  for (std::size_t k = static_cast<std::size_t>(names.size()); k < estimate.mean.rows(); ++k) {
    estimateNames_ << referenceName(*data_, k);
  }
  fillGenerated();
  restyle();
  contentChanged();
}

void SpectraPlot::clearEndmembers() {
  estimate_ = {};
  estimateNames_.clear();
  fillGenerated();
  restyle();
  contentChanged();
}

void SpectraPlot::setSelection(const Rows& rows) {
  selection_ = rows;
  if (data_) std::erase_if(selection_, [this](std::uint32_t row) { return row >= data_->rows(); });
  fillSelection();
  restyle();
  contentChanged();
}

void SpectraPlot::setUnit(WavelengthUnit unit) {
  if (!data_ || unit == unit_ || !data_->wavelength().values_in(unit)) return;
  unit_ = unit;
  rebuildAxis();
  setFollowsData(true);
  fillReferences();
  fillRuns();
  fillGenerated();
  fillSelection();
  restyle();
  contentChanged();
  Q_EMIT unitChanged(unit);
}

void SpectraPlot::setValueTitle(const QString& title) {
  valueTitle_ = title;
  restyle();
  refresh();
}

bool SpectraPlot::isEmpty() const {
  return !data_ || (references_.empty() && generated_.empty() && selection_.empty() && runGraphs_.empty());
}

bool SpectraPlot::masked(std::size_t channel) const {
  const auto& bad = data_->bad_channels();
  return channel < bad.size() && bad[channel] != 0;
}

void SpectraPlot::rebuildAxis() {
  position_.clear();
  order_.clear();
  gapBefore_.clear();
  if (!data_) return;
  const WavelengthAxis& axis = data_->wavelength();
  position_ = *axis.values_in(unit_);
  order_.resize(position_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::erase_if(order_, [this](std::size_t c) { return !std::isfinite(position_[c]); });
  std::sort(order_.begin(), order_.end(),
            [this](std::size_t a, std::size_t b) { return position_[a] < position_[b]; });

  // Judged on the file's own axis: in another unit the steps grow along it.
  std::vector<double> steps(axis.size());
  for (std::size_t c = 1; c < axis.size(); ++c) steps[c] = std::abs(axis[c] - axis[c - 1]);
  std::vector<double> sorted(steps.begin() + 1, steps.end());
  const auto median = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), median, sorted.end());
  gapBefore_.assign(order_.size(), 0);
  if (axis.size() < 20) return;
  for (std::size_t i = 1; i < order_.size(); ++i) {
    if (steps[std::max(order_[i], order_[i - 1])] > kGap * *median) gapBefore_[i] = 1;
  }
}

void SpectraPlot::setGraph(QCPGraph* graph, std::span<const float> values) const {
  QVector<QCPGraphData> points;
  points.reserve(static_cast<qsizetype>(order_.size()) + 8);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const std::size_t channel = order_[i];
    const double x = position_[channel];
    if (gapBefore_[i] != 0) points.append({(points.last().key + x) / 2, kNaN});
    // An infinity would stretch every axis.
    const bool drawn = !masked(channel) && std::isfinite(values[channel]);
    points.append({x, drawn ? values[channel] : kNaN});
  }
  graph->data()->set(points, true);
}

SpectraPlot::Trace SpectraPlot::addTrace(const QString& layerName) {
  Trace trace;
  for (QCPGraph** graph : {&trace.low, &trace.high, &trace.line}) {
    QCPGraph* made = addGraph();
    made->setLayer(layerName);
    made->setPen(Qt::NoPen);
    *graph = made;
  }
  trace.high->setChannelFillGraph(trace.low);
  return trace;
}

void SpectraPlot::removeTrace(Trace& trace) {
  for (QCPGraph* graph : {trace.high, trace.low, trace.line}) removeGraph(graph);
  trace = {};
}

void SpectraPlot::setTrace(Trace& trace, const Curve& curve) {
  for (QCPGraph* graph : {trace.line, trace.low, trace.high}) graph->data()->clear();
  if (curve.mean.empty()) return;
  setGraph(trace.line, curve.mean);
  if (curve.sd.empty()) return;
  std::vector<float> edge(curve.mean.size());
  for (std::size_t c = 0; c < edge.size(); ++c) edge[c] = curve.mean[c] - curve.sd[c];
  setGraph(trace.low, edge);
  for (std::size_t c = 0; c < edge.size(); ++c) edge[c] = curve.mean[c] + curve.sd[c];
  setGraph(trace.high, edge);
}

void SpectraPlot::fillReferences() {
  const std::size_t wanted = referenceSpectra_ ? referenceSpectra_->rows() : 0;
  while (references_.size() > wanted) {
    removeGraph(references_.back());
    references_.pop_back();
  }
  while (references_.size() < wanted) references_.push_back(addGraph());
  for (std::size_t k = 0; k < wanted; ++k) setGraph(references_[k], referenceSpectra_->row(k));
}

void SpectraPlot::fillGenerated() {
  const std::size_t wanted = data_ ? estimate_.mean.rows() : 0;
  while (generated_.size() > wanted) {
    removeTrace(generated_.back());
    generated_.pop_back();
  }
  while (generated_.size() < wanted) generated_.push_back(addTrace(kGenerated));
  for (std::size_t k = 0; k < wanted; ++k) {
    Curve curve;
    const auto mean = estimate_.mean.row(k);
    curve.mean.assign(mean.begin(), mean.end());
    if (k < estimate_.sd.rows()) {
      const auto sd = estimate_.sd.row(k);
      if (std::any_of(sd.begin(), sd.end(), [](float value) { return value > 0; })) {
        curve.sd.assign(sd.begin(), sd.end());
      }
    }
    setTrace(generated_[k], curve);
  }
}

void SpectraPlot::fillSelection() {
  selectionCurve_ = {};
  const bool single = selection_.size() <= kMaxSpectra;
  const std::size_t wanted = data_ && single ? selection_.size() : 0;
  while (spectra_.size() < wanted) {
    spectra_.push_back(addGraph());
    spectra_.back()->setLayer(kChosen);
  }
  for (std::size_t i = 0; i < spectra_.size(); ++i) {
    if (i < wanted) {
      setGraph(spectra_[i], data_->spectra().row(selection_[i]));
    } else {
      spectra_[i]->data()->clear();
    }
  }
  if (data_ && !single) {
    const std::size_t channels = data_->channels();
    std::vector<double> sum(channels);
    std::vector<double> squares(channels);
    std::vector<std::uint32_t> count(channels);
    // Deviations from the first row: sums of squares of large signals would cancel.
    const std::span<const float> origin = data_->spectra().row(selection_.front());
    for (const std::uint32_t row : selection_) {
      const std::span<const float> values = data_->spectra().row(row);
      for (std::size_t c = 0; c < channels; ++c) {
        if (!std::isfinite(values[c])) continue;
        const double from = static_cast<double>(values[c]) - (std::isfinite(origin[c]) ? origin[c] : 0.0F);
        sum[c] += from;
        squares[c] += from * from;
        ++count[c];
      }
    }
    selectionCurve_.mean.assign(channels, kNaN);
    selectionCurve_.sd.assign(channels, 0);
    for (std::size_t c = 0; c < channels; ++c) {
      if (count[c] == 0) continue;
      const double mean = sum[c] / count[c];
      const double rest = count[c] > 1 ? std::max(0.0, (squares[c] - sum[c] * mean) / (count[c] - 1)) : 0;
      selectionCurve_.mean[c] = static_cast<float>(mean + (std::isfinite(origin[c]) ? origin[c] : 0.0F));
      selectionCurve_.sd[c] = static_cast<float>(std::sqrt(rest));
    }
  }
  setTrace(selectionMean_, selectionCurve_);
}

QColor SpectraPlot::componentColour(const QString& name) const {
  std::size_t place = 0;
  for (const std::string& known : data_->component_names()) {
    if (name == QString::fromStdString(known)) return categoryColour(place, theme().dark);
    ++place;
  }
  const std::size_t references = data_->endmembers() ? data_->endmembers()->rows() : 0;
  for (std::size_t k = 0; k < references; ++k) {
    if (name == referenceName(*data_, k)) return categoryColour(k, theme().dark);
  }
  const qsizetype own = estimateNames_.indexOf(name);
  return categoryColour(std::max(place, references) + static_cast<std::size_t>(std::max<qsizetype>(own, 0)),
                        theme().dark);
}

void SpectraPlot::restyle() {
  std::vector<LegendEntry> entries;
  if (data_) {
    xAxis->setLabel(fromView(axis_title(unit_)));
    yAxis->setLabel(valueTitle_);
    QStringList names;
    for (std::size_t k = 0; k < references_.size(); ++k) {
      LegendEntry entry;
      entry.text = referenceName(*data_, k);
      entry.thick =
          QPen(faded(componentColour(entry.text), 95), 6, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
      references_[k]->setPen(entry.thick);
      names << entry.text;
      entries.push_back(std::move(entry));
    }
    for (std::size_t k = 0; k < generated_.size(); ++k) {
      const QString& name = estimateNames_[static_cast<qsizetype>(k)];
      const QColor colour = componentColour(name);
      const QPen pen(colour, 1.6, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
      generated_[k].line->setPen(pen);
      generated_[k].high->setBrush(faded(colour, 45));
      qsizetype at = names.indexOf(name);
      if (at < 0) {
        at = static_cast<qsizetype>(entries.size());
        entries.push_back({});
        entries.back().text = name;
        names << name;
      }
      LegendEntry& entry = entries[static_cast<std::size_t>(at)];
      entry.line = pen;
      if (!generated_[k].high->data()->isEmpty()) entry.band = faded(colour, 45);
    }
    if (!references_.empty() && !generated_.empty()) {
      LegendEntry thick;
      thick.text = tr("reference");
      thick.thick = QPen(faded(theme().axis, 95), 6, Qt::SolidLine, Qt::FlatCap);
      LegendEntry thin;
      thin.text = tr("generated");
      thin.line = QPen(theme().axis, 1.6, Qt::SolidLine, Qt::FlatCap);
      entries.push_back(std::move(thick));
      entries.push_back(std::move(thin));
    } else if (!references_.empty()) {
      for (LegendEntry& entry : entries) entry.text += tr(" (reference)");
    }
    const int alpha = selection_.size() > 8 ? 110 : 190;
    const QPen chosen(faded(theme().selection, alpha), 1);
    for (QCPGraph* graph : spectra_) graph->setPen(chosen);
    selectionMean_.line->setPen(QPen(theme().selection, 1.4));
    selectionMean_.high->setBrush(faded(theme().selection, 40));
    if (!selection_.empty()) {
      LegendEntry entry;
      if (selection_.size() <= kMaxSpectra) {
        entry.text = selection_.size() == 1 ? tr("row %1").arg(selection_.front())
                                            : tr("%1 selected rows").arg(selection_.size());
        entry.line = QPen(theme().selection, 1);
      } else {
        entry.text = tr("mean ± sd of %1 selected rows").arg(selection_.size());
        entry.line = QPen(theme().selection, 1.4);
        entry.band = faded(theme().selection, 40);
      }
      entries.push_back(std::move(entry));
    }
  }
  styleRuns(entries);
  strip().setEntries(std::move(entries));
}

void SpectraPlot::rescale() {
  if (order_.empty()) return;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (int g = 0; g < graphCount(); ++g) {
    bool found = false;
    const QCPRange range = graph(g)->getValueRange(found);
    if (!found) continue;
    low = std::min(low, range.lower);
    high = std::max(high, range.upper);
  }
  yAxis->setRange(padded(low, high));
  const double first = position_[order_.front()];
  const double last = position_[order_.back()];
  xAxis->setRange(first < last ? QCPRange(first, last) : padded(first, last));
}

QString SpectraPlot::statusAt(const QPointF& position) const {
  if (!axisRect()->rect().contains(position.toPoint())) return {};
  const QString unit = unitName(unit_);
  QString text = QStringLiteral("x %1%2  y %3")
                     .arg(QString::number(xAxis->pixelToCoord(position.x()), 'g', 5),
                          unit.isEmpty() ? QString() : QLatin1Char(' ') + unit,
                          QString::number(yAxis->pixelToCoord(position.y()), 'g', 4));
  double reach = 8;
  QString nearest;
  const auto consider = [&](const QCPGraph* line, const QString& name) {
    const double distance = line->selectTest(position, false);
    if (distance >= 0 && distance < reach) {
      reach = distance;
      nearest = name;
    }
  };
  for (std::size_t k = 0; k < references_.size(); ++k)
    consider(references_[k], tr("%1, reference").arg(referenceName(*data_, k)));
  for (std::size_t k = 0; k < generated_.size(); ++k) {
    consider(generated_[k].line, tr("%1, generated").arg(estimateNames_[static_cast<qsizetype>(k)]));
  }
  if (selection_.size() <= kMaxSpectra) {
    for (std::size_t i = 0; i < selection_.size(); ++i)
      consider(spectra_[i], tr("row %1").arg(selection_[i]));
  }
  if (!nearest.isEmpty()) text += QStringLiteral("  · ") + nearest;
  return text;
}

void SpectraPlot::extendMenu(QMenu& menu) {
  if (!data_) return;
  for (const WavelengthUnit unit :
       {WavelengthUnit::Nanometre, WavelengthUnit::Micrometre, WavelengthUnit::InverseCentimetre}) {
    if (!data_->wavelength().values_in(unit)) continue;
    QAction* action = menu.addAction(fromView(axis_title(unit)), this, [this, unit] { setUnit(unit); });
    action->setCheckable(true);
    action->setChecked(unit == unit_);
  }
}

void SpectraPlot::drawMasked(QCPPainter& painter) const {
  if (!data_ || data_->bad_channels().empty() || isEmpty()) return;
  const QRectF frame = axisRect()->rect();
  const auto between = [this](std::size_t i, std::size_t j) {
    return (position_[order_[i]] + position_[order_[j]]) / 2;
  };
  for (std::size_t i = 0; i < order_.size();) {
    std::size_t end = i;
    while (end < order_.size() && masked(order_[end])) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    // Half a channel beyond the masked ones on either side, as far as the axis goes.
    const double left = xAxis->coordToPixel(i > 0 ? between(i - 1, i) : position_[order_[i]]);
    const double right =
        xAxis->coordToPixel(end < order_.size() ? between(end - 1, end) : position_[order_[end - 1]]);
    painter.fillRect(QRectF(left, frame.top(), std::max(1.0, right - left), frame.height()), theme().grid);
    i = end;
  }
}

PlotTable SpectraPlot::table() const {
  PlotTable table;
  if (!data_) return table;
  std::vector<std::span<const float>> columns;
  table.header << fromView(axis_title(unit_));
  const auto add = [&](const QString& name, std::span<const float> values) {
    table.header << name;
    columns.push_back(values);
  };
  const QString unit = QStringLiteral(" (%1)").arg(valueTitle_);
  for (std::size_t k = 0; k < references_.size(); ++k) {
    add(tr("%1, reference").arg(referenceName(*data_, k)) + unit, referenceSpectra_->row(k));
  }
  for (std::size_t k = 0; k < generated_.size(); ++k) {
    const QString& name = estimateNames_[static_cast<qsizetype>(k)];
    add(tr("%1, generated").arg(name) + unit, estimate_.mean.row(k));
    if (k < estimate_.sd.rows()) add(tr("%1, generated, sd").arg(name) + unit, estimate_.sd.row(k));
  }
  for (const RunSpectra& run : runs_)
    for (std::size_t k = 0; run.mean.cols() == data_->channels() && k < run.mean.rows(); ++k)
      add(tr("%1, %2").arg(run.name, run.names.value(static_cast<qsizetype>(k))) + unit, run.mean.row(k));
  if (!selectionCurve_.mean.empty()) {
    add(tr("mean of %1 rows").arg(selection_.size()) + unit, selectionCurve_.mean);
    add(tr("sd of %1 rows").arg(selection_.size()) + unit, selectionCurve_.sd);
  } else {
    for (const std::uint32_t row : selection_) add(tr("row %1").arg(row) + unit, data_->spectra().row(row));
  }
  for (const std::size_t channel : order_) {
    QStringList cells{cell(position_[channel])};
    for (const std::span<const float> column : columns)
      cells << (masked(channel) ? QString() : cell(column[channel]));
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
