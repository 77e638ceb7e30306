// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/judging_detail.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/metrics/evaluation.h"

namespace assayer {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

SplitScores score(const Dataset& data, const Prediction& test, const EndmemberEstimate& endmembers,
                  const Split& split) {
  const std::size_t k = data.components();
  SplitScores scores;
  scores.rmse_per.assign(k, 0.0);
  std::vector<double> centre(k, 0.0);
  for (const std::uint32_t row : split.train)
    for (std::size_t part = 0; part < k; ++part)
      centre[part] += data.abundances()->row(row)[part] / static_cast<double>(split.train.size());
  std::vector<double> deviation(k, 0.0);
  std::size_t covered = 0;
  std::size_t stated = 0;
  const auto n = static_cast<double>(split.test.size());
  for (std::size_t i = 0; i < split.test.size(); ++i) {
    const auto truth = data.abundances()->row(split.test[i]);
    scores.kl += kl_divergence(truth, test.composition.row(i)) / n;
    for (std::size_t part = 0; part < k; ++part) {
      const double error = test.composition(i, part) - truth[part];
      scores.rmse_per[part] += error * error / n;
      deviation[part] += (truth[part] - centre[part]) * (truth[part] - centre[part]) / n;
      const double sd = test.composition_sd.empty() ? kUnknown : test.composition_sd(i, part);
      if (std::isfinite(sd)) {
        ++stated;
        if (std::abs(error) <= 1.959964 * sd) ++covered;
      }
    }
  }
  double sum = 0;
  for (std::size_t part = 0; part < k; ++part) {
    sum += scores.rmse_per[part];
    scores.r2.push_back(deviation[part] > 1e-12 ? 1 - scores.rmse_per[part] / deviation[part] : kUnknown);
    scores.rmse_per[part] = std::sqrt(scores.rmse_per[part]);
  }
  scores.rmse = std::sqrt(sum / static_cast<double>(k));
  scores.covered = stated > 0 ? static_cast<double>(covered) / static_cast<double>(stated) : kUnknown;

  // Endmembers, with the references of the training rows' groups; the prediction of all rows is not needed.
  Prediction nothing;
  nothing.composition = Matrix<double>(data.rows(), k, kUnknown);
  if (const auto judged = evaluate(data, nothing, endmembers, split.train, split.train, 1);
      judged && judged->endmembers) {
    scores.l2 = judged->endmembers->mean_l2;
    scores.sad = judged->endmembers->mean_sad;
  }
  if (data.groups() && !test.z.empty()) {
    std::vector<std::int32_t> group;
    Rows all;
    for (std::size_t i = 0; i < split.test.size(); ++i) {
      group.push_back(data.groups()->of_row[split.test[i]]);
      all.push_back(static_cast<std::uint32_t>(i));
    }
    if (std::set<std::int32_t>(group.begin(), group.end()).size() > 1)
      scores.z_accuracy = nuisance_by_group(test.z, group, data.groups()->names.size(), all).accuracy;
  }
  return scores;
}

double mean_kl(const MethodScores& scores, std::size_t leave_out) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t s = 0; s < scores.splits.size(); ++s) {
    if (s == leave_out) continue;
    if (!scores.splits[s]) return std::numeric_limits<double>::infinity();
    sum += scores.splits[s]->kl;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::infinity();
}

std::size_t least(const std::vector<MethodScores>& methods, std::size_t leave_out) {
  const auto found = std::ranges::min_element(
      methods, {}, [&](const MethodScores& scores) { return mean_kl(scores, leave_out); });
  return static_cast<std::size_t>(found - methods.begin());
}

Calibration calibration_of(const Dataset& data, const MethodScores& scores,
                           const std::vector<Split>& splits) {
  std::size_t rows = 0;
  for (std::size_t s = 0; s < splits.size(); ++s)
    if (scores.splits[s] && !scores.splits[s]->predicted_sd.empty()) rows += splits[s].test.size();
  const std::size_t k = data.components();
  Matrix<double> truth(rows, k);
  Matrix<double> estimate(rows, k);
  Matrix<double> sd(rows, k);
  std::size_t at = 0;
  for (std::size_t s = 0; s < splits.size(); ++s) {
    if (!scores.splits[s] || scores.splits[s]->predicted_sd.empty()) continue;
    for (std::size_t i = 0; i < splits[s].test.size(); ++i, ++at) {
      std::ranges::copy(data.abundances()->row(splits[s].test[i]), truth.row(at).begin());
      std::ranges::copy(scores.splits[s]->predicted.row(i), estimate.row(at).begin());
      std::ranges::copy(scores.splits[s]->predicted_sd.row(i), sd.row(at).begin());
    }
  }
  return calibrate(truth, estimate, sd);
}

std::size_t shared_compositions(const Dataset& data, const std::vector<Split>& splits) {
  std::size_t most = 0;
  for (const Split& split : splits) {
    std::set<std::vector<double>> trained;
    for (const std::uint32_t row : split.train) {
      const auto y = data.abundances()->row(row);
      trained.emplace(y.begin(), y.end());
    }
    std::size_t shared = 0;
    for (const std::uint32_t row : split.test) {
      const auto y = data.abundances()->row(row);
      if (trained.contains(std::vector<double>(y.begin(), y.end()))) ++shared;
    }
    most = std::max(most, shared);
  }
  return most;
}

}  // namespace assayer
