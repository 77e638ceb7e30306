// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/band_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/io/dataset_writer.h"
#include "envi_builder.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using test::EnviBuilder;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path kImport = fs::path(ASSAYER_SHARED_DIR) / "data/import";

Result<ReadBands> bands_of(const fs::path& path) {
  RunControl control;
  return read_bands(path, control);
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::vector<double> positions(const ReadBands& read) {
  return {read.bands.axis.values().begin(), read.bands.axis.values().end()};
}

TEST(BandFile, AGenuineHeaderTellsBandsWithAndWithoutItsData) {
  const fs::path header = kImport / "envi/ang20150420t182808_corr_v1e_img_4200-4210_70-80.hdr";
  if (!fs::exists(header)) GTEST_SKIP() << header << " is not here";
  const TemporaryFolder folder;
  fs::copy_file(header, folder / "sensor.hdr");
  for (const fs::path& path : {header, fs::path(header).replace_extension(".img"), folder / "sensor.hdr"}) {
    SCOPED_TRACE(path);
    const auto read = bands_of(path);
    ASSERT_TRUE(read) << read.error().message();
    // As they stand in the file.
    EXPECT_EQ(read->bands.axis.unit(), WavelengthUnit::Nanometre);
    ASSERT_EQ(read->bands.axis.size(), 432U);
    EXPECT_EQ(read->bands.axis[0], 346.2995778);
    EXPECT_EQ(read->bands.axis[431], 2505.0363678);
    ASSERT_EQ(read->bands.fwhm.size(), 432U);
    EXPECT_EQ(read->bands.fwhm[0], 5.55165);
    EXPECT_EQ(read->bands.fwhm[1], 5.55524);
    EXPECT_EQ(read->bands.fwhm[431], 6.02852);
  }
}

TEST(BandFile, AGenuineLibraryIsASensorToo) {
  const fs::path header = kImport / "envi_library/library_berlin.hdr";
  if (!fs::exists(header)) GTEST_SKIP() << header << " is not here";
  const auto read = bands_of(header);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->bands.axis.unit(), WavelengthUnit::Micrometre);
  ASSERT_EQ(read->bands.axis.size(), 177U);
  EXPECT_EQ(read->bands.axis[0], 0.46);
  EXPECT_EQ(read->bands.axis[176], 2.409);
  EXPECT_EQ(read->bands.fwhm.at(0), 0.0058);
  EXPECT_EQ(read->bands.fwhm.at(176), 0.0091);
}

TEST(BandFile, WidthsGoWithTheirBandsAndUnits) {
  const TemporaryFolder folder;
  EnviBuilder builder;
  builder.more =
      "wavelength units = Angstroms\nwavelength = {4005, 6000, 5000, 7000}\nfwhm = {55, 50, 40, 100}\n";
  write(folder / "alone.hdr", builder.header());
  builder.write(folder / "whole.hdr", folder / "whole.img");
  for (const char* name : {"alone.hdr", "whole.img"}) {
    const auto read = bands_of(folder / name);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_THAT(positions(*read), ElementsAre(400.5, 500, 600, 700)) << name;
    EXPECT_THAT(read->bands.fwhm, ElementsAre(5.5, 4, 5, 10)) << name;
    EXPECT_FALSE(read->warnings.empty());
  }
}

TEST(BandFile, WidthsThatAreNotThereAreNotInvented) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& widths) {
    EnviBuilder builder;
    builder.more = "wavelength units = nm\nwavelength = {400, 500, 600, 700}\n" + widths;
    write(folder / "sensor.hdr", builder.header());
    auto bands = bands_of(folder / "sensor.hdr");
    EXPECT_TRUE(bands) << bands.error().message();
    return bands.value_or(ReadBands{});
  };
  EXPECT_THAT(read("").bands.fwhm, IsEmpty());
  EXPECT_THAT(read("").warnings, IsEmpty());
  EXPECT_THAT(read("fwhm = {0, 0, 0, 0}\n").bands.fwhm, IsEmpty());
  EXPECT_THAT(read("fwhm = {5, -1, 0, 6}\n").bands.fwhm, ElementsAre(5, 0, 0, 6));
  EXPECT_THAT(read("fwhm = {5, -1, 0, 6}\n").warnings, ElementsAre(HasSubstr("no fwhm for 2 of 4")));
  for (const char* wrong : {"fwhm = {5}\n", "fwhm = {5, 5, 5, wide}\n"}) {
    EXPECT_THAT(read(wrong).bands.fwhm, IsEmpty()) << wrong;
    EXPECT_THAT(read(wrong).warnings, ElementsAre(HasSubstr("fwhm is left out"))) << wrong;
  }
}

TEST(BandFile, OtherFormatsTellWhatTheyHave) {
  const TemporaryFolder folder;
  DatasetParts parts;
  parts.spectra = Matrix<float>(3, 2, 0.5F);
  parts.wavelength = *WavelengthAxis::create({1.25, 0.75}, WavelengthUnit::Micrometre);
  parts.provenance.attributes["fwhm"] = "0.02, 0.01";
  const auto data = Dataset::create(parts);
  ASSERT_TRUE(data) << data.error().message();
  ASSERT_TRUE(write_dataset(**data, folder / "native.h5", false));
  const auto native = bands_of(folder / "native.h5");
  ASSERT_TRUE(native) << native.error().message();
  EXPECT_THAT(positions(*native), ElementsAre(1.25, 0.75));
  EXPECT_THAT(native->bands.fwhm, ElementsAre(0.02, 0.01));

  write(folder / "table.csv", "sample,400.5,500,600\na,0.1,0.2,0.3\nb,0.3,0.2,0.1\n");
  const auto table = bands_of(folder / "table.csv");
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_THAT(positions(*table), ElementsAre(400.5, 500, 600));
  EXPECT_THAT(table->bands.fwhm, IsEmpty());
  EXPECT_EQ(table->bands.axis.unit(), WavelengthUnit::Nanometre);
}

TEST(BandFile, FilesThatAreNoSensorSayWhy) {
  const TemporaryFolder folder;
  const auto why = [&](const std::string& name) {
    const auto read = bands_of(folder / name);
    EXPECT_FALSE(read) << name;
    return read ? std::string() : read.error().message();
  };
  EXPECT_THAT(why("absent.hdr"), HasSubstr("absent.hdr"));
  EnviBuilder builder;
  write(folder / "bare.hdr", builder.header());
  EXPECT_THAT(why("bare.hdr"), HasSubstr("no wavelengths"));
  builder.write(folder / "bare.hdr", folder / "bare.img");
  EXPECT_THAT(why("bare.img"), HasSubstr("no wavelengths"));
  builder.more = "wavelength = {400, 500, 600}\n";
  write(folder / "short.hdr", builder.header());
  EXPECT_THAT(why("short.hdr"), HasSubstr("4 numbers, as bands tells, found 3"));
  builder.more = "wavelength = {400, 500, 600, red}\n";
  write(folder / "words.hdr", builder.header());
  EXPECT_THAT(why("words.hdr"), HasSubstr("words.hdr"));
}

}  // namespace
}  // namespace assayer
