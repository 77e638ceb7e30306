// SPDX-License-Identifier: GPL-3.0-or-later
// What a validation is to compute, before anything is computed.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "core/train/baseline_run.h"
#include "core/validation/inner_choice.h"
#include "core/validation/judging_detail.h"
#include "core/validation/validation_plan_detail.h"
#include "core/validation/variants_detail.h"

namespace assayer {
namespace {

Status check_choice(const ValidationSettings& settings) {
  const bool clash = !settings.over.empty() || settings.learning_curve > 0;
  if (settings.choose.empty() ? settings.inner.empty() || settings.halving > 0 : !clash) return {};
  return fail(
      {.kind = Error::Kind::Usage,
       .what = "choosing inside splits makes no sense here",
       .where = settings.choose.empty() ? "inner" : "choose",
       .expected = settings.choose.empty() ? "settings to choose" : "neither `over` nor a learning curve",
       .found = {},
       .mend = {}});
}

Status check_halving(const ValidationSettings& settings, const std::vector<Variant>& variants) {
  if (settings.halving == 0) return {};
  const auto refused = [&](std::string expected, std::string found) {
    return fail({.kind = Error::Kind::Usage,
                 .what = "halving makes no sense here",
                 .where = "halving",
                 .expected = std::move(expected),
                 .found = std::move(found),
                 .mend = {}});
  };
  if (settings.halving < 2) return refused("a factor of 2 or more", fmt::format("{}", settings.halving));
  if (settings.over.empty() || settings.learning_curve > 0)
    return refused("settings to search over, and no learning curve", "");
  if (variants.size() < 3)
    return refused("3 combinations of settings or more", fmt::format("{}", variants.size()));
  for (const std::string& method : settings.methods)
    if (is_baseline(method)) return refused("methods that are trained by epochs", method);
  return {};
}

Status check_settings(const Dataset& data, const ValidationSettings& settings) {
  if (!data.abundances()) {
    return fail({.kind = Error::Kind::Data,
                 .what = "the data have no compositions to judge by",
                 .where = "/abundance",
                 .expected = "spectra of known composition",
                 .found = "none",
                 .mend = {}});
  }
  if (settings.methods.empty()) {
    return fail({.kind = Error::Kind::Usage,
                 .what = "there is no method to validate",
                 .where = "methods",
                 .expected = "one or more",
                 .found = "none",
                 .mend = {}});
  }
  return {};
}

Status check_curve(const ValidationSettings& settings) {
  if (settings.learning_curve != 1 && (settings.learning_curve == 0 || settings.over.empty())) return {};
  return fail({.kind = Error::Kind::Usage,
               .what = "the learning curve makes no sense",
               .where = "learning-curve",
               .expected = "2 steps or more, and methods without settings to choose among",
               .found = fmt::format("{}", settings.learning_curve),
               .mend = {}});
}

/// Labelled rows that take part.
Result<Rows> rows_of(const Dataset& data, const ValidationSettings& settings) {
  auto rows = select_rows(data, settings.rows);
  if (!rows) return rows;
  const std::set<std::uint32_t> excluded(settings.excluded.begin(), settings.excluded.end());
  std::erase_if(*rows, [&](std::uint32_t row) {
    // Steps may fill gaps; rows that stay broken leave their splits later.
    const bool broken = settings.preprocessing.empty() && !data.row_is_finite(row);
    return !data.labelled(row) || broken || excluded.contains(row);
  });
  return rows;
}

Result<Matrix<double>> unfeatured_of(const Dataset& data, const ValidationSettings& settings) {
  if (settings.unfeatured_points) return *settings.unfeatured_points;
  const std::string spec = settings.unfeatured.empty() ? suggest_plan(data).unfeatured : settings.unfeatured;
  return make_unfeatured(spec, data.components(), settings.seed);
}

/// FNV-1a: tells lists apart that are too long to be written out.
class Digest {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes)
      hash_ = (hash_ ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3U;
  }
  void add(const Rows& rows) {
    add(std::as_bytes(std::span(rows)));
    // Where one list ends and the next begins matters.
    const std::uint64_t size = rows.size();
    add(std::as_bytes(std::span(&size, 1)));
  }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

nlohmann::ordered_json list_of(const std::vector<Variant>& variants) {
  auto list = nlohmann::ordered_json::array();
  for (const Variant& variant : variants) {
    TrainConfig config = variant.config;
    // How often a run is kept decides no number.
    config.checkpoint_seconds = 1;
    list.push_back({{"name", variant.name}, {"settings", nlohmann::ordered_json::parse(config.to_json())}});
  }
  return list;
}

}  // namespace

Result<ValidationPlan> plan_validation(const Dataset& data, const ValidationSettings& settings) {
  if (auto sensible = check_settings(data, settings); !sensible) return fail(sensible.error());
  ValidationPlan plan;
  plan.settings = settings;
  if (plan.settings.preset == "auto") {
    const std::string suggested = suggest_preset(data).name;
    plan.settings.preset = suggested == "guided" ? "crism" : suggested;
  }
  auto variants = make_variants(plan.settings);
  if (!variants) return fail(variants.error());
  plan.variants = *std::move(variants);
  if (auto sensible = check_choice(settings); !sensible) return fail(sensible.error());
  if (auto sensible = check_halving(settings, plan.variants); !sensible) return fail(sensible.error());
  for (const Variant& variant : plan.variants) {
    plan.numbers.push_back(plan.numbers.size());
    auto made = candidates_of(variant, settings.choose);
    if (!made) return fail(made.error());
    plan.candidates.push_back(*std::move(made));
  }
  if (auto sensible = check_curve(settings); !sensible) return fail(sensible.error());
  const auto rows = rows_of(data, settings);
  if (!rows) return fail(rows.error());
  plan.rows = rows->size();
  auto splits = make_splits(data, *rows, settings.by, settings.repeats, settings.seed);
  if (!splits) return fail(splits.error());
  plan.splits = *std::move(splits);
  auto unfeatured = unfeatured_of(data, settings);
  if (!unfeatured) return fail(unfeatured.error());
  plan.unfeatured = *std::move(unfeatured);

  if (settings.by.starts_with("kfold") || settings.by.starts_with("stratified")) {
    if (const std::size_t shared = shared_compositions(data, plan.splits); shared > 0) {
      plan.warnings.push_back(fmt::format(
          "in some fold {} test rows have the composition of a training row: replicates flatter every "
          "method; --by compositions:F keeps them together",
          shared));
    }
  }
  if (settings.learning_curve > 0) {
    std::size_t least_rows = rows->size();
    for (const Split& split : plan.splits) least_rows = std::min(least_rows, split.train.size());
    plan.steps = learning_steps(data.components(), least_rows, settings.learning_curve);
  }
  for (const Message& warning : settings.preprocessing.warnings()) plan.warnings.push_back(warning.english());
  return plan;
}

Result<std::vector<Split>> inner_splits(const Dataset& data, const Rows& train,
                                        const ValidationSettings& settings, std::size_t split) {
  const std::string by = settings.inner.empty() ? inner_by(settings.by) : settings.inner;
  return make_splits(data, train, by, 1, settings.seed + split);
}

std::string describe(const ValidationPlan& plan, const Dataset& data) {
  Digest splits;
  for (const Split& split : plan.splits) {
    splits.add(split.train);
    splits.add(split.test);
  }
  Digest unfeatured;
  unfeatured.add(std::as_bytes(std::span(plan.unfeatured.data(), plan.unfeatured.size())));
  const ValidationSettings& settings = plan.settings;
  nlohmann::ordered_json json = {{"data", data.fingerprint()},
                                 {"by", settings.by},
                                 {"repeats", settings.repeats},
                                 {"seed", settings.seed},
                                 {"rows", plan.rows},
                                 {"splits", splits.text()},
                                 {"preprocessing", settings.preprocessing.to_texts()},
                                 {"unfeatured", unfeatured.text()},
                                 {"choose", settings.choose},
                                 {"inner", settings.inner},
                                 {"learning_curve", settings.learning_curve},
                                 {"halving", settings.halving},
                                 {"methods", list_of(plan.variants)}};
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace assayer
