// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QUndoStack>
#include <QVector>

#include "core/session/run_record.h"
#include "core/session/session.h"

namespace assayer::ui {

/// The session on the UI thread, with undo: roles, unfeatured points, preprocessing and settings.
class SessionModel : public QObject {
  Q_OBJECT
 public:
  explicit SessionModel(QObject* parent = nullptr);

  /// A new session; forgets the undo history.
  void open(Session session, QString format, QStringList warnings);

  [[nodiscard]] bool isOpen() const { return session_.data() != nullptr; }
  [[nodiscard]] const Session& session() const { return session_; }
  [[nodiscard]] const DatasetPtr& data() const { return session_.data(); }
  [[nodiscard]] const QString& format() const { return format_; }
  [[nodiscard]] const QStringList& warnings() const { return warnings_; }
  /// File name, or what the data say they are.
  [[nodiscard]] QString name() const;
  [[nodiscard]] QUndoStack* undoStack() { return &undo_; }
  [[nodiscard]] const QUndoStack* undoStack() const { return &undo_; }

  /// Returns how many rows changed; rows without a composition cannot be labelled.
  std::size_t setRole(const Rows& rows, Role role);
  /// Adds one composition; false when the data have no components or it has the wrong length.
  bool addUnfeatured(const QVector<double>& composition);
  /// Adds compositions [n, K]; `what` names the edit for Undo. False as `addUnfeatured`.
  bool joinUnfeatured(const Matrix<double>& compositions, const QString& what);
  /// Removes the unfeatured points of these numbers.
  void removeUnfeatured(const std::vector<std::size_t>& points);
  /// Replaces the unfeatured points; `what` names the edit for Undo.
  void setUnfeatured(Matrix<double> points, const QString& what);
  /// `what` names the edit for Undo; empty: after the settings that differ.
  void setConfig(const TrainConfig& config, const QString& what = {});
  /// `what` names the edit for Undo.
  void setPipeline(const Pipeline& pipeline, const QString& what);
  /// Roles and unfeatured points of a run that was planned before, on the same data.
  void adoptPlan(const TrainPlan& plan);
  /// Roles, unfeatured points, steps and settings of an earlier run; `what` names the edit for Undo. Roles of
  /// other data are left aside.
  void adoptSetup(const RunSetup& setup, const QString& what);

 Q_SIGNALS:
  void opened();
  void rolesChanged();
  void unfeaturedChanged();
  void configChanged();
  void pipelineChanged();

 private:
  class RolesEdit;
  class UnfeaturedEdit;
  class PipelineEdit;
  class ConfigEdit;
  void applyRoles(const Roles& roles);
  void applyUnfeatured(const Matrix<double>& points);
  void applyConfig(const TrainConfig& config);
  void applyPipeline(const Pipeline& pipeline);

  Session session_;
  QString format_;
  QStringList warnings_;
  QUndoStack undo_;
};

/// "labelled", "unlabelled", "held out", "excluded".
QString roleName(Role role);

}  // namespace assayer::ui
