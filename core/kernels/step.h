// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/kernels/loops.h"
#include "core/kernels/random.h"
#include "core/kernels/step_values.h"
#include "core/train/train_config.h"

namespace assayer::kernels {

/// What decides the work of a step. C channels, K components, Z nuisance dimensions.
struct StepShape {
  Index channels = 0;
  Index components = 0;
  Index nuisance = 0;
  std::vector<Index> hidden_y;  ///< of q(y|x), q(z|x,y) and p(x|y,z), in units per layer; at least one layer
  std::vector<Index> hidden_z;
  std::vector<Index> hidden_x;
  Index rows_l = 0;  ///< of a mini-batch: labelled, unlabelled, unfeatured; 0 where there are none
  Index rows_u = 0;
  Index rows_y = 0;
  bool softplus_hidden = false;  ///< nonlinearity of the hidden layers; otherwise tanh
  bool softplus_spread = false;  ///< scale heads give σ through softplus; otherwise log σ²
  double half_width = 1.5;       ///< z lives on (−a, a)
  bool z_observed = true;        ///< (20) instead of (10)
  bool published_code = false;   ///< the terms of the authors' code (core/model/published_objective.h)
  // The distributions (core/model/families.h).
  enum class Likelihood { Gaussian, SoftplusGaussian, Bernoulli };
  Likelihood likelihood = Likelihood::Gaussian;
  bool concrete_y = false;            ///< q(y|x); otherwise logistic-normal
  bool gaussian_z = false;            ///< p(z) and q(z|x,y); otherwise on the interval
  double temperature = 1;             ///< of concrete y and relaxed draws of Bernoulli x
  std::vector<double> x_centre = {};  ///< [C] softplus-gaussian: what was subtracted from the spectra
  std::vector<double> y_prior = {};   ///< [K] α of Dir(α); empty for Dir(1)
  double y_prior_normaliser = 0;      ///< log Γ(Σ α) − Σ log Γ(α_k), where there is an α
  Alphas alphas = {};
};

/// Where a layer's numbers lie: weight [in × out], bias [out], and the gradients that are added to.
template <class S>
struct LayerWeights {
  const S* weight = nullptr;
  const S* bias = nullptr;
  S* weight_gradient = nullptr;
  S* bias_gradient = nullptr;
};
template <class S>
struct NetworkWeights {
  std::vector<LayerWeights<S>> hidden;
  LayerWeights<S> mean;
  LayerWeights<S> scale;
};
template <class S>
struct MemberWeights {
  NetworkWeights<S> q_y;
  NetworkWeights<S> q_z;
  NetworkWeights<S> p_x;
};

/// Rows of one source that make up a mini-batch: row numbers into its arrays.
template <class S>
struct Source {
  const std::int64_t* rows = nullptr;
  const S* x = nullptr;  ///< [n × C]; unused for unfeatured compositions
  const S* y = nullptr;  ///< [n × K]; unused for unlabelled spectra
  const S* z = nullptr;  ///< [n × Z] z_u of (20); unused otherwise
  // Of softplus-gaussian spectra alone, what to_real_rows makes of x.
  const S* real = nullptr;       ///< [n × C]
  const S* log_slope = nullptr;  ///< [n]
  /// The same rows in x, real and log_slope, where those hold other spectra than these n; null: `rows`.
  const std::int64_t* x_rows = nullptr;

  /// Where spectrum i of the mini-batch stands.
  [[nodiscard]] std::int64_t spectrum(Index i) const { return (x_rows != nullptr ? x_rows : rows)[i]; }
};

/// Every random number of a step. Latent variables stand one dimension after the other, [dimension × rows].
/// What is normal here is Gumbel, [K × B_u], where y is concrete, and logistic where x is Bernoulli.
template <class S>
struct StepNoise {
  S* normals;  ///< all of the first group, in one piece
  Index normal_count;
  S* z_l;  ///< [Z × B_l] normal: z ~ q(z|x_l, y_l) in (7)
  S* y_u;  ///< [K − 1 × B_u] normal: y ~ q(y|x_u) in (8)
  S* z_u;  ///< [Z × B_u] normal: z ~ q(z|x_u, y) in (8)
  S* x_y;  ///< [B_y × C] normal: x ~ p(x|y_u, z) in (10), (20)
  // Of the published code alone.
  S* y_9;     ///< [K − 1 × B_l] y at which the Jacobian of (9) is taken
  S* y_13;    ///< [K − 1 × B_l] y in place of ȳ in (13)
  S* y_20;    ///< [K − 1 × B_y] y at which the Jacobian of (20) is taken
  S* x_14;    ///< [B_l × C] x in place of x̄ in (14)
  S* priors;  ///< all of the second group
  Index prior_count;
  S* prior_9;   ///< [Z × B_l] z ~ p(z) in (9)
  S* prior_14;  ///< [Z × B_l] z ~ p(z) in (14)
  S* prior_10;  ///< [Z × B_y] z ~ p(z) in (10); not read for (20)
  S* units;     ///< all of the third group: what is made of numbers on (0, 1), Gumbel before logistic
  Index gumbel_count;
  Index logistic_count;
};

/// One member's objective and its gradient, forward and backward in one pass by hand: a second path beside
/// the autograd of core/model/objective.h, which stays the reference and which the tests hold it to. All
/// memory is taken at construction. Rows are worked through in pieces that fit the processor's second cache.
template <class S>
class Step {
 public:
  explicit Step(StepShape shape);
  ~Step();
  Step(Step&&) noexcept;
  Step& operator=(Step&&) noexcept;

  [[nodiscard]] StepNoise<S>& noise();
  /// Fills `noise`.
  void draw(Stream& stream);
  /// Adds the gradient of J to the weights' gradients.
  StepValues run(const MemberWeights<S>& member, const Source<S>& labelled, const Source<S>& unlabelled,
                 const Source<S>& unfeatured);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

extern template class Step<float>;
extern template class Step<double>;

}  // namespace assayer::kernels
