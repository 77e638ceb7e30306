// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/roles.h"
#include "core/metrics/evaluation.h"
#include "core/preprocess/pipeline.h"
#include "core/train/engine.h"
#include "core/train/model_state.h"
#include "core/train/train_config.h"

namespace assayer {

/// How a run ended.
enum class RunEnd : std::uint8_t {
  Unfinished,  ///< it is going on, or was when the program ended
  Completed,
  Stopped,
  Numeric,  ///< a number left the finite ones; what was good before is kept
  Failed    ///< before there was anything to keep, `message` says why
};
/// "unfinished", "completed", "stopped", "numeric", "failed".
std::string_view to_string(RunEnd end);
std::optional<RunEnd> parse_run_end(std::string_view text);

/// What a run was started with, as the session had it: enough to start another one like it.
struct RunSetup {
  Roles roles;                ///< [N]
  Matrix<double> unfeatured;  ///< [U, K]
  Pipeline pipeline;
  TrainConfig config;
  friend bool operator==(const RunSetup&, const RunSetup&) = default;
};

/// One training or fit with all that it left behind. A plain value; what is large is shared and immutable, so
/// that copies are cheap and may go to other threads.
struct RunRecord {
  std::uint64_t id = 0;  ///< unique in its project, never given again
  std::string name;
  RunEnd end = RunEnd::Unfinished;
  std::string message;  ///< of Numeric and Failed
  std::string began;    ///< ISO 8601 with offset; empty: not known
  double seconds = 0;   ///< of training, pauses not counted
  bool shown = true;    ///< beside the active run in the views
  bool best = false;    ///< `snapshot` and `evaluation` are of best_of(*state), not of the last epoch

  std::shared_ptr<const RunSetup> setup;
  /// Settings, plan, seed, weights; with `training` where the run can be continued. Null: there was nothing
  /// to keep.
  std::shared_ptr<const ModelState> state;
  /// The objective of every epoch; null: that of `state->training`, if any.
  std::shared_ptr<const std::vector<ObjectiveRecord>> history;
  /// Results of `state`. Null where they have not been computed: they follow from `state` and the data.
  std::shared_ptr<const Snapshot> snapshot;
  /// Measures of `snapshot`; not in files, because they follow from it and the data.
  std::shared_ptr<const Evaluation> evaluation;
  /// The data in the space of the run's endmembers; null: as they are. Not in files.
  DatasetPtr shown_data;

  /// The model that is shown: `state`, or the best of it. Null where there is none.
  [[nodiscard]] std::shared_ptr<const ModelState> shown_state() const;
  /// The epoch of `snapshot` if that is of the model that is shown; 0 where that is not known.
  [[nodiscard]] std::int64_t shown_epoch() const;
  /// The objective, empty for a baseline.
  [[nodiscard]] const std::vector<ObjectiveRecord>& objective() const;
};

}  // namespace assayer
