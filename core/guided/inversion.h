// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/guided/mixture.h"

namespace assayer::guided {

/// What a mixture says about spectra.
struct Inverted {
  Matrix<double> composition;  ///< [N, K] on the simplex, parts at least 1e-4
  Matrix<double> z;            ///< [N, Z] on the grid
  std::vector<double> misfit;  ///< [N] root mean square over channels of residual / its usual sd
};

/// Composition by inverting the decoder: for z on a grid of 25 points in ±1.5, non-negative least squares of
/// v / s on the tilted endmembers / s with a row that holds the sum near 1 (sd .001), s the residual sd but
/// at least .3 of its median; the z with the least residual; y ∝ f / q. With several nuisance dimensions one
/// is searched at a time, three rounds.
class Inverter {
 public:
  explicit Inverter(Mixture mixture);

  [[nodiscard]] const Mixture& mixture() const { return mixture_; }
  /// [C] sd by which residuals are weighed.
  [[nodiscard]] const std::vector<double>& sd() const { return sd_; }
  /// Of spectra [N, C].
  [[nodiscard]] Result<Inverted> operator()(MatrixView<double> x) const;
  /// (v − v̂) / s [N, C] of spectra with given composition and z.
  [[nodiscard]] Matrix<double> residuals(MatrixView<double> x, MatrixView<double> composition,
                                         MatrixView<double> z) const;

 private:
  Mixture mixture_;
  std::vector<double> sd_;
  /// Rows of the weighted design: M, then per dimension b + ΔB_k: [(1 + Z) · K, C], each / s.
  Matrix<double> design_;
  Matrix<double> gram_;  ///< [(1 + Z) K, (1 + Z) K]
};

}  // namespace assayer::guided
