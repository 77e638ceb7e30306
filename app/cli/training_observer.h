// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>

#include "app/cli/progress.h"
#include "core/train/engine.h"

namespace assayer::cli {

/// Shows how far a run is and keeps its checkpoints in a file.
class TrainingObserver final : public Observer {
 public:
  /// `config`: the settings as the user gave them, which is what the checkpoints record.
  TrainingObserver(const Console& console, std::filesystem::path checkpoint, TrainConfig config)
      : progress_(console), checkpoint_(std::move(checkpoint)), config_(std::move(config)) {}

  void on_epoch(const ObjectiveRecord& record) override;
  void on_snapshot(std::shared_ptr<const Snapshot> /*snapshot*/) override {}
  /// A checkpoint that cannot be written (a full disk) does not end the run: `failure` keeps the reason, and
  /// the next one is tried.
  void on_checkpoint(const ModelState& state) override;

  /// The last checkpoint's fault, where it had one.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  /// The epoch of the checkpoint in the file; -1 for none.
  [[nodiscard]] std::int64_t saved_epoch() const { return saved_epoch_; }
  void clear_progress() { progress_.clear(); }

 private:
  Progress progress_;
  std::filesystem::path checkpoint_;
  TrainConfig config_;
  std::int64_t saved_epoch_ = -1;
  std::optional<Error> failure_;
};

}  // namespace assayer::cli
