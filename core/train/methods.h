// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/train/engine.h"

namespace assayer {

/// The trainer of `config.method`: baselines come from the core (train/baseline_run.h), everything else from
/// the engine, which is then loaded. Arguments and errors as Engine::create_trainer.
Result<std::unique_ptr<Trainer>> make_trainer(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                              const ModelState* resume = nullptr,
                                              const RunControl* control = nullptr);

/// The model of a state, whoever trained it.
Result<std::shared_ptr<const Model>> make_model(ModelState state);

}  // namespace assayer
