// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/matrix.h"

namespace assayer {

/// Principal components of spectra (masked channels left out), by the covariance, the Gram matrix or a
/// randomised range finder (Halko, Martinsson & Tropp 2011, doi:10.1137/090771806), whichever is smallest.
/// Signs are fixed: the largest entry of each loading is positive.
struct Pca {
  std::vector<float> mean;       ///< [C], NaN where masked
  Matrix<float> loadings;        ///< [R, C] orthonormal over the channels used, 0 where masked
  std::vector<double> variance;  ///< [R] explained, descending (divisor n − 1)
  double total_variance = 0;
  Matrix<float> scores;  ///< [N, R]
};

}  // namespace assayer
