// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/svg_figure.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <vector>

#include "tests/ui/views_data.h"
#include "ui/views/curve_plot.h"

namespace assayer::ui {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

/// Polylines and polygons of an SVG that leave its page without a clip path above them, and those that have
/// one.
struct Outside {
  int free = 0;
  int clipped = 0;
};
Outside outsideOf(const QByteArray& svg, QSize page) {
  Outside outside;
  QXmlStreamReader reader(svg);
  std::vector<bool> clipped{false};
  while (!reader.atEnd()) {
    const auto token = reader.readNext();
    if (token == QXmlStreamReader::EndElement) clipped.pop_back();
    if (token != QXmlStreamReader::StartElement) continue;
    clipped.push_back(clipped.back() || reader.attributes().hasAttribute(QStringLiteral("clip-path")));
    const QString points = reader.attributes().value(QStringLiteral("points")).toString();
    bool leaves = false;
    for (const QString& point : points.split(u' ', Qt::SkipEmptyParts)) {
      const double y = point.section(u',', 1, 1).toDouble();
      leaves = leaves || y < -1 || y > page.height() + 1;
    }
    if (leaves) ++(clipped.back() ? outside.clipped : outside.free);
  }
  EXPECT_FALSE(reader.hasError()) << reader.errorString().toStdString();
  return outside;
}

TEST(SvgFigure, WhatIsZoomedOutOfTheAxesStaysBehindAClipPath) {
  CurvePlot plot(QStringLiteral("curve"));
  plot.setLines({{"a", {{0, 0}, {1, 100}, {2, -100}, {3, 0}}}});
  display(plot);
  wheel(plot, {plot.width() / 2.0, plot.height() / 2.0}, 12);
  ASSERT_LT(plot.yAxis->range().size(), 50);
  const QPixmap before = plot.grab();
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("figure.svg"));
  QString error;
  ASSERT_TRUE(plot.exportFigure(path, {500, 400}, &error)) << error.toStdString();
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  const QByteArray svg = file.readAll();
  const Outside outside = outsideOf(svg, {500, 400});
  EXPECT_EQ(outside.free, 0);
  EXPECT_GT(outside.clipped, 0) << "nothing was drawn that needs a clip path";
  EXPECT_EQ(svg.count("<svg "), 1);
  EXPECT_EQ(svg.count("</svg>"), 1);
  // Whoever has another machine's fonts takes one without serifs.
  EXPECT_GT(svg.count("font-family="), 0);
  EXPECT_EQ(svg.count("font-family=\"'"), svg.count("font-family="));
  EXPECT_EQ(svg.count("', sans-serif\""), svg.count("font-family="));
  // The figure's parts are made by hiding all others for a moment.
  EXPECT_EQ(plot.grab().toImage(), before.toImage());
}

}  // namespace
}  // namespace assayer::ui
