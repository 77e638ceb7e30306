// SPDX-License-Identifier: GPL-3.0-or-later
// Runs beside each other on the simplex and in the nuisance trace.
#include <gtest/gtest.h>

#include <QTreeWidget>
#include <cmath>
#include <limits>

#include "tests/ui/exported.h"
#include "tests/ui/pixels.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/run_style.h"
#include "ui/views/simplex_view.h"

namespace assayer::ui::testing {
namespace {

std::shared_ptr<const Matrix<double>> shared(Matrix<double> values) {
  return std::make_shared<const Matrix<double>>(std::move(values));
}

TEST(RunOverlays, PredictedCompositionsAreHollowSignsWhereTheyLie) {
  const DatasetPtr data = smallData();
  ASSERT_TRUE(data);
  SimplexView view;
  view.resize(600, 500);
  view.setData(data);
  const QStringList before = legendOf(view);
  // Every row in the middle of the lower edge, but one without a prediction.
  Matrix<double> composition(data->rows(), 3);
  for (std::size_t row = 0; row < composition.rows(); ++row) composition(row, 0) = composition(row, 2) = 0.5;
  composition(3, 0) = std::numeric_limits<double>::quiet_NaN();
  view.setRuns({{2, "mine", shared(composition)},
                {3, "of other data", shared(Matrix<double>(5, 3))},
                {4, "of other components", shared(Matrix<double>(data->rows(), 2))}});
  ASSERT_EQ(view.runs().size(), 1U) << "what does not fit the data is left out";
  QStringList added = legendOf(view);
  for (const QString& text : before) added.removeAll(text);
  EXPECT_EQ(added, QStringList("predicted by mine"));

  const QImage picture = view.toPixmap(600, 500).toImage();
  const QPointF at = view.pixelOf(composition.row(0));
  const QColor colour = runColour(2, view.theme().dark);
  EXPECT_GT(pixelsAbout(picture, at, colour), 4);

  const PlotTable table = view.table();
  int predicted = 0;
  for (const QStringList& row : table.rows)
    if (row[1] == "predicted by mine") {
      EXPECT_EQ(row[4], "0.5");
      ++predicted;
    }
  EXPECT_EQ(predicted, 396);
  view.setRuns({});
  EXPECT_EQ(legendOf(view), before);
}

TEST(RunOverlays, ManyRowsAreThinnedEvenlyAndTheLegendSaysSo) {
  MadeData what = lattice(40);
  const DatasetPtr data = make(what);
  ASSERT_GT(data->rows(), 1200U);
  SimplexView view;
  view.setData(data);
  Matrix<double> composition(data->rows(), data->components(), 1.0 / static_cast<double>(data->components()));
  view.setRuns({{1, "many", shared(std::move(composition))}});
  const QString text = legendOf(view).filter("predicted by many").value(0);
  const QRegularExpression form("predicted by many \\((\\d+) of ([\\d,.\\s]+) rows\\)");
  const auto match = form.match(text);
  ASSERT_TRUE(match.hasMatch()) << text.toStdString();
  EXPECT_LE(match.captured(1).toInt(), 600);
  EXPECT_GE(match.captured(1).toInt(), 300);
}

TEST(RunOverlays, MediansOfOtherRunsAreThoseOfTheirGroups) {
  const DatasetPtr data = smallData();
  ASSERT_TRUE(data && data->groups());
  NuisanceTrace view;
  view.resize(600, 400);
  view.setData(data);
  Matrix<double> z(data->rows(), 1);
  Matrix<double> other(data->rows(), 1);
  for (std::size_t row = 0; row < z.rows(); ++row) {
    z(row, 0) = 0.01 * static_cast<double>(row % 7);
    // Far above, by group.
    other(row, 0) = 5.0 + data->groups()->of_row[row];
  }
  view.setValues(z, 0);
  view.setRuns({{1, "other", shared(other)}, {2, "without z", shared(Matrix<double>(data->rows(), 0))}});
  const QStringList legend = legendOf(view);
  EXPECT_TRUE(legend.contains("median, other"));
  EXPECT_FALSE(legend.contains("median, without z"));
  // They are in sight although no row of the active run is there.
  EXPECT_GT(view.yAxis->range().upper, 7.0);
  const QImage picture = view.toPixmap(600, 400).toImage();
  for (int group = 0; group < 3; ++group) {
    const int y = static_cast<int>(std::lround(view.yAxis->coordToPixel(5.0 + group)));
    EXPECT_GT(pixelsOf(picture.copy(QRect(0, y - 1, 600, 3)), runColour(1, view.theme().dark)), 20) << group;
  }
  const PlotTable table = view.table();
  EXPECT_EQ(table.header.last(), "z1 of other");
  EXPECT_EQ(table.rows[0].last().toDouble(), other(table.rows[0][1].toUInt(), 0));
}

class RunOverlayTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    ASSERT_TRUE(openSample());
    setSetting("epochs", "20");
  }
  std::uint64_t train(const char* seed, const char* method) {
    setSetting("method", method);
    setSetting("seed", seed);
    EXPECT_TRUE(window_->startTraining()) << window_->messageBar().text().toStdString();
    EXPECT_TRUE(waitUntilFinished());
    return window_->runs().activeId();
  }
};

TEST_F(RunOverlayTest, TickedRunsAreDrawnBesideTheActiveOne) {
  auto* simplex = window_->findChild<SimplexView*>();
  ASSERT_NE(simplex, nullptr);
  auto* nuisance = child<NuisanceTrace>("nuisanceTrace");
  const std::uint64_t first = train("1", "m2");
  EXPECT_TRUE(simplex->runs().empty()) << "alone, a run is compared with nothing";
  const std::uint64_t second = train("2", "m2");
  // The other, and the active one to compare it with.
  ASSERT_EQ(simplex->runs().size(), 2U);
  EXPECT_EQ(simplex->runs()[0].id, first);
  EXPECT_EQ(*simplex->runs()[0].composition, window_->runs().find(first)->snapshot->prediction.composition);
  EXPECT_EQ(simplex->runs()[1].id, second);
  ASSERT_EQ(nuisance->runs().size(), 1U);
  EXPECT_EQ(*nuisance->runs()[0].z, window_->runs().find(first)->snapshot->prediction.z);

  window_->runs().activate(first);
  ASSERT_EQ(nuisance->runs().size(), 1U);
  EXPECT_EQ(nuisance->runs()[0].id, second);
  // A baseline has no z.
  train("3", "pls");
  EXPECT_EQ(simplex->runs().size(), 3U);

  window_->runs().activate(first);
  for (const RunRecord& run : std::vector<RunRecord>(window_->runs().runs()))
    window_->runs().setShown(run.id, false);
  EXPECT_TRUE(simplex->runs().empty());
  EXPECT_TRUE(nuisance->runs().empty());
}

}  // namespace
}  // namespace assayer::ui::testing
