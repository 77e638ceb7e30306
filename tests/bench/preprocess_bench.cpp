// SPDX-License-Identifier: GPL-3.0-or-later
// Seconds that each step takes on ROWS × CHANNELS spectra read from FILE (raw float32), fitted on all of
// them:
//   assayer_bench_preprocess FILE ROWS CHANNELS STEP…
// One line "SECONDS STEP" per step. preprocess_cost.py makes the file and compares with scipy and
// scikit-learn.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "core/preprocess/fitted_pipeline.h"

int main(int argc, char** argv) {
  using namespace assayer;
  if (argc < 5) {
    std::fputs("usage: assayer_bench_preprocess FILE ROWS CHANNELS STEP...\n", stderr);
    return 2;
  }
  const std::size_t rows = std::strtoull(argv[2], nullptr, 10);
  const std::size_t channels = std::strtoull(argv[3], nullptr, 10);
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, channels);
  std::ifstream file(argv[1], std::ios::binary);
  const auto bytes = static_cast<std::streamsize>(rows * channels * sizeof(float));
  if (!file.read(reinterpret_cast<char*>(parts.spectra.data()), bytes)) {
    std::fprintf(stderr, "%s: shorter than it should be\n", argv[1]);
    return 1;
  }
  const auto data = Dataset::create(std::move(parts));
  if (!data) {
    std::fprintf(stderr, "%s\n", data.error().message().c_str());
    return 1;
  }
  Rows all(rows);
  for (std::size_t i = 0; i < rows; ++i) all[i] = static_cast<std::uint32_t>(i);
  for (int i = 4; i < argc; ++i) {
    const std::vector<std::string> texts{argv[i]};
    const auto pipeline = Pipeline::parse(texts);
    if (!pipeline) {
      std::fprintf(stderr, "%s\n", pipeline.error().message().c_str());
      return 2;
    }
    const auto began = std::chrono::steady_clock::now();
    const auto fitted = FittedPipeline::fit(*pipeline, **data, all);
    const auto applied = fitted ? (*fitted)->apply((*data)->spectra().view()) : Result<Matrix<float>>{};
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (!fitted || !applied) {
      std::fprintf(stderr, "%s\n", (fitted ? applied.error() : fitted.error()).message().c_str());
      return 1;
    }
    std::printf("%.4f %s\n", seconds, argv[i]);
    std::fflush(stdout);
  }
  return 0;
}
