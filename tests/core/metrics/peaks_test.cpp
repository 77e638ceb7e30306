// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/peaks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace assayer {
namespace {

TEST(Peaks, AreFoundByTheirProminence) {
  std::vector<double> axis(400);
  std::vector<double> spectrum(400);
  for (std::size_t c = 0; c < axis.size(); ++c) axis[c] = 300 + 0.05 * static_cast<double>(c);
  const auto add = [&](double at, double height) {
    for (std::size_t c = 0; c < axis.size(); ++c) {
      spectrum[c] += height * std::exp(-std::pow((axis[c] - at) / 0.1, 2));
    }
  };
  add(303, 1);
  add(306, 0.5);
  add(306.35, 0.2);  // a shoulder with a valley of its own
  add(312, 0.05);
  const auto peaks = find_peaks(axis, spectrum, 0.1);
  ASSERT_EQ(peaks.size(), 3U);
  EXPECT_NEAR(peaks[0].nm, 303, 0.03);
  EXPECT_NEAR(peaks[0].prominence, 1, 0.01);
  EXPECT_NEAR(peaks[1].nm, 306, 0.03);
  EXPECT_LT(peaks[2].prominence, 0.2);
  EXPECT_TRUE(find_peaks(axis, std::vector<double>(400, 3.0), 0).empty());
}

}  // namespace
}  // namespace assayer
