// SPDX-License-Identifier: GPL-3.0-or-later
// Runs of the real engine under the real window.
#include <gtest/gtest.h>

#include <QAction>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QTimer>
#include <QTreeWidget>
#include <algorithm>
#include <cmath>

#include "core/io/model_file.h"
#include "core/train/advice.h"
#include "tests/ui/ui_fixture.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/views/objective_plot.h"

namespace assayer::ui::testing {
namespace {

using State = TrainingController::State;

class TrainingTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    ASSERT_TRUE(openSample());
    setSetting("snapshot_seconds", "0.02");
  }
  /// The sample, but the labelled rows have one and the same spectrum: no model can tell their compositions
  /// apart, however long it learns.
  void openIndistinct() {
    constexpr std::uint32_t kLabelled = 100;
    const DatasetPtr sample = smallData();
    ASSERT_TRUE(sample);
    DatasetParts parts;
    parts.spectra = Matrix<float>(sample->rows(), sample->channels());
    for (std::size_t row = 0; row < sample->rows(); ++row)
      std::ranges::copy(sample->spectra().row(row < kLabelled ? 0 : row), parts.spectra.row(row).begin());
    parts.wavelength = sample->wavelength();
    parts.abundances = sample->abundances();
    const auto data = Dataset::create(std::move(parts));
    ASSERT_TRUE(data) << data.error().message();
    const QString path = folder_.filePath(QStringLiteral("indistinct.h5"));
    ASSERT_TRUE(write_dataset(**data, path.toStdString(), false));
    QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
    window_->openFile(path);
    ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
    Rows labelled;
    Rows others;
    for (std::uint32_t row = 0; row < (*data)->rows(); ++row)
      (row < kLabelled ? labelled : others).push_back(row);
    window_->session().setRole(others, Role::Unlabelled);
    window_->session().setRole(labelled, Role::Labelled);
    setSetting("snapshot_seconds", "0.02");
  }
  /// How often something was said about a pause.
  [[nodiscard]] static int saidOfPauses(const QSignalSpy& warned) {
    int count = 0;
    for (const QList<QVariant>& arguments : warned)
      count += arguments.first().toString().startsWith(QStringLiteral("So far: ")) ? 1 : 0;
    return count;
  }
};

TEST_F(TrainingTest, AShortRunEndsWithEveryEpochAndResults) {
  setSetting("epochs", "30");
  QSignalSpy states(&window_->training(), &TrainingController::stateChanged);
  QTest::mouseClick(child<QPushButton>("trainButton"), Qt::LeftButton);
  ASSERT_TRUE(waitUntilFinished());
  TrainingController& training = window_->training();
  ASSERT_TRUE(training.report()) << window_->messageBar().text().toStdString();
  EXPECT_EQ(training.report()->stopped_by, StopReason::Completed);
  ASSERT_EQ(training.history().size(), 30U);
  for (std::size_t i = 0; i < 30; ++i)
    EXPECT_EQ(training.history()[i].epoch, static_cast<std::int64_t>(i) + 1);
  ASSERT_TRUE(training.snapshot());
  EXPECT_EQ(training.snapshot()->epoch, 30);
  EXPECT_EQ(training.snapshot()->prediction.composition.rows(), 396U);
  EXPECT_EQ(training.snapshot()->endmembers.mean.rows(), 3U);
  ASSERT_TRUE(training.evaluation());
  EXPECT_TRUE(training.evaluation()->kl);
  EXPECT_TRUE(training.evaluation()->endmembers);
  EXPECT_GT(child<QTreeWidget>("results")->topLevelItemCount(), 3);
  EXPECT_TRUE(child<QAction>("saveModelAction")->isEnabled());
  EXPECT_TRUE(child<QPushButton>("trainButton")->isEnabled());
}

TEST_F(TrainingTest, APausedRunStandsStillAndGoesOn) {
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  TrainingController& training = window_->training();
  EXPECT_FALSE(child<QWidget>("trainingSettings")->isEnabled());
  EXPECT_FALSE(child<QAction>("openAction")->isEnabled());

  QTest::mouseClick(child<QPushButton>("pauseButton"), Qt::LeftButton);
  EXPECT_EQ(training.state(), State::Paused);
  // The step that was under way may still end, and the pause brings its snapshot.
  QTest::qWait(400);
  const std::size_t epochs = training.history().size();
  ASSERT_TRUE(training.snapshot());
  EXPECT_EQ(training.snapshot()->epoch, static_cast<std::int64_t>(epochs));
  QTest::qWait(400);
  EXPECT_EQ(training.history().size(), epochs);

  // A paused model can be explored and saved.
  window_->selection().select({1, 2, 3});
  QSignalSpy saved(window_.get(), &MainWindow::modelSaved);
  const QString path = folder_.filePath(QStringLiteral("paused.h5"));
  window_->saveModel(path);
  ASSERT_TRUE(waitFor([&] { return saved.count() == 1; })) << window_->messageBar().text().toStdString();
  const auto state = read_model(path.toStdString());
  ASSERT_TRUE(state) << state.error().message();
  ASSERT_TRUE(state->training);
  EXPECT_EQ(state->training->epoch, static_cast<std::int64_t>(epochs));

  QTest::keyClick(window_.get(), Qt::Key_Space);
  EXPECT_EQ(training.state(), State::Running);
  EXPECT_TRUE(waitFor([&] { return training.history().size() > epochs + 3; }));

  QTest::mouseClick(child<QPushButton>("stopButton"), Qt::LeftButton);
  EXPECT_EQ(training.state(), State::Stopping);
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_TRUE(training.report());
  EXPECT_EQ(training.report()->stopped_by, StopReason::Stopped);
  EXPECT_EQ(training.report()->epochs, static_cast<std::int64_t>(training.history().size()));
  EXPECT_TRUE(child<QWidget>("trainingSettings")->isEnabled());
}

TEST_F(TrainingTest, APauseSaysWhatIsWrongSoFarUntilItIsOver) {
  ASSERT_NO_FATAL_FAILURE(openIndistinct());
  setSetting("method", "m2");
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  TrainingController& training = window_->training();
  MessageBar& bar = window_->messageBar();
  const auto says = [&] {
    return bar.text().startsWith(QStringLiteral("So far: ")) &&
           bar.text().contains(QStringLiteral("copies the mean"));
  };
  QSignalSpy warned(&training, &TrainingController::warned);
  window_->togglePause();
  ASSERT_TRUE(waitFor(says)) << bar.text().toStdString();
  EXPECT_EQ(bar.level(), MessageBar::Level::Warning);
  QTest::qWait(300);
  EXPECT_EQ(saidOfPauses(warned), 1);

  // While the run goes on, nothing is known of what it has learnt since.
  window_->togglePause();
  EXPECT_FALSE(bar.text().contains(QStringLiteral("So far"))) << bar.text().toStdString();
  const auto goesOn = [&] {
    const std::size_t epochs = training.history().size();
    return waitFor([&] { return training.history().size() > epochs + 3; });
  };
  ASSERT_TRUE(goesOn());
  EXPECT_EQ(saidOfPauses(warned), 1);

  // The next pause says it again; what others have said in the meantime stays.
  window_->togglePause();
  ASSERT_TRUE(waitFor(says)) << bar.text().toStdString();
  EXPECT_EQ(saidOfPauses(warned), 2);
  bar.showMessage(MessageBar::Level::Information, QStringLiteral("something else"));
  window_->togglePause();
  EXPECT_EQ(bar.text(), "something else");
  ASSERT_TRUE(goesOn());

  // The end has the last word.
  window_->togglePause();
  ASSERT_TRUE(waitFor(says)) << bar.text().toStdString();
  window_->stopTraining();
  EXPECT_FALSE(says());
  ASSERT_TRUE(waitUntilFinished());
  EXPECT_TRUE(bar.text().contains(QStringLiteral("copies the mean"))) << bar.text().toStdString();
  EXPECT_FALSE(says());
}

TEST_F(TrainingTest, WhatAPauseSaysIsOfTheSnapshotOnDisplay) {
  setSetting("method", "m2");
  setSetting("epochs", "1000000");
  // None but that of the pause.
  setSetting("checkpoint_seconds", "3600");
  ASSERT_TRUE(startAndWaitUntilRunning());
  TrainingController& training = window_->training();
  QSignalSpy warned(&training, &TrainingController::warned);
  QSignalSpy checkpoints(&training, &TrainingController::checkpointChanged);
  window_->togglePause();
  ASSERT_TRUE(waitFor([&] { return checkpoints.count() == 1; }));
  const Snapshot& snapshot = *training.snapshot();
  const QStringList advice = coreTexts(advise_after(*training.shown_data(), training.request()->plan,
                                                    snapshot.prediction, snapshot.endmembers));
  if (advice.isEmpty()) {
    EXPECT_EQ(saidOfPauses(warned), 0);
  } else {
    ASSERT_EQ(saidOfPauses(warned), 1);
    EXPECT_EQ(window_->messageBar().text(), QStringLiteral("So far: ") + advice.join(QLatin1Char(' ')));
  }
}

TEST_F(TrainingTest, AStopDuringAPauseEndsTheRun) {
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  window_->togglePause();
  window_->stopTraining();
  ASSERT_TRUE(waitUntilFinished(5000));
  EXPECT_EQ(window_->training().report()->stopped_by, StopReason::Stopped);
}

TEST_F(TrainingTest, AStopBeforeTheFirstStepIsNoFault) {
  setSetting("epochs", "1000000");
  ASSERT_TRUE(window_->startTraining());
  window_->stopTraining();
  ASSERT_TRUE(waitUntilFinished());
  EXPECT_TRUE(window_->messageBar().text().isEmpty() ||
              window_->messageBar().level() != MessageBar::Level::Error)
      << window_->messageBar().text().toStdString();
  setSetting("epochs", "5");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  EXPECT_EQ(window_->training().history().size(), 5U);
}

TEST_F(TrainingTest, ClosingTheWindowEndsTheRunWithinTwoSeconds) {
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  QElapsedTimer timer;
  timer.start();
  EXPECT_TRUE(window_->close());
  EXPECT_FALSE(window_->training().active());
  window_.reset();
  EXPECT_LT(timer.elapsed(), 2000);
  // The way out leaves the last checkpoint.
  const QDir runs(folder_.filePath(QStringLiteral("runs")));
  const QStringList files = runs.entryList(QDir::Files);
  ASSERT_EQ(files.size(), 1);
  const auto state = read_model(runs.filePath(files.first()).toStdString());
  ASSERT_TRUE(state) << state.error().message();
  ASSERT_TRUE(state->training);
  EXPECT_GE(state->training->epoch, 3);
}

TEST_F(TrainingTest, DestroyingTheWindowWhilePausedDoesNotHang) {
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  window_->togglePause();
  QElapsedTimer timer;
  timer.start();
  window_.reset();
  EXPECT_LT(timer.elapsed(), 2000);
}

TEST_F(TrainingTest, OpeningSomethingElseDuringARunIsRefusedAndKeepsIt) {
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  const DatasetPtr before = window_->session().data();
  window_->openSample();
  EXPECT_FALSE(window_->busy());
  EXPECT_EQ(window_->session().data(), before);
  EXPECT_EQ(window_->training().state(), State::Running);
  EXPECT_FALSE(window_->messageBar().text().isEmpty());
}

TEST_F(TrainingTest, ARunWithoutLabelledRowsIsRefusedWithAReason) {
  Rows all(window_->session().data()->rows());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  window_->session().setRole(all, Role::HeldOut);
  EXPECT_FALSE(window_->startTraining());
  EXPECT_EQ(window_->messageBar().level(), MessageBar::Level::Error);
  EXPECT_FALSE(window_->messageBar().text().isEmpty());
}

TEST_F(TrainingTest, PostsOfAnOlderRunAreDropped) {
  setSetting("epochs", "3");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  TrainingController& training = window_->training();
  const std::uint64_t old = training.run();
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_EQ(training.history().size(), 3U);
  const auto snapshot = training.snapshot();
  ObjectiveRecord late;
  late.epoch = 4711;
  training.mailbox().post(old, late);
  training.mailbox().post(old, std::make_shared<Snapshot>(), nullptr);
  QTest::qWait(3 * TrainingController::kDrainInterval);
  EXPECT_EQ(training.history().size(), 3U);
  EXPECT_EQ(training.snapshot(), snapshot);
}

TEST_F(TrainingTest, TheWindowAnswersWhileTraining) {
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  QTest::qWait(300);
  QElapsedTimer since;
  qint64 worst = 0;
  int beats = 0;
  QTimer heart;
  heart.setTimerType(Qt::PreciseTimer);
  heart.setInterval(5);
  QObject::connect(&heart, &QTimer::timeout, &heart, [&] {
    if (beats++ > 0)
      worst = std::max(worst, since.restart());
    else
      since.start();
  });
  QSignalSpy snapshots(&window_->training(), &TrainingController::snapshotChanged);
  heart.start();
  QElapsedTimer whole;
  whole.start();
  // Where a snapshot costs much, as under a sanitizer, the next one is long in coming.
  ASSERT_TRUE(waitFor([&] { return whole.elapsed() >= 3000 && snapshots.count() > 0; }, 60000));
  heart.stop();
  const double seconds = static_cast<double>(whole.elapsed()) / 1000;
  std::printf("longest gap of a 5 ms timer while training: %lld ms; %d beats, %.1f snapshots/s\n",
              static_cast<long long>(worst), beats, static_cast<double>(snapshots.count()) / seconds);
  RecordProperty("longest_gap_ms", static_cast<int>(worst));
  EXPECT_LT(worst, 200);
  EXPECT_GT(snapshots.count(), 0);
  EXPECT_LE(static_cast<double>(snapshots.count()) / seconds, 26);
}

TEST_F(TrainingTest, ASavedModelShowsTheSameResultsInANewWindow) {
  setSetting("epochs", "40");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  const auto trained = window_->training().snapshot();
  const auto roles = window_->session().session().roles();
  const auto measures = window_->training().evaluation();
  const QString path = folder_.filePath(QStringLiteral("model.h5"));
  QSignalSpy saved(window_.get(), &MainWindow::modelSaved);
  window_->saveModel(path);
  ASSERT_TRUE(waitFor([&] { return saved.count() == 1; })) << window_->messageBar().text().toStdString();

  makeWindow();
  ASSERT_TRUE(openSample());
  QSignalSpy shown(window_.get(), &MainWindow::modelShown);
  window_->openModel(path);
  ASSERT_TRUE(waitFor([&] { return shown.count() == 1; })) << window_->messageBar().text().toStdString();
  const auto again = window_->training().snapshot();
  ASSERT_EQ(again->prediction.composition.size(), trained->prediction.composition.size());
  for (std::size_t i = 0; i < trained->prediction.composition.size(); ++i) {
    const double expected = trained->prediction.composition.values()[i];
    if (std::isfinite(expected)) {
      EXPECT_NEAR(again->prediction.composition.values()[i], expected, 1e-5);
    }
  }
  EXPECT_EQ(window_->training().history().size(), 40U);
  ASSERT_TRUE(window_->training().evaluation());
  EXPECT_NEAR(window_->training().evaluation()->kl->mean, measures->kl->mean, 1e-4);
  EXPECT_EQ(rows_with(window_->session().session().roles(), Role::Labelled).size(),
            std::min<std::size_t>(500, rows_with(roles, Role::Labelled).size()));

  QString error;
  const QString out = folder_.filePath(QStringLiteral("figures"));
  ASSERT_TRUE(window_->exportAll(out, &error)) << error.toStdString();
  for (const char* name : {"simplex", "spectra", "nuisance", "projection", "objective"})
    for (const char* suffix : {".pdf", ".svg", ".png", ".csv"})
      EXPECT_GT(QFileInfo(out + QLatin1Char('/') + QLatin1String(name) + QLatin1String(suffix)).size(), 100)
          << name << suffix;
  QFile table(out + QStringLiteral("/composition.csv"));
  ASSERT_TRUE(table.open(QIODevice::ReadOnly));
  EXPECT_EQ(table.readAll().count('\n'), 396 + 1);
}

}  // namespace
}  // namespace assayer::ui::testing
