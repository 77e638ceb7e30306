// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/split_data.h"

#include <fmt/format.h>

#include <algorithm>

namespace assayer {

Status check_no_leak(const FittedPipeline& pipeline, const Rows& test) {
  if (!pipeline.learns()) return {};
  Rows seen = pipeline.fitted_rows();
  std::ranges::sort(seen);
  for (const std::uint32_t row : test) {
    if (!std::ranges::binary_search(seen, row)) continue;
    return fail({Error::Kind::Data, "preprocessing has learnt from a row that is to judge", "preprocessing",
                 "steps fitted on training rows only", fmt::format("row {}", row),
                 "This is a fault of the program: please report it."});
  }
  return {};
}

Result<SplitData> preprocess_split(const DatasetPtr& data, const Pipeline& pipeline, const Split& split,
                                   const RunControl* control) {
  auto made = preprocess_for(data, pipeline, split.train, control);
  if (!made) return fail(made.error());
  SplitData result{*std::move(made), split};
  if (!result.data.pipeline) return result;
  if (auto clean = check_no_leak(*result.data.pipeline, split.test); !clean) return fail(clean.error());
  for (Rows* rows : {&result.split.train, &result.split.test}) {
    std::erase_if(*rows, [&](std::uint32_t row) { return !result.data.seen->row_is_finite(row); });
    if (!rows->empty()) continue;
    return fail({Error::Kind::Data, "preprocessing leaves no finite row of a split", "preprocessing",
                 "training and test rows without missing values", "none",
                 "Fill gaps with a step nan first."});
  }
  return result;
}

}  // namespace assayer
