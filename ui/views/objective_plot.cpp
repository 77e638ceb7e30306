// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/objective_plot.h"

#include <QActionGroup>
#include <QMenu>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "ui/views/run_style.h"

namespace assayer::ui {
namespace {

/// Below it the symmetric scale is near linear.
constexpr double kKnee = 0.1;

/// Over how many epochs the best state of a run is judged (core/train/best_state.h, which views do not see).
constexpr int kAsBestState = 20;
/// What the menu offers, in epochs.
constexpr std::array<int, 4> kSmoothings = {0, 5, kAsBestState, 100};
/// The layer of the lines of single epochs, below that of smoothed ones.
const QString kBehind = QStringLiteral("behind");

double toSymmetricLog(double value) {
  return std::copysign(std::log10(1 + std::abs(value) / kKnee), value);
}
double fromSymmetricLog(double place) {
  return std::copysign(kKnee * (std::pow(10.0, std::abs(place)) - 1), place);
}

QString powerOfTen(int exponent, bool negative) {
  QString text;
  if (std::abs(exponent) <= 3) {
    text = QString::number(std::pow(10.0, exponent), 'g', 4);
  } else {
    static const QString kDigits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
    text = QStringLiteral("10");
    if (exponent < 0) text += QStringLiteral("⁻");
    for (const QChar digit : QString::number(std::abs(exponent))) text += kDigits[digit.digitValue()];
  }
  return negative ? QLatin1Char('-') + text : text;
}

/// Powers of ten on both sides of 0; zoomed in between two of them, evenly spaced values.
class SymmetricLogTicker : public QCPAxisTicker {
 public:
  void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision,
                QVector<double>& ticks, QVector<double>* subTicks, QVector<QString>* tickLabels) override {
    QVector<QPair<double, QString>> found;
    const double widest = fromSymmetricLog(std::max(std::abs(range.lower), std::abs(range.upper)));
    const int lowest = static_cast<int>(std::round(std::log10(kKnee)));
    const int highest = static_cast<int>(std::floor(std::log10(std::max(widest, kKnee)))) + 1;
    const double room = tickCount() / 5.0;  // 1 where the plot is high
    const int every = std::max(1, static_cast<int>(std::ceil(range.size() / (9 * room))));
    for (int exponent = lowest; exponent <= highest; ++exponent) {
      if ((highest - exponent) % every != 0) continue;
      for (const bool negative : {true, false}) {
        const double place = toSymmetricLog((negative ? -1 : 1) * std::pow(10.0, exponent));
        // Labels nearer than that to 0's would be drawn over it.
        const bool besideZero = range.contains(0) && std::abs(place) < range.size() / (14 * room);
        if (range.contains(place) && !besideZero) found.append({place, powerOfTen(exponent, negative)});
      }
    }
    if (range.contains(0)) found.append({0.0, QStringLiteral("0")});
    if (found.size() < 3) {
      QCPAxisTicker::generate(range, locale, formatChar, precision, ticks, subTicks, tickLabels);
      if (tickLabels == nullptr) return;
      tickLabels->clear();
      for (const double tick : ticks) tickLabels->append(locale.toString(fromSymmetricLog(tick), 'g', 4));
      return;
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    ticks.clear();
    if (subTicks != nullptr) subTicks->clear();
    if (tickLabels != nullptr) tickLabels->clear();
    for (const auto& [place, label] : found) {
      ticks.append(place);
      if (tickLabels != nullptr) tickLabels->append(label);
    }
  }
};

}  // namespace

double RunningMean::append(double value) {
  block_.push_back(std::isfinite(value) ? Sum{value, 1} : Sum{});
  filled_.add(block_.back());
  const std::size_t here = block_.size();
  Sum sum = filled_;
  const bool enough = here == span_ || !behind_.empty();
  if (here < span_ && enough) sum.add(behind_[here]);
  if (here == span_) {
    std::swap(block_, behind_);
    for (std::size_t i = span_ - 1; i > 0; --i) behind_[i - 1].add(behind_[i]);
    block_.clear();
    filled_ = {};
  }
  return enough && sum.count > 0 ? sum.total / static_cast<double>(sum.count)
                                 : std::numeric_limits<double>::quiet_NaN();
}

ObjectivePlot::ObjectivePlot(QWidget* parent) : PlotView(parent) {
  setEmptyText(tr("Train a model to see its objective, term by term, here."));
  shown_.fill(true);
  // Noisy opaque lines, redrawn all the time: segment by segment is many times faster than one stroked path.
  setPlottingHint(QCP::phFastPolylines, true);
  addLayer(kBehind, layer(QStringLiteral("main")), limBelow);
  for (QCPGraph*& graph : graphs_) {
    graph = addGraph();
    graph->setLayer(kBehind);
  }
  for (QCPGraph*& graph : meanGraphs_) graph = addGraph();
  xAxis->setLabel(tr("Epoch"));
  setScale(scale_);
  applyTheme();
}

double ObjectivePlot::valueOf(const ObjectiveRecord& record, std::size_t line) {
  return line < kTermCount ? record.terms[line] : record.total;
}

std::size_t ObjectivePlot::lineAt(std::size_t place) {
  return place == 0 ? kTermCount : place - 1;
}

QString ObjectivePlot::lineName(std::size_t line) const {
  if (line >= kTermCount) return QStringLiteral("J");
  const std::string_view text = name(kTerms[line]);
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString ObjectivePlot::meanName(const QString& name) const {
  return tr("%1 (mean of %2 epochs)").arg(name, QString::number(smoothing_));
}

double ObjectivePlot::scaled(double value) const {
  return scale_ == Scale::Linear ? value : toSymmetricLog(value);
}

void ObjectivePlot::append(std::span<const ObjectiveRecord> records) {
  if (records.empty()) return;
  std::array<bool, kLines> wasEmpty{};
  for (std::size_t line = 0; line < kLines; ++line) wasEmpty[line] = envelopes_[line].empty();
  for (const ObjectiveRecord& record : records) {
    records_.push_back(record);
    for (std::size_t line = 0; line < kLines; ++line) {
      envelopes_[line].append(static_cast<double>(record.epoch), valueOf(record, line));
    }
    if (smoothing_ > 0) smooth(record);
  }
  fillGraphs();
  for (std::size_t line = 0; line < kLines; ++line) {
    if (wasEmpty[line] != envelopes_[line].empty()) {
      restyle();
      break;
    }
  }
  contentChanged();
}

void ObjectivePlot::clear() {
  records_.clear();
  for (Envelope& envelope : envelopes_) envelope.clear();
  restartMeans();
  setFollowsData(true);
  fillGraphs();
  restyle();
  contentChanged();
}

void ObjectivePlot::setSmoothing(int epochs) {
  if (epochs == smoothing_) return;
  smoothing_ = epochs;
  restartMeans();
  if (smoothing_ > 0)
    for (const ObjectiveRecord& record : records_) smooth(record);
  fillGraphs();
  fillRuns();
  restyle();
  contentChanged();
}

void ObjectivePlot::restartMeans() {
  for (Envelope& envelope : meanEnvelopes_) envelope.clear();
  means_.fill(RunningMean(static_cast<std::size_t>(smoothing_)));
}

void ObjectivePlot::smooth(const ObjectiveRecord& record) {
  for (std::size_t line = 0; line < kLines; ++line)
    meanEnvelopes_[line].append(static_cast<double>(record.epoch),
                                means_[line].append(valueOf(record, line)));
}

double ObjectivePlot::meanAt(std::size_t record, std::size_t line) const {
  const auto span = static_cast<std::size_t>(smoothing_);
  double mean = std::numeric_limits<double>::quiet_NaN();
  if (span == 0 || record + 1 < span) return mean;
  RunningMean running(span);
  for (std::size_t i = record + 1 - span; i <= record; ++i) mean = running.append(valueOf(records_[i], line));
  return mean;
}

void ObjectivePlot::setRuns(std::vector<RunObjective> runs) {
  runs_ = std::move(runs);
  // A baseline has no objective.
  std::erase_if(runs_, [](const RunObjective& run) { return run.records->empty(); });
  for (const auto& graphs : {runGraphs_, runMeanGraphs_})
    for (QCPGraph* graph : graphs) removeGraph(graph);
  runGraphs_.clear();
  runMeanGraphs_.clear();
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    runGraphs_.push_back(addGraph());
    runGraphs_.back()->setLayer(kBehind);
    runMeanGraphs_.push_back(addGraph());
  }
  fillRuns();
  restyle();
  contentChanged();
}

void ObjectivePlot::fill(QCPGraph& graph, const Envelope& envelope) const {
  QVector<QCPGraphData> points;
  for (const Envelope::Point& point : envelope.points()) points.append({point.x, scaled(point.y)});
  graph.data()->set(points, true);
}

void ObjectivePlot::fillRuns() {
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    Envelope envelope;
    Envelope means;
    RunningMean mean(static_cast<std::size_t>(smoothing_));
    for (const ObjectiveRecord& record : *runs_[i].records) {
      const auto epoch = static_cast<double>(record.epoch);
      envelope.append(epoch, record.total);
      if (smoothing_ > 0) means.append(epoch, mean.append(record.total));
    }
    fill(*runGraphs_[i], envelope);
    fill(*runMeanGraphs_[i], means);
  }
}

void ObjectivePlot::setScale(Scale scale) {
  scale_ = scale;
  if (scale == Scale::Linear) {
    yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    yAxis->setLabel(tr("Objective"));
  } else {
    yAxis->setTicker(QSharedPointer<QCPAxisTicker>(new SymmetricLogTicker));
    yAxis->setLabel(tr("Objective (± log)"));
  }
  setFollowsData(true);
  fillGraphs();
  fillRuns();
  contentChanged();
}

void ObjectivePlot::fillGraphs() {
  for (std::size_t line = 0; line < kLines; ++line) {
    fill(*graphs_[line], envelopes_[line]);
    fill(*meanGraphs_[line], meanEnvelopes_[line]);
  }
}

QPen ObjectivePlot::faint(QPen pen) const {
  // Opaque: translucent segments would be darker where they meet, and slower to draw.
  pen.setColor(mixed(pen.color(), theme().background, 0.7));
  pen.setWidthF(1);
  return pen;
}

void ObjectivePlot::restyle() {
  const bool smoothed = smoothing_ > 0;
  std::vector<LegendEntry> entries;
  entryLine_.clear();
  for (std::size_t place = 0; place < kLines; ++place) {
    const std::size_t line = lineAt(place);
    const bool sum = line == kTermCount;
    QPen pen(sum ? theme().text : categoryColour(line, theme().dark), sum ? 2.0 : 1.3);
    pen.setJoinStyle(Qt::RoundJoin);
    graphs_[line]->setPen(smoothed ? faint(pen) : pen);
    graphs_[line]->setVisible(shown_[line]);
    meanGraphs_[line]->setPen(pen);
    meanGraphs_[line]->setVisible(smoothed && shown_[line]);
    if (envelopes_[line].empty()) continue;
    LegendEntry entry;
    entry.text = lineName(line);
    entry.line = pen;
    entry.on = shown_[line];
    entries.push_back(std::move(entry));
    entryLine_.push_back(line);
  }
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const QPen pen(theme().text, 1.3, runDash(runs_[i].id), Qt::FlatCap, Qt::RoundJoin);
    runGraphs_[i]->setPen(smoothed ? faint(pen) : pen);
    runMeanGraphs_[i]->setPen(pen);
    runMeanGraphs_[i]->setVisible(smoothed);
    LegendEntry entry;
    entry.text = tr("J of %1").arg(runs_[i].name);
    entry.line = pen;
    entries.push_back(std::move(entry));
  }
  if (smoothed && !entries.empty()) {
    const QPen pen(theme().muted, 2.0);
    LegendEntry single;
    single.text = tr("each epoch");
    single.line = faint(pen);
    entries.push_back(std::move(single));
    LegendEntry mean;
    mean.text = tr("mean of the last %1 epochs").arg(smoothing_);
    mean.line = pen;
    entries.push_back(std::move(mean));
  }
  strip().setEntries(std::move(entries));
}

void ObjectivePlot::legendClicked(int entry) {
  if (entry < 0 || static_cast<std::size_t>(entry) >= entryLine_.size()) return;
  const std::size_t line = entryLine_[static_cast<std::size_t>(entry)];
  shown_[line] = !shown_[line];
  restyle();
  contentChanged();
}

void ObjectivePlot::rescale() {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t line = 0; line < kLines; ++line) {
    bool found = false;
    const QCPRange range = graphs_[line]->getValueRange(found);
    if (!found || !shown_[line]) continue;
    low = std::min(low, range.lower);
    high = std::max(high, range.upper);
  }
  double first = std::numeric_limits<double>::infinity();
  double last = -first;
  const auto reach = [&](const std::vector<ObjectiveRecord>& records) {
    if (records.empty()) return;
    first = std::min(first, static_cast<double>(records.front().epoch));
    last = std::max(last, static_cast<double>(records.back().epoch));
  };
  reach(records_);
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    reach(*runs_[i].records);
    bool found = false;
    const QCPRange range = runGraphs_[i]->getValueRange(found);
    if (!found) continue;
    low = std::min(low, range.lower);
    high = std::max(high, range.upper);
  }
  yAxis->setRange(padded(low, high));
  xAxis->setRange(first < last ? QCPRange(first, last) : padded(first, last));
}

QString ObjectivePlot::statusAt(const QPointF& position) const {
  if (records_.empty() || overLegend(position)) return tr("Click a line's name to hide or show it");
  const double epoch = xAxis->pixelToCoord(position.x());
  auto record =
      std::lower_bound(records_.begin(), records_.end(), epoch - 0.5,
                       [](const ObjectiveRecord& r, double e) { return static_cast<double>(r.epoch) < e; });
  if (record == records_.end()) --record;
  const auto number = static_cast<std::size_t>(record - records_.begin());
  QString text = tr("epoch %1").arg(record->epoch);
  for (const std::size_t line : entryLine_) {
    const double value = valueOf(*record, line);
    if (!shown_[line] || !std::isfinite(value)) continue;
    text += QStringLiteral(" · %1 %2").arg(lineName(line), QString::number(value, 'g', 5));
    if (const double mean = meanAt(number, line); std::isfinite(mean))
      text += tr(" (mean %1)").arg(QString::number(mean, 'g', 5));
  }
  return text;
}

void ObjectivePlot::extendMenu(QMenu& menu) {
  for (const auto& [scale, name] : {std::pair(Scale::Linear, tr("Linear scale")),
                                    std::pair(Scale::SymmetricLog, tr("Symmetric logarithmic scale"))}) {
    QAction* action = menu.addAction(name, this, [this, chosen = scale] { setScale(chosen); });
    action->setCheckable(true);
    action->setChecked(scale == scale_);
  }
  QMenu* over = menu.addMenu(tr("Smooth over"));
  auto* group = new QActionGroup(over);
  for (const int epochs : kSmoothings) {
    const QString text = epochs == 0              ? tr("None")
                         : epochs == kAsBestState ? tr("%1 epochs, as Restore Best").arg(epochs)
                                                  : tr("%1 epochs").arg(epochs);
    QAction* action = over->addAction(text, this, [this, epochs] { setSmoothing(epochs); });
    action->setCheckable(true);
    action->setChecked(epochs == smoothing_);
    group->addAction(action);
  }
}

PlotTable ObjectivePlot::table() const {
  PlotTable table;
  table.header << QStringLiteral("epoch") << QStringLiteral("J");
  for (std::size_t line = 0; line < kTermCount; ++line) table.header << lineName(line);
  const auto span = static_cast<std::size_t>(smoothing_);
  for (std::size_t place = 0; span > 0 && place < kLines; ++place)
    table.header << meanName(lineName(lineAt(place)));
  // Runs side by side by their epochs, with gaps where one has ended before another.
  std::map<std::int64_t, QStringList> rows;
  const auto rowOf = [&](std::int64_t epoch) -> QStringList& {
    QStringList& cells = rows[epoch];
    if (cells.isEmpty()) cells << QString::number(epoch);
    return cells;
  };
  const auto pad = [](QStringList& cells, qsizetype columns) {
    while (cells.size() < columns) cells << QString();
  };
  std::array<RunningMean, kLines> means;
  means.fill(RunningMean(span));
  for (const ObjectiveRecord& record : records_) {
    QStringList& cells = rowOf(record.epoch);
    cells << cell(record.total);
    for (const double term : record.terms) cells << cell(term);
    for (std::size_t place = 0; span > 0 && place < kLines; ++place)
      cells << cell(means[place].append(valueOf(record, lineAt(place))));
  }
  for (const RunObjective& run : runs_) {
    const qsizetype before = table.header.size();
    table.header << tr("J of %1").arg(run.name);
    if (span > 0) table.header << meanName(tr("J of %1").arg(run.name));
    RunningMean mean(span);
    for (const ObjectiveRecord& record : *run.records) {
      QStringList& cells = rowOf(record.epoch);
      pad(cells, before);
      cells << cell(record.total);
      if (span > 0) cells << cell(mean.append(record.total));
    }
  }
  for (auto& [epoch, cells] : rows) {
    pad(cells, table.header.size());
    table.rows << cells;
  }
  return table;
}

}  // namespace assayer::ui
