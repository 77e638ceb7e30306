// SPDX-License-Identifier: GPL-3.0-or-later
// Scores: expected_guided.py.
#include "core/guided/link_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/guided/mixture.h"
#include "core/guided/usual_rows.h"
#include "tests/core/guided/simulated.h"

namespace assayer::guided {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<double> kEven = {1, 1, 1};

LinkSettings settings(Link link) {
  return {.link = link, .scale = default_scale(link)};
}

LinkChoice chosen(const Matrix<double>& x, const Matrix<double>& y) {
  auto choice = choose_link(x, y);
  EXPECT_TRUE(choice) << choice.error().message();
  return choice ? *choice : LinkChoice();
}

LinkChoice chosen(Link truth, std::size_t n, double noise, std::uint64_t seed) {
  Random random(seed);
  const Matrix<double> y = test::mixed_compositions(n, random);
  const Matrix<double> ends =
      truth == Link::Log ? test::linear_endmembers(16, 0.1, 2.5) : test::linear_endmembers(16);
  return chosen(test::mixture_spectra(settings(truth), y, ends, kEven, noise, random), y);
}

TEST(LinkChoice, ScoresAreThoseOfNumpy) {
  for (const auto& [key, link] : {std::pair{"link_linear", Link::Identity},
                                  {"link_albedo", Link::Hapke},
                                  {"link_spoilt", Link::Hapke}}) {
    const auto& expected = test::expected_guided().at(key);
    const LinkChoice choice = chosen(test::matrix_at(expected, "x"), test::matrix_at(expected, "y"));
    ASSERT_EQ(choice.trials.size(), 3U);
    for (const LinkTrial& trial : choice.trials) {
      EXPECT_THAT(trial.objection, IsEmpty());
      ASSERT_TRUE(trial.score) << name(trial.link);
      EXPECT_NEAR(*trial.score, expected.at("scores").at(std::string(name(trial.link))).get<double>(), 1e-8)
          << key << " " << name(trial.link);
    }
    EXPECT_EQ(choice.link, link) << choice.reason;
    EXPECT_EQ(choice.unusual, expected.at("unusual").size()) << key;
  }
}

TEST(LinkChoice, FindsTheDomainInWhichMixturesAreLinear) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    for (const Link truth : {Link::Identity, Link::Hapke, Link::Log}) {
      const LinkChoice choice = chosen(truth, 150, 0.004, seed);
      EXPECT_EQ(choice.link, truth) << choice.reason;
      EXPECT_EQ(choice.trials[0].link, Link::Identity);
      EXPECT_EQ(choice.trials[1].link, Link::Hapke);
      EXPECT_EQ(choice.trials[2].link, Link::Log);
    }
  }
}

TEST(LinkChoice, IsNotDecidedByOutliersAmongTheLabels) {
  // Of 72 laboratory spectra three show their container; of 72 linear mixtures three are another's spectrum.
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (const Link truth : {Link::Hapke, Link::Identity}) {
      Random random(seed);
      const Matrix<double> y = test::mixed_compositions(72, random);
      Matrix<double> x =
          test::mixture_spectra(settings(truth), y, test::linear_endmembers(24), kEven, 0.004, random);
      for (const std::size_t row : {7U, 31U, 64U}) {
        if (truth == Link::Identity) {
          std::ranges::copy(x.row(row == 7 ? 20 : row - 5), x.row(row).begin());
          continue;
        }
        const double share = random.uniform(0.3, 0.9);
        for (double& value : x.row(row)) value = (1 - share) * value + 0.06 * share;
      }
      const LinkChoice choice = chosen(x, y);
      EXPECT_EQ(choice.link, truth) << seed << ": " << choice.reason;
      EXPECT_GE(choice.unusual, 1U);
      EXPECT_LE(choice.unusual, 8U);
      EXPECT_THAT(choice.reason, HasSubstr("had no say"));
    }
  }
}

TEST(UsualRows, AreAllButTheStrangeOnes) {
  Random random(2);
  const Matrix<double> y = test::mixed_compositions(100, random);
  Matrix<double> x =
      test::mixture_spectra(settings(Link::Identity), y, test::linear_endmembers(24), kEven, 0.004, random);
  const auto clean = usual_rows(x, y);
  ASSERT_TRUE(clean) << clean.error().message();
  EXPECT_GE(clean->size(), 96U) << "normal errors pass nearly all";
  const std::vector<std::uint32_t> strange = {3, 17, 40, 41, 42, 77, 90};
  for (const std::uint32_t row : strange) {
    // A mean shift, a spike and a foreign band.
    for (double& value : x.row(row)) value += row % 3 == 0 ? 0.1 : 0;
    if (row % 3 == 1) x(row, 5) += 0.5;
    for (std::size_t c = 8; row % 3 == 2 && c < 14; ++c) x(row, c) -= 0.15;
  }
  const auto made = usual_rows(x, y);
  ASSERT_TRUE(made) << made.error().message();
  for (const std::uint32_t row : strange) EXPECT_FALSE(std::ranges::binary_search(*made, row)) << row;
  EXPECT_GE(made->size(), 89U);
  EXPECT_TRUE(std::ranges::is_sorted(*made));

  // Where more than a fifth is strange, four fifths stay; of a handful, all.
  for (std::size_t row = 0; row < 45; ++row) x(row, 2 + row % 20) += 1 + static_cast<double>(row);
  const auto many = usual_rows(x, y);
  ASSERT_TRUE(many);
  EXPECT_GE(many->size(), 80U);
  EXPECT_EQ(usual_rows(Matrix<double>(7, 4, 0.5), test::mixed_compositions(7, random))->size(), 7U);
  EXPECT_EQ(usual_rows(Matrix<double>(20, 4, 0.5), test::mixed_compositions(20, random))->size(), 20U);
}

TEST(LinkChoice, FewLabelsMustSpeakClearlyAgainstPowders) {
  std::size_t overruled = 0;
  std::size_t in_favour = 0;
  for (const std::size_t n : {12U, 200U}) {
    const double allowance = 0.05 + 10.0 / static_cast<double>(n);
    for (const double noise : {0.002, 0.01, 0.03, 0.06}) {
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const LinkChoice choice = chosen(Link::Identity, n, noise, seed);
        const auto& identity = choice.trials[0].score;
        const auto& hapke = choice.trials[1].score;
        ASSERT_TRUE(identity && hapke) << choice.reason;
        const double margin = *identity - *hapke;
        if (choice.link == Link::Log) continue;
        EXPECT_EQ(choice.link, margin > -allowance ? Link::Hapke : Link::Identity) << choice.reason;
        if (margin < -0.11 && choice.link == Link::Hapke) {
          ++in_favour;
          EXPECT_EQ(n, 12U) << margin;
          EXPECT_THAT(choice.reason, HasSubstr("about as well"));
        }
        if (choice.link == Link::Identity) {
          ++overruled;
          EXPECT_THAT(choice.reason, HasSubstr("worse"));
        }
      }
    }
  }
  EXPECT_GT(overruled, 3U);
  EXPECT_GT(in_favour, 0U) << "of a dozen labels that lean to the identity a little";
}

/// Reflectance of powders, with whatever a test plants in it.
struct Powder {
  explicit Powder(std::size_t n = 60) {
    Random random(3);
    y = test::mixed_compositions(n, random);
    x = test::mixture_spectra(settings(Link::Hapke), y, test::linear_endmembers(20), kEven, 0.003, random);
  }
  Matrix<double> x, y;
};

TEST(LinkChoice, NegativeValuesRuleReflectanceOut) {
  Powder one;  // 1 of 1200 is less than .1 %
  one.x(0, 0) = -0.01;
  const LinkChoice few = chosen(one.x, one.y);
  EXPECT_THAT(few.trials[1].objection, IsEmpty());
  EXPECT_THAT(few.trials[2].objection, HasSubstr("not positive"));
  EXPECT_FALSE(few.trials[2].score);
  EXPECT_EQ(few.link, Link::Hapke);

  one.x(1, 1) = -0.01;
  const LinkChoice many = chosen(one.x, one.y);
  EXPECT_THAT(many.trials[1].objection, HasSubstr("0.2 % of the values are negative"));
  EXPECT_EQ(many.link, Link::Identity);
  EXPECT_THAT(many.reason, HasSubstr("negative"));
}

TEST(LinkChoice, ZeroIsNoTransmittance) {
  Powder powder;
  powder.x(5, 5) = 0;
  const LinkChoice choice = chosen(powder.x, powder.y);
  EXPECT_THAT(choice.trials[2].objection, HasSubstr("not positive"));
  EXPECT_THAT(choice.trials[1].objection, IsEmpty());
}

TEST(LinkChoice, ValuesAboveTheScaleRuleReflectanceOut) {
  Powder powder;
  powder.x(0, 0) = 1.175;
  EXPECT_THAT(chosen(powder.x, powder.y).trials[1].objection, IsEmpty());
  powder.x(0, 0) = 1.18;
  const LinkChoice bright = chosen(powder.x, powder.y);
  EXPECT_THAT(bright.trials[1].objection, HasSubstr("1.18"));
  EXPECT_THAT(bright.trials[2].objection, IsEmpty());
  EXPECT_THAT(bright.reason, HasSubstr("ruled out"));
  EXPECT_NE(bright.link, Link::Hapke);
  powder.x(0, 0) = 1.21;
  const LinkChoice no_reflectance = chosen(powder.x, powder.y);
  EXPECT_THAT(no_reflectance.trials[2].objection, HasSubstr("1.21"));
  EXPECT_EQ(no_reflectance.link, Link::Identity);
  EXPECT_FALSE(no_reflectance.trials[0].score) << "there is nothing to choose between";
}

TEST(LinkChoice, TooFewCompositionsSaySo) {
  Powder powder(4);
  const LinkChoice assumed = chosen(powder.x, powder.y);
  EXPECT_EQ(assumed.link, Link::Hapke);
  EXPECT_THAT(assumed.reason, HasSubstr("too few"));
  EXPECT_FALSE(assumed.trials[0].score);

  powder.x(0, 0) = 1.19;  // could be transmittance only
  const LinkChoice linear = chosen(powder.x, powder.y);
  EXPECT_EQ(linear.link, Link::Identity);
  EXPECT_THAT(linear.reason, HasSubstr("too few"));
}

TEST(LinkChoice, SpectraThatDoNotVaryAreNoError) {
  Random random(1);
  const Matrix<double> y = test::mixed_compositions(20, random);
  const LinkChoice choice = chosen(Matrix<double>(20, 8, 0.5), y);
  EXPECT_NE(choice.link, Link::Log);
  EXPECT_FALSE(choice.reason.empty());
}

}  // namespace
}  // namespace assayer::guided
