// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/numeric/folds.h"

namespace assayer::guided {

/// How far predicted compositions may be off, learnt from rows that were left out:
///   sd_k² = m² r_k² (1 + ρ (h − 1)₊) + between-member variance + (ŷ_encoder − ŷ_inversion)² / 2
/// m ≥ 1: misfit of the spectrum over the median misfit of training. The last term is the sample variance of
/// two estimates that fail in different ways: inside the labelled region they agree, and outside, where
/// neither was ever tested, their difference is the only witness.
struct CompositionIntervals {
  /// r_k² [K]: mean squared error with whole compositions left out, over 1 + ρ times how far out those lie
  /// themselves on average.
  std::vector<double> variance;
  double growth = 0;    ///< ρ ≥ 0, from the extrapolating splits
  Matrix<double> gram;  ///< (n / K) (YᵀY)⁻¹ [K, K]

  /// h = (n / K) ŷᵀ (YᵀY)⁻¹ ŷ: about 1 among the labelled compositions and growing with the square of the
  /// distance from them.
  [[nodiscard]] double leverage(std::span<const double> composition) const;
  /// r_k² (1 + ρ (h − 1)₊) [K].
  [[nodiscard]] std::vector<double> variances(std::span<const double> composition) const;
};

/// (n / K) (YᵀY)⁻¹, a pseudo-inverse where Y lacks rank. `y` [n, K].
Result<Matrix<double>> leverage_gram(MatrixView<double> y);

/// Predictions of the rows that splits left out.
struct HeldOut {
  std::vector<Split> splits;
  std::vector<Matrix<double>> predicted;  ///< per split [test rows, K]
};

/// `inside`: splits that leave whole compositions out; `outside`: extrapolating ones (may be empty: ρ = 0).
Result<CompositionIntervals> fit_intervals(MatrixView<double> y, const HeldOut& inside,
                                           const HeldOut& outside);

}  // namespace assayer::guided
