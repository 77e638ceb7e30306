// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/run_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/train/best_state.h"

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

std::shared_ptr<const ModelState> RunRecord::shown_state() const {
  if (!best || !state) return state;
  auto chosen = best_of(*state);
  return chosen ? std::make_shared<const ModelState>(*std::move(chosen)) : state;
}

std::int64_t RunRecord::shown_epoch() const {
  if (!state || !state->training) return 0;
  return best && state->training->best ? state->training->best->epoch : state->training->epoch;
}

const std::vector<ObjectiveRecord>& RunRecord::objective() const {
  static const std::vector<ObjectiveRecord> none;
  if (history) return *history;
  return state && state->training ? state->training->history : none;
}

}  // namespace assayer
