// SPDX-License-Identifier: GPL-3.0-or-later
// From what was asked for to methods with their settings.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/train/baseline_run.h"
#include "core/train/preprocessed.h"
#include "core/validation/variants_detail.h"

namespace assayer {
namespace {

constexpr double kNever = 1e6;  // seconds: nobody looks

std::unexpected<Error> no_setting(const std::string& text, std::string expected) {
  return fail({.kind = Error::Kind::Usage,
               .what = "is not a setting",
               .where = text,
               .expected = std::move(expected),
               .found = {},
               .mend = {}});
}

/// Another method in place of the one named would give its numbers under the wrong name.
Status not_the_method(const std::string& key, const std::string& setting) {
  if (key != "method") return {};
  return fail({.kind = Error::Kind::Usage,
               .what = "the method is no setting here",
               .where = setting,
               .expected = "another key",
               .found = {},
               .mend = "Name methods with --methods (tune: --method)."});
}

Result<TrainConfig> config_of(const std::string& method, const ValidationSettings& settings) {
  const std::string preset = is_baseline(method) || settings.preset == "auto" ? "crism" : settings.preset;
  auto config = TrainConfig::from_preset(method == "guided" ? "guided" : preset);
  if (!config) return config;
  if (auto set = config->set("method", method); !set) return fail(set.error());
  config->seed = settings.seed;
  config->snapshot_seconds = kNever;
  config->checkpoint_seconds = kNever;
  for (const std::string& setting : settings.set) {
    const std::size_t equals = setting.find('=');
    std::string key = setting.substr(0, equals);
    if (equals == std::string::npos || key.empty())
      return no_setting(setting, "KEY=VALUE or METHOD.KEY=VALUE");
    if (const std::size_t dot = key.find('.'); dot != std::string::npos) {
      const std::string whose = key.substr(0, dot);
      if (std::ranges::find(settings.methods, whose) == settings.methods.end()) {
        return fail({.kind = Error::Kind::Usage,
                     .what = "the setting is for a method that is not validated",
                     .where = setting,
                     .expected = "one of the methods given",
                     .found = whose,
                     .mend = {}});
      }
      if (whose != method) continue;
      key.erase(0, dot + 1);
    }
    if (auto named = not_the_method(key, setting); !named) return fail(named.error());
    if (auto set = config->set(key, setting.substr(equals + 1)); !set) return fail(set.error());
  }
  return config;
}

/// Every variant with every value of one KEY=VALUE,VALUE,….
Result<std::vector<Variant>> spread_over(const std::vector<Variant>& variants, const std::string& over) {
  const std::size_t equals = over.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == over.size())
    return no_setting(over, "KEY=VALUE,VALUE,…");
  const std::string key = over.substr(0, equals);
  if (auto named = not_the_method(key, over); !named) return fail(named.error());
  std::vector<Variant> result;
  for (const Variant& variant : variants) {
    for (std::size_t begin = equals + 1; begin <= over.size();) {
      const std::size_t end = std::min(over.find(',', begin), over.size());
      const std::string value = over.substr(begin, end - begin);
      Variant changed = variant;
      if (auto set = changed.config.set(key, value); !set) return fail(set.error());
      changed.name +=
          fmt::format("{}{}={}", variant.name.find('=') != std::string::npos ? ", " : " ", key, value);
      result.push_back(std::move(changed));
      begin = end + 1;
    }
  }
  return result;
}

}  // namespace

Result<std::vector<Variant>> candidates_of(const Variant& variant, const std::vector<std::string>& choose) {
  if (choose.empty()) return std::vector<Variant>{};
  std::vector<Variant> candidates = {{"", variant.config}};
  for (const std::string& over : choose) {
    auto more = spread_over(candidates, over);
    if (!more) return more;
    candidates = *std::move(more);
  }
  for (Variant& candidate : candidates) {
    candidate.name.erase(0, candidate.name.find_first_not_of(' '));
    if (auto valid = candidate.config.validate(); !valid) return fail(valid.error().in(candidate.name));
  }
  return candidates;
}

TrainConfig settings_in_split(const Variant& variant, std::size_t split, const Pipeline& preprocessing) {
  TrainConfig config = variant.config;
  config.seed += split;
  adapt_link(config, preprocessing);
  return config;
}

Result<std::vector<Variant>> make_variants(const ValidationSettings& settings) {
  constexpr std::size_t kMost = 1000;
  std::vector<Variant> variants;
  for (const std::string& method : settings.methods) {
    auto config = config_of(method, settings);
    if (!config) return fail(config.error());
    variants.push_back({method, *std::move(config)});
  }
  for (const std::string& over : settings.over) {
    auto more = spread_over(variants, over);
    if (!more) return fail(more.error());
    variants = *std::move(more);
    if (variants.size() > kMost) {
      return fail({.kind = Error::Kind::Usage,
                   .what = "there are too many combinations of settings",
                   .where = "over",
                   .expected = fmt::format("at most {}", kMost),
                   .found = fmt::format("{} or more", variants.size()),
                   .mend = "Search in two rounds, a coarse one and a fine one."});
    }
  }
  std::set<std::string> names;
  for (const Variant& variant : variants) {
    // Results are told apart by name.
    if (names.insert(variant.name).second) continue;
    return fail({.kind = Error::Kind::Usage,
                 .what = "is asked for twice",
                 .where = variant.name,
                 .expected = "every method and every setting once",
                 .found = {},
                 .mend = {}});
  }
  for (const Variant& variant : variants)
    if (auto valid = variant.config.validate(); !valid) return fail(valid.error().in(variant.name));
  return variants;
}

}  // namespace assayer
