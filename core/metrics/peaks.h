// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace assayer {

/// What stands out by less than that share of its spectrometer's highest value is no peak of figure 7.
inline constexpr double kPeakShare = 0.02;

struct SpectralPeak {
  double nm = 0;
  double height = 0;
  double prominence = 0;  ///< height above the higher of the two valleys within 40 channels
};
/// Local maxima with at least `least` of prominence; `axis` ascends. Peaks do not reach over gaps in the axis
/// wider than 1 nm.
std::vector<SpectralPeak> find_peaks(std::span<const double> axis, std::span<const double> spectrum,
                                     double least);

}  // namespace assayer
