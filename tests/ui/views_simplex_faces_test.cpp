// SPDX-License-Identifier: GPL-3.0-or-later
// More than three components as triangles, the interior, and the geometry behind them.
#include <gtest/gtest.h>

#include <QComboBox>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QFontMetricsF>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QSlider>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "core/io/dataset_writer.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/simplex_sites.h"
#include "ui/views/simplex_view.h"

namespace assayer::ui {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

TEST(SimplexTriangle, ThreeOfFiveLieWhereTheirSharesOfEachOtherPutThem) {
  const auto face = SimplexGeometry::triangle(5, 4, 1, 2);
  EXPECT_EQ(face.components(), 5U);
  EXPECT_EQ(face.corners().size(), 3U);
  EXPECT_FALSE(face.showsAll());
  const std::array<double, 5> y = {0.3, 0.2, 0.1, 0.2, 0.2};
  EXPECT_NEAR(face.shown(y), 0.5, 1e-15);
  const QPointF at = face.position(y);
  const SimplexGeometry plain(3);
  const QPointF wanted = plain.position(std::array{0.4, 0.4, 0.2});  // components 4, 1, 2
  EXPECT_NEAR(at.x(), wanted.x(), 1e-12);
  EXPECT_NEAR(at.y(), wanted.y(), 1e-12);
  const auto back = face.composition(at);
  EXPECT_NEAR(back[4], 0.4, 1e-12);
  EXPECT_NEAR(back[1], 0.4, 1e-12);
  EXPECT_NEAR(back[2], 0.2, 1e-12);
  EXPECT_EQ(back[0], 0);
  EXPECT_EQ(back[3], 0);
}

TEST(SimplexTriangle, AllOthersShareTheThirdCorner) {
  const auto face = SimplexGeometry::triangle(4, 0, 3, std::nullopt);
  EXPECT_TRUE(face.showsAll());
  const std::array<double, 4> y = {0.5, 0.15, 0.25, 0.1};
  EXPECT_EQ(face.shown(y), 1);
  const QPointF wanted = SimplexGeometry(3).position(std::array{0.5, 0.1, 0.4});
  EXPECT_NEAR(face.position(y).x(), wanted.x(), 1e-12);
  const auto back = face.composition(face.position(y));
  EXPECT_NEAR(back[0], 0.5, 1e-12);
  EXPECT_NEAR(back[3], 0.1, 1e-12);
  EXPECT_NEAR(back[1], 0.2, 1e-12);
  EXPECT_NEAR(back[2], 0.2, 1e-12);
}

double cross(const QPointF& a, const QPointF& b, const QPointF& p) {
  return (b.x() - a.x()) * (p.y() - a.y()) - (b.y() - a.y()) * (p.x() - a.x());
}

/// Compositions of the interior and near it, drawn without the geometry, lie on the right side of the
/// outline.
void expectOutline(const SimplexGeometry& geometry, double width) {
  const std::vector<QPointF> outline = geometry.interior(width);
  const std::size_t k = geometry.components();
  ASSERT_GE(outline.size(), 3U);
  std::mt19937 engine(7);
  std::exponential_distribution<double> draw;
  std::vector<double> reach(outline.size(), 1e9);
  int inside = 0;
  for (int i = 0; i < 60000; ++i) {
    std::vector<double> y(k);
    for (double& part : y) part = draw(engine);
    const double sum = std::accumulate(y.begin(), y.end(), 0.0);
    for (double& part : y) part = part / sum * 0.6 + 0.4 / static_cast<double>(k);
    const bool in = std::ranges::all_of(y, [&](double part) {
      return std::abs(part - 1.0 / static_cast<double>(k)) <= width / static_cast<double>(k);
    });
    if (!in) continue;
    ++inside;
    const QPointF at = geometry.position(y);
    for (std::size_t e = 0; e < outline.size(); ++e) {
      const QPointF& a = outline[e];
      const QPointF& b = outline[(e + 1) % outline.size()];
      const double distance = cross(a, b, at) / std::hypot(b.x() - a.x(), b.y() - a.y());
      EXPECT_GE(distance, -1e-9);
      reach[e] = std::min(reach[e], distance);
    }
  }
  ASSERT_GT(inside, 300);
  // Tight: every edge has a composition of the interior near it.
  for (const double nearest : reach) EXPECT_LT(nearest, 0.04);
}

TEST(SimplexInterior, IsTheHullOfWhatThePapersRuleTakes) {
  expectOutline(SimplexGeometry(3), 0.5);
  expectOutline(SimplexGeometry(4), 0.5);
  expectOutline(SimplexGeometry(5), 0.6);
  expectOutline(SimplexGeometry::triangle(4, 0, 1, std::nullopt), 0.5);
}

TEST(SimplexInterior, IsAHexagonForThreeAndASegmentForTwo) {
  EXPECT_EQ(SimplexGeometry(3).interior(0.5).size(), 6U);
  const auto segment = SimplexGeometry(2).interior(0.4);
  ASSERT_EQ(segment.size(), 2U);
  EXPECT_NEAR(std::min(segment[0].x(), segment[1].x()), 0.3, 1e-12);
  EXPECT_NEAR(std::max(segment[0].x(), segment[1].x()), 0.7, 1e-12);
  EXPECT_TRUE(SimplexGeometry(3).interior(0).empty());
  EXPECT_TRUE(SimplexGeometry::triangle(5, 0, 1, 2).interior(0).empty());
}

/// Of the compositions that the rule takes and a triangle of three shows: none lies outside of the outline,
/// and each of its corners is the image of one.
void expectShownInterior(std::size_t components, double width, double mostOthers) {
  SCOPED_TRACE(::testing::Message() << components << " components, w " << width << ", others " << mostOthers);
  const auto geometry = SimplexGeometry::triangle(components, 2, 0, 3);
  const SimplexFace face{geometry, true, mostOthers};
  const std::vector<QPointF> outline = geometry.interior(width, mostOthers);
  ASSERT_GE(outline.size(), 3U);
  const auto k = static_cast<double>(components);
  const double low = std::max(0.0, (1 - width) / k);
  const double high = std::min(1.0, (1 + width) / k);

  std::mt19937 engine(11);
  std::uniform_real_distribution<double> within(low, high);
  int seen = 0;
  for (int i = 0; i < 40000; ++i) {
    // Often at the bounds: there are the compositions that reach farthest.
    std::vector<double> y(components);
    for (double& part : y) {
      const auto choice = engine() % 3;
      part = choice == 0 ? low : choice == 1 ? high : within(engine);
    }
    double& last = y[engine() % components];
    last = 0;
    last = 1 - std::accumulate(y.begin(), y.end(), 0.0);
    if (last < low || last > high || !face.shows(y)) continue;
    ++seen;
    const QPointF at = geometry.position(y);
    for (std::size_t e = 0; e < outline.size(); ++e) {
      const QPointF& a = outline[e];
      const QPointF& b = outline[(e + 1) % outline.size()];
      // SimplexFace rounds what it shows to a millionth.
      ASSERT_GE(cross(a, b, at) / std::hypot(b.x() - a.x(), b.y() - a.y()), -1e-5) << "edge " << e;
    }
  }
  EXPECT_GT(seen, 300);

  constexpr double kNear = 1e-4;
  constexpr int kSteps = 20000;
  for (const QPointF& corner : outline) {
    const std::vector<double> shares = geometry.composition(corner);
    bool attained = false;
    for (int step = 1; step <= kSteps && !attained; ++step) {
      // So much of the three; the others have the rest, each as much.
      const double sum = static_cast<double>(step) / kSteps;
      const double other = (1 - sum) / (k - 3);
      attained = 1 - sum <= mostOthers + kNear && other >= low - kNear && other <= high + kNear;
      for (const std::size_t named : {2U, 0U, 3U}) {
        const double part = sum * shares[named];
        attained = attained && part >= low - kNear && part <= high + kNear;
      }
    }
    EXPECT_TRUE(attained) << corner.x() << " " << corner.y();
  }
}

TEST(SimplexInterior, OfATriangleOfThreeIsWhatTheTriangleShowsOfIt) {
  expectShownInterior(4, 0.5, 1);
  expectShownInterior(4, 0.5, 0.2);
  expectShownInterior(5, 0.5, 1);
  expectShownInterior(5, 0.5, 0.3);
  expectShownInterior(6, 0.7, 0.4);
  // From here on compositions with next to nothing of the three belong to it.
  expectShownInterior(6, 1, 1);
  expectShownInterior(8, 1.2, 1);
  expectShownInterior(8, 1.2, 0.5);

  // By hand, K = 4 and w = 0.4, hence parts from 0.15 to 0.35: at most 0.35 of 0.65, at least 0.15 of 0.85.
  const auto four = SimplexGeometry::triangle(4, 0, 1, 2);
  double most = 0;
  double least = 1;
  for (const QPointF& corner : four.interior(0.4)) {
    most = std::max(most, four.composition(corner)[1]);
    least = std::min(least, four.composition(corner)[1]);
  }
  EXPECT_NEAR(most, 7.0 / 13, 1e-9);
  EXPECT_NEAR(least, 3.0 / 17, 1e-9);
  // The three others of six have 0.4 at least.
  EXPECT_TRUE(SimplexGeometry::triangle(6, 0, 1, 2).interior(0.2, 0.3).empty());
  EXPECT_FALSE(SimplexGeometry::triangle(6, 0, 1, 2).interior(0.2, 0.45).empty());
}

class SimplexFaces : public ::testing::Test {
 protected:
  void SetUp() override {
    what_.names = {"a", "b", "c", "d"};
    what_.compositions = {{0.5, 0.3, 0.2, 0}, {0.25, 0.25, 0.25, 0.25}, {0, 0, 0, 1}, {0.1, 0, 0, 0.9}};
    panel_.setData(make(what_));
    panel_.setEditable(true);
    panel_.resize(560, 520);
    panel_.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&panel_));
    panel_.grab();
    QObject::connect(panel_.view(), &SimplexView::selectionRequested, panel_.view(),
                     [this](const Rows& rows, SelectMode) { asked_.push_back(rows); });
  }
  [[nodiscard]] QComboBox& box(const char* name) {
    return *panel_.findChild<QComboBox*>(QLatin1String(name));
  }
  [[nodiscard]] QStringList legend() {
    QStringList texts;
    for (const LegendEntry& entry : panel_.view()->legendEntries()) texts << entry.text;
    return texts;
  }

  MadeData what_;
  SimplexPanel panel_;
  std::vector<Rows> asked_;
};

TEST_F(SimplexFaces, ATriangleOfThreeLeavesOutWhatHasNothingOfThem) {
  const QImage polygon = panel_.view()->grab().toImage();
  box("simplexFigure").setCurrentIndex(1);
  EXPECT_NE(panel_.view()->grab().toImage(), polygon);
  EXPECT_TRUE(legend().contains(QStringLiteral("· off this triangle 1"))) << legend().join('|').toStdString();
  click(*panel_.view(), panel_.view()->pixelOf(std::array{0.5, 0.3, 0.2, 0.0}));
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0], (Rows{0}));
  // Row 3 has a tenth of what is shown, and all of that is "a".
  click(*panel_.view(), panel_.view()->pixelOf(std::array{1.0, 0.0, 0.0, 0.0}));
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[1], (Rows{3}));
  panel_.findChild<QDoubleSpinBox*>(QStringLiteral("simplexOthers"))->setValue(30);
  panel_.view()->grab();
  EXPECT_TRUE(legend().contains(QStringLiteral("· off this triangle 2"))) << legend().join('|').toStdString();
  drag(*panel_.view(), {5, 45}, {550, 420});
  ASSERT_EQ(asked_.size(), 3U);
  EXPECT_EQ(asked_[2], (Rows{0, 1}));
}

TEST_F(SimplexFaces, AllOthersTogetherShowEveryRow) {
  box("simplexFigure").setCurrentIndex(1);
  box("simplexCorner2").setCurrentIndex(box("simplexCorner2").count() - 1);
  panel_.view()->grab();
  ASSERT_TRUE(panel_.view()->face());
  EXPECT_FALSE(panel_.view()->face()->right);
  EXPECT_FALSE(legend().join('|').contains(QStringLiteral("off this triangle")));
  click(*panel_.view(), panel_.view()->pixelOf(std::array{0.0, 0.0, 0.0, 1.0}));
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0], (Rows{2}));
}

TEST_F(SimplexFaces, TheSameComponentTwiceIsRefusedInWords) {
  QSignalSpy said(&panel_, &SimplexPanel::statusText);
  box("simplexFigure").setCurrentIndex(1);
  const auto before = panel_.view()->face();
  box("simplexCorner1").setCurrentIndex(0);
  EXPECT_EQ(panel_.view()->face(), before);
  ASSERT_FALSE(said.isEmpty());
  EXPECT_TRUE(said.last().first().toString().contains(QStringLiteral("different")));
}

TEST_F(SimplexFaces, DraggingTheSliderDrawsTheInteriorOnATriangleOfThree) {
  box("simplexFigure").setCurrentIndex(1);
  SimplexView& view = *panel_.view();
  view.grab();
  const QImage bare = view.grab().toImage();
  const QPoint inside = view.pixelOf(std::array{0.28, 0.25, 0.22, 0.25}).toPoint();
  const QPoint outside = view.pixelOf(std::array{0.8, 0.1, 0.1, 0.0}).toPoint();
  auto* slider = panel_.findChild<QSlider*>(QStringLiteral("interiorSlider"));
  slider->setSliderDown(true);
  slider->setValue(20);
  const QImage drawn = view.grab().toImage();
  EXPECT_NE(drawn.pixelColor(inside), bare.pixelColor(inside));
  EXPECT_EQ(drawn.pixelColor(outside), bare.pixelColor(outside));
  // Every composition of the rule has a fifth of d, and is not shown any more.
  panel_.findChild<QDoubleSpinBox*>(QStringLiteral("simplexOthers"))->setValue(10);
  view.grab();
  const QImage bounded = view.grab().toImage();
  slider->setSliderDown(false);
  EXPECT_EQ(view.grab().toImage(), bounded);
}

TEST_F(SimplexFaces, TheStatusSaysTheCompositionThatSprayWouldPut) {
  SimplexView& view = *panel_.view();
  QString status;
  QObject::connect(&view, &PlotView::statusText, &view, [&](const QString& text) { status = text; });
  const auto said = [&](const QPointF& at, const QString& after) {
    QMouseEvent move(QEvent::MouseMove, at, QPointF(), Qt::NoButton, Qt::NoButton, {});
    QApplication::sendEvent(&view, &move);
    EXPECT_TRUE(status.contains(after)) << status.toStdString();
    return status.section(after, 1);
  };
  for (const int figure : {0, 1}) {
    box("simplexFigure").setCurrentIndex(figure);
    view.grab();
    const QPointF at = view.pixelOf(std::array{0.15, 0.6, 0.2, 0.05});
    panel_.tools()[0]->trigger();
    const QString selecting = said(at, QStringLiteral(" · ≈ "));
    panel_.tools()[2]->trigger();
    const QString spraying = said(at, QStringLiteral("; about "));
    EXPECT_EQ(selecting.toStdString(), spraying.toStdString());
    EXPECT_TRUE(selecting.startsWith(QStringLiteral("a "))) << selecting.toStdString();
    EXPECT_TRUE(selecting.contains(QStringLiteral("  c "))) << selecting.toStdString();
  }
}

TEST_F(SimplexFaces, SprayOnATriangleKeepsTheOtherComponentsAtNothing) {
  box("simplexFigure").setCurrentIndex(1);
  panel_.view()->grab();
  QSignalSpy sprayed(panel_.view(), &SimplexView::unfeaturedSprayed);
  panel_.tools()[2]->trigger();
  click(*panel_.view(), panel_.view()->pixelOf(std::array{0.4, 0.3, 0.3, 0.0}));
  ASSERT_EQ(sprayed.size(), 1);
  const auto points = sprayed.first().first().value<Matrix<double>>();
  EXPECT_EQ(points.rows(), 4U);
  for (std::size_t i = 0; i < points.rows(); ++i) {
    EXPECT_EQ(points(i, 3), 0);
    EXPECT_NEAR(points(i, 0) + points(i, 1) + points(i, 2), 1, 1e-12);
  }
}

TEST_F(SimplexFaces, EscapeTakesAStrokeBack) {
  QSignalSpy sprayed(panel_.view(), &SimplexView::unfeaturedSprayed);
  panel_.tools()[2]->trigger();
  const QPointF at = panel_.view()->pixelOf(std::array{0.25, 0.25, 0.25, 0.25});
  QTest::mousePress(panel_.view(), Qt::LeftButton, {}, at.toPoint());
  QTest::keyClick(panel_.view(), Qt::Key_Escape);
  QTest::mouseRelease(panel_.view(), Qt::LeftButton, {}, at.toPoint());
  EXPECT_TRUE(sprayed.isEmpty());
}

MadeData cornersOf(std::size_t components) {
  MadeData what;
  what.names.clear();
  for (std::size_t k = 0; k < components; ++k) {
    what.names.push_back("mineral number " + std::to_string(k + 1));
    std::vector<double> y(components, 0.0);
    y[k] = 1;
    what.compositions.push_back(y);
  }
  return what;
}

TEST(SimplexPolygon, RingsAreWhereMixturesOfNeighboursAreThinnedWithTheEvenMixture) {
  constexpr std::size_t kComponents = 5;
  SimplexView view;
  view.setData(make(cornersOf(kComponents)));
  display(view);
  view.grab();
  const QImage picture = view.grab().toImage();
  const QColor ground = view.theme().background;
  const auto drawn = [&](double out, std::size_t k) {
    // In the middle of an edge of the ring: away from the spokes.
    std::vector<double> y(kComponents, (1 - out) / kComponents);
    y[k] += out / 2;
    y[k + 1] += out / 2;
    const QPoint at = view.pixelOf(y).toPoint();
    int found = 0;
    for (int dy = -1; dy <= 1; ++dy)
      for (int dx = -1; dx <= 1; ++dx) found += picture.pixelColor(at + QPoint(dx, dy)) != ground ? 1 : 0;
    return found > 0;
  };
  for (std::size_t k = 1; k + 1 < kComponents; ++k) {
    for (const double ring : {0.25, 0.5, 0.75, 1.0}) EXPECT_TRUE(drawn(ring, k)) << ring << " " << k;
    for (const double between : {0.125, 0.375, 0.625, 0.875})
      EXPECT_FALSE(drawn(between, k)) << between << " " << k;
  }
}

/// What an SVG says and where, the texts in the given font.
struct DrawnTexts {
  QStringList texts;
  std::vector<QRectF> boxes;  ///< from the base line up
};
DrawnTexts drawnTexts(const QString& path, const QFont& font) {
  DrawnTexts drawn;
  QFile file(path);
  EXPECT_TRUE(file.open(QIODevice::ReadOnly));
  QXmlStreamReader xml(&file);
  const QFontMetricsF metrics(font);
  while (!xml.atEnd()) {
    if (xml.readNext() != QXmlStreamReader::StartElement || xml.name() != QLatin1String("text")) continue;
    const QPointF base(xml.attributes().value(QLatin1String("x")).toDouble(),
                       xml.attributes().value(QLatin1String("y")).toDouble());
    const QString text = xml.readElementText(QXmlStreamReader::IncludeChildElements).trimmed();
    drawn.texts << text;
    drawn.boxes.emplace_back(base.x(), base.y() - metrics.ascent(), metrics.horizontalAdvance(text),
                             metrics.ascent());
  }
  EXPECT_FALSE(xml.hasError()) << xml.errorString().toStdString();
  return drawn;
}

TEST(SimplexPolygon, NamesStandWholeInsideOfThePicture) {
  constexpr QSize kPicture(600, 500);
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("polygon.svg"));
  const std::string endless(200, 'x');
  // Of the left corner: broken at the space, given more room, and shortened where it would want all of it.
  for (const std::string& left : {std::string("other (100-sum)"), std::string("magnesiohornblende"),
                                  std::string("montmorillonite of Clay Spur"), endless}) {
    SCOPED_TRACE(left);
    MadeData what = cornersOf(4);
    what.names = {"water", "fat and oil", "protein", left};
    SimplexView view;
    view.setData(make(what));
    display(view, kPicture);
    QString error;
    ASSERT_TRUE(view.exportFigure(path, kPicture, &error)) << error.toStdString();
    const auto [texts, boxes] = drawnTexts(path, view.font());
    const QString all = texts.join(QLatin1Char(' '));
    for (const std::string& name : what.names)
      EXPECT_EQ(all.contains(QString::fromStdString(name)), name != endless) << all.toStdString();
    EXPECT_EQ(all.contains(QChar(0x2026)), left == endless) << all.toStdString();
    for (std::size_t i = 0; i < boxes.size(); ++i)
      EXPECT_TRUE(QRectF(QPointF(), kPicture).contains(boxes[i]))
          << texts[static_cast<qsizetype>(i)].toStdString();
    // Half of the width is left to the figure.
    EXPECT_GE(
        view.pixelOf(std::array{0.0, 1.0, 0.0, 0.0}).x() - view.pixelOf(std::array{0.0, 0.0, 0.0, 1.0}).x(),
        kPicture.width() / 2 - 2);
  }
}

TEST(SimplexPolygon, RingsSayHowFarOutAndNoTextCoversAnother) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("polygon.svg"));
  for (const std::size_t components : {4U, 5U, 6U, 7U, 9U, 12U}) {
    SCOPED_TRACE(components);
    SimplexView view;
    view.setData(make(cornersOf(components)));
    display(view, {640, 520});
    QString error;
    ASSERT_TRUE(view.exportFigure(path, {640, 520}, &error)) << error.toStdString();
    const auto [texts, boxes] = drawnTexts(path, view.font());
    for (const char* wanted :
         {"25 % out", "50 % out", "75 % out", "· rings: how far out, from the middle to the border"})
      EXPECT_TRUE(texts.contains(QString::fromUtf8(wanted))) << wanted;
    EXPECT_TRUE(texts.contains(QStringLiteral("mineral number 1")));
    for (std::size_t a = 0; a < boxes.size(); ++a)
      for (std::size_t b = 0; b < a; ++b)
        EXPECT_FALSE(boxes[a].intersects(boxes[b]))
            << texts[static_cast<qsizetype>(a)].toStdString() << " on "
            << texts[static_cast<qsizetype>(b)].toStdString();
  }
  // Where there is no room for figures there are none.
  SimplexView small;
  small.setData(make(cornersOf(5)));
  display(small);
  QString error;
  ASSERT_TRUE(small.exportFigure(path, {180, 160}, &error)) << error.toStdString();
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  EXPECT_FALSE(file.readAll().contains("% out"));
}

class SelectByGroup : public WindowTest {};

TEST_F(SelectByGroup, MoreGroupsThanTheMenuListsAreTypedIn) {
  constexpr std::int32_t kGroups = 40;
  DatasetParts parts;
  parts.spectra = Matrix<float>(3 * kGroups, 8);
  parts.wavelength =
      WavelengthAxis::create({1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7}, WavelengthUnit::Micrometre).value();
  Groups groups;
  for (std::size_t row = 0; row < parts.spectra.rows(); ++row) {
    for (std::size_t c = 0; c < parts.spectra.cols(); ++c)
      parts.spectra(row, c) = static_cast<float>(row + 1) + 0.01F * static_cast<float>(c);
    groups.of_row.push_back(static_cast<std::int32_t>(row) % kGroups);
  }
  for (std::int32_t g = 0; g < kGroups; ++g) {
    groups.names.push_back("Site " + std::to_string(g));
    groups.codes.push_back(g);
  }
  parts.groups = groups;
  const auto data = Dataset::create(std::move(parts));
  ASSERT_TRUE(data) << data.error().message();
  const QString path = folder_.filePath(QStringLiteral("groups.h5"));
  ASSERT_TRUE(write_dataset(**data, path.toStdString(), true));
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(path);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));

  const QList<QAction*> actions = child<QMenu>("groupMenu")->actions();
  ASSERT_EQ(actions.size(), 32) << "thirty, a line, and how to get at the others";
  EXPECT_TRUE(actions[30]->isSeparator());
  EXPECT_EQ(actions[31]->text(), QStringLiteral("More groups: type group=…"));
  auto* dock = child<QDockWidget>("dataDockWidget");
  dock->close();
  actions[31]->trigger();
  EXPECT_TRUE(dock->isVisible());
  auto* field = child<QLineEdit>("selectionExpression");
  EXPECT_EQ(window_->focusWidget(), field);
  QTest::keyClicks(field, QStringLiteral("37"));
  EXPECT_EQ(field->text(), QStringLiteral("group=37"));
  QTest::keyClick(field, Qt::Key_Return);
  EXPECT_EQ(window_->selection().rows(), (Rows{37, 77, 117}));
}

}  // namespace
}  // namespace assayer::ui
