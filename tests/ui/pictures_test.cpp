// SPDX-License-Identifier: GPL-3.0-or-later
// Rows that are pictures, and the pictures that a model generates.
#include <gtest/gtest.h>

#include <QDockWidget>
#include <QSignalSpy>

#include "core/io/dataset_writer.h"
#include "tests/ui/image_data.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/viewmodels/pictures.h"
#include "ui/views/picture_grid.h"

namespace assayer::ui::testing {
namespace {

DatasetPtr pictures(const char* shape) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(30, 12);
  for (std::size_t r = 0; r < 30; ++r)
    for (std::size_t c = 0; c < 12; ++c) parts.spectra(r, c) = static_cast<float>(r * 12 + c) / 360;
  parts.provenance.attributes["picture_shape"] = shape;
  return Dataset::create(std::move(parts)).value();
}

TEST(Pictures, HaveAShapeThatFitsTheirChannels) {
  EXPECT_EQ(pictureShape(*pictures("3 4")), (PictureShape{3, 4}));
  EXPECT_FALSE(pictureShape(*pictures("3 5")));
  EXPECT_FALSE(pictureShape(*pictures("0 0")));
  EXPECT_FALSE(pictureShape(*pictures("digits")));
  EXPECT_FALSE(pictureShape(*makeImage(2, 3, 4)));
}

TEST(Pictures, AreGeneratedAtTheCorners) {
  const PlainModel model(12);
  const RunControl never;
  const auto made = generatePictures(model, {2.0}, 3, 5, 1, never);
  ASSERT_TRUE(made);
  ASSERT_EQ(made->means.rows(), 3U);
  EXPECT_EQ(made->means(0, 7), 12);  // 10 y0 + z
  EXPECT_EQ(made->means(1, 7), 2);
  // This model draws nothing.
  EXPECT_EQ(made->draws, 0U);
}

TEST(PictureGrid, DrawsEachPictureInItsPlace) {
  PictureGrid grid;
  grid.setShape(PictureShape{2, 2}, {QStringLiteral("zero"), QStringLiteral("one")});
  GeneratedPictures made;
  made.means = Matrix<float>({1, 0, 0, 1, 0, 1, 1, 0}, 2, 4);
  made.samples = Matrix<float>(4, 4, 0.5F);
  made.draws = 2;
  grid.setGenerated(made);
  grid.setChosen(Matrix<float>({0, 0, 0, 1}, 1, 4), {17});
  display(grid, {500, 400});
  ASSERT_EQ(grid.gridRows(), 3U);
  const QImage drawn = grid.grab().toImage();
  const auto level = [&](std::size_t line, std::size_t column, double x, double y) {
    const QRectF cell = grid.cell(line, column);
    const QPointF at = cell.topLeft() + QPointF(x * cell.width(), y * cell.height());
    return drawn.pixelColor((at * drawn.devicePixelRatio()).toPoint()).lightness();
  };
  EXPECT_GT(level(0, 0, 0.25, 0.25), 250);
  EXPECT_LT(level(0, 0, 0.75, 0.25), 5);
  EXPECT_LT(level(1, 0, 0.25, 0.25), 5);
  EXPECT_GT(level(1, 0, 0.75, 0.25), 250);
  EXPECT_NEAR(level(1, 2, 0.5, 0.5), 128, 4);
  EXPECT_GT(level(2, 0, 0.75, 0.75), 250);
  EXPECT_NEAR(grid.cell(0, 0).width(), grid.cell(0, 0).height(), 1e-6);
  EXPECT_EQ(grid.table().header.last(), QStringLiteral("selected, row 17"));
  grid.clearGenerated();
  EXPECT_EQ(grid.gridRows(), 1U);
}

class PicturesTest : public WindowTest {};

TEST_F(PicturesTest, TheirDockIsThereForPicturesOnly) {
  const QString path = folder_.filePath(QStringLiteral("digits.h5"));
  ASSERT_TRUE(write_dataset(*pictures("3 4"), path.toStdString(), true));
  auto* dock = child<QDockWidget>("picturesDockWidget");
  EXPECT_FALSE(dock->isVisible());
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(path);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  EXPECT_TRUE(dock->isVisible());
  window_->selection().select({3, 9});
  auto* grid = child<PictureGrid>("pictureGrid");
  ASSERT_TRUE(waitFor([&] { return grid->gridRows() == 1; }));
  EXPECT_EQ(grid->table().rows[5], QStringList({"5", "0.11388889", "0.31388888"}));
}

}  // namespace
}  // namespace assayer::ui::testing
