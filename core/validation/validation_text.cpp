// SPDX-License-Identifier: GPL-3.0-or-later
// The two written forms of a Validation: JSON for programs, a table for people.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/validation/measures.h"
#include "core/validation/validation.h"

namespace assayer {
namespace {

using Json = nlohmann::ordered_json;

/// Mean over the splits of one entry of a vector.
double mean_of(const MethodScores& scores, std::vector<double> SplitScores::* list, std::size_t k) {
  std::vector<std::optional<double>> values;
  values.reserve(scores.splits.size());
  for (const auto& split : scores.splits)
    values.push_back(split ? std::optional((*split.*list)[k]) : std::nullopt);
  return summarise(values).mean;
}

double seconds_of(const MethodScores& scores) {
  double seconds = 0;
  for (const auto& split : scores.splits) seconds += split ? split->seconds : 0;
  return seconds;
}

/// Whether its settings were chosen inside the splits.
bool chooses(const MethodScores& scores) {
  return std::ranges::any_of(scores.splits,
                             [](const auto& split) { return split && !split->chosen.empty(); });
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
Json object(const Summary& summary) {
  return {{"mean", number(summary.mean)}, {"sd", number(summary.sd)}};
}
std::string text(const Summary& summary) {
  if (!std::isfinite(summary.mean)) return "–";
  if (!std::isfinite(summary.sd)) return fmt::format("{:.4g}", summary.mean);
  return fmt::format("{:.4g} ± {:.2g}", summary.mean, summary.sd);
}

/// Padded to `width` columns of a terminal: "±" and "–" are one each, but more bytes.
std::string padded(const std::string& cell, std::size_t width) {
  std::size_t columns = 0;
  for (const char c : cell)
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++columns;
  return cell + std::string(columns < width ? width - columns : 1, ' ');
}

Json calibration_json(const Calibration& calibration, const std::vector<std::string>& components) {
  Json list = Json::array();
  for (const CalibrationLevel& at : calibration.levels) {
    Json level = {{"level", at.level},
                  {"inside", number(at.inside)},
                  {"low", number(at.low)},
                  {"high", number(at.high)},
                  {"per_component", Json::object()}};
    for (std::size_t k = 0; k < at.per_component.size(); ++k)
      level["per_component"][components[k]] = number(at.per_component[k]);
    list.push_back(std::move(level));
  }
  return list;
}

Json learning_json(const std::vector<LearningStep>& learning) {
  Json list = Json::array();
  for (const LearningStep& step : learning) {
    Json entry = {{"labelled", step.rows}, {"methods", Json::object()}};
    for (const MethodScores& scores : step.methods) {
      entry["methods"][scores.method] = {{"kl", object(summarise(scores, Measure::Kl))},
                                         {"rmse", object(summarise(scores, Measure::Rmse))},
                                         {"r2", object(summarise(scores, Measure::R2))},
                                         {"endmember_l2", object(summarise(scores, Measure::EndmemberL2))},
                                         {"failures", scores.failures}};
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json halving_json(const Halving& halving) {
  Json json = {
      {"factor", halving.factor}, {"winner", halving.candidates[halving.winner]}, {"rungs", Json::array()}};
  for (const auto& rung : halving.rungs) {
    Json list = Json::array();
    for (const HalvingEntry& entry : rung)
      list.push_back({{"settings", halving.candidates[entry.candidate]},
                      {"epoch", entry.epoch},
                      {"kl", number(entry.kl)},
                      {"dropped", entry.dropped}});
    json["rungs"].push_back(std::move(list));
  }
  return json;
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.1f} %", 100 * share) : std::string("–");
}

std::string component_table(const Validation& validation, std::size_t width) {
  std::string table = "\nBy component: RMSE, R²\n" + padded("", width);
  for (const std::string& component : validation.components)
    table += padded(component, std::max<std::size_t>(20, component.size() + 2));
  table += '\n';
  for (const MethodScores& scores : validation.methods) {
    table += padded(scores.method, width);
    for (std::size_t k = 0; k < validation.components.size(); ++k) {
      const auto cell = [](double value) {
        return std::isfinite(value) ? fmt::format("{:.4g}", value) : std::string("–");
      };
      table += padded(cell(mean_of(scores, &SplitScores::rmse_per, k)) + ", " +
                          cell(mean_of(scores, &SplitScores::r2, k)),
                      std::max<std::size_t>(20, validation.components[k].size() + 2));
    }
    table += '\n';
  }
  return table;
}

/// Empty where no method states an sd.
std::string calibration_table(const Validation& validation, std::size_t width) {
  std::string rows;
  for (const MethodScores& scores : validation.methods) {
    if (scores.calibration.levels.empty()) continue;
    rows += padded(scores.method, width);
    for (const CalibrationLevel& at : scores.calibration.levels) rows += padded(percent(at.inside), 9);
    rows += '\n';
  }
  if (rows.empty()) return {};
  std::string head = "\nTruth of left-out rows inside the stated intervals\n" + padded("stated", width);
  for (const double level : kCalibrationLevels) head += padded(fmt::format("{:.0f} %", 100 * level), 9);
  return head + '\n' + rows;
}

/// KL of every candidate at every rung that it came to; "×" where it was dropped.
std::string halving_table(const Halving& halving) {
  std::size_t width = 10;
  for (const std::string& name : halving.candidates) width = std::max(width, name.size() + 2);
  constexpr std::size_t kCell = 26;
  std::string table = fmt::format(
      "\nSuccessive halving by {}: KL on a part of the training rows after so many epochs; × was dropped\n",
      halving.factor);
  for (std::size_t candidate = 0; candidate < halving.candidates.size(); ++candidate) {
    table += padded(halving.candidates[candidate], width);
    for (const auto& rung : halving.rungs) {
      const auto found = std::ranges::find(rung, candidate, &HalvingEntry::candidate);
      if (found == rung.end()) break;
      const std::string kl = std::isfinite(found->kl) ? fmt::format("{:.4g}", found->kl) : "failed";
      table += padded(fmt::format("{} ({}){}", kl, found->epoch, found->dropped ? " ×" : ""), kCell);
    }
    table.erase(table.find_last_not_of(' ') + 1);
    table += '\n';
  }
  return table + fmt::format("Left: {}, trained on all training rows of each split and judged above.\n",
                             halving.candidates[halving.winner]);
}

std::string learning_table(const Validation& validation, std::size_t width) {
  constexpr std::size_t kCell = 22;
  std::string table =
      "\nLearning curve: KL on the same test rows by labelled rows\n" + padded("labelled", width);
  for (const LearningStep& step : validation.learning)
    table += padded(fmt::format("{:.0f}", step.rows), kCell);
  table += '\n';
  for (std::size_t m = 0; m < validation.methods.size(); ++m) {
    table += padded(validation.methods[m].method, width);
    for (const LearningStep& step : validation.learning)
      table += padded(text(summarise(step.methods[m], Measure::Kl)), kCell);
    table += '\n';
  }
  for (const LearningStep& step : validation.learning) {
    // Those of the last step are told below, as of the whole.
    if (&step == &validation.learning.back()) break;
    for (const MethodScores& scores : step.methods)
      for (const std::string& failure : scores.failures)
        table += fmt::format("{} failed with {:.0f} labels on {}\n", scores.method, step.rows, failure);
  }
  return table;
}

}  // namespace

std::string Validation::to_json(bool seconds) const {
  Json json = {{"by", by}, {"rows", rows}, {"folds", splits.size()}, {"methods", Json::object()}};
  const auto add = [&](const MethodScores& scores, Json& entry) {
    entry["kl"] = object(summarise(scores, Measure::Kl));
    Json rmse = object(summarise(scores, Measure::Rmse));
    rmse["per_component"] = Json::object();
    Json r2 = object(summarise(scores, Measure::R2));
    r2["per_component"] = Json::object();
    for (std::size_t k = 0; k < components.size(); ++k) {
      rmse["per_component"][components[k]] = number(mean_of(scores, &SplitScores::rmse_per, k));
      r2["per_component"][components[k]] = number(mean_of(scores, &SplitScores::r2, k));
    }
    entry["rmse"] = std::move(rmse);
    entry["r2"] = std::move(r2);
    entry["endmember_l2"] = object(summarise(scores, Measure::EndmemberL2));
    entry["endmember_sad"] = object(summarise(scores, Measure::EndmemberSad));
    entry["z_group_accuracy"] = object(summarise(scores, Measure::ZAccuracy));
    entry["coverage_95"] = object(summarise(scores, Measure::Covered));
    entry["calibration"] = calibration_json(scores.calibration, components);
    Json kl_by_fold = Json::array();
    for (const auto& split : scores.splits) kl_by_fold.push_back(split ? number(split->kl) : Json(nullptr));
    if (chooses(scores)) {
      entry["chosen_by_fold"] = Json::array();
      for (const auto& split : scores.splits)
        entry["chosen_by_fold"].push_back(split ? Json(split->chosen) : Json(nullptr));
    }
    if (seconds) entry["seconds"] = seconds_of(scores);
    entry["kl_by_fold"] = std::move(kl_by_fold);
    entry["failures"] = scores.failures;
  };
  for (const MethodScores& scores : methods) add(scores, json["methods"][scores.method]);
  if (best) json["best"] = methods[*best].method;
  if (chosen) add(*chosen, json["chosen"]);
  if (halving) json["halving"] = halving_json(*halving);
  json["paired"] = Json::array();
  for (const PairedDifference& pair : kl_differences) {
    json["paired"].push_back(
        {{"a", pair.a},
         {"b", pair.b},
         {"kl_difference",
          {{"mean", number(pair.mean)}, {"low", number(pair.low)}, {"high", number(pair.high)}}}});
  }
  if (!learning.empty()) json["learning_curve"] = learning_json(learning);
  json["warnings"] = warnings;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Validation::to_table(bool seconds) const {
  std::size_t width = 10;
  for (const MethodScores& scores : methods) width = std::max(width, scores.method.size() + 2);
  constexpr std::size_t kCell = 22;  // "-1.234e+05 ± 1.2e+05" and two blanks
  std::string table =
      fmt::format("{} spectra, {} splits by {}; mean ± sd over the splits\n\n", rows, splits.size(), by);
  if (chosen) width = std::max(width, chosen->method.size() + 2);
  table += padded("method", width);
  for (const char* title : {"KL, nats", "RMSE", "R²", "endmember L2", "SAD (°)", "z group", "in 95 %"})
    table += padded(title, kCell);
  // Cells are padded; what ends a line need not be.
  const auto end_row = [&](const std::string& last) {
    if (!seconds) table.erase(table.find_last_not_of(' ') + 1);
    table += seconds ? last + '\n' : std::string("\n");
  };
  end_row("seconds");
  const auto row = [&](const MethodScores& scores) {
    table += padded(scores.method, width);
    for (const Measure measure : kMeasures) table += padded(text(summarise(scores, measure)), kCell);
    end_row(fmt::format("{:.1f}", seconds_of(scores)));
  };
  for (const MethodScores& scores : methods) row(scores);
  if (chosen) {
    row(*chosen);
    table += fmt::format(
        "\nLeast KL: {}. What to expect of it is the last row: on each split the settings that are best "
        "on the others.\n",
        methods[*best].method);
  }
  if (std::ranges::any_of(methods, chooses)) table += '\n';
  for (const MethodScores& scores : methods) {
    if (!chooses(scores)) continue;
    std::map<std::string, std::size_t> times;
    for (const auto& split : scores.splits)
      if (split) ++times[split->chosen];
    table += fmt::format("{}, chosen inside the splits:", scores.method);
    for (const auto& [settings, count] : times)
      table += fmt::format("{} {} ({} of {})", settings == times.begin()->first ? "" : ";", settings, count,
                           scores.splits.size());
    table += '\n';
  }
  if (!kl_differences.empty()) {
    table += "\nKL difference, with a 95 % interval\n";
    for (const PairedDifference& pair : kl_differences) {
      table += padded(fmt::format("  {} − {}", pair.a, pair.b), 2 * width + 4);
      table += std::isfinite(pair.low)
                   ? fmt::format("{:+.4g}  [{:+.4g}, {:+.4g}]\n", pair.mean, pair.low, pair.high)
                   : fmt::format("{:+.4g}\n", pair.mean);
    }
  }
  if (halving) table += halving_table(*halving);
  if (components.size() > 1) table += component_table(*this, width);
  table += calibration_table(*this, width);
  if (!learning.empty()) table += learning_table(*this, width);
  for (const MethodScores& scores : methods)
    for (const std::string& failure : scores.failures)
      table += fmt::format("\n{} failed on {}", scores.method, failure);
  if (!table.ends_with('\n')) table += '\n';
  return table;
}

}  // namespace assayer
