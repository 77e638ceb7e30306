// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/message.h"
#include "core/metrics/evaluation.h"
#include "core/train/engine.h"

namespace assayer::ui {

/// Between the training thread and the UI thread: objective records are all kept, in order; of the heavy
/// snapshots only the newest is. Any number of posts between two `take`s causes one wake-up.
class SnapshotMailbox {
 public:
  struct Contents {
    std::vector<ObjectiveRecord> records;
    std::shared_ptr<const Snapshot> snapshot;      ///< null: none since the last `take`
    std::shared_ptr<const Evaluation> evaluation;  ///< null: none since the last `take`
    std::shared_ptr<const ModelState> checkpoint;  ///< null: none since the last `take`
    std::vector<Message> warnings;
    std::uint64_t dropped_snapshots = 0;  ///< overwritten before they were seen, since the run began
  };

  /// `wake` is called on the posting thread, outside the lock.
  explicit SnapshotMailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Forgets what is inside; from now on only posts of `run` are taken.
  void begin(std::uint64_t run);

  void post(std::uint64_t run, const ObjectiveRecord& record);
  void post(std::uint64_t run, std::shared_ptr<const Snapshot> snapshot,
            std::shared_ptr<const Evaluation> evaluation);
  void post(std::uint64_t run, std::shared_ptr<const ModelState> checkpoint);
  void post_warning(std::uint64_t run, Message warning);

  [[nodiscard]] Contents take();

 private:
  template <class Change>
  void change(std::uint64_t run, Change&& apply);

  std::function<void()> wake_;
  std::mutex mutex_;
  std::uint64_t run_ = 0;
  bool woken_ = false;
  Contents contents_;
};

}  // namespace assayer::ui
