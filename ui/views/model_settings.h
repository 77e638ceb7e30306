// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <map>
#include <string>

#include "core/train/train_config.h"

class QComboBox;
class QLineEdit;

namespace assayer::ui {

/// The settings that say what the trained model is: its distributions, samples and networks. Rows, choices
/// and tooltips come from TrainConfig's own list.
class ModelSettings : public QWidget {
  Q_OBJECT
 public:
  explicit ModelSettings(QWidget* parent = nullptr);

  void setConfig(const TrainConfig& config);

 Q_SIGNALS:
  /// `key` as TrainConfig::set takes it.
  void edited(const QString& key, const QString& value);

 private:
  bool filling_ = false;
  std::map<std::string, QComboBox*> choices_;
  std::map<std::string, QLineEdit*> values_;
};

}  // namespace assayer::ui
