// SPDX-License-Identifier: GPL-3.0-or-later
#include <nlohmann/json.hpp>

#include "core/validation/shared_work_detail.h"

namespace assayer {

Result<std::vector<std::string>> compute_shared(Ranks& ranks, const std::vector<std::size_t>& units,
                                                const ComputeUnit& compute, RunControl& control) {
  std::vector<std::size_t> mine;  // places in `units`
  for (std::size_t at = 0; at < units.size(); ++at)
    if (units[at] % ranks.size() == ranks.rank()) mine.push_back(at);
  std::vector<std::string> results(units.size());
  for (std::size_t turn = 0; turn < mine.size(); ++turn) {
    if (control.stop_requested()) return fail(Error::cancel());
    auto made = compute(units[mine[turn]], turn, mine.size());
    if (!made) return fail(made.error());
    results[mine[turn]] = *std::move(made);
  }
  if (ranks.size() == 1) return results;

  nlohmann::json told = nlohmann::json::array();
  for (const std::size_t at : mine) told.push_back({at, std::move(results[at])});
  const auto all =
      ranks.exchange(told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), control);
  if (!all) return fail(all.error());
  for (const std::string& text : *all)
    for (auto& entry : nlohmann::json::parse(text))
      results.at(entry[0].get<std::size_t>()) = std::move(entry[1].get_ref<std::string&>());
  return results;
}

}  // namespace assayer
