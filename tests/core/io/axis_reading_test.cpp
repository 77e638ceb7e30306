// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/axis_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace assayer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum WavelengthUnit;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> axis_values(const ReadAxis& read) {
  return {read.axis.values().begin(), read.axis.values().end()};
}

TEST(AxisReading, AUnitThatIsGivenIsTakenWithoutAWord) {
  for (const auto& [text, unit] :
       {std::pair{"Nanometers", Nanometre}, std::pair{"Wavelength (\xC2\xB5m)", Micrometre},
        std::pair{"lambda [um]", Micrometre}, std::pair{"Wavenumber 1/cm", InverseCentimetre},
        std::pair{"wavenumber_cm-1", InverseCentimetre}, std::pair{"wavelength / nm", Nanometre},
        std::pair{"wavelength_nm", Nanometre}, std::pair{"Channel wavelength, nm", Nanometre},
        std::pair{"Raman shift (cm\xE2\x81\xBB\xC2\xB9)", InverseCentimetre}, std::pair{"band", Channel}}) {
    const auto read = read_axis({400, 500, 700}, {text, std::nullopt, "The wavelengths"});
    EXPECT_EQ(read.axis.unit(), unit) << text;
    EXPECT_THAT(read.warnings, IsEmpty()) << text;
  }
}

TEST(AxisReading, AUnitThatTheUserGivesWins) {
  const auto read = read_axis({400, 500, 700}, {"nm", InverseCentimetre, "The wavelengths"});
  EXPECT_EQ(read.axis.unit(), InverseCentimetre);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(AxisReading, AUnitIsGuessedAndSaid) {
  for (const auto& [values, unit] : {std::pair{std::vector<double>{0.35, 1, 2.5}, Micrometre},
                                     std::pair{std::vector<double>{8, 10, 14.5}, Micrometre},
                                     std::pair{std::vector<double>{240.8, 300, 905}, Nanometre},
                                     std::pair{std::vector<double>{350, 351, 2500}, Nanometre},
                                     std::pair{std::vector<double>{4000, 3998, 400}, InverseCentimetre},
                                     std::pair{std::vector<double>{4000, 7000, 10000}, InverseCentimetre},
                                     std::pair{std::vector<double>{-50, 200, 3200}, InverseCentimetre},
                                     std::pair{std::vector<double>{0, 1, 2}, Channel}}) {
    const auto read = read_axis(values, {"", std::nullopt, "The first column"});
    EXPECT_EQ(read.axis.unit(), unit) << values.front();
    ASSERT_EQ(read.warnings.size(), values.front() > values.back() ? 2u : 1u);
    EXPECT_THAT(read.warnings[0], HasSubstr("The first column: no unit is given"));
    EXPECT_THAT(read.warnings[0], HasSubstr(std::string(to_string(unit)) + " is assumed"));
    EXPECT_EQ(axis_values(read), values);
  }
}

TEST(AxisReading, AnUnknownUnitIsNamed) {
  const auto read = read_axis({400, 500, 700}, {"furlongs", std::nullopt, "The wavelengths"});
  EXPECT_EQ(read.axis.unit(), Nanometre);
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("\"furlongs\"")));
}

TEST(AxisReading, AForeignUnitIsConvertedAndSaid) {
  const auto read = read_axis({4005, 5000, 7000}, {"Angstroms", std::nullopt, "The wavelengths"});
  EXPECT_EQ(read.axis.unit(), Nanometre);
  EXPECT_THAT(axis_values(read), ElementsAre(400.5, 500, 700));
  EXPECT_THAT(read.warnings,
              ElementsAre("The wavelengths: 4005 to 7000 \xC3\x85 are read as 400.5 to 700 nm."));
  ASSERT_TRUE(read.converted);
  EXPECT_EQ(read.converted->convert(25), 2.5);
  const auto metres = read_axis({4e-7, 5e-7, 7e-7}, {"m", std::nullopt, "The wavelengths", "the widths"});
  EXPECT_EQ(metres.axis.unit(), Micrometre);
  EXPECT_DOUBLE_EQ(metres.axis[2], 0.7);
  EXPECT_THAT(metres.warnings, ElementsAre(HasSubstr("; the widths likewise.")));
  const auto frequencies = read_axis({300, 600, 900}, {"Frequency (GHz)", std::nullopt, "The wavelengths"});
  EXPECT_EQ(frequencies.axis.unit(), InverseCentimetre);
  EXPECT_DOUBLE_EQ(frequencies.axis[1], 600 / 29.9792458);
  EXPECT_THAT(frequencies.warnings, ElementsAre(HasSubstr("wavenumbers are proportional to frequencies")));
}

TEST(AxisReading, WhatTheUserSaysIsNotConverted) {
  const auto read = read_axis({4005, 5000, 7000}, {"Angstroms", Nanometre, "The wavelengths"});
  EXPECT_THAT(axis_values(read), ElementsAre(4005, 5000, 7000));
  EXPECT_FALSE(read.converted);
  EXPECT_THAT(read.warnings, IsEmpty());
}

TEST(AxisReading, OfAForeignUnitATitleTellsWhatIsMadeOfIt) {
  EXPECT_EQ(find_wavelength_unit("Wavelength (\xC3\x85)"), Nanometre);
  EXPECT_EQ(find_wavelength_unit("wavelength_angstrom"), Nanometre);
  EXPECT_EQ(find_wavelength_unit("Frequency [THz]"), InverseCentimetre);
  EXPECT_EQ(find_wavelength_unit("GHz or nm"), InverseCentimetre);
  // Letters that a title has for other reasons; positions on a map are in them, too.
  for (const auto* title : {"A", "Current (A)", "m", "Depth (m)", "x mm", "12 pm"})
    EXPECT_EQ(find_wavelength_unit(title), std::nullopt) << title;
}

TEST(AxisReading, EitherDirectionIsKept) {
  const auto read = read_axis({900, 800, 700}, {"nm", std::nullopt, "The wavelengths"});
  EXPECT_THAT(axis_values(read), ElementsAre(900, 800, 700));
  EXPECT_THAT(read.channels, IsEmpty());
  EXPECT_THAT(read.warnings, ElementsAre("The axis descends from 900 to 700 nm; it is kept so."));
}

TEST(AxisReading, OverlappingDetectorsAreSorted) {
  const auto read = read_axis({400, 500, 600, 550, 650}, {"nm", std::nullopt, "The wavelengths"});
  EXPECT_THAT(axis_values(read), ElementsAre(400, 500, 550, 600, 650));
  EXPECT_THAT(read.channels, ElementsAre(0, 1, 3, 2, 4));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("sorted")));
  // The direction is the file's, even where it has a wrinkle.
  EXPECT_THAT(axis_values(read_axis({650, 550, 600, 500}, {"nm", std::nullopt, "The wavelengths"})),
              ElementsAre(650, 600, 550, 500));
}

TEST(AxisReading, OfRepeatedPositionsTheFirstStays) {
  const auto read = read_axis({400, 500, 500, 600}, {"nm", std::nullopt, "The wavelengths"});
  EXPECT_THAT(axis_values(read), ElementsAre(400, 500, 600));
  EXPECT_THAT(read.channels, ElementsAre(0, 1, 3));
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("1 channel repeats")));
  const auto constant = read_axis({500, 500, 500}, {"nm", std::nullopt, "The wavelengths"});
  EXPECT_EQ(constant.axis, WavelengthAxis::channels(3));
  EXPECT_THAT(constant.channels, IsEmpty());
}

TEST(AxisReading, AFewMissingPositionsAreInterpolatedAndMasked) {
  std::vector<double> values(20);
  std::iota(values.begin(), values.end(), 400);
  values[7] = kNan;
  values[19] = -9999;
  const auto read = read_axis(values, {"nm", std::nullopt, "The wavelengths"});
  EXPECT_DOUBLE_EQ(read.axis[7], 407);
  EXPECT_DOUBLE_EQ(read.axis[19], 419);
  ASSERT_EQ(read.bad.size(), 20u);
  EXPECT_EQ(std::accumulate(read.bad.begin(), read.bad.end(), 0), 2);
  EXPECT_EQ(read.bad[7] + read.bad[19], 2);
  EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("7, 19")));
}

TEST(AxisReading, ManyMissingPositionsNumberTheChannels) {
  for (const auto& values : {std::vector<double>{400, kNan, 500, kNan}, std::vector<double>{kNan, kNan},
                             std::vector<double>{0, 0, 0}, std::vector<double>{1e308, kNan}}) {
    const auto read = read_axis(values, {"nm", std::nullopt, "The wavelengths"});
    EXPECT_EQ(read.axis, WavelengthAxis::channels(values.size()));
    EXPECT_THAT(read.warnings, ElementsAre(HasSubstr("numbered")));
  }
}

TEST(AxisReading, ExtremesNeverFail) {
  constexpr double huge = std::numeric_limits<double>::max();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const auto& values :
       {std::vector<double>{}, std::vector<double>{huge}, std::vector<double>{-huge, huge},
        std::vector<double>{infinity, -infinity, kNan}, std::vector<double>{5e-324, 0}}) {
    const auto read = read_axis(values, {"", std::nullopt, "The wavelengths"});
    EXPECT_LE(read.axis.size(), values.size());
    EXPECT_FALSE(read.warnings.empty());
  }
}

TEST(AxisReading, PickedChannelsFollowTheAxis) {
  const Matrix<float> spectra({1, 2, 3, 4, 5, 6}, 2, 3);
  const std::vector<std::size_t> channels = {2, 0};
  EXPECT_EQ(pick_channels(spectra, channels), Matrix<float>({3, 1, 6, 4}, 2, 2));
  std::vector<float> row = {1, 2, 3};
  std::vector<float> scratch;
  pick_channels(row, channels, scratch);
  EXPECT_FLOAT_EQ(row[0], 3);
  EXPECT_FLOAT_EQ(row[1], 1);
}

}  // namespace
}  // namespace assayer
