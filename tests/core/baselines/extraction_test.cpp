// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/extraction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/baselines/unmixing.h"
#include "core/io/importer.h"
#include "tests/core/baselines/mixtures.h"

namespace assayer {
namespace {

using namespace testing;

constexpr std::array kMethods{Extraction::Ppi,  Extraction::Nfindr, Extraction::Vca,
                              Extraction::Atgp, Extraction::Smacc,  Extraction::MinimumVolume};
constexpr std::array kPureRowMethods{Extraction::Ppi, Extraction::Nfindr, Extraction::Vca, Extraction::Atgp,
                                     Extraction::Smacc};

ExtractionSettings by(Extraction method, std::size_t k, std::uint64_t seed = 0) {
  ExtractionSettings settings;
  settings.method = method;
  settings.endmembers = k;
  settings.seed = seed;
  return settings;
}

std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> rows) {
  std::ranges::sort(rows);
  return rows;
}

LinkSettings hapke() {
  LinkSettings link;
  link.link = Link::Hapke;
  link.scale = 1.2;
  return link;
}

struct PureCase {
  Extraction method;
  std::size_t endmembers;
};

class PureRows : public ::testing::TestWithParam<PureCase> {};

TEST_P(PureRows, AreFoundExactlyWhereThereIsNoNoise) {
  const auto [method, k] = GetParam();
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Mixtures mix = with_pure_rows(600, k, 60, 100 * seed + k);
    const auto found = extract_endmembers(mix.spectra, by(method, k, seed));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(sorted(found->rows), sorted(mix.pure)) << "seed " << seed;
    for (std::size_t e = 0; e < k; ++e) {
      EXPECT_TRUE(std::ranges::equal(found->spectra.row(e), mix.spectra.row(found->rows[e])));
    }
  }
}

TEST_P(PureRows, AreFoundInAlbedoWhereReflectanceIsNotLinear) {
  const auto [method, k] = GetParam();
  Mixtures mix = with_pure_rows(600, k, 60, 77 + k);
  mix.spectra = from_linear(hapke(), mix.spectra.view());
  ExtractionSettings settings = by(method, k, 5);
  settings.link = hapke();
  const auto found = extract_endmembers(mix.spectra, settings);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(sorted(found->rows), sorted(mix.pure));
  EXPECT_EQ(found->spectra(0, 0), mix.spectra(found->rows[0], 0));  // reflectance again
}

std::vector<PureCase> pure_cases() {
  std::vector<PureCase> cases;
  for (const Extraction method : kPureRowMethods) {
    for (const std::size_t k : {2U, 3U, 5U, 8U}) cases.push_back({method, k});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Extraction, PureRows, ::testing::ValuesIn(pure_cases()), [](const auto& tested) {
  std::string text(name(tested.param.method));
  std::erase(text, '-');
  return text + "_" + std::to_string(tested.param.endmembers);
});

TEST(Extraction, MinimumVolumeFindsCornersThatNoRowHas) {
  for (const std::size_t k : {3U, 4U, 6U}) {
    const Mixtures mix = without_pure_rows(2000, k, 50, 0.8, 10 + k);
    ExtractionSettings settings = by(Extraction::MinimumVolume, k);
    settings.outside = 0;
    const auto found = extract_endmembers(mix.spectra, settings);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_TRUE(found->rows.empty());
    EXPECT_LT(worst_distance(found->spectra, mix.endmembers), 1e-5) << k;
    // The rows themselves are far from them.
    const auto rows = extract_endmembers(mix.spectra, by(Extraction::Nfindr, k));
    ASSERT_TRUE(rows);
    EXPECT_GT(worst_distance(rows->spectra, mix.endmembers), 0.02) << k;
  }
}

TEST(Extraction, MinimumVolumeOfASegmentHasItsEnds) {
  const Mixtures mix = with_pure_rows(200, 2, 20, 3);
  ExtractionSettings settings = by(Extraction::MinimumVolume, 2);
  settings.outside = 0;
  const auto found = extract_endmembers(mix.spectra, settings);
  ASSERT_TRUE(found);
  EXPECT_LT(worst_distance(found->spectra, mix.endmembers), 1e-6);
}

TEST(Extraction, MinimumVolumeWorksInAlbedo) {
  Mixtures mix = without_pure_rows(2000, 4, 50, 0.8, 21);
  mix.spectra = from_linear(hapke(), mix.spectra.view());
  ExtractionSettings settings = by(Extraction::MinimumVolume, 4);
  settings.outside = 0;
  settings.link = hapke();
  const auto found = extract_endmembers(mix.spectra, settings);
  ASSERT_TRUE(found);
  EXPECT_LT(worst_distance(found->spectra, from_linear(hapke(), mix.endmembers.view())), 1e-4);
}

TEST(Extraction, MinimumVolumeLetsTheShareOutsideThatWasAskedFor) {
  Random random(8);
  Mixtures mix = without_pure_rows(4000, 4, 40, 0.9, 31);
  add_noise(mix.spectra, 0.01, random);
  for (const double share : {0.0, 0.01, 0.05}) {
    ExtractionSettings settings = by(Extraction::MinimumVolume, 4);
    settings.outside = share;
    const auto found = extract_endmembers(mix.spectra, settings);
    ASSERT_TRUE(found) << found.error().message();
    UnmixingSettings coordinates;
    coordinates.method = Unmixing::SumToOne;
    const auto a = unmix(mix.spectra, found->spectra, coordinates);
    ASSERT_TRUE(a);
    for (std::size_t k = 0; k < 4; ++k) {
      int beyond = 0;
      // 1e-4: the noise across the plane of the simplex is no part of the coordinates, rounding is.
      for (std::size_t r = 0; r < 4000; ++r) beyond += a->abundances(r, k) < -1e-4;
      EXPECT_LE(beyond, 4000 * share) << share << ", face " << k;
      EXPECT_GE(beyond, 4000 * share * 0.5) << share << ", face " << k;
    }
  }
}

TEST(Extraction, StandsNoise) {
  Random random(4);
  Mixtures mix = with_pure_rows(2000, 4, 100, 41);
  add_noise(mix.spectra, 0.002, random);
  for (const Extraction method : {Extraction::Nfindr, Extraction::Vca, Extraction::Ppi}) {
    const auto found = extract_endmembers(mix.spectra, by(method, 4));
    ASSERT_TRUE(found);
    EXPECT_LT(worst_angle_deg(found->spectra, mix.endmembers), 1.5) << name(method);
  }
  Mixtures mixed = without_pure_rows(4000, 4, 100, 0.8, 41);
  add_noise(mixed.spectra, 0.002, random);
  const auto corners = extract_endmembers(mixed.spectra, by(Extraction::MinimumVolume, 4));
  const auto rows = extract_endmembers(mixed.spectra, by(Extraction::Nfindr, 4));
  ASSERT_TRUE(corners && rows);
  EXPECT_LT(worst_angle_deg(corners->spectra, mixed.endmembers),
            0.5 * worst_angle_deg(rows->spectra, mixed.endmembers));
}

TEST(Extraction, NfindrFindsTheLargestTriangle) {
  Random random(9);
  for (int repeat = 0; repeat < 20; ++repeat) {
    Matrix<double> points(14, 2);
    for (std::size_t i = 0; i < points.size(); ++i) points.data()[i] = random.normal();
    double largest = 0;
    std::vector<std::uint32_t> expected;
    for (std::uint32_t a = 0; a < 14; ++a) {
      for (std::uint32_t b = a + 1; b < 14; ++b) {
        for (std::uint32_t c = b + 1; c < 14; ++c) {
          const double area = std::abs((points(b, 0) - points(a, 0)) * (points(c, 1) - points(a, 1)) -
                                       (points(c, 0) - points(a, 0)) * (points(b, 1) - points(a, 1)));
          if (area > largest) {
            largest = area;
            expected = {a, b, c};
          }
        }
      }
    }
    ExtractionSettings settings = by(Extraction::Nfindr, 3);
    settings.starts = 30;
    const auto found = extract_endmembers(points, settings);
    ASSERT_TRUE(found);
    EXPECT_EQ(sorted(found->rows), expected) << repeat;
  }
}

TEST(Extraction, AtgpAndSmaccAgreeWithPaperAndPencil) {
  // (3, 0) is longest. What is orthogonal to it is 1 of (0, 1), 0.5 of (−1, 0.5); the cone along it is 1 from
  // the first, but √1.25 from the second, which points away from it.
  const Matrix<double> points(std::vector<double>{0, 1, 3, 0, -1, 0.5, 1, 0.2}, 4, 2);
  const auto atgp = extract_endmembers(points, by(Extraction::Atgp, 2));
  const auto smacc = extract_endmembers(points, by(Extraction::Smacc, 2));
  ASSERT_TRUE(atgp && smacc);
  EXPECT_EQ(atgp->rows, (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(smacc->rows, (std::vector<std::uint32_t>{1, 2}));
}

TEST(Extraction, PpiCountsEveryEndOfEverySkewer) {
  const Mixtures mix = with_pure_rows(300, 4, 30, 51);
  ExtractionSettings settings = by(Extraction::Ppi, 4, 7);
  settings.skewers = 2000;
  const auto found = extract_endmembers(mix.spectra, settings);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->counts.size(), 300U);
  EXPECT_EQ(std::accumulate(found->counts.begin(), found->counts.end(), 0U), 4000U);
  std::uint32_t at_corners = 0;
  for (const std::uint32_t row : mix.pure) at_corners += found->counts[row];
  EXPECT_EQ(at_corners, 4000U);  // a mixture is never extreme
  EXPECT_EQ(found->counts[found->rows[0]], *std::ranges::max_element(found->counts));
}

TEST(Extraction, VcaEstimatesTheSignalToNoiseRatio) {
  for (const double sd : {0.05, 0.01, 0.001}) {
    Random random(61);
    Mixtures mix = with_pure_rows(3000, 4, 80, 61);
    double power = 0;
    for (const double x : mix.spectra.values()) power += x * x;
    power /= static_cast<double>(mix.spectra.size());
    add_noise(mix.spectra, sd, random);
    const auto found = extract_endmembers(mix.spectra, by(Extraction::Vca, 4));
    ASSERT_TRUE(found);
    ASSERT_TRUE(found->snr_db);
    EXPECT_NEAR(*found->snr_db, 10 * std::log10(power / (sd * sd)), 0.3) << sd;
  }
  const auto clean = extract_endmembers(with_pure_rows(100, 3, 40, 5).spectra, by(Extraction::Vca, 3));
  ASSERT_TRUE(clean);
  EXPECT_GT(*clean->snr_db, 100);
}

TEST(Extraction, VcaBearsIlluminationThatVariesWhereTheSignalIsClean) {
  // Rows scaled at random leave the simplex, but not its cone: what the projection along rays is for.
  Mixtures mix = with_pure_rows(800, 4, 60, 71);
  Random random(71);
  for (std::size_t r = 0; r < mix.spectra.rows(); ++r) {
    const double light = random.uniform(0.3, 2);
    for (double& x : mix.spectra.row(r)) x *= light;
  }
  const auto found = extract_endmembers(mix.spectra, by(Extraction::Vca, 4));
  ASSERT_TRUE(found);
  EXPECT_EQ(sorted(found->rows), sorted(mix.pure));
}

TEST(Extraction, VcaFindsShadeWhichHasNoRay) {
  Mixtures mix = with_pure_rows(500, 4, 50, 73);
  for (double& x : mix.endmembers.row(2)) x = 0;
  mix.spectra = product(mix.abundances, mix.endmembers);
  const auto found = extract_endmembers(mix.spectra, by(Extraction::Vca, 4));
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(sorted(found->rows), sorted(mix.pure));
}

TEST(Extraction, VcaFindsRowsOfSpectraThatPointEverywhere) {
  // As after subtracting a spectrum: rows on the far side of the origin have no ray to their image.
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Mixtures mix = with_pure_rows(500, 4, 50, 730 + seed);
    for (std::size_t c = 0; c < 50; ++c) {
      double mean = 0;
      for (std::size_t k = 0; k < 4; ++k) mean += mix.endmembers(k, c) / 4;
      for (std::size_t k = 0; k < 4; ++k) mix.endmembers(k, c) -= 0.95 * mean;
    }
    mix.spectra = product(mix.abundances, mix.endmembers);
    const auto found = extract_endmembers(mix.spectra, by(Extraction::Vca, 4));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(sorted(found->rows), sorted(mix.pure)) << seed;
  }
}

TEST(Extraction, ManyRowsOfManyChannelsAreNoOtherCase) {
  // Both sides above 400, where the directions come from an iteration.
  const Mixtures mix = with_pure_rows(700, 4, 600, 75);
  for (const Extraction method : kPureRowMethods) {
    const auto found = extract_endmembers(mix.spectra, by(method, 4));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(sorted(found->rows), sorted(mix.pure)) << name(method);
    EXPECT_FALSE(extract_endmembers(mix.spectra, by(method, 5))) << name(method);
  }
}

TEST(Extraction, FewRowsOfManyChannelsAreNoOtherCase) {
  const Mixtures mix = with_pure_rows(90, 4, 3000, 76);
  for (const Extraction method : kPureRowMethods) {
    const auto found = extract_endmembers(mix.spectra, by(method, 4));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(sorted(found->rows), sorted(mix.pure)) << name(method);
  }
}

TEST(Extraction, IsTheSameEveryTimeAndForFloats) {
  Random random(81);
  Mixtures mix = with_pure_rows(500, 4, 40, 81);
  add_noise(mix.spectra, 0.01, random);
  Matrix<float> single(500, 40);
  std::ranges::transform(mix.spectra.values(), single.data(), [](double x) { return static_cast<float>(x); });
  for (std::size_t i = 0; i < single.size(); ++i)
    mix.spectra.data()[i] = static_cast<double>(single.data()[i]);
  for (const Extraction method : kMethods) {
    const auto once = extract_endmembers(mix.spectra, by(method, 4, 3));
    const auto again = extract_endmembers(mix.spectra, by(method, 4, 3));
    const auto floats = extract_endmembers(single.view(), by(method, 4, 3));
    ASSERT_TRUE(once && again && floats) << name(method);
    EXPECT_EQ(once->rows, again->rows) << name(method);
    EXPECT_EQ(once->spectra, again->spectra) << name(method);
    EXPECT_EQ(once->spectra, floats->spectra) << name(method);
  }
}

TEST(Extraction, SaysWhatIsWrongWithTheSpectra) {
  const Mixtures mix = with_pure_rows(100, 3, 30, 91);
  Matrix<double> with_nan = mix.spectra;
  with_nan(17, 4) = std::nan("");
  const Matrix<double> constant(50, 30, 0.4);
  Matrix<double> zero(50, 30);
  for (const Extraction method : kMethods) {
    const auto nan = extract_endmembers(with_nan, by(method, 3));
    ASSERT_FALSE(nan) << name(method);
    EXPECT_EQ(nan.error().kind, Error::Kind::Data);
    EXPECT_NE(nan.error().message().find("row 17, channel 4"), std::string::npos) << nan.error().message();

    for (const Matrix<double>* flat : {&constant, static_cast<const Matrix<double>*>(&zero)}) {
      const auto none = extract_endmembers(*flat, by(method, 3));
      ASSERT_FALSE(none) << name(method);
      EXPECT_EQ(none.error().kind, Error::Kind::Data);
      EXPECT_NE(none.error().message().find("do not vary"), std::string::npos) << none.error().message();
    }
    // Mixtures of three are no mixtures of four or five.
    for (const std::size_t k : {4U, 5U}) {
      const auto many = extract_endmembers(mix.spectra, by(method, k));
      ASSERT_FALSE(many) << name(method) << k;
      EXPECT_EQ(many.error().kind, Error::Kind::Data);
      EXPECT_NE(many.error().message().find("enough for 3"), std::string::npos) << many.error().message();
    }
    EXPECT_EQ(extract_endmembers(mix.spectra, by(method, 1)).error().kind, Error::Kind::Usage);
    EXPECT_EQ(extract_endmembers(mix.spectra, by(method, 40)).error().kind, Error::Kind::Data);
    EXPECT_EQ(extract_endmembers(mix.spectra, by(method, 101)).error().kind, Error::Kind::Data);
    EXPECT_EQ(extract_endmembers(MatrixView<double>{}, by(method, 3)).error().kind, Error::Kind::Data);
    ExtractionSettings bad_link = by(method, 3);
    bad_link.link.scale = 0;
    EXPECT_EQ(extract_endmembers(mix.spectra, bad_link).error().kind, Error::Kind::Usage);
  }
  ExtractionSettings settings = by(Extraction::MinimumVolume, 3);
  settings.outside = 0.6;
  EXPECT_EQ(extract_endmembers(mix.spectra, settings).error().kind, Error::Kind::Usage);
  settings = by(Extraction::Ppi, 3);
  settings.skewers = 0;
  EXPECT_EQ(extract_endmembers(mix.spectra, settings).error().kind, Error::Kind::Usage);
  settings = by(Extraction::Nfindr, 3);
  settings.starts = 0;
  EXPECT_EQ(extract_endmembers(mix.spectra, settings).error().kind, Error::Kind::Usage);
}

TEST(Extraction, StopsWhenAsked) {
  const Mixtures mix = with_pure_rows(100, 3, 30, 91);
  RunControl control;
  control.request_stop();
  for (const Extraction method : kMethods) {
    const auto found = extract_endmembers(mix.spectra, by(method, 3), &control);
    ASSERT_FALSE(found);
    EXPECT_TRUE(found.error().cancelled()) << name(method);
  }
}

TEST(Extraction, NamesAreReadBack) {
  for (const Extraction method : kMethods) EXPECT_EQ(parse_extraction(name(method)).value(), method);
  ASSERT_FALSE(parse_extraction("n-findr"));
  EXPECT_NE(parse_extraction("n-findr").error().message().find("nfindr"), std::string::npos);
}

TEST(ExtractionOfMeasuredData, SamsonsReferenceIsFound) {
  const auto path = shared_data("samson.h5");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "not here: " << path;
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(path, control);
  ASSERT_TRUE(imported) << imported.error().message();
  const Dataset& data = *imported->data;
  ASSERT_TRUE(data.endmembers());
  Matrix<double> reference(3, data.channels());
  std::ranges::copy(data.endmembers()->values(), reference.data());
  // Printed by unmixing_expected.py: the largest triangle; rows 464 and 465 are equal.
  const auto largest = extract_endmembers(data.spectra().view(), by(Extraction::Nfindr, 3));
  ASSERT_TRUE(largest) << largest.error().message();
  EXPECT_EQ(sorted(largest->rows), (std::vector<std::uint32_t>{96, 464, 6584}));

  // Soil, tree, water. The reference is itself an estimate; its water is a smoothed dark spectrum.
  const std::array<double, 3> degrees{3, 7.5, 10};
  for (const Extraction method : {Extraction::Vca, Extraction::Nfindr, Extraction::Ppi}) {
    const auto found = extract_endmembers(data.spectra().view(), by(method, 3));
    ASSERT_TRUE(found) << found.error().message();
    std::vector<std::size_t> taken;
    for (std::size_t e = 0; e < 3; ++e) {
      std::size_t nearest = 0;
      for (std::size_t k = 1; k < 3; ++k) {
        if (angle_deg(found->spectra.row(k), reference.row(e)) <
            angle_deg(found->spectra.row(nearest), reference.row(e))) {
          nearest = k;
        }
      }
      EXPECT_LT(angle_deg(found->spectra.row(nearest), reference.row(e)), degrees[e]) << name(method) << e;
      taken.push_back(nearest);
    }
    std::ranges::sort(taken);
    EXPECT_EQ(taken, (std::vector<std::size_t>{0, 1, 2})) << name(method);
  }
}

}  // namespace
}  // namespace assayer
