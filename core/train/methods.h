// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/train/engine.h"
#include "core/train/preprocessed.h"

namespace assayer {

/// The trainer of `config.method`: baselines come from the core (train/baseline_run.h), everything else from
/// the engine, which is then loaded. Arguments and errors as Engine::create_trainer.
Result<std::unique_ptr<Trainer>> make_trainer(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                              const ModelState* resume = nullptr,
                                              const RunControl* control = nullptr);

/// The same on preprocessed data: the model takes spectra as they were measured and repeats the steps, its
/// state holds them. Plan and `resume` are as if there were no preprocessing; a `resume` must have these very
/// steps.
Result<std::unique_ptr<Trainer>> make_trainer(const PreprocessedData& data, TrainPlan plan,
                                              TrainConfig config, const ModelState* resume = nullptr,
                                              const RunControl* control = nullptr);

/// The model of a state, whoever trained it, with its preprocessing.
Result<std::shared_ptr<const Model>> make_model(ModelState state);

}  // namespace assayer
