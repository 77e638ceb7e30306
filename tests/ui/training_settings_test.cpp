// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of training as fields: complete, marked where they differ, undoable, kept in files.
#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <QUndoStack>
#include <QWheelEvent>

#include "core/io/settings_file.h"
#include "tests/ui/file_dialog.h"
#include "tests/ui/ui_fixture.h"
#include "ui/views/training_settings.h"

namespace assayer::ui::testing {
namespace {

class TrainingSettingsTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    ASSERT_TRUE(openSample());
    settings_ = child<QWidget>("trainingSettings");
    ASSERT_NE(settings_, nullptr);
  }
  template <class T = QWidget>
  T* field(const std::string& key) {
    return settings_->findChild<T*>(QString::fromStdString(key));
  }
  QLabel* labelOf(const std::string& key) {
    for (QLabel* label : settings_->findChildren<QLabel*>())
      if (label->buddy() == field(key)) return label;
    return nullptr;
  }
  [[nodiscard]] const TrainConfig& config() { return window_->session().session().config(); }
  [[nodiscard]] QUndoStack& undo() { return *window_->session().undoStack(); }
  void typeInto(QLineEdit& line, const QString& text) {
    line.setFocus();
    line.selectAll();
    QTest::keyClicks(&line, text);
    QTest::keyClick(&line, Qt::Key_Return);
  }
  void answer(const QString& path) {
    ASSERT_NO_FATAL_FAILURE(answerFileDialog(*window_, path));
    ASSERT_TRUE(waitFor([&] { return window_->findChildren<QFileDialog*>().isEmpty(); }));
  }

  QWidget* settings_ = nullptr;
};

TEST_F(TrainingSettingsTest, EverySettingHasAFieldWithItsMeaningAndAName) {
  for (const std::string& key : TrainConfig::keys()) {
    ASSERT_NE(field(key), nullptr) << key;
    const QString meaning = QString::fromStdString(TrainConfig::describe(key)).toHtmlEscaped();
    EXPECT_TRUE(field(key)->toolTip().contains(meaning)) << key;
    EXPECT_EQ(field(key)->focusPolicy(), Qt::StrongFocus) << key;
    ASSERT_NE(labelOf(key), nullptr) << key;
    EXPECT_FALSE(labelOf(key)->text().isEmpty()) << key;
  }
}

TEST_F(TrainingSettingsTest, EveryChoiceOfAKeyIsOffered) {
  for (const std::string& key : TrainConfig::keys()) {
    const auto* box = field<QComboBox>(key);
    if (box == nullptr) continue;
    for (const std::string& choice : TrainConfig::choices(key))
      EXPECT_GE(box->findData(QString::fromStdString(choice)), 0) << key << " " << choice;
  }
}

TEST_F(TrainingSettingsTest, WhatDiffersFromThePresetIsMarkedAndCanBeReset) {
  auto* changes = child<QLabel>("settingChanges");
  auto* reset = child<QPushButton>("resetSettings");
  EXPECT_FALSE(reset->isEnabled());
  EXPECT_FALSE(labelOf("rate")->font().bold());
  field<QDoubleSpinBox>("rate")->setValue(0.25);
  EXPECT_EQ(config().rate, 0.25);
  EXPECT_TRUE(labelOf("rate")->font().bold());
  EXPECT_FALSE(labelOf("epochs")->font().bold());
  EXPECT_TRUE(field("rate")->toolTip().contains(QStringLiteral("preset guided has 0.005")));
  EXPECT_TRUE(field("rate")->accessibleDescription().contains(QStringLiteral("0.005")));
  EXPECT_TRUE(changes->text().startsWith(QStringLiteral("1 setting"))) << changes->text().toStdString();
  // Folded away, it still shows.
  auto* head = child<QToolButton>("optimiserSection");
  EXPECT_EQ(head->text(), QStringLiteral("Optimiser"));
  QTest::mouseClick(head, Qt::LeftButton);
  ASSERT_TRUE(field("gradient_clip")->isVisible());
  typeInto(*field<QLineEdit>("gradient_clip"), QStringLiteral("5"));
  EXPECT_EQ(config().gradient_clip, 5);
  QTest::mouseClick(head, Qt::LeftButton);
  EXPECT_FALSE(field("gradient_clip")->isVisible());
  EXPECT_EQ(head->text(), QStringLiteral("Optimiser (1 changed)"));
  EXPECT_TRUE(changes->text().startsWith(QStringLiteral("2 settings"))) << changes->text().toStdString();

  QTest::mouseClick(reset, Qt::LeftButton);
  EXPECT_EQ(config().rate, 0.005);
  EXPECT_EQ(config().gradient_clip, 100);
  EXPECT_FALSE(labelOf("rate")->font().bold());
  EXPECT_FALSE(reset->isEnabled());
}

TEST_F(TrainingSettingsTest, AValueOutOfRangeIsRefusedInWordsAndTheOldOneStays) {
  setSetting("method", "untapped");
  auto* line = field<QLineEdit>("hidden_x");
  child<QToolButton>("modelSection")->click();
  typeInto(*line, QStringLiteral("many"));
  EXPECT_EQ(line->text(), QStringLiteral("20"));
  EXPECT_EQ(window_->messageBar().level(), MessageBar::Level::Error);
  EXPECT_TRUE(window_->messageBar().text().contains(QStringLiteral("hidden_x")));
  typeInto(*line, QStringLiteral("20, 10"));
  EXPECT_EQ(config().hidden_x, (std::vector<std::int64_t>{20, 10}));
}

TEST_F(TrainingSettingsTest, OnlyWhatHasASayIsEnabled) {
  setSetting("method", "untapped");
  EXPECT_TRUE(field("alpha_r")->isEnabled());
  EXPECT_TRUE(field("nonlinearity")->isEnabled());
  EXPECT_FALSE(field("temperature")->isEnabled());
  EXPECT_FALSE(field("ridge")->isEnabled());
  setSetting("y_posterior", "concrete");
  EXPECT_TRUE(field("temperature")->isEnabled());
  setSetting("method", "m2");
  EXPECT_FALSE(field("alpha_r")->isEnabled());
  EXPECT_EQ(field<QDoubleSpinBox>("alpha_r")->value(), 0);
  setSetting("method", "ridge");
  EXPECT_TRUE(field("ridge")->isEnabled());
  EXPECT_FALSE(field("epochs")->isEnabled());
  EXPECT_FALSE(field("nonlinearity")->isEnabled());
}

TEST_F(TrainingSettingsTest, TheWheelScrollsAndChangesOnlyWhatHasTheFocus) {
  auto* epochs = field<QSpinBox>("epochs");
  const int before = epochs->value();
  const auto turn = [epochs] {
    QWheelEvent wheel(QPointF(5, 5), epochs->mapToGlobal(QPointF(5, 5)), {}, {0, 120}, Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(epochs, &wheel);
  };
  settings_->setFocus();
  field("seed")->setFocus();
  turn();
  EXPECT_EQ(epochs->value(), before);
  epochs->setFocus();
  turn();
  EXPECT_NE(epochs->value(), before);
}

TEST_F(TrainingSettingsTest, TurnsOfOneSettingAreOneUndoAndOthersTheirOwn) {
  auto* epochs = field<QSpinBox>("epochs");
  const int before = epochs->value();
  const int count = undo().count();
  epochs->stepUp();
  epochs->stepUp();
  EXPECT_EQ(undo().count(), count + 1);
  EXPECT_EQ(undo().undoText(), QStringLiteral("set epochs"));
  field<QDoubleSpinBox>("rate")->setValue(0.25);
  EXPECT_EQ(undo().count(), count + 2);
  undo().undo();
  EXPECT_EQ(config().rate, 0.005);
  EXPECT_EQ(field<QDoubleSpinBox>("rate")->value(), 0.005);
  undo().undo();
  EXPECT_EQ(epochs->value(), before);
  undo().redo();
  EXPECT_EQ(epochs->value(), before + 2);
  // Back by hand is as if nothing had been.
  epochs->setValue(before);
  EXPECT_EQ(undo().count(), count);
}

TEST_F(TrainingSettingsTest, AMethodBringsItsPresetAndOneUndoTakesItBack) {
  const TrainConfig before = config();
  auto* method = field<QComboBox>("method");
  method->setCurrentIndex(method->findData(QStringLiteral("untapped")));
  EXPECT_EQ(config().preset, "crism");
  EXPECT_EQ(child<QLabel>("settingChanges")->text(), QStringLiteral("As the preset has them"));
  undo().undo();
  EXPECT_EQ(config(), before);
  EXPECT_EQ(method->currentData().toString(), QStringLiteral("guided"));
}

TEST_F(TrainingSettingsTest, APresetLeavesHowAndWhereToRun) {
  setSetting("step", "autograd");
  setSetting("threads", "2");
  setSetting("rate", "0.5");
  auto* preset = field<QComboBox>("preset");
  preset->setCurrentIndex(preset->findData(QStringLiteral("libs")));
  EXPECT_EQ(config().rate, 0.01);
  EXPECT_EQ(config().step, "autograd");
  EXPECT_EQ(config().threads, 2);
}

TEST_F(TrainingSettingsTest, ThePresetForTheDataIsMarkedWithTheReason) {
  auto* preset = field<QComboBox>("preset");
  int suggested = 0;
  for (int i = 0; i < preset->count(); ++i) {
    if (!preset->itemText(i).contains(QStringLiteral("(suggested)"))) continue;
    ++suggested;
    EXPECT_EQ(preset->itemData(i).toString(), QStringLiteral("guided"));
  }
  EXPECT_EQ(suggested, 1);
  EXPECT_TRUE(preset->toolTip().contains(QStringLiteral("extrapolates best")));
}

TEST_F(TrainingSettingsTest, SettingsGoIntoAFileAndComeBack) {
  const QString path = folder_.filePath(QStringLiteral("settings.json"));
  setSetting("rate", "0.125");
  setSetting("seed", "18446744073709551615");
  const TrainConfig saved = config();
  child<QAction>("saveSettingsAction")->trigger();
  ASSERT_NO_FATAL_FAILURE(answer(path));
  const auto written = read_settings(path.toStdString());
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_EQ(*written, saved);

  setSetting("method", "untapped");
  const TrainConfig other = config();
  child<QAction>("loadSettingsAction")->trigger();
  ASSERT_NO_FATAL_FAILURE(answer(path));
  EXPECT_EQ(config(), saved);
  EXPECT_EQ(field<QLineEdit>("seed")->text(), QStringLiteral("18446744073709551615"));
  EXPECT_EQ(undo().undoText(), QStringLiteral("load settings of settings.json"));
  undo().undo();
  EXPECT_EQ(config(), other);

  // What cannot be read says why and changes nothing.
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write(R"({"rate": -3})");
  file.close();
  child<QAction>("loadSettingsAction")->trigger();
  ASSERT_NO_FATAL_FAILURE(answer(path));
  EXPECT_EQ(config(), other);
  EXPECT_EQ(window_->messageBar().level(), MessageBar::Level::Error);
  EXPECT_TRUE(window_->messageBar().text().contains(QStringLiteral("settings.json")));
}

}  // namespace
}  // namespace assayer::ui::testing
