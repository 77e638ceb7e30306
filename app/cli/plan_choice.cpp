// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/plan_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "app/cli/fault.h"

namespace assayer::cli {

namespace {

constexpr auto kPaperInterior = "interior:0.7";
constexpr auto kPaperUnfeatured = "corners:501:0.05";

SuggestedPlan suggestion(const Dataset& data, const std::string& preset) {
  if (preset == "crism") {
    const auto interior = select_rows(data, kPaperInterior);
    if (interior && !interior->empty()) {
      return {.labelled = kPaperInterior,
              .unlabelled = kPaperInterior,
              .unfeatured = kPaperUnfeatured,
              .reason = Message::verbatim("the paper's selections, as preset crism has them")};
    }
  }
  return suggest_plan(data, preset);
}

/// The rows of `expression` that are not in `holdout`, as an expression.
Result<std::string> without(const Dataset& data, const std::string& expression, const Rows& holdout) {
  const auto rows = select_rows(data, expression);
  if (!rows) return fail(rows.error());
  Rows kept;
  std::set_difference(rows->begin(), rows->end(), holdout.begin(), holdout.end(), std::back_inserter(kept));
  return rows_expression(kept);
}

}  // namespace

std::string rows_expression(const Rows& rows) {
  if (rows.empty()) return "none";
  std::string text = "rows=";
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t last = first;
    while (last + 1 < rows.size() && rows[last + 1] == rows[last] + 1) ++last;
    if (first > 0) text += ',';
    text += last == first ? fmt::format("{}", rows[first]) : fmt::format("{}-{}", rows[first], rows[last]);
    first = last + 1;
  }
  return text;
}

bool same_plan(const TrainPlan& a, const TrainPlan& b) {
  return a.labelled == b.labelled && a.unlabelled == b.unlabelled && a.unfeatured == b.unfeatured;
}

Result<ChosenPlan> choose_plan(const Dataset& data, const PlanRequest& request, const TrainConfig& config) {
  ChosenPlan chosen{.run = {},
                    .labelled = request.labelled,
                    .unlabelled = request.unlabelled,
                    .unfeatured = request.unfeatured,
                    .holdout = request.holdout,
                    .reason = {}};
  if (chosen.labelled.empty() || chosen.unfeatured.empty()) {
    const SuggestedPlan suggested = suggestion(data, request.preset);
    if (chosen.labelled.empty()) {
      chosen.labelled = suggested.labelled;
      if (chosen.unlabelled.empty()) chosen.unlabelled = suggested.unlabelled;
      chosen.reason = suggested.reason.english();
    }
    if (chosen.unfeatured.empty()) chosen.unfeatured = suggested.unfeatured;
  }
  if (chosen.unlabelled.empty()) chosen.unlabelled = chosen.labelled + "+not:labelled";

  std::string labelled = chosen.labelled;
  std::string unlabelled = chosen.unlabelled;
  if (!request.holdout.empty()) {
    // By rows: the expressions have no brackets that would take one from a sum of others.
    const auto holdout = select_rows(data, request.holdout);
    if (!holdout) return fail(holdout.error());
    for (std::string* expression : {&labelled, &unlabelled}) {
      auto kept = without(data, *expression, *holdout);
      if (!kept) return fail(kept.error());
      *expression = std::move(*kept);
    }
    if (labelled == "none" && chosen.labelled != "none") {
      return refuse({.what = "no labelled row is left",
                     .where = "--holdout " + request.holdout,
                     .expected = "labelled rows outside it",
                     .found = "all of " + chosen.labelled + " inside it"});
    }
  }
  auto run = make_plan(data, labelled, unlabelled, chosen.unfeatured, config);
  if (!run) return fail(run.error());
  chosen.run = std::move(*run);
  return chosen;
}

}  // namespace assayer::cli
