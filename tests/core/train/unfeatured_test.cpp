// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "core/train/train_plan.h"

namespace assayer {
namespace {

using testing::HasSubstr;

Matrix<double> made(std::string_view spec, std::size_t components, std::uint64_t seed = 0) {
  auto points = make_unfeatured(spec, components, seed);
  EXPECT_TRUE(points.has_value()) << points.error().message();
  return points ? *points : Matrix<double>();
}

void expect_on_simplex(const Matrix<double>& points) {
  for (std::size_t i = 0; i < points.rows(); ++i) {
    const auto row = points.row(i);
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-12);
    for (const double part : row) EXPECT_GE(part, 0);
  }
}

TEST(Unfeatured, CornersAreSplitEvenlyWithSmallOthers) {
  const auto points = made("corners:502:0.05", 3);
  ASSERT_EQ(points.rows(), 502U);
  ASSERT_EQ(points.cols(), 3U);
  expect_on_simplex(points);
  std::vector<int> at_corner(3, 0);
  double others = 0;
  double largest = 0;
  for (std::size_t i = 0; i < points.rows(); ++i)
    for (std::size_t k = 0; k < 3; ++k) {
      if (points(i, k) > 0.5) {
        ++at_corner[k];
      } else {
        others += points(i, k);
        largest = std::max(largest, points(i, k));
      }
    }
  EXPECT_THAT(at_corner, testing::ElementsAre(168, 167, 167));
  EXPECT_LE(largest, 0.05);
  EXPECT_GT(largest, 0.049);
  // Uniform in [0, 0.05]: mean 0.025, standard error 0.05 / √(12 · 1004).
  EXPECT_NEAR(others / 1004, 0.025, 5 * 0.05 / std::sqrt(12.0 * 1004));
}

TEST(Unfeatured, DrawsFollowTheSeed) {
  EXPECT_EQ(made("corners:30:0.05", 3, 4), made("corners:30:0.05", 3, 4));
  EXPECT_NE(made("corners:30:0.05", 3, 4), made("corners:30:0.05", 3, 5));
  EXPECT_EQ(made("dirichlet:30:0.5", 3, 4), made("dirichlet:30:0.5", 3, 4));
  EXPECT_NE(made("dirichlet:30:0.5", 3, 4), made("dirichlet:30:0.5", 3, 5));
}

TEST(Unfeatured, EdgesLieAlongEveryPairOfComponents) {
  const auto points = made("edges:600:0.02", 4);
  ASSERT_EQ(points.rows(), 600U);
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> along;
  for (std::size_t i = 0; i < points.rows(); ++i) {
    const auto y = points.row(i);
    EXPECT_NEAR(std::accumulate(y.begin(), y.end(), 0.0), 1, 1e-12);
    // The edge that the generator deals the point to: pairs in order, in turn.
    static constexpr std::array<std::pair<std::size_t, std::size_t>, 6> kPairs = {
        {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};
    const auto [a, b] = kPairs[i % 6];
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_GE(y[k], 0);
      EXPECT_LE(y[k], k == a || k == b ? 1 : 0.02);
    }
    along[{a, b}].push_back(y[a] / (y[a] + y[b]));
  }
  ASSERT_EQ(along.size(), 6U);
  for (const auto& [edge, shares] : along) {
    const double mean = std::accumulate(shares.begin(), shares.end(), 0.0) / 100;
    EXPECT_NEAR(mean, 0.5, 4 * 0.2887 / 10) << "uniform along the edge";
  }
  EXPECT_EQ(made("edges:9:1", 2).rows(), 9U) << "two components: the whole line";
}

TEST(Unfeatured, PeaksShareTheRestEqually) {
  const auto points = made("peak:4:0.85", 4);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(points(i, k), i == k ? 0.85 : 0.05, 1e-15);
}

TEST(Unfeatured, OneHotsAreExact) {
  const auto points = made("one-hot:5", 3);
  EXPECT_EQ(points, Matrix<double>({1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1}, 5, 3));
}

TEST(Unfeatured, DirichletHasItsMoments) {
  for (const auto& [spec, a] : {std::pair{"dirichlet:20000", 1.0}, std::pair{"dirichlet:20000:0.2", 0.2},
                                std::pair{"dirichlet:20000:5", 5.0}}) {
    const auto points = made(spec, 3, 1);
    expect_on_simplex(points);
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < points.rows(); ++i) {
      sum += points(i, 0);
      squares += points(i, 0) * points(i, 0);
    }
    const double mean = sum / 20000;
    const double variance = squares / 20000 - mean * mean;
    // Beta marginal: mean 1/3, variance (1/3)(2/3) / (3a + 1).
    const double expected = 2.0 / 9 / (3 * a + 1);
    EXPECT_NEAR(mean, 1.0 / 3, 5 * std::sqrt(expected / 20000)) << spec;
    EXPECT_NEAR(variance / expected, 1, 0.06) << spec;
  }
}

TEST(Unfeatured, ATinyConcentrationStaysOnTheSimplex) {
  expect_on_simplex(made("dirichlet:500:0.001", 4, 3));
}

TEST(Unfeatured, NoneIsEmptyWithItsComponents) {
  const auto points = made("none", 3);
  EXPECT_EQ(points.rows(), 0U);
  EXPECT_EQ(points.cols(), 3U);
}

TEST(Unfeatured, BadSpecsListTheForms) {
  for (const char* spec : {"", "corner:3:0.1", "corners", "corners:3", "corners:3:0.1:2", "one-hot",
                           "one-hot:3:1", "dirichlet", "dirichlet:3:1:1", "none:1"}) {
    const auto result = make_unfeatured(spec, 3, 0);
    ASSERT_FALSE(result) << spec;
    EXPECT_EQ(result.error().kind, Error::Kind::Usage) << spec;
    EXPECT_THAT(result.error().message(), HasSubstr("corners:COUNT:SPREAD")) << spec;
  }
}

TEST(Unfeatured, BadNumbersAreRefused) {
  for (const char* spec : {"corners:0:0.05", "corners:-3:0.05", "corners:x:0.05", "corners:3:-0.1",
                           "corners:3:0.6", "corners:3:nan", "corners:3:", "peak:3:0.2", "peak:3:1.2",
                           "one-hot:1e3", "dirichlet:3:0", "dirichlet:3:-1", "dirichlet:99999999999"}) {
    const auto result = make_unfeatured(spec, 3, 0);
    ASSERT_FALSE(result) << spec;
    EXPECT_EQ(result.error().kind, Error::Kind::Usage) << spec;
  }
  EXPECT_FALSE(make_unfeatured("one-hot:3", 0, 0));
}

class UnfeaturedFile : public testing::Test {
 protected:
  UnfeaturedFile() { std::filesystem::create_directories(folder_); }
  ~UnfeaturedFile() override {
    std::error_code code;
    std::filesystem::remove_all(folder_, code);
  }
  Result<Matrix<double>> read(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return make_unfeatured("file:" + path_.string(), 3, 0);
  }
  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("assayer_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::filesystem::path path_ = folder_ / "with:colon.txt";
};

TEST_F(UnfeaturedFile, ReadsTheUsualSeparators) {
  const auto points =
      read("# olivine diopside bytownite\n0.5 0.25 0.25\n\n1,0,0\r\n 0;\t1; 0 # pure\n0.333,0.333,0.333");
  ASSERT_TRUE(points) << points.error().message();
  ASSERT_EQ(points->rows(), 4U);
  expect_on_simplex(*points);
  EXPECT_EQ((*points)(0, 1), 0.25);
  EXPECT_EQ((*points)(1, 0), 1);
  EXPECT_EQ((*points)(2, 1), 1);
  EXPECT_NEAR((*points)(3, 2), 1.0 / 3, 1e-15);
}

TEST_F(UnfeaturedFile, NamesTheLineOfAFault) {
  const std::vector<std::pair<const char*, const char*>> faults = {
      {"1 0 0\n0.5 0.5\n", "line 2: wrong number of components: expected 3, found 2"},
      {"1 0 0\n\n0.5 0.5 zero\n", "line 3: not a number: found \"zero\""},
      {"1 0 nan\n", "line 1: not a number"},
      {"50 25 25\n", "line 1: the parts do not make a whole: expected the sum 1, found 100"},
      {"1.2 -0.2 0\n", "line 1: a negative part"},
  };
  for (const auto& [text, message] : faults) {
    const auto result = read(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, Error::Kind::Format);
    EXPECT_THAT(result.error().message(), HasSubstr(message));
    EXPECT_THAT(result.error().message(), HasSubstr(path_.string()));
  }
}

TEST_F(UnfeaturedFile, MustHoldSomething) {
  EXPECT_FALSE(read("# nothing\n"));
  const auto missing = make_unfeatured("file:" + (folder_ / "absent").string(), 3, 0);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, Error::Kind::File);
}

}  // namespace
}  // namespace assayer
