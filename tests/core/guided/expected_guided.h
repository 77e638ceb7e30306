// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/guided/mixture.h"
#include "tests/core/numeric/expected_json.h"

namespace assayer::test {

/// The numbers of expected_guided.py.
inline const nlohmann::json& expected_guided() {
  static const nlohmann::json all = expected_json("core/guided/expected_guided.json");
  return all;
}

inline std::vector<double> vector_at(const nlohmann::json& object, const char* key) {
  return vector_of(object.at(key));
}
inline Matrix<double> matrix_at(const nlohmann::json& object, const char* key) {
  return matrix_of(object.at(key));
}

/// The mixture that the script wrote under these keys; its spreads where it wrote them, else .02.
inline guided::Mixture mixture_of(const nlohmann::json& object, Link link) {
  guided::Mixture mixture;
  mixture.link.link = link;
  mixture.link.scale = guided::default_scale(link);
  mixture.efficiency = vector_at(object, "q");
  mixture.endmembers = matrix_at(object, "M");
  mixture.tilt = matrix_at(object, "b");
  mixture.tilt_part = matrix_at(object, "dB");
  mixture.z_centre = vector_at(object, "zc");
  const std::vector<double> even(mixture.channels(), 0.02);
  mixture.spread_v = object.contains("sv") ? vector_at(object, "sv") : even;
  mixture.spread_x = object.contains("sx") ? vector_at(object, "sx") : even;
  return mixture;
}

}  // namespace assayer::test
