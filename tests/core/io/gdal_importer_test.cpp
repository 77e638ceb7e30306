// SPDX-License-Identifier: GPL-3.0-or-later
// Images made by GDAL's own writers (rasters/make.py), where GDAL is part of the build.
#include "core/io/gdal_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kRasters = fs::path(ASSAYER_TEST_DIR) / "core/io/rasters";

Result<Imported> load(const fs::path& path, const ImportOptions& options = {}) {
  RunControl control;
  return ImporterRegistry::standard().load(path, options, control);
}

float value(std::size_t row, std::size_t band) {
  return static_cast<float>(row * 5 + band + 1);
}

class Rasters : public testing::Test {
 protected:
  void SetUp() override {
#ifndef ASSAYER_HAS_GDAL
    GTEST_SKIP() << "this build is without GDAL";
#endif
  }
  TemporaryFolder folder_;
};

TEST_F(Rasters, PlainNumbersOfEveryFormat) {
  for (const auto* name : {"descriptions.tif", "bands.cub", "plain.vic", "plain.xml", "cube.nc"}) {
    SCOPED_TRACE(name);
    const auto imported = load(kRasters / name);
    ASSERT_TRUE(imported) << imported.error().message();
    const Dataset& data = *imported->data;
    ASSERT_EQ(data.rows(), 12U);
    ASSERT_EQ(data.channels(), 5U);
    ASSERT_TRUE(data.image_shape());
    EXPECT_EQ(data.image_shape()->rows, 3U);
    EXPECT_EQ(data.image_shape()->cols, 4U);
    for (std::size_t r = 0; r < 12; ++r)
      for (std::size_t b = 0; b < 5; ++b) ASSERT_EQ(data.spectra()(r, b), value(r, b)) << r << ' ' << b;
    EXPECT_THAT(imported->format, HasSubstr("GDAL raster ("));
  }
}

TEST_F(Rasters, ScaleMissingValuesAndItemsOfBands) {
  const auto imported = load(kRasters / "metadata.tif");
  ASSERT_TRUE(imported) << imported.error().message();
  const Dataset& data = *imported->data;
  EXPECT_THAT(data.wavelength().values(), ElementsAre(400.5, 410.5, 420.5, 430.5, 440.5));
  EXPECT_EQ(data.wavelength().unit(), WavelengthUnit::Nanometre);
  EXPECT_TRUE(std::isnan(data.spectra()(1, 1)));
  EXPECT_EQ(data.spectra()(0, 0), 100.5F);
  EXPECT_EQ(data.spectra()(11, 4), 130.0F);
  EXPECT_THAT(imported->warnings, Contains(HasSubstr("scaled")));
}

TEST_F(Rasters, WavelengthsFromWhereTheFormatKeepsThem) {
  const auto described = load(kRasters / "descriptions.tif");
  ASSERT_TRUE(described);
  EXPECT_EQ(described->data->wavelength().unit(), WavelengthUnit::Micrometre);
  EXPECT_DOUBLE_EQ(described->data->wavelength()[4], 0.49);
  const auto isis = load(kRasters / "bands.cub");
  ASSERT_TRUE(isis);
  EXPECT_EQ(isis->data->wavelength().unit(), WavelengthUnit::Micrometre);
  EXPECT_DOUBLE_EQ(isis->data->wavelength()[3], 1.3);
  const auto netcdf = load(kRasters / "cube.nc");
  ASSERT_TRUE(netcdf);
  EXPECT_EQ(netcdf->data->wavelength().unit(), WavelengthUnit::Nanometre);
  EXPECT_DOUBLE_EQ(netcdf->data->wavelength()[4], 504.25);
  const auto none = load(kRasters / "plain.vic");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->data->wavelength(), WavelengthAxis::channels(5));
  EXPECT_FALSE(none->warnings.empty());
}

TEST_F(Rasters, AContainersArrayIsASetting) {
  RunControl control;
  const auto contents = ImporterRegistry::standard().inspect(kRasters / "cube.nc", control);
  ASSERT_TRUE(contents) << contents.error().message();
  ASSERT_EQ(contents->settings.size(), 1U);
  EXPECT_THAT(contents->settings[0].choices, ElementsAre("reflectance", "quality"));
  EXPECT_EQ(contents->settings[0].value, "reflectance");
  const ImportOptions other{.roles = {}, .settings = {{"subdataset", "quality"}}, .unit = {}};
  const auto chosen = ImporterRegistry::standard().inspect(kRasters / "cube.nc", other, control);
  ASSERT_TRUE(chosen) << chosen.error().message();
  ASSERT_EQ(chosen->settings.size(), 1U);
  EXPECT_THAT(chosen->settings[0].choices, ElementsAre("reflectance", "quality"));
  EXPECT_EQ(chosen->settings[0].value, "quality");
  const auto one_band =
      load(kRasters / "cube.nc", {.roles = {}, .settings = {{"subdataset", "quality"}}, .unit = {}});
  ASSERT_FALSE(one_band);
  EXPECT_THAT(one_band.error().message(), HasSubstr("two channels"));
}

TEST_F(Rasters, AnArrayThatTheContainerLacksIsAUsageError) {
  RunControl control;
  const auto registry = ImporterRegistry::standard();
  const ImportOptions wrong{.roles = {}, .settings = {{"subdataset", "radiance"}}, .unit = {}};
  const auto loaded = registry.load(kRasters / "cube.nc", wrong, control);
  const auto contents = registry.inspect(kRasters / "cube.nc", wrong, control);
  ASSERT_FALSE(loaded);
  ASSERT_FALSE(contents);
  EXPECT_EQ(contents.error().kind, Error::Kind::Usage);
  EXPECT_EQ(contents.error().message(), loaded.error().message());
  EXPECT_THAT(
      contents.error().message(),
      testing::AllOf(HasSubstr("subdataset"), HasSubstr("reflectance, quality"), HasSubstr("radiance")));
  // A file of one image has no such choice.
  const auto single = registry.inspect(kRasters / "metadata.tif", wrong, control);
  ASSERT_FALSE(single);
  EXPECT_EQ(single.error().kind, Error::Kind::Usage);
}

TEST_F(Rasters, OnlyAGuessedArrayNeedsAWord) {
  const auto guessed = load(kRasters / "cube.nc");
  ASSERT_TRUE(guessed) << guessed.error().message();
  EXPECT_THAT(guessed->warnings, Contains(HasSubstr("with the most bands")));
  const auto chosen =
      load(kRasters / "cube.nc", {.roles = {}, .settings = {{"subdataset", "reflectance"}}, .unit = {}});
  ASSERT_TRUE(chosen) << chosen.error().message();
  EXPECT_THAT(chosen->warnings, testing::Not(Contains(HasSubstr("with the most bands"))));
}

TEST_F(Rasters, PreviewsAndStops) {
  const auto preview =
      load(kRasters / "metadata.tif", {.roles = {}, .settings = {}, .unit = {}, .max_rows = 6});
  ASSERT_TRUE(preview);
  ASSERT_EQ(preview->data->rows(), 6U);
  EXPECT_FALSE(preview->data->image_shape());
  EXPECT_EQ(preview->data->spectra()(5, 0), 100 + 0.5F * 26);
  RunControl control;
  control.request_stop();
  const auto stopped = ImporterRegistry::standard().load(kRasters / "metadata.tif", control);
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().cancelled());
}

TEST_F(Rasters, Faults) {
  EXPECT_THAT(load(kRasters / "complex.tif").error().message(), HasSubstr("complex numbers"));
  const std::string whole = test::content_of(kRasters / "metadata.tif");
  // Cut anywhere, an image is read (its tiles come before its directory or not) or refused, and no more.
  for (std::size_t size = 4; size < whole.size(); size += 13) {
    std::ofstream(folder_ / "cut.tif", std::ios::binary) << whole.substr(0, size);
    const auto imported = load(folder_ / "cut.tif");
    if (!imported) {
      EXPECT_THAT(imported.error().message(), HasSubstr("cut.tif"));
    }
  }
  // Hostile sizes: width and height of 2^31 - 1.
  std::string huge = whole;
  for (const char tag : {'\0', '\1'}) {
    const std::string entry = {tag, '\1', '\3', '\0', '\1', '\0', '\0', '\0'};
    const auto at = huge.find(entry);
    ASSERT_NE(at, std::string::npos);
    huge.replace(at, 12,
                 std::string{tag, '\1', '\4', '\0', '\1', '\0', '\0', '\0', '\xFF', '\xFF', '\xFF', '\x7F'});
  }
  std::ofstream(folder_ / "huge.tif", std::ios::binary) << huge;
  EXPECT_FALSE(load(folder_ / "huge.tif"));
  std::ofstream(folder_ / "text.tif") << "II*";
  EXPECT_FALSE(load(folder_ / "text.tif"));
}

// A VRT can name any address; it is no driver of ours, whatever its file is called.
TEST_F(Rasters, NothingIsFetched) {
  const std::string vrt =
      "<VRTDataset rasterXSize=\"4\" rasterYSize=\"3\"><VRTRasterBand dataType=\"Byte\" "
      "band=\"1\"><SimpleSource>"
      "<SourceFilename>/vsicurl/http://127.0.0.1:1/a.tif</SourceFilename></SimpleSource></VRTRasterBand>"
      "<!-- <Product_Observational --></VRTDataset>";
  std::ofstream(folder_ / "remote.xml") << vrt;
  const auto imported = load(folder_ / "remote.xml");
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message(), HasSubstr("GDAL does not read this file"));
}

TEST(GdalImporterSniff, LooksAtTheStartOrTheName) {
  const GdalImporter importer;
  EXPECT_TRUE(importer.sniff("a", std::string_view("II*\0rest", 8)));
  EXPECT_TRUE(importer.sniff("a.nc", "\x89HDF"));
  EXPECT_TRUE(importer.sniff("a.lbl", "PDS_VERSION_ID = PDS3"));
  EXPECT_FALSE(importer.sniff("a.csv", "1,2,3"));
}

}  // namespace
}  // namespace assayer
