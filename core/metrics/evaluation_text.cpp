// SPDX-License-Identifier: GPL-3.0-or-later
// The two written forms of an Evaluation: JSON for programs, a table for people.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "core/metrics/evaluation.h"

namespace assayer {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
Json number(const std::optional<double>& value) {
  return value ? number(*value) : Json(nullptr);
}

Json numbers(std::span<const double> values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

std::string text(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value) : "–";
}
std::string text(const std::optional<double>& value) {
  return value ? text(*value) : "–";
}

std::string text(std::span<const double> median, std::span<const double> mad) {
  std::string line;
  for (std::size_t d = 0; d < median.size(); ++d)
    line += fmt::format("{:>10} ± {:<9}", text(median[d]), text(mad[d]));
  return line;
}

/// Room for the longest name, so that the columns after it align.
std::size_t name_width(const std::vector<std::string>& names) {
  std::size_t width = 12;
  for (const std::string& name : names) width = std::max(width, name.size());
  return width;
}

}  // namespace

std::string Evaluation::to_json() const {
  Json json = Json::object();
  json["rows"] = rows;

  Json& kl_json = json["kl"];
  kl_json["mean"] = kl ? number(kl->mean) : Json(nullptr);
  kl_json["training"] = kl ? number(kl->training) : Json(nullptr);
  kl_json["held_out"] = kl ? number(kl->held_out) : Json(nullptr);

  Json& rmse_json = json["rmse"];
  rmse_json["mean"] = rmse ? number(rmse->mean) : Json(nullptr);
  rmse_json["per_component"] = Json::object();
  if (rmse)
    for (std::size_t k = 0; k < rmse->per_component.size(); ++k)
      rmse_json["per_component"][components[k]] = number(rmse->per_component[k]);

  Json& endmembers_json = json["endmembers"];
  endmembers_json["mean_l2"] = endmembers ? number(endmembers->mean_l2) : Json(nullptr);
  endmembers_json["mean_sad"] = endmembers ? number(endmembers->mean_sad) : Json(nullptr);
  endmembers_json["per_component"] = Json::object();
  if (endmembers)
    for (std::size_t k = 0; k < endmembers->l2.size(); ++k)
      endmembers_json["per_component"][components[k]] = {{"l2", number(endmembers->l2[k])},
                                                         {"sad", number(endmembers->sad[k])}};

  Json& z_json = json["z"];
  z_json["group_accuracy"] = z ? number(z->accuracy) : Json(nullptr);
  z_json["group_accuracy_training"] = z_training ? number(z_training->accuracy) : Json(nullptr);
  z_json["groups"] = Json::array();
  if (z)
    for (std::size_t g = 0; g < group_names.size(); ++g) {
      Json group = Json::object();
      group["group"] = group_names[g];
      group["median"] = numbers(z->median.row(g));
      group["mad"] = numbers(z->mad.row(g));
      group["median_training"] = z_training ? numbers(z_training->median.row(g)) : Json(nullptr);
      group["mad_training"] = z_training ? numbers(z_training->mad.row(g)) : Json(nullptr);
      z_json["groups"].push_back(std::move(group));
    }

  json["outliers"]["auc"] = number(outlier_auc);
  json["intervals"] = Json::array();
  for (const Coverage& at : coverage)
    json["intervals"].push_back({{"level", at.level}, {"coverage", number(at.observed)}});
  json["calibration"] = Json::array();
  if (calibration)
    for (const CalibrationLevel& at : calibration->levels) {
      Json level = {{"level", at.level},
                    {"inside", number(at.inside)},
                    {"low", number(at.low)},
                    {"high", number(at.high)},
                    {"per_component", Json::object()}};
      for (std::size_t k = 0; k < at.per_component.size(); ++k)
        level["per_component"][components[k]] = number(at.per_component[k]);
      json["calibration"].push_back(std::move(level));
    }
  json["facts"] = facts;
  json["members"] = members;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Evaluation::to_table() const {
  const std::size_t width = std::max(name_width(components), name_width(group_names)) + 4;
  std::string table;
  const auto line = [&](std::string_view name, std::string_view value, std::string_view note = {}) {
    table += fmt::format("{:<{}}{:>10}{}{}\n", name, width, value, note.empty() ? "" : "  ", note);
  };
  line("spectra", std::to_string(rows));
  line("members", std::to_string(members));
  if (kl) {
    table += "\nKL(y ‖ ŷ), nats\n";
    line("  mean", text(kl->mean));
    line("  training", text(kl->training));
    line("  held out", text(kl->held_out));
  }
  if (rmse) {
    table += fmt::format("\nRMSE of the composition{}\n", kl && kl->held_out ? ", held-out spectra" : "");
    line("  mean", text(rmse->mean));
    for (std::size_t k = 0; k < rmse->per_component.size(); ++k)
      line("  " + components[k], text(rmse->per_component[k]));
  }
  if (endmembers) {
    table += fmt::format("\n{:<{}}{:>10}{:>10}\n", "Endmembers", width, "L2", "SAD (°)");
    const auto pair = [&](std::string_view name, double l2, double sad) {
      table += fmt::format("{:<{}}{:>10}{:>10}\n", name, width, text(l2), text(sad));
    };
    pair("  mean", endmembers->mean_l2, endmembers->mean_sad);
    for (std::size_t k = 0; k < endmembers->l2.size(); ++k)
      pair("  " + components[k], endmembers->l2[k], endmembers->sad[k]);
  }
  if (calibration) {
    const auto share = [](double value) {
      return std::isfinite(value) ? fmt::format("{:.1f} %", 100 * value) : std::string("–");
    };
    table += "\nTruth inside the stated intervals of the composition, with a 95 % interval of the share\n";
    table += fmt::format("{:<{}}{:>10}{:>18}", "", width, "all", "");
    for (const std::string& component : components)
      table += fmt::format("{:>{}}", component, std::max<std::size_t>(12, component.size() + 2));
    table += '\n';
    for (const CalibrationLevel& at : calibration->levels) {
      const std::string interval =
          std::isfinite(at.low) ? fmt::format("{:.1f} – {:.1f} %", 100 * at.low, 100 * at.high) : "";
      table += fmt::format("{:<{}}{:>10}{:>18}", fmt::format("  stated {:.0f} %", 100 * at.level), width,
                           share(at.inside), interval);
      for (std::size_t k = 0; k < at.per_component.size(); ++k)
        table += fmt::format("{:>{}}", share(at.per_component[k]),
                             std::max<std::size_t>(12, components[k].size() + 2));
      table += '\n';
    }
  }
  const auto nuisance = [&](const GroupedNuisance& measured, std::string_view which) {
    table += fmt::format("\nz by group, median ± MAD, {}\n", which);
    for (std::size_t g = 0; g < group_names.size(); ++g)
      table += fmt::format("{:<{}}{}\n", "  " + group_names[g], width,
                           text(measured.median.row(g), measured.mad.row(g)));
    line("  own group", text(measured.accuracy), "share of spectra nearest to their own group's median");
  };
  if (z) nuisance(*z, "all spectra");
  if (z_training) nuisance(*z_training, "spectra seen in training");
  if (outlier_auc) {
    table += "\n";
    line("outliers, AUC", text(outlier_auc),
         "of |z − median| / MAD within the group, and of the misfit where there is one");
  }
  if (!facts.empty()) {
    table += "\nChosen by the method\n";
    for (const auto& [key, value] : facts) table += fmt::format("  {}: {}\n", key, value);
  }
  return table;
}

}  // namespace assayer
