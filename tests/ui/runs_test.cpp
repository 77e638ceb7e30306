// SPDX-License-Identifier: GPL-3.0-or-later
// Several runs in the real window: beside each other, named, deleted, and taken up again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QStatusBar>
#include <QToolButton>
#include <QTreeWidget>
#include <QUndoStack>

#include "core/io/model_file.h"
#include "tests/ui/ui_fixture.h"
#include "ui/views/compare_page.h"
#include "ui/views/methods_table.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/objective_plot.h"
#include "ui/views/row_table.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui::testing {
namespace {

class RunsTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    ASSERT_TRUE(openSample());
    setSetting("snapshot_seconds", "0.02");
    setSetting("epochs", "20");
  }
  /// Trains with another seed; returns the run.
  std::uint64_t train(const char* seed, const char* method = "m2") {
    setSetting("method", method);
    setSetting("seed", seed);
    EXPECT_TRUE(window_->startTraining()) << window_->messageBar().text().toStdString();
    EXPECT_TRUE(waitUntilFinished());
    return window_->runs().activeId();
  }
  QTreeWidgetItem* item(int row) { return child<QTreeWidget>("runsList")->topLevelItem(row); }
  void clickRun(int row, int column = 1) {
    auto* list = child<QTreeWidget>("runsList");
    const QRect box = list->visualRect(list->indexFromItem(list->topLevelItem(row), column));
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, box.center());
  }
};

TEST_F(RunsTest, ALaterRunLeavesTheEarlierOneAndBothAreDrawn) {
  const std::uint64_t first = train("1");
  const RunRecord before = *window_->runs().find(first);
  ASSERT_TRUE(before.snapshot);
  const std::uint64_t second = train("2");
  ASSERT_NE(first, second);
  ASSERT_EQ(window_->runs().runs().size(), 2U);
  const RunRecord& kept = *window_->runs().find(first);
  EXPECT_EQ(kept.snapshot, before.snapshot);
  EXPECT_EQ(kept.state->weights, before.state->weights);
  EXPECT_EQ(kept.state->config.seed, 1U);
  EXPECT_EQ(kept.end, RunEnd::Completed);
  EXPECT_EQ(kept.objective().size(), 20U);
  EXPECT_NE(kept.state->weights, window_->runs().find(second)->state->weights);

  // The earlier one is drawn beside the later.
  auto* spectra = child<SpectraPlot>("spectraPlot");
  ASSERT_EQ(spectra->runs().size(), 1U);
  EXPECT_EQ(spectra->runs()[0].mean, kept.snapshot->endmembers.mean);
  auto* objective = child<ObjectivePlot>("objectivePlot");
  ASSERT_EQ(objective->runs().size(), 1U);
  EXPECT_EQ(objective->runs()[0].records->back().total, kept.objective().back().total);
  const PlotTable table = objective->table();
  EXPECT_EQ(table.header.last(), "J of 1: m2");
  ASSERT_EQ(table.rows.size(), 20);
  EXPECT_EQ(table.rows.last().last().toDouble(), kept.objective().back().total);
  EXPECT_EQ(table.rows.last()[1].toDouble(), window_->runs().find(second)->objective().back().total);

  // The list says of each what it has reached.
  EXPECT_EQ(item(0)->text(0), "1: m2");
  EXPECT_EQ(item(0)->text(1), "m2");
  EXPECT_EQ(item(0)->text(2), "completed");
  EXPECT_EQ(item(1)->text(3), QString::number(*window_->training().evaluation()->kl->held_out, 'g', 4));
  EXPECT_EQ(item(1)->text(4), QString::number(window_->training().evaluation()->endmembers->mean_l2, 'g', 4));
  EXPECT_FALSE(item(0)->font(0).bold());
  EXPECT_TRUE(item(1)->font(0).bold());

  // Unticked, it is gone from the plots and stays in the list.
  item(0)->setCheckState(0, Qt::Unchecked);
  EXPECT_TRUE(spectra->runs().empty());
  EXPECT_TRUE(objective->runs().empty());
  EXPECT_EQ(window_->runs().runs().size(), 2U);

  // To be looked at: ASSAYER_PICTURES names a folder.
  item(0)->setCheckState(0, Qt::Checked);
  if (const QString pictures = qEnvironmentVariable("ASSAYER_PICTURES"); !pictures.isEmpty()) {
    QTest::qWait(100);
    window_->grab().save(pictures + QStringLiteral("/runs.png"));
  }
}

TEST_F(RunsTest, ChoosingARunShowsAndExportsItsResults) {
  const std::uint64_t first = train("1");
  train("2");
  clickRun(0);
  ASSERT_EQ(window_->runs().activeId(), first);
  const RunRecord& run = *window_->runs().find(first);
  EXPECT_EQ(child<ObjectivePlot>("objectivePlot")->table().rows.last()[1].toDouble(),
            run.objective().back().total);
  const PlotTable z = child<NuisanceTrace>("nuisanceTrace")->table();
  ASSERT_EQ(z.rows.size(), 396);
  // So do the views that are not drawn from the run itself.
  const auto predicted = [&](const Prediction& prediction) {
    return QStringLiteral("%1").arg(100 * prediction.composition(3, 0), 0, 'f', 2);
  };
  const QAbstractItemModel& table = child<RowTable>("rowTable")->rows();
  QString shown;
  for (int column = 0; column < table.columnCount(); ++column)
    if (table.headerData(column, Qt::Horizontal).toString() == "olivine (%)")
      shown = table.data(table.index(3, column)).toString();
  EXPECT_EQ(shown, predicted(run.snapshot->prediction));
  EXPECT_NE(shown, predicted(window_->runs().runs().back().snapshot->prediction));
  const QString path = folder_.filePath(QStringLiteral("model.h5"));
  QSignalSpy saved(window_.get(), &MainWindow::modelSaved);
  window_->saveModel(path);
  ASSERT_TRUE(waitFor([&] { return saved.count() == 1; }));
  const auto state = read_model(path.toStdString());
  ASSERT_TRUE(state);
  EXPECT_EQ(state->config.seed, 1U);
  // By keyboard too.
  auto* list = child<QTreeWidget>("runsList");
  list->setFocus();
  QTest::keyClick(list, Qt::Key_Down);
  EXPECT_NE(window_->runs().activeId(), first);
}

TEST_F(RunsTest, AnotherRunCanBeLookedAtWhileOneIsTrained) {
  const std::uint64_t first = train("1");
  setSetting("seed", "2");
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  ASSERT_TRUE(waitFor([&] { return window_->runs().active()->snapshot != nullptr; }));
  const std::uint64_t second = window_->runs().activeId();
  clickRun(0);
  ASSERT_EQ(window_->runs().activeId(), first);
  auto* objective = child<ObjectivePlot>("objectivePlot");
  QSignalSpy snapshots(&window_->training(), &TrainingController::snapshotChanged);
  ASSERT_TRUE(waitFor([&] { return snapshots.count() > 5; }));
  EXPECT_EQ(window_->training().state(), TrainingController::State::Running);
  EXPECT_EQ(window_->runs().activeId(), first);
  const double shown = objective->table().rows[19][1].toDouble();
  EXPECT_EQ(shown, window_->runs().find(first)->objective().back().total);
  EXPECT_TRUE(item(1)->text(2).startsWith(QStringLiteral("epoch "))) << item(1)->text(2).toStdString();
  // What is being trained cannot be deleted.
  window_->runs().activate(second);
  EXPECT_FALSE(child<QAction>("deleteRunAction")->isEnabled());
  EXPECT_GE(objective->table().rows.size(), 20);
  window_->stopTraining();
  ASSERT_TRUE(waitUntilFinished());
  EXPECT_EQ(window_->runs().find(second)->end, RunEnd::Stopped);
  EXPECT_EQ(item(1)->text(2), "stopped");
  EXPECT_TRUE(child<QAction>("deleteRunAction")->isEnabled());
}

TEST_F(RunsTest, NamesAndDeletionsAreUndoneByTheirNames) {
  const std::uint64_t first = train("1", "pls");
  const std::uint64_t second = train("2", "pls");
  auto* list = child<QTreeWidget>("runsList");
  clickRun(0);
  list->setFocus();
  QTest::keyClick(list, Qt::Key_F2);
  auto* editor = list->findChild<QLineEdit*>();
  ASSERT_NE(editor, nullptr);
  editor->setText(QStringLiteral("all rows"));
  QTest::keyClick(editor, Qt::Key_Return);
  ASSERT_TRUE(waitFor([&] { return window_->runs().find(first)->name == "all rows"; }));
  EXPECT_EQ(item(0)->text(0), "all rows");
  EXPECT_EQ(window_->comparePage().runs().item(0, 0)->text(), "all rows");
  auto* undo = child<QAction>("undoAction");
  EXPECT_THAT(undo->text().toStdString(), ::testing::HasSubstr("rename run"));
  undo->trigger();
  EXPECT_EQ(item(0)->text(0), "1: pls");
  child<QAction>("redoAction")->trigger();
  EXPECT_EQ(item(0)->text(0), "all rows");

  const auto weights = window_->runs().find(first)->state;
  QTest::mouseClick(child<QToolButton>("deleteRunButton"), Qt::LeftButton);
  EXPECT_EQ(window_->runs().runs().size(), 1U);
  EXPECT_EQ(window_->runs().activeId(), second);
  EXPECT_EQ(window_->comparePage().runs().rowCount(), 1);
  EXPECT_THAT(undo->text().toStdString(), ::testing::HasSubstr("delete run"));
  undo->trigger();
  ASSERT_EQ(window_->runs().runs().size(), 2U);
  EXPECT_EQ(window_->runs().activeId(), first);
  EXPECT_EQ(window_->runs().find(first)->state, weights);
  EXPECT_EQ(item(0)->text(0), "all rows");
}

TEST_F(RunsTest, ANewRunFromAnEarlierOneTakesItsRowsAndSettings) {
  const Rows labelled = rows_with(window_->session().session().roles(), Role::Labelled);
  const std::uint64_t first = train("41", "ridge");
  const RunSetup setup = *window_->runs().find(first)->setup;
  // Something else afterwards.
  window_->session().setRole({labelled[0], labelled[1]}, Role::Excluded);
  window_->session().addUnfeatured({1, 0, 0});
  const std::uint64_t second = train("42", "pls");
  EXPECT_EQ(window_->runs().find(second)->state->plan.labelled.size(), labelled.size() - 2);

  clickRun(0);
  QTest::mouseClick(child<QToolButton>("forkRunButton"), Qt::LeftButton);
  const Session& session = window_->session().session();
  EXPECT_EQ(session.roles(), setup.roles);
  EXPECT_EQ(session.unfeatured(), setup.unfeatured);
  EXPECT_EQ(session.config(), setup.config);
  EXPECT_THAT(child<QAction>("undoAction")->text().toStdString(), ::testing::HasSubstr("1: ridge"));
  EXPECT_EQ(window_->runs().runs().size(), 2U) << "nothing is trained yet";
  setSetting("ridge", "0.5");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_EQ(window_->runs().runs().size(), 3U);
  EXPECT_EQ(window_->runs().active()->state->plan.labelled,
            window_->runs().find(first)->state->plan.labelled);
  EXPECT_EQ(window_->runs().active()->state->config.ridge, 0.5);
  // The fork is one step of undo, below that of the setting.
  child<QAction>("undoAction")->trigger();
  EXPECT_EQ(session.roles(), setup.roles);
  child<QAction>("undoAction")->trigger();
  EXPECT_EQ(session.roles()[labelled[0]], Role::Excluded);
  EXPECT_EQ(session.unfeatured().rows(), setup.unfeatured.rows() + 1);
}

TEST_F(RunsTest, WhileARunIsPausedTheNextOneCanBeTakenFromAnother) {
  const std::uint64_t first = train("41", "ridge");
  const RunSetup setup = *window_->runs().find(first)->setup;
  window_->session().addUnfeatured({1, 0, 0});
  setSetting("method", "m2");
  setSetting("seed", "42");
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  const std::uint64_t second = window_->runs().activeId();
  clickRun(0);
  ASSERT_EQ(window_->runs().activeId(), first);
  auto* fork = child<QAction>("forkRunAction");
  EXPECT_FALSE(fork->isEnabled());
  window_->togglePause();
  EXPECT_TRUE(fork->isEnabled());
  EXPECT_FALSE(child<QAction>("continueRunAction")->isEnabled()) << "there is one trainer";
  fork->trigger();
  const Session& session = window_->session().session();
  EXPECT_EQ(session.config(), setup.config);
  EXPECT_EQ(session.unfeatured(), setup.unfeatured);
  EXPECT_TRUE(window_->statusBar()->currentMessage().contains(QStringLiteral("stop “2: m2”")))
      << window_->statusBar()->currentMessage().toStdString();
  // The paused one waits, and goes on as it was started.
  EXPECT_EQ(window_->training().state(), TrainingController::State::Paused);
  EXPECT_EQ(window_->runs().activeId(), first);
  const std::size_t epochs = window_->training().history().size();
  window_->togglePause();
  EXPECT_FALSE(fork->isEnabled());
  ASSERT_TRUE(waitFor([&] { return window_->training().history().size() > epochs + 3; }));
  window_->stopTraining();
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_TRUE(window_->runs().find(second)->state);
  EXPECT_EQ(window_->runs().find(second)->state->config.seed, 42U);
  EXPECT_EQ(window_->runs().find(second)->state->config.method, "m2");
  EXPECT_EQ(session.config(), setup.config);
}

TEST_F(RunsTest, ANewRunFromThePausedOneStopsAndKeepsIt) {
  setSetting("method", "m2");
  setSetting("seed", "7");
  setSetting("epochs", "1000000");
  ASSERT_TRUE(startAndWaitUntilRunning());
  const std::uint64_t first = window_->runs().activeId();
  const RunSetup setup = *window_->runs().find(first)->setup;
  const Rows labelled = rows_with(setup.roles, Role::Labelled);
  window_->session().setRole({labelled[0]}, Role::Excluded);
  auto* fork = child<QAction>("forkRunAction");
  EXPECT_FALSE(fork->isEnabled());
  window_->togglePause();
  ASSERT_TRUE(fork->isEnabled());
  fork->trigger();
  EXPECT_EQ(window_->training().state(), TrainingController::State::Stopping);
  EXPECT_FALSE(fork->isEnabled());
  ASSERT_TRUE(waitUntilFinished());
  const RunRecord& kept = *window_->runs().find(first);
  EXPECT_EQ(kept.end, RunEnd::Stopped);
  ASSERT_TRUE(kept.state && kept.state->training);
  EXPECT_GE(kept.objective().size(), 3U);
  const Session& session = window_->session().session();
  EXPECT_EQ(session.roles(), setup.roles);
  EXPECT_EQ(session.config(), setup.config);
  EXPECT_TRUE(window_->statusBar()->currentMessage().contains(QStringLiteral("“1: m2” are taken over")))
      << window_->statusBar()->currentMessage().toStdString();
  EXPECT_EQ(window_->runs().runs().size(), 1U) << "nothing is trained yet";
  // Whatever ends later takes over nothing.
  setSetting("epochs", "20");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  EXPECT_EQ(window_->runs().runs().size(), 2U);
  EXPECT_EQ(session.config().epochs, 20);
  EXPECT_TRUE(child<QAction>("continueRunAction")->isEnabled());
}

TEST_F(RunsTest, AContinuedRunEndsAsIfItHadNeverStopped) {
  setSetting("method", "m2");
  setSetting("epochs", "400");
  const std::uint64_t whole = train("9");
  ASSERT_EQ(window_->runs().find(whole)->objective().size(), 400U);
  // The same, stopped on its way.
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitFor([&] { return window_->training().history().size() >= 3; }));
  window_->stopTraining();
  ASSERT_TRUE(waitUntilFinished());
  const std::uint64_t stopped = window_->runs().activeId();
  const std::size_t done = window_->runs().find(stopped)->objective().size();
  if (done == 400) GTEST_SKIP() << "the machine was faster than the stop";
  EXPECT_EQ(window_->runs().find(stopped)->end, RunEnd::Stopped);
  QTest::mouseClick(child<QToolButton>("continueRunButton"), Qt::LeftButton);
  ASSERT_TRUE(window_->training().active());
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_FALSE(window_->training().error()) << window_->training().error()->message();
  ASSERT_EQ(window_->runs().runs().size(), 3U) << "the stopped one stays";
  const RunRecord& run = *window_->runs().active();
  EXPECT_EQ(run.end, RunEnd::Completed);
  EXPECT_EQ(window_->runs().find(stopped)->objective().size(), done);
  EXPECT_EQ(window_->training().history().size(), 400U);
  ASSERT_EQ(run.objective().size(), 400U);
  EXPECT_EQ(run.state->weights, window_->runs().find(whole)->state->weights);
  EXPECT_EQ(run.objective().back().total, window_->runs().find(whole)->objective().back().total);
  EXPECT_EQ(run.setup, window_->runs().find(stopped)->setup);
  // There is nothing left to do for it.
  child<QAction>("continueRunAction")->trigger();
  EXPECT_FALSE(window_->training().active());
  EXPECT_TRUE(window_->messageBar().text().contains(QStringLiteral("complete")));
}

TEST_F(RunsTest, ARunThatCouldNotStartIsNotListedAndOneThatFailedSaysWhy) {
  setSetting("epochs", "1000000");
  ASSERT_TRUE(window_->startTraining());
  window_->stopTraining();
  ASSERT_TRUE(waitUntilFinished());
  if (window_->training().error()) {
    EXPECT_TRUE(window_->runs().runs().empty());
  }
  setSetting("method", "pls");
  setSetting("components", "39");
  const std::size_t before = window_->runs().runs().size();
  Rows labelled = rows_with(window_->session().session().roles(), Role::Labelled);
  labelled.resize(labelled.size() - 2);
  window_->session().setRole(labelled, Role::HeldOut);
  if (!window_->startTraining()) GTEST_SKIP() << "refused before it began";
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_EQ(window_->runs().runs().size(), before + 1);
  if (window_->training().error()) {
    const RunRecord& run = *window_->runs().active();
    EXPECT_EQ(run.end, RunEnd::Failed);
    EXPECT_EQ(run.message, window_->training().error()->message());
    EXPECT_EQ(item(static_cast<int>(before))->text(2), "failed");
  }
}

}  // namespace
}  // namespace assayer::ui::testing
