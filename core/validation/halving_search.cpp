// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/validation/fit_detail.h"
#include "core/validation/halving_search_detail.h"
#include "core/validation/inner_choice.h"
#include "core/validation/scores_json_detail.h"
#include "core/validation/shared_work_detail.h"
#include "core/validation/split_data.h"
#include "core/validation/variants_detail.h"

namespace assayer {
namespace {

constexpr double kFailed = std::numeric_limits<double>::infinity();

/// The candidates on their way; each stays with the rank that began it.
class Scouts {
 public:
  Scouts(const DatasetPtr& data, const ValidationPlan& plan, const KeptFits& kept, RunControl& control)
      : data_(data), plan_(plan), kept_(kept), control_(control) {}

  /// KL of a candidate on a split after `epochs` epochs; infinite where it failed.
  Result<double> judge(std::size_t candidate, std::size_t split, std::int64_t epochs,
                       const std::function<void(double share)>& report) {
    if (auto seen = see(split); !seen) return fail(seen.error());
    const TrainConfig config =
        settings_in_split(plan_.variants[candidate], split, plan_.settings.preprocessing);
    const std::string name = name_of(candidate, split);
    const Fit fit{name, seen_->data.seen, seen_->split, seen_->split.train, plan_.unfeatured, config};
    const auto scores = run_part(fit, epochs, states_[name], kept_, control_, report);
    if (!scores) return fail(scores.error());
    return *scores && std::isfinite((*scores)->kl) ? (*scores)->kl : kFailed;
  }
  void forget(std::size_t candidate) {
    for (std::size_t split = 0; split < plan_.splits.size(); ++split) {
      states_.erase(name_of(candidate, split));
      kept_.forget(name_of(candidate, split));
    }
  }

 private:
  static std::string name_of(std::size_t candidate, std::size_t split) {
    return fmt::format("scout_split-{}_variant-{}", split + 1, candidate + 1);
  }

  Status see(std::size_t split) {
    if (seen_ && seen_split_ == split) return {};
    seen_.reset();
    const ValidationSettings& settings = plan_.settings;
    const Split& outer = plan_.splits[split];
    auto inner = inner_splits(*data_, outer.train, settings, split);
    if (!inner) return fail(inner.error());
    inner->resize(1);
    if (auto clean = check_no_leak(*inner, outer.test); !clean) return fail(clean.error());
    auto made = preprocess_split(data_, settings.preprocessing, inner->front(), &control_);
    if (!made) return fail(made.error());
    seen_ = *std::move(made);
    seen_split_ = split;
    return {};
  }

  const DatasetPtr& data_;
  const ValidationPlan& plan_;
  const KeptFits& kept_;
  RunControl& control_;
  std::map<std::string, std::optional<ModelState>> states_;  ///< where they stand
  std::optional<SplitData> seen_;                            ///< inner split of `seen_split_`
  std::size_t seen_split_ = 0;
};

}  // namespace

Result<Halving> halve(const DatasetPtr& data, const ValidationPlan& plan, const KeptFits& kept, Ranks& ranks,
                      RunControl& control, const ProgressFn& progress) {
  const std::size_t splits = plan.splits.size();
  Halving halving{.factor = plan.settings.halving, .candidates = {}, .rungs = {}, .winner = 0};
  std::vector<std::size_t> going;
  for (const Variant& variant : plan.variants) {
    going.push_back(halving.candidates.size());
    halving.candidates.push_back(variant.name);
  }
  const std::size_t rungs = halving_rungs(going.size(), halving.factor);
  Scouts scouts(data, plan, kept, control);
  for (std::size_t rung = 0; rung < rungs; ++rung) {
    const auto epoch_of = [&](std::size_t candidate) {
      return halving_epoch(plan.variants[candidate].config.epochs, halving.factor, rung, rungs);
    };
    // Split by split, whose preprocessing is then made once; a candidate's number on a split never changes,
    // so that its rank does not either.
    std::vector<std::size_t> units;
    for (std::size_t split = 0; split < splits; ++split)
      for (const std::size_t candidate : going) units.push_back(candidate * splits + split);
    const auto compute = [&](std::size_t unit, std::size_t turn, std::size_t turns) -> Result<std::string> {
      const std::size_t candidate = unit / splits;
      const std::string what = fmt::format("rung {} of {}, split {}, {}", rung + 1, rungs, unit % splits + 1,
                                           plan.variants[candidate].name);
      const auto report = [&](double share) {
        if (progress)
          progress(
              (static_cast<double>(rung) + (static_cast<double>(turn) + share) / static_cast<double>(turns)) /
                  static_cast<double>(rungs),
              what);
      };
      const auto kl = scouts.judge(candidate, unit % splits, epoch_of(candidate), report);
      if (!kl) return fail(kl.error());
      return exact_json(*kl).dump();
    };
    const auto texts = compute_shared(ranks, units, compute, control);
    if (!texts) return fail(texts.error());

    std::vector<double> mean(going.size(), 0.0);
    for (std::size_t u = 0; u < units.size(); ++u)
      mean[u % going.size()] +=
          exact_number(nlohmann::ordered_json::parse((*texts)[u])) / static_cast<double>(splits);
    const std::vector<std::size_t> stay = halving_stay(mean, halving.factor);
    std::vector<std::size_t> left;
    auto& entries = halving.rungs.emplace_back();
    for (std::size_t i = 0; i < going.size(); ++i) {
      const bool stays = std::ranges::binary_search(stay, i);
      entries.push_back({going[i], epoch_of(going[i]), mean[i], !stays});
      if (stays) left.push_back(going[i]);
      // The winner's are not needed either: it is trained anew, on all training rows.
      if (!stays || rung + 1 == rungs) scouts.forget(going[i]);
    }
    going = std::move(left);
  }
  halving.winner = going.front();
  return halving;
}

}  // namespace assayer
