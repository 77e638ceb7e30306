// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/families.h"
#include "core/model/flow.h"
#include "core/model/parameters.h"
#include "core/train/train_config.h"

namespace assayer::model {

/// Sizes that decide every weight's shape.
struct Sizes {
  Index members = 1;
  Index channels = 0;    ///< those that enter the model
  Index components = 0;  ///< K
  Index nuisance = 0;    ///< Z
};

enum class Nonlinearity { Tanh, Softplus };
Nonlinearity nonlinearity_of(const TrainConfig& config);
Spread spread_of(const TrainConfig& config);

/// A multi-layer perceptron with a leading member dimension; its hidden stack is shared by two heads, mean
/// and scale. Distributions that have no scale have one head, "logits".
class Mlp {
 public:
  enum class Heads { MeanAndScale, Logits };

  /// Registers its weights in `parameters` under `prefix` ("q_y").
  Mlp(Parameters& parameters, const std::string& prefix, Index in, std::span<const Index> hidden, Index out,
      Nonlinearity nonlinearity, Spread spread, Heads heads = Heads::MeanAndScale);

  /// Input [M, B, in] → distribution over [M, B, out]; without a scale head, logits in place of the mean.
  [[nodiscard]] Gaussian operator()(const Parameters& parameters, const Tensor& input) const;
  /// Only the mean head.
  [[nodiscard]] Tensor mean(const Parameters& parameters, const Tensor& input) const;

  /// Glorot-uniform with gain √2 (Glorot & Bengio 2010) for hidden layers and the mean head, zero biases. The
  /// scale head starts likewise for log-variances, and at zero for softplus, as in the published code.
  void initialise(Parameters& parameters, Index member, at::Generator& generator) const;

 private:
  struct Layer {
    std::size_t weight = 0;  ///< [M, in, out]
    std::size_t bias = 0;    ///< [M, 1, out]
  };
  Layer add_layer(Parameters& parameters, const std::string& name, Index in, Index out) const;
  [[nodiscard]] Tensor hidden(const Parameters& parameters, const Tensor& input) const;

  std::vector<Layer> hidden_;
  Layer mean_;
  Layer scale_;
  Heads heads_;
  Nonlinearity nonlinearity_;
  Spread spread_;
};

/// The conditionals of the model, with their weights: q(y|x), q(z|x,y), p(x|y,z), and q(z|y) where (21) asks
/// for it.
class Networks {
 public:
  Networks(const TrainConfig& config, Sizes sizes, const at::TensorOptions& options);

  [[nodiscard]] const Sizes& sizes() const { return sizes_; }
  [[nodiscard]] const Families& families() const { return families_; }
  /// See Families::x_centre.
  void set_centre(const Tensor& centre) { families_.x_centre = centre; }
  /// Of the interval that z lives on.
  [[nodiscard]] double z_half_width() const { return families_.z_half_width; }
  [[nodiscard]] Parameters& parameters() { return parameters_; }
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }

  /// q(y | x): K − 1 free logits. x [M, B, C].
  [[nodiscard]] Gaussian q_y(const Tensor& x) const { return q_y_(parameters_, x); }
  /// q(z | x, y): ζ. y [M, B, K].
  [[nodiscard]] Gaussian q_z(const Tensor& x, const Tensor& y) const {
    return q_z_(parameters_, at::cat({x, y}, -1));
  }
  /// q(z | y) of (21): ζ.
  [[nodiscard]] Gaussian q_zy(const Tensor& y) const { return (*q_zy_)(parameters_, y); }
  /// p(x | y, z).
  [[nodiscard]] Gaussian p_x(const Tensor& y, const Tensor& z) const {
    return p_x_(parameters_, at::cat({y, z}, -1));
  }
  /// x̄ of (14) for p(x | y, z).
  [[nodiscard]] Tensor mean_x(const Tensor& y, const Tensor& z) const {
    return families_.centre_of_x(p_x_.mean(parameters_, at::cat({y, z}, -1)));
  }

  /// log y of a draw y ~ q(y | x) and its log-density. `noise` [M, B, K − 1] standard normal, or [M, B, K]
  /// Gumbel for the concrete distribution.
  [[nodiscard]] Families::Drawn draw_log_y(const Gaussian& qy, const Tensor& noise) const;
  /// log q(y | x) of given compositions: [M, B].
  [[nodiscard]] Tensor log_q_y(const Gaussian& qy, const Tensor& y) const;
  /// log ȳ: what becomes of the centre of the logits; for the concrete distribution its classes'
  /// probabilities.
  [[nodiscard]] Tensor log_mean_y(const Gaussian& qy) const;
  /// Whether q(y|x) is the plain logistic-normal, whose spread is known to first order.
  [[nodiscard]] bool y_is_plain() const {
    return families_.y == Families::Y::LogisticNormal && flow_.is_identity();
  }

  /// Draws member m's starting weights.
  void initialise(Index member, at::Generator& generator);

 private:
  Sizes sizes_;
  Families families_;
  Parameters parameters_;
  Mlp q_y_;
  Mlp q_z_;
  Mlp p_x_;
  std::optional<Mlp> q_zy_;
  Flow flow_;  ///< of q(y|x)
};

}  // namespace assayer::model
