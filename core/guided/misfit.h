// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer::guided {

/// How far a spectrum is from what the mixture explains, compared with the spectra of training.
struct MisfitReference {
  double median = 0;         ///< of log rms(residual / sd)
  double mad = 1;            ///< as a normal sd; the upper tenth says it where that lies further off
  Matrix<double> axes;       ///< [≥ 1, C] orthonormal (or 0): directions in which residuals of good rows vary
  double hidden_median = 0;  ///< the same after removing those
  double hidden_mad = 1;
};

/// log rms over channels of residuals, of each row, and the same after removing the axes.
struct Misfit {
  std::vector<double> all;
  std::vector<double> hidden;
};
/// `residuals` [n, C] in units of their usual sd.
Misfit misfit_of(MatrixView<double> residuals, const Matrix<double>& axes);

/// From the residuals of the spectra that training saw; the axes are the first 8 principal directions of
/// those that are not outliers themselves (robust z of `all` below 4).
Result<MisfitReference> fit_misfit(MatrixView<double> residuals);

}  // namespace assayer::guided
