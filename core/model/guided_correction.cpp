// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_correction.h"

#include <algorithm>
#include <limits>

#include "core/model/adam.h"
#include "core/model/guided_networks.h"
#include "core/model/trained_model.h"

namespace assayer::model {
namespace {

constexpr Index kSteps = 600;
constexpr double kRate = 5e-3;
constexpr double kMostGradient = 100;
constexpr double kPenalty = 1e-3;
constexpr Index kHidden = 8;
constexpr double kScale = 0.1;

}  // namespace

std::optional<std::vector<Matrix<double>>> train_corrections(const std::vector<CorrectionFold>& folds,
                                                             const Matrix<double>& y, double epsilon,
                                                             std::uint64_t seed, const RunControl* control) {
  const auto n = static_cast<Index>(y.rows());
  const auto k = static_cast<Index>(y.cols());
  const auto count = static_cast<Index>(folds.size());
  Index width = 1;
  for (const CorrectionFold& fold : folds) width = std::max(width, static_cast<Index>(fold.features.cols()));
  const at::TensorOptions options(at::kFloat);
  Tensor base = at::zeros({count, n, k}, options);
  Tensor features = at::zeros({count, n, width}, options);
  Tensor weight = at::zeros({count, n}, options);
  for (Index f = 0; f < count; ++f) {
    const CorrectionFold& fold = folds[static_cast<std::size_t>(f)];
    base.select(0, f).copy_(to_tensor(fold.base, options));
    // A fold with fewer components has zeros for the rest.
    features.select(0, f)
        .narrow(1, 0, static_cast<Index>(fold.features.cols()))
        .copy_(to_tensor(fold.features, options));
    for (const std::uint32_t row : fold.train)
      weight.data_ptr<float>()[f * n + static_cast<Index>(row)] =
          1.0F / static_cast<float>(fold.train.size());
  }
  const Tensor truth = simplex::clip_composition(to_tensor(y, options), epsilon);
  const Tensor label_sd = at::std(truth, 0, false) + 1e-3;

  Parameters parameters;
  const Correction correction(parameters, "q_y", width, kHidden, k, kScale);
  parameters.allocate(count, options);
  at::Generator generator = at::detail::createCPUGenerator(seed);
  for (Index f = 0; f < count; ++f) correction.initialise(parameters, f, generator);
  Adam adam(parameters,
            {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip = std::numeric_limits<float>::max()});
  const auto log_estimate = [&] { return log_positive_composition(base + correction(parameters, features)); };
  std::vector<double> rates(folds.size());
  for (Index step = 0; step < kSteps; ++step) {
    if (control != nullptr && control->stop_requested()) return std::nullopt;
    parameters.zero_gradients();
    const Tensor log_y = log_estimate();
    const Tensor loss =
        (truth * (truth.log() - log_y)).sum(-1) + ((truth - log_y.exp()) / label_sd).square().mean(-1);
    const Tensor total = -(loss * weight).sum(-1) - kPenalty * correction.norm(parameters);
    total.sum().backward();
    limit_gradient_norm(parameters, kMostGradient);
    std::ranges::fill(rates, kRate * cosine_schedule(step, kSteps));
    adam.ascend(parameters, rates);
  }
  const at::NoGradGuard no_grad;
  const Tensor estimate = log_estimate().exp().to(at::kDouble).contiguous();
  std::vector<Matrix<double>> result;
  for (Index f = 0; f < count; ++f) {
    Matrix<double> values(y.rows(), y.cols());
    std::copy_n(estimate.data_ptr<double>() + f * n * k, n * k, values.data());
    result.push_back(std::move(values));
  }
  return result;
}

}  // namespace assayer::model
