// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/start.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace assayer::guided {
namespace {

/// Calls `visit(name, matrix)` or `visit(name, vector)` for every array of a start.
template <class StartType, class Visit>
void each_array(StartType& start, Visit&& visit) {
  visit("start/efficiency", start.mixture.efficiency);
  visit("start/endmembers", start.mixture.endmembers);
  visit("start/tilt", start.mixture.tilt);
  visit("start/tilt_part", start.mixture.tilt_part);
  visit("start/z_centre", start.mixture.z_centre);
  visit("start/spread_v", start.mixture.spread_v);
  visit("start/spread_x", start.mixture.spread_x);
  visit("start/q_y/regression", start.y_encoder.regression);
  visit("start/q_y/intercept", start.y_encoder.intercept);
  visit("start/q_y/axes", start.y_encoder.axes);
  visit("start/q_y/offset", start.y_encoder.offset);
  visit("start/q_z/axes", start.z_encoder.axes);
  visit("start/q_z/offset", start.z_encoder.offset);
  visit("start/q_z/slope", start.z_slope);
  visit("start/q_z/intercept", start.z_intercept);
  visit("start/q_z/spread", start.z_spread);
  visit("start/label_sd", start.label_sd);
  visit("start/interval/variance", start.intervals.variance);
  visit("start/interval/gram", start.intervals.gram);
  visit("start/misfit/axes", start.misfit.axes);
  visit("start/endmember_sd", start.endmember_sd);
}

/// What files from before it was known lack.
template <class StartType, class Visit>
void each_growth(StartType& start, Visit&& visit) {
  visit(start.misfit.growth.mean);
  visit(start.misfit.growth.spread);
  visit(start.misfit.hidden_growth.mean);
  visit(start.misfit.hidden_growth.spread);
}
constexpr const char* kGrowth = "start/misfit/growth";

template <class StartType, class Visit>
void each_number(StartType& start, Visit&& visit) {
  visit(start.scale);
  visit(start.mixture.link.scale);
  visit(start.mixture.link.cos_incidence);
  visit(start.mixture.link.cos_emission);
  visit(start.intervals.growth);
  visit(start.misfit.median);
  visit(start.misfit.mad);
  visit(start.misfit.hidden_median);
  visit(start.misfit.hidden_mad);
}
constexpr const char* kNumbers = "start/numbers";

NamedArray to_array(const char* name, const Matrix<double>& values) {
  return {name,
          {static_cast<std::int64_t>(values.rows()), static_cast<std::int64_t>(values.cols())},
          {values.values().begin(), values.values().end()}};
}
NamedArray to_array(const char* name, const std::vector<double>& values) {
  return {name, {static_cast<std::int64_t>(values.size())}, {values.begin(), values.end()}};
}
bool from_array(const NamedArray& array, Matrix<double>& into) {
  if (array.shape.size() != 2 || array.shape[0] < 0 || array.shape[1] < 0 ||
      static_cast<std::size_t>(array.shape[0]) * static_cast<std::size_t>(array.shape[1]) !=
          array.values.size())
    return false;
  into = Matrix<double>(std::vector<double>(array.values.begin(), array.values.end()),
                        static_cast<std::size_t>(array.shape[0]), static_cast<std::size_t>(array.shape[1]));
  return true;
}
bool from_array(const NamedArray& array, std::vector<double>& into) {
  if (array.shape.size() != 1 || array.shape[0] != static_cast<std::int64_t>(array.values.size()))
    return false;
  into.assign(array.values.begin(), array.values.end());
  return true;
}

std::unexpected<Error> damaged(std::string_view where, std::string expected, std::string found) {
  return fail({Error::Kind::Data, "the model's start is damaged", std::string(where), std::move(expected),
               std::move(found), "Train the model again."});
}

}  // namespace

std::string_view name(Task task) {
  return task == Task::Unmixing ? "unmixing" : "calibration";
}

std::vector<NamedArray> Start::arrays() const {
  std::vector<NamedArray> result;
  each_array(*this, [&](const char* name, const auto& values) { result.push_back(to_array(name, values)); });
  std::vector<double> numbers;
  each_number(*this, [&](double number) { numbers.push_back(number); });
  result.push_back(to_array(kNumbers, numbers));
  std::vector<double> growth;
  each_growth(*this, [&](double number) { growth.push_back(number); });
  result.push_back(to_array(kGrowth, growth));
  return result;
}

Result<Start> Start::from(const std::vector<NamedArray>& arrays,
                          const std::map<std::string, std::string>& facts, std::size_t components,
                          std::size_t channels) {
  Start start;
  start.facts = facts;
  std::string missing;
  const auto take = [&](const char* name, auto& into) {
    const auto found = std::ranges::find(arrays, name, &NamedArray::name);
    const bool good = found != arrays.end() &&
                      std::ranges::all_of(found->values, [](float value) { return std::isfinite(value); });
    if (!good || !from_array(*found, into)) missing = name;
  };
  each_array(start, take);
  std::vector<double> numbers;
  take(kNumbers, numbers);
  if (!missing.empty()) return damaged(missing, "finite numbers", "none, or others");
  std::size_t count = 0;
  each_number(start, [&](double& number) {
    if (count < numbers.size()) number = numbers[count];
    ++count;
  });
  if (count != numbers.size())
    return damaged(kNumbers, fmt::format("{} numbers", count), fmt::format("{}", numbers.size()));

  if (std::ranges::find(arrays, kGrowth, &NamedArray::name) != arrays.end()) {
    std::vector<double> growth;
    take(kGrowth, growth);
    std::size_t place = 0;
    each_growth(start, [&](double& number) {
      number = place < growth.size() ? growth[place] : -1;
      ++place;
      if (!(number >= 0)) missing = kGrowth;
    });
    if (!missing.empty() || growth.size() != place) return damaged(kGrowth, "4 numbers from 0", "others");
  }

  const auto fact = [&](const char* key) {
    const auto found = facts.find(key);
    return found != facts.end() ? found->second : std::string();
  };
  const auto link = parse_link(fact("link"));
  if (!link) return damaged("link", "identity, hapke or log", fact("link"));
  start.mixture.link.link = *link;
  if (auto valid = validate(start.mixture.link); !valid) return fail(valid.error());
  auto input = parse_encoder_input(fact("encoder_input"));
  if (!input) return fail(input.error());
  start.y_encoder.input = *input;
  start.z_encoder.input = EncoderInput::Linear;
  start.correction = fact("encoder_correction") == "yes";
  start.task = fact("task") == name(Task::Calibration) ? Task::Calibration : Task::Unmixing;
  // Models from before the share was chosen have equal ones.
  start.inversion_share = *link == Link::Identity ? 1.0 / 3 : 0.5;
  if (const std::string share = fact("inversion_share"); !share.empty()) {
    const auto* const end = share.data() + share.size();
    const auto read = std::from_chars(share.data(), end, start.inversion_share);
    if (read.ec != std::errc() || read.ptr != end || !(start.inversion_share >= 0) ||
        start.inversion_share > 1)
      return damaged("inversion_share", "a number from 0 to 1", share);
  }

  const std::size_t k = components;
  const std::size_t z = start.mixture.tilt.rows();
  const auto is = [](const Matrix<double>& m, std::size_t rows, std::size_t cols) {
    return m.rows() == rows && m.cols() == cols;
  };
  const Mixture& mixture = start.mixture;
  const bool fits =
      z >= 1 && mixture.efficiency.size() == k && is(mixture.endmembers, k, channels) &&
      is(mixture.tilt, z, channels) && is(mixture.tilt_part, z * k, channels) &&
      mixture.z_centre.size() == z && mixture.spread_v.size() == channels &&
      mixture.spread_x.size() == channels && is(start.y_encoder.regression, channels, k) &&
      start.y_encoder.intercept.size() == k &&
      is(start.y_encoder.axes, channels, start.y_encoder.offset.size()) &&
      is(start.z_encoder.axes, channels, start.z_encoder.offset.size()) &&
      is(start.z_slope, start.z_encoder.offset.size() + k, z) && start.z_intercept.size() == z &&
      start.z_spread.size() == z && start.label_sd.size() == k && start.intervals.variance.size() == k &&
      is(start.intervals.gram, k, k) && start.misfit.axes.cols() == channels &&
      is(start.endmember_sd, k, channels) &&
      std::ranges::all_of(mixture.efficiency, [](double q) { return q > 0; }) && start.scale > 0;
  if (!fits) {
    return damaged("start", fmt::format("arrays for {} components and {} channels", k, channels), "others");
  }
  return start;
}

}  // namespace assayer::guided
