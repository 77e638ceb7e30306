// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/run_control.h"
#include "core/preprocess/pipeline.h"
#include "core/validation/split_data.h"

/// Choosing settings within the training rows of a split, so that the rows which judge have no part in it.
namespace assayer {

/// How a split's own training rows are divided where nothing is said: as the splits themselves were, in three
/// folds at most, whole groups where groups are left out.
std::string inner_by(std::string_view by);

/// A Data error that names the first row of `test` on either side of any of the splits.
Status check_no_leak(const std::vector<Split>& inner, const Rows& test);

/// KL of one candidate on an inner split's test rows.
using JudgeInside = std::function<Result<double>(const SplitData& inner, std::size_t candidate)>;

struct InnerChoice {
  std::size_t best = 0;
  std::vector<double> kl;  ///< [candidates] means over the inner splits; infinite where one failed
};
/// The candidate of least mean KL over `inner`, splits of `outer.train`; each has the steps fitted on its own
/// training rows. The first of equals. Cancelled by `judge` or `control`; the first failure where every
/// candidate fails.
Result<InnerChoice> choose_inside(const DatasetPtr& data, const Pipeline& pipeline, const Split& outer,
                                  const std::vector<Split>& inner, std::size_t candidates,
                                  const JudgeInside& judge, const RunControl& control);

}  // namespace assayer
