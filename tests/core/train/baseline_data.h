// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/dataset.h"
#include "core/mixing/link.h"
#include "core/train/engine.h"
#include "core/train/methods.h"
#include "tests/core/baselines/mixtures.h"

/// Mixtures of known endmembers, and a baseline's run on them.
namespace assayer::test {

/// Labelled, unlabelled and left-out rows; the pure rows are never labelled.
struct MixedData {
  Matrix<double> endmembers;  ///< [K, C] in the units of the spectra
  Matrix<double> truth;       ///< [N, K]
  DatasetParts parts;
  TrainPlan plan;
  Rows held_out;
};

struct MixedOptions {
  std::size_t components = 3;
  std::size_t channels = 24;
  std::size_t rows = 150;
  std::size_t labelled = 60;
  double noise = 0;
  LinkSettings link{};
  std::uint64_t seed = 1;
};

/// Spectra g⁻¹(y M): K endmembers with one pure row each, all of whose compositions the data know.
inline MixedData mixed_data(const MixedOptions& options = {}) {
  const auto mix =
      assayer::testing::with_pure_rows(options.rows, options.components, options.channels, options.seed);
  MixedData made;
  made.endmembers = from_linear(options.link, mix.endmembers.view());
  made.truth = mix.abundances;
  Matrix<double> x = from_linear(options.link, mix.spectra.view());
  Random random(options.seed + 100);
  assayer::testing::add_noise(x, options.noise, random);
  made.parts.spectra = Matrix<float>(x.rows(), x.cols());
  for (std::size_t i = 0; i < x.size(); ++i) made.parts.spectra.data()[i] = static_cast<float>(x.data()[i]);
  std::vector<std::string> names;
  names.reserve(options.components);
  for (std::size_t k = 0; k < options.components; ++k) names.push_back("c" + std::to_string(k));
  made.parts.abundances = *Abundances::create(mix.abundances, names);
  made.parts.endmembers = Matrix<float>(options.components, options.channels);
  for (std::size_t i = 0; i < made.endmembers.size(); ++i)
    made.parts.endmembers->data()[i] = static_cast<float>(made.endmembers.data()[i]);
  for (std::uint32_t row = 0; row < options.rows; ++row) {
    const bool pure = std::ranges::find(mix.pure, row) != mix.pure.end();
    if (!pure && row + 30 >= options.rows) {
      made.held_out.push_back(row);
      continue;
    }
    made.plan.unlabelled.push_back(row);
    if (!pure && made.plan.labelled.size() < options.labelled) made.plan.labelled.push_back(row);
  }
  return made;
}

inline DatasetPtr dataset_of(DatasetParts parts) {
  auto data = Dataset::create(std::move(parts));
  EXPECT_TRUE(data.has_value()) << data.error().message();
  return data.value_or(nullptr);
}

inline TrainConfig baseline_config(std::string_view method, const std::string& link = "identity") {
  TrainConfig config;
  EXPECT_TRUE(config.set("method", method).has_value()) << method;
  EXPECT_TRUE(config.set("link", link).has_value()) << link;
  return config;
}

class Ear : public Observer {
 public:
  void on_epoch(const ObjectiveRecord& /*record*/) override { ++epochs; }
  void on_snapshot(std::shared_ptr<const Snapshot> heard) override { snapshots.push_back(std::move(heard)); }
  void on_checkpoint(const ModelState& state) override { checkpoints.push_back(state); }

  int epochs = 0;
  std::vector<std::shared_ptr<const Snapshot>> snapshots;
  std::vector<ModelState> checkpoints;
};

/// Fits to the end.
inline Result<std::shared_ptr<const Model>> fitted(const DatasetPtr& data, const TrainPlan& plan,
                                                   const TrainConfig& config) {
  auto trainer = make_trainer(data, plan, config);
  if (!trainer) return fail(trainer.error());
  RunControl control;
  Ear ear;
  const auto report = (*trainer)->run(control, ear);
  if (!report) return fail(report.error());
  EXPECT_EQ(report->stopped_by, StopReason::Completed);
  return (*trainer)->model();
}

inline Matrix<float> spectra_rows(const Dataset& data, const Rows& rows) {
  Matrix<float> x(rows.size(), data.channels());
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::ranges::copy(data.spectra().row(rows[i]), x.row(i).begin());
  return x;
}

/// Largest difference of a prediction of `rows` from their compositions.
inline double worst_error(const Prediction& prediction, const Matrix<double>& truth, const Rows& rows) {
  double worst = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t k = 0; k < truth.cols(); ++k)
      worst = std::max(worst, std::abs(prediction.composition(i, k) - truth(rows[i], k)));
  return worst;
}

/// The same numbers, NaN where the other is NaN.
template <class T>
::testing::AssertionResult same_numbers(const Matrix<T>& a, const Matrix<T>& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols())
    return ::testing::AssertionFailure()
           << "other shapes: " << a.rows() << "x" << a.cols() << " and " << b.rows() << "x" << b.cols();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const T u = a.data()[i];
    const T v = b.data()[i];
    if (u != v && !(std::isnan(u) && std::isnan(v)))
      return ::testing::AssertionFailure() << "element " << i << ": " << u << " and " << v;
  }
  return ::testing::AssertionSuccess();
}

}  // namespace assayer::test
