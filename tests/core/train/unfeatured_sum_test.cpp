// SPDX-License-Identifier: GPL-3.0-or-later
// Sums of unfeatured compositions: SPEC+SPEC.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/train/train_plan.h"

namespace assayer {
namespace {

Matrix<double> made(std::string_view spec, std::size_t components = 3, std::uint64_t seed = 0) {
  auto points = make_unfeatured(spec, components, seed);
  EXPECT_TRUE(points.has_value()) << points.error().message();
  return points ? *points : Matrix<double>();
}

/// Rows [first, first + count).
Matrix<double> part(const Matrix<double>& points, std::size_t first, std::size_t count) {
  Matrix<double> rows(count, points.cols());
  for (std::size_t i = 0; i < count; ++i) std::ranges::copy(points.row(first + i), rows.row(i).begin());
  return rows;
}

TEST(UnfeaturedSum, PutsThePartsOneAfterTheOther) {
  const auto points = made("one-hot:4+peak:2:0.8+one-hot:1");
  ASSERT_EQ(points.rows(), 7U);
  EXPECT_EQ(part(points, 0, 4), made("one-hot:4"));
  EXPECT_EQ(part(points, 4, 2), made("peak:2:0.8"));
  EXPECT_EQ(part(points, 6, 1), made("one-hot:1"));
}

TEST(UnfeaturedSum, SeedsTheNthPartWithSeedPlusN) {
  const auto points = made("dirichlet:9+corners:6:0.05+dirichlet:9", 3, 40);
  ASSERT_EQ(points.rows(), 24U);
  EXPECT_EQ(part(points, 0, 9), made("dirichlet:9", 3, 40));
  EXPECT_EQ(part(points, 9, 6), made("corners:6:0.05", 3, 41));
  EXPECT_EQ(part(points, 15, 9), made("dirichlet:9", 3, 42));
  EXPECT_NE(part(points, 0, 9), part(points, 15, 9));
}

TEST(UnfeaturedSum, DirichletAloneIsUniform) {
  EXPECT_EQ(made("dirichlet:50", 4, 3), made("dirichlet:50:1", 4, 3));
}

TEST(UnfeaturedSum, NoneAddsNothing) {
  EXPECT_EQ(made("none+one-hot:3"), made("one-hot:3"));
  EXPECT_EQ(made("one-hot:3+none"), made("one-hot:3"));
}

TEST(UnfeaturedSum, AFaultOfAnyPartIsAFault) {
  for (const char* spec : {"one-hot:3+", "+one-hot:3", "one-hot:3++one-hot:3", "one-hot:3+corner:3:0.1",
                           "peak:3:2+one-hot:1", "one-hot:3+file:/does/not/exist"}) {
    const auto points = make_unfeatured(spec, 3, 0);
    EXPECT_FALSE(points) << spec;
  }
}

TEST(UnfeaturedSum, AFileTakesTheRestOfTheText) {
  const auto path = std::filesystem::temp_directory_path() / "assayer_unfeatured+sum.csv";
  {
    std::ofstream file(path);
    file << "0.2,0.3,0.5\n";
  }
  const auto points = made("one-hot:2+file:" + path.string());
  std::filesystem::remove(path);
  ASSERT_EQ(points.rows(), 3U);
  EXPECT_DOUBLE_EQ(points(2, 2), 0.5);
}

}  // namespace
}  // namespace assayer
