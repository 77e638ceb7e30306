// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/data/dataset.h"

namespace assayer::test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Three components on an order-`order` lattice of the simplex, then `unlabelled` spectra without
/// composition; row i's spectrum is {i, y_1, y_2, y_3}, with 0 for an unknown composition.
inline DatasetParts lattice(int order, std::size_t unlabelled = 0) {
  std::vector<double> values;
  for (int a = 0; a <= order; ++a)
    for (int b = 0; a + b <= order; ++b)
      for (const int part : {a, b, order - a - b}) values.push_back(static_cast<double>(part) / order);
  values.insert(values.end(), 3 * unlabelled, kNaN);
  const std::size_t rows = values.size() / 3;
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, 4);
  for (std::size_t i = 0; i < rows; ++i) {
    parts.spectra(i, 0) = static_cast<float>(i);
    for (std::size_t k = 0; k < 3; ++k)
      parts.spectra(i, k + 1) = std::isnan(values[3 * i + k]) ? 0.0F : static_cast<float>(values[3 * i + k]);
  }
  parts.abundances = *Abundances::create(Matrix<double>(std::move(values), rows, 3), {"a", "b", "c"});
  return parts;
}

inline DatasetPtr make_data(DatasetParts parts) {
  auto data = Dataset::create(std::move(parts));
  EXPECT_TRUE(data.has_value()) << data.error().message();
  return *data;
}

}  // namespace assayer::test
