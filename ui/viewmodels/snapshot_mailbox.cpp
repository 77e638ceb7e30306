// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/snapshot_mailbox.h"

#include <utility>

namespace assayer::ui {

void SnapshotMailbox::begin(std::uint64_t run) {
  const std::lock_guard lock(mutex_);
  run_ = run;
  woken_ = false;
  contents_ = {};
}

template <class Change>
void SnapshotMailbox::change(std::uint64_t run, Change&& apply) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (run != run_) return;  // a superseded run that has not noticed yet
    apply(contents_);
    wake = !std::exchange(woken_, true);
  }
  if (wake && wake_) wake_();
}

void SnapshotMailbox::post(std::uint64_t run, const ObjectiveRecord& record) {
  change(run, [&](Contents& c) { c.records.push_back(record); });
}

void SnapshotMailbox::post(std::uint64_t run, std::shared_ptr<const Snapshot> snapshot,
                           std::shared_ptr<const Evaluation> evaluation) {
  change(run, [&](Contents& c) {
    if (c.snapshot) ++c.dropped_snapshots;
    // The old one is freed outside the lock, when the parameters go.
    std::swap(c.snapshot, snapshot);
    if (evaluation) std::swap(c.evaluation, evaluation);
  });
}

void SnapshotMailbox::post(std::uint64_t run, std::shared_ptr<const ModelState> checkpoint) {
  change(run, [&](Contents& c) { std::swap(c.checkpoint, checkpoint); });
}

void SnapshotMailbox::post_warning(std::uint64_t run, Message warning) {
  change(run, [&](Contents& c) { c.warnings.push_back(std::move(warning)); });
}

SnapshotMailbox::Contents SnapshotMailbox::take() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  Contents taken = std::exchange(contents_, {});
  contents_.dropped_snapshots = taken.dropped_snapshots;
  return taken;
}

}  // namespace assayer::ui
