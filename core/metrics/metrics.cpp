// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace assayer {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeastEstimate = 1e-6;
constexpr double kNormalConsistent = 1.4826022185056018;  // 1 / Φ⁻¹(3/4)

bool finite_row(std::span<const double> row) {
  return std::ranges::all_of(row, [](double value) { return std::isfinite(value); });
}

/// Per group and dimension the values of z of the rows that `counts` accepts.
template <class GroupOf>
GroupedNuisance medians_by_group(const Matrix<double>& z, std::size_t groups,
                                 std::span<const std::uint32_t> rows, GroupOf group_of) {
  GroupedNuisance result;
  result.median = Matrix<double>(groups, z.cols());
  result.mad = Matrix<double>(groups, z.cols());
  std::vector<std::vector<double>> of_group(groups);
  for (std::size_t d = 0; d < z.cols(); ++d) {
    for (auto& values : of_group) values.clear();
    for (const std::uint32_t row : rows) of_group[group_of(row)].push_back(z(row, d));
    for (std::size_t g = 0; g < groups; ++g) {
      result.mad(g, d) = mad(of_group[g]);
      result.median(g, d) = median(std::move(of_group[g]));
    }
  }
  return result;
}

}  // namespace

double kl_divergence(std::span<const double> truth, std::span<const double> estimate) {
  assert(truth.size() == estimate.size());
  double sum = 0;
  for (const double value : estimate) {
    // std::max would turn a NaN into the bound.
    if (std::isnan(value)) return kUnknown;
    sum += std::max(value, kLeastEstimate);
  }
  double divergence = 0;
  for (std::size_t k = 0; k < truth.size(); ++k) {
    if (std::isnan(truth[k])) return kUnknown;
    if (truth[k] > 0)
      divergence += truth[k] * std::log(truth[k] * sum / std::max(estimate[k], kLeastEstimate));
  }
  return divergence;
}

double endmember_error(std::span<const float> truth, std::span<const float> estimate) {
  assert(truth.size() == estimate.size());
  double squares = 0;
  bool any = false;
  for (std::size_t c = 0; c < truth.size(); ++c) {
    if (!std::isfinite(truth[c]) || !std::isfinite(estimate[c])) continue;
    const double difference = static_cast<double>(estimate[c]) - static_cast<double>(truth[c]);
    squares += difference * difference;
    any = true;
  }
  return any ? std::sqrt(squares) : kUnknown;
}

double spectral_angle(std::span<const float> truth, std::span<const float> estimate) {
  assert(truth.size() == estimate.size());
  const auto common = [&](std::size_t c) { return std::isfinite(truth[c]) && std::isfinite(estimate[c]); };
  double truth_squares = 0;
  double estimate_squares = 0;
  for (std::size_t c = 0; c < truth.size(); ++c) {
    if (!common(c)) continue;
    truth_squares += static_cast<double>(truth[c]) * static_cast<double>(truth[c]);
    estimate_squares += static_cast<double>(estimate[c]) * static_cast<double>(estimate[c]);
  }
  if (!(truth_squares > 0) || !(estimate_squares > 0)) return kUnknown;
  // 2 atan(‖u − v‖ / ‖u + v‖) of the unit vectors: the arc cosine of the scalar product loses half of the
  // digits for small angles, which are the ones of interest.
  const double truth_scale = 1 / std::sqrt(truth_squares);
  const double estimate_scale = 1 / std::sqrt(estimate_squares);
  double difference = 0;
  double sum = 0;
  for (std::size_t c = 0; c < truth.size(); ++c) {
    if (!common(c)) continue;
    const double u = truth_scale * static_cast<double>(truth[c]);
    const double v = estimate_scale * static_cast<double>(estimate[c]);
    difference += (u - v) * (u - v);
    sum += (u + v) * (u + v);
  }
  return 2 * std::atan2(std::sqrt(difference), std::sqrt(sum)) * 180 / std::numbers::pi;
}

double roc_auc(std::span<const double> scores, std::span<const std::uint8_t> positive) {
  assert(scores.size() == positive.size());
  std::vector<std::size_t> order;
  order.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (!std::isnan(scores[i])) order.push_back(i);
  std::ranges::sort(order, {}, [&](std::size_t i) { return scores[i]; });

  // The sum of the positives' ranks (Mann–Whitney), tied scores sharing their mean rank.
  double rank_sum = 0;
  double positives = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    double tied_positives = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end)
      tied_positives += positive[order[end]] != 0 ? 1 : 0;
    rank_sum += tied_positives * 0.5 * static_cast<double>(begin + 1 + end);
    positives += tied_positives;
    begin = end;
  }
  const double negatives = static_cast<double>(order.size()) - positives;
  if (positives == 0 || negatives == 0) return kUnknown;
  return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
}

double median(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return kUnknown;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

double mad(std::span<const double> values) {
  const double centre = median({values.begin(), values.end()});
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) deviations.push_back(std::abs(value - centre));
  return kNormalConsistent * median(std::move(deviations));
}

GroupedNuisance nuisance_by_group(const Matrix<double>& z, std::span<const std::int32_t> group,
                                  std::size_t groups, std::span<const std::uint32_t> rows) {
  assert(group.size() == z.rows());
  std::vector<std::uint32_t> counted;
  counted.reserve(rows.size());
  for (const std::uint32_t row : rows)
    if (group[row] >= 0 && static_cast<std::size_t>(group[row]) < groups && finite_row(z.row(row)))
      counted.push_back(row);
  const auto group_of = [&](std::uint32_t row) { return static_cast<std::size_t>(group[row]); };
  GroupedNuisance result = medians_by_group(z, groups, counted, group_of);

  std::size_t right = 0;
  for (const std::uint32_t row : counted) {
    double nearest = std::numeric_limits<double>::infinity();
    std::size_t nearest_group = groups;
    for (std::size_t g = 0; g < groups; ++g) {
      double squares = 0;
      for (std::size_t d = 0; d < z.cols(); ++d) {
        const double difference = z(row, d) - result.median(g, d);
        squares += difference * difference;
      }
      // Groups without rows have NaN medians and lose every comparison.
      if (squares < nearest) {
        nearest = squares;
        nearest_group = g;
      }
    }
    if (nearest_group == group_of(row)) ++right;
  }
  result.accuracy =
      counted.empty() ? kUnknown : static_cast<double>(right) / static_cast<double>(counted.size());
  return result;
}

std::vector<double> outlier_scores(const Matrix<double>& z, std::span<const std::int32_t> group,
                                   std::size_t groups) {
  assert(group.empty() || group.size() == z.rows());
  const std::size_t count = group.empty() ? 1 : groups;
  const auto group_of = [&](std::size_t row) {
    return group.empty() ? std::size_t{0} : static_cast<std::size_t>(group[row]);
  };
  std::vector<std::uint32_t> counted;
  for (std::size_t row = 0; row < z.rows(); ++row)
    if (group_of(row) < count && finite_row(z.row(row))) counted.push_back(static_cast<std::uint32_t>(row));
  const GroupedNuisance centre = medians_by_group(z, count, counted, group_of);

  std::vector<double> scores(z.rows(), kUnknown);
  for (const std::uint32_t row : counted) {
    double worst = 0;
    for (std::size_t d = 0; d < z.cols(); ++d) {
      const double deviation = std::abs(z(row, d) - centre.median(group_of(row), d));
      // 0 / 0 is no deviation, not an unknown one.
      if (deviation > 0) worst = std::max(worst, deviation / centre.mad(group_of(row), d));
    }
    scores[row] = worst;
  }
  return scores;
}

}  // namespace assayer
