// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/validation/validation.h"

namespace assayer {

/// All that a validation is made of, settled; equal on every rank.
struct ValidationPlan {
  ValidationSettings settings;  ///< with the preset that was meant
  std::vector<Variant> variants;
  std::vector<std::size_t> numbers;              ///< of the variants among all that were asked for
  std::vector<std::vector<Variant>> candidates;  ///< of each variant; empty: nothing is chosen
  std::size_t rows = 0;                          ///< that take part
  std::vector<Split> splits;                     ///< before preprocessing, which may drop rows
  Matrix<double> unfeatured;                     ///< [U, K]
  std::vector<std::size_t> steps = {0};          ///< labelled rows; the last step is all of them
  std::vector<std::string> warnings;
};
/// Data error: no compositions. Usage error: settings that make no sense.
Result<ValidationPlan> plan_validation(const Dataset& data, const ValidationSettings& settings);

/// How the training rows of split number `split` are divided again, to choose or to drop settings by.
Result<std::vector<Split>> inner_splits(const Dataset& data, const Rows& train,
                                        const ValidationSettings& settings, std::size_t split);

/// Everything that decides the numbers, as a JSON object: equal for equal validations.
std::string describe(const ValidationPlan& plan, const Dataset& data);

}  // namespace assayer
