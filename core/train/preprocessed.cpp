// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/preprocessed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "core/train/prediction_blocks.h"

namespace assayer {

namespace {

/// Rows that a model's spectra are preprocessed and predicted for at a time: a multiple of what models take
/// themselves, so that their answers are the same to the bit.
constexpr std::size_t kBlockRows = 8192;

/// Plan, fit and finite rows settle at once, or after one more round where channels are found bad.
constexpr int kMostRounds = 4;

Rows rows_of(const TrainPlan& plan) {
  Rows rows;
  std::ranges::set_union(plan.labelled, plan.unlabelled, std::back_inserter(rows));
  return rows;
}

class PreprocessedModel final : public Model {
 public:
  PreprocessedModel(std::shared_ptr<const Model> model, std::shared_ptr<const FittedPipeline> pipeline,
                    const std::string& fingerprint)
      : model_(std::move(model)),
        pipeline_(std::move(pipeline)),
        invertible_(pipeline_->invertible()),
        state_(model_->state()) {
    state_.preprocessing = pipeline_->state();
    state_.data_fingerprint = fingerprint;
  }

  [[nodiscard]] const ModelState& state() const override { return state_; }

  [[nodiscard]] Result<Prediction> predict(MatrixView<float> spectra,
                                           const Matrix<double>* composition) const override {
    const std::size_t rows = spectra.rows();
    // Compositions of another number of rows are the model's to refuse.
    if (rows <= kBlockRows || (composition != nullptr && composition->rows() != rows))
      return predict_block(spectra, composition);
    Prediction all;
    for (std::size_t first = 0; first < rows; first += kBlockRows) {
      const std::size_t count = std::min(kBlockRows, rows - first);
      const MatrixView<float> some(spectra.row(first).data(), count, spectra.cols());
      Matrix<double> given;
      if (composition != nullptr) given = block_of(*composition, first, count);
      auto block = predict_block(some, composition != nullptr ? &given : nullptr);
      if (!block) return block;
      put_block(*block, first, rows, all);
    }
    return all;
  }
  [[nodiscard]] Result<Prediction> predict_draws(MatrixView<float> spectra, const Matrix<double>* composition,
                                                 std::int64_t draws, std::uint64_t seed) const override {
    const auto seen = pipeline_->apply(spectra);
    if (!seen) return fail(seen.error());
    return model_->predict_draws(seen->view(), composition, draws, seed);
  }
  [[nodiscard]] Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                                   const Matrix<double>& z) const override {
    auto made = model_->generate(composition, z);
    if (!made || !invertible_) return made;
    return EndmemberEstimate{.mean = pipeline_->invert(made->mean.view()),
                             .sd = pipeline_->invert_deviation(made->mean.view(), made->sd.view())};
  }
  [[nodiscard]] Result<Matrix<float>> sample(const Matrix<double>& composition, const Matrix<double>& z,
                                             std::int64_t samples, std::uint64_t seed) const override {
    auto made = model_->sample(composition, z, samples, seed);
    if (!made || !invertible_) return made;
    return pipeline_->invert(made->view());
  }

  [[nodiscard]] ModelChannels input() const override { return used(pipeline_->input()); }
  [[nodiscard]] ModelChannels output() const override {
    if (!invertible_) return model_->output();
    // What comes back from a spectrum without gaps.
    const ModelChannels inner = model_->output();
    Matrix<float> probe(1, inner.used.size(), 0.5F);
    for (std::size_t c = 0; c < inner.used.size(); ++c)
      if (inner.used[c] == 0) probe(0, c) = std::numeric_limits<float>::quiet_NaN();
    const Matrix<float> back = pipeline_->invert(probe.view());
    ModelChannels channels{pipeline_->input().axis, {}};
    for (const float value : back.values()) channels.used.push_back(std::isfinite(value) ? 1 : 0);
    return channels;
  }
  [[nodiscard]] std::string output_space() const override {
    return invertible_ ? std::string() : pipeline_->pipeline().short_text();
  }
  [[nodiscard]] Result<DatasetPtr> in_output_space(const Dataset& data,
                                                   const RunControl* control) const override {
    if (invertible_) return DatasetPtr();
    auto seen = pipeline_->apply(data, FittedPipeline::Leave::AsMissing, control);
    if (!seen) return fail(seen.error());
    return std::move(seen->data);
  }

 private:
  [[nodiscard]] Result<Prediction> predict_block(MatrixView<float> spectra,
                                                 const Matrix<double>* composition) const {
    const auto seen = pipeline_->apply(spectra);
    if (!seen) return fail(seen.error());
    return model_->predict(seen->view(), composition);
  }
  static ModelChannels used(const Channels& channels) {
    ModelChannels result{channels.axis, {}};
    for (const std::uint8_t bad : channels.bad) result.used.push_back(bad == 0 ? 1 : 0);
    return result;
  }

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const FittedPipeline> pipeline_;
  bool invertible_;
  ModelState state_;
};

/// Hands on what the trainer inside says, as a caller outside understands it.
class Translator final : public Observer {
 public:
  Translator(Observer& outside, const PreprocessedData& data) : outside_(outside), data_(data) {}

  void on_epoch(const ObjectiveRecord& record) override { outside_.on_epoch(record); }
  void on_snapshot(std::shared_ptr<const Snapshot> snapshot) override {
    auto translated = std::make_shared<Snapshot>(*snapshot);
    if (snapshot->model)
      translated->model = with_preprocessing(snapshot->model, data_.pipeline, data_.raw->fingerprint());
    if (data_.pipeline->invertible()) {
      translated->endmembers.mean = data_.pipeline->invert(snapshot->endmembers.mean.view());
      translated->endmembers.sd =
          data_.pipeline->invert_deviation(snapshot->endmembers.mean.view(), snapshot->endmembers.sd.view());
    }
    outside_.on_snapshot(std::move(translated));
  }
  void on_checkpoint(const ModelState& state) override { outside_.on_checkpoint(outer(state)); }

  [[nodiscard]] ModelState outer(ModelState state) const {
    state.preprocessing = data_.pipeline->state();
    state.data_fingerprint = data_.raw->fingerprint();
    return state;
  }

 private:
  Observer& outside_;
  const PreprocessedData& data_;
};

class PreprocessedTrainer final : public Trainer {
 public:
  PreprocessedTrainer(std::unique_ptr<Trainer> trainer, PreprocessedData data)
      : trainer_(std::move(trainer)), data_(std::move(data)) {}

  Result<TrainReport> run(RunControl& control, Observer& observer) override {
    Translator translator(observer, data_);
    return trainer_->run(control, translator);
  }
  [[nodiscard]] ModelState state() const override {
    ModelState state = trainer_->state();
    state.preprocessing = data_.pipeline->state();
    state.data_fingerprint = data_.raw->fingerprint();
    return state;
  }
  [[nodiscard]] std::shared_ptr<const Model> model() const override {
    // A baseline has none before it was fitted.
    auto model = trainer_->model();
    return model ? with_preprocessing(std::move(model), data_.pipeline, data_.raw->fingerprint()) : nullptr;
  }

 private:
  std::unique_ptr<Trainer> trainer_;
  PreprocessedData data_;
};

Result<PreprocessedData> applied(const DatasetPtr& raw, std::shared_ptr<const FittedPipeline> pipeline,
                                 const RunControl* control, const ProgressFn& progress) {
  auto seen = pipeline->apply(*raw, FittedPipeline::Leave::AsMissing, control, progress);
  if (!seen) return fail(seen.error());
  PreprocessedData result{raw, std::move(seen->data), std::move(pipeline), std::move(seen->warnings)};
  const auto words = result.pipeline->pipeline().warnings();
  result.warnings.insert(result.warnings.begin(), words.begin(), words.end());
  return result;
}

}  // namespace

Result<PreprocessedData> preprocess_for(const DatasetPtr& raw, const Pipeline& pipeline,
                                        const PlanMaker& plan, const RunControl* control,
                                        const ProgressFn& progress) {
  if (pipeline.empty()) return PreprocessedData{raw, raw, nullptr, {}};
  const auto first = plan(*raw);
  if (!first) return fail(first.error());
  Rows training = rows_of(*first);
  for (int round = 0; round < kMostRounds; ++round) {
    auto made = preprocess_for(raw, pipeline, training, control, progress);
    if (!made || !made->pipeline->learns()) return made;
    const auto next = plan(*made->seen);
    if (!next) return fail(next.error());
    Rows rows = rows_of(*next);
    if (rows == training) return made;
    training = std::move(rows);
  }
  return fail({Error::Kind::Data, "preprocessing and the rows that it leaves finite do not settle",
               "preprocessing", "the same training rows after fitting as before", "others each time",
               "Mask bad channels by ranges, or take rows with missing values out of the selection."});
}

Result<PreprocessedData> preprocess_for(const DatasetPtr& raw, const Pipeline& pipeline, const Rows& training,
                                        const RunControl* control, const ProgressFn& progress) {
  if (pipeline.empty()) return PreprocessedData{raw, raw, nullptr, {}};
  auto fitted = FittedPipeline::fit(pipeline, *raw, training, control, progress);
  if (!fitted) return fail(fitted.error());
  return applied(raw, *std::move(fitted), control, progress);
}

Result<PreprocessedData> preprocess_with(const DatasetPtr& raw, const PipelineState& state,
                                         const RunControl* control, const ProgressFn& progress) {
  auto fitted = FittedPipeline::restore(state);
  if (!fitted) return fail(fitted.error());
  return applied(raw, *std::move(fitted), control, progress);
}

std::optional<Message> adapt_link(TrainConfig& config, const Pipeline& pipeline) {
  if (pipeline.empty() || pipeline.keeps_quantity()) return std::nullopt;
  if (config.link == "auto") {
    config.link = "identity";
    return Message::sentence(
        "After {} the spectra are not what was measured any more, so mixtures are taken as linear in them as "
        "they are (link=identity).",
        {pipeline.short_text()});
  }
  if (config.link == "identity") return std::nullopt;
  return Message::sentence("link={} is meant for spectra as they were measured, not for those after {}.",
                           {config.link, pipeline.short_text()});
}

std::unique_ptr<Trainer> with_preprocessing(std::unique_ptr<Trainer> trainer, PreprocessedData data) {
  return std::make_unique<PreprocessedTrainer>(std::move(trainer), std::move(data));
}

std::shared_ptr<const Model> with_preprocessing(std::shared_ptr<const Model> model,
                                                std::shared_ptr<const FittedPipeline> pipeline,
                                                const std::string& fingerprint) {
  return std::make_shared<PreprocessedModel>(std::move(model), std::move(pipeline), fingerprint);
}

Result<ModelState> without_preprocessing(ModelState state, const PreprocessedData& data) {
  if (!state.preprocessing || *state.preprocessing != data.pipeline->state() ||
      state.data_fingerprint != data.raw->fingerprint()) {
    return fail({Error::Kind::Usage, "the checkpoint belongs to another run", "resume",
                 "the same data and preprocessing", "different ones",
                 "Repeat the run's own settings, or start a new run."});
  }
  state.preprocessing.reset();
  state.data_fingerprint = data.seen->fingerprint();
  return state;
}

}  // namespace assayer
