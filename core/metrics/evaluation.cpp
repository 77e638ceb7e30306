// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

namespace assayer {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

bool all_finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

/// Mean of the finite values; NaN for none.
double finite_mean(std::span<const double> values) {
  double sum = 0;
  std::size_t count = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : kUnknown;
}

Error mismatch(std::string what, std::string where, std::size_t expected, std::size_t found,
               std::string mend) {
  return {.kind = Error::Kind::Data,
          .what = std::move(what),
          .where = std::move(where),
          .expected = std::to_string(expected),
          .found = std::to_string(found),
          .mend = std::move(mend)};
}

Status check(const Dataset& data, const Prediction& prediction, const Rows& training, const Rows& seen) {
  const std::string& path = data.provenance().path;
  if (prediction.composition.rows() != data.rows())
    return fail(mismatch("the prediction has another number of spectra than the data", path, data.rows(),
                         prediction.composition.rows(), "Predict these data again"));
  if (!prediction.z.empty() && prediction.z.rows() != data.rows())
    return fail(mismatch("the nuisance has another number of spectra than the data", path, data.rows(),
                         prediction.z.rows(), "Predict these data again"));
  const auto& abundances = data.abundances();
  if (abundances && prediction.composition.cols() != abundances->components())
    return fail(mismatch("the model has another number of components than the data", path,
                         abundances->components(), prediction.composition.cols(),
                         "Use the data that the model was trained for, or data without compositions"));
  for (const Rows* rows : {&training, &seen})
    for (const std::uint32_t row : *rows)
      if (row >= data.rows())
        return fail(mismatch("a row that training used is not in the data", path, data.rows(), row + 1UL,
                             "Use the data that the model was trained on"));
  return {};
}

std::vector<std::uint8_t> marks(const Rows& rows, std::size_t count) {
  std::vector<std::uint8_t> marked(count, 0);
  for (const std::uint32_t row : rows) marked[row] = 1;
  return marked;
}

Evaluation::Divergence divergence(const Matrix<double>& truth, const Matrix<double>& estimate,
                                  const Rows& rows, std::span<const std::uint8_t> in_training) {
  double training = 0;
  double held_out = 0;
  std::size_t training_rows = 0;
  for (const std::uint32_t row : rows) {
    const double value = kl_divergence(truth.row(row), estimate.row(row));
    (in_training[row] != 0 ? training : held_out) += value;
    training_rows += in_training[row];
  }
  const std::size_t held_out_rows = rows.size() - training_rows;
  Evaluation::Divergence result;
  result.mean = (training + held_out) / static_cast<double>(rows.size());
  if (training_rows > 0) result.training = training / static_cast<double>(training_rows);
  if (held_out_rows > 0) result.held_out = held_out / static_cast<double>(held_out_rows);
  return result;
}

Evaluation::Rmse rmse(const Matrix<double>& truth, const Matrix<double>& estimate, const Rows& rows) {
  std::vector<double> squares(truth.cols(), 0);
  for (const std::uint32_t row : rows)
    for (std::size_t k = 0; k < truth.cols(); ++k) {
      const double difference = estimate(row, k) - truth(row, k);
      squares[k] += difference * difference;
    }
  const auto count = static_cast<double>(rows.size());
  Evaluation::Rmse result;
  result.mean = std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0) /
                          (count * static_cast<double>(truth.cols())));
  for (const double sum : squares) result.per_component.push_back(std::sqrt(sum / count));
  return result;
}

/// For each component the row of the reference spectra with its name; the order as it is where names differ
/// (files often name the samples rather than the minerals).
std::vector<std::size_t> reference_rows(const std::vector<std::string>& components,
                                        const std::vector<std::string>& references) {
  std::vector<std::size_t> rows;
  for (const std::string& component : components) {
    const auto found = std::ranges::find(references, component);
    if (found == references.end()) break;
    rows.push_back(static_cast<std::size_t>(found - references.begin()));
  }
  if (rows.size() < components.size()) {
    rows.resize(components.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
  }
  return rows;
}

std::optional<Evaluation::Endmembers> compare_endmembers(const Dataset& data,
                                                         const EndmemberEstimate& estimate,
                                                         const std::vector<std::string>& components,
                                                         const Rows& training) {
  const auto references = reference_endmembers(data, training);
  if (!references || estimate.mean.empty() || references->rows() != estimate.mean.rows() ||
      references->cols() != estimate.mean.cols() || components.size() != references->rows())
    return std::nullopt;
  const auto of_component = reference_rows(components, data.endmember_names());
  const auto& bad = data.bad_channels();
  Evaluation::Endmembers result;
  for (std::size_t k = 0; k < components.size(); ++k) {
    const auto reference = references->row(of_component[k]);
    std::vector<float> truth(reference.begin(), reference.end());
    // Channels masked in the data may have entered a model that was trained on other data.
    for (std::size_t c = 0; c < bad.size(); ++c)
      if (bad[c] != 0) truth[c] = std::numeric_limits<float>::quiet_NaN();
    result.l2.push_back(endmember_error(truth, estimate.mean.row(k)));
    result.sad.push_back(spectral_angle(truth, estimate.mean.row(k)));
  }
  result.mean_l2 = finite_mean(result.l2);
  result.mean_sad = finite_mean(result.sad);
  return result;
}

std::optional<double> outlier_auc(const Dataset& data, const Prediction& prediction) {
  const MetadataColumn* column = data.find_metadata("outlier");
  const auto flags = column != nullptr ? column->numbers() : std::nullopt;
  if (!flags || prediction.z.empty()) return std::nullopt;
  auto scores = outlier_score(prediction, data.groups());
  std::vector<std::uint8_t> positive(flags->size());
  for (std::size_t i = 0; i < flags->size(); ++i) {
    positive[i] = (*flags)[i] != 0 ? 1 : 0;
    // A row whose flag is unknown belongs to neither class.
    if (std::isnan((*flags)[i])) scores[i] = kUnknown;
  }
  const double area = roc_auc(scores, positive);
  return std::isnan(area) ? std::nullopt : std::optional(area);
}

constexpr std::array<double, 5> kCoverageLevels = {0.5, 0.68, 0.8, 0.95, 0.99};

void judge_intervals(const Matrix<double>& truth, const Prediction& prediction, const Rows& rows,
                     Evaluation& result) {
  if (prediction.composition_sd.empty() || rows.empty()) return;
  const auto taken = [&](const Matrix<double>& from) {
    Matrix<double> some(rows.size(), from.cols());
    for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(from.row(rows[i]), some.row(i).begin());
    return some;
  };
  const auto known = taken(truth);
  const auto estimate = taken(prediction.composition);
  const auto sd = taken(prediction.composition_sd);
  Calibration calibration = calibrate(known, estimate, sd);
  if (calibration.levels.empty()) return;
  result.calibration = std::move(calibration);
  for (const CalibrationLevel& at : calibrate(known, estimate, sd, kCoverageLevels).levels)
    result.coverage.push_back({at.level, at.inside});
}

}  // namespace

std::optional<Matrix<float>> reference_endmembers(const Dataset& data, const Rows& training) {
  const auto& by_group = data.endmembers_by_group();
  if (by_group.empty() || !data.groups() || by_group.size() != data.groups()->names.size())
    return data.endmembers();
  std::vector<double> weight(by_group.size(), 0);
  const auto& of_row = data.groups()->of_row;
  for (const std::uint32_t row : training) weight[static_cast<std::size_t>(of_row[row])] += 1;
  if (training.empty())
    for (const std::int32_t group : of_row) weight[static_cast<std::size_t>(group)] += 1;
  const double total = std::accumulate(weight.begin(), weight.end(), 0.0);
  Matrix<float> mean(by_group.front().rows(), by_group.front().cols());
  for (std::size_t i = 0; i < mean.size(); ++i) {
    double sum = 0;
    for (std::size_t g = 0; g < by_group.size(); ++g)
      if (weight[g] > 0) sum += weight[g] / total * by_group[g].data()[i];
    mean.data()[i] = static_cast<float>(sum);
  }
  return mean;
}

std::vector<double> outlier_score(const Prediction& prediction, const std::optional<Groups>& groups) {
  constexpr double kSuspect = 5;
  auto scores = groups ? outlier_scores(prediction.z, groups->of_row, groups->names.size())
                       : outlier_scores(prediction.z, {}, 0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (const std::vector<double>* other : {&prediction.misfit, &prediction.hidden_misfit})
      if (!other->empty() && !std::isnan(scores[i])) scores[i] = std::max(scores[i], (*other)[i]);
    scores[i] /= kSuspect;
  }
  return scores;
}

Result<Evaluation> evaluate(const Dataset& data, const Prediction& prediction,
                            const EndmemberEstimate& endmembers, const Rows& training, const Rows& seen,
                            std::size_t members) {
  if (auto checked = check(data, prediction, training, seen); !checked) return fail(checked.error());
  Evaluation result;
  result.members = members;
  result.components = data.component_names();
  const auto& abundances = data.abundances();
  const auto& grouping = data.groups();
  if (grouping) result.group_names = grouping->names;

  Rows known;  // rows with a prediction and a composition
  Rows predicted_z;
  for (std::size_t i = 0; i < data.rows(); ++i) {
    const auto row = static_cast<std::uint32_t>(i);
    if (!prediction.z.empty() && all_finite(prediction.z.row(i))) predicted_z.push_back(row);
    if (!all_finite(prediction.composition.row(i))) continue;
    ++result.rows;
    if (data.labelled(i)) known.push_back(row);
  }

  if (abundances && !known.empty()) {
    const Matrix<double>& truth = abundances->values();
    const auto in_training = marks(training, data.rows());
    result.kl = divergence(truth, prediction.composition, known, in_training);
    Rows judged = known;
    std::erase_if(judged, [&](std::uint32_t row) { return in_training[row] != 0; });
    if (judged.empty()) judged = known;
    result.rmse = rmse(truth, prediction.composition, judged);
    judge_intervals(truth, prediction, judged, result);
  }
  result.endmembers = compare_endmembers(data, endmembers, result.components, training);
  if (grouping && !predicted_z.empty()) {
    const Groups& groups = *grouping;
    result.z = nuisance_by_group(prediction.z, groups.of_row, groups.names.size(), predicted_z);
    const auto was_seen = marks(seen, data.rows());
    Rows seen_rows = predicted_z;
    std::erase_if(seen_rows, [&](std::uint32_t row) { return was_seen[row] == 0; });
    if (!seen_rows.empty())
      result.z_training = nuisance_by_group(prediction.z, groups.of_row, groups.names.size(), seen_rows);
  }
  result.outlier_auc = outlier_auc(data, prediction);
  return result;
}

}  // namespace assayer
