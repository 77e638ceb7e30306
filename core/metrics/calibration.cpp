// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <tuple>
#include <utility>

namespace assayer {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct Cluster {
  double inside = 0;
  double entries = 0;
};

/// Wilson's interval of `share` of `count` independent entries.
std::pair<double, double> wilson(double share, double count) {
  const double z = normal_quantile(0.95);
  const double middle = (share + z * z / (2 * count)) / (1 + z * z / count);
  const double half =
      z / (1 + z * z / count) * std::sqrt(share * (1 - share) / count + z * z / (4 * count * count));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

/// As many independent entries would tell the share as exactly as the clusters do.
double effective_count(const std::vector<Cluster>& clusters, double share, double entries) {
  const auto count = static_cast<double>(clusters.size());
  double squares = 0;
  for (const Cluster& cluster : clusters) {
    const double residual = cluster.inside - share * cluster.entries;
    squares += residual * residual;
  }
  const double variance = squares * count / (count - 1) / (entries * entries);
  const double independent = share * (1 - share);
  // All inside or none: the sample cannot tell how much clusters agree, so each counts once.
  if (independent <= 0) return count;
  return variance > 0 ? std::min(entries, independent / variance) : entries;
}

}  // namespace

double normal_quantile(double level) {
  // erf is concave here, so that Newton's steps from 0 never pass the root.
  double q = 0;
  for (int i = 0; i < 100; ++i) {
    const double slope = std::sqrt(2 / std::numbers::pi) * std::exp(-q * q / 2);
    const double step = (level - std::erf(q / std::numbers::sqrt2)) / slope;
    q += step;
    if (std::abs(step) < 1e-13) break;
  }
  return q;
}

Calibration calibrate(MatrixView<double> truth, MatrixView<double> estimate, MatrixView<double> sd,
                      std::span<const double> levels) {
  Calibration result;
  if (sd.empty()) return result;
  const std::size_t parts = truth.cols();
  std::map<std::vector<double>, std::size_t> known;
  std::vector<std::size_t> cluster_of(truth.rows());
  std::vector<double> stated(parts, 0);
  // |error| / sd per entry; NaN where it does not count.
  Matrix<double> distance(truth.rows(), parts, kUnknown);
  for (std::size_t i = 0; i < truth.rows(); ++i) {
    bool counts = false;
    for (std::size_t k = 0; k < parts; ++k) {
      const double error = std::abs(estimate(i, k) - truth(i, k));
      if (!std::isfinite(error) || !std::isfinite(sd(i, k))) continue;
      // An sd of 0 holds nothing but the truth itself.
      distance(i, k) = error <= 0 ? 0 : error / sd(i, k);
      ++stated[k];
      ++result.entries;
      counts = true;
    }
    if (!counts) continue;
    std::vector<double> key;
    for (const double part : truth.row(i)) key.push_back(std::isnan(part) ? -1 : part);
    cluster_of[i] = known.try_emplace(std::move(key), known.size()).first->second;
  }
  result.clusters = known.size();
  if (result.entries == 0) return result;

  const auto entries = static_cast<double>(result.entries);
  for (const double level : levels) {
    const double quantile = normal_quantile(level);
    std::vector<Cluster> clusters(known.size());
    CalibrationLevel at{.level = level, .inside = 0, .low = kUnknown, .high = kUnknown, .per_component = {}};
    at.per_component.assign(parts, 0);
    for (std::size_t i = 0; i < truth.rows(); ++i) {
      for (std::size_t k = 0; k < parts; ++k) {
        if (std::isnan(distance(i, k))) continue;
        const double in = distance(i, k) <= quantile ? 1 : 0;
        clusters[cluster_of[i]].inside += in;
        clusters[cluster_of[i]].entries += 1;
        at.per_component[k] += in;
        at.inside += in;
      }
    }
    at.inside /= entries;
    for (std::size_t k = 0; k < parts; ++k)
      at.per_component[k] = stated[k] > 0 ? at.per_component[k] / stated[k] : kUnknown;
    if (clusters.size() > 1)
      std::tie(at.low, at.high) = wilson(at.inside, effective_count(clusters, at.inside, entries));
    result.levels.push_back(std::move(at));
  }
  return result;
}

}  // namespace assayer
