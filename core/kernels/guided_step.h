// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/kernels/correction.h"
#include "core/kernels/random.h"
#include "core/kernels/step_values.h"
#include "core/mixing/link.h"
#include "core/train/train_config.h"

namespace assayer::kernels {

/// What decides the work of a step of 'guided'. C channels, K components, Z nuisance dimensions, R and R'
/// features of the spectra that the encoders of y and of z see.
struct GuidedShape {
  enum class Input { Spectra, Snv, Linear };
  Index channels = 0;
  Index components = 0;
  Index nuisance = 0;
  Index y_features = 0;
  Index z_features = 0;
  Index hidden = 0;  ///< units of both encoders' corrections
  Index rows_l = 0;  ///< of a mini-batch: labelled, unlabelled, unfeatured; 0 where there are none
  Index rows_u = 0;
  Index rows_y = 0;
  Input input = Input::Spectra;
  LinkSettings link = {};
  bool correction = false;   ///< whether q(y|x) has one
  bool calibration = false;  ///< labels alone teach q(y|x)
  double half_width = 1.5;   ///< z lives on (−a, a)
  double y_correction_scale = 1;
  double z_correction_scale = 1;
  double tilt_unit = 1;     ///< what a learnt tilt of 1 is in v
  double decoder_rate = 1;  ///< what a learnt change of log σ counts
  double least_spread = 0;  ///< σ = exp(·) + this
  double weight_penalty = 0;
  Alphas alphas = {};
};

/// What the start has settled, row-major; copied by GuidedStep.
template <class S>
struct GuidedFixed {
  std::span<const S> regression;  ///< [C, K]
  std::span<const S> intercept;   ///< [K]
  std::span<const S> y_axes;      ///< [C, R]
  std::span<const S> y_offset;
  std::span<const S> z_axes;  ///< [C, R']
  std::span<const S> z_offset;
  std::span<const S> z_slope;  ///< [R' + K, Z]
  std::span<const S> z_intercept;
  std::span<const S> z_log_spread;
  std::span<const S> efficiency;  ///< [K]
  std::span<const S> endmembers;  ///< [K, C]
  std::span<const S> tilt;        ///< [Z, C]
  std::span<const S> tilt_part;   ///< [Z K, C]
  std::span<const S> z_centre;
  std::span<const S> log_spread_x;  ///< [C]
  std::span<const S> label_sd;      ///< [K], as it divides: never 0
};

/// One member's weights and where their gradients are added to.
template <class S>
struct GuidedWeights {
  CorrectionWeights<S> y;
  CorrectionWeights<S> z;
  Weight<S> y_log_sd;          ///< [K − 1]
  Weight<S> z_log_sd_change;   ///< [Z]
  Weight<S> x_log_sd_change;   ///< [C]
  Weight<S> tilt_change;       ///< [Z, C]
  Weight<S> tilt_part_change;  ///< [Z K, C]
};

/// A source's arrays, row-major, and the rows of it that make up a mini-batch.
template <class S>
struct GuidedSource {
  const std::int64_t* rows = nullptr;
  const S* x = nullptr;           ///< [n, C]; unused for unfeatured compositions
  const S* y = nullptr;           ///< [n, K]; unused for unlabelled spectra
  const S* base = nullptr;        ///< [n, K] PLS(u), and what else the encoders see; unused for unfeatured
  const S* y_features = nullptr;  ///< [n, R]
  const S* z_features = nullptr;  ///< [n, R']
  /// The same rows in x, where it holds other spectra than those n; null: `rows`.
  const std::int64_t* x_rows = nullptr;
};

/// Every random number of a step; latent variables [dimension × rows].
template <class S>
struct GuidedNoise {
  S* normals;  ///< all of the first group, in one piece
  Index normal_count;
  S* z_l;       ///< [Z × B_l] z ~ q(z|x_l, y_l) in (7)
  S* y_u;       ///< [K − 1 × B_u] y ~ q(y|x_u) in (8)
  S* z_u;       ///< [Z × B_u] z ~ q(z|x_u, y) in (8)
  S* x_y;       ///< [B_y × C] x ~ p(x|y_u, z) in (20)
  S* uniforms;  ///< all of the second group
  Index uniform_count;
  S* prior_9;   ///< [Z × B_l] z ~ p(z) in (9)
  S* prior_10;  ///< [Z × B_y] z of (20)
};

/// One member's objective of 'guided' and its gradient, by hand, as Step is for the paper's: the second path
/// beside core/model/guided_objective.h. All memory is taken at construction.
template <class S>
class GuidedStep {
 public:
  GuidedStep(const GuidedShape& shape, const GuidedFixed<S>& fixed);
  ~GuidedStep();
  GuidedStep(GuidedStep&&) noexcept;
  GuidedStep& operator=(GuidedStep&&) noexcept;

  [[nodiscard]] GuidedNoise<S>& noise();
  /// Fills `noise`.
  void draw(Stream& stream);
  /// Adds the gradient of J to the weights' gradients. `ramp`: weight of the posterior terms, 0 … 1.
  StepValues run(const GuidedWeights<S>& member, double ramp, const GuidedSource<S>& labelled,
                 const GuidedSource<S>& unlabelled, const GuidedSource<S>& unfeatured);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

extern template class GuidedStep<float>;
extern template class GuidedStep<double>;

}  // namespace assayer::kernels
