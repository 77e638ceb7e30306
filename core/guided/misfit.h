// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer::guided {

/// How residuals of ordinary spectra grow with the distance d = (h − 1)₊ from the labelled compositions: mean
/// squares by 1 + mean · d, the variance of their logarithms by 1 + spread · d.
struct MisfitGrowth {
  double mean = 0;
  double spread = 0;
  friend bool operator==(const MisfitGrowth&, const MisfitGrowth&) = default;
};

/// How far a spectrum is from what the mixture explains, compared with the spectra of training and, where its
/// composition is far from theirs, with what extrapolation alone does.
struct MisfitReference {
  double median = 0;         ///< of log rms(residual / sd)
  double mad = 1;            ///< as a normal sd; the upper tenth says it where that lies further off
  Matrix<double> axes;       ///< [≥ 1, C] orthonormal (or 0): directions in which residuals of good rows vary
  double hidden_median = 0;  ///< the same after removing those
  double hidden_mad = 1;
  MisfitGrowth growth;
  MisfitGrowth hidden_growth;

  // Of log rms residuals of a spectrum whose composition has leverage h (CompositionIntervals::leverage).

  /// What they exceed the usual by, ≥ 0.
  [[nodiscard]] double excess(double all, double leverage) const;
  /// Robust z-scores.
  [[nodiscard]] double score(double all, double leverage) const;
  [[nodiscard]] double hidden_score(double hidden, double leverage) const;
};

/// log rms over channels of residuals, of each row, and the same after removing the axes.
struct Misfit {
  std::vector<double> all;
  std::vector<double> hidden;
};
/// `residuals` [n, C] in units of their usual sd.
Misfit misfit_of(MatrixView<double> residuals, const Matrix<double>& axes);

/// From the residuals of the spectra that training saw; the axes are the first 8 principal directions of
/// those that are not outliers themselves (robust z of `all` below 4). What is usual without the axes is told
/// by rows that were left out of them: five parts in turn.
Result<MisfitReference> fit_misfit(MatrixView<double> residuals);

/// Residuals by a mixture that was fitted without the compositions furthest out.
struct FarResiduals {
  Matrix<double> train;          ///< [n, C] of the rows that it was fitted to
  Matrix<double> test;           ///< [m, C] of the others
  std::vector<double> leverage;  ///< [m] of their compositions, as predicted, among those of `train`
};
/// Growth of `all` and of `hidden` from such splits; 0 where nothing grows, and without splits.
Status fit_growth(MisfitReference& reference, const std::vector<FarResiduals>& splits);

}  // namespace assayer::guided
