// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/core/train/baseline_data.h"

namespace assayer::test {

struct Replicates {
  Matrix<double> endmembers;  ///< [3, 18]
  DatasetParts parts;
};

/// 20 compositions of three components, `each` spectra of each one after the other, with noise of sd `noise`
/// and a brightness of their own that varies by `shade`; four groups, of which row i has i mod 4.
inline Replicates replicates(std::size_t each = 3, double noise = 0.02, double shade = 0) {
  constexpr std::size_t kChannels = 18;
  Random random(4);
  Replicates made;
  made.endmembers = assayer::testing::smooth_endmembers(3, kChannels, random);
  Matrix<double> y(20 * each, 3);
  Groups groups;
  for (std::size_t i = 0; i < y.rows(); i += each) {
    const auto composition = assayer::testing::composition(3, random);
    for (std::size_t j = 0; j < each; ++j) std::ranges::copy(composition, y.row(i + j).begin());
  }
  Matrix<double> x = assayer::testing::product(y, made.endmembers);
  for (std::size_t i = 0; i < x.rows(); ++i) {
    const double brightness = 1 + shade * random.uniform(-1, 1);
    for (double& value : x.row(i)) value *= brightness;
    groups.of_row.push_back(static_cast<std::int32_t>(i % 4));
  }
  assayer::testing::add_noise(x, noise, random);
  groups.names = {"n", "e", "s", "w"};
  groups.codes = {0, 1, 2, 3};
  made.parts.spectra = Matrix<float>(x.rows(), kChannels);
  for (std::size_t i = 0; i < x.size(); ++i) made.parts.spectra.data()[i] = static_cast<float>(x.data()[i]);
  made.parts.abundances = *Abundances::create(y, {"a", "b", "c"});
  made.parts.groups = groups;
  made.parts.endmembers = Matrix<float>(3, kChannels);
  for (std::size_t i = 0; i < made.endmembers.size(); ++i)
    made.parts.endmembers->data()[i] = static_cast<float>(made.endmembers.data()[i]);
  return made;
}

}  // namespace assayer::test
