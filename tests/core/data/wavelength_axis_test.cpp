// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/wavelength_axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <tuple>

namespace assayer {
namespace {

using testing::HasSubstr;
using enum WavelengthUnit;

TEST(WavelengthUnit, NamesRoundTrip) {
  for (const auto unit : {Nanometre, Micrometre, InverseCentimetre, Channel, Pixel})
    EXPECT_EQ(parse_wavelength_unit(to_string(unit)), unit);
  EXPECT_EQ(axis_title(Micrometre), "Wavelength (µm)");
  EXPECT_EQ(axis_title(InverseCentimetre), "Wavenumber (1/cm)");
}

struct Spelling {
  const char* text;
  std::optional<WavelengthUnit> unit;
};

class WavelengthSpelling : public testing::TestWithParam<Spelling> {};

TEST_P(WavelengthSpelling, IsUnderstood) {
  EXPECT_EQ(parse_wavelength_unit(GetParam().text), GetParam().unit);
}

INSTANTIATE_TEST_SUITE_P(
    All, WavelengthSpelling,
    testing::Values(Spelling{"Nanometers", Nanometre}, Spelling{" NM ", Nanometre},
                    Spelling{"nanometres", Nanometre}, Spelling{"µm", Micrometre}, Spelling{"μm", Micrometre},
                    Spelling{"\xB5m", Micrometre}, Spelling{"Micrometers", Micrometre},
                    Spelling{"microns", Micrometre}, Spelling{"UM", Micrometre},
                    Spelling{"1/cm", InverseCentimetre}, Spelling{"cm^-1", InverseCentimetre},
                    Spelling{"cm⁻¹", InverseCentimetre}, Spelling{"cm−1", InverseCentimetre},
                    Spelling{"Wavenumber", InverseCentimetre}, Spelling{"Channels", Channel},
                    Spelling{"Index", Channel}, Spelling{"pixel", Pixel}, Spelling{"", std::nullopt},
                    Spelling{"furlong", std::nullopt}, Spelling{"m", std::nullopt},
                    Spelling{"Unknown", std::nullopt}));

TEST(ForeignUnit, IsKnownByItsSpellings) {
  for (const auto* text : {"Angstrom", "ANGSTROMS", "\xC3\x85", "\xE2\x84\xAB", "A\xCC\x8A", "\xC5",
                           "\xC3\x85ngstr\xC3\xB6m", " \xC3\x85 "}) {
    const auto unit = parse_foreign_unit(text, false);
    ASSERT_TRUE(unit) << text;
    EXPECT_EQ(unit->unit, Nanometre) << text;
    // To the bit, as the text "400.5" is read.
    EXPECT_EQ(unit->convert(4005), 400.5) << text;
  }
  // Words and letters that mean other things elsewhere.
  for (const auto& [text, unit, value] :
       {std::tuple{"A", Nanometre, 0.1}, std::tuple{"pm", Nanometre, 0.001},
        std::tuple{"mm", Micrometre, 1e3}, std::tuple{"Millimeters", Micrometre, 1e3},
        std::tuple{"m", Micrometre, 1e6}, std::tuple{"metres", Micrometre, 1e6}}) {
    EXPECT_FALSE(parse_foreign_unit(text, false)) << text;
    const auto found = parse_foreign_unit(text, true);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->unit, unit) << text;
    EXPECT_DOUBLE_EQ(found->convert(1), value) << text;
  }
  for (const auto* text : {"nm", "um", "cm-1", "cm", "furlong", ""})
    EXPECT_FALSE(parse_foreign_unit(text, true)) << text;
}

TEST(ForeignUnit, FrequenciesAreWavenumbers) {
  // c is 299792458 m/s by definition: 29.9792458 GHz is one wave per centimetre.
  EXPECT_DOUBLE_EQ(parse_foreign_unit("GHz", false)->convert(29.9792458), 1);
  EXPECT_DOUBLE_EQ(parse_foreign_unit("MHz", false)->convert(29979.2458), 1);
  EXPECT_DOUBLE_EQ(parse_foreign_unit("terahertz", false)->convert(2.99792458), 100);
  // 300 THz is 999.3 nm.
  const auto axis =
      WavelengthAxis::create({parse_foreign_unit("THz", false)->convert(300)}, InverseCentimetre);
  EXPECT_NEAR(axis->values_in(Nanometre)->front(), 999.308, 1e-3);
}

TEST(ForeignUnit, EnergiesAreWavenumbers) {
  // 8065.543937 cm-1 for an electronvolt, and 1239.841984 nm (CODATA 2018).
  for (const auto* text : {"eV", "EV", "electron volts"}) {
    const auto unit = parse_foreign_unit(text, false);
    ASSERT_TRUE(unit) << text;
    EXPECT_EQ(unit->unit, InverseCentimetre) << text;
    EXPECT_NEAR(unit->convert(1), 8065.543937, 1e-6) << text;
    const auto axis = WavelengthAxis::create({unit->convert(1)}, InverseCentimetre);
    EXPECT_NEAR(axis->values_in(Nanometre)->front(), 1239.841984, 1e-6) << text;
  }
  EXPECT_NEAR(parse_foreign_unit("keV", false)->convert(2), 2 * 8065543.937, 1e-3);
  EXPECT_DOUBLE_EQ(parse_foreign_unit("Hz", false)->convert(29979245800), 1);
  EXPECT_DOUBLE_EQ(parse_foreign_unit("kHz", false)->convert(29979245.8), 1);
  // A millionth of a billionth apart, and told by one capital that instruments do not heed.
  EXPECT_FALSE(parse_foreign_unit("meV", true));
  EXPECT_FALSE(parse_foreign_unit("MeV", true));
}

TEST(WavelengthAxis, TakesEitherDirection) {
  const auto rising = WavelengthAxis::create({400, 500, 700}, Nanometre);
  const auto falling = WavelengthAxis::create({4000, 1000, 400}, InverseCentimetre);
  ASSERT_TRUE(rising && falling);
  EXPECT_TRUE(rising->ascending());
  EXPECT_FALSE(falling->ascending());
  EXPECT_EQ((*rising)[1], 500);
  EXPECT_EQ(falling->unit(), InverseCentimetre);
}

TEST(WavelengthAxis, SaysWhereItStopsBeingMonotonic) {
  const auto repeated = WavelengthAxis::create({400, 500, 500, 600}, Nanometre);
  ASSERT_FALSE(repeated);
  EXPECT_THAT(repeated.error().message(), HasSubstr("500 after 500 at channel 2"));
  const auto turning = WavelengthAxis::create({700, 500, 400, 450}, Nanometre);
  ASSERT_FALSE(turning);
  EXPECT_THAT(turning.error().message(), HasSubstr("450 after 400 at channel 3"));
}

TEST(WavelengthAxis, RefusesWhatIsNoPosition) {
  EXPECT_FALSE(WavelengthAxis::create({}, Nanometre));
  const auto missing = WavelengthAxis::create({1, std::numeric_limits<double>::quiet_NaN()}, Channel);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("nan at channel 1"));
  const auto fill = WavelengthAxis::create({-9999, 1, 2}, Nanometre);
  ASSERT_FALSE(fill);
  EXPECT_THAT(fill.error().message(), HasSubstr("-9999 at channel 0"));
  // A Raman shift may be negative.
  EXPECT_TRUE(WavelengthAxis::create({-100, 0, 100}, InverseCentimetre));
}

TEST(WavelengthAxis, ConvertsBetweenSpectralUnits) {
  const auto axis = WavelengthAxis::create({500, 1000, 2500}, Nanometre);
  ASSERT_TRUE(axis);
  const auto um = axis->values_in(Micrometre);
  const auto wavenumbers = axis->values_in(InverseCentimetre);
  ASSERT_TRUE(um && wavenumbers);
  EXPECT_THAT(*um, testing::ElementsAre(0.5, 1.0, 2.5));
  EXPECT_THAT(*wavenumbers, testing::ElementsAre(20000, 10000, 4000));
  const auto back = WavelengthAxis::create(*wavenumbers, InverseCentimetre)->values_in(Nanometre);
  ASSERT_TRUE(back);
  EXPECT_THAT(*back, testing::ElementsAre(500, 1000, 2500));
}

TEST(WavelengthAxis, PositionsDoNotConvert) {
  const auto channels = WavelengthAxis::channels(3);
  EXPECT_THAT(std::vector<double>(channels.values().begin(), channels.values().end()),
              testing::ElementsAre(0, 1, 2));
  EXPECT_EQ(channels.values_in(Nanometre), std::nullopt);
  EXPECT_EQ(channels.values_in(Pixel), std::nullopt);
  EXPECT_TRUE(channels.values_in(Channel));
  EXPECT_EQ(WavelengthAxis::create({-1, 1}, InverseCentimetre)->values_in(Nanometre), std::nullopt);
}

}  // namespace
}  // namespace assayer
