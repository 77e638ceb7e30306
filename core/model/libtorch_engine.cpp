// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Version.h>
#include <torch/version.h>

#include <exception>

#include "core/model/guided_model.h"
#include "core/model/guided_run.h"
#include "core/model/m1_run.h"
#include "core/model/pca_fit.h"
#include "core/model/runtime.h"
#include "core/model/train_run.h"
#include "core/model/trained_model.h"
#include "core/train/engine.h"

namespace assayer::model {
namespace {

/// LibTorch throws; nothing leaves this library that way.
template <class F>
auto guarded(F&& compute) -> decltype(compute()) {
  try {
    return compute();
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::Numeric, "not enough memory", "engine", "", "",
                 "Close other programs, or use fewer rows or members."});
  } catch (const c10::Error& error) {
    return fail({Error::Kind::Numeric, "LibTorch refused a computation", "engine", "",
                 error.what_without_backtrace(), ""});
  } catch (const std::exception& error) {
    return fail({Error::Kind::Numeric, "a computation failed", "engine", "", error.what(), ""});
  }
}

class GuardedModel final : public Model {
 public:
  explicit GuardedModel(std::shared_ptr<const Model> model) : model_(std::move(model)) {}
  [[nodiscard]] const ModelState& state() const override { return model_->state(); }
  [[nodiscard]] Result<Prediction> predict(MatrixView<float> spectra,
                                           const Matrix<double>* composition) const override {
    return guarded([&] { return model_->predict(spectra, composition); });
  }
  [[nodiscard]] Result<Prediction> predict_draws(MatrixView<float> spectra, const Matrix<double>* composition,
                                                 std::int64_t draws, std::uint64_t seed) const override {
    return guarded([&] { return model_->predict_draws(spectra, composition, draws, seed); });
  }
  [[nodiscard]] Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                                   const Matrix<double>& z) const override {
    return guarded([&] { return model_->generate(composition, z); });
  }
  [[nodiscard]] Result<Matrix<float>> sample(const Matrix<double>& composition, const Matrix<double>& z,
                                             std::int64_t samples, std::uint64_t seed) const override {
    return guarded([&] { return model_->sample(composition, z, samples, seed); });
  }

 private:
  std::shared_ptr<const Model> model_;
};

class GuardedTrainer final : public Trainer {
 public:
  explicit GuardedTrainer(std::unique_ptr<Trainer> trainer) : trainer_(std::move(trainer)) {}
  Result<TrainReport> run(RunControl& control, Observer& observer) override {
    auto report = guarded([&] { return trainer_->run(control, observer); });
    give_back_memory();
    return report;
  }
  [[nodiscard]] ModelState state() const override { return trainer_->state(); }
  [[nodiscard]] std::shared_ptr<const Model> model() const override { return trainer_->model(); }

 private:
  std::unique_ptr<Trainer> trainer_;
};

class LibTorchEngine final : public Engine {
 public:
  LibTorchEngine() { prepare_process(); }

  [[nodiscard]] std::string description() const override {
    return std::string("LibTorch ") + TORCH_VERSION + (at::hasCUDA() ? " (CUDA)" : " (CPU)");
  }

  Result<std::unique_ptr<Trainer>> create_trainer(DatasetPtr data, TrainPlan plan, TrainConfig config,
                                                  const ModelState* resume,
                                                  const RunControl* control) const override {
    return guarded([&]() -> Result<std::unique_ptr<Trainer>> {
      auto trainer =
          config.method == "m1" ? M1Run::create(std::move(data), std::move(plan), std::move(config), resume)
          : config.method == "guided"
              ? GuidedRun::create(std::move(data), std::move(plan), std::move(config), resume, control)
              : TrainRun::create(std::move(data), std::move(plan), std::move(config), resume);
      // A start leaves more behind than the run will use.
      give_back_memory();
      if (!trainer) return fail(trainer.error());
      return std::make_unique<GuardedTrainer>(std::move(*trainer));
    });
  }

  Result<std::shared_ptr<const Model>> create_model(ModelState state) const override {
    return guarded([&]() -> Result<std::shared_ptr<const Model>> {
      if (auto valid = state.config.validate(); !valid) return fail(valid.error());
      const auto guarded_model = [](auto model) -> Result<std::shared_ptr<const Model>> {
        if (!model) return fail(model.error());
        return std::make_shared<GuardedModel>(*std::move(model));
      };
      if (state.config.method == "m1") return guarded_model(M1Model::create(std::move(state)));
      return state.config.method == "guided" ? guarded_model(GuidedModel::create(std::move(state)))
                                             : guarded_model(TrainedModel::create(std::move(state)));
    });
  }

  Result<Pca> fit_pca(const Dataset& data, std::size_t components) const override {
    return guarded([&] { return model::fit_pca(data, components); });
  }
};

}  // namespace
}  // namespace assayer::model

extern "C" assayer::Engine* assayer_create_engine();
assayer::Engine* assayer_create_engine() {
  return new assayer::model::LibTorchEngine();
}
