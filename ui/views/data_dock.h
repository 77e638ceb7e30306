// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>
#include <array>

#include "core/data/dataset.h"
#include "core/data/roles.h"

class QAction;
class QGroupBox;
class QLabel;
class QLineEdit;
class QToolButton;

namespace assayer::ui {

/// What is loaded, what is selected, and what each row is for.
class DataDock : public QWidget {
  Q_OBJECT
 public:
  static constexpr std::size_t kRoles = 4;
  /// In the order in which they are shown.
  static constexpr std::array<Role, kRoles> kShown = {Role::Labelled, Role::Unlabelled, Role::HeldOut,
                                                      Role::Excluded};

  explicit DataDock(QWidget* parent = nullptr);

  /// `suggestion`: why the session starts with its roles.
  void setData(const DatasetPtr& source, const QString& name, const QString& format,
               const QStringList& warnings, const QString& suggestion);
  void setRoles(const Roles& roles);
  void setUnfeatured(std::size_t count);
  void setSelection(const Rows& rows);
  /// The window's actions, in the order of `kShown`; their buttons stand beside the counts.
  void setRoleActions(const std::array<QAction*, kRoles>& actions);

 Q_SIGNALS:
  /// A selection expression was entered.
  void expressionEntered(const QString& expression);

 private:
  DatasetPtr data_;
  QLabel* name_;
  QLabel* facts_;
  QLabel* warnings_;
  QLabel* suggestion_;
  QLabel* notes_;
  QGroupBox* selection_box_;
  QLineEdit* expression_;
  QLabel* selected_;
  std::array<QToolButton*, kRoles> buttons_{};
  std::array<QLabel*, kRoles> counts_{};
  QLabel* unfeatured_;
};

}  // namespace assayer::ui
