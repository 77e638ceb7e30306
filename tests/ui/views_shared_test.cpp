// SPDX-License-Identifier: GPL-3.0-or-later
// What needs no picture: the simplex' geometry, envelopes, colours, tables.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "ui/views/envelope.h"
#include "ui/views/palette.h"
#include "ui/views/plot_export.h"
#include "ui/views/simplex_geometry.h"

namespace assayer::ui {
namespace {

std::vector<double> randomComposition(std::size_t components, std::mt19937& random) {
  std::exponential_distribution<double> exponential;
  std::vector<double> parts(components);
  double sum = 0;
  for (double& part : parts) sum += part = exponential(random);
  for (double& part : parts) part /= sum;
  return parts;
}

TEST(SimplexGeometry, compositionsOfTwoAndThreeComponentsRoundTrip) {
  std::mt19937 random(7);
  for (const std::size_t components : {2U, 3U}) {
    const SimplexGeometry geometry(components);
    for (int trial = 0; trial < 200; ++trial) {
      const std::vector<double> wanted = randomComposition(components, random);
      const std::vector<double> found = geometry.composition(geometry.position(wanted));
      for (std::size_t k = 0; k < components; ++k) EXPECT_NEAR(found[k], wanted[k], 1e-12);
    }
  }
}

TEST(SimplexGeometry, triangleStandsAsInThePapersFigure) {
  const SimplexGeometry geometry(3);
  const std::array<double, 3> top{0, 1, 0};
  EXPECT_NEAR(geometry.position(top).x(), 0.5, 1e-15);
  EXPECT_NEAR(geometry.position(top).y(), std::sqrt(3.0) / 2, 1e-15);
  const std::array<double, 3> centre{1 / 3., 1 / 3., 1 / 3.};
  EXPECT_NEAR(geometry.position(centre).y(), std::sqrt(3.0) / 6, 1e-15);
}

TEST(SimplexGeometry, wachspressCoordinatesReproduceThePointAndStayOnTheSimplex) {
  std::mt19937 random(11);
  for (const std::size_t components : {4U, 5U, 8U, 12U}) {
    const SimplexGeometry geometry(components);
    for (int trial = 0; trial < 100; ++trial) {
      const QPointF point = geometry.position(randomComposition(components, random));
      const std::vector<double> found = geometry.composition(point);
      double sum = 0;
      for (const double part : found) {
        EXPECT_GE(part, 0);
        sum += part;
      }
      EXPECT_NEAR(sum, 1, 1e-12);
      const QPointF back = geometry.position(found);
      EXPECT_NEAR(back.x(), point.x(), 1e-10);
      EXPECT_NEAR(back.y(), point.y(), 1e-10);
    }
    for (std::size_t k = 0; k < components; ++k) {
      EXPECT_NEAR(geometry.composition(geometry.corners()[k])[k], 1, 1e-12);
    }
  }
}

TEST(SimplexGeometry, pointsOutsideGoToTheNearestPointOfTheBorder) {
  const SimplexGeometry geometry(3);
  const QPointF below = geometry.nearestInside({0.25, -0.4});
  EXPECT_NEAR(below.x(), 0.25, 1e-15);
  EXPECT_NEAR(below.y(), 0, 1e-15);
  const std::vector<double> corner = geometry.composition({-3, -3});
  EXPECT_NEAR(corner[0], 1, 1e-12);
  const QPointF inside(0.5, 0.2);
  EXPECT_EQ(geometry.nearestInside(inside), inside);
}

TEST(Envelope, shortSeriesAreKeptWhole) {
  Envelope envelope(100);
  for (int i = 0; i < 50; ++i) envelope.append(i, i * i);
  const auto points = envelope.points();
  ASSERT_EQ(points.size(), 50U);
  EXPECT_EQ(points[7].y, 49);
}

TEST(Envelope, longSeriesKeepEveryPeakAndTheirOrder) {
  Envelope envelope(400);
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  double low = 0;
  double high = 0;
  for (int i = 0; i < 100000; ++i) {
    double y = normal(random);
    if (i == 31234) y = 50;
    if (i == 31235) y = -60;
    if (i == 5) y = std::numeric_limits<double>::quiet_NaN();
    if (std::isfinite(y)) {
      low = std::min(low, y);
      high = std::max(high, y);
    }
    envelope.append(i, y);
  }
  const auto points = envelope.points();
  EXPECT_LE(points.size(), 400U);
  EXPECT_GE(points.size(), 100U);
  double foundLow = 0;
  double foundHigh = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i > 0) {
      EXPECT_LT(points[i - 1].x, points[i].x);
    }
    foundLow = std::min(foundLow, points[i].y);
    foundHigh = std::max(foundHigh, points[i].y);
  }
  EXPECT_EQ(foundLow, low);
  EXPECT_EQ(foundHigh, high);
}

double contrast(const QColor& a, const QColor& b) {
  // WCAG 2.1's relative luminance.
  const auto luminance = [](const QColor& colour) {
    const auto linear = [](double c) {
      return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
  };
  const double x = luminance(a) + 0.05;
  const double y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

TEST(Palette, everyColourStandsOutFromItsBackground) {
  QPalette dark;
  dark.setColor(QPalette::Base, QColor(0x1E, 0x1E, 0x1E));
  dark.setColor(QPalette::Text, QColor(0xE6, 0xE6, 0xE6));
  for (const Theme& theme : {Theme::print(), Theme::from(dark)}) {
    EXPECT_GE(contrast(theme.text, theme.background), 7);
    EXPECT_GE(contrast(theme.muted, theme.background), 4.5);
    EXPECT_GE(contrast(theme.selection, theme.background), 3);
    for (std::size_t i = 0; i < categoryCount(); ++i) {
      EXPECT_GE(contrast(categoryColour(i, theme.dark), theme.background), 2.0)
          << i << (theme.dark ? " dark" : "");
    }
  }
  EXPECT_FALSE(Theme::print().dark);
  EXPECT_TRUE(Theme::from(dark).dark);
}

TEST(Palette, viridisGetsLighterAllTheWay) {
  EXPECT_EQ(viridis(0), QColor(0x44, 0x01, 0x54));
  EXPECT_EQ(viridis(1), QColor(0xFD, 0xE7, 0x25));
  EXPECT_EQ(viridis(-2), viridis(0));
  EXPECT_EQ(viridis(std::numeric_limits<double>::quiet_NaN()), viridis(0));
  double last = 0;
  for (int i = 0; i <= 100; ++i) {
    const double now = contrast(viridis(i / 100.0), Qt::black);
    EXPECT_GE(now, last - 1e-9) << i;
    last = now;
  }
}

TEST(PlotTable, numbersReadBackExactlyAndTextIsQuoted) {
  const float third = 1.0F / 3;
  EXPECT_EQ(cell(third).toFloat(), third);
  EXPECT_EQ(cell(0.1), QStringLiteral("0.1"));
  EXPECT_EQ(cell(std::numeric_limits<double>::quiet_NaN()), QString());
  const PlotTable table{{QStringLiteral("Wavelength (µm)"), QStringLiteral("a, \"b\"")},
                        {{QStringLiteral("1"), QString()}}};
  EXPECT_EQ(QString::fromUtf8(toCsv(table)), QStringLiteral("Wavelength (µm),\"a, \"\"b\"\"\"\n1,\n"));
}

}  // namespace
}  // namespace assayer::ui
