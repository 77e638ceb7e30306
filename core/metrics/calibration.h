// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/base/matrix.h"

namespace assayer {

/// Levels of a calibration table.
inline constexpr std::array<double, 7> kCalibrationLevels = {0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99};

/// How often the truth lies inside ŷ ± q · sd, where q is the normal quantile of a stated level.
struct CalibrationLevel {
  double level = 0;   ///< stated
  double inside = 0;  ///< share of all entries
  /// 95 % interval of `inside`: Wilson's (1927, doi:10.1080/01621459.1927.10502953) with the effective number
  /// of entries. Rows of one composition miss together, and so do the components of a row; they are one
  /// cluster of the ratio estimator's variance, and its design effect divides the number of entries. NaN with
  /// fewer than two clusters.
  double low = 0;
  double high = 0;
  std::vector<double> per_component;  ///< [K] share; NaN where no sd is stated
};

struct Calibration {
  std::size_t entries = 0;   ///< finite predictions with a finite sd
  std::size_t clusters = 0;  ///< different compositions among them
  std::vector<CalibrationLevel> levels;
};

/// `truth`, `estimate` and `sd` are [N, K]. Entries where one of the three is not finite do not count; where
/// none is left, or `sd` is empty, `levels` is empty.
Calibration calibrate(MatrixView<double> truth, MatrixView<double> estimate, MatrixView<double> sd,
                      std::span<const double> levels = kCalibrationLevels);

/// q with P(|N(0, 1)| ≤ q) = level, for 0 ≤ level < 1.
double normal_quantile(double level);

}  // namespace assayer
