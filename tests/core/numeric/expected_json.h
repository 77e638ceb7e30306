// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/matrix.h"

namespace assayer::test {

/// A file of expected values below tests/, with the script that made it beside it.
inline nlohmann::json expected_json(const std::string& name) {
  std::ifstream file(std::string(ASSAYER_TEST_DIR "/") + name);
  if (!file) {
    ADD_FAILURE() << name << " is missing";
    return {};
  }
  return nlohmann::json::parse(file);
}

inline std::vector<double> vector_of(const nlohmann::json& values) {
  return values.get<std::vector<double>>();
}

inline Matrix<double> matrix_of(const nlohmann::json& rows) {
  Matrix<double> result(rows.size(), rows.empty() ? 0 : rows[0].size());
  for (std::size_t i = 0; i < result.rows(); ++i)
    for (std::size_t c = 0; c < result.cols(); ++c) result(i, c) = rows[i][c].get<double>();
  return result;
}

/// Largest |a − b| over the largest |b|, or 1 where that is smaller; infinite for other shapes.
inline double distance(MatrixView<double> a, MatrixView<double> b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  double scale = 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Written so that a NaN does not pass for near.
    if (!(std::abs(a.data()[i] - b.data()[i]) <= largest)) largest = std::abs(a.data()[i] - b.data()[i]);
    scale = std::max(scale, std::abs(b.data()[i]));
    if (std::isnan(largest)) return largest;
  }
  return largest / scale;
}

inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  return distance(MatrixView<double>{a.data(), 1, a.size()}, MatrixView<double>{b.data(), 1, b.size()});
}

}  // namespace assayer::test
