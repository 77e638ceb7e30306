// SPDX-License-Identifier: GPL-3.0-or-later
// Principal components: scores, scores in space, explained variance, loadings.
#include <gtest/gtest.h>

#include <QComboBox>
#include <QSignalSpy>
#include <QToolButton>
#include <cmath>
#include <numbers>

#include "tests/ui/heartbeat.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/curve_plot.h"
#include "ui/views/loadings_plot.h"
#include "ui/views/projection_panel.h"
#include "ui/views/projection_space.h"
#include "ui/views/projection_view.h"

namespace assayer::ui::testing {
namespace {

class ProjectionPanelTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kComponents = 10;

  void SetUp() override {
    MadeData what = lattice(1);
    what.channels = 12;
    what.bad.assign(12, 0);
    what.bad[4] = 1;
    data_ = make(what);
    auto pca = std::make_shared<Pca>();
    pca->mean.assign(12, 0.5F);
    pca->mean[4] = std::numeric_limits<float>::quiet_NaN();
    pca->loadings = Matrix<float>(kComponents, 12);
    pca->scores = Matrix<float>(data_->rows(), kComponents);
    for (std::size_t r = 0; r < kComponents; ++r) {
      for (std::size_t c = 0; c < 12; ++c) pca->loadings(r, c) = c == 4 ? 0 : static_cast<float>(r + 1) / 10;
      for (std::size_t row = 0; row < data_->rows(); ++row)
        pca->scores(row, r) = static_cast<float>(std::sin(static_cast<double>((r + 1) * (row + 1))));
      pca->variance.push_back(10.0 - static_cast<double>(r));
    }
    pca->total_variance = 100;
    panel_.setData(data_);
    panel_.setPca(pca);
    pca_ = pca;
    display(panel_, {560, 460});
  }
  QComboBox* box(const char* name) { return panel_.findChild<QComboBox*>(QLatin1String(name)); }

  DatasetPtr data_;
  std::shared_ptr<const Pca> pca_;
  ProjectionPanel panel_;
};

TEST_F(ProjectionPanelTest, AnyTwoOfTenComponentsAreAxes) {
  ASSERT_EQ(box("projectionAxis0")->count(), 10);
  box("projectionAxis0")->setCurrentIndex(6);
  box("projectionAxis1")->setCurrentIndex(9);
  EXPECT_EQ(panel_.plane()->horizontal(), 6);
  EXPECT_EQ(panel_.plane()->vertical(), 9);
  panel_.grab();
  // The points lie as the scores say, up to the axes' scales.
  const auto a = *panel_.plane()->pixelOfRow(0);
  const auto b = *panel_.plane()->pixelOfRow(1);
  const auto c = *panel_.plane()->pixelOfRow(2);
  const auto score = [&](std::size_t row, std::size_t r) {
    return static_cast<double>(pca_->scores(row, r));
  };
  EXPECT_NEAR((b.x() - a.x()) / (c.x() - a.x()), (score(1, 6) - score(0, 6)) / (score(2, 6) - score(0, 6)),
              1e-4);
  EXPECT_NEAR((b.y() - a.y()) / (c.y() - a.y()), (score(1, 9) - score(0, 9)) / (score(2, 9) - score(0, 9)),
              1e-4);
  panel_.plane()->setAxes(2, 3);
  EXPECT_EQ(box("projectionAxis0")->currentText(), QStringLiteral("PC3"));
}

TEST_F(ProjectionPanelTest, WhatAModelSaysIsAnAxisToo) {
  auto snapshot = std::make_shared<Snapshot>();
  Matrix<double>& z = snapshot->prediction.z;
  Matrix<double>& composition = snapshot->prediction.composition;
  z = Matrix<double>(data_->rows(), 2);
  composition = Matrix<double>(data_->rows(), 3, 0.2);
  for (std::size_t row = 0; row < data_->rows(); ++row) {
    z(row, 1) = std::cos(static_cast<double>(row));
    composition(row, 2) = 0.001 * static_cast<double>(row);
  }
  panel_.setSnapshot(snapshot);
  QComboBox* x = box("projectionAxis0");
  QComboBox* y = box("projectionAxis1");
  ASSERT_EQ(x->count(), 15);
  EXPECT_EQ(x->currentText(), "PC1");
  EXPECT_EQ(y->itemText(11), "z2");
  EXPECT_EQ(x->itemText(14), "bytownite (%)");
  x->setCurrentIndex(11);
  y->setCurrentIndex(14);
  EXPECT_EQ(panel_.plane()->xAxis->label(), "Nuisance z2");
  EXPECT_EQ(panel_.plane()->yAxis->label(), "Predicted bytownite (%)");
  panel_.grab();
  const auto at = [&](std::uint32_t row) { return *panel_.plane()->pixelOfRow(row); };
  EXPECT_NEAR((at(1).x() - at(0).x()) / (at(2).x() - at(0).x()), (z(1, 1) - z(0, 1)) / (z(2, 1) - z(0, 1)),
              1e-4);
  EXPECT_NEAR((at(1).y() - at(0).y()) / (at(2).y() - at(0).y()), 0.5, 1e-4);

  // A third as colour: what has the colour's value lies where the bar says.
  panel_.plane()->setColour(ProjectionView::Colour::Axis, 10);
  panel_.grab();
  const QPixmap flat = panel_.plane()->grab();
  for (std::size_t row = 0; row < data_->rows(); ++row) z(row, 0) = static_cast<double>(row);
  panel_.setSnapshot(std::make_shared<Snapshot>(*snapshot));
  EXPECT_NE(panel_.plane()->grab().toImage(), flat.toImage());

  // The axes go with the model, and the choice falls back.
  panel_.setSnapshot(nullptr);
  EXPECT_EQ(x->count(), 10);
  EXPECT_EQ(panel_.plane()->horizontal(), 0);
  EXPECT_EQ(panel_.plane()->vertical(), 1);
  EXPECT_EQ(y->currentText(), "PC2");
  const QPixmap without = panel_.plane()->grab();
  // A new run begins without one: what the user chose comes back with its first.
  panel_.setSnapshot(std::make_shared<Snapshot>(*snapshot));
  EXPECT_EQ(x->currentText(), "z2");
  EXPECT_EQ(y->currentText(), "bytownite (%)");
  EXPECT_EQ(panel_.plane()->colour(), ProjectionView::Colour::Axis);
  EXPECT_NE(panel_.plane()->grab().toImage(), without.toImage());
  panel_.setSnapshot(nullptr);
  EXPECT_EQ(panel_.plane()->colour(), ProjectionView::Colour::Group);
  EXPECT_EQ(panel_.plane()->grab().toImage(), without.toImage());
  // That of other data is none.
  auto other = std::make_shared<Snapshot>();
  other->prediction.composition = Matrix<double>(5, 3, 0.3);
  panel_.setSnapshot(other);
  EXPECT_EQ(x->count(), 10);
}

TEST_F(ProjectionPanelTest, SaysHowMuchEachComponentExplains) {
  box("projectionPage")->setCurrentIndex(static_cast<int>(ProjectionPanel::Page::Scree));
  ASSERT_EQ(panel_.scree()->lines().size(), 2U);
  const auto& each = panel_.scree()->lines()[0].points;
  const auto& together = panel_.scree()->lines()[1].points;
  ASSERT_EQ(each.size(), kComponents);
  EXPECT_DOUBLE_EQ(each[3].y, 7);
  EXPECT_DOUBLE_EQ(together[3].y, 10 + 9 + 8 + 7);
  EXPECT_TRUE(panel_.scree()->isVisible());
  EXPECT_FALSE(panel_.plane()->isVisible());
}

TEST_F(ProjectionPanelTest, LoadingsLeaveMaskedChannelsOut) {
  box("projectionPage")->setCurrentIndex(static_cast<int>(ProjectionPanel::Page::Loadings));
  LoadingsPlot& loadings = *panel_.loadings();
  EXPECT_EQ(loadings.shown(), (std::vector<std::size_t>{0, 1, 2}));
  const PlotTable table = loadings.table();
  ASSERT_EQ(table.rows.size(), 11);
  EXPECT_EQ(table.header.size(), 11);
  EXPECT_EQ(table.rows[4][0], QStringLiteral("1.05"));
  EXPECT_EQ(table.rows[4][7], QStringLiteral("0.7"));
  loadings.setShown({5});
  EXPECT_EQ(loadings.shown(), std::vector<std::size_t>{5});
  EXPECT_EQ(loadings.legendEntries()[0].on, false);
  EXPECT_EQ(loadings.legendEntries()[5].on, true);
}

TEST_F(ProjectionPanelTest, ThreeComponentsTurn) {
  box("projectionPage")->setCurrentIndex(static_cast<int>(ProjectionPanel::Page::Space));
  ProjectionSpace& space = *panel_.space();
  space.grab();
  // Seen from the front, without tilt: PC1 across and PC3 up.
  space.setAngles(0, 0);
  const auto at = [&](std::uint32_t row) { return *space.pixelOfRow(row); };
  const auto score = [&](std::size_t row, std::size_t r) {
    return static_cast<double>(pca_->scores(row, r));
  };
  EXPECT_NEAR((at(1).x() - at(0).x()) / (at(2).x() - at(0).x()),
              (score(1, 0) - score(0, 0)) / (score(2, 0) - score(0, 0)), 1e-4);
  EXPECT_NEAR((at(1).y() - at(0).y()) / (at(2).y() - at(0).y()),
              (score(1, 2) - score(0, 2)) / (score(2, 2) - score(0, 2)), 1e-4);
  // A quarter turn shows PC2 across (from behind).
  space.setAngles(std::numbers::pi / 2, 0);
  EXPECT_NEAR((at(1).x() - at(0).x()) / (at(2).x() - at(0).x()),
              (score(1, 1) - score(0, 1)) / (score(2, 1) - score(0, 1)), 1e-4);
  // From above, PC3 makes no difference.
  space.setAngles(0, std::numbers::pi / 2);
  EXPECT_NEAR((at(1).y() - at(0).y()) / (at(2).y() - at(0).y()),
              (score(1, 1) - score(0, 1)) / (score(2, 1) - score(0, 1)), 1e-4);

  space.setAngles(0.3, 0.2);
  drag(space, {200, 200}, {260, 180}, {}, Qt::MiddleButton);
  EXPECT_GT(space.around(), 0.6);
  EXPECT_LT(space.tilt(), 0.1);
  const double before = space.around();
  QTest::keyClick(&space, Qt::Key_Right);
  EXPECT_GT(space.around(), before);
  panel_.findChild<QToolButton*>(QStringLiteral("projectionTurn"))->click();
  const double resting = space.around();
  EXPECT_TRUE(waitFor([&] { return std::abs(space.around() - resting) > 0.02; }, 5000));
  space.setTurning(false);

  QSignalSpy requested(&panel_, &ProjectionPanel::selectionRequested);
  click(space, at(7));
  ASSERT_EQ(requested.count(), 1);
  EXPECT_EQ(requested.last()[0].value<Rows>(), Rows{7});
  Rows all;
  drag(space, {2, 60}, {550, 420});
  for (std::uint32_t row = 0; row < data_->rows(); ++row)
    if (QRectF(QPointF(2, 60), QPointF(550, 420)).contains(at(row))) all.push_back(row);
  EXPECT_EQ(requested.last()[0].value<Rows>(), all);
  EXPECT_GT(all.size(), 20U);
}

TEST(ProjectionPanel, DrawsAnImagesMillionRows) {
  constexpr std::size_t kRows = 1'000'000;
  DatasetParts parts;
  parts.spectra = Matrix<float>(kRows, 2, 1.0F);
  const DatasetPtr data = Dataset::create(std::move(parts)).value();
  auto pca = std::make_shared<Pca>();
  pca->mean.assign(2, 0);
  pca->loadings = Matrix<float>(3, 2, 0.5F);
  pca->variance = {3, 2, 1};
  pca->total_variance = 6;
  pca->scores = Matrix<float>(kRows, 3);
  for (std::size_t row = 0; row < kRows; ++row)
    for (std::size_t r = 0; r < 3; ++r)
      pca->scores(row, r) = static_cast<float>(std::sin(static_cast<double>((r + 1) * row)));
  ProjectionPanel panel;
  panel.setData(data);
  panel.setPca(pca);
  display(panel, {560, 460});
  ASSERT_TRUE(QTest::qWaitFor([&] { return !panel.plane()->busy(); }, 60000));
  for (const auto page : {ProjectionPanel::Page::Plane, ProjectionPanel::Page::Space}) {
    panel.showPage(page);
    panel.grab();
    PlotView* view = page == ProjectionPanel::Page::Plane ? static_cast<PlotView*>(panel.plane())
                                                          : static_cast<PlotView*>(panel.space());
    view->fit();
    const double start = threadSeconds();
    view->grab();
    std::printf("a million rows: %.1f ms\n", 1e3 * (threadSeconds() - start));
    EXPECT_LT(threadSeconds() - start, 0.1 * kPatience);
    ASSERT_EQ(view->legendEntries().size(), 1U);
    // The plane shows all of them.
    if (page == ProjectionPanel::Page::Plane)
      EXPECT_EQ(view->legendEntries()[0].text.toStdString(), "density of 1,000,000 rows; zoom in for dots");
    else
      EXPECT_TRUE(view->legendEntries()[0].text.endsWith(QStringLiteral(" rows drawn")));
  }
  // What is not drawn is selected all the same.
  QSignalSpy requested(&panel, &ProjectionPanel::selectionRequested);
  panel.showPage(ProjectionPanel::Page::Plane);
  panel.grab();
  drag(*panel.plane(), {1, 60}, {555, 400});
  ASSERT_EQ(requested.count(), 1);
  EXPECT_GT(requested.last()[0].value<Rows>().size(), kRows / 2);
}

}  // namespace
}  // namespace assayer::ui::testing
