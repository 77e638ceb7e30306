// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/mixing/link.h"

/// What the method 'guided' knows before it is trained: spectra of mixtures are linear in a domain that a
/// link reaches (core/mixing/link.h), and a few nuisance dimensions tilt the endmembers there.
namespace assayer::guided {

/// Largest |z|: the nuisance lives on (−1.5, 1.5), as in the paper.
inline constexpr double kHalfWidth = 1.5;

/// Mean spectrum of a composition y with nuisance z, over the C channels that enter the model:
///   f_k = y_k q_k / Σ_j y_j q_j
///   v = f · M + Σ_j (z_j − z̄_j) (b_j + f · ΔB_j)
///   x = g⁻¹(v)
/// q: relative scattering efficiency, which turns mass fractions into cross-section fractions.
struct Mixture {
  LinkSettings link;
  std::vector<double> efficiency;  ///< q [K], > 0, Σ log q = 0; 1 with the identity link
  Matrix<double> endmembers;       ///< M [K, C] in the link's domain, at z = z̄
  Matrix<double> tilt;             ///< b [Z, C]
  Matrix<double> tilt_part;        ///< ΔB [Z · K, C]; row j · K + k
  std::vector<double> z_centre;    ///< z̄ [Z]
  std::vector<double> spread_v;    ///< [C] residual sd in the link's domain
  std::vector<double> spread_x;    ///< [C] residual sd of the spectra, at least 0.003

  [[nodiscard]] std::size_t components() const { return endmembers.rows(); }
  [[nodiscard]] std::size_t channels() const { return endmembers.cols(); }
  [[nodiscard]] std::size_t nuisance() const { return tilt.rows(); }

  /// f [n, K] of compositions [n, K].
  [[nodiscard]] Matrix<double> fractions(MatrixView<double> composition) const;
  /// v [n, C] of compositions [n, K] with nuisances [n, Z].
  [[nodiscard]] Matrix<double> linear_spectra(MatrixView<double> composition, MatrixView<double> z) const;
  /// x [n, C].
  [[nodiscard]] Matrix<double> spectra(MatrixView<double> composition, MatrixView<double> z) const;
  /// Every endmember's mean of x over the nuisances `z` [n, Z] of real spectra: [K, C]. Not x at their mean:
  /// the link is curved.
  [[nodiscard]] Matrix<double> pure_spectra(MatrixView<double> z) const;
};

struct MixtureOptions {
  Link link = Link::Hapke;
  std::size_t nuisance = 1;
  /// Ridge on ΔB per row of data, in units of v². Large enough to keep a dozen rows from inventing a tilt
  /// per component; on hundreds of rows it makes no difference.
  double tilt_penalty = 3e-4;
  /// Orthonormal directions [r, C] of the link's domain in which q is looked for; without, the 40 leading
  /// ones of the rows themselves. Fits to parts of the same data share them.
  Matrix<double> directions = {};
};

/// The 40 leading directions of spectra `x` in the link's domain [≤ 40, C].
Result<Matrix<double>> efficiency_directions(Link link, MatrixView<double> x);

/// A fitted mixture and the nuisance of each row it was fitted to.
struct MixtureStart {
  Mixture mixture;
  Matrix<double> t;  ///< [n, Z] residual scores of unit sd
  Matrix<double> z;  ///< [n, Z] = 1.5 tanh(0.6 t)
};

/// Brightest x that a link takes for a perfectly diffuse surface: 1.2 for reflectance, so that the albedo
/// stays below 1 where a calibration is a little off.
double default_scale(Link link);

/// Least squares in the link's domain, by variable projection over q (Golub & Pereyra 1973,
/// doi:10.1137/0710036): q minimises log(residual / total sum of squares) + ‖log q‖², the residual without
/// its Z leading components when n > 4 K. Then M, the leading residual scores t after removing what lies in
/// the span of the endmembers' differences (that part is an error of the labels, not a nuisance), and b and
/// ΔB by ridge regression of the residual on z. `x` [n, C] and `y` [n, K] finite, n ≥ 2, K ≥ 2.
Result<MixtureStart> fit_mixture(MatrixView<double> x, MatrixView<double> y, const MixtureOptions& options,
                                 const RunControl* control = nullptr);

}  // namespace assayer::guided
