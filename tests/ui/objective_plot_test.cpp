// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QMenu>
#include <cstdio>

#include "core/train/best_state.h"
#include "tests/ui/exported.h"
#include "tests/ui/views_data.h"
#include "ui/views/objective_plot.h"

namespace assayer::ui {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

std::vector<ObjectiveRecord> history(std::int64_t epochs) {
  std::vector<ObjectiveRecord> records;
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    ObjectiveRecord record;
    record.epoch = epoch;
    const double e = static_cast<double>(epoch);
    record.total = 500 - 40000 / e;
    constexpr double kOff = std::numeric_limits<double>::quiet_NaN();
    record.terms = {300 - 20000 / e, 200 - 20000 / e, kOff, -3, 0.5 / e, 8 / e, kOff};
    records.push_back(record);
  }
  return records;
}

TEST(ObjectivePlot, drawsTheTermsThatAreComputedAndTheirSum) {
  ObjectivePlot view;
  view.append(history(10));
  EXPECT_EQ(legendOf(view).join(QLatin1Char(' ')).toStdString(), "J L_fxy L_fx L_ry J_fd J_rd");
  const QList<QByteArray> lines = exported(view);
  ASSERT_EQ(lines.size(), 11);
  EXPECT_EQ(lines[0], "epoch,J,L_fxy,L_fx,L_rxy,L_ry,J_fd,J_rd,K_z");
  EXPECT_EQ(lines[1], "1,-39500,-19700,-19800,,-3,0.5,8,");
}

TEST(ObjectivePlot, longRunsStayLightOnScreenAndLosslessInTheTable) {
  ObjectivePlot view;
  const auto records = history(50000);
  for (std::size_t first = 0; first < records.size(); first += 500)
    view.append(std::span(records).subspan(first, 500));
  for (int g = 0; g < view.graphCount(); ++g) EXPECT_LE(view.graph(g)->dataCount(), 2000);
  EXPECT_EQ(view.table().rows.size(), 50000);
  EXPECT_EQ(view.xAxis->range().upper, 50000);
}

TEST(ObjectivePlot, clickOnTheLegendTogglesALine) {
  ObjectivePlot view;
  view.append(history(100));
  display(view);
  ASSERT_EQ(view.legendEntries()[0].on, true);
  // Where the first entry is: the strip begins at its inset.
  click(view, {24, 18});
  EXPECT_EQ(view.legendEntries()[0].on, false);
  EXPECT_FALSE(view.graph(static_cast<int>(kTermCount))->visible());
  click(view, {24, 18});
  EXPECT_EQ(view.legendEntries()[0].on, true);
}

TEST(ObjectivePlot, scalesShowTheSameRun) {
  ObjectivePlot view;
  view.append(history(100));
  view.setScale(ObjectivePlot::Scale::Linear);
  EXPECT_LT(view.yAxis->range().lower, -39500);
  view.setScale(ObjectivePlot::Scale::SymmetricLog);
  EXPECT_LT(view.yAxis->range().upper, 10);
  display(view);
  // Zoomed between two powers the labels are values, not places on the scale.
  view.yAxis->setRange(4.40, 4.41);
  view.replot();
  ASSERT_FALSE(view.yAxis->tickVectorLabels().isEmpty());
  EXPECT_NEAR(view.yAxis->tickVectorLabels().first().toDouble(),
              0.1 * (std::pow(10.0, view.yAxis->tickVector().first()) - 1), 1);
  view.clear();
  view.grab();
  EXPECT_TRUE(legendOf(view).isEmpty());
}

/// As `history`, with what mini-batches and draws add.
std::vector<ObjectiveRecord> noisyHistory(std::int64_t epochs) {
  std::vector<ObjectiveRecord> records = history(epochs);
  for (ObjectiveRecord& record : records) {
    const double e = static_cast<double>(record.epoch);
    record.total += 60 * std::sin(7 * e * e);
    record.terms[0] += 40 * std::cos(3 * e * e);
  }
  return records;
}

/// The sum at kTermCount, as the views count lines.
double valueOf(const ObjectiveRecord& record, std::size_t line) {
  return line == kTermCount ? record.total : record.terms[line];
}

/// Of the `span` epochs that end with record `last`, of those that are finite.
double plainMean(const std::vector<ObjectiveRecord>& records, std::size_t last, std::size_t span,
                 std::size_t line) {
  double sum = 0;
  int count = 0;
  for (std::size_t i = last + 1 - span; i <= last; ++i) {
    if (!std::isfinite(valueOf(records[i], line))) continue;
    sum += valueOf(records[i], line);
    ++count;
  }
  return sum / count;
}

/// Places in the table of a smoothed plot.
constexpr qsizetype kMeanOfJ = 2 + static_cast<qsizetype>(kTermCount);
constexpr qsizetype kMeanOfFirstTerm = kMeanOfJ + 1;

/// Of the plot: raw lines come first, each group in the order of the terms, then the sum.
QCPGraphDataContainer& meanLine(const ObjectivePlot& view, std::size_t line) {
  return *view.graph(static_cast<int>(kTermCount + 1 + line))->data();
}

TEST(ObjectivePlot, aSmoothedLineIsTheMeanOfTheEpochsThatEndThere) {
  const auto records = noisyHistory(300);
  ObjectivePlot view;
  view.append(records);
  view.setScale(ObjectivePlot::Scale::Linear);
  EXPECT_EQ(view.smoothing(), 0);
  const PlotTable raw = view.table();
  view.setSmoothing(static_cast<int>(kBestSpan));
  const PlotTable table = view.table();
  ASSERT_EQ(table.header.size(), 1 + 2 * static_cast<qsizetype>(kTermCount + 1));
  EXPECT_EQ(table.header[kMeanOfJ], "J (mean of 20 epochs)");
  EXPECT_EQ(table.header[kMeanOfFirstTerm], "L_fxy (mean of 20 epochs)");
  ASSERT_EQ(table.rows.size(), 300);
  for (qsizetype i = 0; i < 300; ++i) {
    const QStringList& cells = table.rows[i];
    ASSERT_EQ(cells.size(), table.header.size());
    EXPECT_EQ(cells.mid(0, raw.header.size()), raw.rows[i]);
    EXPECT_TRUE(cells[kMeanOfFirstTerm + 2].isEmpty()) << "L_rxy is not computed";
    if (i + 1 < kBestSpan) {
      EXPECT_TRUE(cells[kMeanOfJ].isEmpty()) << "a mean of fewer epochs is none";
      continue;
    }
    const auto last = static_cast<std::size_t>(i);
    EXPECT_NEAR(cells[kMeanOfJ].toDouble(), plainMean(records, last, 20, kTermCount), 1e-8) << i;
    EXPECT_NEAR(cells[kMeanOfFirstTerm].toDouble(), plainMean(records, last, 20, 0), 1e-8) << i;
  }
  // It is what decides on the best state of a run.
  EXPECT_NEAR(table.rows.last()[kMeanOfJ].toDouble(), *smoothed_objective(records), 1e-8);

  // So few epochs are drawn one by one, the raw ones still there.
  ASSERT_EQ(meanLine(view, kTermCount).size(), 281);
  EXPECT_EQ(view.graph(static_cast<int>(kTermCount))->dataCount(), 300);
  for (const QCPGraphData& point : meanLine(view, kTermCount))
    EXPECT_NEAR(point.value, plainMean(records, static_cast<std::size_t>(point.key) - 1, 20, kTermCount),
                1e-8);
  // The logarithm of the mean, not the mean of logarithms.
  view.setScale(ObjectivePlot::Scale::SymmetricLog);
  for (const QCPGraphData& point : meanLine(view, kTermCount)) {
    const double mean = plainMean(records, static_cast<std::size_t>(point.key) - 1, 20, kTermCount);
    EXPECT_NEAR(point.value, std::copysign(std::log10(1 + std::abs(mean) / 0.1), mean), 1e-9);
  }
}

TEST(ObjectivePlot, rawLinesStayFaintBehindSmoothedOnes) {
  ObjectivePlot view;
  view.append(noisyHistory(50));
  const auto raw = [&] { return view.graph(static_cast<int>(kTermCount)); };
  const auto mean = [&] { return view.graph(2 * static_cast<int>(kTermCount) + 1); };
  const QPen plain = raw()->pen();
  EXPECT_FALSE(mean()->visible());
  view.setSmoothing(5);
  EXPECT_TRUE(raw()->visible());
  EXPECT_TRUE(mean()->visible());
  EXPECT_EQ(mean()->pen(), plain);
  EXPECT_LT(raw()->layer()->index(), mean()->layer()->index());
  const int ground = view.theme().background.lightness();
  EXPECT_LT(std::abs(raw()->pen().color().lightness() - ground),
            std::abs(plain.color().lightness() - ground) / 2);
  EXPECT_TRUE(legendOf(view).contains(QStringLiteral("mean of the last 5 epochs")));
  display(view);
  // Both go by a click on the name.
  click(view, {24, 18});
  EXPECT_FALSE(raw()->visible());
  EXPECT_FALSE(mean()->visible());
  click(view, {24, 18});
  QString status;
  QObject::connect(&view, &PlotView::statusText, &view, [&](const QString& text) { status = text; });
  const QPointF at(view.xAxis->coordToPixel(40), view.axisRect()->center().y());
  QMouseEvent move(QEvent::MouseMove, at, QPointF(), Qt::NoButton, Qt::NoButton, {});
  QApplication::sendEvent(&view, &move);
  EXPECT_TRUE(status.startsWith(QStringLiteral("epoch 40 · J "))) << status.toStdString();
  EXPECT_TRUE(status.contains(QStringLiteral("(mean "))) << status.toStdString();
  view.setSmoothing(0);
  EXPECT_EQ(raw()->pen(), plain);
  EXPECT_FALSE(mean()->visible());
  EXPECT_EQ(view.table().header.size(), 2 + static_cast<qsizetype>(kTermCount));
}

TEST(ObjectivePlot, smoothingGoesOnAsEpochsComeIn) {
  const auto records = noisyHistory(457);
  ObjectivePlot live;
  live.setSmoothing(100);
  for (std::size_t first = 0; first < records.size(); first += 7)
    live.append(std::span(records).subspan(first, std::min<std::size_t>(7, records.size() - first)));
  ObjectivePlot whole;
  whole.append(records);
  whole.setSmoothing(5);
  whole.setSmoothing(100);
  EXPECT_EQ(live.table().rows, whole.table().rows);
  EXPECT_NEAR(live.table().rows.last()[kMeanOfJ].toDouble(), plainMean(records, 456, 100, kTermCount), 1e-8);
  ASSERT_EQ(meanLine(live, kTermCount).size(), 358);
  for (int i = 0; i < 358; ++i) {
    EXPECT_EQ(meanLine(live, kTermCount).at(i)->key, meanLine(whole, kTermCount).at(i)->key);
    EXPECT_EQ(meanLine(live, kTermCount).at(i)->value, meanLine(whole, kTermCount).at(i)->value);
  }
  // Another run begins with no epochs before it.
  live.clear();
  live.append(std::span(records).first(99));
  EXPECT_TRUE(meanLine(live, kTermCount).isEmpty());
  live.append(std::span(records).subspan(99, 1));
  EXPECT_EQ(meanLine(live, kTermCount).size(), 1);
}

TEST(ObjectivePlot, smoothingLeavesOutWhatIsNotFiniteAndForgetsWhatWasHuge) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  auto records = noisyHistory(200);
  records[0].total = -1e300;
  records[49].total = kNaN;
  records[50].total = std::numeric_limits<double>::infinity();
  // A term that is computed from epoch 121 on.
  for (std::size_t i = 0; i < 120; ++i) records[i].terms[1] = kNaN;
  ObjectivePlot view;
  view.setSmoothing(20);
  view.append(records);
  const PlotTable table = view.table();
  EXPECT_TRUE(table.rows[49][1].isEmpty());
  for (qsizetype i = 20; i < 200; ++i)
    EXPECT_NEAR(table.rows[i][kMeanOfJ].toDouble(),
                plainMean(records, static_cast<std::size_t>(i), 20, kTermCount), 1e-8)
        << i;
  EXPECT_TRUE(table.rows[119][kMeanOfFirstTerm + 1].isEmpty());
  EXPECT_EQ(table.rows[120][kMeanOfFirstTerm + 1].toDouble(), records[120].terms[1]);
  for (int g = 0; g < view.graphCount(); ++g)
    for (const QCPGraphData& point : *view.graph(g)->data()) EXPECT_TRUE(std::isfinite(point.value));
  display(view);
}

TEST(ObjectivePlot, runsBesideTheActiveOneAreSmoothedToo) {
  const auto other = std::make_shared<const std::vector<ObjectiveRecord>>(noisyHistory(80));
  ObjectivePlot view;
  view.append(noisyHistory(100));
  view.setSmoothing(5);
  view.setRuns({{3, QStringLiteral("%2 first"), other}});
  const PlotTable table = view.table();
  ASSERT_GE(table.header.size(), 2);
  EXPECT_EQ(table.header[table.header.size() - 2], "J of %2 first");
  EXPECT_EQ(table.header.last(), "J of %2 first (mean of 5 epochs)");
  ASSERT_EQ(table.rows.size(), 100);
  EXPECT_TRUE(table.rows[3].last().isEmpty());
  for (qsizetype i = 4; i < 80; ++i)
    EXPECT_NEAR(table.rows[i].last().toDouble(),
                plainMean(*other, static_cast<std::size_t>(i), 5, kTermCount), 1e-8);
  EXPECT_TRUE(table.rows[90].last().isEmpty());
  EXPECT_EQ(view.graph(view.graphCount() - 2)->dataCount(), 80);
  EXPECT_EQ(view.graph(view.graphCount() - 1)->dataCount(), 76);
  EXPECT_EQ(view.graph(view.graphCount() - 1)->pen().style(),
            view.graph(view.graphCount() - 2)->pen().style());
  view.setRuns({});
  EXPECT_EQ(view.graphCount(), 2 * static_cast<int>(kTermCount + 1));
}

class OpenMenu : public ObjectivePlot {
 public:
  using ObjectivePlot::extendMenu;
};

TEST(ObjectivePlot, theMenuSaysAndChoosesHowLinesAreSmoothed) {
  OpenMenu view;
  view.append(noisyHistory(30));
  const auto checked = [&] {
    QMenu menu;
    view.extendMenu(menu);
    QStringList texts;
    const QList<QAction*> offered = menu.actions().last()->menu()->actions();
    for (const QAction* action : offered)
      if (action->isChecked()) texts << action->text();
    return texts;
  };
  EXPECT_EQ(checked(), QStringList{QStringLiteral("None")});
  QMenu menu;
  view.extendMenu(menu);
  EXPECT_EQ(menu.actions().last()->text(), "Smooth over");
  const QList<QAction*> offered = menu.actions().last()->menu()->actions();
  ASSERT_EQ(offered.size(), 4);
  const std::vector<int> epochs = {0, 5, 20, 100};
  for (const int i : {1, 2, 3, 0}) {
    offered[i]->trigger();
    EXPECT_EQ(view.smoothing(), epochs[static_cast<std::size_t>(i)]);
    EXPECT_EQ(checked(), QStringList{offered[i]->text()});
  }
}

TEST(ObjectivePlot, timesForAHundredThousandSmoothedEpochs) {
  const auto records = noisyHistory(100000);
  ObjectivePlot view;
  display(view);
  view.setSmoothing(100);
  view.append(std::span(records).first(99000));
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t first = 99000; first < records.size(); first += 100) {
    QElapsedTimer clock;
    clock.start();
    view.append(std::span(records).subspan(first, 100));
    least = std::min(least, static_cast<double>(clock.nsecsElapsed()) / 1e6);
  }
  QElapsedTimer clock;
  clock.start();
  view.setSmoothing(20);
  const double anew = static_cast<double>(clock.nsecsElapsed()) / 1e6;
  std::printf("  smoothed objective: 100 epochs more %.2f ms, over another span %.2f ms\n", least, anew);
  // A few and a few tens; the limits are for sanitizers.
  EXPECT_LT(least, 100);
  EXPECT_LT(anew, 2000);
  for (int g = 0; g < view.graphCount(); ++g) EXPECT_LE(view.graph(g)->dataCount(), 2000);
}

}  // namespace
}  // namespace assayer::ui
