// SPDX-License-Identifier: GPL-3.0-or-later
// The curves of the spectra plot: from values by channel to graphs, and to a table.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "ui/views/spectra_plot.h"

namespace assayer::ui {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
/// A step of the axis so many times the usual one is a gap between detectors.
constexpr double kGap = 10;

}  // namespace

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

void SpectraPlot::fillAll() {
  fillReferences();
  fillRuns();
  fillGenerated();
  for (Chosen& chosen : chosen_) fill(chosen);
  for (Visitor& guest : guests_) setTrace(guest.trace, guest.curve);
  fillReconstruction();
}

void SpectraPlot::setGraph(QCPGraph* graph, std::span<const float> values) const {
  QVector<QCPGraphData> points;
  if (values.size() != position_.size()) {
    graph->data()->clear();
    return;
  }
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
  while (generated_.size() < wanted) generated_.push_back(addTrace(generatedLayer()));
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

void SpectraPlot::choose(Chosen& chosen, const Rows& rows) {
  chosen.rows = rows;
  chosen.jobs.abandon();
  chosen.read = {};
  if (!data_) chosen.rows.clear();
  std::erase_if(chosen.rows, [this](std::uint32_t row) { return row >= data_->rows(); });
  if (data_) readRows(chosen);
  fill(chosen);
  restyle();
  contentChanged();
  Q_EMIT spectraChanged();
}

void SpectraPlot::readRows(Chosen& chosen) {
  const Spectra& spectra = data_->spectra();
  const bool grouped = &chosen == chosen_.data() && byGroup_ && data_->groups();
  // Without a selection the groups alone are shown; a file is not read for that.
  const bool all = grouped && chosen.rows.empty() && !spectra.stays_in_file();
  if (chosen.rows.empty() && !all) return;
  const auto work = [data = data_, rows = chosen.rows, grouped,
                     all](const RunControl& control) -> Result<SelectionSpectra> {
    Rows wanted = rows;
    if (all) {
      wanted.resize(data->rows());
      std::iota(wanted.begin(), wanted.end(), std::uint32_t{0});
    }
    // The mean of all rows is nobody's selection; that of selected ones names peaks even where their groups'
    // are drawn.
    auto read =
        readSelection(data->spectra(), std::move(wanted), all ? std::nullopt : std::optional(kMaxSpectra),
                      control, grouped ? &*data->groups() : nullptr);
    if (read && all) read->rows.clear();
    return read;
  };
  const std::size_t count = all ? data_->rows() : chosen.rows.size();
  if (!spectra.stays_in_file() && count * spectra.cols() <= kReadAtOnce) {
    const RunControl never;
    if (auto read = work(never)) chosen.read = std::move(*read);
    return;
  }
  chosen.jobs.start<SelectionSpectra>(
      tr("Selected spectra"), [work](RunControl& control, const ProgressFn&) { return work(control); },
      [this, &chosen](Result<SelectionSpectra>& read) {
        // A part of the file that cannot be read leaves the plot without these spectra.
        if (read) {
          chosen.read = std::move(*read);
          fill(chosen);
          restyle();
          contentChanged();
          Q_EMIT spectraChanged();
        }
        Q_EMIT settled();
      });
}

void SpectraPlot::fill(Chosen& chosen) {
  const std::size_t wanted = data_ ? chosen.read.spectra.rows() : 0;
  while (chosen.graphs.size() < wanted) {
    chosen.graphs.push_back(addGraph());
    chosen.graphs.back()->setLayer(chosen.mean.line->layer());
  }
  for (std::size_t i = 0; i < chosen.graphs.size(); ++i) {
    if (i < wanted) {
      setGraph(chosen.graphs[i], chosen.read.spectra.row(i));
    } else {
      chosen.graphs[i]->data()->clear();
    }
  }
  const bool pooled = chosen.read.groups.empty();
  setTrace(chosen.mean, pooled ? Curve{chosen.read.mean, chosen.read.sd} : Curve{});
  if (&chosen == chosen_.data()) fillGroups();
}

std::vector<float> SpectraPlot::leading() const {
  const Curve& composed = guest(Guest::Composed);
  if (!composed.mean.empty()) return composed.mean;
  const SelectionSpectra& read = chosen_[0].read;
  if (!read.mean.empty() || read.spectra.rows() == 0) return read.mean;
  std::vector<float> mean(read.spectra.cols());
  for (std::size_t c = 0; c < mean.size(); ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < read.spectra.rows(); ++i) sum += read.spectra(i, c);
    mean[c] = static_cast<float>(sum / static_cast<double>(read.spectra.rows()));
  }
  return mean;
}

void SpectraPlot::rescale() {
  if (order_.empty()) return;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  const QCPGraph* cursor = guests_[static_cast<std::size_t>(Guest::Cursor)].trace.line;
  const auto widen = [&](int g) {
    bool found = false;
    const QCPRange range = graph(g)->getValueRange(found);
    if (!found) return;
    low = std::min(low, range.lower);
    high = std::max(high, range.upper);
  };
  // What comes and goes with the mouse must not make the axes jump, unless it is all there is.
  for (int g = 0; g < graphCount(); ++g)
    if (graph(g) != cursor) widen(g);
  if (!(low <= high))
    for (int g = 0; g < graphCount(); ++g) widen(g);
  yAxis->setRange(padded(low, high));
  const double first = position_[order_.front()];
  const double last = position_[order_.back()];
  xAxis->setRange(first < last ? QCPRange(first, last) : padded(first, last));
}

void SpectraPlot::showChannels(std::size_t first, std::size_t last) {
  last = std::min(last, position_.size());
  if (first >= last) return;
  const auto [left, right] = std::minmax(position_[first], position_[last - 1]);
  const QCPRange shown = padded(left, right);
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (int g = 0; g < graphCount(); ++g) {
    bool found = false;
    const QCPRange range = graph(g)->getValueRange(found, QCP::sdBoth, shown);
    if (!found) continue;
    low = std::min(low, range.lower);
    high = std::max(high, range.upper);
  }
  if (!(low <= high)) return;
  setFollowsData(false);
  xAxis->setRange(shown);
  yAxis->setRange(padded(low, high));
  refresh();
}

PlotTable SpectraPlot::table() const {
  PlotTable table;
  if (!data_) return table;
  std::vector<std::span<const float>> columns;
  // Files keep the title by which they are read again, in whatever language the window is.
  const std::string_view title = axis_title(unit_);
  table.header << QString::fromUtf8(title.data(), static_cast<qsizetype>(title.size()));
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
  for (const Visitor& guest : guests_) {
    if (guest.curve.mean.empty()) continue;
    add(guest.name + unit, guest.curve.mean);
    if (!guest.curve.sd.empty()) add(tr("%1, sd").arg(guest.name) + unit, guest.curve.sd);
  }
  if (reconstruction_) {
    add(reconstructionName() + unit, reconstruction_->generated);
    add(residualName() + unit, reconstruction_->residual);
  }
  for (const GroupSpectra& group : chosen_[0].read.groups) {
    add(tr("mean of %1").arg(groupName(group)) + unit, group.mean);
    if (!group.sd.empty()) add(tr("sd of %1").arg(groupName(group)) + unit, group.sd);
  }
  for (const Chosen& chosen : chosen_) {
    const QString end = &chosen == &chosen_[1] ? tr(" compared with") : QString();
    const std::size_t count = chosen.read.rows.size();
    if (!chosen.read.mean.empty() && chosen.read.groups.empty()) {
      add(tr("mean of %1 rows").arg(count) + end + unit, chosen.read.mean);
      add(tr("sd of %1 rows").arg(count) + end + unit, chosen.read.sd);
    }
    for (std::size_t i = 0; i < chosen.read.spectra.rows(); ++i)
      add(tr("row %1").arg(chosen.read.rows[i]) + end + unit, chosen.read.spectra.row(i));
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
