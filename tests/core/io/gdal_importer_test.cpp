// SPDX-License-Identifier: GPL-3.0-or-later
// Images made by GDAL's own writers (rasters/make.py), where GDAL is part of the build.
#include "core/io/gdal_importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

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
  for (const auto* name : {"descriptions.tif", "bands.cub", "plain.vic", "plain.xml", "cube.nc", "mapper.ers",
                           "esri.bil", "r.grd", "kolor.kro", "second.cub", "plain.fits", "plain.ntf",
                           "imagine.img", "erdas.lan", "reversible.jp2", "levels.grb"}) {
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

TEST_F(Rasters, APicturesNumbersAreSaidToBeColours) {
  for (const auto* name : {"picture.png", "picture.bmp"}) {
    SCOPED_TRACE(name);
    const auto imported = load(kRasters / name);
    ASSERT_TRUE(imported) << imported.error().message();
    ASSERT_EQ(imported->data->channels(), 3U);
    for (std::size_t r = 0; r < 12; ++r)
      for (std::size_t b = 0; b < 3; ++b) ASSERT_EQ(imported->data->spectra()(r, b), value(r, b));
    EXPECT_THAT(imported->warnings, Contains(HasSubstr("colours made for the eye")));
  }
}

/// An image as the Planetary Data System archived them before PDS4, label and numbers, by hand: bands one
/// behind the other. GDAL's own Python reads both forms of it to the same numbers.
class OldPlanetaryImages : public Rasters {
 protected:
  static constexpr std::size_t kRecord = 16;  // a line of four numbers
  static constexpr std::size_t kLabelRecords = 48;

  static std::string lines(const std::vector<std::string>& label) {
    std::string text;
    for (const std::string& line : label) text += line + "\r\n";
    return text;
  }
  static std::string label(const std::string& image) {
    return lines({"PDS_VERSION_ID = PDS3", "RECORD_TYPE = FIXED_LENGTH", "RECORD_BYTES = 16",
                  "^IMAGE = " + image, "OBJECT = IMAGE", "  LINES = 3", "  LINE_SAMPLES = 4", "  BANDS = 5",
                  "  BAND_STORAGE_TYPE = BAND_SEQUENTIAL", "  SAMPLE_TYPE = PC_REAL", "  SAMPLE_BITS = 32",
                  "  BAND_BIN_CENTER = (0.45, 0.55, 0.65, 0.75, 0.85)", "  BAND_BIN_UNIT = MICROMETER",
                  "END_OBJECT = IMAGE", "END"});
  }
  static std::string numbers() {
    std::string bytes;
    for (std::size_t b = 0; b < 5; ++b) {
      for (std::size_t r = 0; r < 12; ++r) {
        const float number = value(r, b);
        bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
      }
    }
    return bytes;
  }
  static void expect_image(const fs::path& path) {
    SCOPED_TRACE(path);
    const auto imported = load(path);
    ASSERT_TRUE(imported) << imported.error().message();
    const Dataset& data = *imported->data;
    EXPECT_EQ(imported->format, "GDAL raster (PDS)");
    ASSERT_EQ(data.rows(), 12U);
    ASSERT_EQ(data.channels(), 5U);
    EXPECT_EQ(data.image_shape()->rows, 3U);
    for (std::size_t r = 0; r < 12; ++r)
      for (std::size_t b = 0; b < 5; ++b) ASSERT_EQ(data.spectra()(r, b), value(r, b)) << r << ' ' << b;
    EXPECT_THAT(data.wavelength().values(), ElementsAre(0.45, 0.55, 0.65, 0.75, 0.85));
    EXPECT_EQ(data.wavelength().unit(), WavelengthUnit::Micrometre);
  }
};

TEST_F(OldPlanetaryImages, InOneFileOrWithTheirLabelBesideThem) {
  std::string one = label(std::to_string(kLabelRecords + 1));
  one.resize(kLabelRecords * kRecord, ' ');
  std::ofstream(folder_ / "one.img", std::ios::binary) << one << numbers();
  std::ofstream(folder_ / "two.lbl", std::ios::binary) << label("\"two.img\"");
  std::ofstream(folder_ / "two.img", std::ios::binary) << numbers();
  expect_image(folder_ / "one.img");
  expect_image(folder_ / "two.lbl");
}

// GDAL opens the file that such a label names with any driver that it has.
TEST_F(OldPlanetaryImages, ALabelLeadsToNoVirtualRaster) {
  fs::copy_file(kRasters / "descriptions.tif", folder_ / "there.tif");
  std::string raster = "<VRTDataset rasterXSize=\"4\" rasterYSize=\"3\">";
  for (const char band : {'1', '2', '3', '4', '5'})
    raster += std::string("<VRTRasterBand dataType=\"Float32\" band=\"") + band +
              "\"><SimpleSource><SourceFilename relativeToVRT=\"1\">there.tif</SourceFilename><SourceBand>" +
              band + "</SourceBand></SimpleSource></VRTRasterBand>";
  std::ofstream(folder_ / "virtual.vrt") << raster << "</VRTDataset>";
  const auto write_label = [this](const std::string& name) {
    std::ofstream(folder_ / "label.lbl", std::ios::binary) << lines(
        {"PDS_VERSION_ID = PDS3", "RECORD_TYPE = UNDEFINED", "OBJECT = COMPRESSED_FILE",
         "  FILE_NAME = \"" + name + "\"", "  ENCODING_TYPE = \"JP2\"", "END_OBJECT = COMPRESSED_FILE",
         "OBJECT = UNCOMPRESSED_FILE", "  FILE_NAME = \"x.img\"", "  ^IMAGE = \"x.img\"", "  OBJECT = IMAGE",
         "    LINES = 3", "    LINE_SAMPLES = 4", "    BANDS = 5", "    SAMPLE_TYPE = PC_REAL",
         "    SAMPLE_BITS = 32", "  END_OBJECT = IMAGE", "END_OBJECT = UNCOMPRESSED_FILE", "END"});
  };
  write_label("there.tif");
  const auto image = load(folder_ / "label.lbl");
  ASSERT_TRUE(image) << image.error().message();
  EXPECT_EQ(image->data->spectra()(11, 4), value(11, 4));
  write_label("virtual.vrt");
  const auto refused = load(folder_ / "label.lbl");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("virtual.vrt"));
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
  EXPECT_TRUE(importer.sniff("a", std::string_view("BM\x5A\0\0\0\0\0\0\0\x36", 11)));
  EXPECT_FALSE(importer.sniff("a", "BM"));
  EXPECT_FALSE(importer.sniff("a.csv", "BM,site,400,410\n"));
  EXPECT_TRUE(importer.sniff("a.grd", "[general]\n[data]\n"));
  EXPECT_FALSE(importer.sniff("a.ini", "[general]\nkey=1\n"));
}

TEST(GdalImporterSniff, NumbersNeedEsrisHeaderBesideThem) {
  const GdalImporter importer;
  const TemporaryFolder folder;
  std::ofstream(folder / "ours.hdr") << "nrows 3\nncols 4\nnbands 5\n";
  std::ofstream(folder / "envi.hdr") << "ENVI\nsamples = 4\nlines = 3\n";
  EXPECT_TRUE(importer.sniff(folder / "ours.bil", "1234"));
  EXPECT_FALSE(importer.sniff(folder / "ours.csv", "1234"));
  EXPECT_FALSE(importer.sniff(folder / "envi.bil", "1234"));
  EXPECT_FALSE(importer.sniff(folder / "none.bil", "1234"));
}

}  // namespace
}  // namespace assayer
