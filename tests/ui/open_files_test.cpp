// SPDX-License-Identifier: GPL-3.0-or-later
// Files as people have them, opened by the real window: every genuine one, and an image of two gigabytes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <QDockWidget>
#include <QElapsedTimer>
#include <QFile>
#include <QScrollBar>
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "tests/ui/heartbeat.h"
#include "tests/ui/ui_fixture.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/row_table.h"

namespace assayer::ui::testing {
namespace {

/// A file below the folder of shared data, and what h5py, SciPy, Spectral Python or its text say it holds.
struct Genuine {
  const char* path;
  std::size_t rows;
  std::size_t channels;
  std::size_t components;  ///< in compositions; analyses that leave a part unmeasured are columns
  const char* unit;
  bool image = false;
};

std::ostream& operator<<(std::ostream& stream, const Genuine& file) {
  return stream << file.path;
}

class GenuineFiles : public WindowTest, public ::testing::WithParamInterface<Genuine> {};

TEST_P(GenuineFiles, OpenWithTheirContent) {
  const Genuine& file = GetParam();
  const QString path = QStringLiteral(ASSAYER_SHARED_DIR "/data/%1").arg(QLatin1String(file.path));
  if (!QFile::exists(path)) GTEST_SKIP() << "no " << path.toStdString();
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  ASSERT_TRUE(dropFile(path));
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 || !window_->messageBar().text().isEmpty(); }));
  ASSERT_EQ(opened.count(), 1) << window_->messageBar().text().toStdString();
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  const Dataset& data = *window_->session().data();
  EXPECT_EQ(data.rows(), file.rows);
  EXPECT_EQ(data.channels(), file.channels);
  EXPECT_EQ(data.components(), file.components);
  EXPECT_EQ(to_string(data.wavelength().unit()), file.unit);
  EXPECT_EQ(data.image_shape().has_value(), file.image);
  EXPECT_FALSE(window_->grab().isNull());
}

INSTANTIATE_TEST_SUITE_P(
    Data, GenuineFiles,
    ::testing::Values(
        Genuine{"bhvo2_chemcam.h5", 4, 6144, 0, "nm"}, Genuine{"chemcam_ccs_sol13.h5", 30, 6144, 0, "nm"},
        Genuine{"crism_like.h5", 5354, 165, 3, "um"}, Genuine{"libs_jsc_basalts.h5", 3, 6133, 0, "nm"},
        Genuine{"relab_xp_opx_cpx.h5", 28, 401, 2, "nm"}, Genuine{"samson.h5", 9025, 156, 3, "nm", true},
        Genuine{"tecator_meat.h5", 215, 100, 4, "nm"}, Genuine{"usgs_fo_di_by.h5", 3, 224, 3, "um"},
        Genuine{"import/chemcam/CL5_398645626CCS_F0030004CCAM02013P3.csv", 30, 6144, 0, "nm"},
        Genuine{"import/csv/bhvo2_chemcam_loc1.csv", 1, 6144, 0, "nm"},
        Genuine{"import/csv/pyhat_libs_basalts.csv", 3, 6133, 11, "nm"},
        Genuine{"import/envi/ang20150420t182808_corr_v1e_img_4200-4210_70-80.hdr", 100, 432, 0, "nm", true},
        Genuine{"import/envi/ang20150420t182808_corr_v1e_img_4200-4210_70-80.img", 100, 432, 0, "nm", true},
        Genuine{"import/envi/samson_1.img", 9025, 156, 0, "nm", true},
        Genuine{"import/envi_library/library_berlin.sli", 75, 177, 75, "um"},
        Genuine{"import/envi_library/library_berlin.csv", 75, 177, 75, "um"},
        Genuine{"import/matlab/Samson_A_true.mat", 9025, 3, 0, "channel", true},
        Genuine{"import/matlab/Samson_E.mat", 3, 156, 0, "channel"},
        Genuine{"import/matlab/USGS_1995_Library.mat", 498, 224, 0, "um"},
        Genuine{"import/matlab/matlab_v73_bundles.mat", 50, 144, 0, "channel"},
        Genuine{"mnist/t10k-images-idx3-ubyte.gz", 10000, 784, 10, "pixel"},
        Genuine{"mnist/t10k-labels-idx1-ubyte.gz", 10000, 784, 10, "pixel"},
        Genuine{"mnist/train-images-idx3-ubyte.gz", 60000, 784, 10, "pixel"},
        Genuine{"mnist/train-labels-idx1-ubyte.gz", 60000, 784, 10, "pixel"}),
    [](const auto& of) {
      std::string name = of.param.path;
      std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
      return name;
    });

/// Two gigabytes by lines, of which the disk has to hold a few blocks alone.
class GreatImage : public WindowTest {
 protected:
  static constexpr std::size_t kBands = 256;
  static constexpr std::size_t kSamples = 1024;
  static constexpr std::size_t kLines = 2048;
  static constexpr std::size_t kBytes = kLines * kBands * kSamples * sizeof(float);

  void make(const std::string& path) {
    std::ofstream(path + ".hdr") << "ENVI\nsamples = " << kSamples << "\nlines = " << kLines
                                 << "\nbands = " << kBands
                                 << "\nheader offset = 0\ndata type = 4\ninterleave = bil\nbyte order = 0\n";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_GE(file, 0);
    ASSERT_EQ(::ftruncate(file, kBytes), 0);
    const std::vector<float> line(kBands * kSamples, 0.5F);
    const auto bytes = static_cast<ssize_t>(line.size() * sizeof(float));
    ASSERT_EQ(::pwrite(file, line.data(), line.size() * sizeof(float), kBytes - bytes), bytes);
    ::close(file);
  }
  /// Share of the file that the system holds in its memory: what has been read of it.
  static double readShare(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    void* const at = ::mmap(nullptr, kBytes, PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    if (at == MAP_FAILED) return 1;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> resident((kBytes + page - 1) / page);
    ::mincore(at, kBytes, resident.data());
    ::munmap(at, kBytes);
    return static_cast<double>(
               std::ranges::count_if(resident, [](unsigned char c) { return (c & 1U) != 0; })) /
           static_cast<double>(resident.size());
  }
};

TEST_F(GreatImage, OpensInSecondsWithoutBeingReadAndItsTableAndMapScroll) {
  const std::string path = folder_.filePath(QStringLiteral("great.img")).toStdString();
  ASSERT_NO_FATAL_FAILURE(make(path));
  Heartbeat heart;
  heart.start();
  QElapsedTimer clock;
  clock.start();
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(QString::fromStdString(path));
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1; })) << window_->messageBar().text().toStdString();
  EXPECT_LT(clock.elapsed(), 5000 * kPatience);
  EXPECT_LT(readShare(path), 0.05);
  ASSERT_EQ(window_->session().data()->rows(), kLines * kSamples);

  // The table to its last row.
  child<QDockWidget>("tableDockWidget")->raise();
  auto* table = window_->findChild<RowTable*>();
  ASSERT_NE(table, nullptr);
  ASSERT_TRUE(waitFor([&] { return table->isVisible() && table->model()->rowCount() > 0; }));
  EXPECT_EQ(table->model()->rowCount(), static_cast<int>(kLines * kSamples));
  for (int step = 0; step <= 10; ++step) {
    table->verticalScrollBar()->setValue(table->verticalScrollBar()->maximum() * step / 10);
    QTest::qWait(20);
  }
  EXPECT_EQ(table->rowAt(table->viewport()->height() - 2), static_cast<int>(kLines * kSamples) - 1);

  // The map, and a look at a part of it.
  auto* dock = child<QDockWidget>("mapDockWidget");
  ASSERT_NE(dock, nullptr);
  dock->show();
  dock->raise();
  auto* map = window_->findChild<ImageMapPanel*>()->view();
  ASSERT_TRUE(waitFor([&] { return map->isVisible() && !window_->busy(); }));
  window_->drawNow();
  const QCPRange whole = map->xAxis->range();
  map->xAxis->setRange(whole.center() - 0.05 * whole.size(), whole.center() + 0.05 * whole.size());
  map->replot();
  for (int step = 0; step < 10; ++step) {
    map->xAxis->moveRange(0.02 * whole.size());
    map->replot();
    QTest::qWait(20);
  }
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  heart.stop();
  // A band is 4 KiB of each line's mebibyte; the system reads ahead of what is asked for.
  EXPECT_LT(readShare(path), 0.5);
  EXPECT_LT(heart.longestWork(), 50 * kPatience);
}

}  // namespace
}  // namespace assayer::ui::testing
