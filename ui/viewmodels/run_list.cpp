// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/run_list.h"

#include <QUndoCommand>
#include <algorithm>
#include <utility>

namespace assayer::ui {

class RunList::NameEdit : public QUndoCommand {
 public:
  NameEdit(RunList& list, std::uint64_t id, std::string before, std::string after)
      : QUndoCommand(RunList::tr("rename run “%1”").arg(QString::fromStdString(before))),
        list_(list),
        id_(id),
        before_(std::move(before)),
        after_(std::move(after)) {}
  void undo() override { list_.setName(id_, before_); }
  void redo() override { list_.setName(id_, after_); }

 private:
  RunList& list_;
  std::uint64_t id_;
  std::string before_;
  std::string after_;
};

class RunList::Removal : public QUndoCommand {
 public:
  Removal(RunList& list, RunRecord run, std::size_t place, bool active)
      : QUndoCommand(RunList::tr("delete run “%1”").arg(QString::fromStdString(run.name))),
        list_(list),
        run_(std::move(run)),
        place_(place),
        active_(active) {}
  void undo() override {
    list_.putBack(run_, place_);
    if (active_) list_.activate(run_.id);
  }
  void redo() override { list_.take(run_.id); }

 private:
  RunList& list_;
  RunRecord run_;
  std::size_t place_;
  bool active_;
};

class RunList::StateEdit : public QUndoCommand {
 public:
  StateEdit(RunList& list, RunRecord before, RunRecord after, const QString& what)
      : QUndoCommand(what), list_(list), before_(std::move(before)), after_(std::move(after)) {}
  void undo() override { list_.setState(before_); }
  void redo() override { list_.setState(after_); }

 private:
  RunList& list_;
  RunRecord before_;
  RunRecord after_;
};

RunList::RunList(QUndoStack& undo, QObject* parent) : QObject(parent), undo_(undo) {}

const RunRecord* RunList::find(std::uint64_t id) const {
  const auto found = std::ranges::find(runs_, id, &RunRecord::id);
  return found == runs_.end() ? nullptr : &*found;
}

RunRecord* RunList::get(std::uint64_t id) {
  const auto found = std::ranges::find(runs_, id, &RunRecord::id);
  return found == runs_.end() ? nullptr : &*found;
}

void RunList::restore(std::vector<RunRecord> runs, std::uint64_t next, std::uint64_t active) {
  runs_ = std::move(runs);
  next_ = next;
  active_ = find(active) != nullptr ? active : 0;
  Q_EMIT listChanged();
  Q_EMIT activeChanged();
}

std::uint64_t RunList::add(RunRecord run) {
  run.id = next_++;
  active_ = run.id;
  runs_.push_back(std::move(run));
  Q_EMIT listChanged();
  Q_EMIT activeChanged();
  return active_;
}

void RunList::update(const RunRecord& run) {
  RunRecord* mine = get(run.id);
  if (mine == nullptr) return;
  const std::string name = mine->name;
  const bool shown = mine->shown;
  *mine = run;
  mine->name = name;
  mine->shown = shown;
  Q_EMIT runChanged(run.id);
}

void RunList::drop(std::uint64_t id) {
  if (find(id) != nullptr) take(id);
}

void RunList::rename(std::uint64_t id, const QString& name) {
  const RunRecord* run = find(id);
  const std::string text = name.trimmed().toStdString();
  if (run == nullptr) return;
  if (text.empty() || text == run->name) {
    // An editor may show something else than the name that stays.
    Q_EMIT runChanged(id);
    return;
  }
  undo_.push(new NameEdit(*this, id, run->name, text));
}

void RunList::remove(std::uint64_t id) {
  const RunRecord* run = find(id);
  if (run == nullptr) return;
  const auto place = static_cast<std::size_t>(run - runs_.data());
  undo_.push(new Removal(*this, *run, place, id == active_));
}

void RunList::setShown(std::uint64_t id, bool shown) {
  RunRecord* run = get(id);
  if (run == nullptr || run->shown == shown) return;
  run->shown = shown;
  Q_EMIT shownChanged();
}

void RunList::activate(std::uint64_t id) {
  if (id == active_ || find(id) == nullptr) return;
  active_ = id;
  Q_EMIT activeChanged();
}

void RunList::showState(const RunRecord& run, const QString& what) {
  const RunRecord* mine = find(run.id);
  if (mine != nullptr) undo_.push(new StateEdit(*this, *mine, run, what));
}

void RunList::setState(const RunRecord& run) {
  RunRecord* mine = get(run.id);
  if (mine == nullptr) return;
  mine->best = run.best;
  mine->snapshot = run.snapshot;
  mine->evaluation = run.evaluation;
  mine->shown_data = run.shown_data;
  Q_EMIT listChanged();
  if (run.id == active_) Q_EMIT activeChanged();
}

void RunList::setName(std::uint64_t id, const std::string& name) {
  RunRecord* run = get(id);
  if (run == nullptr) return;
  run->name = name;
  Q_EMIT listChanged();
}

void RunList::take(std::uint64_t id) {
  const RunRecord* run = find(id);
  if (run == nullptr) return;
  const auto place = run - runs_.data();
  runs_.erase(runs_.begin() + place);
  const bool was_active = id == active_;
  if (was_active) {
    // The neighbour, so that the views go on showing something.
    const std::size_t next = std::min(static_cast<std::size_t>(place), runs_.size() - 1);
    active_ = runs_.empty() ? 0 : runs_[next].id;
  }
  Q_EMIT listChanged();
  if (was_active) Q_EMIT activeChanged();
}

void RunList::putBack(const RunRecord& run, std::size_t place) {
  runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(std::min(place, runs_.size())), run);
  Q_EMIT listChanged();
}

}  // namespace assayer::ui
