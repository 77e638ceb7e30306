// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/unmixing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/io/importer.h"
#include "tests/core/baselines/mixtures.h"

namespace assayer {
namespace {

using namespace testing;

// Printed by unmixing_expected.py.
// clang-format off
const Matrix<double> kEndmembers(std::vector<double>{
0.85, 0.3, 0.28, 0.46, 0.85, 0.15, 0.27,
0.52, 0.26, 0.41, 0.35, 0.11, 0.08, 0.13,
0.64, 0.93, 0.88, 0.67, 0.88, 0.45, 0.54,
0.62, 0.41, 0.29, 0.68, 0.32, 0.54, 0.11}, 4, 7);
const Matrix<double> kSpectra(std::vector<double>{
0.58, 0.741, 0.62, 0.522, 0.649, 0.368, 0.404,
0.693, 0.648, 0.559, 0.635, 0.605, 0.255, 0.375,
0.756, 0.494, 0.42, 0.625, 0.37, 0.456, 0.208,
0.533, 0.682, 0.65, 0.643, 0.774, 0.363, 0.44,
0.597, 0.367, 0.403, 0.59, 0.511, 0.396, 0.195,
0.684, 0.526, 0.508, 0.412, 0.466, 0.176, 0.307,
0.801, 0.501, 0.532, 0.592, 0.932, 0.275, 0.43,
-0.801, -0.501, -0.532, -0.592, -0.932, -0.275, -0.43}, 8, 7);
const Matrix<double> kLeastSquares(std::vector<double>{
0.0424939133, 0.04986887984, 0.6752678183, 0.09621053457,
0.197422898, 0.368310172, 0.4286330394, 0.1116377696,
0.07635619854, 0.3889928038, 0.07849696737, 0.6591968444,
0.1321244253, -0.1450843987, 0.7183435681, 0.1181548421,
0.22100961, 0.02512079421, 0.1535913097, 0.5193841165,
0.2237473976, 0.6217948176, 0.2935462877, -0.08562317363,
0.7079457625, -0.04018215633, 0.3808131966, -0.007441267729,
-0.7079457625, 0.04018215633, -0.3808131966, 0.007441267729}, 8, 4);
const Matrix<double> kNonNegative(std::vector<double>{
0.0424939133, 0.04986887984, 0.6752678183, 0.09621053457,
0.197422898, 0.368310172, 0.4286330394, 0.1116377696,
0.07635619854, 0.3889928038, 0.07849696737, 0.6591968444,
0.1192650442, 0, 0.6976966578, 0.07408754201,
0.22100961, 0.02512079421, 0.1535913097, 0.5193841165,
0.2083572578, 0.56529675, 0.2765731093, 0,
0.6985309297, 0, 0.3679170561, 0,
0, 0, 0, 0}, 8, 4);
const Matrix<double> kSumToOne(std::vector<double>{
0.05001743969, 0.2440747781, 0.6169629442, 0.08894483801,
0.1915656, 0.2171148738, 0.4740251871, 0.1172943391,
0.0651369651, 0.09938907304, 0.165442365, 0.6700315968,
0.1418748983, 0.106606001, 0.6427805847, 0.108738516,
0.2254794583, 0.1405016483, 0.1189514443, 0.5150674491,
0.2207931438, 0.5455362271, 0.3164407907, -0.08277016152,
0.7056727977, -0.09885453275, 0.3984279321, -0.005246196995,
-0.5951617855, 2.951491619, -1.25485221, -0.1014776237}, 8, 4);
const Matrix<double> kFullyConstrained(std::vector<double>{
0.05001743969, 0.2440747781, 0.6169629442, 0.08894483801,
0.1915656, 0.2171148738, 0.4740251871, 0.1172943391,
0.0651369651, 0.09938907304, 0.165442365, 0.6700315968,
0.1418748983, 0.106606001, 0.6427805847, 0.108738516,
0.2254794583, 0.1405016483, 0.1189514443, 0.5150674491,
0.2060590441, 0.4952841159, 0.29865684, 0,
0.604519774, 0, 0.395480226, 0,
0, 1, 0, 0}, 8, 4);
const Matrix<double> kSparsePositive(std::vector<double>{
0.02196133066, 0, 0.7132998274, 0.05918447761,
0.1898337013, 0.1724091182, 0.4874468364, 0.1189668859,
0.06876700192, 0.1930917499, 0.1373107644, 0.6665259607,
0.09431239339, 0, 0.7286318441, 0.0219145298,
0.1982835106, 0, 0.1881014274, 0.4748411844,
0.2020854163, 0.3742317807, 0.3368397653, 0,
0.6580338503, 0, 0.3797904117, 0,
0, 0, 0, 0}, 8, 4);
const Matrix<double> kSparse(std::vector<double>{
0.02196133066, 0, 0.7132998274, 0.05918447761,
0.1898337013, 0.1724091182, 0.4874468364, 0.1189668859,
0.06876700192, 0.1930917499, 0.1373107644, 0.6665259607,
0.09431239339, 0, 0.7286318441, 0.0219145298,
0.1982835106, 0, 0.1881014274, 0.4748411844,
0.2020854163, 0.3742317807, 0.3368397653, 0,
0.6580338503, 0, 0.3797904117, 0,
-0.6580338503, 0, -0.3797904117, 0}, 8, 4);
// clang-format on

constexpr std::array kMethods{Unmixing::LeastSquares, Unmixing::NonNegative, Unmixing::SumToOne,
                              Unmixing::FullyConstrained, Unmixing::Sunsal};

UnmixingSettings by(Unmixing method) {
  UnmixingSettings settings;
  settings.method = method;
  return settings;
}

UnmixingSettings sparse(double lambda, bool non_negative, bool sum_to_one) {
  UnmixingSettings settings = by(Unmixing::Sunsal);
  settings.sunsal.lambda = lambda;
  settings.sunsal.non_negative = non_negative;
  settings.sunsal.sum_to_one = sum_to_one;
  settings.sunsal.tolerance = 1e-10;
  settings.sunsal.max_iterations = 100000;
  return settings;
}

double largest_difference(const Matrix<double>& a, const Matrix<double>& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
  return largest;
}

struct Expectation {
  const char* what;
  UnmixingSettings settings;
  const Matrix<double>& abundances;
  double tolerance;
};

TEST(Unmixing, AgreesWithOtherSolvers) {
  for (const auto& [what, settings, expected, tolerance] :
       {Expectation{"least squares", by(Unmixing::LeastSquares), kLeastSquares, 1e-9},
        Expectation{"non-negative", by(Unmixing::NonNegative), kNonNegative, 1e-9},
        Expectation{"sum to one", by(Unmixing::SumToOne), kSumToOne, 1e-9},
        Expectation{"fully constrained", by(Unmixing::FullyConstrained), kFullyConstrained, 1e-9},
        Expectation{"sparse, positive", sparse(0.05, true, false), kSparsePositive, 1e-7},
        Expectation{"sparse", sparse(0.05, false, false), kSparse, 1e-7},
        Expectation{"sparse without price, free", sparse(0, false, false), kLeastSquares, 1e-7},
        Expectation{"sparse without price, positive", sparse(0, true, false), kNonNegative, 1e-7},
        Expectation{"sparse without price, sum", sparse(0, false, true), kSumToOne, 1e-7},
        Expectation{"sparse without price, simplex", sparse(0, true, true), kFullyConstrained, 1e-7},
        // On the simplex the sum of absolute values is 1 whatever its price.
        Expectation{"sparse, simplex", sparse(0.2, true, true), kFullyConstrained, 1e-7}}) {
    const auto found = unmix(kSpectra, kEndmembers, settings);
    ASSERT_TRUE(found) << what << ": " << found.error().message();
    EXPECT_LT(largest_difference(found->abundances, expected), tolerance) << what;
    EXPECT_EQ(found->unconverged, 0U) << what;
  }
}

TEST(Unmixing, DefaultSparseSettingsReachFourDigits) {
  UnmixingSettings settings = by(Unmixing::Sunsal);
  settings.sunsal.lambda = 0.05;
  const auto found = unmix(kSpectra, kEndmembers, settings);
  ASSERT_TRUE(found);
  EXPECT_LT(largest_difference(found->abundances, kSparsePositive), 1e-4);
  EXPECT_EQ(found->unconverged, 0U);
}

TEST(Unmixing, ResidualIsThatOfTheAbundances) {
  const auto found = unmix(kSpectra, kEndmembers, by(Unmixing::FullyConstrained));
  ASSERT_TRUE(found);
  const Matrix<double> fitted = product(kFullyConstrained, kEndmembers);
  for (std::size_t r = 0; r < 8; ++r) {
    EXPECT_NEAR(found->residual_rms[r], distance(fitted.row(r), kSpectra.row(r)) / std::sqrt(7.0), 1e-9);
  }
}

TEST(Unmixing, GivesBackTheCompositionsOfMixtures) {
  for (const std::size_t k : {1U, 2U, 5U, 9U}) {
    const Mixtures mix = with_pure_rows(1500, k, 60, 200 + k);  // two blocks of rows
    for (const Unmixing method : kMethods) {
      UnmixingSettings settings = by(method);
      settings.sunsal = sparse(0, true, true).sunsal;
      settings.sunsal.tolerance = 1e-8;
      const auto found = unmix(mix.spectra, mix.endmembers, settings);
      ASSERT_TRUE(found) << name(method) << ": " << found.error().message();
      const double tolerance = method == Unmixing::Sunsal ? 1e-4 : 1e-8;
      EXPECT_LT(largest_difference(found->abundances, mix.abundances), tolerance) << name(method) << k;
      EXPECT_LT(*std::ranges::max_element(found->residual_rms), tolerance);
    }
  }
}

TEST(Unmixing, GivesBackTheCompositionsOfIntimateMixtures) {
  LinkSettings hapke;
  hapke.link = Link::Hapke;
  hapke.scale = 1.2;
  const Mixtures mix = with_pure_rows(300, 4, 50, 5);
  const Matrix<double> reflectance = from_linear(hapke, mix.spectra.view());
  const Matrix<double> endmembers = from_linear(hapke, mix.endmembers.view());
  UnmixingSettings settings = by(Unmixing::FullyConstrained);
  const auto wrong = unmix(reflectance, endmembers, settings);
  settings.link = hapke;
  const auto right = unmix(reflectance, endmembers, settings);
  ASSERT_TRUE(wrong && right);
  EXPECT_LT(largest_difference(right->abundances, mix.abundances), 1e-4);  // the knee of the link
  EXPECT_GT(largest_difference(wrong->abundances, mix.abundances), 0.05);
}

// Conditions of Karush, Kuhn and Tucker, from the matrices themselves.
void expect_optimal(const Matrix<double>& x, const Matrix<double>& m, const Matrix<double>& a, bool sums,
                    double tolerance) {
  const Matrix<double> fitted = product(a, m);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    std::vector<double> slope(m.rows());
    double sum = 0;
    double level = 0;
    for (std::size_t k = 0; k < m.rows(); ++k) {
      for (std::size_t c = 0; c < m.cols(); ++c) slope[k] += (fitted(r, c) - x(r, c)) * m(k, c);
      ASSERT_GE(a(r, k), 0);
      sum += a(r, k);
      if (sums) level += slope[k] * a(r, k);
    }
    if (sums) {
      ASSERT_NEAR(sum, 1, 1e-12);
    }
    for (std::size_t k = 0; k < m.rows(); ++k) {
      ASSERT_GE(slope[k] - level, -tolerance) << "row " << r << ", endmember " << k;
      if (a(r, k) > 0) {
        ASSERT_LE(slope[k] - level, tolerance) << "row " << r << ", endmember " << k;
      }
    }
  }
}

TEST(Unmixing, ConstrainedSolutionsMeetTheConditionsOfAMinimum) {
  for (const std::size_t k : {2U, 4U, 8U, 15U}) {
    Random random(300 + k);
    Matrix<double> m = smooth_endmembers(k, 80, random);
    Matrix<double> x(600, 80);
    for (std::size_t r = 0; r < 600; ++r) {
      // Far outside the simplex on all sides, and at other brightness.
      for (std::size_t e = 0; e < k; ++e) {
        const double weight = 3 * random.normal() / static_cast<double>(k);
        for (std::size_t c = 0; c < 80; ++c) x(r, c) += weight * m(e, c);
      }
    }
    add_noise(x, 0.05, random);
    for (const bool sums : {true, false}) {
      const auto found = unmix(x, m, by(sums ? Unmixing::FullyConstrained : Unmixing::NonNegative));
      ASSERT_TRUE(found);
      // Slopes are sums of 80 products of numbers up to about 3.
      expect_optimal(x, m, found->abundances, sums, 1e-9);
    }
  }
}

TEST(Unmixing, StandsALargeOffset) {
  // Sum 1 makes an offset common to all spectra irrelevant; five digits of sixteen go into it here.
  Mixtures mix = with_pure_rows(200, 4, 40, 400);
  for (std::size_t i = 0; i < mix.spectra.size(); ++i) mix.spectra.data()[i] += 1e5;
  for (std::size_t i = 0; i < mix.endmembers.size(); ++i) mix.endmembers.data()[i] += 1e5;
  for (const Unmixing method : {Unmixing::SumToOne, Unmixing::FullyConstrained}) {
    const auto found = unmix(mix.spectra, mix.endmembers, by(method));
    ASSERT_TRUE(found) << name(method);
    EXPECT_LT(largest_difference(found->abundances, mix.abundances), 1e-7) << name(method);
  }
}

TEST(Unmixing, AllowsShadeWhereTheSumIsKept) {
  Random random(500);
  Matrix<double> m(4, 30);
  const Matrix<double> three = smooth_endmembers(3, 30, random);
  std::ranges::copy(three.values(), m.data());  // the fourth is zero
  Matrix<double> a(100, 4);
  for (std::size_t r = 0; r < 100; ++r) std::ranges::copy(composition(4, random), a.row(r).begin());
  const Matrix<double> x = product(a, m);
  for (const Unmixing method : {Unmixing::SumToOne, Unmixing::FullyConstrained}) {
    const auto found = unmix(x, m, by(method));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_LT(largest_difference(found->abundances, a), 1e-9);
  }
  const auto undetermined = unmix(x, m, by(Unmixing::NonNegative));
  ASSERT_FALSE(undetermined);
  EXPECT_EQ(undetermined.error().kind, Error::Kind::Data);
}

TEST(Unmixing, SparseFindsTheFewOfALargeLibrary) {
  // 60 library spectra over 40 channels; each mixture has three of them.
  Random random(600);
  Matrix<double> library(60, 40);
  for (std::size_t i = 0; i < library.size(); ++i) library.data()[i] = random.uniform();
  Matrix<double> a(20, 60);
  for (std::size_t r = 0; r < 20; ++r) {
    const auto who = random.permutation(60);
    const auto how_much = composition(3, random, 0.6);
    for (std::size_t j = 0; j < 3; ++j) a(r, who[j]) = how_much[j];
  }
  const Matrix<double> x = product(a, library);
  for (const Unmixing method : {Unmixing::LeastSquares, Unmixing::NonNegative, Unmixing::FullyConstrained}) {
    EXPECT_FALSE(unmix(x, library, by(method))) << name(method);
  }
  UnmixingSettings settings = sparse(1e-4, true, false);
  settings.sunsal.tolerance = 1e-7;
  const auto found = unmix(x, library, settings);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->unconverged, 0U);
  EXPECT_LT(largest_difference(found->abundances, a), 2e-3);
}

TEST(Unmixing, SaysHowManySparseRowsDidNotConverge) {
  UnmixingSettings settings = sparse(0.05, true, false);
  settings.sunsal.max_iterations = 2;
  const auto found = unmix(kSpectra, kEndmembers, settings);
  ASSERT_TRUE(found);
  EXPECT_GE(found->unconverged, 6U);
}

TEST(Unmixing, RowsDoNotDependOnEachOther) {
  const auto all = unmix(kSpectra, kEndmembers, by(Unmixing::FullyConstrained));
  ASSERT_TRUE(all);
  for (std::size_t r = 0; r < 8; ++r) {
    const auto one =
        unmix(MatrixView<double>(kSpectra.row(r).data(), 1, 7), kEndmembers, by(Unmixing::FullyConstrained));
    ASSERT_TRUE(one);
    for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(one->abundances(0, k), all->abundances(r, k), 1e-14);
  }
  Matrix<float> single(8, 7);
  std::ranges::transform(kSpectra.values(), single.data(), [](double x) { return static_cast<float>(x); });
  const auto floats = unmix(single.view(), kEndmembers, by(Unmixing::FullyConstrained));
  ASSERT_TRUE(floats);
  EXPECT_LT(largest_difference(floats->abundances, all->abundances), 1e-5);
}

TEST(Unmixing, SaysWhatIsWrong) {
  Matrix<double> with_nan = kSpectra;
  with_nan(3, 2) = std::nan("");
  Matrix<double> twice = kEndmembers;
  std::ranges::copy(kEndmembers.row(0), twice.row(3).begin());
  Matrix<double> mixture = kEndmembers;
  for (std::size_t c = 0; c < 7; ++c) mixture(3, c) = 0.25 * mixture(0, c) + 0.75 * mixture(1, c);
  for (const Unmixing method : kMethods) {
    const auto nan = unmix(with_nan, kEndmembers, by(method));
    ASSERT_FALSE(nan) << name(method);
    EXPECT_NE(nan.error().message().find("spectra, row 3, channel 2"), std::string::npos);
    const auto bad_library = unmix(kSpectra, Matrix<double>(with_nan), by(method));
    ASSERT_FALSE(bad_library);
    EXPECT_NE(bad_library.error().message().find("endmembers, row 3, channel 2"), std::string::npos);
    if (method != Unmixing::Sunsal) {
      for (const Matrix<double>* dependent : {&twice, &mixture}) {
        const auto found = unmix(kSpectra, *dependent, by(method));
        ASSERT_FALSE(found) << name(method);
        EXPECT_EQ(found.error().kind, Error::Kind::Data);
        EXPECT_EQ(found.error().where, "endmembers");
      }
    }
    EXPECT_FALSE(unmix(kSpectra, product(Matrix<double>(2, 2, 1.0), Matrix<double>(2, 6, 1.0)), by(method)));
    EXPECT_FALSE(unmix(kSpectra, MatrixView<double>{}, by(method)));
    EXPECT_FALSE(unmix(MatrixView<double>{}, kEndmembers, by(method)));
    UnmixingSettings settings = by(method);
    settings.link.scale = -1;
    EXPECT_EQ(unmix(kSpectra, kEndmembers, settings).error().kind, Error::Kind::Usage);
  }
  for (UnmixingSettings settings : {sparse(-1, true, false), sparse(std::nan(""), true, false)}) {
    EXPECT_EQ(unmix(kSpectra, kEndmembers, settings).error().kind, Error::Kind::Usage);
  }
  UnmixingSettings settings = by(Unmixing::Sunsal);
  settings.sunsal.tolerance = 0;
  EXPECT_EQ(unmix(kSpectra, kEndmembers, settings).error().where, "tolerance");
  settings = by(Unmixing::Sunsal);
  settings.sunsal.max_iterations = 0;
  EXPECT_EQ(unmix(kSpectra, kEndmembers, settings).error().where, "max_iterations");
}

TEST(Unmixing, ConstantSpectraAreMixturesLikeOthers) {
  // Nothing is asked of the spectra but that they are finite.
  const Matrix<double> constant(3, 7, 0.5);
  const auto found = unmix(constant, kEndmembers, by(Unmixing::FullyConstrained));
  ASSERT_TRUE(found);
  expect_optimal(constant, kEndmembers, found->abundances, true, 1e-12);
}

TEST(Unmixing, StopsWhenAsked) {
  RunControl control;
  control.request_stop();
  for (const Unmixing method : kMethods) {
    const auto found = unmix(kSpectra, kEndmembers, by(method), &control);
    ASSERT_FALSE(found);
    EXPECT_TRUE(found.error().cancelled()) << name(method);
  }
}

TEST(Unmixing, NamesAreReadBack) {
  for (const Unmixing method : kMethods) EXPECT_EQ(parse_unmixing(name(method)).value(), method);
  ASSERT_FALSE(parse_unmixing("fcls"));
  EXPECT_NE(parse_unmixing("fcls").error().message().find("fully-constrained"), std::string::npos);
}

TEST(UnmixingOfMeasuredData, SamsonsReferenceAbundancesAreFullyConstrainedLeastSquares) {
  const auto path = shared_data("samson.h5");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "not here: " << path;
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(path, control);
  ASSERT_TRUE(imported) << imported.error().message();
  const Dataset& data = *imported->data;
  Matrix<double> reference(3, data.channels());
  std::ranges::copy(data.endmembers()->values(), reference.data());
  const auto found = unmix(data.spectra().view(), reference, by(Unmixing::FullyConstrained));
  ASSERT_TRUE(found);
  Matrix<double> spectra(data.rows(), data.channels());
  std::ranges::copy(data.spectra().values(), spectra.data());
  expect_optimal(spectra, reference, found->abundances, true, 1e-9);
  double squares = 0;
  for (std::size_t r = 0; r < data.rows(); ++r) {
    const double d = distance(found->abundances.row(r), data.abundances()->row(r));
    squares += d * d;
  }
  EXPECT_LT(std::sqrt(squares / static_cast<double>(3 * data.rows())), 0.05);
}

}  // namespace
}  // namespace assayer
