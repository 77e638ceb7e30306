// SPDX-License-Identifier: GPL-3.0-or-later
// Views beside the first five, in the real window: map, table, composed spectra, bad channels, comparison.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QHeaderView>
#include <QMenu>
#include <QSlider>
#include <QStatusBar>
#include <QToolButton>
#include <QUndoStack>
#include <algorithm>

#include "core/io/dataset_writer.h"
#include "tests/ui/image_data.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/viewmodels/channel_mask.h"
#include "ui/views/compose_panel.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/projection_view.h"
#include "ui/views/row_table.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/simplex_view.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui::testing {
namespace {

using Kind = ImageLayer::Kind;
using Guest = SpectraPlot::Guest;

class LinkedViewsTest : public WindowTest {
 protected:
  [[nodiscard]] bool open(const DatasetPtr& data) {
    const QString path = folder_.filePath(QStringLiteral("data.h5"));
    if (!write_dataset(*data, path.toStdString(), true)) return false;
    QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
    window_->openFile(path);
    return waitFor([&] { return opened.count() == 1; }) && waitFor([&] { return !window_->busy(); });
  }
  [[nodiscard]] bool train(const char* epochs) {
    setSetting("epochs", epochs);
    setSetting("members", "1");
    return window_->startTraining() && waitUntilFinished() && waitFor([&] { return !window_->busy(); });
  }
  SpectraPlot& spectra() { return *child<SpectraPlot>("spectraPlot"); }
  ImageMapView& map() { return *child<ImageMapView>("imageMap"); }
  QDockWidget& dock(const char* name) { return *child<QDockWidget>(name); }
};

TEST_F(LinkedViewsTest, AnImageHasAMapAndOtherDataHaveNone) {
  EXPECT_FALSE(dock("mapDockWidget").isVisible());
  ASSERT_TRUE(open(makeImage(14, 18, 24)));
  EXPECT_TRUE(dock("mapDockWidget").isVisible());
  ASSERT_TRUE(waitFor([&] { return map().image() != nullptr; }));
  EXPECT_EQ(map().valueOfRow(3 * 18 + 5), imageValue(3, 5, 11));
  ASSERT_TRUE(openSample());
  EXPECT_FALSE(dock("mapDockWidget").isVisible());
}

TEST_F(LinkedViewsTest, TheSpectrumUnderTheCursorFollowsTheMouse) {
  const DatasetPtr data = makeImage(14, 18, 24);
  ASSERT_TRUE(open(data));
  ASSERT_TRUE(waitFor([&] { return map().image() != nullptr; }));
  map().grab();
  for (const std::uint32_t row : {40U, 200U, 77U}) {
    QTest::mouseMove(&map(), map().pixelOfRow(row)->toPoint());
    ASSERT_TRUE(waitFor([&] {
      const auto& shown = spectra().guest(Guest::Cursor).mean;
      return !shown.empty() && std::ranges::equal(shown, data->spectra().row(row));
    })) << row;
  }
  QTest::mouseMove(&map(), QPoint(1, 1));
  EXPECT_TRUE(waitFor([&] { return spectra().guest(Guest::Cursor).mean.empty(); }));
}

TEST_F(LinkedViewsTest, ARegionOfTheMapIsTheSelectionOfAllViews) {
  ASSERT_TRUE(open(makeImage(14, 18, 24)));
  ASSERT_TRUE(waitFor([&] { return map().image() != nullptr; }));
  map().grab();
  drag(map(), *map().pixelOfRow(2 * 18 + 3) - QPointF(2, 2), *map().pixelOfRow(3 * 18 + 4) + QPointF(2, 2));
  EXPECT_EQ(window_->selection().rows(), (Rows{39, 40, 57, 58}));
  for (const std::uint32_t row : {39U, 40U, 57U, 58U})
    EXPECT_TRUE(child<RowTable>("rowTable")->rows().selected(row)) << row;
  EXPECT_FALSE(child<RowTable>("rowTable")->rows().selected(41));
}

TEST_F(LinkedViewsTest, AModelHasMapsOfWhatItPredicts) {
  ASSERT_TRUE(open(makeImage(14, 18, 24)));
  ASSERT_TRUE(train("3"));
  const auto snapshot = window_->training().snapshot();
  ASSERT_TRUE(snapshot);
  auto* panel = window_->findChild<ImageMapPanel*>();
  panel->choose({Kind::Composition, {1}});
  ASSERT_TRUE(
      waitFor([&] { return map().image() && map().image()->layer == (ImageLayer{Kind::Composition, {1}}); }));
  for (const std::uint32_t row : {0U, 50U, 251U})
    EXPECT_FLOAT_EQ(*map().valueOfRow(row), static_cast<float>(snapshot->prediction.composition(row, 1)));
  panel->choose({Kind::Residual, {0}});
  ASSERT_TRUE(waitFor([&] { return map().image() && map().image()->layer.kind == Kind::Residual; }));
  // One spectrum's residual by hand.
  Matrix<double> y(1, 3);
  Matrix<double> z(1, snapshot->prediction.z.cols());
  std::ranges::copy(snapshot->prediction.composition.row(50), y.row(0).begin());
  std::ranges::copy(snapshot->prediction.z.row(50), z.row(0).begin());
  const auto made = snapshot->model->generate(y, z);
  ASSERT_TRUE(made);
  double squares = 0;
  for (std::size_t c = 0; c < 24; ++c)
    squares +=
        std::pow(static_cast<double>(window_->session().data()->spectra()(50, c)) - made->mean(0, c), 2);
  EXPECT_NEAR(*map().valueOfRow(50), std::sqrt(squares / 24), 1e-3 * std::sqrt(squares / 24));
}

TEST_F(LinkedViewsTest, TheTableShowsSelectsAndSortsRows) {
  ASSERT_TRUE(openSample());
  auto* table = child<RowTable>("rowTable");
  dock("tableDockWidget").raise();
  ASSERT_TRUE(waitFor([&] { return table->isVisible(); }));
  RowTableModel& rows = table->rows();
  const Dataset& data = *window_->session().data();
  ASSERT_EQ(rows.rowCount(), static_cast<int>(data.rows()));
  const auto column = [&](RowColumn::Kind kind) {
    const auto found = std::ranges::find(rows.columns(), kind, &RowColumn::kind);
    return static_cast<int>(found - rows.columns().begin());
  };
  const int known = column(RowColumn::Kind::Known);
  EXPECT_EQ(rows.index(7, column(RowColumn::Kind::Row)).data().toString(), "7");
  EXPECT_EQ(rows.index(7, known).data().toString(),
            QString::number(100 * data.abundances()->row(7)[0], 'f', 2));
  EXPECT_EQ(rows.index(7, column(RowColumn::Kind::Group)).data().toString().toStdString(),
            data.groups()->names[static_cast<std::size_t>(data.groups()->of_row[7])]);

  // A click selects for all, Shift-click as far as there, another view's selection is highlighted.
  const auto middle = [&](int place) { return table->visualRect(rows.index(place, 0)).center(); };
  QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, middle(2));
  EXPECT_EQ(window_->selection().rows(), Rows{2});
  QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::ShiftModifier, middle(5));
  EXPECT_EQ(window_->selection().rows(), (Rows{2, 3, 4, 5}));
  window_->selection().select({300, 301});
  EXPECT_TRUE(rows.selected(300));
  EXPECT_FALSE(rows.selected(3));
  EXPECT_TRUE(table->viewport()->rect().intersects(table->visualRect(rows.index(300, 0))));

  // By composition, falling; rows keep their numbers.
  QSignalSpy sorted(&rows, &RowTableModel::sorted);
  table->horizontalHeader()->setSortIndicator(known, Qt::DescendingOrder);
  ASSERT_TRUE(waitFor([&] { return sorted.count() == 1; }));
  std::vector<double> values;
  for (int place = 0; place < rows.rowCount(); ++place) {
    values.push_back(data.abundances()->row(rows.rowAt(place))[0]);
    EXPECT_EQ(rows.placeOf(rows.rowAt(place)), place);
  }
  EXPECT_TRUE(std::ranges::is_sorted(values, std::ranges::greater{}));

  window_->session().setRole({8}, Role::Excluded);
  EXPECT_EQ(rows.index(rows.placeOf(8), column(RowColumn::Kind::Role)).data().toString(), "excluded");
}

TEST_F(LinkedViewsTest, DraggingOverTheSimplexGeneratesTheSpectrum) {
  ASSERT_TRUE(openSample());
  auto* panel = window_->findChild<SimplexPanel*>();
  EXPECT_FALSE(panel->tools()[4]->isEnabled());
  ASSERT_TRUE(train("3"));
  ASSERT_TRUE(panel->tools()[4]->isEnabled());
  panel->tools()[4]->trigger();
  auto* simplex = child<SimplexView>("simplexView");
  simplex->grab();
  drag(*simplex, simplex->pixelOf(std::vector<double>{0.6, 0.2, 0.2}),
       simplex->pixelOf(std::vector<double>{0.2, 0.5, 0.3}));
  auto* compose = child<ComposePanel>("composePanel");
  ASSERT_EQ(compose->composition().size(), 3);
  EXPECT_NEAR(compose->composition()[1], 0.5, 0.02);
  const auto matches = [&] {
    const auto snapshot = window_->training().snapshot();
    const std::vector<double> chosen(compose->composition().begin(), compose->composition().end());
    const std::vector<double> z = compose->nuisances();
    const auto made = snapshot->model->generate(Matrix<double>(chosen, 1, 3),
                                                Matrix<double>(z, z.empty() ? 0 : 1, z.size()));
    const auto& shown = spectra().guest(Guest::Composed).mean;
    return made && shown.size() == made->mean.cols() && std::ranges::equal(shown, made->mean.row(0));
  };
  EXPECT_TRUE(waitFor(matches));
  // The selection is none of this tool's business.
  EXPECT_TRUE(window_->selection().rows().empty());
  const std::vector<float> at_mean = spectra().guest(Guest::Composed).mean;
  auto* slider = child<QSlider>("composeZ0");
  slider->setValue(slider->maximum());
  EXPECT_FALSE(child<QCheckBox>("composeMean")->isChecked());
  EXPECT_TRUE(waitFor([&] { return matches() && spectra().guest(Guest::Composed).mean != at_mean; }));
  // A share by its box: the others keep their proportions.
  const double ratio = compose->composition()[1] / compose->composition()[2];
  child<QDoubleSpinBox>("composePart0")->setValue(60);
  EXPECT_NEAR(compose->composition()[0], 0.6, 1e-9);
  EXPECT_NEAR(compose->composition()[1] / compose->composition()[2], ratio, 1e-6);
  EXPECT_TRUE(waitFor(matches));
  QTest::mouseClick(child<QToolButton>("composeClear"), Qt::LeftButton);
  EXPECT_TRUE(waitFor([&] { return spectra().guest(Guest::Composed).mean.empty(); }));
}

TEST_F(LinkedViewsTest, BadChannelsAreDraggedAndUndone) {
  ASSERT_TRUE(openSample());
  window_->selection().select({0});
  // What is selected comes later, and may move the axes by a line of the legend.
  ASSERT_TRUE(waitFor([&] { return !spectra().busy() && !window_->busy(); }));
  window_->drawNow();
  child<QAction>("maskToolAction")->trigger();
  const double y = spectra().height() / 2.0;
  const auto between = [&](std::size_t a, std::size_t b) {
    return QPointF((spectra().pixelOfChannel(a) + spectra().pixelOfChannel(b)) / 2, y);
  };
  drag(spectra(), between(9, 10), between(14, 15) + QPointF(0, 20));
  const auto mask = [&] {
    return maskedBySteps(window_->session().session().pipeline(), *window_->session().data());
  };
  std::vector<std::uint8_t> wanted(40, 0);
  for (std::size_t c = 10; c <= 14; ++c) wanted[c] = 1;
  EXPECT_EQ(mask(), wanted);
  ASSERT_EQ(window_->session().session().pipeline().steps.size(), 1U);
  EXPECT_EQ(window_->session().session().pipeline().steps[0].to_text(),
            "bad:ranges=10-14,unit=channel,constant=no,missing=1");
  EXPECT_TRUE(window_->session().undoStack()->undoText().contains(QStringLiteral("mask 5 channels")));
  // Shown as a gap: no value in the table of the plot.
  EXPECT_TRUE(spectra().table().rows[12].last().isEmpty());
  EXPECT_FALSE(spectra().table().rows[20].last().isEmpty());

  drag(spectra(), between(11, 12), between(12, 13), Qt::ShiftModifier);
  wanted[12] = 0;
  EXPECT_EQ(mask(), wanted);
  drag(spectra(), between(0, 1), between(39, 38), Qt::ShiftModifier);
  EXPECT_TRUE(window_->session().session().pipeline().steps.empty());
  child<QAction>("undoAction")->trigger();
  EXPECT_EQ(mask(), wanted);
  child<QAction>("undoAction")->trigger();
  child<QAction>("undoAction")->trigger();
  EXPECT_TRUE(window_->session().session().pipeline().steps.empty());
  // Without the tool a drag zooms.
  child<QAction>("maskToolAction")->trigger();
  drag(spectra(), between(9, 10), between(14, 15) + QPointF(0, 20));
  EXPECT_TRUE(window_->session().session().pipeline().steps.empty());
}

TEST(ChannelMask, LeavesOtherStepsAlone) {
  const DatasetPtr data = makeImage(2, 2, 20);
  const std::vector<std::string> texts = {"bad:ranges=420-440,unit=nm", "snv"};
  Pipeline pipeline = Pipeline::parse(texts).value();
  EXPECT_EQ(::testing::PrintToString(maskedBySteps(pipeline, *data)),
            ::testing::PrintToString(
                std::vector<std::uint8_t>{0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  // Ranges in nanometres become channels; what else the step does stays.
  pipeline = withMask(pipeline, *data, {3, 9}, false);
  pipeline = withMask(pipeline, *data, {9, 10, 19}, true);
  EXPECT_EQ(pipeline.steps[0].to_text(), "bad:ranges=2+4+9-10+19,unit=channel");
  EXPECT_EQ(pipeline.steps[1].info().name, "snv");
  // After a step that takes channels out, numbers mean others: a step of its own stands before it.
  const std::vector<std::string> cropped = {"crop:from=450", "bad:ranges=1,unit=channel"};
  const Pipeline before = Pipeline::parse(cropped).value();
  EXPECT_EQ(std::ranges::count(maskedBySteps(before, *data), 1), 0);
  EXPECT_EQ(withMask(before, *data, {4}, true).steps.size(), 3U);
  EXPECT_EQ(withMask(before, *data, {4}, false), before);
}

TEST_F(LinkedViewsTest, TwoSetsOfRowsAreCompared) {
  ASSERT_TRUE(openSample());
  EXPECT_FALSE(child<QAction>("compareRowsAction")->isEnabled());
  window_->selection().select({1, 2, 3});
  child<QAction>("compareRowsAction")->trigger();
  window_->selection().select({100, 101});
  const auto entries = [&](PlotView* view) {
    QStringList texts;
    for (const LegendEntry& entry : view->legendEntries()) texts << entry.text;
    return texts;
  };
  for (PlotView* view : {static_cast<PlotView*>(&spectra()),
                         static_cast<PlotView*>(child<ProjectionView>("projectionView"))}) {
    EXPECT_TRUE(entries(view).contains(QStringLiteral("2 selected rows")))
        << view->objectName().toStdString();
    EXPECT_TRUE(entries(view).contains(QStringLiteral("3 rows to compare with")))
        << view->objectName().toStdString();
  }
  EXPECT_EQ(spectra().table().header.filter(QStringLiteral("compared with")).size(), 3);
  child<QAction>("swapRowsAction")->trigger();
  EXPECT_EQ(window_->selection().rows(), (Rows{1, 2, 3}));
  EXPECT_TRUE(entries(&spectra()).contains(QStringLiteral("2 rows to compare with")));
  child<QAction>("forgetComparedAction")->trigger();
  EXPECT_FALSE(entries(&spectra()).join(QLatin1Char(' ')).contains(QStringLiteral("compare")));
}

}  // namespace
}  // namespace assayer::ui::testing
