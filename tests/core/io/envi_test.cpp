// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/io/envi_importer.h"
#include "core/io/importer.h"
#include "envi_builder.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using test::EnviBuilder;
using test::TemporaryFolder;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kImport = fs::path(ASSAYER_SHARED_DIR) / "data/import";

Result<Imported> load(const fs::path& path, const ImportOptions& options = {}) {
  RunControl control;
  return ImporterRegistry::standard().load(path, options, control);
}

template <class T>
void expect_summary(const Json& expected, const std::vector<std::size_t>& shape, std::span<const T> values) {
  ASSERT_EQ(expected.at("shape"), Json(shape));
  std::size_t middle = 0;
  for (const auto n : shape) middle = middle * n + n / 2;
  double sum = 0;
  for (const T v : values) sum += static_cast<double>(v);
  const auto [low, high] = std::ranges::minmax(values);
  const auto near = [&](double value, const char* key, double tolerance) {
    const double wanted = expected.at(key);
    EXPECT_NEAR(value, wanted, tolerance * std::max(1.0, std::abs(wanted))) << key;
  };
  near(static_cast<double>(values.front()), "first", 1e-7);
  near(static_cast<double>(values.back()), "last", 1e-7);
  near(static_cast<double>(values[middle]), "middle", 1e-7);
  near(static_cast<double>(low), "min", 1e-7);
  near(static_cast<double>(high), "max", 1e-7);
  near(sum / static_cast<double>(values.size()), "mean", 1e-9);
}

Json expected_of(const char* name) {
  std::ifstream stream(fs::path(ASSAYER_TEST_DIR) / "core/io/expected_rasters.json");
  return Json::parse(stream).at(name);
}

// --- genuine files
// ---------------------------------------------------------------------------------------------

struct Genuine {
  const char* name;
  const char* header;
  const char* data;
};

class GenuineEnvi : public testing::TestWithParam<Genuine> {};

TEST_P(GenuineEnvi, ReadsAsSpectralPythonAndGdalDo) {
  const auto& [name, header, data_file] = GetParam();
  if (!fs::exists(kImport / header)) GTEST_SKIP() << kImport / header << " is not here";
  const Json expected = expected_of(name);
  for (const auto* file : {header, data_file}) {
    const auto imported = load(kImport / file);
    ASSERT_TRUE(imported) << imported.error().message();
    const Dataset& data = *imported->data;
    expect_summary<float>(expected.at("spectra"), {data.rows(), data.channels()}, data.spectra().values());
    expect_summary<double>(expected.at("wavelength"), {data.channels()}, data.wavelength().values());
    EXPECT_EQ(data.wavelength().unit(), *parse_wavelength_unit(expected.at("units").get<std::string>()));
    EXPECT_EQ(data.provenance().path, (kImport / data_file).string());
    if (expected.contains("image_shape")) {
      ASSERT_TRUE(data.image_shape());
      EXPECT_EQ(expected.at("image_shape"), Json({data.image_shape()->rows, data.image_shape()->cols}));
    } else {
      EXPECT_FALSE(data.image_shape());
    }
    std::vector<std::size_t> bad;
    for (std::size_t c = 0; c < data.bad_channels().size(); ++c)
      if (data.bad_channels()[c] != 0) bad.push_back(c);
    EXPECT_EQ(Json(bad), expected.value("bad", Json::array()));
    if (expected.contains("names")) {
      EXPECT_EQ(Json(std::get<std::vector<std::string>>(data.find_metadata("name")->values)),
                expected.at("names"));
      EXPECT_EQ(Json(data.endmember_names()), expected.at("names"));
      EXPECT_EQ(*data.endmembers(), data.spectra());
    }
    if (expected.contains("fwhm_last")) {
      const std::string& fwhm = data.provenance().attributes.at("fwhm");
      EXPECT_EQ(std::stod(fwhm.substr(fwhm.rfind(',') + 1)), expected.at("fwhm_last"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, GenuineEnvi,
    testing::Values(Genuine{"samson", "envi/samson_1.img.hdr", "envi/samson_1.img"},
                    Genuine{"aviris_ng", "envi/ang20150420t182808_corr_v1e_img_4200-4210_70-80.hdr",
                            "envi/ang20150420t182808_corr_v1e_img_4200-4210_70-80.img"},
                    Genuine{"berlin", "envi_library/library_berlin.hdr", "envi_library/library_berlin.sli"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(GenuineEnviFolder, ATableBesideALibraryIsNotTakenForIt) {
  const auto path = kImport / "envi_library/library_berlin.json";
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not here";
  EXPECT_FALSE(EnviImporter().sniff(path, "{"));
  EXPECT_TRUE(EnviImporter().sniff(kImport / "envi_library/library_berlin.sli", "\1"));
}

// --- generated files
// -------------------------------------------------------------------------------------------

class GeneratedEnvi : public testing::Test {
 protected:
  [[nodiscard]] fs::path header() const { return folder_ / "cube.hdr"; }
  [[nodiscard]] fs::path data() const { return folder_ / "cube.img"; }
  Result<Imported> load_built(const EnviBuilder& builder, const ImportOptions& options = {}) {
    builder.write(header(), data());
    return load(header(), options);
  }
  /// Of a file with one fault.
  Error error_of(const EnviBuilder& builder) {
    auto imported = load_built(builder);
    if (imported) throw std::runtime_error("the file was read");
    EXPECT_THAT(imported.error().message(), HasSubstr("cube."));
    return imported.error();
  }
  /// The same with a line of the header replaced.
  Error error_with(const std::string& line, const std::string& by) {
    const EnviBuilder builder;
    std::string text = builder.header();
    builder.write(header(), data());
    text.replace(text.find(line), line.size(), by);
    std::ofstream(header(), std::ios::binary) << text;
    auto imported = load(header());
    if (imported) throw std::runtime_error("the file was read");
    return imported.error();
  }

  TemporaryFolder folder_;
};

TEST_F(GeneratedEnvi, EveryTypeInterleaveAndByteOrder) {
  for (const int type : {1, 2, 3, 4, 5, 12, 13, 14, 15}) {
    for (const char* interleave : {"bsq", "bil", "bip"}) {
      for (const bool big : {false, true}) {
        EnviBuilder file{.type = type, .interleave = interleave, .big_endian = big, .offset = 7};
        SCOPED_TRACE(testing::Message() << type << ' ' << interleave << (big ? " big" : " little"));
        const auto imported = load_built(file);
        ASSERT_TRUE(imported) << imported.error().message();
        const Dataset& read = *imported->data;
        ASSERT_EQ(read.rows(), 15U);
        ASSERT_EQ(read.channels(), 4U);
        for (std::size_t l = 0; l < 3; ++l)
          for (std::size_t s = 0; s < 5; ++s)
            for (std::size_t b = 0; b < 4; ++b)
              ASSERT_EQ(read.spectra()(l * 5 + s, b), static_cast<float>(file.value(l, s, b)));
        EXPECT_EQ(read.image_shape()->rows, 3U);
        EXPECT_EQ(read.image_shape()->cols, 5U);
      }
    }
  }
}

TEST_F(GeneratedEnvi, OfComplexNumbersTheMagnitude) {
  for (const int type : {6, 9}) {
    for (const char* interleave : {"bsq", "bil", "bip"}) {
      for (const bool big : {false, true}) {
        EnviBuilder file{.type = type, .interleave = interleave, .big_endian = big, .offset = 7};
        SCOPED_TRACE(testing::Message() << type << ' ' << interleave << (big ? " big" : " little"));
        const auto imported = load_built(file);
        ASSERT_TRUE(imported) << imported.error().message();
        for (std::size_t r = 0; r < 15; ++r)
          for (std::size_t b = 0; b < 4; ++b)
            ASSERT_EQ(imported->data->spectra()(r, b), static_cast<float>(5 * file.value(r / 5, r % 5, b)));
        EXPECT_THAT(imported->warnings, Contains(HasSubstr("complex numbers: their magnitudes are read")));
      }
    }
  }
  // The ignored value is a number of the file, and gains apply to the magnitude.
  EnviBuilder file{.type = 6, .interleave = "bsq"};
  file.more = "data ignore value = -1\ndata gain values = {2, 2, 2, 2}\n";
  file.write(header(), data());
  std::string bytes = file.data();
  const float fill[] = {-1, 0};
  std::memcpy(bytes.data(), fill, sizeof fill);
  std::ofstream(data(), std::ios::binary) << bytes;
  const auto imported = load(header());
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_TRUE(std::isnan(imported->data->spectra()(0, 0)));
  EXPECT_EQ(imported->data->spectra()(0, 1), 20);
}

// Larger than a tile in both directions and no multiple of it; the values exceed what small blocks would
// show.
TEST_F(GeneratedEnvi, ImagesLargerThanATile) {
  for (const char* interleave : {"bsq", "bil", "bip"}) {
    const EnviBuilder file{.lines = 7, .samples = 83, .bands = 37, .type = 3, .interleave = interleave};
    const auto imported = load_built(file);
    ASSERT_TRUE(imported) << imported.error().message();
    for (std::size_t r = 0; r < 7U * 83; ++r)
      for (std::size_t b = 0; b < 37; ++b)
        ASSERT_EQ(imported->data->spectra()(r, b), static_cast<float>(file.value(r / 83, r % 83, b)))
            << interleave;
  }
}

TEST_F(GeneratedEnvi, GainOffsetScaleAndIgnoredValue) {
  EnviBuilder file{.type = 2, .interleave = "bsq"};
  file.more =
      "data gain values = {2, 3, 4, 5}\ndata offset values = {10, 20, 30, 40}\n"
      "reflectance scale factor = 100.0\ndata ignore value = 6\n";
  const auto imported = load_built(file);
  ASSERT_TRUE(imported) << imported.error().message();
  const auto& spectra = imported->data->spectra();
  // The first pixel holds 1, 2, 3, 4; the second 5, 6 (ignored), 7, 8.
  EXPECT_FLOAT_EQ(spectra(0, 0), (1 * 2 + 10) / 100.0F);
  EXPECT_FLOAT_EQ(spectra(0, 3), (4 * 5 + 40) / 100.0F);
  EXPECT_TRUE(std::isnan(spectra(1, 1)));
  EXPECT_FLOAT_EQ(spectra(1, 2), (7 * 4 + 30) / 100.0F);
  EXPECT_FALSE(imported->data->row_is_finite(1));
  EXPECT_THAT(imported->warnings, Contains(HasSubstr("reflectance scale factor 100")));
}

TEST_F(GeneratedEnvi, AnIgnoredValueIsComparedAsTheFileHoldsIt) {
  EnviBuilder file{.bands = 2, .more = "data ignore value = -1.23e+34\n"};
  file.write(header(), data());
  std::string bytes = file.data();
  const auto fill = static_cast<float>(-1.23e34);
  std::memcpy(bytes.data(), &fill, sizeof fill);
  std::ofstream(data(), std::ios::binary) << bytes;
  const auto imported = load(header());
  ASSERT_TRUE(imported);
  EXPECT_TRUE(std::isnan(imported->data->spectra()(0, 0)));
  // 300 is no byte, hence none is ignored.
  const auto bytes_only = load_built({.type = 1, .more = "data ignore value = 300\n"});
  ASSERT_TRUE(bytes_only);
  EXPECT_TRUE(bytes_only->data->row_is_finite(10));
}

TEST_F(GeneratedEnvi, WavelengthsBadBandsAndTexts) {
  EnviBuilder file;
  file.more =
      "; a comment = {\nWavelength Units = Micrometers\nwavelength = {0.4, 0.5,\n 0.6, 0.7}\nbbl = {1, 0, 1, "
      "1.0}\n"
      "fwhm = {0.01, 0.02, 0.03, 0.04}\nband names = {a, b, c, d}\nmap info = {UTM, 1, 1}\n"
      "description = {\n two\n lines}\n";
  const auto imported = load_built(file);
  ASSERT_TRUE(imported) << imported.error().message();
  const Dataset& read = *imported->data;
  EXPECT_THAT(read.wavelength().values(), ElementsAre(0.4, 0.5, 0.6, 0.7));
  EXPECT_EQ(read.wavelength().unit(), WavelengthUnit::Micrometre);
  EXPECT_THAT(read.bad_channels(), ElementsAre(0, 1, 0, 0));
  EXPECT_EQ(read.provenance().attributes.at("fwhm"), "0.01, 0.02, 0.03, 0.04");
  EXPECT_EQ(read.provenance().attributes.at("band names"), "a, b, c, d");
  EXPECT_EQ(read.provenance().attributes.at("map info"), "UTM, 1, 1");
  EXPECT_THAT(imported->warnings, testing::IsEmpty());
}

// Ten times off, if taken for nm; and the widths of the bands are in the same unit.
TEST_F(GeneratedEnvi, WavelengthsInAngstromsAreConverted) {
  EnviBuilder file;
  file.more =
      "wavelength units = Angstroms\nwavelength = {4005, 6000, 5000, 7000}\nfwhm = {55, 50, 40, 100}\n";
  const auto imported = load_built(file);
  ASSERT_TRUE(imported) << imported.error().message();
  const Dataset& read = *imported->data;
  EXPECT_THAT(read.wavelength().values(), ElementsAre(400.5, 500, 600, 700));
  EXPECT_EQ(read.wavelength().unit(), WavelengthUnit::Nanometre);
  EXPECT_EQ(read.provenance().attributes.at("fwhm"), "5.5, 4, 5, 10");
  EXPECT_THAT(
      imported->warnings,
      ElementsAre("The header's wavelengths: 4005 to 7000 \xC3\x85 are read as 400.5 to 700 nm; the key "
                  "fwhm likewise.",
                  HasSubstr("sorted")));
  // The user knows better.
  const auto forced = load_built(file, {.roles = {}, .settings = {}, .unit = WavelengthUnit::Nanometre});
  ASSERT_TRUE(forced);
  EXPECT_EQ(forced->data->wavelength()[0], 4005);
  EXPECT_EQ(forced->data->provenance().attributes.at("fwhm"), "55, 40, 50, 100");
}

TEST_F(GeneratedEnvi, ADescendingAxisIsKeptAndSaid) {
  EnviBuilder file;
  file.more = "wavelength units = nm\nwavelength = {700, 600, 500, 400}\n";
  const auto imported = load_built(file);
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_THAT(imported->data->wavelength().values(), ElementsAre(700, 600, 500, 400));
  EXPECT_THAT(imported->data->spectra().row(0), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(imported->warnings, ElementsAre("The axis descends from 700 to 400 nm; it is kept so."));
}

// Overlapping detectors: bands are sorted, and everything that belongs to a band goes with it.
TEST_F(GeneratedEnvi, BandsOutOfOrderAreSortedWithAllThatBelongsToThem) {
  for (const char* interleave : {"bsq", "bil", "bip"}) {
    EnviBuilder file{.interleave = interleave};
    file.more =
        "wavelength units = nm\nwavelength = {400, 600, 500, 600}\nbbl = {1, 1, 0, 1}\nfwhm = {1, 2, 3, 4}\n"
        "data gain values = {1, 10, 100, 1000}\n";
    const auto imported = load_built(file);
    ASSERT_TRUE(imported) << imported.error().message();
    const Dataset& read = *imported->data;
    EXPECT_THAT(read.wavelength().values(), ElementsAre(400, 500, 600));
    EXPECT_THAT(read.spectra().row(1), ElementsAre(5, 700, 60));
    EXPECT_THAT(read.bad_channels(), ElementsAre(0, 1, 0));
    EXPECT_EQ(read.provenance().attributes.at("fwhm"), "1, 3, 2");
    EXPECT_FALSE(imported->warnings.empty());
  }
}

TEST_F(GeneratedEnvi, ListsOfTheWrongLengthAreLeftOutAndSaid) {
  EnviBuilder file;
  file.more = "wavelength = {400, 500}\nbbl = {0}\nband names = {a}\nfwhm = {1}\n";
  const auto imported = load_built(file);
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(imported->data->wavelength(), WavelengthAxis::channels(4));
  EXPECT_TRUE(imported->data->bad_channels().empty());
  for (const auto* key : {"wavelength", "bbl", "band names", "fwhm"})
    EXPECT_THAT(imported->warnings, Contains(HasSubstr(std::string("header's ") + key + " is left out")));
}

TEST_F(GeneratedEnvi, APreviewReadsTheFirstSpectraOnly) {
  for (const char* interleave : {"bsq", "bil", "bip"}) {
    EnviBuilder file{.interleave = interleave};
    const auto imported = load_built(file, {.roles = {}, .settings = {}, .unit = {}, .max_rows = 7});
    ASSERT_TRUE(imported);
    ASSERT_EQ(imported->data->rows(), 7U);
    EXPECT_FALSE(imported->data->image_shape());
    EXPECT_EQ(imported->data->spectra()(6, 3), file.value(1, 1, 3));
  }
}

TEST_F(GeneratedEnvi, FilesFindEachOther) {
  const EnviBuilder file;
  for (const auto& [head, body] :
       {std::pair{"a.img.hdr", "a.img"}, std::pair{"b.hdr", "b"}, std::pair{"c.HDR", "c.BSQ"},
        std::pair{"d.hdr", "d.dat"}, std::pair{"scan.2.hdr", "scan.2.raw"}}) {
    file.write(folder_ / head, folder_ / body);
    for (const auto* name : {head, body}) {
      const auto imported = load(folder_ / name);
      ASSERT_TRUE(imported) << name << ": " << imported.error().message();
      EXPECT_EQ(imported->data->provenance().path, (folder_ / body).string());
    }
  }
}

TEST_F(GeneratedEnvi, ALibraryWithoutNamesAndWithGaps) {
  EnviBuilder file{.lines = 6, .samples = 4, .bands = 1, .type = 5, .interleave = "bsq"};
  file.more = "file type = ENVI Spectral Library\ndata ignore value = 24\n";
  file.write(header(), folder_ / "cube.sli");
  const auto imported = load(folder_ / "cube.sli");
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(imported->data->rows(), 6U);
  EXPECT_EQ(imported->data->channels(), 4U);
  EXPECT_EQ(imported->data->spectra()(1, 2), 7);
  EXPECT_TRUE(std::isnan(imported->data->spectra()(5, 3)));
  EXPECT_FALSE(imported->data->endmembers());
  EXPECT_THAT(imported->warnings, Contains(HasSubstr("no names")));
}

// --- faults
// ----------------------------------------------------------------------------------------------------

TEST_F(GeneratedEnvi, EveryFaultHasItsOwnMessage) {
  for (const auto* key : {"samples", "lines", "bands", "data type"}) {
    const std::string line = std::string(key) + " = ";
    const Error missing = error_with(line, std::string("; ") + line);
    EXPECT_THAT(missing.message(), HasSubstr("lacks a key"));
    EXPECT_THAT(missing.message(), HasSubstr(key));
  }
  EXPECT_THAT(error_with("interleave = bip", "").message(),
              HasSubstr("expected bsq, bil or bip, found none"));
  EXPECT_THAT(error_with("interleave = bip", "interleave = tile").message(), HasSubstr("\"tile\""));
  EXPECT_THAT(error_with("data type = 4", "data type = 9").message(), HasSubstr("4 bands of 16 bytes"));
  EXPECT_THAT(error_with("data type = 4", "data type = 7").message(), HasSubstr("not known"));
  EXPECT_THAT(error_with("lines = 3", "lines = -3").message(), HasSubstr("makes no sense"));
  EXPECT_THAT(error_with("lines = 3", "lines = 0").message(), HasSubstr("makes no sense"));
  EXPECT_THAT(error_with("lines = 3", "lines = 3.5").message(), HasSubstr("\"3.5\""));
  EXPECT_THAT(error_with("byte order = 0", "byte order = 2").message(), HasSubstr("from 0 to 1"));
  EXPECT_THAT(error_with("byte order = 0", "wavelength = {1, 2").message(), HasSubstr("brace is not closed"));
  EXPECT_THAT(error_with("byte order = 0", "wavelength = {1, 2, x, 4}").message(), HasSubstr("entry 3 of 4"));
  EXPECT_THAT(error_with("byte order = 0", "file compression = 1").message(), HasSubstr("not supported"));
  EXPECT_THAT(error_with("byte order = 0", "data gain values = {1, 2}").message(),
              HasSubstr("do not match the bands"));
  EXPECT_THAT(error_with("byte order = 0", "reflectance scale factor = 0").message(),
              HasSubstr("makes no sense"));
  EXPECT_THAT(error_with("byte order = 0", "file type = ENVI Spectral Library").message(),
              HasSubstr("has one band"));
  // One band is an image, but no spectra.
  EXPECT_THAT(error_with("bands = 4", "bands = 1").message(), HasSubstr("two channels"));
}

TEST_F(GeneratedEnvi, SizesAreHeldAgainstTheFile) {
  EnviBuilder file;
  file.write(header(), data());
  fs::resize_file(data(), 239);
  EXPECT_THAT(load(header()).error().message(),
              HasSubstr("expected 240 bytes (3 lines x 5 samples x 4 bands of 4 bytes), found 239 bytes"));
  fs::resize_file(data(), 243);
  const auto longer = load(header());
  ASSERT_TRUE(longer);
  EXPECT_THAT(longer->warnings, Contains(HasSubstr("3 more bytes")));

  EXPECT_THAT(error_with("lines = 3", "lines = 100000000").message(),
              HasSubstr("shorter than its header says"));
  EXPECT_THAT(error_with("header offset = 0", "header offset = 18446744073709551615").message(),
              HasSubstr("size cannot be"));
  const std::string huge = "200000000000000";
  EXPECT_THAT(error_with("samples = 5\nlines = 3", "samples = " + huge + "\nlines = " + huge).message(),
              HasSubstr("size cannot be"));
  EXPECT_THAT(error_with("lines = 3", "lines = 99999999999999999999999").message(),
              HasSubstr("makes no sense"));
}

TEST_F(GeneratedEnvi, AHeaderWithoutDataListsWhereItLooked) {
  EnviBuilder().write(header(), data());
  fs::remove(data());
  const auto imported = load(header());
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message(), HasSubstr("cube, cube.img, cube.dat"));
}

TEST_F(GeneratedEnvi, EmptyAndBinaryHeaders) {
  std::ofstream(header()) << "ENVI\n";
  std::ofstream(data()) << "x";
  EXPECT_THAT(load(header()).error().message(), HasSubstr("header is empty"));
  std::ofstream(header()) << "ENVI\n" << std::string(100, '\0') << "\n = \n=\n\xFF = \xFE";
  EXPECT_THAT(load(header()).error().message(), HasSubstr("lacks a key"));
}

// Cut or disturbed anywhere, a header is read or refused, never more.
TEST_F(GeneratedEnvi, NoHeaderOverthrowsTheReader) {
  EnviBuilder file{.type = 2, .interleave = "bil"};
  file.more =
      "wavelength = {400, 500, 600, 700}\nbbl = {1,1,0,1}\ndata ignore value = 3\ndata gain values = "
      "{1,2,3,4}\n";
  file.write(header(), data());
  const std::string text = file.header();
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const std::string& other :
         {text.substr(0, i), text.substr(0, i) + text.substr(i + 1), text.substr(0, i) + "9" + text.substr(i),
          text.substr(0, i) + "{" + text.substr(i)}) {
      std::ofstream(header(), std::ios::binary) << other;
      const auto imported = load(header());
      if (imported) {
        EXPECT_LE(imported->data->rows() * imported->data->channels(), 60U);
      }
    }
  }
}

TEST_F(GeneratedEnvi, LoadingStopsWhenAsked) {
  EnviBuilder().write(header(), data());
  RunControl control;
  control.request_stop();
  const auto imported = ImporterRegistry::standard().load(header(), control);
  ASSERT_FALSE(imported);
  EXPECT_TRUE(imported.error().cancelled());
}

TEST_F(GeneratedEnvi, ProgressEndsAtOne) {
  EnviBuilder().write(header(), data());
  RunControl control;
  double last = 0;
  ASSERT_TRUE(ImporterRegistry::standard().load(header(), control, [&](double f, std::string_view) {
    EXPECT_GE(f, last);
    last = f;
  }));
  EXPECT_EQ(last, 1);
}

}  // namespace
}  // namespace assayer
