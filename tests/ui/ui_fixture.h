// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <QDropEvent>
#include <QElapsedTimer>
#include <QFile>
#include <QMimeData>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <filesystem>
#include <memory>

#include "core/data/dataset.h"
#include "core/io/dataset_writer.h"
#include "core/simulate/crism_lab.h"
#include "ui/views/main_window.h"

namespace assayer::ui::testing {

/// By how much limits on time are stretched: the thread sanitizer slows down what it watches five- to
/// fifteenfold, those of addresses and of undefined behaviour together two- to fourfold.
#if defined(__SANITIZE_THREAD__)
inline constexpr int kPatience = 10;
#elif defined(__SANITIZE_ADDRESS__)
inline constexpr int kPatience = 4;
#else
inline constexpr int kPatience = 1;
#endif

/// A laboratory small enough for a test: 66 compositions × 3 geometries × 2 spectra.
inline CrismLabOptions smallLab() {
  CrismLabOptions options;
  options.spectra = 396;
  options.channels = 40;
  options.outliers = 6;
  return options;
}

inline DatasetPtr smallData() {
  RunControl control;
  auto data = simulate_crism_lab(smallLab(), control);
  if (!data) {
    ADD_FAILURE() << data.error().message();
    return nullptr;
  }
  return *data;
}

/// Spins the event loop until `condition` holds. Under the thread sanitizer the first training alone waits 20
/// s for LibTorch to be loaded.
template <class Condition>
[[nodiscard]] bool waitFor(Condition condition, int milliseconds = 60000) {
  return QTest::qWaitFor(condition, milliseconds);
}

/// The real window on the small laboratory; every test has its own folder.
class WindowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_.isValid());
    makeWindow();
  }
  void TearDown() override { window_.reset(); }

  virtual MainWindow::Options windowOptions() const {
    MainWindow::Options options;
    options.persistent = false;
    options.confirm_discard = false;
    options.sample = smallLab();
    options.autosave_folder = folder_.filePath(QStringLiteral("runs"));
    return options;
  }

  void makeWindow() {
    window_ = std::make_unique<MainWindow>(windowOptions());
    window_->resize(1400, 900);
    window_->show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(window_.get()));
  }

  [[nodiscard]] bool openSample() {
    QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
    window_->openSample();
    return waitFor([&] { return opened.count() == 1; }) && waitFor([&] { return !window_->busy(); });
  }

  /// A file in the test's folder.
  QString write(const char* name, const QByteArray& bytes) {
    const QString path = folder_.filePath(QString::fromLatin1(name));
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(bytes);
    return path;
  }

  /// As a file manager does it; whether the window takes what is dragged over it.
  bool dropFile(const QString& path) {
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window_.get(), &enter);
    QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(window_.get(), &drop);
    return enter.isAccepted();
  }

  void setSetting(const char* key, const char* value) {
    TrainConfig config = window_->session().session().config();
    const Status status = config.set(key, value);
    ASSERT_TRUE(status) << status.error().message();
    window_->session().setConfig(config);
  }

  [[nodiscard]] bool startAndWaitUntilRunning() {
    return window_->startTraining() && waitFor([&] {
             return window_->training().state() == TrainingController::State::Running &&
                    window_->training().history().size() >= 3;
           });
  }
  [[nodiscard]] bool waitUntilFinished(int milliseconds = 60000) {
    return waitFor([&] { return window_->training().state() == TrainingController::State::Finished; },
                   milliseconds);
  }

  template <class T>
  [[nodiscard]] T* child(const char* name) {
    T* found = window_->findChild<T*>(QString::fromLatin1(name));
    EXPECT_NE(found, nullptr) << name;
    return found;
  }

  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;
};

}  // namespace assayer::ui::testing
