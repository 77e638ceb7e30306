// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/io/importer.h"
#include "core/metrics/evaluation.h"
#include "core/session/run_record.h"
#include "core/session/session.h"
#include "core/simulate/crism_lab.h"
#include "core/train/engine.h"

/// What the desktop program does on its workers before anything is drawn. Synchronous and free of widgets.
namespace assayer::ui {

struct Loaded {
  Imported imported;
  Session session;
};

/// Reads a file of any known format and starts a session on it.
Result<Loaded> loadFile(const std::filesystem::path& path, RunControl& control, const ProgressFn& progress);
/// Several files as one data set (ImporterRegistry::load_many), under what the user decided about them.
Result<Loaded> loadFiles(const std::vector<std::filesystem::path>& paths, const ImportOptions& options,
                         RunControl& control, const ProgressFn& progress);
/// Simulates the laboratory and starts a session on it.
Result<Loaded> loadSample(const CrismLabOptions& options, RunControl& control, const ProgressFn& progress);

/// A trained model with its results on a data set, in the form of a run that has ended.
struct LoadedModel {
  std::shared_ptr<const ModelState> state;
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<const Evaluation> evaluation;  ///< null with `evaluation_problem` set
  std::string evaluation_problem;
  DatasetPtr shown_data;   ///< the data in the space of the endmembers; null: as they are
  bool same_data = false;  ///< trained on these very data
};

/// What a model makes of a data set. `known`, where given, holds its predictions and endmembers already; its
/// `model` is not looked at. Fails where the two do not fit (channels, components).
Result<LoadedModel> resultsOf(const std::shared_ptr<const Model>& model,
                              const std::shared_ptr<const Snapshot>& known, const Dataset& data,
                              RunControl& control, const ProgressFn& progress = {});

/// The run as it would be with its best state on display, or with its last one (RunRecord::best).
Result<RunRecord> withState(RunRecord run, bool best, const Dataset& data, RunControl& control,
                            const ProgressFn& progress = {});

/// Fails where the model does not fit the data (channels, components).
Result<LoadedModel> loadModel(const std::filesystem::path& path, const Dataset& data, RunControl& control,
                              const ProgressFn& progress);

}  // namespace assayer::ui
