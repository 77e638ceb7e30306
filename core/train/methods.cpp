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

Result<std::unique_ptr<Trainer>> make_trainer(const PreprocessedData& data, TrainPlan plan,
                                              TrainConfig config, const ModelState* resume,
                                              const RunControl* control) {
  if (!data.pipeline) return make_trainer(data.raw, std::move(plan), std::move(config), resume, control);
  std::optional<ModelState> inner;
  if (resume != nullptr) {
    auto bare = without_preprocessing(*resume, data);
    if (!bare) return fail(bare.error());
    inner = *std::move(bare);
  }
  auto trainer =
      make_trainer(data.seen, std::move(plan), std::move(config), inner ? &*inner : nullptr, control);
  if (!trainer) return fail(trainer.error());
  return with_preprocessing(*std::move(trainer), data);
}

Result<std::shared_ptr<const Model>> make_model(ModelState state) {
  if (state.preprocessing) {
    const auto pipeline = FittedPipeline::restore(*state.preprocessing);
    if (!pipeline) return fail(pipeline.error());
    ModelState bare = std::move(state);
    bare.preprocessing.reset();
    const std::string fingerprint = bare.data_fingerprint;
    auto model = make_model(std::move(bare));
    if (!model) return fail(model.error());
    return with_preprocessing(*std::move(model), *pipeline, fingerprint);
  }
  if (is_baseline(state.config.method)) return make_baseline_model(std::move(state));
  const auto engine = Engine::load();
  if (!engine) return fail(engine.error());
  return (*engine)->create_model(std::move(state));
}

}  // namespace assayer
