// SPDX-License-Identifier: GPL-3.0-or-later
// Recent files and their pictures: made, shown, bounded, and never in the way.
#include <gtest/gtest.h>

#include <QAction>
#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>

#include "tests/ui/ui_fixture.h"
#include "ui/viewmodels/recent_files.h"

namespace assayer::ui::testing {
namespace {

QImage coloured(const QColor& colour) {
  QImage picture(1600, 1000, QImage::Format_RGB32);
  picture.fill(colour);
  return picture;
}

class RecentFilesTest : public ::testing::Test {
 protected:
  void SetUp() override { QSettings().remove("recentFiles"); }
  void TearDown() override { QSettings().remove("recentFiles"); }
  [[nodiscard]] QString path(int number) const { return folder_.filePath(QString::number(number)); }
  [[nodiscard]] QString pictures() const { return folder_.filePath("pictures"); }
  QTemporaryDir folder_;
};

TEST_F(RecentFilesTest, AreBoundedInNumberAndSize) {
  RecentFiles recent(true, pictures());
  const int most = static_cast<int>(RecentFiles::kMost);
  for (int i = 0; i < most + 5; ++i) {
    recent.remember(path(i));
    recent.keepPicture(path(i), coloured(Qt::red));
  }
  EXPECT_EQ(recent.files().size(), most);
  EXPECT_EQ(recent.files().first(), path(most + 4));
  EXPECT_EQ(QDir(pictures()).entryList(QDir::Files).size(), most);
  EXPECT_TRUE(recent.picture(path(0)).isNull()) << "what fell off the list has none";
  EXPECT_EQ(recent.picture(path(most + 4)).size(), RecentFiles::kPicture);
  EXPECT_LT(QFileInfo(QDir(pictures()).entryInfoList(QDir::Files).first()).size(), 64 * 1024);
}

TEST_F(RecentFilesTest, TheNewestPictureOfAFileCounts) {
  RecentFiles recent(true, pictures());
  recent.remember(path(1));
  recent.remember(path(2));
  recent.keepPicture(path(1), coloured(Qt::red));
  recent.keepPicture(path(2), coloured(Qt::green));
  recent.keepPicture(path(1), coloured(Qt::blue));
  EXPECT_EQ(recent.picture(path(1)).pixelColor(5, 5), QColor(Qt::blue));
  EXPECT_EQ(recent.picture(path(2)).pixelColor(5, 5), QColor(Qt::green));
  // A file of that name elsewhere is another.
  EXPECT_TRUE(recent.picture("/elsewhere/1").isNull());
}

TEST_F(RecentFilesTest, NothingIsKeptForUnknownFilesOrWithoutAFolder) {
  RecentFiles recent(true, pictures());
  recent.keepPicture(path(1), coloured(Qt::red));
  EXPECT_FALSE(QDir(pictures()).exists());
  RecentFiles nowhere(true, {});
  nowhere.remember(path(1));
  nowhere.keepPicture(path(1), coloured(Qt::red));
  EXPECT_TRUE(nowhere.picture(path(1)).isNull());
  RecentFiles none(false, pictures());
  none.remember(path(3));
  EXPECT_TRUE(none.files().isEmpty());
}

class RecentMenuTest : public WindowTest {
 protected:
  void SetUp() override {
    QSettings().remove("recentFiles");
    WindowTest::SetUp();
  }
  void TearDown() override {
    WindowTest::TearDown();
    QSettings().remove("recentFiles");
  }
  MainWindow::Options windowOptions() const override {
    MainWindow::Options options = WindowTest::windowOptions();
    options.persistent = true;
    options.cache_folder = folder_.filePath("cache");
    return options;
  }
  QList<QAction*> shownMenu() {
    auto* menu = child<QMenu>("recentMenu");
    Q_EMIT menu->aboutToShow();
    return menu->actions();
  }
  void saveAs(const QString& path) {
    QSignalSpy saved(window_.get(), &MainWindow::projectSaved);
    window_->saveProject(path);
    ASSERT_TRUE(waitFor([&] { return saved.count() == 1; }));
  }
};

TEST_F(RecentMenuTest, ASavedProjectHasAPictureBesideItsName) {
  ASSERT_TRUE(openSample());
  const QString path = folder_.filePath("mine.assayer");
  saveAs(path);
  const QList<QAction*> actions = shownMenu();
  ASSERT_EQ(actions.size(), 1);
  ASSERT_FALSE(actions[0]->icon().isNull());
  const QImage picture = actions[0]->icon().pixmap(RecentFiles::kPicture).toImage();
  EXPECT_EQ(picture.size(), RecentFiles::kPicture);
  // Something is drawn on it.
  QSet<QRgb> colours;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x) colours.insert(picture.pixel(x, y));
  EXPECT_GT(colours.size(), 20);
  // The menu has room for it.
  auto* menu = child<QMenu>("recentMenu");
  EXPECT_GE(menu->actionGeometry(actions[0]).height(), 45);
}

TEST_F(RecentMenuTest, DataGetTheirPictureWhenTheyAreClosed) {
  const QString file = folder_.filePath("lab.h5");
  ASSERT_TRUE(write_dataset(*smallData(), file.toStdString(), false));
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(file);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  EXPECT_TRUE(shownMenu()[0]->icon().isNull());
  window_->close();
  makeWindow();
  // Pictures are read when the menu is opened, not at the start.
  EXPECT_TRUE(child<QMenu>("recentMenu")->actions()[0]->icon().isNull());
  EXPECT_FALSE(shownMenu()[0]->icon().isNull());
}

}  // namespace
}  // namespace assayer::ui::testing
