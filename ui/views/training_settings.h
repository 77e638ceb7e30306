// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/train/train_config.h"
#include "core/train/train_plan.h"

class QComboBox;
class QFormLayout;
class QLabel;
class QPushButton;
class QToolButton;

namespace assayer::ui {

/// A field for every setting of a run. Its tooltip says meaning, equation, unit and range, as TrainConfig
/// does; what differs from the preset is in bold and says there what the preset has. Settings that nobody
/// needs to begin with are folded away.
class TrainingSettings : public QWidget {
  Q_OBJECT
 public:
  explicit TrainingSettings(QWidget* parent = nullptr);

  void setConfig(const TrainConfig& config);
  [[nodiscard]] const TrainConfig& config() const { return config_; }
  /// Marks the preset for these data among the others.
  void setSuggested(const SuggestedPreset& suggested);
  /// Wide enough for what is folded, too.
  [[nodiscard]] int leastWidth() const;

 Q_SIGNALS:
  void edited(const assayer::TrainConfig& config);
  void rejected(const QString& message);

 protected:
  /// The wheel scrolls the settings; it changes one only where that has the focus.
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Field {
    std::string key;
    QLabel* label;
    QWidget* editor;
    std::function<void(const QString&)> show;  ///< takes a value as TrainConfig::set does
    QString about;                             ///< tooltip beside meaning and range
  };
  /// Rows under a heading that folds them away.
  struct Section {
    QString title;
    QToolButton* head;
    QWidget* body;
    std::vector<std::string> keys;
  };
  using Choices = std::vector<std::pair<QString, const char*>>;

  void addMain(QFormLayout& form);
  void addWeights(QFormLayout& form);
  void addMethods();
  QFormLayout* addSection(QFormLayout& form, const char* name, const QString& title);
  void addRow(QFormLayout& form, const QString& title, QWidget* editor);
  QWidget* choice(const char* key, const Choices& choices = {});
  QWidget* count(const char* key, int low, int high);
  QWidget* real(const char* key, double high, double step);
  QWidget* text(const char* key);
  QWidget* enter(const char* key, QWidget* editor, std::function<void(const QString&)> show);
  Field& field(const QWidget* editor);

  void apply(const char* key, const QString& value);
  /// The settings of a preset, with what belongs to the machine and the seed kept.
  void applyPreset();
  void reset();
  /// Settings that an edit led to, or the reason why it led nowhere.
  void take(Result<TrainConfig> changed);
  /// Shows `config_` in every field.
  void fill();
  void showChanges();

  TrainConfig config_;
  bool filling_ = false;
  std::vector<Field> fields_;
  std::vector<Section> sections_;
  QComboBox* preset_ = nullptr;
  QComboBox* method_ = nullptr;
  QLabel* changes_ = nullptr;
  QPushButton* reset_ = nullptr;
};

}  // namespace assayer::ui
