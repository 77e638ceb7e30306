// SPDX-License-Identifier: GPL-3.0-or-later
// Methods against each other in the real window, and the views that show what came of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QTabWidget>
#include <QToolButton>
#include <cmath>

#include "tests/ui/heartbeat.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/compare_page.h"
#include "ui/views/curve_plot.h"
#include "ui/views/methods_table.h"
#include "ui/views/predicted_plot.h"
#include "ui/views/residual_plot.h"

namespace assayer::ui::testing {
namespace {

class CompareTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    ASSERT_TRUE(openSample());
    window_->findChild<QDockWidget*>(QStringLiteral("compareDockWidget"))->raise();
  }

  void choose(const QStringList& methods) {
    for (QAction* action : child<QToolButton>("compareMethods")->menu()->actions())
      if (action->isCheckable()) action->setChecked(methods.contains(action->text()));
  }
  void leaveOut(const char* by, int count) {
    auto* box = child<QComboBox>("compareBy");
    box->setCurrentIndex(box->findData(QString::fromLatin1(by)));
    child<QSpinBox>("compareCount")->setValue(count);
  }
  [[nodiscard]] bool compare(int milliseconds = 60000) {
    QSignalSpy compared(window_.get(), &MainWindow::compared);
    QTest::mouseClick(child<QPushButton>("compareButton"), Qt::LeftButton);
    return waitFor([&] { return compared.count() == 1; }, milliseconds);
  }
};

TEST_F(CompareTest, ShowsWhatWasFoundOnLeftOutSpectra) {
  choose({"pls", "ridge", "library"});
  leaveOut("compositions", 3);
  child<QSpinBox>("compareSteps")->setValue(3);
  child<QLineEdit>("compareSettings")->setText(QStringLiteral("link=hapke"));
  ASSERT_TRUE(compare()) << window_->messageBar().text().toStdString();
  const ValidationPtr found = window_->comparePage().validation();
  ASSERT_TRUE(found) << window_->messageBar().text().toStdString();
  EXPECT_EQ(found->by, "compositions:3");
  EXPECT_EQ(found->splits.size(), 3U);
  const Rows excluded = rows_with(window_->session().session().roles(), Role::Excluded);
  EXPECT_EQ(found->rows, 396 - excluded.size());

  const auto* table = child<MethodsTable>("methodsTable");
  ASSERT_EQ(table->rowCount(), 3);
  EXPECT_EQ(table->item(0, 0)->text(), "pls");
  EXPECT_THAT(table->item(0, 1)->text().toStdString(), ::testing::HasSubstr("±"));
  EXPECT_THAT(child<QLabel>("compareWords")->text().toStdString(), ::testing::HasSubstr("pls − ridge"));

  // Every left-out spectrum once, and all of them on the screen.
  auto* predicted = child<PredictedPlot>("predictedPlot");
  EXPECT_EQ(predicted->rows().size(), found->rows);
  child<QTabWidget>("compareTabs")->setCurrentIndex(1);
  predicted->grab();
  for (const std::size_t i : {std::size_t{0}, predicted->rows().size() / 2}) {
    const LeftOutRow& row = predicted->rows()[i];
    EXPECT_EQ(row.truth, window_->session().data()->abundances()->row(row.row)[0]);
    EXPECT_GT(row.sd, 0);
  }
  // A point that is clicked is selected everywhere.
  const std::uint32_t row = predicted->rows().front().row;
  click(*predicted, *predicted->pixelOfRow(row));
  ASSERT_EQ(window_->selection().rows().size(), 1U);
  const std::uint32_t selected = window_->selection().rows().front();
  const QPointF away = *predicted->pixelOfRow(selected) - *predicted->pixelOfRow(row);
  EXPECT_LT(std::hypot(away.x(), away.y()), 2) << "the row or one on top of it";

  child<QComboBox>("compareMethod")->setCurrentText(QStringLiteral("library"));
  child<QComboBox>("compareComponent")->setCurrentIndex(2);
  EXPECT_EQ(predicted->rows().front().truth,
            window_->session().data()->abundances()->row(predicted->rows().front().row)[2]);
  EXPECT_EQ(child<ResidualPlot>("residualPlot")->boxes().size(), 3U) << "three geometries";
  const auto* calibration = child<CurvePlot>("calibrationPlot");
  ASSERT_EQ(calibration->lines().size(), 3U);
  EXPECT_EQ(calibration->lines()[0].points.size(), kCalibrationLevels.size());
  const auto* learning = child<CurvePlot>("learningPlot");
  ASSERT_EQ(learning->lines().size(), 3U);
  ASSERT_EQ(learning->lines()[0].points.size(), 3U);
  EXPECT_LT(learning->lines()[0].points[0].x, learning->lines()[0].points[2].x);

  // To be looked at: ASSAYER_PICTURES names a folder.
  if (const QString pictures = qEnvironmentVariable("ASSAYER_PICTURES"); !pictures.isEmpty()) {
    for (int tab = 0; tab < child<QTabWidget>("compareTabs")->count(); ++tab) {
      child<QTabWidget>("compareTabs")->setCurrentIndex(tab);
      QTest::qWait(50);
      window_->grab().save(pictures + QStringLiteral("/compare-%1.png").arg(tab));
    }
  }

  QString error;
  const QString out = folder_.filePath(QStringLiteral("figures"));
  ASSERT_TRUE(window_->exportAll(out, &error)) << error.toStdString();
  for (const char* name :
       {"compare-predicted", "compare-residuals", "compare-calibration", "compare-learning"})
    for (const char* suffix : {".pdf", ".svg", ".png", ".csv"})
      EXPECT_GT(QFileInfo(out + QLatin1Char('/') + QLatin1String(name) + QLatin1String(suffix)).size(), 100)
          << name << suffix;
  QFile csv(out + QStringLiteral("/compare-predicted.csv"));
  ASSERT_TRUE(csv.open(QIODevice::ReadOnly));
  EXPECT_EQ(csv.readAll().count('\n'), static_cast<qsizetype>(9 * found->rows + 1));
  EXPECT_TRUE(QFile::exists(out + QStringLiteral("/compare-methods.csv")));
  EXPECT_TRUE(QFile::exists(out + QStringLiteral("/compare.json")));

  // Other data have other results.
  ASSERT_TRUE(openSample());
  EXPECT_FALSE(window_->comparePage().validation());
  EXPECT_EQ(table->rowCount(), 0);
}

TEST_F(CompareTest, IsCancelledAndLeavesTheWindowAnswering) {
  choose({"untapped"});
  child<QLineEdit>("compareSettings")->setText(QStringLiteral("epochs=1000000"));
  QSignalSpy compared(window_.get(), &MainWindow::compared);
  auto* button = child<QPushButton>("compareButton");
  QTest::mouseClick(button, Qt::LeftButton);
  EXPECT_EQ(button->text(), "Cancel");
  EXPECT_FALSE(child<QToolButton>("compareMethods")->isEnabled());
  ASSERT_TRUE(waitFor([&] { return !child<QLabel>("compareProgressText")->text().isEmpty(); }));
  Heartbeat heart;
  heart.start();
  QTest::qWait(1500);
  heart.stop();
  std::printf("longest gap of a 5 ms timer while comparing: %.0f ms\n", heart.longestGap());
  EXPECT_LT(heart.longestGap(), 200 * kPatience);
  QTest::mouseClick(button, Qt::LeftButton);
  ASSERT_TRUE(waitFor([&] { return compared.count() == 1; }, 5000 * kPatience));
  EXPECT_EQ(button->text(), "Compare");
  EXPECT_FALSE(window_->comparePage().validation());
  EXPECT_TRUE(child<QToolButton>("compareMethods")->isEnabled());
}

TEST_F(CompareTest, ClosingTheWindowWhileComparingDoesNotHang) {
  choose({"untapped"});
  child<QLineEdit>("compareSettings")->setText(QStringLiteral("epochs=1000000"));
  QTest::mouseClick(child<QPushButton>("compareButton"), Qt::LeftButton);
  ASSERT_TRUE(waitFor([&] { return !child<QLabel>("compareProgressText")->text().isEmpty(); }));
  QElapsedTimer timer;
  timer.start();
  window_.reset();
  EXPECT_LT(timer.elapsed(), 3000 * kPatience);
}

TEST_F(CompareTest, WhatMakesNoSenseIsToldInTheBar) {
  choose({"pls"});
  child<QLineEdit>("compareSettings")->setText(QStringLiteral("nonsense=1"));
  ASSERT_TRUE(compare());
  EXPECT_EQ(window_->messageBar().level(), MessageBar::Level::Error);
  EXPECT_THAT(window_->messageBar().text().toStdString(), ::testing::HasSubstr("nonsense"));
  EXPECT_FALSE(window_->comparePage().validation());
  choose({});
  EXPECT_FALSE(child<QPushButton>("compareButton")->isEnabled());
}

TEST_F(CompareTest, FinishedRunsStandBesideEachOther) {
  for (const char* method : {"pls", "ridge"}) {
    setSetting("method", method);
    ASSERT_TRUE(window_->startTraining()) << window_->messageBar().text().toStdString();
    ASSERT_TRUE(waitUntilFinished());
  }
  RunsTable& runs = window_->comparePage().runs();
  ASSERT_EQ(runs.rowCount(), 2);
  EXPECT_EQ(runs.item(0, 0)->text(), "1: pls");
  EXPECT_EQ(runs.item(1, 0)->text(), "2: ridge");
  EXPECT_EQ(runs.item(1, 2)->text(),
            QString::number(*window_->training().evaluation()->kl->held_out, 'g', 4));
  ASSERT_TRUE(openSample());
  EXPECT_EQ(runs.rowCount(), 0);
}

/// Two methods on three splits of four spectra of two groups: m0 is always .2 above the truth, m1 .01 ·
/// split.
ValidationPtr made() {
  MadeData what;
  for (int i = 0; i < 12; ++i) {
    const double a = 0.1 + 0.05 * i;
    what.compositions.push_back({a, 0.5 * (1 - a), 0.5 * (1 - a)});
    what.groups.push_back(i % 2);
  }
  auto v = std::make_shared<Validation>();
  v->data = make(what);
  v->by = "kfold:3";
  v->rows = 12;
  v->components = what.names;
  for (std::size_t s = 0; s < 3; ++s) {
    Split split;
    for (std::uint32_t row = 0; row < 12; ++row) (row / 4 == s ? split.test : split.train).push_back(row);
    v->splits.push_back(split);
  }
  for (std::size_t m = 0; m < 2; ++m) {
    MethodScores scores{"m" + std::to_string(m), {}};
    for (std::size_t s = 0; s < 3; ++s) {
      SplitScores one;
      one.kl = m == 0 ? 0.3 + 0.01 * static_cast<double>(s) : 0.1 + 0.001 * static_cast<double>(s);
      // Better in the mean only.
      one.rmse = m == 0 ? 0.2 : 0.05 + 0.15 * static_cast<double>(s);
      one.r2 = {0.5};
      one.predicted = Matrix<double>(4, 3);
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t k = 0; k < 3; ++k) {
          const double truth = v->data->abundances()->row(v->splits[s].test[i])[k];
          one.predicted(i, k) = truth + (m == 0 ? 0.2 : 0.01 * static_cast<double>(s));
        }
      }
      one.predicted(0, 1) = std::nan("");
      scores.splits.emplace_back(one);
    }
    v->methods.push_back(std::move(scores));
  }
  return v;
}

TEST(MethodsTable, MarksTheBestOnlyWhereTheIntervalSaysSo) {
  MethodsTable table;
  table.setValidation(made());
  ASSERT_EQ(table.rowCount(), 2);
  EXPECT_TRUE(table.item(1, 1)->text().endsWith(QStringLiteral("★")));
  EXPECT_TRUE(table.item(1, 1)->font().bold());
  EXPECT_EQ(table.item(0, 1)->text(), QStringLiteral("0.31 ± 0.01"));
  EXPECT_FALSE(table.item(0, 2)->text().contains(QStringLiteral("★")));
  EXPECT_FALSE(table.item(1, 2)->text().contains(QStringLiteral("★")));
  EXPECT_EQ(table.item(0, 4)->text(), QStringLiteral("–")) << "no reference, no number";
  EXPECT_EQ(table.table().rows.size(), 2);
  table.setValidation(nullptr);
  EXPECT_EQ(table.rowCount(), 0);
}

TEST(ResidualPlot, BoxesAreQuartilesByGroup) {
  ResidualPlot plot;
  plot.setValidation(made());
  plot.setShown(1, 0);
  ASSERT_EQ(plot.boxes().size(), 2U);
  const ResidualPlot::Box& box = plot.boxes()[1];
  EXPECT_EQ(box.group, "Position 2");
  // 0, 0, .01, .01, .02, .02: quartiles .0025 and .0175 by numpy.percentile.
  EXPECT_EQ(box.count, 6U);
  EXPECT_NEAR(box.median, 0.01, 1e-12);
  EXPECT_NEAR(box.lower, 0.0025, 1e-12);
  EXPECT_NEAR(box.upper, 0.0175, 1e-12);
  EXPECT_NEAR(box.low, 0, 1e-12);
  EXPECT_NEAR(box.high, 0.02, 1e-12);
  EXPECT_TRUE(box.beyond.empty());
  plot.setShown(0, 1);
  EXPECT_EQ(plot.boxes()[0].count, 3U) << "predictions that are not finite are left out";
  EXPECT_EQ(plot.boxes()[1].count, 6U);
  EXPECT_EQ(plot.table().rows.size(), 2 * 3 * 2);
  display(plot);
}

TEST(PredictedPlot, RegionSelectsEachRowOnce) {
  PredictedPlot plot;
  plot.setValidation(made());
  plot.setShown(0, 0);
  EXPECT_EQ(plot.rows().size(), 12U);
  EXPECT_TRUE(std::isnan(plot.rows()[0].sd));
  display(plot);
  QSignalSpy asked(&plot, &PredictedPlot::selectionRequested);
  const QPointF first = *plot.pixelOfRow(2);
  const QPointF last = *plot.pixelOfRow(5);
  drag(plot, first + QPointF(-4, 4), last + QPointF(4, -4));
  ASSERT_EQ(asked.count(), 1);
  EXPECT_EQ(asked[0][0].value<Rows>(), (Rows{2, 3, 4, 5}));
}

TEST(CurvePlot, LegendHidesALineAndPointsWithoutANumberAreLeftOut) {
  CurvePlot plot(QStringLiteral("curve"));
  EXPECT_TRUE(plot.table().rows.isEmpty());
  plot.setAxes({.x = "x",
                .y = "y",
                .logarithmic_x = true,
                .logarithmic_y = true,
                .diagonal = false,
                .diagonal_name = {}});
  plot.setLines({{"a", {{8, 0.5, 0.4, 0.6}, {16, std::nan(""), 0, 0}, {32, 0.2, -0.1, 0.3}}},
                 {"b", {{8, 50, 40, 60}}}});
  display(plot);
  EXPECT_GT(plot.yAxis->range().upper, 60);
  EXPECT_GT(plot.yAxis->range().lower, 0);
  EXPECT_EQ(plot.table().rows.size(), 4);
  EXPECT_EQ(plot.table().rows[1][2], "");
  ASSERT_EQ(plot.legendEntries().size(), 2U);
  // The second entry lies to the right of the first in the strip above the axes.
  for (int x = 0; x < plot.width() && plot.legendEntries()[1].on.value(); x += 6)
    click(plot, QPointF(plot.width() - x, 12));
  EXPECT_EQ(plot.legendEntries()[1].on, false);
  EXPECT_EQ(plot.legendEntries()[0].on, true);
  EXPECT_LT(plot.yAxis->range().upper, 1) << "what is hidden takes no room";
}

}  // namespace
}  // namespace assayer::ui::testing
