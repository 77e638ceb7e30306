// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/session_model.h"

#include <QFileInfo>
#include <QUndoCommand>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace assayer::ui {

QString roleName(Role role) {
  switch (role) {
    case Role::Labelled:
      return SessionModel::tr("labelled");
    case Role::Unlabelled:
      return SessionModel::tr("unlabelled");
    case Role::HeldOut:
      return SessionModel::tr("held out");
    case Role::Excluded:
      return SessionModel::tr("excluded");
  }
  return {};
}

/// Keeps both sides whole: 10,000 rows are 10 kB.
class SessionModel::RolesEdit : public QUndoCommand {
 public:
  RolesEdit(SessionModel& model, Roles before, Roles after, const QString& text)
      : QUndoCommand(text), model_(model), before_(std::move(before)), after_(std::move(after)) {}
  void undo() override { model_.applyRoles(before_); }
  void redo() override { model_.applyRoles(after_); }

 private:
  SessionModel& model_;
  Roles before_;
  Roles after_;
};

class SessionModel::UnfeaturedEdit : public QUndoCommand {
 public:
  UnfeaturedEdit(SessionModel& model, Matrix<double> before, Matrix<double> after, const QString& text)
      : QUndoCommand(text), model_(model), before_(std::move(before)), after_(std::move(after)) {}
  void undo() override { model_.applyUnfeatured(before_); }
  void redo() override { model_.applyUnfeatured(after_); }

 private:
  SessionModel& model_;
  Matrix<double> before_;
  Matrix<double> after_;
};

class SessionModel::PipelineEdit : public QUndoCommand {
 public:
  PipelineEdit(SessionModel& model, Pipeline before, Pipeline after, const QString& text)
      : QUndoCommand(text), model_(model), before_(std::move(before)), after_(std::move(after)) {}
  void undo() override { model_.applyPipeline(before_); }
  void redo() override { model_.applyPipeline(after_); }

 private:
  SessionModel& model_;
  Pipeline before_;
  Pipeline after_;
};

/// Turns of a spin box are one edit: where `joins`, those of the same setting that follow each other.
class SessionModel::ConfigEdit : public QUndoCommand {
 public:
  ConfigEdit(SessionModel& model, TrainConfig before, TrainConfig after, const QString& text, bool joins)
      : QUndoCommand(text),
        model_(model),
        before_(std::move(before)),
        after_(std::move(after)),
        joins_(joins) {}
  void undo() override { model_.applyConfig(before_); }
  void redo() override { model_.applyConfig(after_); }
  [[nodiscard]] int id() const override { return joins_ ? 1 : -1; }
  bool mergeWith(const QUndoCommand* other) override {
    const auto& next = static_cast<const ConfigEdit&>(*other);
    const std::vector<std::string> own = before_.differences(after_);
    if (own.size() != 1 || next.before_.differences(next.after_) != own) return false;
    after_ = next.after_;
    setObsolete(before_ == after_);
    return true;
  }

 private:
  SessionModel& model_;
  TrainConfig before_;
  TrainConfig after_;
  bool joins_;
};

SessionModel::SessionModel(QObject* parent) : QObject(parent) {}

void SessionModel::open(Session session, QString format, QStringList warnings) {
  undo_.clear();
  session_ = std::move(session);
  format_ = std::move(format);
  warnings_ = std::move(warnings);
  Q_EMIT opened();
}

QString SessionModel::name() const {
  if (!isOpen()) return {};
  const Provenance& from = data()->provenance();
  return from.path.empty() ? QString::fromStdString(from.format)
                           : QFileInfo(QString::fromStdString(from.path)).fileName();
}

std::size_t SessionModel::setRole(const Rows& rows, Role role) {
  if (!isOpen()) return 0;
  const Roles before = session_.roles();
  const std::size_t changed = session_.set_role(rows, role);
  if (changed == 0) return 0;
  Roles after = session_.roles();
  // `push` applies the edit once more, which changes nothing, and tells the views.
  undo_.push(new RolesEdit(*this, before, std::move(after),
                           tr("make %L1 rows %2").arg(static_cast<qulonglong>(changed)).arg(roleName(role))));
  return changed;
}

bool SessionModel::addUnfeatured(const QVector<double>& composition) {
  if (!isOpen() || static_cast<std::size_t>(composition.size()) != data()->components()) return false;
  const Matrix<double> before = session_.unfeatured();
  session_.add_unfeatured(
      std::span<const double>(composition.constData(), static_cast<std::size_t>(composition.size())));
  undo_.push(new UnfeaturedEdit(*this, before, session_.unfeatured(), tr("place unfeatured point")));
  return true;
}

bool SessionModel::joinUnfeatured(const Matrix<double>& compositions, const QString& what) {
  if (!isOpen() || compositions.cols() != data()->components()) return false;
  const Matrix<double>& before = session_.unfeatured();
  std::vector<double> values;
  if (before.cols() == compositions.cols()) values.assign(before.values().begin(), before.values().end());
  values.insert(values.end(), compositions.values().begin(), compositions.values().end());
  const std::size_t count = values.size() / compositions.cols();
  setUnfeatured(Matrix<double>(std::move(values), count, compositions.cols()), what);
  return true;
}

void SessionModel::removeUnfeatured(const std::vector<std::size_t>& points) {
  if (!isOpen()) return;
  const Matrix<double>& before = session_.unfeatured();
  std::vector<std::uint8_t> gone(before.rows(), 0);
  for (const std::size_t point : points)
    if (point < gone.size()) gone[point] = 1;
  std::vector<double> values;
  for (std::size_t u = 0; u < before.rows(); ++u)
    if (gone[u] == 0) values.insert(values.end(), before.row(u).begin(), before.row(u).end());
  const std::size_t left = before.cols() == 0 ? 0 : values.size() / before.cols();
  setUnfeatured(Matrix<double>(std::move(values), left, before.cols()), tr("erase unfeatured points"));
}

void SessionModel::setUnfeatured(Matrix<double> points, const QString& what) {
  if (!isOpen() || points == session_.unfeatured()) return;
  undo_.push(new UnfeaturedEdit(*this, session_.unfeatured(), std::move(points), what));
}

void SessionModel::setConfig(const TrainConfig& config, const QString& what) {
  if (config == session_.config()) return;
  QString text = what;
  if (text.isEmpty()) {
    const std::vector<std::string> keys = session_.config().differences(config);
    text = keys.size() == 1 ? tr("set %1").arg(QString::fromStdString(keys.front()))
                            : tr("change %L1 settings").arg(keys.size());
  }
  undo_.push(new ConfigEdit(*this, session_.config(), config, text, what.isEmpty()));
}

void SessionModel::setPipeline(const Pipeline& pipeline, const QString& what) {
  if (pipeline == session_.pipeline()) return;
  undo_.push(new PipelineEdit(*this, session_.pipeline(), pipeline, what));
}

void SessionModel::adoptPlan(const TrainPlan& plan) {
  if (!isOpen()) return;
  Roles roles(data()->rows(), Role::HeldOut);
  const auto assign = [&roles](const Rows& rows, Role role) {
    for (const std::uint32_t row : rows)
      if (row < roles.size()) roles[row] = role;
  };
  assign(plan.unlabelled, Role::Unlabelled);
  assign(plan.labelled, Role::Labelled);
  undo_.beginMacro(tr("take over the model's rows"));
  if (roles != session_.roles())
    undo_.push(new RolesEdit(*this, session_.roles(), std::move(roles), tr("take over the model's rows")));
  setUnfeatured(plan.unfeatured, tr("take over the model's unfeatured points"));
  undo_.endMacro();
}

void SessionModel::adoptSetup(const RunSetup& setup, const QString& what) {
  if (!isOpen()) return;
  undo_.beginMacro(what);
  if (setup.roles.size() == data()->rows() && setup.roles != session_.roles())
    undo_.push(new RolesEdit(*this, session_.roles(), setup.roles, what));
  setUnfeatured(setup.unfeatured, what);
  setPipeline(setup.pipeline, what);
  setConfig(setup.config, what);
  undo_.endMacro();
}

void SessionModel::applyRoles(const Roles& roles) {
  for (const Role role : {Role::HeldOut, Role::Unlabelled, Role::Labelled, Role::Excluded})
    session_.set_role(rows_with(roles, role), role);
  Q_EMIT rolesChanged();
}

void SessionModel::applyUnfeatured(const Matrix<double>& points) {
  session_.set_unfeatured(points);
  Q_EMIT unfeaturedChanged();
}

void SessionModel::applyConfig(const TrainConfig& config) {
  session_.set_config(config);
  Q_EMIT configChanged();
}

void SessionModel::applyPipeline(const Pipeline& pipeline) {
  session_.set_pipeline(pipeline);
  Q_EMIT pipelineChanged();
}

}  // namespace assayer::ui
