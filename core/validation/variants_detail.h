// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/validation/validation.h"

namespace assayer {

/// A method's settings in every combination that is to be chosen from; empty: nothing is.
Result<std::vector<Variant>> candidates_of(const Variant& variant, const std::vector<std::string>& choose);

/// Another seed per split: the draws of one should not decide all.
TrainConfig settings_in_split(const Variant& variant, std::size_t split, const Pipeline& preprocessing);

}  // namespace assayer
