// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_networks.h"

#include <algorithm>
#include <cmath>

#include "core/model/trained_model.h"

namespace assayer::model {
namespace {

constexpr double kStartLogitSpread = 0.3;

Tensor row_vector(const std::vector<double>& values, const at::TensorOptions& options) {
  return to_tensor({values.data(), 1, values.size()}, options).squeeze(0).to(options.device());
}
Tensor matrix(const Matrix<double>& values, const at::TensorOptions& options) {
  return to_tensor(values.view(), options).to(options.device());
}

/// Log-variance of exp(l) + 1e-3.
Tensor raw_of(const Tensor& log_spread) {
  return (log_spread.exp() + guided_constants::kLeastSpread).log() * 2.0;
}

}  // namespace

Tensor to_linear(const LinkSettings& link, const Tensor& x) {
  switch (link.link) {
    case Link::Identity:
      return x / link.scale;
    case Link::Log:
      return -(x / link.scale).clamp_min(1e-6).log();
    case Link::Hapke:
      break;
  }
  const double m0 = link.cos_incidence;
  const double m = link.cos_emission;
  const double c = (1 + 2 * m0) * (1 + 2 * m) / (4 * (m0 + m));
  const Tensor r = (x / link.scale).clamp(-c / (8 * m0 * m), c);
  const Tensor a = 4 * m0 * m * r + c;
  const Tensor b = 2 * (m0 + m) * r;
  const Tensor gamma = ((b.square() - 4 * a * (r - c)).clamp_min(1e-12).sqrt() - b) / (2 * a);
  return 1 - gamma.square();
}

Tensor from_linear(const LinkSettings& link, const Tensor& v) {
  switch (link.link) {
    case Link::Identity:
      return v * link.scale;
    case Link::Log:
      return (-v).exp() * link.scale;
    case Link::Hapke:
      break;
  }
  const double m0 = link.cos_incidence;
  const double m = link.cos_emission;
  const double c = (1 + 2 * m0) * (1 + 2 * m) / (4 * (m0 + m));
  const Tensor absorbed = at::softplus(1 - v, 200, 20);
  // The root's slope is infinite at 0, where softplus of far too bright values underflows.
  const Tensor gamma = absorbed.clamp_min(1e-12).sqrt();
  return link.scale * c * (1 - absorbed) / ((1 + 2 * m0 * gamma) * (1 + 2 * m * gamma));
}

Tensor encoder_values(guided::EncoderInput input, const LinkSettings& link, const Tensor& x) {
  if (input == guided::EncoderInput::Linear) return to_linear(link, x);
  if (input == guided::EncoderInput::Spectra) return x;
  const Tensor centred = x - x.mean(-1, true);
  return centred / centred.square().mean(-1, true).clamp_min(1e-20).sqrt();
}

Tensor log_positive_composition(const Tensor& t) {
  const Tensor positive = at::softplus(t, 100, 20) + 1e-6;
  return positive.log() - positive.sum(-1, true).log();
}

Correction::Correction(Parameters& parameters, const std::string& prefix, Index in, Index hidden, Index out,
                       double scale)
    : linear_(parameters.add(prefix + "/linear/weight", in, out)),
      hidden_(parameters.add(prefix + "/hidden0/weight", in, hidden)),
      hidden_bias_(parameters.add(prefix + "/hidden0/bias", 1, hidden)),
      out_(parameters.add(prefix + "/out/weight", hidden, out)),
      bias_(parameters.add(prefix + "/out/bias", 1, out)),
      scale_(scale) {}

Tensor Correction::operator()(const Parameters& parameters, const Tensor& p) const {
  const Tensor hidden = at::baddbmm(parameters.leaf(hidden_bias_), p, parameters.leaf(hidden_)).tanh();
  return scale_ * (at::baddbmm(parameters.leaf(bias_), p, parameters.leaf(linear_)) +
                   at::bmm(hidden, parameters.leaf(out_)));
}

void Correction::initialise(Parameters& parameters, Index member, at::Generator& generator) const {
  const at::NoGradGuard no_grad;
  for (const std::size_t p : {linear_, hidden_bias_, out_, bias_})
    parameters.leaf(p).detach().select(0, member).zero_();
  const Tensor weight = parameters.leaf(hidden_).detach().select(0, member);
  const double sd = 1 / std::sqrt(static_cast<double>(weight.size(0)));
  weight.copy_(at::empty(weight.sizes(), weight.options().device(at::kCPU)).normal_(0, sd, generator));
}

Tensor Correction::norm(const Parameters& parameters) const {
  Tensor sum;
  for (const std::size_t p : {linear_, hidden_, hidden_bias_, out_, bias_}) {
    const Tensor squares = parameters.leaf(p).square().sum({1, 2});
    sum = sum.defined() ? sum + squares : squares;
  }
  return sum;
}

GuidedNetworks::GuidedNetworks(const guided::Start& start, Index members, const at::TensorOptions& options)
    : link_(start.mixture.link),
      input_(start.y_encoder.input),
      correct_(start.correction),
      components_(static_cast<Index>(start.mixture.components())),
      nuisance_(static_cast<Index>(start.mixture.nuisance())),
      scale_(start.scale) {
  regression_ = matrix(start.y_encoder.regression, options);
  intercept_ = row_vector(start.y_encoder.intercept, options);
  y_axes_ = matrix(start.y_encoder.axes, options);
  y_offset_ = row_vector(start.y_encoder.offset, options);
  z_axes_ = matrix(start.z_encoder.axes, options);
  z_offset_ = row_vector(start.z_encoder.offset, options);
  z_slope_ = matrix(start.z_slope, options);
  z_intercept_ = row_vector(start.z_intercept, options);
  z_log_spread_ = row_vector(start.z_spread, options).log();
  efficiency_ = row_vector(start.mixture.efficiency, options);
  endmembers_ = matrix(start.mixture.endmembers, options);
  tilt_ = matrix(start.mixture.tilt, options);
  tilt_part_ = matrix(start.mixture.tilt_part, options);
  z_centre_ = row_vector(start.mixture.z_centre, options);
  log_spread_x_ =
      (row_vector(start.mixture.spread_x, options) - guided_constants::kLeastSpread).clamp_min(1e-4).log();

  const Index c = endmembers_.size(1);
  y_correction_ = Correction(parameters_, "q_y", y_offset_.size(0), guided_constants::kHidden, components_,
                             guided_constants::kYCorrectionScale);
  y_spread_ = parameters_.add("q_y/log_sd", 1, components_ - 1);
  z_correction_ = Correction(parameters_, "q_z", z_offset_.size(0) + components_, guided_constants::kHidden,
                             nuisance_, guided_constants::kZCorrectionScale);
  z_spread_ = parameters_.add("q_z/log_sd_change", 1, nuisance_);
  x_spread_ = parameters_.add("p_x/log_sd_change", 1, c);
  tilt_change_ = parameters_.add("p_x/tilt_change", nuisance_, c);
  tilt_part_change_ = parameters_.add("p_x/tilt_part_change", nuisance_ * components_, c);
  parameters_.allocate(members, options);
}

void GuidedNetworks::initialise(Index member, at::Generator& generator) {
  const at::NoGradGuard no_grad;
  y_correction_.initialise(parameters_, member, generator);
  z_correction_.initialise(parameters_, member, generator);
  parameters_.leaf(y_spread_).detach().select(0, member).fill_(std::log(kStartLogitSpread));
  for (const std::size_t p : {z_spread_, x_spread_, tilt_change_, tilt_part_change_})
    parameters_.leaf(p).detach().select(0, member).zero_();
}

GuidedNetworks::Seen GuidedNetworks::see(const Tensor& x) const {
  const Tensor u = encoder_values(input_, link_, x);
  const Tensor v = input_ == guided::EncoderInput::Linear ? u : to_linear(link_, x);
  return {at::matmul(u, regression_) + intercept_, at::matmul(u, y_axes_) + y_offset_,
          at::matmul(v, z_axes_) + z_offset_};
}

Tensor GuidedNetworks::log_composition(const Seen& seen) const {
  const Tensor base = seen.base.expand({members(), -1, -1});
  if (!correct_) return log_positive_composition(base);
  return log_positive_composition(base +
                                  y_correction_(parameters_, seen.y_features.expand({members(), -1, -1})));
}

Gaussian GuidedNetworks::q_y(const Tensor& log_composition) const {
  const Tensor mean =
      log_composition.narrow(-1, 0, components_ - 1) - log_composition.narrow(-1, components_ - 1, 1);
  return {mean, raw_of(parameters_.leaf(y_spread_)).expand_as(mean), Spread::LogVariance};
}

Gaussian GuidedNetworks::q_z(const Seen& seen, const Tensor& y) const {
  const Tensor input = at::cat({seen.z_features.expand({members(), -1, -1}), y}, -1);
  const Tensor mean = at::matmul(input, z_slope_) + z_intercept_ + z_correction_(parameters_, input);
  return {mean, raw_of(z_log_spread_ + parameters_.leaf(z_spread_)).expand_as(mean), Spread::LogVariance};
}

Gaussian GuidedNetworks::p_x(const Tensor& y, const Tensor& z) const {
  const Index m = members();
  const Tensor weighed = y * efficiency_;
  const Tensor f = weighed / weighed.sum(-1, true);  // [M, B, K]
  const Tensor shift = z - z_centre_;                // [M, B, Z]
  // One product for everything: [f, shift, shift ⊗ f] · [M; b; ΔB].
  const Tensor own = (shift.unsqueeze(-1) * f.unsqueeze(-2)).flatten(-2);  // [M, B, Z K]
  const Tensor unit = scale_ * guided_constants::kDecoderRate * at::ones({1}, endmembers_.options());
  const Tensor design =
      at::cat({endmembers_.expand({m, -1, -1}), tilt_ + unit * parameters_.leaf(tilt_change_),
               tilt_part_ + unit * parameters_.leaf(tilt_part_change_)},
              1);
  const Tensor v = at::bmm(at::cat({f, shift, own}, -1), design);
  const Tensor mean = from_linear(link_, v);
  const Tensor raw = raw_of(log_spread_x_ + guided_constants::kDecoderRate * parameters_.leaf(x_spread_));
  return {mean, raw.expand_as(mean), Spread::LogVariance};
}

Tensor GuidedNetworks::penalty() const {
  Tensor sum =
      z_correction_.norm(parameters_) + parameters_.leaf(tilt_part_change_).square().sum({1, 2}) *
                                            (guided_constants::kDecoderRate * guided_constants::kDecoderRate);
  if (correct_) sum = sum + y_correction_.norm(parameters_);
  return guided_constants::kWeightPenalty * sum;
}

guided::Mixture GuidedNetworks::mixture(const guided::Start& start, Index member) const {
  const at::NoGradGuard no_grad;
  guided::Mixture result = start.mixture;
  const auto add = [&](Matrix<double>& to, std::size_t parameter) {
    const Tensor change =
        (parameters_.leaf(parameter).detach().select(0, member) * (scale_ * guided_constants::kDecoderRate))
            .to(at::kCPU, at::kDouble)
            .contiguous();
    for (std::size_t i = 0; i < to.size(); ++i) to.data()[i] += change.data_ptr<double>()[i];
  };
  add(result.tilt, tilt_change_);
  add(result.tilt_part, tilt_part_change_);
  return result;
}

}  // namespace assayer::model
