// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <cstdio>

#include "tests/ui/exported.h"
#include "tests/ui/views_data.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/projection_view.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

EndmemberEstimate estimateLike(const Dataset& data, float shift, float sd) {
  EndmemberEstimate estimate;
  estimate.mean = *data.endmembers();
  estimate.sd = Matrix<float>(estimate.mean.rows(), estimate.mean.cols(), sd);
  for (std::size_t k = 0; k < estimate.mean.rows(); ++k) {
    for (float& value : estimate.mean.row(k)) value += shift;
  }
  return estimate;
}

const QStringList kNames = {QStringLiteral("olivine"), QStringLiteral("diopside"),
                            QStringLiteral("bytownite")};

// ------------------------------------------------------------------------------------------- spectra

TEST(SpectraPlot, unitSwitchMapsThePositionsAndSortsThem) {
  MadeData what = lattice(1);
  what.channels = 3;
  what.axis = {1.0, 2.0, 2.5};
  SpectraPlot view;
  view.setData(make(what));
  EXPECT_EQ(view.unit(), WavelengthUnit::Micrometre);
  QSignalSpy changed(&view, &SpectraPlot::unitChanged);
  view.setUnit(WavelengthUnit::Nanometre);
  QList<QByteArray> lines = exported(view);
  ASSERT_EQ(lines.size(), 4);
  EXPECT_TRUE(lines[0].startsWith("Wavelength (nm),")) << lines[0].toStdString();
  EXPECT_NEAR(lines[1].split(',')[0].toDouble(), 1000, 1e-9);
  view.setUnit(WavelengthUnit::InverseCentimetre);
  lines = exported(view);
  // 10⁴ / λ(µm), ascending: the last channel comes first, with its own value.
  EXPECT_TRUE(lines[0].startsWith("Wavenumber (1/cm),"));
  EXPECT_NEAR(lines[1].split(',')[0].toDouble(), 4000, 1e-9);
  EXPECT_NEAR(lines[3].split(',')[0].toDouble(), 10000, 1e-9);
  EXPECT_NEAR(lines[1].split(',')[1].toFloat(), 1 + 2.0F / 3, 1e-6);
  EXPECT_EQ(changed.count(), 2);
  // Channel numbers do not follow from wavelengths.
  view.setUnit(WavelengthUnit::Channel);
  EXPECT_EQ(view.unit(), WavelengthUnit::InverseCentimetre);
}

TEST(SpectraPlot, theUnitIsThatOfTheDataUntilOneIsChosen) {
  MadeData micrometres = lattice(1);
  micrometres.channels = 3;
  micrometres.axis = {1.0, 2.0, 2.5};
  MadeData nanometres = micrometres;
  nanometres.axis = {400, 500, 600};
  nanometres.unit = WavelengthUnit::Nanometre;
  SpectraPlot view;
  view.setData(make(nanometres));
  EXPECT_EQ(view.unit(), WavelengthUnit::Nanometre);
  view.setData(make(micrometres));
  EXPECT_EQ(view.unit(), WavelengthUnit::Micrometre);
  view.setUnit(WavelengthUnit::InverseCentimetre);
  view.setData(make(nanometres));
  EXPECT_EQ(view.unit(), WavelengthUnit::InverseCentimetre);
}

TEST(SpectraPlot, generatedEndmembersShareTheirComponentsEntryAndColour) {
  const DatasetPtr data = make(lattice(1));
  SpectraPlot view;
  view.setData(data);
  EXPECT_EQ(legendOf(view).value(0), QStringLiteral("olivine (reference)"));
  // In another order than the references: names decide.
  EndmemberEstimate estimate = estimateLike(*data, 0.1F, 0.02F);
  view.setEndmembers(estimate,
                     {QStringLiteral("bytownite"), QStringLiteral("olivine"), QStringLiteral("glass")});
  EXPECT_EQ(legendOf(view).join(QLatin1Char('|')).toStdString(),
            "olivine|diopside|bytownite|glass|reference|generated");
  const std::vector<LegendEntry>& entries = view.legendEntries();
  EXPECT_EQ(entries[2].line.color().rgb(), entries[2].thick.color().rgb());
  EXPECT_EQ(entries[1].line.style(), Qt::NoPen);
  EXPECT_EQ(entries[3].thick.style(), Qt::NoPen);
  EXPECT_NE(entries[2].band.style(), Qt::NoBrush);
  view.clearEndmembers();
  EXPECT_EQ(legendOf(view).size(), 3);
}

TEST(SpectraPlot, manySelectedRowsBecomeMeanAndSpread) {
  MadeData what;
  for (int i = 0; i < 60; ++i) {
    if (i % 2 == 0) {
      what.compositions.push_back({1, 0, 0});
    } else {
      what.compositions.push_back({0, 0, 1});
    }
  }
  SpectraPlot view;
  view.setData(make(what));
  Rows rows;
  for (std::uint32_t row = 0; row < 50; ++row) rows.push_back(row);
  view.setSelection(rows);
  EXPECT_TRUE(legendOf(view).contains(QStringLiteral("50 selected rows")));
  for (std::uint32_t row = 50; row < 60; ++row) rows.push_back(row);
  view.setSelection(rows);
  EXPECT_TRUE(legendOf(view).contains(QStringLiteral("mean ± sd of 60 selected rows")));
  const QList<QByteArray> lines = exported(view);
  const QList<QByteArray> first = lines[1].split(',');
  // Half the rows 1, half 3 in the first channel: mean 2, sd √(60/59).
  ASSERT_EQ(first.size(), 6);
  EXPECT_NEAR(first[4].toDouble(), 2, 1e-6);
  EXPECT_NEAR(first[5].toDouble(), std::sqrt(60.0 / 59.0), 1e-6);
}

TEST(SpectraPlot, maskedChannelsAndMissingValuesAreGaps) {
  MadeData what = lattice(1);
  what.bad.assign(what.channels, 0);
  what.bad[4] = what.bad[5] = 1;
  const DatasetPtr data = make(what);
  SpectraPlot view;
  view.setData(data);
  EndmemberEstimate estimate = estimateLike(*data, 0.1F, 0);
  estimate.mean(0, 9) = kMissing;
  estimate.mean(1, 10) = std::numeric_limits<float>::infinity();
  view.setEndmembers(estimate, kNames);
  int gaps = 0;
  for (int g = 0; g < view.graphCount(); ++g) {
    for (const QCPGraphData& point : *view.graph(g)->data()) {
      EXPECT_FALSE(std::isinf(point.value));
      if (std::isnan(point.value)) ++gaps;
    }
  }
  // Two masked channels in each of three references and three estimates, one NaN, one infinity.
  EXPECT_EQ(gaps, 2 * 6 + 2);
  display(view);
  EXPECT_TRUE(std::isfinite(view.yAxis->range().upper));
  const QList<QByteArray> lines = exported(view);
  EXPECT_TRUE(lines[5].endsWith(",,,,,,,,,")) << lines[5].toStdString();
}

TEST(SpectraPlot, noLineAcrossAGapBetweenDetectors) {
  MadeData what = lattice(1);
  what.channels = 40;
  for (int c = 0; c < 40; ++c) what.axis.push_back(c < 20 ? 0.24 + 0.001 * c : 0.38 + 0.001 * c);
  SpectraPlot view;
  view.setData(make(what));
  int gaps = 0;
  // The references come last.
  for (const QCPGraphData& point : *view.graph(view.graphCount() - 1)->data())
    gaps += std::isnan(point.value) ? 1 : 0;
  EXPECT_EQ(gaps, 1);
}

TEST(SpectraPlot, cursorIsReadInTheAxesUnit) {
  SpectraPlot view;
  view.setData(make(lattice(1)));
  QString status;
  QObject::connect(&view, &PlotView::statusText, &view, [&](const QString& text) { status = text; });
  display(view);
  const QPointF at(view.xAxis->coordToPixel(1.15), view.yAxis->coordToPixel(3.6));
  QMouseEvent move(QEvent::MouseMove, at, QPointF(), Qt::NoButton, Qt::NoButton, {});
  QApplication::sendEvent(&view, &move);
  EXPECT_TRUE(status.startsWith(QStringLiteral("x 1.15 µm  y 3.6"))) << status.toStdString();
}

TEST(SpectraPlot, wheelZoomsAtTheCursorInTheChosenDirection) {
  SpectraPlot view;
  view.setData(make(lattice(1)));
  display(view);
  const QPointF at(300, 200);
  const double x = view.xAxis->pixelToCoord(at.x());
  const double y = view.yAxis->pixelToCoord(at.y());
  const QCPRange wideX = view.xAxis->range();
  const QCPRange wideY = view.yAxis->range();
  wheel(view, at, 1);
  EXPECT_NEAR(view.xAxis->pixelToCoord(at.x()), x, 1e-9);
  EXPECT_NEAR(view.yAxis->pixelToCoord(at.y()), y, 1e-9);
  EXPECT_NEAR(view.xAxis->range().size(), 0.85 * wideX.size(), 1e-9);
  const QCPRange zoomedY = view.yAxis->range();
  wheel(view, at, 2, Qt::ShiftModifier);
  EXPECT_EQ(view.yAxis->range(), zoomedY);
  EXPECT_LT(view.xAxis->range().size(), 0.7 * wideX.size());
  const QCPRange zoomedX = view.xAxis->range();
  wheel(view, at, 2, Qt::ControlModifier);
  EXPECT_EQ(view.xAxis->range(), zoomedX);
  EXPECT_LT(view.yAxis->range().size(), zoomedY.size());
  QTest::mouseDClick(&view, Qt::LeftButton, {}, at.toPoint());
  EXPECT_EQ(view.xAxis->range(), wideX);
  EXPECT_EQ(view.yAxis->range(), wideY);
  // Live results leave a chosen window alone.
  wheel(view, at, 3);
  const QCPRange kept = view.yAxis->range();
  view.setEndmembers(estimateLike(*make(lattice(1)), 5, 0), kNames);
  EXPECT_EQ(view.yAxis->range(), kept);
}

TEST(SpectraPlot, dragZoomsToTheBoxAndSpaceDragPans) {
  SpectraPlot view;
  view.setData(make(lattice(1)));
  display(view);
  const double left = view.xAxis->pixelToCoord(200);
  const double right = view.xAxis->pixelToCoord(300);
  drag(view, {200, 150}, {300, 250});
  EXPECT_NEAR(view.xAxis->range().lower, left, 1e-9);
  EXPECT_NEAR(view.xAxis->range().upper, right, 1e-9);
  QSignalSpy tapped(&view, &PlotView::spaceTapped);
  const double width = view.xAxis->range().size();
  view.setFocus();
  QTest::keyPress(&view, Qt::Key_Space);
  drag(view, {200, 150}, {260, 150});
  QTest::keyRelease(&view, Qt::Key_Space);
  EXPECT_NEAR(view.xAxis->range().size(), width, 1e-9);
  EXPECT_LT(view.xAxis->range().lower, left);
  EXPECT_EQ(tapped.count(), 0);
  QTest::keyClick(&view, Qt::Key_Space);
  EXPECT_EQ(tapped.count(), 1);
}

TEST(SpectraPlot, emptyStatesTakeEverything) {
  SpectraPlot view;
  display(view);
  view.setSelection({3});
  view.setEndmembers({}, {});
  view.setUnit(WavelengthUnit::Nanometre);
  EXPECT_TRUE(exported(view).size() <= 1);
  MadeData bare;
  bare.names = {};
  bare.references = false;
  bare.compositions = {{}, {}};
  view.setData(make(bare));
  view.setSelection({0, 1, 7});
  EXPECT_EQ(legendOf(view), QStringList{QStringLiteral("2 selected rows")});
  view.grab();
  view.setData(nullptr);
  view.grab();
}

// ------------------------------------------------------------------------------------------ nuisance

Matrix<double> levels(const MadeData& what) {
  Matrix<double> z(what.compositions.size(), 2);
  for (std::size_t row = 0; row < z.rows(); ++row) {
    z(row, 0) = 10.0 * what.groups[row] + 0.001 * static_cast<double>(row);
    z(row, 1) = -z(row, 0);
  }
  return z;
}

TEST(NuisanceTrace, sortsByGroupThenRow) {
  MadeData what = lattice(1);
  for (std::size_t row = 0; row < what.groups.size(); ++row)
    what.groups[row] = static_cast<std::int32_t>((row * 7) % 3);
  NuisanceTrace view;
  view.setData(make(what));
  view.setValues(levels(what));
  const QList<QByteArray> lines = exported(view);
  ASSERT_EQ(lines.size(), 67);
  EXPECT_EQ(lines[0], "order,row,group,z1,z2");
  EXPECT_TRUE(lines[1].startsWith("0,0,Position 1,0,"));
  int lastGroup = 0;
  int lastRow = -1;
  for (qsizetype i = 1; i < lines.size(); ++i) {
    const int row = lines[i].split(',')[1].toInt();
    const int group = what.groups[static_cast<std::size_t>(row)];
    EXPECT_GE(group, lastGroup);
    if (group == lastGroup && lastRow >= 0) {
      EXPECT_GT(row, lastRow);
    }
    lastGroup = group;
    lastRow = row;
  }
}

TEST(NuisanceTrace, selectsByClickAndBoxAndLeavesMissingRowsOut) {
  MadeData what = lattice(3);
  Matrix<double> z = levels(what);
  z(4, 0) = std::numeric_limits<double>::quiet_NaN();
  NuisanceTrace view;
  view.setData(make(what));
  view.setValues(z);
  std::vector<std::pair<Rows, SelectMode>> requests;
  QObject::connect(&view, &NuisanceTrace::selectionRequested, &view,
                   [&](const Rows& rows, SelectMode mode) { requests.emplace_back(rows, mode); });
  display(view);
  EXPECT_FALSE(view.pixelOfRow(4));
  click(view, *view.pixelOfRow(100), Qt::ShiftModifier);
  ASSERT_EQ(requests.size(), 1U);
  ASSERT_EQ(requests[0].first.size(), 1U);
  // Neighbours lie within a pixel.
  EXPECT_NEAR(requests[0].first[0], 100, 6);
  EXPECT_EQ(requests[0].second, SelectMode::Add);
  // The whole middle level: group 1 but the missing row 4.
  const QRectF frame = view.axisRect()->rect();
  drag(view, {frame.left() + 1, view.yAxis->coordToPixel(12)},
       {frame.right() - 1, view.yAxis->coordToPixel(8)});
  ASSERT_EQ(requests.size(), 2U);
  Rows wanted;
  for (std::uint32_t row = 0; row < what.groups.size(); ++row) {
    if (what.groups[row] == 1 && row != 4) wanted.push_back(row);
  }
  EXPECT_EQ(requests[1].first, wanted);
  QTest::keyClick(&view, Qt::Key_Escape);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_TRUE(requests[2].first.empty());
  EXPECT_EQ(requests[2].second, SelectMode::Replace);
}

TEST(NuisanceTrace, showsTheChosenDimension) {
  const MadeData what = lattice(3);
  NuisanceTrace view;
  view.setData(make(what));
  view.setValues(levels(what));
  display(view);
  EXPECT_GT(view.yAxis->range().upper, 20);
  view.setDimension(1);
  EXPECT_LT(view.yAxis->range().lower, -20);
  EXPECT_EQ(view.yAxis->label(), QStringLiteral("Nuisance z2"));
  view.setDimension(2);
  EXPECT_EQ(view.dimension(), 1);
}

TEST(NuisanceTrace, takesNothingAndAllMissing) {
  NuisanceTrace view;
  display(view);
  view.setValues(Matrix<double>(3, 1));
  view.setSelection({1});
  view.grab();
  const DatasetPtr data = make(lattice(1));
  view.setData(data);
  view.setValues(Matrix<double>(data->rows(), 1, std::numeric_limits<double>::quiet_NaN()));
  view.setSelection({1});
  view.grab();
  view.setValues({});
  view.grab();
  EXPECT_TRUE(view.table().rows.isEmpty());
}

// ---------------------------------------------------------------------------------------- projection

std::shared_ptr<Pca> scatter(std::size_t rows) {
  auto pca = std::make_shared<Pca>();
  pca->scores = Matrix<float>(rows, 3);
  for (std::size_t row = 0; row < rows; ++row) {
    pca->scores(row, 0) = static_cast<float>(row % 10);
    const std::size_t line = row / 10;
    pca->scores(row, 1) = static_cast<float>(line);
    pca->scores(row, 2) = 1;
  }
  pca->variance = {9, 0.9, 0.1};
  pca->total_variance = 10;
  return pca;
}

TEST(ProjectionView, titlesSayTheVarianceExplained) {
  const DatasetPtr data = make(lattice(1));
  ProjectionView view;
  view.setData(data);
  view.setPca(scatter(data->rows()));
  EXPECT_EQ(view.xAxis->label(), QStringLiteral("PC1 (90.0 %)"));
  EXPECT_EQ(view.yAxis->label(), QStringLiteral("PC2 (9.00 %)"));
  view.setAxes(2, 0);
  EXPECT_EQ(view.xAxis->label(), QStringLiteral("PC3 (1.00 %)"));
  view.setAxes(0, 3);
  EXPECT_EQ(view.yAxis->label(), QStringLiteral("PC1 (90.0 %)"));
}

TEST(ProjectionView, clickAndBoxGiveRows) {
  const DatasetPtr data = make(lattice(1));
  ProjectionView view;
  view.setData(data);
  auto pca = scatter(data->rows());
  pca->scores(13, 0) = kMissing;
  view.setPca(pca);
  std::vector<Rows> requests;
  QObject::connect(&view, &ProjectionView::selectionRequested, &view,
                   [&](const Rows& rows, SelectMode) { requests.push_back(rows); });
  display(view);
  click(view, *view.pixelOfRow(37) + QPointF(3, 2));
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0], Rows{37});
  EXPECT_FALSE(view.pixelOfRow(13));
  drag(view, *view.pixelOfRow(24) + QPointF(6, -6), *view.pixelOfRow(2) + QPointF(-6, 6));
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1], (Rows{2, 3, 4, 12, 14, 22, 23, 24}));
}

TEST(ProjectionView, colourBarComesAndGoes) {
  const DatasetPtr data = make(lattice(2));
  ProjectionView view;
  view.setData(data);
  view.setPca(scatter(data->rows()));
  display(view);
  EXPECT_EQ(legendOf(view), (QStringList{QStringLiteral("Position 1"), QStringLiteral("Position 2"),
                                         QStringLiteral("Angle 2")}));
  const QImage groups = view.grab().toImage();
  view.setColour(ProjectionView::Colour::Component, 1);
  EXPECT_TRUE(legendOf(view).isEmpty());
  const QTemporaryDir folder;
  const QString svg = folder.filePath(QStringLiteral("figure.svg"));
  QString error;
  ASSERT_TRUE(view.exportFigure(svg, {500, 400}, &error)) << error.toStdString();
  QFile file(svg);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  EXPECT_TRUE(file.readAll().contains("diopside (%)"));
  EXPECT_NE(view.grab().toImage(), groups);
  view.setColour(ProjectionView::Colour::Component, 9);
  view.setColour(ProjectionView::Colour::Group);
  EXPECT_EQ(view.grab().toImage(), groups);
}

TEST(ProjectionView, ignoresComponentsOfOtherData) {
  ProjectionView view;
  display(view);
  view.setPca(scatter(10));
  view.setSelection({1});
  view.grab();
  view.setData(make(lattice(1)));
  view.setPca(scatter(10));
  view.grab();
  EXPECT_TRUE(view.table().rows.isEmpty());
}

TEST(ProjectionView, timesForTenThousandRows) {
  MadeData what;
  for (std::int32_t i = 0; i < 10000; ++i) {
    what.compositions.push_back({0.2, 0.3, 0.5});
    what.groups.push_back(i % 3);
  }
  const DatasetPtr data = make(what);
  ProjectionView projection;
  NuisanceTrace trace;
  SpectraPlot spectra;
  display(projection);
  display(trace);
  display(spectra);
  projection.setData(data);
  trace.setData(data);
  spectra.setData(data);
  const Matrix<double> z = levels(what);
  const auto pca = scatter(data->rows());
  Rows half;
  for (std::uint32_t row = 0; row < 5000; ++row) half.push_back(row);
  const auto timed = [](const char* name, auto&& act) {
    QElapsedTimer clock;
    clock.start();
    act();
    const double ms = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    std::printf("  %-36s %7.2f ms\n", name, ms);
    EXPECT_LT(ms, 2000) << name;
  };
  timed("projection: setPca", [&] { projection.setPca(pca); });
  timed("projection: picture", [&] { projection.grab(); });
  timed("projection: setSelection 5000", [&] { projection.setSelection(half); });
  timed("projection: picture with 5000", [&] { projection.grab(); });
  timed("trace: setValues", [&] { trace.setValues(z); });
  timed("trace: picture", [&] { trace.grab(); });
  timed("trace: setSelection 5000", [&] { trace.setSelection(half); });
  timed("spectra: setSelection 5000", [&] { spectra.setSelection(half); });
  timed("spectra: picture", [&] { spectra.grab(); });
}

}  // namespace
}  // namespace assayer::ui
