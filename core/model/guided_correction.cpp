// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_correction.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>

#include "core/kernels/guided_loops.h"
#include "core/kernels/pool.h"
#include "core/model/adam.h"
#include "core/model/guided_fused.h"
#include "core/model/trained_model.h"

namespace assayer::model {
namespace {

constexpr Index kSteps = 600;
constexpr double kRate = 5e-3;
constexpr double kMostGradient = 100;

/// One fold's network, its optimiser and the memory of its passes; columns are the fold's own rows first,
/// then those that it leaves out.
class FoldTraining {
 public:
  FoldTraining(const CorrectionFold& fold, const Tensor& truth, const Tensor& label_sd,
               at::Generator& generator)
      : rows_(static_cast<Index>(truth.size(0))),
        learnt_(static_cast<Index>(fold.train.size())),
        components_(truth.size(1)),
        order_(fold.train.begin(), fold.train.end()),
        label_sd_(label_sd) {
    const auto width = static_cast<Index>(fold.features.cols());
    const Correction correction(parameters_, "q_y", width, guided_constants::kHidden, components_,
                                guided_constants::kYCorrectionScale);
    parameters_.allocate(1, at::TensorOptions(at::kFloat));
    correction.initialise(parameters_, 0, generator);
    adam_.emplace(
        parameters_,
        AdamOptions{
            .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = std::numeric_limits<float>::max()});
    weights_ = correction_weights<float>(parameters_, "q_y", 0);

    std::vector<bool> own(static_cast<std::size_t>(rows_), false);
    for (const std::size_t row : order_) own[row] = true;
    for (std::size_t row = 0; row < own.size(); ++row)
      if (!own[row]) order_.push_back(row);
    pass_ = {.in = width,
             .hidden = guided_constants::kHidden,
             .out = components_,
             .scale = static_cast<float>(guided_constants::kYCorrectionScale),
             .stride = rows_};
    const Index units = pass_.hidden * rows_;
    const Index parts = components_ * rows_;
    memory_.assign(static_cast<std::size_t>(2 * units + 6 * parts + (width + 1) * rows_), 0.0F);
    float* next = memory_.data();
    const auto take = [&next](float*& pointer, Index count) {
      pointer = next;
      next += count;
    };
    for (float** pointer : {&pass_.units, &pass_.units_gradient}) take(*pointer, units);
    for (float** pointer : {&pass_.added, &base_, &truth_, &t_, &log_y_, &gradient_}) take(*pointer, parts);
    take(features_, width * rows_);
    take(loss_, rows_);
    const auto* y = truth.data_ptr<float>();
    for (Index r = 0; r < rows_; ++r) {
      const std::size_t row = order_[static_cast<std::size_t>(r)];
      for (Index i = 0; i < width; ++i)
        features_[i * rows_ + r] = static_cast<float>(fold.features(row, static_cast<std::size_t>(i)));
      for (Index k = 0; k < components_; ++k) {
        base_[k * rows_ + r] = static_cast<float>(fold.base(row, static_cast<std::size_t>(k)));
        truth_[k * rows_ + r] = y[static_cast<Index>(row) * components_ + k];
      }
    }
  }

  /// False when stopped.
  bool train(const RunControl* control) {
    const float weight = -1.0F / static_cast<float>(learnt_);
    for (Index step = 0; step < kSteps; ++step) {
      if (control != nullptr && control->stop_requested()) return false;
      parameters_.zero_gradients();
      forward(learnt_);
      std::fill_n(gradient_, components_ * rows_, 0.0F);
      std::fill_n(loss_, rows_, 0.0F);
      kernels::label_loss(truth_, log_y_, rows_, components_, learnt_, label_sd_.data_ptr<float>(), weight,
                          loss_, gradient_);
      kernels::positive_composition_backward(t_, rows_, components_, learnt_, gradient_);
      pass_.backward(weights_, gradient_, 0, learnt_, nullptr);
      pass_.weights(weights_, features_, learnt_);
      static_cast<void>(pass_.penalise(weights_, guided_constants::kWeightPenalty));
      limit_gradient_norm(parameters_, kMostGradient);
      adam_->begin_step();
      adam_->ascend(parameters_, 0, kRate * cosine_schedule(step, kSteps));
    }
    return true;
  }

  /// ŷ of all rows, in their own order.
  Matrix<double> estimate() {
    forward(rows_);
    Matrix<double> result(static_cast<std::size_t>(rows_), static_cast<std::size_t>(components_));
    for (Index k = 0; k < components_; ++k) {
      kernels::exp_all(log_y_ + k * rows_, rows_, log_y_ + k * rows_);
      for (Index r = 0; r < rows_; ++r) {
        result(order_[static_cast<std::size_t>(r)], static_cast<std::size_t>(k)) =
            static_cast<double>(log_y_[k * rows_ + r]);
      }
    }
    return result;
  }

 private:
  void forward(Index rows) {
    std::copy_n(base_, components_ * rows_, t_);
    pass_.forward(weights_, features_, 0, rows, t_);
    kernels::positive_composition(t_, rows_, components_, rows, log_y_);
  }

  Index rows_;
  Index learnt_;
  Index components_;
  std::vector<std::size_t> order_;
  Tensor label_sd_;
  Parameters parameters_;
  std::optional<Adam> adam_;
  kernels::CorrectionWeights<float> weights_;
  kernels::CorrectionPass<float> pass_;
  std::vector<float> memory_;  ///< of what follows and of the pass
  float* features_ = nullptr;  ///< [R × n]
  float* base_ = nullptr;      ///< [K × n], as are those that follow
  float* truth_ = nullptr;
  float* t_ = nullptr;
  float* log_y_ = nullptr;
  float* gradient_ = nullptr;
  float* loss_ = nullptr;  ///< [n]
};

}  // namespace

std::optional<std::vector<Matrix<double>>> train_corrections(const std::vector<CorrectionFold>& folds,
                                                             const Matrix<double>& y, double epsilon,
                                                             std::uint64_t seed, std::size_t threads,
                                                             const RunControl* control) {
  const Tensor truth =
      simplex::clip_composition(to_tensor(y, at::TensorOptions(at::kFloat)), epsilon).contiguous();
  const Tensor label_sd = (at::std(truth, 0, false) + guided_constants::kLeastLabelSpread).contiguous();
  at::Generator generator = at::detail::createCPUGenerator(seed);
  std::vector<std::unique_ptr<FoldTraining>> trainings;
  for (const CorrectionFold& fold : folds)
    trainings.push_back(std::make_unique<FoldTraining>(fold, truth, label_sd, generator));

  std::vector<Matrix<double>> result(folds.size());
  std::atomic<bool> whole = true;
  kernels::Pool pool(std::min(threads, std::max<std::size_t>(folds.size(), 1)));
  pool.run(folds.size(), [&](std::size_t f, std::size_t) {
    if (trainings[f]->train(control)) {
      result[f] = trainings[f]->estimate();
    } else {
      whole = false;
    }
  });
  if (!whole) return std::nullopt;
  return result;
}

}  // namespace assayer::model
