// SPDX-License-Identifier: GPL-3.0-or-later
// What the writers of other makers do to JCAMP-DX; every file here is made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<Imported> load(const std::string& text) {
  const test::TemporaryFolder folder;
  const auto path = folder / "made.jdx";
  std::ofstream(path, std::ios::binary) << text;
  RunControl control;
  return ImporterRegistry::standard().load(path, control);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// Five points from 10 to 12.
std::string block(const std::string& data) {
  return "##TITLE= made up\n##JCAMP-DX= 4.24\n##DATA TYPE= INFRARED SPECTRUM\n##XUNITS= 1/CM\n"
         "##YUNITS= ABSORBANCE\n##XFACTOR= 1\n##YFACTOR= 1\n##FIRSTX= 10\n##LASTX= 12\n##NPOINTS= 5\n" +
         data + "##END=\n";
}

std::vector<float> values(const Result<Imported>& imported) {
  EXPECT_TRUE(imported) << imported.error().message();
  if (!imported) return {};
  const auto row = imported->data->spectra().row(0);
  return {row.begin(), row.end()};
}

std::vector<std::string> warnings(const Result<Imported>& imported) {
  EXPECT_TRUE(imported) << imported.error().message();
  return imported ? imported->warnings : std::vector<std::string>{};
}

const char* const kTable = "##XYDATA= (X++(Y..Y))\n";

// "E" is the packed digit 5 and the letter of exponents.
TEST(Jcamp, AnEBehindAnAbscissaWithAPointIsADigit) {
  const auto imported = load(block(std::string(kTable) + "10.0E66J1K\n11.0E79j0l\n12.0E66\n"));
  EXPECT_THAT(values(imported), ElementsAre(566, 577, 579, 569, 566));
  EXPECT_THAT(warnings(imported), IsEmpty());
  EXPECT_THAT(values(load(block(std::string(kTable) + "10.0e66e67e68\n11.5e69E70\n"))),
              ElementsAre(-566, -567, -568, -569, 570));
}

TEST(Jcamp, AnExponentMayLackItsSignWhereNothingIsPacked) {
  EXPECT_THAT(values(load(block(std::string(kTable) + "1.0E+01 1.5E3 2.5e2 1.0E-1\n11.5 4 5\n"))),
              ElementsAre(1500, 250, 0.1F, 4, 5));
  EXPECT_THAT(values(load(block("##XYPOINTS= (XY..XY)\n1E1,1E2; 10.5,2e2; 11,3; 11.5,4\n12,5E0\n"))),
              ElementsAre(100, 200, 3, 4, 5));
}

// A repetition of one behind every value, and no check behind the last.
TEST(Jcamp, AZeroForTheLastCheckIsSaid) {
  const std::string text = block(std::string(kTable) + "10A00J0SK0S\n11A30Sj0Sl0S\n12@\n");
  const auto imported = load(text);
  EXPECT_THAT(values(imported), ElementsAre(100, 110, 130, 120, 90));
  EXPECT_THAT(warnings(imported), ElementsAre(HasSubstr("0 stands where the last value, 90, is repeated")));
  for (const auto& wrong : {replaced(text, "12@", "12I1"), replaced(text, "12@", "12@J"),
                            replaced(text, "11A30S", "11@"), replaced(text, "NPOINTS= 5", "NPOINTS= 6")}) {
    const auto refused = load(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message(), HasSubstr("the check value is not the last value")) << wrong;
  }
}

// The abscissa of a line with a check is that of the value repeated, here cut off by most of a step.
TEST(Jcamp, AbscissaeOfChecksMayBeRounded) {
  const auto imported = load(block(std::string(kTable) + "10A00J0K0\n10.52A30j0l0\n12I0\n"));
  EXPECT_THAT(values(imported), ElementsAre(100, 110, 130, 120, 90));
  EXPECT_THAT(warnings(imported), IsEmpty());
  EXPECT_THAT(warnings(load(block(std::string(kTable) + "10A00J0K0\n10.2A30j0l0\n12I0\n"))),
              Contains(HasSubstr("a line begins at x = 10.2 where FIRSTX and LASTX give 11;")));
}

TEST(Jcamp, TimesAreNoWavelengths) {
  const std::string text = block(std::string(kTable) + "10 1 2 3 4 5\n");
  for (const char* unit : {"MILLISECONDS", "microseconds", "MASS UNITS", "ARBITRARY UNITS"}) {
    const auto imported = load(replaced(text, "1/CM", unit));
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_EQ(imported->data->wavelength().unit(), WavelengthUnit::Channel) << unit;
    EXPECT_EQ(imported->data->wavelength()[1], 10.5) << unit;
    EXPECT_THAT(warnings(imported), ElementsAre(HasSubstr("is no unit of a spectral axis"))) << unit;
  }
}

TEST(Jcamp, FrequenciesAndEnergiesAreWavenumbers) {
  // One wave per centimetre is 29.9792458 GHz and 1 / 8065.543937 eV; the axis is 10 to 12 here.
  const std::string text = block(std::string(kTable) + "10 1 2 3 4 5\n");
  for (const auto& [unit, first] : {std::pair{"HZ", 10 / 29979245800.0}, std::pair{"GHz", 10 / 29.9792458},
                                    std::pair{"eV", 80655.43937}}) {
    const auto imported = load(replaced(text, "1/CM", unit));
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_EQ(imported->data->wavelength().unit(), WavelengthUnit::InverseCentimetre) << unit;
    EXPECT_NEAR(imported->data->wavelength()[0], first, 1e-9 * first) << unit;
    EXPECT_THAT(warnings(imported), ElementsAre(HasSubstr("wavenumbers are proportional to"))) << unit;
  }
  // Those of a magnetic resonance are counted from the spectrometer's own frequency.
  for (const char* unit : {"HZ", "MHZ"}) {
    const auto imported = load(replaced(replaced(text, "1/CM", unit), "INFRARED SPECTRUM", "NMR SPECTRUM"));
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_EQ(imported->data->wavelength().unit(), WavelengthUnit::Channel) << unit;
    EXPECT_EQ(imported->data->wavelength()[0], 10) << unit;
    EXPECT_THAT(warnings(imported), ElementsAre(HasSubstr("is no unit of a spectral axis"))) << unit;
  }
}

// Of five positions, out of order and one twice, four stay: in every row.
TEST(Jcamp, RowsFollowTheSortedAxis) {
  const auto imported = load(block("##XYPOINTS= (XY..XY)\n10,1; 12,2; 11,3; 12,4; 13,5\n") +
                             block("##XYPOINTS= (XY..XY)\n10,6; 12,7; 11,8; 12,9; 13,10\n"));
  ASSERT_TRUE(imported) << imported.error().message();
  const Dataset& data = *imported->data;
  ASSERT_EQ(data.rows(), 2U);
  EXPECT_THAT(data.wavelength().values(), ElementsAre(10, 11, 12, 13));
  EXPECT_THAT(data.spectra().row(0), ElementsAre(1, 3, 2, 5));
  EXPECT_THAT(data.spectra().row(1), ElementsAre(6, 8, 7, 10));
}

TEST(Jcamp, PairsOfAMassSpectrumArePeaks) {
  const std::string curve = block(std::string(kTable) + "10 1 2 3 4 5\n");
  const std::string pairs = block("##XYDATA= (XY..XY)\n10,1\n11,2\n13,3\n17,4\n19,5\n");
  const std::string masses = replaced(pairs, "INFRARED SPECTRUM", "Mass Spectrum");
  const auto refused = load(masses + masses);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("no spectrum that can be read"));
  EXPECT_THAT(refused.error().message(),
              HasSubstr("XYDATA=(XY..XY) of a mass spectrum, which are its peaks"));
  EXPECT_THAT(values(load(replaced(masses, "Mass", "Continuous mass"))), ElementsAre(1, 2, 3, 4, 5));

  const auto one = load(masses + curve);
  EXPECT_THAT(values(one), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(warnings(one), ElementsAre(HasSubstr("1 block that holds no spectrum")));
  EXPECT_THAT(warnings(load(masses + curve + masses)),
              ElementsAre(HasSubstr("2 blocks that hold no spectra")));
}

TEST(Jcamp, PeaksInABlockDoNotHideItsCurve) {
  const std::string peaks = "##PEAK ASSIGNMENTS= (XYWA)\n10,1,1,<first>\n12,5,1,<last>\n";
  const std::string curve = std::string(kTable) + "10 1 2 3 4 5\n";
  EXPECT_THAT(values(load(block(peaks + curve))), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(values(load(block(curve + peaks))), ElementsAre(1, 2, 3, 4, 5));
}

TEST(Jcamp, FilesOfOtherSystems) {
  std::string text = block("##XYDATA=\t(x++(y..y))\n10 1 2 3 4 5\n");
  EXPECT_THAT(values(load("\xEF\xBB\xBF" + text)), ElementsAre(1, 2, 3, 4, 5));
  std::ranges::replace(text, '\n', '\r');
  EXPECT_THAT(values(load(text)), ElementsAre(1, 2, 3, 4, 5));
}

// Half of such a number was taken: a factor of 0 without a word.
TEST(Jcamp, ADecimalCommaIsNoPoint) {
  const std::string text = block(std::string(kTable) + "10 1 2 3 4 5\n");
  for (const auto& [from, to] : {std::pair{"YFACTOR= 1", "YFACTOR= 0,5"},
                                 {"XFACTOR= 1", "XFACTOR= x"},
                                 {"YFACTOR= 1", "YFACTOR= 0"},
                                 {"YFACTOR= 1", "YFACTOR= nan"}}) {
    const auto refused = load(replaced(text, from, to));
    ASSERT_FALSE(refused) << to;
    EXPECT_THAT(refused.error().message(), HasSubstr("a factor cannot be one")) << to;
    EXPECT_THAT(refused.error().message(), HasSubstr("found \"" + std::string(to).substr(9) + "\"")) << to;
  }
  const auto refused = load(replaced(text, "FIRSTX= 10", "FIRSTX= 10,5"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("does not say where its points lie"));
  EXPECT_THAT(refused.error().message(), HasSubstr("\"10,5\""));
  EXPECT_THAT(values(load(replaced(text, "YFACTOR= 1", "YFACTOR="))), ElementsAre(1, 2, 3, 4, 5));
}

}  // namespace
}  // namespace assayer
