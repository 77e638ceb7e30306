// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model/distributions.h"
#include "core/model/tensor.h"
#include "core/train/model_state.h"
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

/// All weights of all members in one block, so that copying, clipping and updating them are single passes.
///
/// Parameter p is the range [offset_p, offset_p + M · size_p) seen as [M, rows, cols]. `values` holds the
/// numbers; each parameter is a leaf of autograd on it whose gradient accumulates into the same range of
/// `gradients`.
class Parameters {
 public:
  /// Reserves space; returns the parameter's index. Call before `allocate`.
  std::size_t add(std::string name, Index rows, Index cols);
  void allocate(Index members, const at::TensorOptions& options);

  [[nodiscard]] std::size_t count() const { return entries_.size(); }
  [[nodiscard]] const std::string& name(std::size_t p) const { return entries_[p].name; }
  [[nodiscard]] const Tensor& leaf(std::size_t p) const { return leaves_[p]; }
  [[nodiscard]] const Tensor& values() const { return values_; }
  [[nodiscard]] const Tensor& gradients() const { return gradients_; }
  [[nodiscard]] Index members() const { return members_; }
  /// Offset and length of member m's part of parameter p.
  struct Range {
    Index offset = 0;
    Index length = 0;
  };
  [[nodiscard]] Range range(std::size_t p, Index member) const;

  void zero_gradients();
  [[nodiscard]] std::vector<NamedArray> to_arrays() const;
  /// Copies in; Data error when a name is missing or a shape differs.
  Status from_arrays(std::span<const NamedArray> arrays);

 private:
  struct Entry {
    std::string name;
    Index rows = 0;
    Index cols = 0;
    Index offset = 0;
  };
  std::vector<Entry> entries_;
  Index members_ = 0;
  Tensor values_;
  Tensor gradients_;
  std::vector<Tensor> leaves_;
};

/// A multi-layer perceptron with a leading member dimension; its hidden stack is shared by two heads, mean
/// and scale.
class Mlp {
 public:
  /// Registers its weights in `parameters` under `prefix` ("q_y").
  Mlp(Parameters& parameters, const std::string& prefix, Index in, std::span<const Index> hidden, Index out,
      Nonlinearity nonlinearity, Spread spread);

  /// Input [M, B, in] → distribution over [M, B, out].
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
  Nonlinearity nonlinearity_;
  Spread spread_;
};

/// The three conditionals of the model, with their weights.
class Networks {
 public:
  Networks(const TrainConfig& config, Sizes sizes, const at::TensorOptions& options);

  [[nodiscard]] const Sizes& sizes() const { return sizes_; }
  /// Of the interval that z lives on.
  [[nodiscard]] double z_half_width() const { return z_half_width_; }
  [[nodiscard]] Parameters& parameters() { return parameters_; }
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }

  /// q(y | x): K − 1 free logits. x [M, B, C].
  [[nodiscard]] Gaussian q_y(const Tensor& x) const { return q_y_(parameters_, x); }
  /// q(z | x, y): ζ. y [M, B, K].
  [[nodiscard]] Gaussian q_z(const Tensor& x, const Tensor& y) const {
    return q_z_(parameters_, at::cat({x, y}, -1));
  }
  /// p(x | y, z).
  [[nodiscard]] Gaussian p_x(const Tensor& y, const Tensor& z) const {
    return p_x_(parameters_, at::cat({y, z}, -1));
  }
  /// Mean of p(x | y, z).
  [[nodiscard]] Tensor mean_x(const Tensor& y, const Tensor& z) const {
    return p_x_.mean(parameters_, at::cat({y, z}, -1));
  }

  /// Draws member m's starting weights.
  void initialise(Index member, at::Generator& generator);

 private:
  Sizes sizes_;
  double z_half_width_;
  Parameters parameters_;
  Mlp q_y_;
  Mlp q_z_;
  Mlp p_x_;
};

}  // namespace assayer::model
