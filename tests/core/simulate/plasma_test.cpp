// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/plasma.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace assayer {
namespace {

constexpr double kBoltzmannEv = 8.617333262e-5;

const AtomicLine& line_at(const std::vector<AtomicLine>& lines, std::string_view element, double air_nm) {
  const auto found = std::ranges::find_if(
      lines, [&](const AtomicLine& l) { return l.element == element && std::abs(l.air_nm - air_nm) < 1e-6; });
  EXPECT_NE(found, lines.end()) << element << " " << air_nm;
  return found == lines.end() ? lines.front() : *found;
}

TEST(AtomicLines, EveryRowIsWhole) {
  const auto lines = atomic_lines();
  EXPECT_GT(lines.size(), 300U);
  for (const AtomicLine& line : lines) {
    SCOPED_TRACE(line.species() + " " + std::to_string(line.air_nm));
    EXPECT_TRUE(atomic_mass(line.element));
    EXPECT_GT(line.air_nm, 240);
    EXPECT_LT(line.air_nm, 906);
    EXPECT_GT(line.g_a, 1e6);
    EXPECT_LT(line.g_a, 1e10);
    EXPECT_GE(line.lower_ev, 0);
    EXPECT_LT(line.upper_ev, 21);
    // hc / ΔE, to the last digit of the energies.
    const double expected = 1239.841984 / (line.upper_ev - line.lower_ev);
    EXPECT_NEAR(line.vacuum_nm, expected, line.vacuum_nm * line.vacuum_nm / 1239.84 * 1.1e-4);
  }
}

// Upper levels from the term schemes of the NIST database, eV; the table's come from lower level and
// wavelength.
TEST(AtomicLines, UpperLevelsAreThoseOfTheAtoms) {
  struct Level {
    const char* element;
    double air_nm;
    double upper_ev;
  };
  const auto lines = atomic_lines();
  for (const Level& level :
       {Level{"Si", 288.158, 5.0823},  Level{"Si", 390.552, 5.0823},  Level{"Al", 396.152, 3.1427},
        Level{"Al", 705.660, 13.0731}, Level{"Al", 263.155, 15.3084}, Level{"C", 247.856, 7.6848},
        Level{"C", 505.217, 10.1382},  Level{"Fe", 298.554, 5.8756},  Level{"Fe", 298.482, 5.823},
        Level{"Fe", 426.047, 5.308},   Level{"Mn", 261.020, 8.164},   Level{"Mn", 482.352, 4.889},
        Level{"Ti", 503.647, 3.905},   Level{"Ti", 308.802, 4.062},   Level{"Na", 588.995, 2.1044},
        Level{"K", 766.490, 1.6171},   Level{"Ca", 393.366, 3.1510},  Level{"Ca", 854.209, 3.1510},
        Level{"Mg", 279.553, 4.4338},  Level{"H", 656.279, 12.0875},  Level{"O", 777.194, 10.7409}}) {
    EXPECT_NEAR(line_at(lines, level.element, level.air_nm).upper_ev, level.upper_ev, 0.005)
        << level.element << " " << level.air_nm;
  }
}

TEST(AtomicLines, VacuumWavelengths) {
  // NIST: Na D2, Hα (centre of its fine structure), Mg II k, Ca II K.
  EXPECT_NEAR(vacuum_from_air(588.9950954), 589.1583264, 2e-5);
  EXPECT_NEAR(vacuum_from_air(656.279), 656.4602, 2e-4);
  EXPECT_NEAR(vacuum_from_air(279.5528), 279.6352, 2e-4);
  EXPECT_NEAR(vacuum_from_air(393.3663), 393.4777, 2e-4);
}

// plasma_expected.py: sums over levels, which end at 6–8 eV and so miss a little at 10000 K.
TEST(Plasma, PartitionFunctionsAgainstSumsOverLevels) {
  EXPECT_NEAR(*partition_function("Ca", 2, 5000), 2.19889, 0.005);
  EXPECT_NEAR(*partition_function("Ca", 2, 8000), 2.91668, 0.01);
  EXPECT_NEAR(*partition_function("Ca", 2, 10000), 3.55720, 0.04);
  EXPECT_NEAR(*partition_function("Si", 1, 5000), 9.45183, 0.02);
  EXPECT_NEAR(*partition_function("Si", 1, 8000), 10.46807, 0.1);
  EXPECT_NEAR(*partition_function("Si", 1, 10000), 11.07984, 0.4);
  EXPECT_NEAR(*partition_function("H", 2, 9000), 1, 1e-12);
  EXPECT_NEAR(*partition_function("Na", 2, 9000), 1, 1e-6);
  EXPECT_FALSE(partition_function("Xx", 1, 9000));
  EXPECT_FALSE(partition_function("Ca", 3, 9000));
}

TEST(Plasma, SahaRatioAgainstItsClosedForm) {
  const PlasmaState state{9000, 3e16};
  const double expected = 51.880398 * *partition_function("Ca", 2, 9000) / *partition_function("Ca", 1, 9000);
  EXPECT_NEAR(*saha_ratio("Ca", state), expected, 1e-5 * expected);
  const PlasmaState denser{9000, 6e16};
  EXPECT_NEAR(*saha_ratio("Ca", denser), expected / 2, 1e-5 * expected);
  EXPECT_FALSE(saha_ratio("Xx", state));
}

// Two lines from one upper level: their ratio is that of their g A, whatever the plasma.
TEST(Plasma, LinesOfOneUpperLevelKeepTheirRatio) {
  const auto lines = atomic_lines();
  const AtomicLine& a = line_at(lines, "Si", 288.158);
  const AtomicLine& b = line_at(lines, "Si", 390.552);
  for (const double t : {6000.0, 11000.0}) {
    const PlasmaState state{t, 1e16};
    EXPECT_NEAR(line_emission(a, state) / line_emission(b, state), a.g_a / b.g_a, 0.01 * a.g_a / b.g_a);
  }
}

TEST(Plasma, NeutralAndIonShareTheAtoms) {
  const auto lines = atomic_lines();
  const AtomicLine& neutral = line_at(lines, "Ca", 422.673);
  const AtomicLine& ion = line_at(lines, "Ca", 393.366);
  const PlasmaState state{8000, 1e17};
  const auto atoms = [&](const AtomicLine& l) {
    return line_emission(l, state) * *partition_function("Ca", l.stage, 8000) / l.g_a *
           std::exp(l.upper_ev / (kBoltzmannEv * 8000));
  };
  EXPECT_NEAR(atoms(neutral) + atoms(ion), 1, 1e-9);
  EXPECT_NEAR(atoms(ion) / atoms(neutral), *saha_ratio("Ca", state), 1e-9 * *saha_ratio("Ca", state));
}

TEST(Plasma, EscapingShareIsTheIntegralOverALorentzian) {
  EXPECT_EQ(escaping_share(0), 1);
  for (const double depth : {0.01, 1.0, 30.0, 99.0, 101.0, 5000.0}) {
    // ∫ (1 − exp(−τ / (1 + x²))) dx / (π τ) with x = tan θ.
    double sum = 0;
    constexpr int kSteps = 400000;
    for (int i = 0; i < kSteps; ++i) {
      const double theta = std::numbers::pi * ((i + 0.5) / kSteps - 0.5);
      const double cosine = std::cos(theta);
      sum += -std::expm1(-depth * cosine * cosine) / (cosine * cosine);
    }
    const double expected = sum * std::numbers::pi / kSteps / (std::numbers::pi * depth);
    EXPECT_NEAR(escaping_share(depth), expected, 1e-4 * expected) << depth;
  }
}

// σ = π e² / (m c) f over frequency: the oscillator strength of Na D2 is 0.641, g = 2.
TEST(Plasma, DepthOfASodiumLine) {
  const auto lines = atomic_lines();
  const AtomicLine& d2 = line_at(lines, "Na", 588.995);
  const PlasmaState state{5000, 1e17};
  const double neutral = 1 / (1 + *saha_ratio("Na", state));
  const double ground = 2 / *partition_function("Na", 1, 5000);
  constexpr double kAtoms = 1e12;  // per cm²
  // Over wavelength: π e² λ² / (m c²) f per cm, 8.8523e-13 cm in front.
  const double strength = 8.8523e-13 * std::pow(589.158e-7, 2) * 0.641 * kAtoms * neutral * ground;
  const double expected = strength * 2 / (std::numbers::pi * 0.01e-7);
  EXPECT_NEAR(line_depth(d2, state, kAtoms, 0.01), expected, 0.01 * expected);
}

TEST(Plasma, AtomsOfOxides) {
  const std::array<std::string, 2> formulas = {"Al2O3", "SiO2"};
  const std::array<double, 2> mass = {0.4, 0.6};
  const auto atoms = atoms_of(formulas, mass);
  ASSERT_TRUE(atoms);
  EXPECT_NEAR(atoms->at("Al"), 2 * 0.4 / 101.961, 1e-5);
  EXPECT_NEAR(atoms->at("Si"), 0.6 / 60.083, 1e-5);
  EXPECT_NEAR(atoms->at("O"), 3 * 0.4 / 101.961 + 2 * 0.6 / 60.083, 1e-5);
  const std::array<std::string, 1> wrong = {"al2O3"};
  EXPECT_FALSE(atoms_of(wrong, std::array<double, 1>{1.0}));
}

TEST(Stark, HydrogenFollowsThePublishedFits) {
  const auto lines = atomic_lines();
  const AtomicLine& alpha = line_at(lines, "H", 656.279);
  const AtomicLine& beta = line_at(lines, "H", 486.135);
  const AtomicLine& gamma = line_at(lines, "H", 434.047);
  EXPECT_NEAR(stark_width(alpha, 1e17), 1.098, 1e-9);
  EXPECT_NEAR(stark_width(beta, 1e17), 4.8, 1e-4);
  // The density that gives a width, as the fits are used: 1 nm of Hα is 8.7e16, 1 nm of Hβ is 1e16.
  EXPECT_NEAR(stark_width(alpha, 8.715e16), 1, 2e-3);
  EXPECT_NEAR(stark_width(beta, 1.0e16), 1.0, 0.01);
  // Hγ, n = 5: 5 · 4 / (4 · 3) and the square of 434.047 / 486.135.
  EXPECT_NEAR(stark_width(gamma, 1e17) / stark_width(beta, 1e17), 5.0 / 3 * 0.7972, 1e-3);
  EXPECT_NEAR(stark_width(line_at(lines, "Si", 288.158), 1e17), 0.02 * 0.9226, 1e-5);
}

TEST(Voigt, HasUnitAreaAndItsWidth) {
  for (const auto& [g, l] :
       {std::pair{0.2, 0.0}, std::pair{0.2, 0.05}, std::pair{0.1, 0.3}, std::pair{0.0, 0.2}}) {
    const VoigtProfile profile(g, l);
    EXPECT_NEAR(profile(profile.fwhm() / 2), profile(0) / 2, 1e-9 * profile(0));
    double area = 0;
    constexpr double kStep = 2e-4;
    for (int i = 0; i < 600000; ++i) area += profile(-60 + i * kStep) * kStep;
    EXPECT_NEAR(area, 1, 0.005) << g << " " << l;
    // J. J. Olivero & R. L. Longbothum 1977 (doi:10.1016/0022-4073(77)90161-3): the width to 0.02 %.
    EXPECT_NEAR(profile.fwhm(), 0.5346 * l + std::sqrt(0.2166 * l * l + g * g), 0.01 * profile.fwhm());
  }
}

TEST(Plasma, HotterFreeElectronsShineBluer) {
  const auto ratio = [](double t) { return bremsstrahlung(300, {t, 1e16}) / bremsstrahlung(800, {t, 1e16}); };
  EXPECT_GT(ratio(12000), ratio(6000));
  EXPECT_NEAR(bremsstrahlung(500, {8000, 2e16}) / bremsstrahlung(500, {8000, 1e16}), 4, 1e-9);
}

}  // namespace
}  // namespace assayer
