// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/base/run_control.h"
#include "core/ranks/ranks.h"

namespace assayer {

/// The unit's result as text; `turn` of `turns` of this rank.
using ComputeUnit = std::function<Result<std::string>(std::size_t unit, std::size_t turn, std::size_t turns)>;

/// The results of `units`, one each, on every rank. Unit u is computed by rank u mod size, a rank's units in
/// the order of the list. The first error of `compute` ends it for this rank without a word to the others.
Result<std::vector<std::string>> compute_shared(Ranks& ranks, const std::vector<std::size_t>& units,
                                                const ComputeUnit& compute, RunControl& control);

}  // namespace assayer
