// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/outlier_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assayer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// 600 rows, every third of group 1; rows 4 and 7 are outliers of group 1.
DatasetParts parts() {
  constexpr std::size_t kRows = 600;
  DatasetParts parts;
  parts.spectra = Matrix<float>(kRows, 2, 0.5F);
  Groups groups;
  groups.names = {"a", "b"};
  groups.codes = {0, 1};
  for (std::size_t row = 0; row < kRows; ++row) groups.of_row.push_back(row % 3 == 1 ? 1 : 0);
  parts.groups = groups;
  std::vector<std::int64_t> flags(kRows, 0);
  flags[4] = flags[7] = 1;
  parts.metadata = {{"outlier", flags}};
  return parts;
}

OutlierRows of(DatasetParts made) {
  const auto data = Dataset::create(std::move(made));
  EXPECT_TRUE(data);
  return outlier_rows(**data);
}

TEST(OutlierRows, AreFlaggedAndComparedWithinTheirGroup) {
  const OutlierRows found = of(parts());
  EXPECT_THAT(found.outlying, ElementsAre(4, 7));
  EXPECT_EQ(found.group, 1U);
  // Every 97th row from 0 on, of which 97 and 388 are of group 1.
  EXPECT_THAT(found.ordinary, ElementsAre(97, 388));
}

TEST(OutlierRows, NeedColumnGroupsAndAnOutlier) {
  DatasetParts without = parts();
  without.metadata = {};
  EXPECT_THAT(of(std::move(without)).outlying, IsEmpty());
  without = parts();
  without.groups.reset();
  EXPECT_THAT(of(std::move(without)).outlying, IsEmpty());
  without = parts();
  without.metadata = {{"outlier", std::vector<std::int64_t>(600, 0)}};
  EXPECT_THAT(of(std::move(without)).ordinary, IsEmpty());
}

}  // namespace
}  // namespace assayer
