// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/matrix.h"

namespace assayer {

/// KL(y ‖ ŷ) = Σ y log(y / ŷ) in nats; ŷ is clipped at 1e-6 and renormalised, 0 log 0 = 0. NaN where either
/// holds one.
double kl_divergence(std::span<const double> truth, std::span<const double> estimate);
/// ‖estimate − truth‖₂ over the channels where both are finite, in the units of the spectra. NaN when
/// there is no such channel.
double endmember_error(std::span<const float> truth, std::span<const float> estimate);
/// Angle between two spectra in degrees, over the channels where both are finite (Kruse et al. 1993,
/// doi:10.1016/0034-4257(93)90013-N). NaN when there is no such channel or a spectrum is zero there.
double spectral_angle(std::span<const float> truth, std::span<const float> estimate);
/// Area under the ROC curve: probability that a positive's score exceeds a negative's, ties count one half.
/// Scores that are NaN are left out; NaN when either class is then empty.
double roc_auc(std::span<const double> scores, std::span<const std::uint8_t> positive);
/// Median (mean of the middle two for even counts); NaN for no values. NaNs are left out.
double median(std::vector<double> values);
/// 1.4826… × median |v − median|, the factor being 1 / Φ⁻¹(3/4): the median absolute deviation, consistent
/// with the standard deviation of a normal distribution. NaNs are left out.
double mad(std::span<const double> values);

/// The nuisance against acquisition groups.
struct GroupedNuisance {
  Matrix<double> median;  ///< [G, Z], NaN for groups without rows
  Matrix<double> mad;     ///< [G, Z]
  /// Share of rows whose nearest group median (Euclidean) is their own group's; NaN without rows.
  double accuracy = 0;
};
/// `z` [N, Z]; `group` [N] in 0 … groups − 1; `rows`: those that count (rows with NaN or another group are
/// left out).
GroupedNuisance nuisance_by_group(const Matrix<double>& z, std::span<const std::int32_t> group,
                                  std::size_t groups, std::span<const std::uint32_t> rows);
/// |z − median of its group| / MAD of its group, the largest over the dimensions of z; one group when `group`
/// is empty. NaN for rows with NaN; where the MAD is 0, infinite off the median and 0 on it.
std::vector<double> outlier_scores(const Matrix<double>& z, std::span<const std::int32_t> group,
                                   std::size_t groups);

}  // namespace assayer
