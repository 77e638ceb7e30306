// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/best_state.h"

#include <fmt/format.h>

#include <utility>

namespace assayer {

std::optional<double> smoothed_objective(std::span<const ObjectiveRecord> history, std::int64_t after) {
  const auto span = static_cast<std::size_t>(kBestSpan);
  if (history.size() < span) return std::nullopt;
  const auto last = history.last(span);
  if (last.front().epoch <= after) return std::nullopt;
  double sum = 0;
  for (const ObjectiveRecord& record : last) sum += record.total;
  return sum / static_cast<double>(span);
}

std::optional<ModelState> best_of(const ModelState& state) {
  if (!state.training || !state.training->best) return std::nullopt;
  const BestState& best = *state.training->best;
  ModelState chosen = state;
  if (!best.weights.empty()) {
    chosen.weights = best.weights;
    chosen.mean_z = best.mean_z;
  }
  chosen.facts["state"] = best_words(state);
  chosen.training.reset();
  return chosen;
}

std::string best_words(const ModelState& state) {
  if (!state.training || !state.training->best) return {};
  const BestState& best = *state.training->best;
  std::string words =
      fmt::format("epoch {} of {}, where the objective J, mean over {} epochs, was highest: {:.4g}",
                  best.epoch, state.training->epoch, kBestSpan, best.objective);
  if (best.epoch == state.training->epoch) return words + "; it is the last one";
  if (const auto last = smoothed_objective(state.training->history))
    words += fmt::format("; at the end it was {:.4g}", *last);
  return words;
}

}  // namespace assayer
