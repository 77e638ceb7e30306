// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/matrix.h"
#include "core/guided/mixture.h"

/// The numbers of expected_guided.py.
namespace assayer::test {

inline const nlohmann::json& expected_guided() {
  static const nlohmann::json all = [] {
    std::ifstream file(ASSAYER_TEST_DIR "/core/guided/expected_guided.json");
    if (!file) throw std::runtime_error("expected_guided.json is missing");
    return nlohmann::json::parse(file);
  }();
  return all;
}

inline std::vector<double> vector_at(const nlohmann::json& object, const char* key) {
  return object.at(key).get<std::vector<double>>();
}

inline Matrix<double> matrix_at(const nlohmann::json& object, const char* key) {
  const nlohmann::json& rows = object.at(key);
  Matrix<double> result(rows.size(), rows.at(0).size());
  for (std::size_t i = 0; i < result.rows(); ++i)
    for (std::size_t c = 0; c < result.cols(); ++c) result(i, c) = rows[i][c].get<double>();
  return result;
}

/// Largest |a − b|; infinite for other shapes and where a is NaN.
inline double apart(MatrixView<double> a, MatrixView<double> b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double distance = std::abs(a.data()[i] - b.data()[i]);
    if (!(distance <= largest)) largest = std::isnan(distance) ? HUGE_VAL : distance;
  }
  return largest;
}
inline double apart(const std::vector<double>& a, const std::vector<double>& b) {
  return apart(MatrixView<double>{a.data(), 1, a.size()}, MatrixView<double>{b.data(), 1, b.size()});
}

/// The mixture that the script wrote under these keys; spread_v where it wrote one.
inline guided::Mixture mixture_of(const nlohmann::json& object, Link link) {
  guided::Mixture mixture;
  mixture.link.link = link;
  mixture.link.scale = guided::default_scale(link);
  mixture.efficiency = vector_at(object, "q");
  mixture.endmembers = matrix_at(object, "M");
  mixture.tilt = matrix_at(object, "b");
  mixture.tilt_part = matrix_at(object, "dB");
  mixture.z_centre = vector_at(object, "zc");
  mixture.spread_v = object.contains("sv") ? vector_at(object, "sv")
                                           : std::vector<double>(mixture.channels(), 0.02);
  mixture.spread_x = object.contains("sx") ? vector_at(object, "sx")
                                           : std::vector<double>(mixture.channels(), 0.02);
  return mixture;
}

}  // namespace assayer::test
