// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/training_observer.h"

#include <fmt/format.h>

#include "app/cli/output.h"
#include "core/io/model_file.h"

namespace assayer::cli {

void TrainingObserver::on_epoch(const ObjectiveRecord& record) {
  progress_.show(static_cast<double>(record.epoch) / static_cast<double>(config_.epochs),
                 fmt::format("epoch {} of {}, J = {:.4g}", record.epoch, config_.epochs, record.total));
}

void TrainingObserver::on_checkpoint(const ModelState& state) {
  const std::int64_t epoch = state.training ? state.training->epoch : -1;
  if (epoch >= 0 && epoch == saved_epoch_) return;
  ModelState kept = state;
  // All else is what the run settled on: what it was asked for may have been "auto".
  kept.config.snapshot_seconds = config_.snapshot_seconds;
  if (const Status written = write_model(kept, checkpoint_, true); !written) {
    // Once per fault: a run of hours would say it every half minute.
    if (!failure_) {
      progress_.clear();
      Console::complain("warning: no checkpoint: " + about_file(written.error(), checkpoint_).message());
    }
    failure_ = written.error();
    return;
  }
  failure_.reset();
  saved_epoch_ = epoch;
}

}  // namespace assayer::cli
