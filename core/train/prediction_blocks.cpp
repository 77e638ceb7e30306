// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/prediction_blocks.h"

#include <algorithm>
#include <vector>

namespace assayer {
namespace {

void put(const Matrix<double>& block, std::size_t first, std::size_t rows, Matrix<double>& all) {
  if (block.empty()) return;
  if (all.empty()) all = Matrix<double>(rows, block.cols());
  std::copy_n(block.data(), block.size(), all.row(first).data());
}

void put(const std::vector<double>& block, std::size_t first, std::size_t rows, std::vector<double>& all) {
  if (block.empty()) return;
  all.resize(rows);
  std::ranges::copy(block, all.begin() + static_cast<std::ptrdiff_t>(first));
}

}  // namespace

void put_block(const Prediction& block, std::size_t first, std::size_t rows, Prediction& all) {
  put(block.composition, first, rows, all.composition);
  put(block.composition_sd, first, rows, all.composition_sd);
  put(block.z, first, rows, all.z);
  put(block.z_sd, first, rows, all.z_sd);
  put(block.extrapolation, first, rows, all.extrapolation);
  put(block.misfit, first, rows, all.misfit);
  put(block.hidden_misfit, first, rows, all.hidden_misfit);
}

Matrix<double> block_of(const Matrix<double>& values, std::size_t first, std::size_t count) {
  const auto block = values.values().subspan(first * values.cols(), count * values.cols());
  return {std::vector<double>(block.begin(), block.end()), count, values.cols()};
}

}  // namespace assayer
