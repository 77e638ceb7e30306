// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/methods.h"

#include <utility>

#include "core/train/baseline_run.h"

namespace assayer {

Result<std::unique_ptr<Trainer>> make_trainer(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                              const ModelState* resume, const RunControl* control) {
  if (is_baseline(config.method))
    return make_baseline_trainer(std::move(data), std::move(plan), std::move(config));
  const auto engine = Engine::load();
  if (!engine) return fail(engine.error());
  return (*engine)->create_trainer(std::move(data), std::move(plan), std::move(config), resume, control);
}

Result<std::shared_ptr<const Model>> make_model(ModelState state) {
  if (is_baseline(state.config.method)) return make_baseline_model(std::move(state));
  const auto engine = Engine::load();
  if (!engine) return fail(engine.error());
  return (*engine)->create_model(std::move(state));
}

}  // namespace assayer
