// SPDX-License-Identifier: GPL-3.0-or-later
// Maps of images: what is read for them, and what one does with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QComboBox>
#include <QSignalSpy>
#include <QSlider>
#include <QThread>

#include "tests/ui/image_data.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/viewmodels/image_map_model.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/named_spin.h"
#include "ui/views/palette.h"

namespace assayer::ui::testing {
namespace {

using Kind = ImageLayer::Kind;

LayerImage read(const ImageSource& source, const ImageLayer& layer, const ImageWindow& window) {
  const RunControl never;
  auto image = readLayer(source, layer, window, never, {});
  if (!image) {
    ADD_FAILURE() << image.error().message();
    return {};
  }
  return *std::move(image);
}

TEST(ImageLayers, TakeEveryNthPixelOfAWindow) {
  const ImageSource source{makeImage(20, 30, 5), nullptr, nullptr};
  const LayerImage image = read(source, {Kind::Channel, {3, 0, 4}}, {2, 5, 11, 12, 3});
  ASSERT_EQ(image.bands.size(), 3U);
  const std::vector<std::size_t> lines = {2, 5, 8, 11};
  const std::vector<std::size_t> samples = {5, 8, 11, 14};
  ASSERT_EQ(image.bands[1].size(), 16U);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) {
      EXPECT_EQ(image.bands[0][i * 4 + j], imageValue(lines[i], samples[j], 3));
      EXPECT_EQ(image.bands[1][i * 4 + j], imageValue(lines[i], samples[j], 0));
      EXPECT_EQ(image.bands[2][i * 4 + j], imageValue(lines[i], samples[j], 4));
    }
}

TEST(ImageLayers, ColoursLeaveHotPixelsOut) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(1000, 2);
  for (std::size_t r = 0; r < 1000; ++r) parts.spectra(r, 0) = static_cast<float>(r % 100);
  parts.spectra(500, 0) = 1e9F;
  parts.image_shape = ImageShape{10, 100};
  const LayerImage image = read({Dataset::create(std::move(parts)).value(), nullptr, nullptr},
                                {Kind::Channel, {0}}, {0, 0, 10, 100, 1});
  EXPECT_NEAR(image.ranges[0].low, 1, 1);
  EXPECT_NEAR(image.ranges[0].high, 98, 1);
}

TEST(ImageLayers, ResidualIsWhatTheModelDoesNotExplain) {
  // Spectra are 10 y0 + z + an error that grows with the row: its root mean square is that error itself.
  const std::size_t rows = 12;
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, 6);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->prediction.composition = Matrix<double>(rows, 2);
  snapshot->prediction.z = Matrix<double>(rows, 1);
  for (std::size_t r = 0; r < rows; ++r) {
    const double y = static_cast<double>(r) / 20;
    const double z = 0.1 * static_cast<double>(r);
    snapshot->prediction.composition(r, 0) = y;
    snapshot->prediction.composition(r, 1) = 1 - y;
    snapshot->prediction.z(r, 0) = z;
    for (std::size_t c = 0; c < 6; ++c)
      parts.spectra(r, c) =
          static_cast<float>(10 * y + z + (c % 2 == 0 ? 1 : -1) * 0.01 * static_cast<double>(r));
  }
  parts.spectra(7, 2) = kMissing;
  parts.image_shape = ImageShape{3, 4};
  const DatasetPtr data = Dataset::create(std::move(parts)).value();
  snapshot->model = std::make_shared<PlainModel>(6);
  const ImageSource source{data, snapshot, data};
  const LayerImage image = read(source, {Kind::Residual, {0}}, {0, 0, 3, 4, 1});
  for (std::size_t r = 0; r < rows; ++r) EXPECT_NEAR(image.bands[0][r], 0.01 * static_cast<double>(r), 2e-6);
  EXPECT_EQ(image.ranges[0].low, 0);
  const LayerImage z = read(source, {Kind::Nuisance, {0}}, {1, 1, 2, 3, 2});
  EXPECT_THAT(z.bands[0], ::testing::ElementsAre(0.5F, 0.7F));
  const RunControl never;
  EXPECT_FALSE(readLayer({data, nullptr, nullptr}, {Kind::Residual, {0}}, {0, 0, 3, 4, 1}, never, {}));
}

TEST(ImageLayers, StepsKeepWithinTheBudget) {
  EXPECT_EQ(step_for(100, 100, {10000, SIZE_MAX, 0}), 1U);
  EXPECT_EQ(step_for(100, 100, {9999, SIZE_MAX, 0}), 2U);
  // Lines are read whole: of 2000 lines of 1 MB, fifty are 50 MB.
  EXPECT_EQ(step_for(2000, 1000, {1'000'000, 50'000'000, 1000}), 40U);
}

TEST(ImageMapModel, AnImageInItsFileIsShownWithoutBeingRead) {
  // 1.6 GB.
  constexpr ImageShape kShape{2000, 1000};
  const auto source = std::make_shared<CountedImage>(kShape.rows, kShape.cols, 200);
  ImageMapModel model;
  std::vector<LayerImagePtr> images;
  QObject::connect(&model, &ImageMapModel::imageReady, &model, [&](const LayerImagePtr& image) {
    if (image) images.push_back(image);
  });
  LayerImagePtr detail;
  QObject::connect(&model, &ImageMapModel::detailReady, &model,
                   [&](const LayerImagePtr& image) { detail = image; });
  model.setData(imageInFile(source, kShape));
  const std::size_t opening = source->bytes_read;
  model.setLayer({Kind::Channel, {17}});
  ASSERT_TRUE(waitFor([&] { return images.size() >= 2 && !model.busy(); }, 60000 * kPatience));
  // A first look, then a finer one.
  EXPECT_GT(images.front()->window.step, images.back()->window.step);
  EXPECT_EQ(images.back()->layer.index.front(), 17U);
  EXPECT_LE(source->bytes_read - opening, 2 * (ImageMapModel::kFirstBytes + ImageMapModel::kBytes));
  EXPECT_LT(source->bytes_read, 1'600'000'000U / 2);
  const ImageWindow& whole = images.back()->window;
  for (std::size_t i = 0; i < images.back()->bands[0].size(); i += 97)
    ASSERT_EQ(images.back()->bands[0][i],
              imageValue(i / whole.width() * whole.step, i % whole.width() * whole.step, 17));
  // Looked at closely, every pixel is there.
  model.look(QRectF(300, 700, 60, 50), QSize(600, 500));
  ASSERT_TRUE(waitFor([&] { return detail != nullptr; }, 20000 * kPatience));
  EXPECT_EQ(detail->window.step, 1U);
  EXPECT_EQ(detail->window.line, 700U);
  EXPECT_EQ(detail->bands[0][0], imageValue(700, 300, 17));
  model.look(QRectF(0, 0, 1000, 2000), QSize(300, 600));
  EXPECT_EQ(detail, nullptr);
}

TEST(ImageMapModel, ANewChoiceStopsWhatIsBeingRead) {
  constexpr ImageShape kShape{1000, 40};
  const auto source = std::make_shared<CountedImage>(kShape.rows, kShape.cols, 8);
  source->delay = std::chrono::milliseconds(2);
  ImageMapModel model;
  LayerImagePtr shown;
  int images = 0;
  QObject::connect(&model, &ImageMapModel::imageReady, &model, [&](const LayerImagePtr& image) {
    shown = image;
    images += image ? 1 : 0;
  });
  model.setData(imageInFile(source, kShape));
  for (std::size_t c = 1; c < 8; ++c) {
    model.setLayer({Kind::Channel, {c}});
    QTest::qWait(20);
  }
  // Seven readings to the end would take 14 s and show seven pictures.
  ASSERT_TRUE(waitFor([&] { return shown != nullptr && !model.busy(); }, 20000 * kPatience));
  EXPECT_EQ(shown->layer.index.front(), 7U);
  EXPECT_EQ(images, 1);
}

TEST(ImageMapModel, ResultsOfARunWaitForThePictureThatIsBeingMade) {
  const DatasetPtr data = makeImage(12, 10, 4);
  ImageMapModel model;
  LayerImagePtr shown;
  int images = 0;
  QObject::connect(&model, &ImageMapModel::imageReady, &model, [&](const LayerImagePtr& image) {
    shown = image;
    images += image ? 1 : 0;
  });
  const auto snapshotOf = [&](double value) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->prediction.composition = Matrix<double>(120, 3, value);
    return snapshot;
  };
  model.setData(data);
  model.setSnapshot(snapshotOf(0), data);
  model.setLayer({Kind::Composition, {1}});
  ASSERT_TRUE(waitFor([&] { return images > 0 && !model.busy(); }));
  const int before = images;
  // Faster than they can be drawn: the last one is, and not every one needs to be.
  for (int i = 1; i <= 40; ++i) model.setSnapshot(snapshotOf(i / 100.0), data);
  ASSERT_TRUE(waitFor([&] { return !model.busy(); }));
  EXPECT_FLOAT_EQ(shown->bands[0][5], 0.4F);
  EXPECT_LE(images - before, 3);
  model.setSnapshot(nullptr, nullptr);
  EXPECT_TRUE(waitFor([&] { return shown == nullptr; }));
}

class ImageMapViewTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kLines = 12;
  static constexpr std::size_t kSamples = 20;

  void SetUp() override {
    data_ = makeImage(kLines, kSamples, 4);
    view_.setShape(data_->image_shape());
    auto image = std::make_shared<LayerImage>(
        read({data_, nullptr, nullptr}, {Kind::Known, {0}}, {0, 0, kLines, kSamples, 1}));
    view_.setImage(image, {QStringLiteral("soil, known (%)")}, 100);
    display(view_, {640, 420});
    view_.grab();
  }
  static std::uint32_t row(std::size_t line, std::size_t sample) {
    return static_cast<std::uint32_t>(line * kSamples + sample);
  }
  QPointF at(std::size_t line, std::size_t sample) const { return *view_.pixelOfRow(row(line, sample)); }
  static Rows block(std::size_t top, std::size_t left, std::size_t bottom, std::size_t right) {
    Rows rows;
    for (std::size_t l = top; l <= bottom; ++l)
      for (std::size_t s = left; s <= right; ++s) rows.push_back(row(l, s));
    return rows;
  }

  DatasetPtr data_;
  ImageMapView view_;
};

TEST_F(ImageMapViewTest, PixelsAreSquareAndColouredByTheirValue) {
  const QPointF across = at(0, 1) - at(0, 0);
  const QPointF down = at(1, 0) - at(0, 0);
  EXPECT_NEAR(across.x(), down.y(), 1e-9);
  EXPECT_GT(across.x(), 5);
  const QImage picture = view_.grab().toImage();
  for (const std::size_t sample : {std::size_t{0}, std::size_t{7}, std::size_t{19}}) {
    const QColor wanted = viridis(static_cast<double>(sample) / kSamples);
    const QColor drawn = picture.pixelColor((at(5, sample) * picture.devicePixelRatio()).toPoint());
    EXPECT_NEAR(drawn.red(), wanted.red(), 3) << sample;
    EXPECT_NEAR(drawn.green(), wanted.green(), 3) << sample;
    EXPECT_NEAR(drawn.blue(), wanted.blue(), 3) << sample;
  }
}

TEST_F(ImageMapViewTest, SelectsPixelsByClickBoxAndLasso) {
  QSignalSpy requested(&view_, &ImageMapView::selectionRequested);
  click(view_, at(3, 4));
  ASSERT_EQ(requested.count(), 1);
  EXPECT_EQ(requested.last()[0].value<Rows>(), Rows{row(3, 4)});
  click(view_, at(3, 5), Qt::ShiftModifier);
  EXPECT_EQ(requested.last()[1].value<SelectMode>(), SelectMode::Add);
  // From inside one pixel's corner to another's: the pixels whose middle is inside.
  drag(view_, at(2, 3) - QPointF(4, 4), at(5, 8) + QPointF(4, 4));
  EXPECT_EQ(requested.last()[0].value<Rows>(), block(2, 3, 5, 8));
  drag(view_, at(1, 1) - QPointF(4, 4), at(1, 3), Qt::AltModifier);
  EXPECT_LE(requested.last()[0].value<Rows>().size(), 3U);
  QTest::keyClick(&view_, Qt::Key_Escape);
  EXPECT_TRUE(requested.last()[0].value<Rows>().empty());
}

TEST_F(ImageMapViewTest, ShowsTheSelection) {
  const QColor before = view_.grab().toImage().pixelColor(at(6, 10).toPoint());
  view_.setSelection({row(6, 10)});
  const QColor after = view_.grab().toImage().pixelColor(at(6, 10).toPoint());
  EXPECT_GT(after.red(), before.red() + 50);
  EXPECT_GT(after.red(), 2 * after.green());
  // And nothing beside it.
  const QColor beside = view_.grab().toImage().pixelColor(at(6, 12).toPoint());
  view_.setSelection({});
  EXPECT_EQ(view_.grab().toImage().pixelColor(at(6, 12).toPoint()), beside);
}

TEST_F(ImageMapViewTest, ManySelectedPixelsAreSeenToo) {
  const DatasetPtr large = makeImage(200, 300, 2);
  view_.setShape(large->image_shape());
  view_.setImage(
      std::make_shared<LayerImage>(read({large, nullptr, nullptr}, {Kind::Known, {0}}, {0, 0, 200, 300, 2})),
      {QStringLiteral("soil")}, 100);
  view_.grab();
  Rows rows;
  for (std::uint32_t line = 0; line < 100; ++line)
    for (std::uint32_t sample = 0; sample < 100; ++sample) rows.push_back(line * 300 + sample);
  view_.setSelection(rows);
  const QImage picture = view_.grab().toImage();
  const QColor inside = picture.pixelColor(view_.pixelOfRow(50 * 300 + 50)->toPoint());
  const QColor outside = picture.pixelColor(view_.pixelOfRow(150 * 300 + 50)->toPoint());
  EXPECT_GT(inside.red(), 2 * inside.green());
  EXPECT_LT(outside.red(), 2 * outside.green() + 40);
}

TEST_F(ImageMapViewTest, SaysWhatIsUnderTheCursor) {
  QSignalSpy hovered(&view_, &ImageMapView::rowHovered);
  QSignalSpy status(&view_, &ImageMapView::statusText);
  QTest::mouseMove(&view_, at(4, 9).toPoint());
  ASSERT_TRUE(waitFor([&] { return hovered.count() > 0; }, 2000));
  EXPECT_EQ(hovered.last()[0].toLongLong(), row(4, 9));
  const QString text = status.last()[0].toString();
  EXPECT_TRUE(text.contains(QStringLiteral("line 4, sample 9"))) << text.toStdString();
  EXPECT_TRUE(text.contains(QStringLiteral("45"))) << text.toStdString();
  QTest::mouseMove(&view_, QPoint(2, 2));
  ASSERT_TRUE(waitFor([&] { return hovered.last()[0].toLongLong() == -1; }, 2000));
}

TEST_F(ImageMapViewTest, TheWheelZoomsAtTheCursorAndHomeFits) {
  const QPointF home = at(6, 10);
  const double side = (at(0, 1) - at(0, 0)).x();
  const QPointF cursor = at(2, 3);
  wheel(view_, cursor, 4);
  view_.grab();
  EXPECT_NEAR(at(2, 3).x(), cursor.x(), 0.5);
  EXPECT_NEAR(at(2, 3).y(), cursor.y(), 0.5);
  EXPECT_GT((at(0, 1) - at(0, 0)).x(), 1.5 * side);
  EXPECT_NEAR((at(0, 1) - at(0, 0)).x(), (at(1, 0) - at(0, 0)).y(), 1e-9);
  const QPointF before = at(2, 3);
  drag(view_, cursor, cursor + QPointF(40, 25), {}, Qt::MiddleButton);
  view_.grab();
  EXPECT_NEAR(at(2, 3).x(), before.x() + 40, 0.5);
  EXPECT_NEAR(at(2, 3).y(), before.y() + 25, 0.5);
  QTest::keyClick(&view_, Qt::Key_Home);
  view_.grab();
  EXPECT_NEAR(at(6, 10).x(), home.x(), 0.5);
  EXPECT_NEAR(at(6, 10).y(), home.y(), 0.5);
}

TEST_F(ImageMapViewTest, ExportsItsNumbers) {
  const PlotTable table = view_.table();
  ASSERT_EQ(table.rows.size(), static_cast<qsizetype>(kLines * kSamples));
  EXPECT_EQ(table.header, QStringList({"line", "sample", "soil, known (%)"}));
  EXPECT_EQ(table.rows[static_cast<qsizetype>(row(3, 5))], QStringList({"3", "5", "25"}));
}

TEST(ImageMapPanel, OffersWhatThereIs) {
  ImageMapPanel panel;
  panel.resize(600, 400);
  panel.show();
  QSignalSpy chosen(&panel, &ImageMapPanel::layerChosen);
  panel.setData(makeImage(6, 7, 30));
  ASSERT_GT(chosen.count(), 0);
  // The middle band, then by slider, by typed wavelength, and by keys.
  EXPECT_EQ(chosen.last()[0].value<ImageLayer>(), (ImageLayer{Kind::Channel, {14}}));
  panel.findChild<QSlider*>(QStringLiteral("mapBandSlider"))->setValue(20);
  EXPECT_EQ(chosen.last()[0].value<ImageLayer>(), (ImageLayer{Kind::Channel, {20}}));
  auto* picker = panel.findChild<NamedSpin*>(QStringLiteral("mapPicker0"));
  EXPECT_EQ(picker->text(), QStringLiteral("600 nm"));
  picker->selectAll();
  QTest::keyClicks(picker, QStringLiteral("453"));
  QTest::keyClick(picker, Qt::Key_Return);
  EXPECT_EQ(panel.layer(), (ImageLayer{Kind::Channel, {5}}));
  auto* what = panel.findChild<QComboBox*>(QStringLiteral("mapLayer"));
  const auto offered = [&](const char* text) { return what->findText(QLatin1String(text)) >= 0; };
  EXPECT_TRUE(offered("Known composition"));
  EXPECT_FALSE(offered("Composition"));
  panel.setModel(3, 2, true);
  EXPECT_TRUE(offered("Composition as colours"));
  EXPECT_TRUE(offered("Residual of the reconstruction"));
  EXPECT_EQ(panel.layer(), (ImageLayer{Kind::Channel, {5}}));
  // 690 nm is seen as red, 550 as green, 460 as blue.
  panel.choose({Kind::Channel, {24, 15, 6}});
  EXPECT_EQ(panel.layer(), (ImageLayer{Kind::Channel, {24, 15, 6}}));
  panel.choose({Kind::Nuisance, {1}});
  EXPECT_EQ(panel.layer(), (ImageLayer{Kind::Nuisance, {1}}));
  // The layer goes with its model.
  panel.setModel(0, 0, false);
  EXPECT_EQ(panel.layer().kind, Kind::Channel);
  EXPECT_EQ(chosen.last()[0].value<ImageLayer>().kind, Kind::Channel);
}

}  // namespace
}  // namespace assayer::ui::testing
