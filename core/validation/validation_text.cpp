// SPDX-License-Identifier: GPL-3.0-or-later
// The two written forms of a Validation: JSON for programs, a table for people.
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/validation/validation.h"

namespace assayer {
namespace {

using Json = nlohmann::ordered_json;

struct Summary {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double sd = std::numeric_limits<double>::quiet_NaN();
};

/// Over the splits that have the number.
Summary summarise(const MethodScores& scores,
                  const std::function<std::optional<double>(const SplitScores&)>& number) {
  std::vector<double> values;
  for (const auto& split : scores.splits) {
    const auto value = split ? number(*split) : std::nullopt;
    if (value && std::isfinite(*value)) values.push_back(*value);
  }
  Summary summary;
  if (values.empty()) return summary;
  summary.mean = 0;
  for (const double value : values) summary.mean += value / static_cast<double>(values.size());
  if (values.size() < 2) return summary;
  double squares = 0;
  for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
  summary.sd = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return summary;
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

std::optional<double> mean_r2(const SplitScores& s) {
  double sum = 0;
  std::size_t count = 0;
  for (const double value : s.r2) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

}  // namespace

std::string Validation::to_json() const {
  Json json = {{"by", by}, {"rows", rows}, {"folds", splits.size()}, {"methods", Json::object()}};
  const auto add = [&](const MethodScores& scores, Json& entry) {
    entry["kl"] = object(summarise(scores, [](const SplitScores& s) { return std::optional(s.kl); }));
    Json rmse = object(summarise(scores, [](const SplitScores& s) { return std::optional(s.rmse); }));
    rmse["per_component"] = Json::object();
    Json r2 = object(summarise(scores, mean_r2));
    r2["per_component"] = Json::object();
    for (std::size_t k = 0; k < components.size(); ++k) {
      rmse["per_component"][components[k]] =
          number(summarise(scores, [&](const SplitScores& s) { return std::optional(s.rmse_per[k]); }).mean);
      r2["per_component"][components[k]] =
          number(summarise(scores, [&](const SplitScores& s) { return std::optional(s.r2[k]); }).mean);
    }
    entry["rmse"] = std::move(rmse);
    entry["r2"] = std::move(r2);
    entry["endmember_l2"] = object(summarise(scores, [](const SplitScores& s) { return s.l2; }));
    entry["endmember_sad"] = object(summarise(scores, [](const SplitScores& s) { return s.sad; }));
    entry["z_group_accuracy"] = object(summarise(scores, [](const SplitScores& s) { return s.z_accuracy; }));
    entry["coverage_95"] =
        object(summarise(scores, [](const SplitScores& s) { return std::optional(s.covered); }));
    double seconds = 0;
    Json kl_by_fold = Json::array();
    for (const auto& split : scores.splits) {
      seconds += split ? split->seconds : 0;
      kl_by_fold.push_back(split ? number(split->kl) : Json(nullptr));
    }
    entry["seconds"] = seconds;
    entry["kl_by_fold"] = std::move(kl_by_fold);
    entry["failures"] = scores.failures;
  };
  for (const MethodScores& scores : methods) add(scores, json["methods"][scores.method]);
  if (best) json["best"] = methods[*best].method;
  if (chosen) add(*chosen, json["chosen"]);
  json["paired"] = Json::array();
  for (const PairedDifference& pair : kl_differences) {
    json["paired"].push_back(
        {{"a", pair.a},
         {"b", pair.b},
         {"kl_difference",
          {{"mean", number(pair.mean)}, {"low", number(pair.low)}, {"high", number(pair.high)}}}});
  }
  json["warnings"] = warnings;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Validation::to_table() const {
  std::size_t width = 10;
  for (const MethodScores& scores : methods) width = std::max(width, scores.method.size() + 2);
  constexpr std::size_t kCell = 22;  // "-1.234e+05 ± 1.2e+05" and two blanks
  std::string table =
      fmt::format("{} spectra, {} splits by {}; mean ± sd over the splits\n\n", rows, splits.size(), by);
  if (chosen) width = std::max(width, chosen->method.size() + 2);
  table += padded("method", width);
  for (const char* title : {"KL, nats", "RMSE", "R²", "endmember L2", "SAD (°)", "z group", "in 95 %"})
    table += padded(title, kCell);
  table += "seconds\n";
  const auto row = [&](const MethodScores& scores) {
    const auto cell = [&](const std::function<std::optional<double>(const SplitScores&)>& value) {
      table += padded(text(summarise(scores, value)), kCell);
    };
    table += padded(scores.method, width);
    cell([](const SplitScores& s) { return std::optional(s.kl); });
    cell([](const SplitScores& s) { return std::optional(s.rmse); });
    cell(mean_r2);
    cell([](const SplitScores& s) { return s.l2; });
    cell([](const SplitScores& s) { return s.sad; });
    cell([](const SplitScores& s) { return s.z_accuracy; });
    cell([](const SplitScores& s) { return std::optional(s.covered); });
    double seconds = 0;
    for (const auto& split : scores.splits) seconds += split ? split->seconds : 0;
    table += fmt::format("{:.1f}\n", seconds);
  };
  for (const MethodScores& scores : methods) row(scores);
  if (chosen) {
    row(*chosen);
    table += fmt::format(
        "\nLeast KL: {}. What to expect of it is the last row: on each split the settings that are best "
        "on the others.\n",
        methods[*best].method);
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
  for (const MethodScores& scores : methods)
    for (const std::string& failure : scores.failures)
      table += fmt::format("\n{} failed on {}", scores.method, failure);
  if (!table.ends_with('\n')) table += '\n';
  return table;
}

}  // namespace assayer
