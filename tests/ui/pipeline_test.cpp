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

#include "tests/ui/file_dialog.h"
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
  /// Presses the button of the current step and chooses the file.
  void takeBands(const QString& path) {
    auto* button = child<QToolButton>("bandsButton");
    ASSERT_NE(button, nullptr);
    button->click();
    answerFileDialog(*window_, path);
  }
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

TEST_F(PipelineTest, PositionsAndWidthsComeFromAnotherFile) {
  ASSERT_TRUE(openSample());  // 40 channels from 0.9 to 2.5 um
  add("resample");
  const QString sensor = write("sensor.hdr",
                               "ENVI\nbands = 7\nwavelength units = Nanometers\n"
                               "wavelength = {1000, 1200, 1400, 1600, 1800, 2000, 2700}\n"
                               "fwhm = {100, 100, 120, 120, 150, 150, 160}\n");
  takeBands(sensor);
  const std::string bands = "positions=1+1.2+1.4+1.6+1.8+2+2.7,fwhm=0.1+0.1+0.12+0.12+0.15+0.15+0.16,unit=um";
  ASSERT_TRUE(waitFor([&] { return steps() == std::vector<std::string>{"resample:" + bands}; }))
      << window_->messageBar().text().toStdString();
  EXPECT_EQ(window_->session().undoStack()->undoText(), "take positions from sensor.hdr");
  // Interpolation has no use for widths, which is said.
  EXPECT_TRUE(window_->messageBar().text().contains(QStringLiteral("gaussian")));
  EXPECT_EQ(child<QListWidget>("pipelineList")->item(0)->text(),
            QString::fromUtf8(
                "resample:positions=1+1.2+…+2.7 (7 numbers),fwhm=0.1+0.1+…+0.16 (7 numbers),unit=um"));
  EXPECT_EQ(child<QLineEdit>("parameter-positions")->text(), "1+1.2+1.4+1.6+1.8+2+2.7");
  Q_EMIT child<QComboBox>("parameter-method")->textActivated(QStringLiteral("gaussian"));
  ASSERT_TRUE(waitFor([&] { return steps().front() == "resample:method=gaussian," + bands; }));
  // The band beyond the spectra is bad, and the others are drawn.
  ASSERT_TRUE(waitFor([&] { return notes().contains(QStringLiteral("1 of 7 positions are bad channels")); }));
  ASSERT_TRUE(previewShows());

  // What is no sensor says why, and the step stays.
  takeBands(write("words.csv", "only,words\n"));
  ASSERT_TRUE(waitFor([&] { return window_->messageBar().level() == MessageBar::Level::Error; }));
  EXPECT_TRUE(window_->messageBar().text().contains(QStringLiteral("words.csv")));
  EXPECT_EQ(steps().front(), "resample:method=gaussian," + bands);

  // After a step that goes to another unit, positions are in that.
  add("resample");
  Q_EMIT child<QComboBox>("parameter-unit")->textActivated(QStringLiteral("nm"));
  ASSERT_TRUE(waitFor([&] { return steps().back() == "resample:unit=nm"; }));
  takeBands(write("table.csv", "sample,1000,1500,2000\na,0.1,0.2,0.3\nb,0.2,0.3,0.1\n"));
  ASSERT_TRUE(waitFor([&] { return steps().back() == "resample:positions=1000+1500+2000,unit=nm"; }));
  add("snv");
  EXPECT_EQ(window_->findChild<QToolButton*>(QStringLiteral("bandsButton")), nullptr);
  QUndoStack* undo = window_->session().undoStack();
  while (undo->canUndo()) undo->undo();
  EXPECT_THAT(steps(), IsEmpty());
}

TEST_F(PipelineTest, ListsOfThousandsOfPositionsAreNotCut) {
  ASSERT_TRUE(openSample());
  QStringList positions;
  for (int i = 0; i < 6000; ++i) positions << QString::number(0.9 + i * 0.00025, 'g', 10);
  Pipeline pipeline;
  pipeline.steps.push_back(*StepSettings::of_kind("resample"));
  const std::string listed = positions.join(QLatin1Char('+')).toStdString();
  ASSERT_GT(listed.size(), 32767U);
  ASSERT_TRUE(pipeline.steps[0].set("positions", listed));
  window_->session().setPipeline(pipeline, QStringLiteral("list"));
  auto* line = child<QLineEdit>("parameter-positions");
  ASSERT_NE(line, nullptr);
  EXPECT_EQ(line->text().toStdString(), listed);
  QTest::keyClick(line, Qt::Key_Return);
  // Whoever leaves the line changes nothing.
  QCoreApplication::sendPostedEvents();
  EXPECT_EQ(window_->session().session().pipeline(), pipeline);
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
