// SPDX-License-Identifier: GPL-3.0-or-later
// Runs beside the active one on the image map and in the pictures, and how they reach every view.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QComboBox>
#include <QSignalSpy>
#include <algorithm>
#include <cmath>

#include "core/io/dataset_writer.h"
#include "tests/ui/exported.h"
#include "tests/ui/image_data.h"
#include "tests/ui/run_data.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/picture_grid.h"
#include "ui/views/projection_view.h"
#include "ui/views/row_table.h"

namespace assayer::ui::testing {
namespace {

using Kind = ImageLayer::Kind;

// ------------------------------------------------------------------------------------------ image map

/// Generates as PlainModel does, of spectra that were preprocessed.
class NormedModel : public PlainModel {
 public:
  using PlainModel::PlainModel;
  [[nodiscard]] std::string output_space() const override { return "snv"; }
};

class RunsOnTheMap : public ::testing::Test {
 protected:
  static constexpr std::size_t kLines = 6;
  static constexpr std::size_t kSamples = 7;
  static constexpr std::size_t kRows = kLines * kSamples;

  void SetUp() override {
    data_ = makeImage(kLines, kSamples, 8);
    active_ = results(kRows, 2, 0.3);
    active_->model = std::make_shared<PlainModel>(8);
    one_ = results(kRows, 1, 0.8);
    one_->model = std::make_shared<PlainModel>(8);
    two_ = results(kRows, 0, 0.6);
    source_ = {data_, active_, data_, runs()};
  }
  std::vector<ShownRun> runs() const { return {{kOne, "one", one_, data_}, {kTwo, "two", two_, data_}}; }
  Result<LayerImage> read(const ImageLayer& layer) const {
    const RunControl never;
    return readLayer(source_, layer, {0, 0, kLines, kSamples, 1}, never, {});
  }

  DatasetPtr data_;
  std::shared_ptr<Snapshot> active_;
  std::shared_ptr<Snapshot> one_;
  std::shared_ptr<Snapshot> two_;
  ImageSource source_;
};

TEST_F(RunsOnTheMap, ValuesAreTheRunsOrTheirDifference) {
  // One row the other way round, and one without a value: the other differences are positive.
  one_->prediction.composition(3, 0) = 0;
  one_->prediction.composition(4, 0) = kNone;
  const auto of = [&](const ImageLayer& layer) {
    auto image = read(layer);
    EXPECT_TRUE(image) << (image ? "" : image.error().message());
    return image ? *image : LayerImage{};
  };
  const LayerImage own = of({Kind::Composition, {0}, kOne, false});
  const LayerImage less = of({Kind::Composition, {0}, kOne, true});
  const LayerImage z = of({Kind::Nuisance, {0}, kOne, true});
  const LayerImage residual = of({Kind::Residual, {0}, kOne, false});
  const LayerImage worse = of({Kind::Residual, {0}, kOne, true});
  double largest = 0;
  for (std::size_t row = 0; row < kRows; ++row) {
    const auto told = [row](const Snapshot& run) { return run.prediction.composition(row, 0); };
    // 10 y + z in every channel, against three numbers per pixel.
    const auto rms = [&](const Snapshot& run) {
      double squares = 0;
      for (std::size_t c = 0; c < 8; ++c)
        squares += std::pow(static_cast<double>(imageValue(row / kSamples, row % kSamples, c)) -
                                10 * told(run) - run.prediction.z(row, 0),
                            2);
      return std::sqrt(squares / 8);
    };
    if (row == 4) {
      EXPECT_TRUE(std::isnan(less.bands[0][row]));
      continue;
    }
    EXPECT_FLOAT_EQ(own.bands[0][row], static_cast<float>(told(*one_)));
    EXPECT_NEAR(less.bands[0][row], told(*one_) - told(*active_), 1e-6);
    EXPECT_NEAR(z.bands[0][row], one_->prediction.z(row, 0) - active_->prediction.z(row, 0), 1e-5);
    EXPECT_NEAR(residual.bands[0][row], rms(*one_), 1e-4 * rms(*one_));
    EXPECT_NEAR(worse.bands[0][row], rms(*one_) - rms(*active_), 1e-4 * rms(*one_));
    largest = std::max(largest, std::abs(told(*one_) - told(*active_)));
  }
  // 0 is the middle of the colours, which reach as far as differences do but for the largest of a hundred.
  EXPECT_EQ(less.ranges[0].low, -less.ranges[0].high);
  EXPECT_LE(less.ranges[0].high, largest + 1e-6);
  EXPECT_GE(less.ranges[0].high, 0.9 * largest);
  EXPECT_EQ(own.ranges[0].high, 1);

  EXPECT_FALSE(read({Kind::Composition, {0}, 77, false})) << "no such run";
  EXPECT_FALSE(read({Kind::Nuisance, {0}, kTwo, false})) << "it has no z";
  EXPECT_FALSE(read({Kind::Residual, {0}, kTwo, true})) << "it does not generate";
  one_->model = std::make_shared<NormedModel>(8);
  const auto mixed = read({Kind::Residual, {0}, kOne, true});
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error().message(), ::testing::HasSubstr("different units"));
  // Where nothing differs, the bar has a size all the same.
  source_.runs[0].snapshot = active_;
  const LayerImage same = of({Kind::Composition, {0}, kOne, true});
  EXPECT_EQ(same.ranges[0].high, 1);
  EXPECT_EQ(same.bands[0][9], 0);
}

TEST_F(RunsOnTheMap, TheChooserOffersRunsAndDifferences) {
  ImageMapPanel panel;
  panel.resize(700, 400);
  panel.show();
  auto* who = panel.findChild<QComboBox*>("mapRun");
  auto* what = panel.findChild<QComboBox*>("mapLayer");
  panel.setData(data_);
  panel.setModel(3, 2, true);
  EXPECT_FALSE(who->isVisible());
  panel.setRuns(runs(), "active");
  // A band is no run's.
  EXPECT_FALSE(who->isVisible());
  panel.choose({Kind::Composition, {0}});
  ASSERT_TRUE(who->isVisible());
  const auto texts = [](const QComboBox* box) {
    QStringList all;
    for (int i = 0; i < box->count(); ++i) all << box->itemText(i);
    return all;
  };
  EXPECT_EQ(texts(who), QStringList({"active", "one", "two", "one − active", "two − active"}));
  QSignalSpy chosen(&panel, &ImageMapPanel::layerChosen);
  const auto last = [&] { return chosen.isEmpty() ? ImageLayer{} : chosen.last()[0].value<ImageLayer>(); };
  panel.choose({Kind::Nuisance, {1}});
  EXPECT_EQ(last(), (ImageLayer{Kind::Nuisance, {1}}));
  // The other run has one z only; the third none.
  who->setCurrentText("one");
  EXPECT_EQ(last(), (ImageLayer{Kind::Nuisance, {0}, kOne, false}));
  who->setCurrentText("two");
  EXPECT_EQ(last(), (ImageLayer{Kind::Channel, {3}}));
  EXPECT_FALSE(texts(what).contains("Residual of the reconstruction"));
  // Three differences are no colour: the first of them is shown.
  panel.choose({Kind::Composition, {0, 1, 2}, kTwo, false});
  EXPECT_EQ(last(), (ImageLayer{Kind::Composition, {0, 1, 2}, kTwo, false}));
  who->setCurrentText("two − active");
  EXPECT_EQ(last(), (ImageLayer{Kind::Composition, {0}, kTwo, true}));
  EXPECT_FALSE(texts(what).contains("Composition as colours"));
  // A run that is no longer ticked, or became the active one.
  panel.setRuns({runs()[0]}, "two");
  EXPECT_EQ(last(), (ImageLayer{Kind::Composition, {0}}));
  EXPECT_EQ(who->currentText(), "two");
  panel.choose({Kind::Composition, {2}, kOne, true});
  panel.setRuns({}, "two");
  EXPECT_EQ(panel.layer(), (ImageLayer{Kind::Composition, {2}}));
  EXPECT_FALSE(who->isVisible());
}

TEST_F(RunsOnTheMap, DifferencesDivergeFromTheMiddleOfTheBar) {
  // The same in the middle of the picture; from −0.2 to 0.2 beside it; nothing in one pixel.
  one_->prediction.composition = active_->prediction.composition;
  const auto put = [&](std::size_t row, double away) { one_->prediction.composition(row, 1) += away; };
  put(8, -0.2);
  put(9, -0.2);
  put(12, 0.2);
  put(13, 0.1);
  put(30, kNone);
  ImageMapPanel panel;
  panel.setData(data_);
  panel.setModel(3, 2, true);
  panel.setRuns(runs(), "active");
  panel.choose({Kind::Composition, {1}, kOne, true});
  const auto image = read(panel.layer());
  ASSERT_TRUE(image);
  panel.setImage(std::make_shared<const LayerImage>(*image));
  display(panel, {700, 460});
  ImageMapView& view = *panel.view();
  view.grab();
  const QImage drawn = view.grab().toImage();
  const auto expectColour = [&](std::uint32_t row, const QColor& wanted) {
    const QColor there = drawn.pixelColor(view.pixelOfRow(row)->toPoint());
    EXPECT_NEAR(there.red(), wanted.red(), 4) << row;
    EXPECT_NEAR(there.green(), wanted.green(), 4) << row;
    EXPECT_NEAR(there.blue(), wanted.blue(), 4) << row;
  };
  expectColour(8, diverging(0));
  expectColour(12, diverging(1));
  expectColour(13, diverging(0.75));
  expectColour(20, diverging(0.5));
  expectColour(30, QColor(0x80, 0x80, 0x80));
  // Purple below, orange above, and neither in the middle.
  EXPECT_GT(diverging(0.1).blue(), diverging(0.1).green() + 50);
  EXPECT_GT(diverging(0.9).red(), diverging(0.9).blue() + 50);
  EXPECT_EQ(diverging(0.5), QColor(0xF7, 0xF7, 0xF7));

  const auto* bar = qobject_cast<QCPColorScale*>(view.plotLayout()->element(1, 1));
  ASSERT_NE(bar, nullptr);
  EXPECT_NEAR(bar->dataRange().upper, 20, 1e-3);
  EXPECT_EQ(bar->dataRange().lower, -bar->dataRange().upper);
  EXPECT_EQ(bar->gradient().colorStops().value(0.5), diverging(0.5));
  EXPECT_EQ(bar->axis()->label(), "tree: one − active (percentage points)");
  const PlotTable table = view.table();
  EXPECT_EQ(table.header.last(), "tree: one − active (percentage points)");
  EXPECT_NEAR(table.rows[12].last().toDouble(), 20, 1e-3);
  EXPECT_EQ(table.rows[30].last(), "");
  // Renamed, it says so without being read anew; an own value has the run's name, too.
  auto renamed = runs();
  renamed[0].name = "first";
  panel.setRuns(renamed, "second");
  EXPECT_EQ(bar->axis()->label(), "tree: first − second (percentage points)");
  panel.setImage(std::make_shared<const LayerImage>(*read({Kind::Nuisance, {0}, kOne, false})));
  EXPECT_EQ(view.table().header.last(), "z 1 of first");
}

// ------------------------------------------------------------------------------------------- pictures

TEST(RunsInThePictures, HaveLinesOfTheirOwn) {
  PictureGrid grid;
  grid.setShape(PictureShape{2, 2}, {"zero", "one"});
  GeneratedPictures made;
  made.means = Matrix<float>({1, 0, 0, 1, 0, 1, 1, 0}, 2, 4);
  grid.setGenerated(made);
  grid.setChosen(Matrix<float>({0, 0, 0, 1}, 1, 4), {17});
  const auto means = [](std::vector<float> values, std::size_t rows, std::size_t cols) {
    return std::make_shared<const Matrix<float>>(std::move(values), rows, cols);
  };
  grid.setRuns(
      {{"1: m2", means({0, 0, 1, 1, 1, 1, 0, 0}, 2, 4)}, {"of other channels", means({1, 1, 1}, 1, 3)}});
  display(grid, {500, 400});
  // Between the run on display and the selected rows.
  ASSERT_EQ(grid.gridRows(), 4U);
  const QImage drawn = grid.grab().toImage();
  const auto level = [&](std::size_t line, std::size_t column, double x, double y) {
    const QRectF cell = grid.cell(line, column);
    return drawn.pixelColor((cell.topLeft() + QPointF(x * cell.width(), y * cell.height())).toPoint())
        .lightness();
  };
  EXPECT_LT(level(2, 0, 0.25, 0.25), 5);
  EXPECT_GT(level(2, 0, 0.25, 0.75), 250);
  EXPECT_GT(level(2, 1, 0.75, 0.25), 250);
  EXPECT_LT(level(2, 1, 0.75, 0.75), 5);
  const PlotTable table = grid.table();
  EXPECT_EQ(table.header, QStringList({"pixel", "zero, mean", "one, mean", "1: m2, mean of zero",
                                       "1: m2, mean of one", "selected, row 17"}));
  EXPECT_EQ(table.rows[2], QStringList({"2", "0", "1", "1", "0", "0"}));
  // Ten components go into two lines; without the run its lines go.
  grid.setRuns({{"digits", means(std::vector<float>(40, 0.5F), 10, 4)}});
  EXPECT_EQ(grid.gridRows(), 5U);
  grid.setRuns({});
  EXPECT_EQ(grid.gridRows(), 3U);
}

// --------------------------------------------------------------------------------------- whole window

class RunOverlayViewsTest : public WindowTest {
 protected:
  /// An image whose pixels are pictures.
  static DatasetPtr pictureImage() {
    const DatasetPtr image = makeImage(14, 18, 24);
    DatasetParts parts;
    parts.spectra = Matrix<float>(image->rows(), 24);
    for (std::size_t row = 0; row < image->rows(); ++row)
      for (std::size_t c = 0; c < 24; ++c) parts.spectra(row, c) = image->spectra()(row, c);
    parts.wavelength = image->wavelength();
    parts.abundances = image->abundances();
    parts.image_shape = image->image_shape();
    parts.provenance.attributes["picture_shape"] = "4 6";
    return Dataset::create(std::move(parts)).value();
  }
  std::uint64_t train(const char* seed, const char* epochs) {
    setSetting("epochs", epochs);
    setSetting("members", "1");
    setSetting("seed", seed);
    EXPECT_TRUE(window_->startTraining()) << window_->messageBar().text().toStdString();
    EXPECT_TRUE(waitUntilFinished());
    EXPECT_TRUE(waitFor([&] { return !window_->busy(); }));
    return window_->runs().activeId();
  }
};

TEST_F(RunOverlayViewsTest, TickedRunsReachEveryView) {
  const QString path = folder_.filePath("data.h5");
  ASSERT_TRUE(write_dataset(*pictureImage(), path.toStdString(), true));
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(path);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  const std::uint64_t first = train("1", "3");
  auto* plane = child<ProjectionView>("projectionView");
  auto* table = child<RowTable>("rowTable");
  auto* map = child<ImageMapView>("imageMap");
  auto* grid = child<PictureGrid>("pictureGrid");
  auto* panel = window_->findChild<ImageMapPanel*>();
  EXPECT_TRUE(plane->runs().empty());
  const QStringList columns = headersOf(*table);
  const std::uint64_t second = train("2", "6");

  const RunRecord mine = *window_->runs().find(first);
  const RunRecord other = *window_->runs().find(second);
  ASSERT_TRUE(mine.snapshot && other.snapshot);
  const QString name = QString::fromStdString(mine.name);
  const Matrix<double>& told = mine.snapshot->prediction.composition;
  ASSERT_NE(told, other.snapshot->prediction.composition);

  ASSERT_EQ(plane->runs().size(), 1U);
  EXPECT_EQ(plane->runs()[0].snapshot, mine.snapshot) << "shared, not copied";
  EXPECT_TRUE(legendOf(*plane).contains("endmembers of " + name));
  EXPECT_TRUE(legendOf(*plane).contains("endmembers of " + QString::fromStdString(other.name)));

  const auto column = [&](const QString& title) {
    return static_cast<int>(headersOf(*table).indexOf(title));
  };
  ASSERT_GE(column("tree (%) of " + name), 0);
  EXPECT_EQ(table->rows().index(50, column("tree (%) of " + name)).data().toString(),
            QString::number(100 * told(50, 1), 'f', 2));
  EXPECT_EQ(table->rows().index(50, column("tree (%)")).data().toString(),
            QString::number(100 * other.snapshot->prediction.composition(50, 1), 'f', 2));

  const auto shows = [&](const ImageLayer& layer) {
    panel->choose(layer);
    return waitFor([&] { return map->image() && map->image()->layer == layer; });
  };
  ASSERT_TRUE(shows({Kind::Composition, {1}, first, false}));
  for (const std::uint32_t row : {0U, 50U, 251U})
    EXPECT_FLOAT_EQ(*map->valueOfRow(row), static_cast<float>(told(row, 1)));
  ASSERT_TRUE(shows({Kind::Composition, {1}, first, true}));
  for (const std::uint32_t row : {0U, 50U, 251U})
    EXPECT_NEAR(*map->valueOfRow(row), told(row, 1) - other.snapshot->prediction.composition(row, 1), 1e-6);
  EXPECT_EQ(map->table().header.last(),
            "tree: " + name + " − " + QString::fromStdString(other.name) + " (percentage points)");

  const auto picture = [&] { return grid->table().header.indexOf(name + ", mean of water"); };
  ASSERT_TRUE(waitFor([&] { return picture() >= 0; }));
  EXPECT_EQ(grid->table().rows[7][picture()].toFloat(), mine.snapshot->endmembers.mean(2, 7));

  // The runs change places: what was shown of a run beside is now that on display.
  window_->runs().activate(first);
  EXPECT_EQ(plane->runs()[0].id, second);
  EXPECT_EQ(panel->layer(), (ImageLayer{Kind::Composition, {1}}));
  EXPECT_EQ(column("tree (%) of " + name), -1);
  EXPECT_GE(column("tree (%) of " + QString::fromStdString(other.name)), 0);
  EXPECT_EQ(picture(), -1);
  window_->runs().rename(second, "longer");
  EXPECT_GE(column("tree (%) of longer"), 0);
  EXPECT_TRUE(legendOf(*plane).contains("endmembers of longer"));

  window_->runs().setShown(second, false);
  EXPECT_TRUE(plane->runs().empty());
  EXPECT_EQ(headersOf(*table), columns);
  EXPECT_TRUE(grid->table().header.filter("mean of").isEmpty());
  EXPECT_TRUE(legendOf(*plane).filter("endmembers").isEmpty());
}

}  // namespace
}  // namespace assayer::ui::testing
