// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_fused.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace assayer::model {
namespace {

template <class S>
std::vector<S> numbers(std::span<const double> values) {
  std::vector<S> result;
  result.reserve(values.size());
  for (const double value : values) result.push_back(static_cast<S>(value));
  return result;
}
template <class S>
std::vector<S> numbers(const Matrix<double>& values) {
  return numbers<S>(values.values());
}

template <class S>
kernels::Weight<S> weight_of(const Parameters& parameters, const std::string& name, Index member) {
  for (std::size_t p = 0; p < parameters.count(); ++p) {
    if (parameters.name(p) != name) continue;
    const Index offset = parameters.range(p, member).offset;
    return {parameters.values().data_ptr<S>() + offset, parameters.gradients().data_ptr<S>() + offset};
  }
  throw std::logic_error("no weight is called " + name);
}

const float* start_of(const Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}

std::size_t at(Index m) {
  return static_cast<std::size_t>(m);
}

}  // namespace

template <class S>
GuidedKernel<S>::GuidedKernel(const guided::Start& start, const Alphas& alphas, Index rows_l, Index rows_u,
                              Index rows_y) {
  const guided::Mixture& mixture = start.mixture;
  shape_.channels = static_cast<Index>(mixture.channels());
  shape_.components = static_cast<Index>(mixture.components());
  shape_.nuisance = static_cast<Index>(mixture.nuisance());
  shape_.y_features = static_cast<Index>(start.y_encoder.axes.cols());
  shape_.z_features = static_cast<Index>(start.z_encoder.axes.cols());
  shape_.hidden = guided_constants::kHidden;
  shape_.rows_l = rows_l;
  shape_.rows_u = rows_u;
  shape_.rows_y = rows_y;
  using Input = kernels::GuidedShape::Input;
  shape_.input = start.y_encoder.input == guided::EncoderInput::Linear ? Input::Linear
                 : start.y_encoder.input == guided::EncoderInput::Snv  ? Input::Snv
                                                                       : Input::Spectra;
  shape_.link = mixture.link;
  shape_.correction = start.correction;
  shape_.calibration = start.task == guided::Task::Calibration;
  shape_.half_width = interval::kHalfWidth;
  shape_.y_correction_scale = guided_constants::kYCorrectionScale;
  shape_.z_correction_scale = guided_constants::kZCorrectionScale;
  shape_.tilt_unit = start.scale * guided_constants::kDecoderRate;
  shape_.decoder_rate = guided_constants::kDecoderRate;
  shape_.least_spread = guided_constants::kLeastSpread;
  shape_.weight_penalty = guided_constants::kWeightPenalty;
  shape_.alphas = alphas;

  regression_ = numbers<S>(start.y_encoder.regression);
  intercept_ = numbers<S>(start.y_encoder.intercept);
  y_axes_ = numbers<S>(start.y_encoder.axes);
  y_offset_ = numbers<S>(start.y_encoder.offset);
  z_axes_ = numbers<S>(start.z_encoder.axes);
  z_offset_ = numbers<S>(start.z_encoder.offset);
  z_slope_ = numbers<S>(start.z_slope);
  z_intercept_ = numbers<S>(start.z_intercept);
  for (const double spread : start.z_spread) z_log_spread_.push_back(static_cast<S>(std::log(spread)));
  efficiency_ = numbers<S>(mixture.efficiency);
  endmembers_ = numbers<S>(mixture.endmembers);
  tilt_ = numbers<S>(mixture.tilt);
  tilt_part_ = numbers<S>(mixture.tilt_part);
  z_centre_ = numbers<S>(mixture.z_centre);
  for (const double spread : mixture.spread_x)
    log_spread_x_.push_back(
        static_cast<S>(std::log(std::max(spread - guided_constants::kLeastSpread, 1e-4))));
  for (const double sd : start.label_sd)
    label_sd_.push_back(static_cast<S>(sd + guided_constants::kLeastLabelSpread));
}

template <class S>
kernels::GuidedStep<S> GuidedKernel<S>::step() const {
  return kernels::GuidedStep<S>(shape_, {regression_, intercept_, y_axes_, y_offset_, z_axes_, z_offset_,
                                         z_slope_, z_intercept_, z_log_spread_, efficiency_, endmembers_,
                                         tilt_, tilt_part_, z_centre_, log_spread_x_, label_sd_});
}

template <class S>
kernels::CorrectionWeights<S> correction_weights(const Parameters& parameters, const std::string& prefix,
                                                 Index member) {
  const auto of = [&](const char* name) {
    return weight_of<S>(parameters, fmt::format("{}/{}", prefix, name), member);
  };
  return {of("linear/weight"), of("hidden0/weight"), of("hidden0/bias"), of("out/weight"), of("out/bias")};
}

template <class S>
kernels::GuidedWeights<S> guided_weights(const GuidedNetworks& networks, Index member) {
  const Parameters& parameters = networks.parameters();
  const auto of = [&](const char* name) { return weight_of<S>(parameters, name, member); };
  return {correction_weights<S>(parameters, "q_y", member),
          correction_weights<S>(parameters, "q_z", member),
          of("q_y/log_sd"),
          of("q_z/log_sd_change"),
          of("p_x/log_sd_change"),
          of("p_x/tilt_change"),
          of("p_x/tilt_part_change")};
}

template class GuidedKernel<float>;
template class GuidedKernel<double>;
template kernels::CorrectionWeights<float> correction_weights(const Parameters&, const std::string&, Index);
template kernels::CorrectionWeights<double> correction_weights(const Parameters&, const std::string&, Index);
template kernels::GuidedWeights<float> guided_weights(const GuidedNetworks&, Index);
template kernels::GuidedWeights<double> guided_weights(const GuidedNetworks&, Index);

FusedGuided::FusedGuided(const guided::Start& start, const TrainConfig& config,
                         const GuidedNetworks& networks, Source labelled, Source unlabelled,
                         Source unfeatured)
    : seed_(config.seed),
      members_(networks.members()),
      labelled_(std::move(labelled)),
      unlabelled_(std::move(unlabelled)),
      unfeatured_(std::move(unfeatured)),
      pool_(at(std::min<Index>(config.threads, members_))) {
  for (Index m = 0; m < members_; ++m) weights_.push_back(guided_weights<float>(networks, m));
  const GuidedKernel<float> kernel(start, config.effective_alphas(), labelled_.batch, unlabelled_.batch,
                                   unfeatured_.batch);
  for (std::size_t thread = 0; thread < pool_.threads(); ++thread) {
    const auto rows = [](const Source& source) { return std::vector<std::int64_t>(at(source.batch)); };
    const auto spectra = [](const Source& source) {
      return std::vector<float>(source.x.kept() ? 0 : at(source.batch * source.x.channels()));
    };
    desks_.push_back({kernel.step(), rows(labelled_), rows(unlabelled_), rows(unfeatured_),
                      spectra(labelled_), spectra(unlabelled_)});
  }
  in_order_.resize(at(std::max(labelled_.batch, unlabelled_.batch)));
  std::iota(in_order_.begin(), in_order_.end(), std::int64_t{0});
}

void FusedGuided::differentiate(Index step, double ramp, const std::function<bool(Index)>& active,
                                std::vector<kernels::StepValues>& values) {
  const auto work = [&](std::size_t member, std::size_t thread) {
    if (!active(static_cast<Index>(member))) return;
    Desk& desk = desks_[thread];
    const auto moment = static_cast<std::uint64_t>(step);
    kernels::Stream noise(seed_ + member, kernels::Purpose::Noise, moment);
    kernels::Stream rows(seed_ + member, kernels::Purpose::Rows, moment);
    desk.step.draw(noise);
    const auto drawn = [&](const Source& source, std::vector<std::int64_t>& numbers) {
      if (!numbers.empty()) rows.below(source.rows(), numbers);
      return kernels::GuidedSource<float>{.rows = numbers.data(),
                                          .x = source.x.data(),
                                          .y = start_of(source.y),
                                          .base = start_of(source.seen.base),
                                          .y_features = start_of(source.seen.y_features),
                                          .z_features = start_of(source.seen.z_features)};
    };
    const auto measured = [&](const Source& source, std::vector<std::int64_t>& numbers,
                              std::vector<float>& spectra) {
      auto given = drawn(source, numbers);
      if (spectra.empty()) return given;
      source.x.gather(numbers, spectra.data());
      given.x = spectra.data();
      given.x_rows = in_order_.data();
      return given;
    };
    const auto labelled = measured(labelled_, desk.rows_l, desk.x_l);
    const auto unlabelled = measured(unlabelled_, desk.rows_u, desk.x_u);
    const auto unfeatured = drawn(unfeatured_, desk.rows_y);
    values[member] = desk.step.run(weights_[member], ramp, labelled, unlabelled, unfeatured);
  };
  // By reference: a std::function of its own would allocate.
  pool_.run(at(members_), std::cref(work));
}

void FusedGuided::for_members(const std::function<void(Index)>& work) {
  const auto of_member = [&](std::size_t m, std::size_t) { work(static_cast<Index>(m)); };
  pool_.run(at(members_), std::cref(of_member));
}

}  // namespace assayer::model
