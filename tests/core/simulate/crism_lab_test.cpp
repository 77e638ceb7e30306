// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/crism_lab.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <set>
#include <vector>

#include "lab_fixture.h"

// The laboratory fills every optional part of its data sets; a test that finds one empty may well crash.
// NOLINTBEGIN(bugprone-unchecked-optional-access)
namespace assayer {
namespace {

using lab_test::make_library;
using lab_test::read_hdf5;
using lab_test::shared_data;
using testing::HasSubstr;

DatasetPtr simulate(const CrismLabOptions& options) {
  RunControl control;
  auto data = simulate_crism_lab(options, control);
  EXPECT_TRUE(data) << (data ? "" : data.error().message());
  return data ? *data : nullptr;
}

const std::vector<std::int64_t>& integers(const Dataset& data, const char* name) {
  return std::get<std::vector<std::int64_t>>(data.find_metadata(name)->values);
}
const std::vector<double>& reals(const Dataset& data, const char* name) {
  return std::get<std::vector<double>>(data.find_metadata(name)->values);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

double sd(const std::vector<double>& values) {
  double mean = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  double square = 0;
  for (const double v : values) square += (v - mean) * (v - mean) / static_cast<double>(values.size());
  return std::sqrt(square);
}

// Hapke's laboratory written a second time, in another form than the program's: reflectance to albedo by
// Newton steps on γ = √(1 − w), albedo to transmission and back, and the numbers typed afresh.
namespace again {

constexpr std::array<double, 3> kDensity = {3.32, 3.28, 2.73};
constexpr std::array<double, 3> kIndex = {1.67, 1.68, 1.574};
constexpr std::array<std::array<double, 2>, 3> kAngles = {{{33.9, 0.0}, {42.7, 0.0}, {12.7, 30.0}}};

double factor(double gamma, double mu0, double mu) {
  const double w = 1 - gamma * gamma;
  const double r0 = (1 - gamma) / (1 + gamma);
  const auto denominator = [&](double x) {
    return 1 - w * x * (r0 + (1 - 2 * r0 * x) / 2 * std::log((1 + x) / x));
  };
  return w / 4 / (mu0 + mu) / (denominator(mu0) * denominator(mu));
}

double gamma_of(double reflectance, double mu0, double mu) {
  double gamma = 0.2;
  for (int i = 0; i < 100; ++i) {
    const double h = 1e-6;
    const double slope = (factor(gamma + h, mu0, mu) - factor(gamma - h, mu0, mu)) / (2 * h);
    gamma -= (factor(gamma, mu0, mu) - reflectance) / slope;
  }
  return gamma;
}

double spectrum_at(const Dataset& data, std::size_t row, std::size_t channel, double endmember_grain,
                   const std::array<double, 3>& gain) {
  const auto g = static_cast<std::size_t>(data.groups()->of_row[row]);
  const double mu0 = std::cos(kAngles[g][0] * std::numbers::pi / 180);
  const double mu = std::cos(kAngles[g][1] * std::numbers::pi / 180);
  const double size_ratio = reals(data, "grain_um")[row] / endmember_grain;
  double albedo = 0;
  double volume = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    const double n = kIndex[k];
    const double se = std::pow((n - 1) / (n + 1), 2) + 0.05;
    const double si = 1.014 - 4 / n / std::pow(n + 1, 2);
    const double gamma = gamma_of(data.endmembers_by_group()[g](k, channel) / gain[g], mu0, mu);
    const double q = (1 - gamma * gamma - se) / (1 - se);
    const double theta = std::pow(q / (1 - si * (1 - q)), size_ratio);
    const double share = (*data.true_abundances())(row, k) / kDensity[k];
    albedo += share * (se + (1 - se) * (1 - si) * theta / (1 - si * theta));
    volume += share;
  }
  return gain[g] * factor(std::sqrt(1 - albedo / volume), mu0, mu);
}

}  // namespace again

TEST(CrismLab, HasThePapersCountsAndGrid) {
  const auto data = simulate({});
  ASSERT_TRUE(data);
  EXPECT_EQ(data->rows(), 5354U);
  EXPECT_EQ(data->channels(), 165U);
  EXPECT_DOUBLE_EQ(data->wavelength()[0], 0.9);
  EXPECT_DOUBLE_EQ(data->wavelength()[164], 2.5);
  EXPECT_EQ(data->wavelength().unit(), WavelengthUnit::Micrometre);
  EXPECT_EQ(data->groups()->names, (std::vector<std::string>{"Position 1", "Position 2", "Angle 2"}));
  EXPECT_EQ(data->component_names(), (std::vector<std::string>{"olivine", "diopside", "bytownite"}));

  std::map<std::pair<std::int32_t, std::int64_t>, int> cells;
  std::map<std::int64_t, std::array<long, 3>> compositions;
  std::array<int, 3> per_geometry{};
  for (std::size_t row = 0; row < data->rows(); ++row) {
    const auto point = integers(*data, "grid_point")[row];
    const auto group = data->groups()->of_row[row];
    ++cells[{group, point}];
    ++per_geometry[static_cast<std::size_t>(group)];
    std::array<long, 3> tenths{};
    for (std::size_t k = 0; k < 3; ++k) {
      const double a = data->abundances()->row(row)[k];
      tenths[k] = std::lround(10 * a);
      EXPECT_NEAR(a, static_cast<double>(tenths[k]) / 10, 1e-12);
    }
    const auto [known, is_new] = compositions.emplace(point, tenths);
    EXPECT_EQ(known->second, tenths);  // one composition per grid point
  }
  EXPECT_EQ(cells.size(), 198U);
  for (const auto& [cell, count] : cells) EXPECT_TRUE(count == 27 || count == 28) << count;
  for (const int count : per_geometry) EXPECT_NEAR(count, 5354.0 / 3, 1.0);
  std::set<std::array<long, 3>> distinct;
  for (const auto& [point, tenths] : compositions) distinct.insert(tenths);
  EXPECT_EQ(distinct.size(), 66U);  // (10 + 1)(10 + 2) / 2
  EXPECT_EQ(compositions.begin()->first, 0);
  EXPECT_EQ(compositions.rbegin()->first, 65);
}

TEST(CrismLab, OutliersAreInPosition1AndVisiblyOff) {
  const auto data = simulate({});
  ASSERT_TRUE(data);
  const auto& outlier = integers(*data, "outlier");
  EXPECT_EQ(std::count(outlier.begin(), outlier.end(), 1), 12);
  EXPECT_EQ(std::count(outlier.begin(), outlier.end(), 0), 5342);

  std::map<std::pair<std::int32_t, std::int64_t>, std::vector<std::size_t>> cells;
  for (std::size_t row = 0; row < data->rows(); ++row) {
    cells[{data->groups()->of_row[row], integers(*data, "grid_point")[row]}].push_back(row);
    if (outlier[row] == 1) {
      EXPECT_EQ(data->groups()->of_row[row], 0);
      // Among the paper's training compositions, where its figure 6 shows them.
      for (const double a : data->abundances()->row(row)) EXPECT_LT(a, 0.567);
    }
  }
  // Distance from the sample's median spectrum, in median distances of the same sample.
  double nearest_outlier = 1e9;
  double farthest_powder = 0;
  for (const auto& [cell, rows] : cells) {
    std::vector<double> distance(rows.size(), 0.0);
    for (std::size_t c = 0; c < data->channels(); ++c) {
      std::vector<double> values;
      values.reserve(rows.size());
      for (const std::size_t row : rows) values.push_back(data->spectra()(row, c));
      const double middle = median(values);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        distance[i] += std::abs(values[i] - middle) / static_cast<double>(data->channels());
      }
    }
    const double mad = median(distance);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (outlier[rows[i]] == 1) {
        nearest_outlier = std::min(nearest_outlier, distance[i] / mad);
      } else {
        farthest_powder = std::max(farthest_powder, distance[i] / mad);
      }
    }
  }
  EXPECT_GT(nearest_outlier, 12.0);
  EXPECT_LT(farthest_powder, 8.0);
}

TEST(CrismLab, NoiseFreeSpectraFollowFromTheTruth) {
  CrismLabOptions options;
  options.spectra = 600;
  options.noise = 0;
  options.outliers = 0;
  const auto data = simulate(options);
  ASSERT_TRUE(data);
  for (std::size_t row = 0; row < data->rows(); row += 7) {
    for (std::size_t c = 0; c < data->channels(); c += 11) {
      EXPECT_NEAR(data->spectra()(row, c), again::spectrum_at(*data, row, c, 85.5, options.panel_gain), 3e-6)
          << "row " << row << ", channel " << c;
    }
  }
}

TEST(CrismLab, SensorNoiseIsWhiteAndAsLargeAsAsked) {
  CrismLabOptions options;
  options.spectra = 600;
  options.outliers = 0;
  const auto noisy = simulate(options);
  options.noise = 0;
  const auto clean = simulate(options);
  ASSERT_TRUE(noisy && clean);
  // Same seed: only the noise differs.
  EXPECT_EQ(noisy->true_abundances(), clean->true_abundances());
  EXPECT_EQ(reals(*noisy, "grain_um"), reals(*clean, "grain_um"));
  std::vector<double> residual;
  std::vector<double> neighbours;
  for (std::size_t row = 0; row < noisy->rows(); ++row) {
    for (std::size_t c = 0; c < noisy->channels(); ++c) {
      residual.push_back(noisy->spectra()(row, c) - clean->spectra()(row, c));
      if (c > 0) neighbours.push_back(residual.back() * residual[residual.size() - 2]);
    }
  }
  EXPECT_NEAR(sd(residual), 0.003, 3e-5);
  double covariance = 0;
  for (const double product : neighbours) covariance += product / static_cast<double>(neighbours.size());
  EXPECT_NEAR(covariance / (0.003 * 0.003), 0.0, 0.02);
}

TEST(CrismLab, CornerSamplesAreTheEndmembers) {
  CrismLabOptions options;
  options.spectra = 594;
  options.noise = 0;
  options.outliers = 0;
  options.grain_low_um = options.grain_high_um = 85.5;
  const auto data = simulate(options);
  ASSERT_TRUE(data);
  int corners = 0;
  for (std::size_t row = 0; row < data->rows(); ++row) {
    for (std::size_t k = 0; k < 3; ++k) {
      if (data->abundances()->row(row)[k] != 1.0) continue;
      ++corners;
      EXPECT_EQ((*data->true_abundances())(row, k), 1.0);
      const auto g = static_cast<std::size_t>(data->groups()->of_row[row]);
      for (std::size_t c = 0; c < data->channels(); ++c) {
        EXPECT_NEAR(data->spectra()(row, c), data->endmembers_by_group()[g](k, c), 1e-6);
      }
    }
  }
  EXPECT_EQ(corners, 27);
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < data->channels(); ++c) {
      double mean = 0;
      for (const auto& endmembers : data->endmembers_by_group()) mean += endmembers(k, c) / 3.0;
      EXPECT_NEAR((*data->endmembers())(k, c), mean, 1e-6);
    }
  }
}

TEST(CrismLab, ReflectancesAreThoseOfAPowder) {
  const auto data = simulate({});
  ASSERT_TRUE(data);
  const auto [low, high] =
      std::minmax_element(data->spectra().values().begin(), data->spectra().values().end());
  EXPECT_GT(*low, 0.1F);
  EXPECT_LT(*high, 1.1F);
}

TEST(CrismLab, IntimateMixturesAreDarkerThanAreasSideBySide) {
  CrismLabOptions options;
  options.spectra = 594;
  options.noise = 0;
  options.outliers = 0;
  options.abundance_jitter = 0;
  options.grain_low_um = options.grain_high_um = 85.5;
  const auto data = simulate(options);
  ASSERT_TRUE(data);
  const std::array<double, 3> density = {3.32, 3.28, 2.73};
  double largest = 0;
  for (std::size_t row = 0; row < data->rows(); ++row) {
    const auto y = data->abundances()->row(row);
    const auto g = static_cast<std::size_t>(data->groups()->of_row[row]);
    double volume = 0;
    for (std::size_t k = 0; k < 3; ++k) volume += y[k] / density[k];
    for (std::size_t c = 0; c < data->channels(); ++c) {
      // The same cross-sections, but each mineral reflecting for itself. Reflectance is convex in albedo,
      // so the intimate mixture is never brighter (Jensen).
      double areal = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        areal += y[k] / density[k] / volume * data->endmembers_by_group()[g](k, c);
      }
      EXPECT_LT(data->spectra()(row, c), areal + 1e-6);
      largest = std::max(largest, areal - data->spectra()(row, c));
    }
  }
  EXPECT_GT(largest, 0.05);  // far above the noise: a linear unmixing must fail here
}

TEST(CrismLab, TrueAbundancesScatterAsAskedAndStayOnTheSimplex) {
  CrismLabOptions options;
  options.spectra = 198 * 40;
  options.abundance_jitter = 0.015;
  options.channels = 2;
  const auto data = simulate(options);
  ASSERT_TRUE(data);
  std::array<std::vector<double>, 3> inside;
  for (std::size_t row = 0; row < data->rows(); ++row) {
    const auto nominal = data->abundances()->row(row);
    const auto truth = data->true_abundances()->row(row);
    EXPECT_NEAR(truth[0] + truth[1] + truth[2], 1.0, 1e-12);
    const bool interior = std::ranges::all_of(nominal, [](double a) { return a > 0.15; });
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_GE(truth[k], 0.0);
      if (nominal[k] == 0) {
        EXPECT_EQ(truth[k], 0.0);  // nothing of it was weighed in
      }
      if (interior) inside[k].push_back(truth[k] - nominal[k]);
    }
  }
  for (const auto& deviations : inside) EXPECT_NEAR(sd(deviations), 0.015, 0.0006);
}

TEST(CrismLab, GrainsStayInTheSieveAndCoarseOnesAreDarker) {
  const auto data = simulate({});
  ASSERT_TRUE(data);
  const auto& grain = reals(*data, "grain_um");
  const auto [low, high] = std::minmax_element(grain.begin(), grain.end());
  EXPECT_GE(*low, 63.0);
  EXPECT_LE(*high, 108.0);
  EXPECT_NEAR(sd(grain), 45.0 / std::sqrt(12.0) / std::sqrt(12.0), 0.2);  // mean of 12 uniform draws

  CrismLabOptions options;
  options.spectra = 198;
  options.outliers = 0;
  options.noise = 0;
  options.grain_low_um = options.grain_high_um = 63;
  const auto fine = simulate(options);
  options.grain_low_um = options.grain_high_um = 108;
  const auto coarse = simulate(options);
  ASSERT_TRUE(fine && coarse);
  for (std::size_t i = 0; i < fine->spectra().size(); ++i) {
    EXPECT_LT(coarse->spectra().data()[i], fine->spectra().data()[i]);
  }
}

TEST(CrismLab, AnglesAloneDoLittleAndThePanelGainsPartTheGeometries) {
  CrismLabOptions options;
  const auto parted = simulate(options);
  options.panel_gain = {1, 1, 1};
  const auto bare = simulate(options);
  ASSERT_TRUE(parted && bare);
  for (std::size_t g = 1; g < 3; ++g) {
    for (std::size_t k = 0; k < 3; ++k) {
      for (std::size_t c = 0; c < 165; ++c) {
        const double ratio = bare->endmembers_by_group()[g](k, c) / bare->endmembers_by_group()[0](k, c);
        EXPECT_NEAR(ratio, 1.0, 0.03);
        EXPECT_NE(ratio, 1.0);
        EXPECT_NEAR(parted->endmembers_by_group()[g](k, c) / bare->endmembers_by_group()[g](k, c),
                    g == 1 ? 0.96 : 1.05, 1e-6);
      }
    }
  }
  // The levels per sample: Position 2 < Position 1 < Angle 2, by more than the spread within a sample.
  std::map<std::int64_t, std::array<std::vector<double>, 3>> level;
  for (std::size_t row = 0; row < parted->rows(); ++row) {
    if (integers(*parted, "outlier")[row] == 1) continue;
    double sum = 0;
    for (const float v : parted->spectra().row(row)) sum += v / 165.0;
    level[integers(*parted, "grid_point")[row]][static_cast<std::size_t>(parted->groups()->of_row[row])]
        .push_back(sum);
  }
  for (const auto& [point, by_group] : level) {
    EXPECT_LT(median(by_group[1]) + sd(by_group[1]), median(by_group[0]));
    EXPECT_LT(median(by_group[0]) + sd(by_group[0]), median(by_group[2]));
  }
}

TEST(CrismLab, TheSameOptionsGiveTheSameBits) {
  CrismLabOptions options;
  options.spectra = 700;
  options.seed = 7;
  const auto first = simulate(options);
  const auto second = simulate(options);
  options.seed = 8;
  const auto other = simulate(options);
  ASSERT_TRUE(first && second && other);
  EXPECT_EQ(first->spectra(), second->spectra());
  EXPECT_EQ(first->true_abundances(), second->true_abundances());
  EXPECT_EQ(integers(*first, "outlier"), integers(*second, "outlier"));
  EXPECT_EQ(first->fingerprint(), second->fingerprint());
  EXPECT_NE(first->spectra(), other->spectra());
  EXPECT_NE(first->true_abundances(), other->true_abundances());
  EXPECT_EQ(first->endmembers_by_group(), other->endmembers_by_group());  // no draw is in them
}

TEST(CrismLab, SaysWhereItComesFrom) {
  CrismLabOptions options;
  options.spectra = 300;
  options.seed = 42;
  options.noise = 0.0025;
  const auto data = simulate(options);
  ASSERT_TRUE(data);
  const auto& attributes = data->provenance().attributes;
  EXPECT_EQ(attributes.at("licence"), "CC0-1.0");
  EXPECT_EQ(attributes.at("seed"), "42");
  EXPECT_EQ(attributes.at("option_noise"), "0.0025");
  EXPECT_EQ(attributes.at("option_angles"), "33.9 0; 42.7 0; 12.7 30");
  EXPECT_THAT(attributes.at("citation"), HasSubstr("10.1006/icar.2002.6853"));
  EXPECT_THAT(attributes.at("note"), HasSubstr("no evidence"));
}

TEST(CrismLab, ReportsProgressAndStops) {
  RunControl control;
  std::vector<double> fractions;
  auto data = simulate_crism_lab({}, control, [&](double f, std::string_view) { fractions.push_back(f); });
  ASSERT_TRUE(data);
  EXPECT_GT(fractions.size(), 10U);
  EXPECT_TRUE(std::ranges::is_sorted(fractions));
  EXPECT_EQ(fractions.back(), 1.0);

  int calls = 0;
  data = simulate_crism_lab({}, control, [&](double, std::string_view) {
    if (++calls == 3) control.request_stop();
  });
  ASSERT_FALSE(data);
  EXPECT_TRUE(data.error().cancelled());
  EXPECT_EQ(calls, 3);
}

TEST(CrismLab, SmallRequestsAreSpreadOverTheSimplex) {
  CrismLabOptions options;
  options.spectra = 99;
  const auto data = simulate(options);
  ASSERT_TRUE(data);
  std::array<int, 3> per_geometry{};
  for (const auto g : data->groups()->of_row) ++per_geometry[static_cast<std::size_t>(g)];
  EXPECT_EQ(per_geometry, (std::array<int, 3>{33, 33, 33}));
  std::set<std::int64_t> points(integers(*data, "grid_point").begin(), integers(*data, "grid_point").end());
  EXPECT_GE(points.size(), 33U);
}

// A library whose rows lie on the simulation's own channels.
DatasetPtr three_slopes(const std::vector<std::string>& names, double scale = 1.0) {
  std::vector<double> um(165);
  Matrix<float> spectra(3, um.size());
  for (std::size_t c = 0; c < um.size(); ++c) {
    um[c] = 0.9 + 1.6 * static_cast<double>(c) / 164.0;
    for (std::size_t k = 0; k < 3; ++k) {
      spectra(k, c) = static_cast<float>(scale * (0.3 + 0.15 * static_cast<double>(k) + 0.1 * um[c]));
    }
  }
  return make_library(std::move(um), WavelengthUnit::Micrometre, std::move(spectra), names);
}

TEST(CrismLab, LibraryEndmembersComeBackAtTheirOwnGeometryAndGrainSize) {
  CrismLabOptions options;
  options.spectra = 198;
  options.library = three_slopes({"Olivine KI3005", "Diopside NMNH18685", "Bytownite HS106"});
  options.angles = {{{30, 0}, {30, 0}, {45, 20}}};
  options.panel_gain = {1, 1, 1};
  ASSERT_TRUE(options.library);
  const auto data = simulate(options);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->component_names()[1], "Diopside NMNH18685");
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < 165; ++c) {
      EXPECT_NEAR(data->endmembers_by_group()[0](k, c), (*options.library->endmembers())(k, c), 1e-5);
      EXPECT_NE(data->endmembers_by_group()[2](k, c), data->endmembers_by_group()[0](k, c));
    }
  }
  EXPECT_THAT(data->provenance().attributes.at("option_library"), HasSubstr(options.library->fingerprint()));
}

TEST(CrismLab, TakesTheUsgsMinerals) {
  const auto path = shared_data("usgs_fo_di_by.h5");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing";
  const auto axis = read_hdf5(path, "wavelength");
  const auto endmembers = read_hdf5(path, "endmembers");
  const std::vector<double> um(axis.values().begin(), axis.values().end());
  CrismLabOptions options;
  options.spectra = 396;
  options.library = make_library(um, WavelengthUnit::Micrometre, endmembers,
                                 {"forsteritic olivine", "diopside", "bytownite"});
  options.angles = {{{30, 0}, {42.7, 0}, {12.7, 30}}};
  options.panel_gain = {1, 1, 1};
  ASSERT_TRUE(options.library);
  const auto data = simulate(options);
  ASSERT_TRUE(data);
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < data->channels(); ++c) {
      // The library's own channels are 10 nm wide: averaging over ours must stay close to its nearest sample.
      const double at = data->wavelength()[c];
      std::size_t nearest = 0;
      for (std::size_t i = 0; i < um.size(); ++i) {
        if (std::abs(um[i] - at) < std::abs(um[nearest] - at)) nearest = i;
      }
      EXPECT_NEAR(data->endmembers_by_group()[0](k, c), endmembers(k, nearest), 0.025) << at;
    }
  }
}

TEST(CrismLab, ResemblesTheEarlierSimulation) {
  const auto path = shared_data("crism_like.h5");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is missing";
  const auto earlier = read_hdf5(path, "endmembers_by_group");  // [3, 3 × 165]
  ASSERT_EQ(earlier.cols(), 3U * 165U);
  const auto data = simulate({});
  ASSERT_TRUE(data);
  for (std::size_t g = 0; g < 3; ++g) {
    for (std::size_t k = 0; k < 3; ++k) {
      double theirs = 0;
      double ours = 0;
      for (std::size_t c = 0; c < 165; ++c) {
        theirs += earlier(g, k * 165 + c) / 165.0;
        ours += data->endmembers_by_group()[g](k, c) / 165.0;
      }
      EXPECT_NEAR(ours, theirs, 0.08) << "geometry " << g << ", mineral " << k;
    }
  }
}

struct BadCase {
  const char* name;
  std::function<void(CrismLabOptions&)> spoil;
  const char* says;
};
void PrintTo(const BadCase& bad, std::ostream* out) {
  *out << bad.name;
}

class CrismLabRefuses : public testing::TestWithParam<BadCase> {};

TEST_P(CrismLabRefuses, WithAClearError) {
  CrismLabOptions options;
  options.spectra = 198;
  GetParam().spoil(options);
  RunControl control;
  const auto data = simulate_crism_lab(options, control);
  ASSERT_FALSE(data);
  EXPECT_FALSE(data.error().cancelled());
  EXPECT_THAT(data.error().message(), HasSubstr(GetParam().says));
  EXPECT_FALSE(data.error().where.empty());
  EXPECT_FALSE(data.error().expected.empty());
  EXPECT_FALSE(data.error().found.empty());
  EXPECT_FALSE(data.error().mend.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Options, CrismLabRefuses,
    testing::Values(
        BadCase{"NoSpectra", [](auto& o) { o.spectra = 0; }, "nothing to simulate"},
        BadCase{"OneChannel", [](auto& o) { o.channels = 1; }, "too few channels"},
        BadCase{"Huge", [](auto& o) { o.spectra = SIZE_MAX / 2; }, "too many values"},
        BadCase{"NegativeNoise", [](auto& o) { o.noise = -0.001; }, "noise"},
        BadCase{"NanNoise", [](auto& o) { o.noise = std::nan(""); }, "noise"},
        BadCase{"NegativeJitter", [](auto& o) { o.abundance_jitter = -1; }, "abundance_jitter"},
        BadCase{"EmptyRange", [](auto& o) { o.last_um = o.first_um; }, "wavelength range is empty"},
        BadCase{"Ultraviolet", [](auto& o) { o.first_um = 0.3; }, "do not reach that far"},
        BadCase{"GrainsReversed", [](auto& o) { o.grain_high_um = 50; }, "grain_high_um"},
        BadCase{"NoGrains", [](auto& o) { o.grains_per_spectrum = 0; }, "grains_per_spectrum"},
        BadCase{"GrazingLight", [](auto& o) { o.angles[1][0] = 90; }, "angles of Position 2, incidence"},
        BadCase{"NoGain", [](auto& o) { o.panel_gain[2] = 0; }, "panel_gain of Angle 2"},
        BadCase{"TooManyOutliers", [](auto& o) { o.outliers = 67; }, "at most 66"},
        BadCase{"TwoSpectra",
                [](auto& o) {
                  Matrix<float> two(2, 3, 0.4F);
                  o.library = make_library({0.8, 1.7, 2.6}, WavelengthUnit::Micrometre, two);
                },
                "no endmembers and 2 spectra"},
        BadCase{"NoOverlap",
                [](auto& o) {
                  Matrix<float> visible(3, 3, 0.4F);
                  o.library = make_library({0.4, 0.45, 0.5}, WavelengthUnit::Micrometre, visible);
                },
                "does not overlap"},
        BadCase{"OtherOrder", [](auto& o) { o.library = three_slopes({"diopside", "olivine", "bytownite"}); },
                "another order"},
        BadCase{"PerCent", [](auto& o) { o.library = three_slopes({"a", "b", "c"}, 100.0); },
                "not per cent"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace assayer
// NOLINTEND(bugprone-unchecked-optional-access)
