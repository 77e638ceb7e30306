// SPDX-License-Identifier: GPL-3.0-or-later
// Preprocessing in the real window: the list, its editors, the preview, undo, and a run with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QSpinBox>
#include <QToolButton>

#include "tests/ui/ui_fixture.h"
#include "ui/views/pipeline_dock.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/step_preview.h"

namespace assayer::ui::testing {
namespace {

class PipelineTest : public WindowTest {
 protected:
  void add(const char* kind) {
    auto* action = child<QAction>((std::string("addStep-") + kind).c_str());
    ASSERT_NE(action, nullptr);
    action->trigger();
  }
  std::vector<std::string> steps() { return window_->session().session().pipeline().to_texts(); }
  [[nodiscard]] bool previewShows() {
    return waitFor([&] { return !child<StepPreview>("stepPreview")->table().rows.isEmpty(); });
  }
  QString notes() { return child<QLabel>("pipelineNotes")->text(); }
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(PipelineTest, StepsAreAddedOrderedSwitchedAndUndone) {
  ASSERT_TRUE(openSample());
  auto* list = child<QListWidget>("pipelineList");
  add("savgol");
  add("snv");
  EXPECT_THAT(steps(), ElementsAre("savgol", "snv"));
  ASSERT_EQ(list->count(), 2);
  EXPECT_EQ(list->currentRow(), 1);
  ASSERT_TRUE(previewShows());

  // What dragging does to the list, and what the keys do.
  ASSERT_TRUE(list->model()->moveRow({}, 1, {}, 0));
  ASSERT_TRUE(waitFor([&] { return steps() == std::vector<std::string>{"snv", "savgol"}; }));
  list->setCurrentRow(0);
  QTest::mouseClick(child<QToolButton>("stepDownButton"), Qt::LeftButton);
  EXPECT_THAT(steps(), ElementsAre("savgol", "snv"));
  EXPECT_EQ(list->currentRow(), 1);

  list->item(0)->setCheckState(Qt::Unchecked);
  EXPECT_THAT(steps(), ElementsAre("snv"));
  EXPECT_EQ(window_->session().session().pipeline().steps.size(), 2U);
  QUndoStack* undo = window_->session().undoStack();
  EXPECT_EQ(undo->undoText(), "switch off savgol");
  undo->undo();
  EXPECT_THAT(steps(), ElementsAre("savgol", "snv"));
  EXPECT_EQ(list->item(0)->checkState(), Qt::Checked);
  list->setCurrentRow(0);
  QTest::mouseClick(child<QToolButton>("removeStepButton"), Qt::LeftButton);
  EXPECT_THAT(steps(), ElementsAre("snv"));
  while (undo->canUndo()) undo->undo();
  EXPECT_THAT(steps(), IsEmpty());
  EXPECT_EQ(list->count(), 0);
  while (undo->canRedo()) undo->redo();
  EXPECT_THAT(steps(), ElementsAre("snv"));
}

TEST_F(PipelineTest, SettingsAreEditedInPlaceAndRefusedInWords) {
  ASSERT_TRUE(openSample());
  add("savgol");
  auto* derivative = child<QSpinBox>("parameter-derivative");
  ASSERT_NE(derivative, nullptr);
  EXPECT_EQ(derivative->maximum(), 4);
  EXPECT_FALSE(derivative->toolTip().isEmpty());
  derivative->setValue(1);
  ASSERT_TRUE(waitFor([&] { return steps() == std::vector<std::string>{"savgol:derivative=1"}; }));

  add("clip");
  auto* low = child<QLineEdit>("parameter-low");
  ASSERT_NE(low, nullptr);
  low->setText(QStringLiteral("much"));
  QTest::keyClick(low, Qt::Key_Return);
  EXPECT_TRUE(notes().contains(QStringLiteral("expected a number"))) << notes().toStdString();
  EXPECT_EQ(steps().back(), "clip");
  low->setText(QStringLiteral("-0.5"));
  QTest::keyClick(low, Qt::Key_Return);
  ASSERT_TRUE(waitFor([&] { return steps().back() == "clip:low=-0.5"; }));

  // A combination that makes no sense says so in words, and a window that is too long too.
  add("absorbance");
  ASSERT_TRUE(waitFor([&] { return notes().contains(QStringLiteral("no logarithm")); }));
  child<QListWidget>("pipelineList")->setCurrentRow(0);
  child<QSpinBox>("parameter-window")->setValue(501);
  ASSERT_TRUE(waitFor([&] { return notes().contains(QStringLiteral("longer than the spectrum")); }));
}

TEST_F(PipelineTest, ThePreviewFollowsSelectionAndStep) {
  ASSERT_TRUE(openSample());
  add("crop");
  add("snv");
  auto* preview = child<StepPreview>("stepPreview");
  window_->selection().select({3, 4}, SelectMode::Replace);
  ASSERT_TRUE(waitFor([&] { return preview->table().header.size() == 4; }));  // side, position, two spectra
  // After SNV the mean of each spectrum is 0.
  double sum = 0;
  int count = 0;
  for (const QStringList& row : preview->table().rows) {
    if (row[0] != QLatin1String("after")) continue;
    sum += row[2].toDouble();
    ++count;
  }
  ASSERT_GT(count, 10);
  EXPECT_NEAR(sum / count, 0, 1e-6);
  child<QListWidget>("pipelineList")->setCurrentRow(0);
  ASSERT_TRUE(waitFor([&] {
    const auto rows = preview->table().rows;
    return !rows.isEmpty() && rows.back()[2].toDouble() > 0 && rows.front()[2] == rows[rows.size() / 2][2];
  }));
}

TEST_F(PipelineTest, ARunLearnsFromPreprocessedSpectraAndShowsThem) {
  ASSERT_TRUE(openSample());
  add("snv");
  setSetting("method", "pls");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_FALSE(window_->training().error()) << window_->training().error()->message();
  ASSERT_TRUE(window_->training().snapshot());
  const auto state = window_->training().model_state();
  ASSERT_TRUE(state && state->preprocessing);
  // Endmembers cannot be told in reflectance, so the plot shows the spectra as they are after the step.
  auto* spectra = child<SpectraPlot>("spectraPlot");
  EXPECT_NE(spectra->data(), window_->session().data());
  EXPECT_TRUE(spectra->table().header.join(QString()).contains(QStringLiteral("after snv")));
  const QString path = folder_.filePath(QStringLiteral("model.h5"));
  QSignalSpy saved(window_.get(), &MainWindow::modelSaved);
  window_->saveModel(path);
  ASSERT_TRUE(waitFor([&] { return saved.count() == 1; }));
  makeWindow();
  ASSERT_TRUE(openSample());
  QSignalSpy shown(window_.get(), &MainWindow::modelShown);
  window_->openModel(path);
  ASSERT_TRUE(waitFor([&] { return shown.count() == 1; }));
  EXPECT_THAT(steps(), ElementsAre("snv"));
  EXPECT_NE(child<SpectraPlot>("spectraPlot")->data(), window_->session().data());
}

}  // namespace
}  // namespace assayer::ui::testing
