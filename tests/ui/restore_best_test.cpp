// SPDX-License-Identifier: GPL-3.0-or-later
// Train > Restore Best in the real window: shown, told in words, undone, kept, and no end of the run itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QTreeWidget>
#include <QUndoStack>
#include <string>

#include "core/io/model_file.h"
#include "core/train/best_state.h"
#include "tests/ui/ui_fixture.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui::testing {
namespace {

using ::testing::HasSubstr;

class RestoreBestTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    ASSERT_TRUE(openSample());
  }
  /// Steps so large that the run is thrown about, with the first seed whose end is not its best.
  void trainWildly() {
    setSetting("method", "m2");
    setSetting("rate", "0.2");
    setSetting("epochs", "80");
    for (int seed = 1; seed <= 20; ++seed) {
      setSetting("seed", std::to_string(seed).c_str());
      ASSERT_TRUE(window_->startTraining());
      ASSERT_TRUE(waitUntilFinished());
      ASSERT_TRUE(waitFor([&] { return run().evaluation && !window_->busy(); }));
      ASSERT_TRUE(run().state && run().state->training && run().state->training->best);
      if (run().state->training->best->epoch < 80) return;
      window_->runs().drop(window_->runs().activeId());
    }
    FAIL() << "every run ends at its best";
  }
  [[nodiscard]] const RunRecord& run() { return *window_->runs().active(); }
  [[nodiscard]] bool restore() {
    QSignalSpy restored(window_.get(), &MainWindow::stateRestored);
    child<QAction>("restoreBestAction")->trigger();
    return waitFor([&] { return restored.count() == 1 && !window_->busy(); });
  }
};

TEST_F(RestoreBestTest, ShowsTheBestStateInWordsAndCanBeUndone) {
  ASSERT_NO_FATAL_FAILURE(trainWildly());
  const RunRecord last = run();
  const std::int64_t epoch = last.state->training->best->epoch;
  ASSERT_TRUE(restore());
  EXPECT_TRUE(run().best);
  EXPECT_EQ(run().snapshot->epoch, epoch);
  EXPECT_NE(run().snapshot->endmembers.mean, last.snapshot->endmembers.mean);
  EXPECT_EQ(run().state, last.state) << "the run itself stays";
  EXPECT_THAT(window_->messageBar().text().toStdString(),
              HasSubstr("epoch " + std::to_string(epoch) + " of 80"));
  EXPECT_EQ(child<QTreeWidget>("runsList")->topLevelItem(0)->text(2),
            QStringLiteral("completed, best at epoch %1").arg(epoch));

  // What is saved is what is shown.
  const QString path = folder_.filePath("best.h5");
  QSignalSpy saved(window_.get(), &MainWindow::modelSaved);
  window_->saveModel(path);
  ASSERT_TRUE(waitFor([&] { return saved.count() == 1; }));
  const auto written = read_model(path.toStdString());
  ASSERT_TRUE(written);
  EXPECT_EQ(written->weights, last.state->training->best->weights);

  auto* undo = child<QAction>("undoAction");
  EXPECT_THAT(undo->text().toStdString(), HasSubstr("restore the best state"));
  undo->trigger();
  EXPECT_FALSE(run().best);
  EXPECT_EQ(run().snapshot, last.snapshot);
  child<QAction>("redoAction")->trigger();
  EXPECT_TRUE(run().best);

  // Without Undo there is a way back, too.
  EXPECT_EQ(child<QAction>("restoreBestAction")->text(), "Restore &Last");
  ASSERT_TRUE(restore());
  EXPECT_FALSE(run().best);
  EXPECT_EQ(run().snapshot->endmembers.mean, last.snapshot->endmembers.mean);
  EXPECT_EQ(run().snapshot->epoch, 80);
}

TEST_F(RestoreBestTest, IsKeptInAProjectAndTheRunGoesOnFromItsEnd) {
  ASSERT_NO_FATAL_FAILURE(trainWildly());
  const ModelState last = *run().state;
  ASSERT_TRUE(restore());
  const Matrix<float> shown = run().snapshot->endmembers.mean;
  const double kl = run().evaluation->kl->mean;
  const QString path = folder_.filePath("p.assayer");
  QSignalSpy saved(window_.get(), &MainWindow::projectSaved);
  window_->saveProject(path);
  ASSERT_TRUE(waitFor([&] { return saved.count() == 1; }));
  makeWindow();
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openProject(path);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  EXPECT_TRUE(run().best);
  EXPECT_EQ(run().snapshot->endmembers.mean, shown);
  EXPECT_DOUBLE_EQ(run().evaluation->kl->mean, kl);
  EXPECT_EQ(run().state->weights, last.weights);
  ASSERT_TRUE(run().state->training);

  // Continue takes up the end of the run, not what is shown of it.
  setSetting("epochs", "90");
  child<QAction>("continueRunAction")->trigger();
  ASSERT_TRUE(waitUntilFinished());
  const ModelState continued = *run().state;
  EXPECT_EQ(continued.training->epoch, 90);
  ASSERT_GE(continued.training->history.size(), 90U);
  EXPECT_EQ(continued.training->history[79].total, last.training->history[79].total);
}

TEST_F(RestoreBestTest, OfThePausedRunStopsAndKeepsItFirst) {
  setSetting("method", "m2");
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  ASSERT_TRUE(waitFor([&] { return window_->training().history().size() >= 40; }));
  auto* action = child<QAction>("restoreBestAction");
  EXPECT_FALSE(action->isEnabled());
  window_->togglePause();
  // With the checkpoint that the pause brings.
  ASSERT_TRUE(waitFor([&] { return action->isEnabled(); }));
  ASSERT_TRUE(restore());
  EXPECT_EQ(window_->training().state(), TrainingController::State::Finished);
  EXPECT_EQ(run().end, RunEnd::Stopped);
  ASSERT_TRUE(run().state && run().state->training && run().state->training->best);
  EXPECT_TRUE(run().best);
  const std::int64_t best = run().state->training->best->epoch;
  EXPECT_EQ(run().snapshot->epoch, best);
  EXPECT_THAT(window_->messageBar().text().toStdString(),
              HasSubstr("epoch " + std::to_string(best) + " of "));
  EXPECT_EQ(action->text(), "Restore &Last");
  EXPECT_TRUE(child<QAction>("continueRunAction")->isEnabled());
  child<QAction>("undoAction")->trigger();
  EXPECT_FALSE(run().best);
  EXPECT_EQ(run().snapshot->epoch, run().state->training->epoch);
}

TEST_F(RestoreBestTest, OfAnotherRunLeavesThePausedOneWaiting) {
  ASSERT_NO_FATAL_FAILURE(trainWildly());
  const std::uint64_t first = window_->runs().activeId();
  setSetting("rate", "0.001");
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  const std::uint64_t second = window_->runs().activeId();
  window_->runs().activate(first);
  EXPECT_FALSE(child<QAction>("restoreBestAction")->isEnabled());
  window_->togglePause();
  ASSERT_TRUE(child<QAction>("restoreBestAction")->isEnabled());
  ASSERT_TRUE(restore());
  EXPECT_TRUE(run().best);
  EXPECT_EQ(run().id, first);
  EXPECT_EQ(run().snapshot->epoch, run().state->training->best->epoch);
  EXPECT_EQ(window_->training().state(), TrainingController::State::Paused);
  window_->togglePause();
  EXPECT_EQ(window_->training().state(), TrainingController::State::Running);
  window_->stopTraining();
  ASSERT_TRUE(waitUntilFinished());
  EXPECT_EQ(window_->runs().find(second)->end, RunEnd::Stopped);
  EXPECT_TRUE(window_->runs().find(first)->best);
}

TEST_F(RestoreBestTest, IsNotOfferedWhereThereIsNone) {
  EXPECT_FALSE(child<QAction>("restoreBestAction")->isEnabled());
  setSetting("method", "m2");
  setSetting("epochs", "10");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  EXPECT_FALSE(child<QAction>("restoreBestAction")->isEnabled());
  window_->restoreBest();
  EXPECT_THAT(window_->messageBar().text().toStdString(), HasSubstr("20 epochs"));
}

}  // namespace
}  // namespace assayer::ui::testing
