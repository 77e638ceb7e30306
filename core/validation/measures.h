// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/validation/validation.h"

namespace assayer {

/// What a table of methods shows, one number per split.
enum class Measure {
  Kl,            ///< nats
  Rmse,          ///< of all components
  R2,            ///< mean of the components that vary
  EndmemberL2,   ///< in the units of the spectra
  EndmemberSad,  ///< degrees
  ZAccuracy,     ///< share
  Covered,       ///< share inside 95 % intervals
};
inline constexpr std::array<Measure, 7> kMeasures = {
    Measure::Kl,           Measure::Rmse,      Measure::R2,     Measure::EndmemberL2,
    Measure::EndmemberSad, Measure::ZAccuracy, Measure::Covered};

/// +1: more is better; −1: less is; 0: neither (a share inside intervals should be what was stated).
int better(Measure measure);
/// Absent where the split does not tell.
std::optional<double> value_of(const SplitScores& scores, Measure measure);

struct Summary {
  double mean = 0;  ///< NaN without splits
  double sd = 0;    ///< over the splits; NaN with fewer than two
};
/// Of the values that are there and finite.
Summary summarise(const std::vector<std::optional<double>>& values);
/// Over the splits that have the number.
Summary summarise(const MethodScores& scores, Measure measure);

/// Of a measure, over the splits that both methods have; see PairedDifference.
PairedDifference paired_difference(const MethodScores& a, const MethodScores& b,
                                   const std::vector<Split>& splits, Measure measure);

/// The method that is better than every other one that has the measure, each time with a paired interval that
/// excludes 0. Absent where there is none, or only one method.
std::optional<std::size_t> clear_best(const Validation& validation, Measure measure);

}  // namespace assayer
