// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/validation/fit_detail.h"
#include "core/validation/halving_search_detail.h"
#include "core/validation/inner_choice.h"
#include "core/validation/judging_detail.h"
#include "core/validation/measures.h"
#include "core/validation/scores_json_detail.h"
#include "core/validation/shared_work_detail.h"
#include "core/validation/split_data.h"
#include "core/validation/validation_plan_detail.h"
#include "core/validation/variants_detail.h"

namespace assayer {
namespace {

using Json = nlohmann::ordered_json;

/// About the share of the work that halving takes, for the progress.
constexpr double kScouting = 0.6;

/// A variant on a split with the labels of a step.
struct Unit {
  std::size_t variant = 0;
  std::size_t step = 0;
  std::size_t split = 0;
};

/// What came of it.
struct Outcome {
  std::optional<SplitScores> scores;
  std::string failure;  ///< where there are no scores
};

/// The fits of a validation, those of this rank one after the other.
class Fitting {
 public:
  Fitting(const DatasetPtr& data, const ValidationPlan& plan, const KeptFits& kept, RunControl& control)
      : data_(data), plan_(plan), kept_(kept), control_(control) {}

  /// Splits one after the other would give the costly variants to the same ranks again and again; so variants
  /// come first.
  [[nodiscard]] Unit unit_of(std::size_t number) const {
    const std::size_t splits = plan_.splits.size();
    const std::size_t steps = plan_.steps.size();
    return {number / (splits * steps), number / splits % steps, number % splits};
  }
  /// A rank goes split by split, whose preprocessing is then made once.
  [[nodiscard]] std::vector<std::size_t> order() const {
    std::vector<std::size_t> numbers(plan_.splits.size() * plan_.steps.size() * plan_.variants.size());
    std::iota(numbers.begin(), numbers.end(), std::size_t{0});
    std::ranges::stable_sort(numbers, {}, [this](std::size_t number) {
      const Unit unit = unit_of(number);
      return (unit.split * plan_.steps.size() + unit.step) * plan_.variants.size() + unit.variant;
    });
    return numbers;
  }

  /// The outcome and the split's rows as text, for all ranks.
  Result<std::string> compute(const Unit& unit, const std::function<void(double share)>& report);
  /// Reads it back.
  static Outcome read(const std::string& text, Split& split);

  /// Labelled rows of a split at a step, ascending.
  [[nodiscard]] Rows labelled(const Split& split, std::size_t number, std::size_t step) const;

 private:
  Status see(std::size_t split);
  FitResult fit(const Unit& unit, const std::function<void(double share)>& report);
  Result<Result<std::size_t>> choose(const Unit& unit, const std::string& name);
  [[nodiscard]] bool all_labels(const Unit& unit) const { return unit.step + 1 == plan_.steps.size(); }

  const DatasetPtr& data_;
  const ValidationPlan& plan_;
  const KeptFits& kept_;
  RunControl& control_;
  std::optional<SplitData> seen_;  ///< of split `seen_split_`
  std::size_t seen_split_ = 0;
};

Status Fitting::see(std::size_t split) {
  if (seen_ && seen_split_ == split) return {};
  seen_.reset();
  auto made = preprocess_split(data_, plan_.settings.preprocessing, plan_.splits[split], &control_);
  if (!made) return fail(made.error());
  seen_ = *std::move(made);
  seen_split_ = split;
  return {};
}

Rows Fitting::labelled(const Split& split, std::size_t number, std::size_t step) const {
  Rows rows = stratified_order(*data_, split.train, plan_.settings.seed + number);
  if (step + 1 < plan_.steps.size()) rows.resize(std::min(plan_.steps[step], rows.size()));
  std::ranges::sort(rows);
  return rows;
}

/// Which candidate of the variant is best on splits of the split's training rows; errors as of a FitResult.
Result<Result<std::size_t>> Fitting::choose(const Unit& unit, const std::string& name) {
  const ValidationSettings& settings = plan_.settings;
  const std::vector<Variant>& candidates = plan_.candidates[unit.variant];
  const auto inner = inner_splits(*data_, seen_->split.train, settings, unit.split);
  if (!inner) return Result<std::size_t>(fail(inner.error()));
  std::size_t judged = 0;
  std::optional<Error> fatal;
  const auto judge = [&](const SplitData& seen, std::size_t candidate) -> Result<double> {
    const Fit inside{
        fmt::format("{}_inner-{}_choice-{}", name, judged / candidates.size() + 1, candidate + 1),
        seen.data.seen,
        seen.split,
        seen.split.train,
        plan_.unfeatured,
        settings_in_split(candidates[candidate], unit.split, settings.preprocessing)};
    ++judged;
    const auto scores = run_fit(inside, kept_, control_, [](double) {});
    if (!scores) {
      fatal = scores.error();
      return fail(Error::cancel());
    }
    if (!*scores) return fail(scores->error());
    return (*scores)->kl;
  };
  const auto choice =
      choose_inside(data_, settings.preprocessing, seen_->split, *inner, candidates.size(), judge, control_);
  if (fatal) return fail(*std::move(fatal));
  if (choice) return Result<std::size_t>(choice->best);
  if (choice.error().cancelled()) return fail(Error::cancel());
  return Result<std::size_t>(fail(choice.error()));
}

FitResult Fitting::fit(const Unit& unit, const std::function<void(double share)>& report) {
  const Rows rows = labelled(seen_->split, unit.split, unit.step);
  std::string name = fmt::format("split-{}_variant-{}", unit.split + 1, plan_.numbers[unit.variant] + 1);
  if (!all_labels(unit)) name += fmt::format("_labels-{}", rows.size());
  const Variant* variant = &plan_.variants[unit.variant];
  std::string chosen;
  const auto began = std::chrono::steady_clock::now();
  if (const auto& candidates = plan_.candidates[unit.variant]; !candidates.empty()) {
    const auto choice = choose(unit, name);
    if (!choice) return fail(choice.error());
    if (!*choice) return Result<SplitScores>(fail(choice->error()));
    variant = &candidates[**choice];
    chosen = variant->name;
  }
  const double choosing = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const Fit outer{std::move(name),  seen_->data.seen,
                  seen_->split,     rows,
                  plan_.unfeatured, settings_in_split(*variant, unit.split, plan_.settings.preprocessing)};
  auto made = run_fit(outer, kept_, control_, report);
  if (!made || !*made) return made;
  SplitScores& scores = **made;
  scores.chosen = std::move(chosen);
  scores.seconds += choosing;
  if (!all_labels(unit)) scores.predicted = scores.predicted_sd = {};
  return made;
}

Result<std::string> Fitting::compute(const Unit& unit, const std::function<void(double share)>& report) {
  if (auto seen = see(unit.split); !seen) return fail(seen.error());
  const auto scores = fit(unit, report);
  if (!scores) return fail(scores.error());
  Json json;
  if (*scores)
    json["scores"] = scores_to_json(**scores);
  else
    json["failure"] = fmt::format("split {}: {}", unit.split + 1, scores->error().message());
  if (!plan_.settings.preprocessing.empty()) json["split"] = {seen_->split.train, seen_->split.test};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Outcome Fitting::read(const std::string& text, Split& split) {
  const Json json = Json::parse(text);
  if (json.contains("split")) split = {json["split"][0].get<Rows>(), json["split"][1].get<Rows>()};
  Outcome outcome;
  if (json.contains("scores"))
    outcome.scores = scores_from(json["scores"]);
  else
    outcome.failure = json["failure"].get<std::string>();
  return outcome;
}

/// The tables that follow from the outcomes.
void conclude(Validation& result, const ValidationPlan& plan) {
  for (MethodScores& scores : result.methods)
    scores.calibration = calibration_of(*result.data, scores, result.splits);
  if (!result.learning.empty()) {
    result.learning.back().methods = result.methods;
    for (MethodScores& scores : result.learning.back().methods)
      for (auto& split : scores.splits)
        if (split) split->predicted = split->predicted_sd = {};
  }
  const std::size_t splits = result.splits.size();
  if (!plan.settings.over.empty() && !result.halving && splits > 1) {
    result.best = least(result.methods, splits);
    result.chosen = MethodScores{"best of the other splits", {}};
    for (std::size_t s = 0; s < splits; ++s)
      result.chosen->splits.push_back(result.methods[least(result.methods, s)].splits[s]);
  }
  // All pairs of a few; of many settings only against the best.
  constexpr std::size_t kFew = 6;
  for (std::size_t a = 0; a < result.methods.size(); ++a) {
    for (std::size_t b = a + 1; b < result.methods.size(); ++b) {
      const bool wanted = result.methods.size() <= kFew || a == result.best || b == result.best;
      if (wanted)
        result.kl_differences.push_back(
            paired_difference(result.methods[a], result.methods[b], result.splits, Measure::Kl));
    }
  }
}

/// What this rank may use of the folder, once all ranks mean the same.
Result<KeptFits> join(const std::string& description, Ranks& ranks, const ValidationWork& work,
                      RunControl& control) {
  const auto all = ranks.exchange(description, control);
  if (!all) return fail(all.error());
  const auto other = std::ranges::find_if(*all, [&](const auto& text) { return text != all->front(); });
  if (other != all->end()) {
    return fail({.kind = Error::Kind::Data,
                 .what = "the processes have different data or settings",
                 .where = fmt::format("rank {}", other - all->begin()),
                 .expected = "those of rank 0",
                 .found = {},
                 .mend = "Start all of them by one mpirun, on files that every machine sees."});
  }
  if (work.folder.empty()) return KeptFits{};
  Status prepared;
  if (ranks.rank() == 0) prepared = KeptFits::prepare(work.folder, description, work.afresh);
  if (auto agreed = agree(ranks, prepared, control); !agreed) return fail(agreed.error());
  auto kept = KeptFits::open(work.folder, description);
  const Status opened = kept ? Status{} : Status(fail(kept.error()));
  if (auto agreed = agree(ranks, opened, control); !agreed) return fail(agreed.error());
  return kept;
}

std::string taken_up(const KeptFits& kept) {
  const std::size_t finished = kept.finished();
  const std::size_t begun = kept.unfinished();
  if (finished + begun == 0) return {};
  std::string text =
      fmt::format("taken up from the folder: {} finished {}", finished, finished == 1 ? "fit" : "fits");
  if (begun > 0)
    text += fmt::format(", and {} that {} on from {} last checkpoint", begun, begun == 1 ? "goes" : "go",
                        begun == 1 ? "its" : "their");
  return text;
}

}  // namespace

Result<Validation> validate(const DatasetPtr& data, const ValidationSettings& settings, RunControl& control,
                            const ProgressFn& progress, const ValidationWork& work) {
  const std::unique_ptr<Ranks> one = alone();
  Ranks& ranks = work.ranks != nullptr ? *work.ranks : *one;
  auto plan = plan_validation(*data, settings);
  const Status planned = plan ? Status{} : Status(fail(plan.error()));
  if (auto agreed = agree(ranks, planned, control); !agreed) return fail(agreed.error());
  // Going through all spectra for a fingerprint is for those who need it.
  KeptFits kept;
  if (ranks.size() > 1 || !work.folder.empty()) {
    auto joined = join(describe(*plan, *data), ranks, work, control);
    if (!joined) return fail(joined.error());
    kept = *std::move(joined);
  }

  if (work.begin) work.begin(taken_up(kept));
  std::optional<Halving> halving;
  if (plan->settings.halving > 0) {
    const auto scouted = [&](double share, std::string_view what) {
      if (progress) progress(kScouting * share, what);
    };
    auto halved = halve(data, *plan, kept, ranks, control, scouted);
    if (!halved) return fail(halved.error());
    halving = *std::move(halved);
    plan->numbers = {halving->winner};
    plan->variants = {plan->variants[halving->winner]};
    plan->candidates = {{}};
  }
  const double before = halving ? kScouting : 0;

  Fitting fitting(data, *plan, kept, control);
  const auto compute = [&](std::size_t number, std::size_t turn, std::size_t turns) {
    const Unit unit = fitting.unit_of(number);
    std::string what = fmt::format("split {} of {}, {}", unit.split + 1, plan->splits.size(),
                                   plan->variants[unit.variant].name);
    if (unit.step + 1 < plan->steps.size()) what += fmt::format(", {} labels", plan->steps[unit.step]);
    const auto report = [&](double share) {
      if (progress)
        progress(before + (1 - before) * (static_cast<double>(turn) + share) / static_cast<double>(turns),
                 what);
    };
    report(0);
    return fitting.compute(unit, report);
  };
  const std::vector<std::size_t> units = fitting.order();
  const auto texts = compute_shared(ranks, units, compute, control);
  if (!texts) return fail(texts.error());

  Validation result;
  result.by = settings.by;
  result.rows = plan->rows;
  result.components = data->component_names();
  result.data = data;
  result.warnings = plan->warnings;
  result.halving = std::move(halving);
  result.splits = plan->splits;
  for (const Variant& variant : plan->variants)
    result.methods.push_back({variant.name, std::vector<std::optional<SplitScores>>(plan->splits.size())});
  if (settings.learning_curve > 0) result.learning.resize(plan->steps.size());
  for (LearningStep& step : result.learning) step.methods = result.methods;
  for (std::size_t u = 0; u < units.size(); ++u) {
    const Unit unit = fitting.unit_of(units[u]);
    Outcome outcome = Fitting::read((*texts)[u], result.splits[unit.split]);
    const bool all = unit.step + 1 == plan->steps.size();
    MethodScores& into =
        all ? result.methods[unit.variant] : result.learning[unit.step].methods[unit.variant];
    if (!outcome.scores) into.failures.push_back(std::move(outcome.failure));
    into.splits[unit.split] = std::move(outcome.scores);
  }
  for (std::size_t step = 0; step < result.learning.size(); ++step)
    for (std::size_t s = 0; s < result.splits.size(); ++s)
      result.learning[step].rows += static_cast<double>(fitting.labelled(result.splits[s], s, step).size()) /
                                    static_cast<double>(result.splits.size());
  conclude(result, *plan);
  return result;
}

}  // namespace assayer
