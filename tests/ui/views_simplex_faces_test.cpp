// SPDX-License-Identifier: GPL-3.0-or-later
// More than three components as triangles, the interior, and the geometry behind them.
#include <gtest/gtest.h>

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QSignalSpy>
#include <array>
#include <cmath>
#include <numeric>
#include <random>

#include "tests/ui/views_data.h"
#include "ui/views/simplex_panel.h"
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
  EXPECT_TRUE(SimplexGeometry::triangle(5, 0, 1, 2).interior(0.5).empty());
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

}  // namespace
}  // namespace assayer::ui
