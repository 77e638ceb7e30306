// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <array>
#include <cstdio>

#include "tests/ui/views_data.h"
#include "ui/views/simplex_view.h"

namespace assayer::ui {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

struct Request {
  Rows rows;
  SelectMode mode = SelectMode::Replace;
};

class SimplexViewTest : public ::testing::Test {
 protected:
  void SetUp() override {
    QObject::connect(&view_, &SimplexView::selectionRequested, &view_,
                     [this](const Rows& rows, SelectMode mode) { requests_.push_back({rows, mode}); });
    QObject::connect(&view_, &PlotView::statusText, &view_, [this](const QString& text) { status_ = text; });
  }
  QString statusAt(const QPointF& at) {
    QMouseEvent move(QEvent::MouseMove, at, QPointF(), Qt::NoButton, Qt::NoButton, {});
    QApplication::sendEvent(&view_, &move);
    return status_;
  }
  QString legend() const {
    QStringList texts;
    for (const LegendEntry& entry : view_.legendEntries()) texts << entry.text;
    return texts.join(QLatin1Char('|'));
  }
  QPointF pixel(double a, double b, double c) const { return view_.pixelOf(std::array<double, 3>{a, b, c}); }
  /// Rows of the data at one composition, found without the view.
  static Rows rowsAt(const MadeData& what, double a, double b) {
    Rows rows;
    for (std::uint32_t row = 0; row < what.compositions.size(); ++row) {
      const auto& y = what.compositions[row];
      if (std::abs(y[0] - a) < 1e-9 && std::abs(y[1] - b) < 1e-9) rows.push_back(row);
    }
    return rows;
  }

  SimplexView view_;
  std::vector<Request> requests_;
  QString status_;
};

TEST_F(SimplexViewTest, clickTakesEveryRowOfTheNearestComposition) {
  const MadeData what = lattice(4);
  view_.setData(make(what));
  display(view_);
  click(view_, pixel(0.4, 0.3, 0.3) + QPointF(4, -3));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].rows, rowsAt(what, 0.4, 0.3));
  EXPECT_EQ(requests_[0].rows.size(), 4U);
  EXPECT_EQ(requests_[0].mode, SelectMode::Replace);
}

TEST_F(SimplexViewTest, shiftAddsAndEscapeClears) {
  const MadeData what = lattice(2);
  view_.setData(make(what));
  display(view_);
  click(view_, pixel(1, 0, 0), Qt::ShiftModifier);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].mode, SelectMode::Add);
  EXPECT_EQ(requests_[0].rows, rowsAt(what, 1, 0));
  QTest::keyClick(&view_, Qt::Key_Escape);
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_TRUE(requests_[1].rows.empty());
  EXPECT_EQ(requests_[1].mode, SelectMode::Replace);
}

TEST_F(SimplexViewTest, clickFarFromEveryCompositionAsksForNothing) {
  MadeData what;
  what.compositions = {{1, 0, 0}, {0, 1, 0}};
  view_.setData(make(what));
  display(view_);
  click(view_, pixel(0.2, 0.2, 0.6));
  EXPECT_TRUE(requests_.empty());
}

TEST_F(SimplexViewTest, dragTakesWhatTheRectangleEncloses) {
  const MadeData what = lattice(2);
  view_.setData(make(what));
  display(view_);
  // About the top corner: diopside at least 0.8.
  const QPointF left = pixel(0.2, 0.8, 0);
  const QPointF top = pixel(0, 1, 0);
  const QPointF right = pixel(0, 0.8, 0.2);
  drag(view_, {left.x() - 6, top.y() - 6}, {right.x() + 6, right.y() + 6});
  ASSERT_EQ(requests_.size(), 1U);
  Rows wanted;
  for (std::uint32_t row = 0; row < what.compositions.size(); ++row) {
    if (what.compositions[row][1] > 0.79) wanted.push_back(row);
  }
  EXPECT_EQ(wanted.size(), 12U);
  EXPECT_EQ(requests_[0].rows, wanted);
}

TEST_F(SimplexViewTest, altDragIsALasso) {
  MadeData what;
  what.compositions = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  view_.setData(make(what));
  display(view_);
  const auto send = [&](QEvent::Type type, QPointF at) {
    QMouseEvent event(type, at, view_.mapToGlobal(at), Qt::LeftButton, Qt::LeftButton, Qt::AltModifier);
    QApplication::sendEvent(&view_, &event);
  };
  // A loop about the two lower corners that passes below the top one, whose bounding box holds all three.
  const QPointF olivine = pixel(1, 0, 0);
  const QPointF diopside = pixel(0, 1, 0);
  const QPointF bytownite = pixel(0, 0, 1);
  send(QEvent::MouseButtonPress, {olivine.x() - 20, diopside.y() - 10});
  for (const QPointF& at :
       {QPointF(olivine.x() - 20, olivine.y() + 20), QPointF(bytownite.x() + 20, olivine.y() + 20),
        QPointF(bytownite.x() + 20, diopside.y() - 10), QPointF(diopside.x(), olivine.y() - 40)}) {
    send(QEvent::MouseMove, at);
  }
  send(QEvent::MouseButtonRelease, {olivine.x() - 20, diopside.y() - 10});
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].rows, (Rows{0, 2}));
}

TEST_F(SimplexViewTest, escapeDuringADragLeavesTheSelectionAlone) {
  view_.setData(make(lattice(1)));
  display(view_);
  const QPointF from = pixel(0.5, 0.25, 0.25);
  QTest::mousePress(&view_, Qt::LeftButton, {}, from.toPoint());
  QMouseEvent move(QEvent::MouseMove, from + QPointF(60, 60), view_.mapToGlobal(from), Qt::NoButton,
                   Qt::LeftButton, {});
  QApplication::sendEvent(&view_, &move);
  QTest::keyClick(&view_, Qt::Key_Escape);
  QTest::mouseRelease(&view_, Qt::LeftButton, {}, (from + QPointF(60, 60)).toPoint());
  EXPECT_TRUE(requests_.empty());
}

TEST_F(SimplexViewTest, placingGivesTheCompositionUnderTheCursor) {
  view_.setData(make(lattice(1)));
  view_.setTool(SimplexView::Tool::PlaceUnfeatured);
  display(view_);
  std::vector<QVector<double>> placed;
  QObject::connect(&view_, &SimplexView::unfeaturedRequested, &view_,
                   [&](const QVector<double>& y) { placed.push_back(y); });
  const QPoint at = pixel(0.87, 0.08, 0.05).toPoint();
  click(view_, at);
  ASSERT_EQ(placed.size(), 1U);
  // Whole pixels: one is about a third of a percent here.
  EXPECT_NEAR(placed[0][0], 0.87, 0.004);
  EXPECT_NEAR(placed[0][1], 0.08, 0.004);
  EXPECT_NEAR(placed[0][2], 0.05, 0.004);
  EXPECT_NEAR(placed[0][0] + placed[0][1] + placed[0][2], 1, 1e-12);
  // Just outside goes to the border, far outside nowhere; the second of two quick clicks is a point too, not
  // a fit.
  click(view_, pixel(1, 0, 0) + QPointF(-5, 3));
  ASSERT_EQ(placed.size(), 2U);
  EXPECT_NEAR(placed[1][0], 1, 1e-12);
  click(view_, pixel(0, 1, 0) + QPointF(80, 0));
  EXPECT_EQ(placed.size(), 2U);
  QTest::mouseDClick(&view_, Qt::LeftButton, {}, at);
  QTest::mouseRelease(&view_, Qt::LeftButton, {}, at);
  EXPECT_EQ(placed.size(), 3U);
  EXPECT_TRUE(requests_.empty());
}

TEST_F(SimplexViewTest, wheelKeepsThePointUnderTheCursorAndAnglesTrue) {
  view_.setData(make(lattice(1)));
  display(view_);
  const QPointF fixed = pixel(0.3, 0.5, 0.2);
  const double before = pixel(1, 0, 0).x();
  wheel(view_, fixed, 3);
  view_.grab();
  EXPECT_NEAR(pixel(0.3, 0.5, 0.2).x(), fixed.x(), 1e-6);
  EXPECT_NEAR(pixel(0.3, 0.5, 0.2).y(), fixed.y(), 1e-6);
  EXPECT_LT(pixel(1, 0, 0).x(), before);
  const double base = QLineF(pixel(1, 0, 0), pixel(0, 0, 1)).length();
  const double flank = QLineF(pixel(1, 0, 0), pixel(0, 1, 0)).length();
  EXPECT_NEAR(base, flank, 1e-6 * base);
  QTest::keyClick(&view_, Qt::Key_Home);
  view_.grab();
  EXPECT_NEAR(pixel(1, 0, 0).x(), before, 1e-6);
}

TEST_F(SimplexViewTest, middleDragPans) {
  view_.setData(make(lattice(1)));
  display(view_);
  const QPointF before = pixel(0.3, 0.4, 0.3);
  drag(view_, {200, 200}, {230, 190}, {}, Qt::MiddleButton);
  view_.grab();
  EXPECT_NEAR(pixel(0.3, 0.4, 0.3).x() - before.x(), 30, 1e-6);
  EXPECT_NEAR(pixel(0.3, 0.4, 0.3).y() - before.y(), -10, 1e-6);
  EXPECT_TRUE(requests_.empty());
}

TEST_F(SimplexViewTest, statusSaysWhatIsUnderTheCursor) {
  const MadeData what = lattice(5);
  const DatasetPtr data = make(what);
  view_.setData(data);
  Roles roles(data->rows(), Role::HeldOut);
  const Rows rows = rowsAt(what, 0.4, 0.3);
  roles[rows[0]] = roles[rows[1]] = Role::Labelled;
  roles[rows[2]] = Role::Unlabelled;
  view_.setRoles(roles);
  view_.setSelection({rows[0]});
  display(view_);
  EXPECT_EQ(
      statusAt(pixel(0.4, 0.3, 0.3)),
      QStringLiteral("olivine 40 %  diopside 30 %  bytownite 30 % — 5 spectra: 2 labelled, 1 unlabelled, "
                     "2 held out, 1 selected"));
}

TEST_F(SimplexViewTest, statusSaysTheCompositionAwayFromEveryPoint) {
  MadeData what;
  what.compositions = {{1, 0, 0}, {0, 1, 0}};
  view_.setData(make(what));
  display(view_);
  const QString hint =
      QStringLiteral("Select: click takes the nearest composition, Shift adds, drag a box, Alt a lasso");
  EXPECT_EQ(statusAt(pixel(0.45, 0.25, 0.3)),
            hint + QStringLiteral(" · olivine 45.0 %  diopside 25.0 %  bytownite 30.0 %"));
  EXPECT_EQ(statusAt(pixel(0, 1, 0) + QPointF(80, 0)), hint);

  MadeData line;
  line.names = {"orthopyroxene", "clinopyroxene"};
  line.compositions = {{1, 0}, {0, 1}};
  view_.setData(make(line));
  view_.grab();
  // Between the signs, which stand above the line.
  const QPointF on = view_.pixelOf(std::array<double, 2>{0.25, 0.75});
  EXPECT_EQ(statusAt(on - QPointF(0, 30)),
            hint + QStringLiteral(" · orthopyroxene 25.0 %  clinopyroxene 75.0 %"));
  EXPECT_EQ(statusAt(on - QPointF(0, 90)), hint);
}

TEST_F(SimplexViewTest, legendCountsRowsByRole) {
  MadeData what = lattice(1);
  what.compositions.push_back({});
  what.groups.push_back(0);
  const DatasetPtr data = make(what);
  view_.setData(data);
  Roles roles(data->rows(), Role::HeldOut);
  for (std::size_t row = 0; row < 20; ++row) roles[row] = row < 8 ? Role::Labelled : Role::Unlabelled;
  view_.setRoles(roles);
  view_.setUnfeatured(Matrix<double>({0.9, 0.05, 0.05, 1, 0, 0}, 2, 3));
  EXPECT_EQ(legend().toStdString(),
            "labelled 8|unlabelled 12|held out 47|unfeatured 2|· without composition 1");
}

TEST_F(SimplexViewTest, legendCountsWhatThereIsNoneOf) {
  const DatasetPtr data = make(lattice(1));
  view_.setData(data);
  view_.setRoles(Roles(data->rows(), Role::Unlabelled));
  EXPECT_EQ(legend().toStdString(), "labelled 0|unlabelled 66|held out 0|unfeatured 0");
  Roles roles(data->rows(), Role::Labelled);
  roles[5] = Role::Excluded;
  view_.setRoles(roles);
  EXPECT_EQ(legend().toStdString(), "labelled 65|unlabelled 0|held out 0|excluded 1|unfeatured 0");
}

TEST_F(SimplexViewTest, everyRoleHasAMarkerAndAColourOfItsOwn) {
  QPalette dark = view_.palette();
  dark.setColor(QPalette::Base, QColor(0x1E, 0x1E, 0x1E));
  dark.setColor(QPalette::Text, QColor(0xE6, 0xE6, 0xE6));
  MadeData what;
  what.compositions = {{0.6, 0.2, 0.2}, {0.2, 0.6, 0.2}, {0.2, 0.2, 0.6}, {0.4, 0.4, 0.2}};
  view_.setData(make(what));
  view_.setRoles({Role::Labelled, Role::Unlabelled, Role::HeldOut, Role::Excluded});
  view_.setUnfeatured(Matrix<double>({0.9, 0.05, 0.05}, 1, 3));
  display(view_);
  const auto distance = [](const QColor& a, const QColor& b) {
    return std::hypot(a.red() - b.red(), a.green() - b.green(), a.blue() - b.blue());
  };
  for (const bool turned : {false, true}) {
    if (turned) view_.setPalette(dark);
    const Theme& theme = view_.theme();
    ASSERT_EQ(theme.dark, turned);
    std::vector<QColor> colours{theme.selection};
    std::vector<std::pair<int, bool>> markers;
    for (const LegendEntry& entry : view_.legendEntries()) {
      ASSERT_TRUE(entry.marker) << entry.text.toStdString();
      const bool line = entry.marker->pen().style() != Qt::NoPen;
      colours.push_back(line ? entry.marker->pen().color() : entry.marker->brush().color());
      markers.emplace_back(entry.marker->shape(), line);
    }
    ASSERT_EQ(colours.size(), 6U);
    for (std::size_t a = 0; a < colours.size(); ++a) {
      EXPECT_GT(distance(colours[a], theme.background), 90) << a << turned;
      for (std::size_t b = 0; b < a; ++b) {
        EXPECT_GT(distance(colours[a], colours[b]), 70) << a << " " << b << turned;
        // Labelled and held out are discs both, a large one and a small one.
        if (b > 0 && !(b == 1 && a == 3)) {
          EXPECT_NE(markers[a - 1], markers[b - 1]) << a << " " << b;
        }
      }
    }
    EXPECT_EQ(colours[1], theme.accent);
    EXPECT_EQ(colours[2], theme.unlabelled);
    // The picture has them, too, and the ring its own alone. Its edge is mixed with greys, which leaves
    // the hue as it is.
    const QImage picture = view_.grab().toImage();
    const auto seen = [&](const QPointF& at, const QColor& colour) {
      int count = 0;
      for (int y = -8; y <= 8; ++y)
        for (int x = -8; x <= 8; ++x)
          if (const QColor there = picture.pixelColor(at.toPoint() + QPoint(x, y));
              there.saturation() > 60 && std::abs(there.hue() - colour.hue()) < 9)
            ++count;
      return count;
    };
    EXPECT_GT(seen(pixel(0.6, 0.2, 0.2), theme.accent), 10) << turned;
    EXPECT_GT(seen(pixel(0.2, 0.6, 0.2), theme.unlabelled), 10) << turned;
    EXPECT_EQ(seen(pixel(0.2, 0.6, 0.2), theme.accent), 0) << turned;
  }
}

TEST_F(SimplexViewTest, pictureChangesWithRolesSelectionAndUnfeatured) {
  const DatasetPtr data = make(lattice(2));
  view_.setData(data);
  display(view_);
  const QImage bare = view_.grab().toImage();
  view_.setRoles(Roles(data->rows(), Role::Labelled));
  const QImage labelled = view_.grab().toImage();
  EXPECT_NE(bare, labelled);
  view_.setSelection({10});
  const QImage chosen = view_.grab().toImage();
  EXPECT_NE(labelled, chosen);
  view_.setSelection({});
  EXPECT_EQ(view_.grab().toImage(), labelled);
  view_.setUnfeatured(Matrix<double>({0.33, 0.33, 0.34}, 1, 3));
  EXPECT_NE(view_.grab().toImage(), labelled);
}

TEST_F(SimplexViewTest, twoComponentsLieOnALineAndManyOnAPolygon) {
  MadeData line;
  line.names = {"orthopyroxene", "clinopyroxene"};
  line.compositions = {{1, 0}, {0.25, 0.75}, {0.25, 0.75}, {0, 1}};
  view_.setData(make(line));
  view_.setRoles({Role::Labelled, Role::Labelled, Role::Unlabelled, Role::HeldOut});
  display(view_);
  click(view_, view_.pixelOf(std::array<double, 2>{0.25, 0.75}) - QPointF(0, 15));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].rows, (Rows{1, 2}));

  MadeData many;
  many.names = {"a", "b", "c", "d", "e"};
  many.compositions = {{1, 0, 0, 0, 0}, {0, 0, 1, 0, 0}, {0.2, 0.2, 0.2, 0.2, 0.2}};
  view_.setData(make(many));
  view_.grab();
  click(view_, view_.pixelOf(std::array<double, 5>{0, 0, 1, 0, 0}));
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[1].rows, (Rows{1}));
}

TEST_F(SimplexViewTest, worksWithoutDataAndWithoutComponents) {
  display(view_);
  EXPECT_TRUE(view_.table().rows.isEmpty());
  click(view_, {200, 200});
  wheel(view_, {200, 200}, 1);
  QTest::keyClick(&view_, Qt::Key_Escape);
  MadeData bare;
  bare.names = {};
  bare.references = false;
  bare.compositions = {{}, {}};
  view_.setData(make(bare));
  view_.setRoles({Role::Unlabelled, Role::Unlabelled});
  view_.setSelection({0});
  view_.grab();
  click(view_, {200, 200});
  drag(view_, {10, 10}, {300, 300});
  EXPECT_TRUE(requests_.empty());
  view_.setData(nullptr);
  view_.grab();
}

TEST_F(SimplexViewTest, figuresCarryTheLegendAndCornerNames) {
  const DatasetPtr data = make(lattice(3));
  view_.setData(data);
  view_.setRoles(Roles(data->rows(), Role::Labelled));
  display(view_);
  const QTemporaryDir folder;
  QString error;
  const QString svg = folder.filePath(QStringLiteral("figure.svg"));
  ASSERT_TRUE(view_.exportFigure(svg, {600, 500}, &error)) << error.toStdString();
  QFile file(svg);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  const QByteArray text = file.readAll();
  EXPECT_TRUE(text.contains("labelled 198"));
  EXPECT_TRUE(text.contains("bytownite"));
  EXPECT_TRUE(text.startsWith("<?xml"));

  const QString png = folder.filePath(QStringLiteral("figure.png"));
  ASSERT_TRUE(view_.exportFigure(png, {1040, 840}, &error)) << error.toStdString();
  const QImage image(png);
  EXPECT_EQ(image.size(), QSize(1040, 840));
  EXPECT_EQ(image.pixelColor(2, 2), QColor(Qt::white));

  const QString pdf = folder.filePath(QStringLiteral("figure.pdf"));
  ASSERT_TRUE(view_.exportFigure(pdf, {600, 500}, &error)) << error.toStdString();
  QFile printed(pdf);
  ASSERT_TRUE(printed.open(QIODevice::ReadOnly));
  const QByteArray pages = printed.readAll();
  EXPECT_TRUE(pages.startsWith("%PDF-1."));
  EXPECT_GT(pages.size(), 3000);

  EXPECT_FALSE(view_.exportFigure(folder.filePath(QStringLiteral("figure.gif")), {600, 500}, &error));
  EXPECT_TRUE(error.contains(QStringLiteral(".pdf, .svg or .png"))) << error.toStdString();
  EXPECT_FALSE(view_.exportFigure(QStringLiteral("/no/such/folder/figure.pdf"), {600, 500}, &error));
  EXPECT_TRUE(error.contains(QStringLiteral("/no/such/folder"))) << error.toStdString();
  EXPECT_FALSE(view_.exportFigure(pdf, {0, 500}, &error));
}

TEST_F(SimplexViewTest, exportsWhiteFiguresFromADarkScreenAndStaysDark) {
  QPalette dark = view_.palette();
  dark.setColor(QPalette::Base, QColor(0x1E, 0x1E, 0x1E));
  dark.setColor(QPalette::Text, QColor(0xE6, 0xE6, 0xE6));
  view_.setPalette(dark);
  view_.setData(make(lattice(1)));
  display(view_);
  const QImage before = view_.grab().toImage();
  EXPECT_EQ(before.pixelColor(2, 2), QColor(0x1E, 0x1E, 0x1E));
  const QTemporaryDir folder;
  QString error;
  const QString png = folder.filePath(QStringLiteral("figure.png"));
  ASSERT_TRUE(view_.exportFigure(png, {700, 500}, &error));
  EXPECT_EQ(QImage(png).pixelColor(2, 2), QColor(Qt::white));
  EXPECT_EQ(view_.grab().toImage(), before);
}

TEST_F(SimplexViewTest, settersAreCheapForTenThousandRows) {
  // Every composition distinct: the worst case for drawing sites.
  MadeData what;
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 100; ++j) {
      const double a = (i + 0.5) / 100;
      const double b = (1 - a) * (j + 0.5) / 100;
      what.compositions.push_back({a, b, 1 - a - b});
    }
  }
  const DatasetPtr data = make(what);
  display(view_);
  const auto timed = [](const char* name, auto&& act) {
    QElapsedTimer clock;
    clock.start();
    act();
    const double ms = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    std::printf("  %-28s %7.2f ms\n", name, ms);
    return ms;
  };
  Rows half;
  for (std::uint32_t row = 0; row < 5000; ++row) half.push_back(row);
  timed("setData", [&] { view_.setData(data); });
  timed("first picture", [&] { view_.grab(); });
  const double roles = timed("setRoles", [&] { view_.setRoles(Roles(data->rows(), Role::Unlabelled)); });
  const double selection = timed("setSelection (5000)", [&] { view_.setSelection(half); });
  timed("picture, 5000 rings", [&] { view_.grab(); });
  // Loose bounds: a shared machine, and sanitizers.
  EXPECT_LT(roles, 250);
  EXPECT_LT(selection, 250);
}

}  // namespace
}  // namespace assayer::ui
