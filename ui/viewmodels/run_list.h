// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QUndoStack>
#include <cstdint>
#include <vector>

#include "core/session/run_record.h"

namespace assayer::ui {

/// The runs of the open session, in the order in which they were started; one of them is active, whose
/// results the views show. A run is only ever added: nothing that is trained later takes its place.
///
/// Names and removals can be undone. What is removed lives on in the undo history.
class RunList : public QObject {
  Q_OBJECT
 public:
  explicit RunList(QUndoStack& undo, QObject* parent = nullptr);

  [[nodiscard]] const std::vector<RunRecord>& runs() const { return runs_; }
  /// Null where there is none with this id.
  [[nodiscard]] const RunRecord* find(std::uint64_t id) const;
  [[nodiscard]] const RunRecord* active() const { return find(active_); }
  [[nodiscard]] std::uint64_t activeId() const { return active_; }
  /// What the next run will be called by.
  [[nodiscard]] std::uint64_t nextId() const { return next_; }

  /// The runs of another session instead.
  void restore(std::vector<RunRecord> runs, std::uint64_t next, std::uint64_t active);
  /// Gives the run an id, which is returned, and makes it the active one.
  std::uint64_t add(RunRecord run);
  /// The run as it is now, name and `shown` excepted; nothing where it is gone.
  void update(const RunRecord& run);
  /// Takes a run away for which there is nothing to keep, without a way back.
  void drop(std::uint64_t id);
  /// An empty name, or the one that it has, changes nothing.
  void rename(std::uint64_t id, const QString& name);
  void remove(std::uint64_t id);
  void setShown(std::uint64_t id, bool shown);
  /// Takes over which state of the run is shown, with its results; `what` names the edit for Undo.
  void showState(const RunRecord& run, const QString& what);
  void activate(std::uint64_t id);

 Q_SIGNALS:
  /// Runs were added, removed or renamed.
  void listChanged();
  /// The numbers of one run.
  void runChanged(quint64 id);
  void activeChanged();
  /// Which runs are shown beside the active one.
  void shownChanged();

 private:
  class NameEdit;
  class Removal;
  class StateEdit;
  [[nodiscard]] RunRecord* get(std::uint64_t id);
  void setName(std::uint64_t id, const std::string& name);
  void setState(const RunRecord& run);
  void take(std::uint64_t id);
  void putBack(const RunRecord& run, std::size_t place);

  QUndoStack& undo_;
  std::vector<RunRecord> runs_;
  std::uint64_t next_ = 1;
  std::uint64_t active_ = 0;
};

}  // namespace assayer::ui
