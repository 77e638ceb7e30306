// SPDX-License-Identifier: GPL-3.0-or-later
// Rows chosen by their spectra, means by group, and what a run makes of the selected rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QContextMenuEvent>
#include <QMenu>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "core/io/dataset_writer.h"
#include "tests/ui/exported.h"
#include "tests/ui/image_data.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/viewmodels/reconstruction.h"
#include "ui/viewmodels/selection_spectra.h"
#include "ui/views/row_table.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui::testing {
namespace {

const QString kByGroup = QStringLiteral("Mean and spread by group");
const QString kReconstruct = QStringLiteral("Reconstruction and residual of the selection");

/// What the plot's menu has under that text, null if nothing; with `trigger` it is chosen, too.
QAction* menuEntry(PlotView& view, const QString& text, bool trigger) {
  const QPoint at = view.rect().center();
  QContextMenuEvent asked(QContextMenuEvent::Mouse, at, view.mapToGlobal(at));
  QCoreApplication::sendEvent(&view, &asked);
  QAction* found = nullptr;
  const QList<QMenu*> menus = view.findChildren<QMenu*>();
  for (QMenu* menu : menus) {
    if (!menu->isVisible()) continue;
    for (QAction* action : menu->actions())
      if (action->text() == text) found = action;
  }
  if (found != nullptr && trigger) found->trigger();
  // Deleted later, so that what was found can still be asked.
  for (QMenu* menu : menus) menu->close();
  return found;
}

/// A column of what the plot exports, by wavelength; empty where there is none of that name.
std::vector<double> columnOf(const PlotView& view, const QString& name) {
  const PlotTable table = view.table();
  const qsizetype column = table.header.indexOf(name);
  std::vector<double> values;
  for (const QStringList& row : table.rows)
    if (column >= 0) values.push_back(row[column].isEmpty() ? std::nan("") : row[column].toDouble());
  return values;
}

Rows rowsUpTo(std::uint32_t count) {
  Rows rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

class SpectraSelectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    QObject::connect(&view_, &SpectraPlot::selectionRequested, &view_,
                     [this](const Rows& rows, SelectMode mode) { requests_.emplace_back(rows, mode); });
    QObject::connect(&view_, &PlotView::statusText, &view_, [this](const QString& text) { said_ << text; });
  }
  void show(const DatasetPtr& data) {
    data_ = data;
    view_.setData(data);
    display(view_);
  }
  [[nodiscard]] double between(std::size_t a, std::size_t b) const {
    return (view_.pixelOfChannel(a) + view_.pixelOfChannel(b)) / 2;
  }
  [[nodiscard]] QPointF onSpectrum(std::uint32_t row, std::size_t channel) const {
    return {view_.pixelOfChannel(channel), view_.yAxis->coordToPixel(data_->spectra()(row, channel))};
  }
  /// Draws with Alt around channels first … last and values low … high.
  void brush(std::size_t first, std::size_t last, double low, double high,
             Qt::KeyboardModifiers besides = {}) {
    view_.grab();
    drag(view_, {between(first - 1, first), view_.yAxis->coordToPixel(high)},
         {between(last, last + 1), view_.yAxis->coordToPixel(low)}, Qt::AltModifier | besides);
  }
  [[nodiscard]] Rows passing(std::size_t first, std::size_t last, double low, double high) const {
    Rows rows;
    for (std::uint32_t row = 0; row < data_->rows(); ++row) {
      bool passes = false;
      for (std::size_t c = first; c <= last; ++c)
        passes = passes || (data_->spectra()(row, c) >= low && data_->spectra()(row, c) <= high);
      if (passes) rows.push_back(row);
    }
    return rows;
  }

  SpectraPlot view_;
  DatasetPtr data_;
  std::vector<std::pair<Rows, SelectMode>> requests_;
  QStringList said_;
};

// ------------------------------------------------------------------------------------------ brushing

TEST_F(SpectraSelectionTest, AClickTakesTheRowWhoseSpectrumIsThere) {
  MadeData what;
  what.compositions = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0.5, 0.5, 0}};
  ASSERT_NO_FATAL_FAILURE(show(make(what)));
  view_.setSelection({0, 1, 2});
  view_.grab();
  click(view_, onSpectrum(1, 11));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0], (std::pair(Rows{1}, SelectMode::Replace)));
  click(view_, onSpectrum(2, 20), Qt::ShiftModifier);
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[1], (std::pair(Rows{2}, SelectMode::Add)));
  // Row 3 is not selected, so that nothing is drawn there; nor is it when channels are being masked.
  click(view_, onSpectrum(3, 11));
  view_.setMaskTool(true);
  click(view_, onSpectrum(1, 11));
  view_.setMaskTool(false);
  EXPECT_EQ(requests_.size(), 2U);
  // Those that the selection is compared with are drawn, too.
  view_.setComparison({3});
  view_.grab();
  click(view_, onSpectrum(3, 11));
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_EQ(requests_[2].first, Rows{3});
  QTest::keyClick(&view_, Qt::Key_Escape);
  ASSERT_EQ(requests_.size(), 4U);
  EXPECT_EQ(requests_[3], (std::pair(Rows{}, SelectMode::Replace)));
}

TEST_F(SpectraSelectionTest, AltDragTakesTheSpectraThatPassThere) {
  ASSERT_NO_FATAL_FAILURE(show(make(lattice(1))));
  const QCPRange x = view_.xAxis->range();
  const Rows wanted = passing(8, 12, 1.815, 2.215);
  ASSERT_GT(wanted.size(), 5U);
  ASSERT_LT(wanted.size(), 60U);
  brush(8, 12, 1.815, 2.215);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0], (std::pair(wanted, SelectMode::Replace)));
  EXPECT_EQ(said_.last(), QStringLiteral("%1 spectra pass through what was drawn").arg(wanted.size()));
  EXPECT_EQ(view_.xAxis->range(), x) << "zoomed";
  brush(8, 12, 1.815, 2.215, Qt::ShiftModifier);
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[1], (std::pair(wanted, SelectMode::Add)));
  // Where nothing is, nothing is selected.
  brush(8, 12, 1.005, 1.015);
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_TRUE(requests_[2].first.empty());

  // In the unit on display, in which the last channel comes first.
  view_.setUnit(WavelengthUnit::InverseCentimetre);
  brush(8, 12, 1.815, 2.215);
  ASSERT_EQ(requests_.size(), 4U);
  EXPECT_EQ(requests_[3].first, wanted);

  // Without Alt a drag zooms, and there is no lasso to choose for it.
  view_.grab();
  const QCPRange before = view_.xAxis->range();
  drag(view_, {200, 150}, {300, 250});
  EXPECT_LT(view_.xAxis->range().size(), before.size());
  EXPECT_EQ(menuEntry(view_, QStringLiteral("Select by lasso"), false), nullptr);
  EXPECT_EQ(requests_.size(), 4U);
}

TEST_F(SpectraSelectionTest, APlainDragSelectsWhereThatIsChosen) {
  ASSERT_NO_FATAL_FAILURE(show(make(lattice(1))));
  QAction* choice = menuEntry(view_, QStringLiteral("Drag selects instead of zooming"), false);
  ASSERT_NE(choice, nullptr);
  EXPECT_FALSE(choice->isChecked());
  choice->trigger();
  const QCPRange x = view_.xAxis->range();
  view_.grab();
  drag(view_, {between(7, 8), view_.yAxis->coordToPixel(2.215)},
       {between(12, 13), view_.yAxis->coordToPixel(1.815)});
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].first, passing(8, 12, 1.815, 2.215));
  EXPECT_EQ(view_.xAxis->range(), x);
  view_.setDragSelects(false);
  drag(view_, {200, 150}, {300, 250});
  EXPECT_LT(view_.xAxis->range().size(), x.size());
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(SpectraSelectionTest, BadChannelsAreNotSearchedAndTheMaskToolGoesOn) {
  MadeData what = lattice(1);
  what.bad.assign(what.channels, 0);
  what.bad[8] = what.bad[9] = 1;
  ASSERT_NO_FATAL_FAILURE(show(make(what)));
  std::vector<std::uint8_t> mask(what.channels, 0);
  mask[10] = mask[11] = 1;
  view_.setMask(mask);
  brush(8, 12, 1.815, 2.215);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].first, passing(12, 12, 1.815, 2.215));
  EXPECT_NE(requests_[0].first, passing(8, 12, 1.815, 2.215));
  brush(8, 11, 1.815, 2.215);
  EXPECT_EQ(requests_.size(), 1U);
  EXPECT_TRUE(said_.last().contains(QStringLiteral("No good channel")));

  std::vector<std::size_t> masked;
  QObject::connect(&view_, &SpectraPlot::maskDrawn, &view_,
                   [&masked](const std::vector<std::size_t>& channels, bool) { masked = channels; });
  view_.setMaskTool(true);
  brush(14, 16, 1.815, 2.215);
  EXPECT_EQ(requests_.size(), 1U);
  EXPECT_EQ(masked, (std::vector<std::size_t>{14, 15, 16}));
}

TEST_F(SpectraSelectionTest, ManyRowsAreSearchedByAWorker) {
  MadeData what;
  for (std::int32_t row = 0; row < 40000; ++row) {
    const double a = static_cast<double>(row % 101) / 100;
    what.compositions.push_back({a, 1 - a, 0});
    what.groups.push_back(row % 3);
  }
  ASSERT_NO_FATAL_FAILURE(show(make(what)));
  brush(8, 12, 1.315, 1.417);
  EXPECT_TRUE(view_.busy());
  EXPECT_TRUE(requests_.empty());
  ASSERT_TRUE(waitFor([&] { return requests_.size() == 1; }));
  EXPECT_FALSE(view_.busy());
  EXPECT_EQ(requests_[0].first, passing(8, 12, 1.315, 1.417));
  EXPECT_GT(requests_[0].first.size(), 1000U);

  // So are the means of all rows' groups.
  menuEntry(view_, kByGroup, true);
  EXPECT_TRUE(view_.busy());
  ASSERT_TRUE(waitFor([&] { return !view_.busy(); }));
  double sum = 0;
  for (std::uint32_t row = 1; row < 40000; row += 3) sum += data_->spectra()(row, 7);
  const std::vector<double> mean =
      columnOf(view_, QStringLiteral("mean of Position 2 (%L1 rows) (Signal)").arg(13333));
  ASSERT_EQ(mean.size(), what.channels);
  EXPECT_NEAR(mean[7], sum / 13333, 1e-5);
}

TEST_F(SpectraSelectionTest, AFileIsSearchedByBlocksUntilItIsStopped) {
  auto source = std::make_shared<CountedImage>(400, 50, 8);
  source->delay = std::chrono::milliseconds(2);
  // In channel 3 a row is 300 + its line in the image, and less than a tenth.
  const DatasetPtr data = imageInFile(source, {400, 50});
  ASSERT_NO_FATAL_FAILURE(show(data));
  view_.setSelection({0, 19999});
  ASSERT_TRUE(waitFor([&] { return !view_.busy(); }));
  brush(3, 3, 310.5, 320.5);
  EXPECT_TRUE(view_.busy());
  ASSERT_TRUE(waitFor([&] { return requests_.size() == 1; }));
  Rows wanted(500);
  std::iota(wanted.begin(), wanted.end(), 11U * 50);
  EXPECT_EQ(requests_[0].first, wanted);
  EXPECT_FALSE(said_.filter(QStringLiteral("Searching the spectra: ")).isEmpty());

  brush(3, 3, 310.5, 320.5);
  ASSERT_TRUE(view_.busy());
  QTest::keyClick(&view_, Qt::Key_Escape);
  EXPECT_FALSE(view_.busy());
  EXPECT_TRUE(said_.last().contains(QStringLiteral("stopped")));
  QTest::qWait(100);
  EXPECT_EQ(requests_.size(), 1U) << "what was stopped came all the same";
}

// ------------------------------------------------------------------------------------------ by group

TEST_F(SpectraSelectionTest, MeansAreDrawnByGroup) {
  MadeData what;
  what.compositions = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 0, 0}, {0, 0, 1}, {0, 1, 0}};
  what.groups = {0, 0, 0, 1, 1, 2};
  ASSERT_NO_FATAL_FAILURE(show(make(what)));
  view_.setSelection(rowsUpTo(6));
  const QStringList before = legendOf(view_);
  menuEntry(view_, kByGroup, true);
  EXPECT_TRUE(view_.byGroup());
  const auto expectGroups = [&] {
    const auto mean = columnOf(view_, QStringLiteral("mean of Position 1 (3 rows) (Signal)"));
    const auto sd = columnOf(view_, QStringLiteral("sd of Position 2 (2 rows) (Signal)"));
    const auto one = columnOf(view_, QStringLiteral("mean of Angle 2 (1 row) (Signal)"));
    ASSERT_EQ(mean.size(), what.channels);
    ASSERT_EQ(sd.size(), what.channels);
    ASSERT_EQ(one.size(), what.channels);
    for (std::size_t c = 0; c < what.channels; ++c) {
      const double slope = static_cast<double>(c) / static_cast<double>(what.channels);
      EXPECT_NEAR(mean[c], 2 + slope, 1e-5);
      EXPECT_NEAR(sd[c], std::sqrt(2.0), 1e-5);
      EXPECT_NEAR(one[c], 2 + slope, 1e-5);
    }
  };
  expectGroups();
  EXPECT_TRUE(columnOf(view_, QStringLiteral("sd of Angle 2 (1 row) (Signal)")).empty());
  const std::vector<LegendEntry>& entries = view_.legendEntries();
  for (std::size_t g = 0; g < 3; ++g) {
    const QStringList names = {QStringLiteral("mean ± sd of Position 1 (3 rows)"),
                               QStringLiteral("mean ± sd of Position 2 (2 rows)"),
                               QStringLiteral("Angle 2 (1 row)")};
    const auto entry = std::ranges::find(entries, names[static_cast<qsizetype>(g)], &LegendEntry::text);
    ASSERT_NE(entry, entries.end()) << g;
    EXPECT_EQ(entry->line.color(), categoryColour(g, view_.theme().dark));
    EXPECT_EQ(entry->band.style() == Qt::NoBrush, g == 2);
  }
  // Without a selection it is all rows.
  view_.setSelection({});
  expectGroups();
  EXPECT_FALSE(legendOf(view_).join(QLatin1Char(' ')).contains(QStringLiteral("selected")));
  view_.grab();
  menuEntry(view_, kByGroup, true);
  EXPECT_FALSE(legendOf(view_).join(QLatin1Char(' ')).contains(QStringLiteral("Position 1")));
  view_.setSelection(rowsUpTo(6));
  EXPECT_EQ(legendOf(view_), before);

  what.groups.clear();
  view_.setData(make(what));
  ASSERT_NE(menuEntry(view_, kByGroup, false), nullptr);
  EXPECT_FALSE(menuEntry(view_, kByGroup, false)->isEnabled());
  // Who has no model does not offer what takes one.
  EXPECT_EQ(menuEntry(view_, kReconstruct, false), nullptr);
}

TEST_F(SpectraSelectionTest, GroupsTakeThePlaceOfThePooledBand) {
  ASSERT_NO_FATAL_FAILURE(show(make(lattice(1))));
  view_.setSelection(rowsUpTo(60));
  const QString pooled = QStringLiteral("mean of 60 rows (Signal)");
  EXPECT_FALSE(columnOf(view_, pooled).empty());
  const std::vector<float> leading = view_.leading();
  view_.setByGroup(true);
  EXPECT_TRUE(columnOf(view_, pooled).empty());
  EXPECT_FALSE(legendOf(view_).contains(QStringLiteral("mean ± sd of 60 selected rows")));
  EXPECT_EQ(view_.leading(), leading) << "peaks are named on the mean of all";
  view_.setByGroup(false);
  EXPECT_FALSE(columnOf(view_, pooled).empty());
  EXPECT_TRUE(legendOf(view_).contains(QStringLiteral("mean ± sd of 60 selected rows")));
}

TEST_F(SpectraSelectionTest, AFileIsNotReadForTheMeansOfAllItsRows) {
  const auto source = std::make_shared<CountedImage>(20, 50, 8);
  DatasetParts parts;
  parts.shared_spectra = Spectra::in_file(source).value();
  Groups groups;
  for (std::int32_t row = 0; row < 1000; ++row) groups.of_row.push_back(row % 2);
  groups.names = {"even", "odd"};
  groups.codes = {0, 1};
  parts.groups = groups;
  ASSERT_NO_FATAL_FAILURE(show(Dataset::create(std::move(parts)).value()));
  const std::size_t opening = source->bytes_read;
  view_.setByGroup(true);
  EXPECT_EQ(source->bytes_read, opening);
  EXPECT_TRUE(said_.last().contains(QStringLiteral("stay in their file")));
  view_.setSelection({10, 11, 12});
  ASSERT_TRUE(waitFor([&] { return !view_.busy(); }));
  EXPECT_TRUE(legendOf(view_).contains(QStringLiteral("mean ± sd of even (2 rows)")));
  EXPECT_TRUE(legendOf(view_).contains(QStringLiteral("odd (1 row)")));
}

TEST(SelectionSpectra, TheLargestOfManyGroupsAreTaken) {
  // Group g has g + 1 rows of the value g.
  Groups groups;
  std::vector<float> values;
  for (std::int32_t g = 0; g < 20; ++g) {
    groups.names.push_back(std::to_string(g));
    for (std::int32_t i = 0; i <= g; ++i) {
      groups.of_row.push_back(g);
      values.insert(values.end(), 3, static_cast<float>(g));
    }
  }
  const std::size_t rows = groups.of_row.size();
  const Spectra spectra(Matrix<float>(values, rows, 3));
  const RunControl never;
  const auto read = readSelection(spectra, rowsUpTo(static_cast<std::uint32_t>(rows)), 50, never, &groups);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->groups_in_all, 20U);
  ASSERT_EQ(read->groups.size(), SelectionSpectra::kMostGroups);
  for (std::size_t i = 0; i < read->groups.size(); ++i) {
    EXPECT_EQ(read->groups[i].group, 8 + i);
    EXPECT_EQ(read->groups[i].rows, 9 + i);
    EXPECT_FLOAT_EQ(read->groups[i].mean[1], static_cast<float>(8 + i));
  }
  // Beside them the mean of all rows, which is Σ g (g + 1) / 210, where it is wanted.
  ASSERT_EQ(read->mean.size(), 3U);
  EXPECT_NEAR(read->mean[1], 2660.0 / 210, 1e-5);
  const auto alone =
      readSelection(spectra, rowsUpTo(static_cast<std::uint32_t>(rows)), std::nullopt, never, &groups);
  ASSERT_TRUE(alone);
  EXPECT_TRUE(alone->mean.empty());
  EXPECT_TRUE(alone->sd.empty());
  EXPECT_EQ(alone->spectra.rows(), 0U);
  ASSERT_EQ(alone->groups.size(), read->groups.size());
  for (std::size_t i = 0; i < read->groups.size(); ++i) {
    EXPECT_EQ(alone->groups[i].mean, read->groups[i].mean);
    EXPECT_EQ(alone->groups[i].sd, read->groups[i].sd);
  }
  // The groups of the rows that are asked for alone, and none unless they are.
  EXPECT_EQ(readSelection(spectra, {0, 1, 2}, 50, never, &groups)->groups.size(), 2U);
  EXPECT_TRUE(readSelection(spectra, {0, 1, 2}, 50, never)->groups.empty());
}

// ------------------------------------------------------------------------------------ reconstruction

TEST(Reconstruction, IsWhatTheModelMakesOfTheRows) {
  // Spectra are 10 y0 + z, as the model has them, ± an error that grows with the row.
  const std::size_t rows = 12;
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, 6);
  Snapshot snapshot;
  snapshot.prediction.composition = Matrix<double>(rows, 2);
  snapshot.prediction.z = Matrix<double>(rows, 1);
  for (std::size_t r = 0; r < rows; ++r) {
    const double y = static_cast<double>(r) / 20;
    const double z = 0.1 * static_cast<double>(r);
    snapshot.prediction.composition(r, 0) = y;
    snapshot.prediction.composition(r, 1) = 1 - y;
    snapshot.prediction.z(r, 0) = z;
    for (std::size_t c = 0; c < 6; ++c)
      parts.spectra(r, c) =
          static_cast<float>(10 * y + z + (c % 2 == 0 ? 1 : -1) * 0.01 * static_cast<double>(r));
  }
  parts.spectra(7, 2) = kMissing;
  snapshot.prediction.composition(9, 0) = std::nan("");
  const DatasetPtr data = Dataset::create(std::move(parts)).value();
  const RunControl never;
  EXPECT_FALSE(reconstruct(*data, snapshot, {3}, never)) << "without a model";
  snapshot.model = std::make_shared<PlainModel>(6);

  const auto one = reconstruct(*data, snapshot, {3}, never);
  ASSERT_TRUE(one);
  EXPECT_NEAR(one->rms, 0.03, 2e-6);
  EXPECT_NEAR(one->rms_of_rows, 0.03, 2e-6);
  for (std::size_t c = 0; c < 6; ++c) {
    EXPECT_NEAR(one->generated[c], 1.8, 2e-6);
    EXPECT_NEAR(one->residual[c], c % 2 == 0 ? 0.03 : -0.03, 2e-6);
  }
  // Of means: what rows have in common stays, and the rows' own are told apart from it.
  const auto two = reconstruct(*data, snapshot, {3, 5}, never);
  ASSERT_TRUE(two);
  EXPECT_NEAR(two->generated[0], (1.8 + 3.0) / 2, 2e-6);
  EXPECT_NEAR(two->rms, 0.04, 2e-6);
  EXPECT_NEAR(two->rms_of_rows, std::sqrt((0.03 * 0.03 + 0.05 * 0.05) / 2), 2e-6);
  // A missing value leaves a gap in what is compared, not in what is generated.
  const auto gap = reconstruct(*data, snapshot, {7}, never);
  ASSERT_TRUE(gap);
  EXPECT_TRUE(std::isnan(gap->residual[2]));
  EXPECT_NEAR(gap->generated[2], 4.2, 2e-6);
  EXPECT_NEAR(gap->rms, 0.07, 2e-6);
  // Rows without a prediction are left out.
  EXPECT_EQ(reconstruct(*data, snapshot, {8, 9}, never)->rows, Rows{8});
  EXPECT_FALSE(reconstruct(*data, snapshot, {9}, never));
  snapshot.model = std::make_shared<PlainModel>(5);
  EXPECT_FALSE(reconstruct(*data, snapshot, {3}, never)) << "other channels";
  RunControl stopped;
  stopped.request_stop();
  EXPECT_TRUE(reconstruct(*data, snapshot, {3}, stopped).error().cancelled());
}

class SpectraInWindowTest : public WindowTest {
 protected:
  SpectraPlot& spectra() { return *child<SpectraPlot>("spectraPlot"); }
};

TEST_F(SpectraInWindowTest, WhatIsBrushedInSpectraIsTheSelectionOfAllViews) {
  ASSERT_TRUE(openSample());
  const Dataset& data = *window_->session().data();
  window_->selection().select({0});
  // What is selected comes later, and may move the axes by a line of the legend.
  ASSERT_TRUE(waitFor([&] { return !spectra().busy() && !window_->busy(); }));
  window_->drawNow();
  std::vector<float> values(data.rows());
  for (std::size_t row = 0; row < values.size(); ++row) values[row] = data.spectra()(row, 12);
  std::ranges::sort(values);
  const double low = (values[values.size() / 2] + values[values.size() / 2 + 1]) / 2.0;
  const QRectF frame = spectra().axisRect()->rect();
  const double high = spectra().yAxis->pixelToCoord(frame.top() + 2);
  Rows wanted;
  for (std::uint32_t row = 0; row < data.rows(); ++row)
    for (std::size_t c = 10; c <= 14; ++c)
      if (data.spectra()(row, c) >= low && data.spectra()(row, c) <= high) {
        wanted.push_back(row);
        break;
      }
  const double left = (spectra().pixelOfChannel(9) + spectra().pixelOfChannel(10)) / 2;
  const double right = (spectra().pixelOfChannel(14) + spectra().pixelOfChannel(15)) / 2;
  drag(spectra(), {left, frame.top() + 2}, {right, spectra().yAxis->coordToPixel(low)}, Qt::AltModifier);
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  EXPECT_EQ(window_->selection().rows(), wanted);
  EXPECT_GT(wanted.size(), 100U);
  for (std::uint32_t row = 0; row < data.rows(); ++row)
    EXPECT_EQ(child<RowTable>("rowTable")->rows().selected(row), std::ranges::binary_search(wanted, row))
        << row;
  QTest::keyClick(&spectra(), Qt::Key_Escape);
  EXPECT_TRUE(window_->selection().rows().empty());

  // One of two rows, clicked where they are farthest apart.
  window_->selection().select({2, 200});
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  ASSERT_TRUE(waitFor([&] { return !spectra().busy() && !window_->busy(); }));
  window_->drawNow();
  std::size_t at = 1;
  const auto apart = [&](std::size_t c) { return std::abs(data.spectra()(2, c) - data.spectra()(200, c)); };
  for (std::size_t c = 1; c + 1 < data.channels(); ++c)
    if (apart(c) > apart(at)) at = c;
  click(spectra(), {spectra().pixelOfChannel(at), spectra().yAxis->coordToPixel(data.spectra()(200, at))});
  EXPECT_EQ(window_->selection().rows(), Rows{200});
}

TEST_F(SpectraInWindowTest, ARunsReconstructionAndResidualAreDrawnAndExported) {
  const QString path = folder_.filePath(QStringLiteral("image.h5"));
  ASSERT_TRUE(write_dataset(*makeImage(26, 20, 24), path.toStdString(), true));
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(path);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  window_->selection().select({50});
  ASSERT_NE(menuEntry(spectra(), kReconstruct, true), nullptr);
  EXPECT_TRUE(legendOf(spectra()).contains(QStringLiteral("reconstruction: train a model, or open one")));
  setSetting("epochs", "3");
  setSetting("members", "1");
  ASSERT_TRUE(window_->startTraining() && waitUntilFinished());
  // By hand, from what the last snapshot predicts.
  std::vector<float> made;
  const auto arrived = [&] {
    const auto snapshot = window_->training().snapshot();
    if (window_->busy() || !snapshot || !snapshot->model || !spectra().reconstruction()) return false;
    Matrix<double> y(1, 3);
    Matrix<double> z(1, snapshot->prediction.z.cols());
    std::ranges::copy(snapshot->prediction.composition.row(50), y.row(0).begin());
    std::ranges::copy(snapshot->prediction.z.row(50), z.row(0).begin());
    const auto generated = snapshot->model->generate(y, z);
    if (generated) made.assign(generated->mean.row(0).begin(), generated->mean.row(0).end());
    return spectra().reconstruction()->generated == made;
  };
  ASSERT_TRUE(waitFor(arrived));
  ASSERT_EQ(made.size(), 24U);

  const auto generated = columnOf(spectra(), QStringLiteral("reconstruction of row 50 (Signal)"));
  ASSERT_EQ(generated.size(), 24U);
  double squares = 0;
  std::vector<double> away;
  for (std::size_t c = 0; c < 24; ++c) {
    EXPECT_FLOAT_EQ(static_cast<float>(generated[c]), made[c]);
    away.push_back(static_cast<double>(window_->session().data()->spectra()(50, c)) - made[c]);
    squares += away.back() * away.back();
  }
  const QString name =
      QStringLiteral("residual, rms %1").arg(QString::number(std::sqrt(squares / 24), 'g', 3));
  EXPECT_TRUE(legendOf(spectra()).contains(QStringLiteral("reconstruction of row 50")));
  EXPECT_TRUE(legendOf(spectra()).contains(name)) << legendOf(spectra()).join('|').toStdString();
  const auto residual = columnOf(spectra(), name + QStringLiteral(" (Signal)"));
  ASSERT_EQ(residual.size(), 24U);
  for (std::size_t c = 0; c < 24; ++c)
    EXPECT_FLOAT_EQ(static_cast<float>(residual[c]), static_cast<float>(away[c]));

  window_->selection().select({50, 60, 70});
  ASSERT_TRUE(waitFor(
      [&] { return spectra().reconstruction() && spectra().reconstruction()->rows == Rows{50, 60, 70}; }));
  EXPECT_TRUE(legendOf(spectra()).contains(QStringLiteral("mean reconstruction of 3 rows")));
  EXPECT_FALSE(columnOf(spectra(), QStringLiteral("mean reconstruction of 3 rows (Signal)")).empty());
  window_->selection().select(rowsUpTo(501));
  EXPECT_FALSE(spectra().reconstruction());
  EXPECT_TRUE(legendOf(spectra()).contains(QStringLiteral("reconstruction: select no more than 500 rows")));
  window_->selection().select({50});
  ASSERT_TRUE(waitFor([&] { return spectra().reconstruction().has_value(); }));
  menuEntry(spectra(), kReconstruct, true);
  EXPECT_FALSE(spectra().reconstruction());
  EXPECT_FALSE(legendOf(spectra()).join(QLatin1Char(' ')).contains(QStringLiteral("econstruct")));
}

}  // namespace
}  // namespace assayer::ui::testing
