// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/matrix.h"

namespace assayer {

/// Composition and nuisance of N spectra, whoever computed them: a trained model or a baseline.
/// `sd` is the spread over the members of a population joined with each one's own posterior spread.
struct Prediction {
  Matrix<double> composition;     ///< [N, K], rows on the simplex; NaN for spectra that are not finite
  Matrix<double> composition_sd;  ///< [N, K]
  Matrix<double> z;               ///< [N, Z]; empty for methods without nuisance
  Matrix<double> z_sd;            ///< [N, Z]
};

/// Generated pure components in the units of the spectra; masked channels are NaN.
struct EndmemberEstimate {
  Matrix<float> mean;  ///< [K, C]
  Matrix<float> sd;    ///< [K, C] over members; 0 for a single one
};

}  // namespace assayer
