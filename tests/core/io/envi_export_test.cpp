// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/envi_exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "compare_datasets.h"
#include "core/io/envi_importer.h"
#include "envi_builder.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using test::content_of;
using test::EnviBuilder;
using test::TemporaryFolder;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

DatasetParts image(std::size_t rows, std::size_t cols, std::size_t channels) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows * cols, channels);
  for (std::size_t i = 0; i < parts.spectra.size(); ++i)
    parts.spectra.data()[i] = 0.1F * static_cast<float>(i);
  parts.spectra(1, 0) = kNan;
  std::vector<double> axis;
  axis.reserve(channels);
  for (std::size_t c = 0; c < channels; ++c) axis.push_back(0.4 + 0.1 / 3 * static_cast<double>(c));
  parts.wavelength = *WavelengthAxis::create(axis, WavelengthUnit::Micrometre);
  parts.image_shape = ImageShape{rows, cols};
  parts.bad_channels.assign(channels, 0);
  parts.bad_channels[1] = 1;
  parts.provenance.attributes = {{"map info", "UTM, 1, 2"}, {"description", "two\nlines"}};
  return parts;
}

class EnviExport : public testing::Test {
 protected:
  std::vector<std::string> write(const Dataset& data, const std::string& name,
                                 const ExportOptions& options = {}) {
    RunControl control;
    auto said = EnviExporter().write(data, folder_ / name, options, control, {});
    if (!said) throw std::runtime_error(said.error().message());
    return *std::move(said);
  }
  Imported read(const std::string& name) {
    RunControl control;
    auto imported = EnviImporter().load(folder_ / name, {}, control, {});
    if (!imported) throw std::runtime_error(imported.error().message());
    return *std::move(imported);
  }
  TemporaryFolder folder_;
};

TEST_F(EnviExport, AnImageComesBackWholeInEveryInterleave) {
  // More pixels than a tile, and lines that blocks cut.
  const auto data = *Dataset::create(image(9, 41, 35));
  for (const auto* interleave : {"bip", "bil", "bsq"}) {
    const std::string name = std::string(interleave) + "_cube.img";
    EXPECT_THAT(write(*data, name, {.overwrite = false, .settings = {{"interleave", interleave}}}),
                IsEmpty());
    const auto imported = read(name);
    const Dataset& again = *imported.data;
    test::expect_same_bits(again.spectra(), data->spectra(), interleave);
    EXPECT_EQ(again.wavelength(), data->wavelength());
    EXPECT_EQ(again.bad_channels(), data->bad_channels());
    EXPECT_EQ(again.image_shape()->rows, 9U);
    EXPECT_EQ(again.image_shape()->cols, 41U);
    EXPECT_EQ(again.provenance().attributes, data->provenance().attributes);
    EXPECT_THAT(imported.warnings, IsEmpty());
  }
}

// Byte for byte against the builder, which knows nothing of the writer.
TEST_F(EnviExport, TheBytesAreThoseOfTheFormat) {
  for (const auto* interleave : {"bip", "bil", "bsq"}) {
    const EnviBuilder builder{.interleave = interleave,
                              .big_endian = std::endian::native == std::endian::big};
    builder.write(folder_ / "in.hdr", folder_ / "in.img");
    write(*read("in.hdr").data, std::string("out.") + interleave, {.overwrite = true, .settings = {}});
    EXPECT_EQ(content_of(folder_ / (std::string("out.") + interleave)), builder.data()) << interleave;
    fs::remove(folder_ / (std::string("out.") + interleave));
  }
}

TEST_F(EnviExport, ALibraryKeepsNames) {
  DatasetParts parts = image(2, 2, 5);
  parts.spectra(1, 0) = 1;
  parts.image_shape.reset();
  parts.metadata = {{"name", std::vector<std::string>{"clay", "a {b}", "c, d", "e"}}};
  const auto data = *Dataset::create(std::move(parts));
  EXPECT_THAT(write(*data, "lib.sli"), testing::ElementsAre(HasSubstr("were replaced")));
  const auto again = read("lib.hdr").data;
  EXPECT_EQ(again->spectra(), data->spectra());
  EXPECT_EQ(again->wavelength(), data->wavelength());
  EXPECT_THAT(std::get<std::vector<std::string>>(again->find_metadata("name")->values),
              testing::ElementsAre("clay", "a (b)", "c; d", "e"));
  EXPECT_FALSE(again->image_shape());
  // What came from a library goes back without a word.
  EXPECT_THAT(write(*again, "again.sli"), IsEmpty());
  EXPECT_EQ(content_of(folder_ / "again.hdr"), content_of(folder_ / "lib.hdr"));
}

TEST_F(EnviExport, SaysWhatItCannotHold) {
  DatasetParts parts = image(2, 2, 5);
  parts.abundances = *Abundances::create(Matrix<double>(4, 2, 0.5), {"x", "y"});
  parts.groups = Groups{{0, 0, 0, 0}, {"lab"}, {3}};
  parts.metadata = {{"depth", std::vector<double>{1, 2, 3, 4}}};
  const auto data = *Dataset::create(std::move(parts));
  const auto said = write(*data, "cube.img");
  for (const auto* part : {"compositions", "groups", "metadata"})
    EXPECT_THAT(said, Contains(HasSubstr(part)));
  EXPECT_EQ(said.size(), 3U);
  EXPECT_THAT(write(*data, "lib.sli"), Contains(HasSubstr("shape of the image")));
  DatasetParts plain = image(2, 2, 5);
  plain.image_shape.reset();
  EXPECT_THAT(write(**Dataset::create(std::move(plain)), "column.img"),
              Contains(HasSubstr("one column of pixels")));
}

TEST_F(EnviExport, ReplacesOnlyWhenAllowedAndStopsWithoutATrace) {
  const auto data = *Dataset::create(image(2, 2, 5));
  write(*data, "cube.hdr");
  EXPECT_TRUE(fs::exists(folder_ / "cube.img"));
  RunControl control;
  EXPECT_FALSE(EnviExporter().write(*data, folder_ / "cube.img", {}, control, {}));
  write(*data, "cube.img", {.overwrite = true, .settings = {}});
  control.request_stop();
  const auto stopped = EnviExporter().write(*data, folder_ / "other.img", {}, control, {});
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().cancelled());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 2);
}

// A file that is too large for the memory: the same numbers, and read by tiles.
TEST_F(EnviExport, AnImageThatStaysInItsFile) {
  for (const auto* interleave : {"bip", "bil", "bsq"}) {
    for (const int type : {3, 4}) {
      const EnviBuilder builder{
          .lines = 20, .samples = 70, .bands = 37, .type = type, .interleave = interleave, .offset = 8};
      builder.write(folder_ / "big.hdr", folder_ / "big.img");
      RunControl control;
      const auto imported = EnviImporter(1000).load(folder_ / "big.hdr", {}, control, {});
      ASSERT_TRUE(imported) << imported.error().message();
      const Dataset& data = *imported->data;
      EXPECT_TRUE(data.spectra().stays_in_file());
      for (const std::size_t r : {0U, 69U, 70U, 777U, 1399U})
        for (std::size_t b = 0; b < 37; ++b)
          ASSERT_EQ(data.spectra()(r, b), static_cast<float>(builder.value(r / 70, r % 70, b)));
      EXPECT_EQ(data.fingerprint(), read("big.hdr").data->fingerprint());
      write(data, "copy.img", {.overwrite = true, .settings = {}});
      EXPECT_EQ(read("copy.img").data->fingerprint(), data.fingerprint());
    }
  }
}

}  // namespace
}  // namespace assayer
