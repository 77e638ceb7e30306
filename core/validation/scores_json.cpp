// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>

#include "core/validation/scores_json_detail.h"

namespace assayer {
namespace {

using Json = nlohmann::ordered_json;

Json list(std::span<const double> values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(exact_json(value));
  return json;
}
std::vector<double> numbers(const Json& json) {
  std::vector<double> values;
  values.reserve(json.size());
  for (const Json& value : json) values.push_back(exact_number(value));
  return values;
}

Json optional(const std::optional<double>& value) {
  return value ? exact_json(*value) : Json(nullptr);
}
std::optional<double> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(exact_number(json));
}

Json table(const Matrix<double>& matrix) {
  return {
      {"rows", matrix.rows()}, {"columns", matrix.cols()}, {"values", list({matrix.data(), matrix.size()})}};
}
Matrix<double> matrix(const Json& json) {
  Matrix<double> made(json.at("rows").get<std::size_t>(), json.at("columns").get<std::size_t>());
  const std::vector<double> values = numbers(json.at("values"));
  if (values.size() != made.size()) throw std::invalid_argument("a table of another size than it says");
  for (std::size_t i = 0; i < values.size(); ++i) made.data()[i] = values[i];
  return made;
}

}  // namespace

Json exact_json(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double exact_number(const Json& json) {
  if (!json.is_string()) return json.get<double>();
  const auto text = json.get<std::string>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  return text == "-inf" ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
}

Json scores_to_json(const SplitScores& scores) {
  return {{"kl", exact_json(scores.kl)},           {"rmse", exact_json(scores.rmse)},
          {"rmse_per", list(scores.rmse_per)},     {"r2", list(scores.r2)},
          {"covered", exact_json(scores.covered)}, {"l2", optional(scores.l2)},
          {"sad", optional(scores.sad)},           {"z_accuracy", optional(scores.z_accuracy)},
          {"seconds", exact_json(scores.seconds)}, {"chosen", scores.chosen},
          {"predicted", table(scores.predicted)},  {"predicted_sd", table(scores.predicted_sd)}};
}

SplitScores scores_from(const Json& json) {
  SplitScores scores;
  scores.kl = exact_number(json.at("kl"));
  scores.rmse = exact_number(json.at("rmse"));
  scores.rmse_per = numbers(json.at("rmse_per"));
  scores.r2 = numbers(json.at("r2"));
  scores.covered = exact_number(json.at("covered"));
  scores.l2 = optional_number(json.at("l2"));
  scores.sad = optional_number(json.at("sad"));
  scores.z_accuracy = optional_number(json.at("z_accuracy"));
  scores.seconds = exact_number(json.at("seconds"));
  scores.chosen = json.at("chosen").get<std::string>();
  scores.predicted = matrix(json.at("predicted"));
  scores.predicted_sd = matrix(json.at("predicted_sd"));
  return scores;
}

}  // namespace assayer
