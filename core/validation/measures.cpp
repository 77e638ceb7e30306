// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/measures.h"

#include <cmath>
#include <limits>

namespace assayer {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

std::optional<double> known(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

int better(Measure measure) {
  switch (measure) {
    case Measure::R2:
    case Measure::ZAccuracy:
      return 1;
    case Measure::Covered:
      return 0;
    case Measure::Kl:
    case Measure::Rmse:
    case Measure::EndmemberL2:
    case Measure::EndmemberSad:
      break;
  }
  return -1;
}

std::optional<double> value_of(const SplitScores& scores, Measure measure) {
  switch (measure) {
    case Measure::Kl:
      return known(scores.kl);
    case Measure::Rmse:
      return known(scores.rmse);
    case Measure::R2: {
      std::vector<std::optional<double>> parts;
      parts.reserve(scores.r2.size());
      for (const double part : scores.r2) parts.emplace_back(part);
      return known(summarise(parts).mean);
    }
    case Measure::EndmemberL2:
      return scores.l2;
    case Measure::EndmemberSad:
      return scores.sad;
    case Measure::ZAccuracy:
      return scores.z_accuracy;
    case Measure::Covered:
      return known(scores.covered);
  }
  return std::nullopt;
}

Summary summarise(const std::vector<std::optional<double>>& values) {
  std::vector<double> finite;
  for (const auto& value : values)
    if (value && std::isfinite(*value)) finite.push_back(*value);
  Summary summary{kUnknown, kUnknown};
  if (finite.empty()) return summary;
  summary.mean = 0;
  for (const double value : finite) summary.mean += value / static_cast<double>(finite.size());
  if (finite.size() < 2) return summary;
  double squares = 0;
  for (const double value : finite) squares += (value - summary.mean) * (value - summary.mean);
  summary.sd = std::sqrt(squares / static_cast<double>(finite.size() - 1));
  return summary;
}

Summary summarise(const MethodScores& scores, Measure measure) {
  std::vector<std::optional<double>> values;
  values.reserve(scores.splits.size());
  for (const auto& split : scores.splits) values.push_back(split ? value_of(*split, measure) : std::nullopt);
  return summarise(values);
}

PairedDifference paired_difference(const MethodScores& a, const MethodScores& b,
                                   const std::vector<Split>& splits, Measure measure) {
  PairedDifference result{a.method, b.method, kUnknown, kUnknown, kUnknown};
  std::vector<double> differences;
  double share = 0;  // of test rows per training row
  for (std::size_t s = 0; s < splits.size(); ++s) {
    if (!a.splits[s] || !b.splits[s]) continue;
    const auto of_a = value_of(*a.splits[s], measure);
    const auto of_b = value_of(*b.splits[s], measure);
    if (!of_a || !of_b) continue;
    differences.push_back(*of_a - *of_b);
    share += static_cast<double>(splits[s].test.size()) / static_cast<double>(splits[s].train.size());
  }
  if (differences.empty()) return result;
  const auto count = static_cast<double>(differences.size());
  share /= count;
  result.mean = 0;
  for (const double difference : differences) result.mean += difference / count;
  if (differences.size() < 2) return result;
  double variance = 0;
  for (const double difference : differences)
    variance += (difference - result.mean) * (difference - result.mean) / (count - 1);
  const double half = student_975(differences.size() - 1) * std::sqrt(variance * (1 / count + share));
  result.low = result.mean - half;
  result.high = result.mean + half;
  return result;
}

std::optional<std::size_t> clear_best(const Validation& validation, Measure measure) {
  const int sign = better(measure);
  if (sign == 0) return std::nullopt;
  for (std::size_t a = 0; a < validation.methods.size(); ++a) {
    std::size_t beaten = 0;
    bool best = std::isfinite(summarise(validation.methods[a], measure).mean);
    for (std::size_t b = 0; b < validation.methods.size() && best; ++b) {
      if (b == a || !std::isfinite(summarise(validation.methods[b], measure).mean)) continue;
      const auto pair =
          paired_difference(validation.methods[a], validation.methods[b], validation.splits, measure);
      best = sign > 0 ? pair.low > 0 : pair.high < 0;
      ++beaten;
    }
    if (best && beaten > 0) return a;
  }
  return std::nullopt;
}

}  // namespace assayer
