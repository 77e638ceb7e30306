// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/preprocess/fitted_pipeline.h"
#include "core/train/engine.h"

/// Training on preprocessed spectra. The trainer gets a data set that has been through the steps, with the
/// same row numbers; the model is wrapped, so that it takes spectra as they were measured. Generated spectra
/// are given back in the unit of the data where every step can be undone, else as they are after the steps.
namespace assayer {

struct PreprocessedData {
  DatasetPtr raw;
  DatasetPtr seen;                                 ///< what training sees; `raw` itself without steps
  std::shared_ptr<const FittedPipeline> pipeline;  ///< null without steps
  std::vector<Message> warnings;                   ///< of the steps and of what they met in the data
};

/// The plan of a run on a data set; asked with the data before and after preprocessing, which differ in the
/// rows that are finite.
using PlanMaker = std::function<Result<TrainPlan>(const Dataset&)>;

/// Preprocesses `raw` by steps that have learnt from the rows of the plan alone, labelled and unlabelled, and
/// from all of them. Filling gaps brings rows into a plan, logarithms drive some out, so plan and fit are
/// repeated until they agree; Data error where they do not.
Result<PreprocessedData> preprocess_for(const DatasetPtr& raw, const Pipeline& pipeline,
                                        const PlanMaker& plan, const RunControl* control = nullptr,
                                        const ProgressFn& progress = {});
/// The same for rows that are known (a split of a validation).
Result<PreprocessedData> preprocess_for(const DatasetPtr& raw, const Pipeline& pipeline, const Rows& training,
                                        const RunControl* control = nullptr, const ProgressFn& progress = {});
/// The same with steps that have been fitted, those of a run to resume.
Result<PreprocessedData> preprocess_with(const DatasetPtr& raw, const PipelineState& state,
                                         const RunControl* control = nullptr,
                                         const ProgressFn& progress = {});

/// Domains in which mixtures are linear are those of spectra as they were measured: after steps that change
/// the quantity a link `auto` becomes identity, and another one is objected to. The sentence, if any.
std::optional<Message> adapt_link(TrainConfig& config, const Pipeline& pipeline);

/// The wrappers; `make_trainer` and `make_model` (methods.h) put them on.
std::unique_ptr<Trainer> with_preprocessing(std::unique_ptr<Trainer> trainer, PreprocessedData data);
std::shared_ptr<const Model> with_preprocessing(std::shared_ptr<const Model> model,
                                                std::shared_ptr<const FittedPipeline> pipeline,
                                                const std::string& fingerprint);
/// The state as the trainer inside knows it. Usage error where it has other steps or other data.
Result<ModelState> without_preprocessing(ModelState state, const PreprocessedData& data);

}  // namespace assayer
