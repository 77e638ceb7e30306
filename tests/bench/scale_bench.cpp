// SPDX-License-Identifier: GPL-3.0-or-later
//
// Many rows: principal components and predictions of N spectra of 165 channels, beside what reading the same
// numbers from a file takes. Prints one JSON object; tests/bench/scale.py runs it and scikit-learn beside it.
//
//   assayer_bench_scale FOLDER [ROWS = 1000000]
//
// FOLDER takes the file that is read, 660 bytes a row. What is read has just been written, so that it comes
// from the system's memory where there is enough: the fastest that reading can be.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "core/base/process.h"
#include "core/base/random.h"
#include "core/train/engine.h"
#include "tests/bench/bench_support.h"

namespace {

using namespace assayer;
using bench::peak_megabytes;
using bench::value_or_exit;

constexpr std::size_t kChannels = 165;

/// Wall and processor seconds of `work`.
struct Cost {
  double wall = 0;
  double cpu = 0;
};
template <class Work>
Cost cost_of(Work&& work) {
  const auto processor = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  };
  const double before = processor();
  const auto began = std::chrono::steady_clock::now();
  work();
  const auto wall = std::chrono::steady_clock::now() - began;
  return {std::chrono::duration<double>(wall).count(), processor() - before};
}

/// Mixtures of three smooth curves, and noise.
DatasetPtr mixtures(std::size_t rows) {
  Random random(1);
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, kChannels);
  Matrix<double> compositions(rows, 3);
  std::vector<std::vector<float>> curves(3, std::vector<float>(kChannels));
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < kChannels; ++c)
      curves[k][c] = static_cast<float>(0.5 + 0.3 * std::sin(0.02 * static_cast<double>((k + 1) * c)));
  }
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (double& part : compositions.row(row)) sum += part = 0.05 + random.uniform();
    for (double& part : compositions.row(row)) part /= sum;
    const auto y = compositions.row(row);
    for (std::size_t c = 0; c < kChannels; ++c) {
      double value = 0.01 * random.uniform();
      for (std::size_t k = 0; k < 3; ++k) value += y[k] * static_cast<double>(curves[k][c]);
      parts.spectra(row, c) = static_cast<float>(value);
    }
  }
  parts.wavelength = WavelengthAxis::channels(kChannels);
  parts.abundances = value_or_exit(Abundances::create(std::move(compositions), {"a", "b", "c"}));
  return value_or_exit(Dataset::create(std::move(parts)));
}

struct Silent final : Observer {
  void on_epoch(const ObjectiveRecord& /*record*/) override {}
  void on_snapshot(std::shared_ptr<const Snapshot> /*snapshot*/) override {}
  void on_checkpoint(const ModelState& /*state*/) override {}
};

std::shared_ptr<const Model> trained(const Engine& engine, const DatasetPtr& data) {
  TrainConfig config = value_or_exit(TrainConfig::from_preset("crism"));
  config.epochs = 20;
  TrainPlan plan;
  plan.labelled.resize(500);
  std::iota(plan.labelled.begin(), plan.labelled.end(), 0U);
  plan.unlabelled = plan.labelled;
  plan.unfeatured = value_or_exit(make_unfeatured("corners:300:0.05", 3, 1));
  RunControl control;
  Silent observer;
  const auto trainer = value_or_exit(engine.create_trainer(data, plan, config));
  value_or_exit(trainer->run(control, observer));
  return trainer->model();
}

}  // namespace

int main(int argc, char** argv) {
  prepare_environment();
  if (argc < 2) {
    fmt::print(stderr, "usage: assayer_bench_scale FOLDER [ROWS]\n");
    return 2;
  }
  const std::size_t rows = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  const auto engine = value_or_exit(Engine::load());
  // Of a few spectra of its own: a snapshot of training predicts all that it was given.
  const auto model = trained(*engine, mixtures(500));
  const DatasetPtr data = mixtures(rows);
  const auto spectra = data->spectra().view();

  const auto file = std::filesystem::path(argv[1]) / "assayer_bench_scale.f32";
  {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(spectra.row(0).data()),
              static_cast<std::streamsize>(rows * kChannels * sizeof(float)));
  }
  const Cost reading = cost_of([&] {
    std::ifstream in(file, std::ios::binary);
    std::vector<float> block(4096 * kChannels);
    while (in.read(reinterpret_cast<char*>(block.data()),
                   static_cast<std::streamsize>(block.size() * sizeof(float)))) {
    }
  });
  std::filesystem::remove(file);

  const double before = peak_megabytes();
  std::size_t components = 0;
  const Cost pca = cost_of([&] { components = value_or_exit(engine->fit_pca(*data, 10)).variance.size(); });
  const double after = peak_megabytes();
  const Cost prediction = cost_of([&] { value_or_exit(model->predict(spectra, nullptr)); });

  fmt::print(
      "{{\"rows\": {}, \"components\": {}, \"spectra_mb\": {:.0f}, \"pca_wall\": {:.3f}, \"pca_cpu\": "
      "{:.3f}, "
      "\"pca_more_mb\": {:.0f}, \"predict_wall\": {:.3f}, \"predict_cpu\": {:.3f}, \"read_wall\": {:.3f}, "
      "\"read_cpu\": {:.3f}}}\n",
      rows, components, static_cast<double>(rows * kChannels * sizeof(float)) / (1 << 20), pca.wall, pca.cpu,
      after - before, prediction.wall, prediction.cpu, reading.wall, reading.cpu);
}
