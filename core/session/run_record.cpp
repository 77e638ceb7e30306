// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/run_record.h"

#include <algorithm>
#include <array>
#include <utility>

namespace assayer {

namespace {

constexpr std::array<std::pair<RunEnd, std::string_view>, 5> kNames = {{{RunEnd::Unfinished, "unfinished"},
                                                                        {RunEnd::Completed, "completed"},
                                                                        {RunEnd::Stopped, "stopped"},
                                                                        {RunEnd::Numeric, "numeric"},
                                                                        {RunEnd::Failed, "failed"}}};

}  // namespace

std::string_view to_string(RunEnd end) {
  const auto found = std::ranges::find(kNames, end, [](const auto& pair) { return pair.first; });
  return found == kNames.end() ? std::string_view{} : found->second;
}

std::optional<RunEnd> parse_run_end(std::string_view text) {
  const auto found = std::ranges::find(kNames, text, [](const auto& pair) { return pair.second; });
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

const std::vector<ObjectiveRecord>& RunRecord::objective() const {
  static const std::vector<ObjectiveRecord> none;
  if (history) return *history;
  return state && state->training ? state->training->history : none;
}

}  // namespace assayer
