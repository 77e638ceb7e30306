// SPDX-License-Identifier: GPL-3.0-or-later
// Every way in which a data file can be wrong gives one message that names the place and the mend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include "core/io/importer.h"
#include "hdf5_builder.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using test::Hdf5Builder;
using test::TemporaryFolder;
using testing::HasSubstr;
using Path = const fs::path&;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> kSpectra = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
const std::vector<double> kAxis = {400, 500, 600};

Result<Imported> load(Path path) {
  RunControl control;
  return ImporterRegistry::standard().load(path, control);
}

/// 4 spectra of 3 channels with wavelengths in nm; what a case adds or replaces makes it wrong.
void add_spectra(Hdf5Builder& file) {
  file.numbers("spectra", {4, 3}, kSpectra);
}
void add_axis(Hdf5Builder& file) {
  file.numbers("wavelength", {3}, kAxis).text_attribute("wavelength", "units", "nm");
}
void add_sound(Hdf5Builder& file) {
  add_spectra(file);
  add_axis(file);
}

void write_bytes(Path path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string bytes_of_sound_file(Path path) {
  {
    Hdf5Builder file(path);
    add_sound(file);
  }
  return test::content_of(path);
}

struct Bad {
  const char* name;
  std::function<void(Path)> build;
  std::vector<const char*> says;
  Error::Kind kind = Error::Kind::Format;
};

void PrintTo(const Bad& bad, std::ostream* stream) {
  *stream << bad.name;
}

class BadFile : public testing::TestWithParam<Bad> {};

TEST_P(BadFile, IsToldInOneLineWithPlaceAndMend) {
  const TemporaryFolder folder;
  const fs::path path = folder / "bad.h5";
  GetParam().build(path);
  const auto start = std::chrono::steady_clock::now();
  const auto imported = load(path);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ASSERT_FALSE(imported);
  const std::string message = imported.error().message();
  EXPECT_EQ(imported.error().kind, GetParam().kind) << message;
  EXPECT_THAT(message, testing::StartsWith(path.string() + ": "));
  EXPECT_THAT(message, testing::Not(HasSubstr("\n")));
  EXPECT_EQ(message.find(path.string(), 1), std::string::npos) << "the path is said twice: " << message;
  EXPECT_FALSE(imported.error().mend.empty()) << message;
  for (const char* part : GetParam().says) EXPECT_THAT(message, HasSubstr(part));
  // A hostile header is seen through before anything is allocated or read.
  EXPECT_LT(seconds, 2.0);
}

Bad hdf5(const char* name, const std::function<void(Hdf5Builder&)>& build, std::vector<const char*> says,
         Error::Kind kind = Error::Kind::Format) {
  return {name,
          [build](Path path) {
            Hdf5Builder file(path);
            build(file);
          },
          std::move(says), kind};
}

hid_t chunked(std::vector<hsize_t> chunk) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
  H5Pset_deflate(properties, 4);
  return properties;
}

std::string signature_then(const std::string& rest) {
  return std::string("\x89HDF\r\n\x1a\n", 8) + rest;
}

INSTANTIATE_TEST_SUITE_P(
    Spectra, BadFile,
    testing::Values(
        hdf5("nothing_inside", [](Hdf5Builder&) {}, {"/spectra", "nothing in the file"}),
        hdf5("no_spectra", [](Hdf5Builder& f) { f.texts("data", {"a", "b"}); },
             {"no spectra", "/data text [2]", "one spectrum per row"}),
        hdf5("spectra_is_a_group",
             [](Hdf5Builder& f) {
               H5Gclose(H5Gcreate2(f.id(), "spectra", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
             },
             {"/spectra (a group)"}),
        hdf5("model_instead_of_data",
             [](Hdf5Builder& f) { f.text_attribute("/", "format", "assayer-model"); },
             {"trained model", "Open the data"}),
        hdf5("spectra_elsewhere",
             [](Hdf5Builder& f) {
               H5Lcreate_external("other.h5", "/x", f.id(), "spectra", H5P_DEFAULT, H5P_DEFAULT);
             },
             {"/spectra", "link out of this file"}),
        // Without another part of the native form they are read as other programs' files.
        hdf5("spectra_flat",
             [](Hdf5Builder& f) {
               f.numbers("spectra", {12}, kSpectra).texts("group", {"a", "b", "a", "b"});
             },
             {"/spectra", "[N, C]", "real numbers of shape [12]"}),
        hdf5("spectra_cube",
             [](Hdf5Builder& f) {
               f.numbers("spectra", {2, 2, 3}, kSpectra).numbers_attribute("/", "image_shape", {2, 2});
             },
             {"/spectra", "[2, 2, 3]", "image_shape"}),
        hdf5("spectra_scalar", [](Hdf5Builder& f) { f.numbers("spectra", {}, {1}); }, {"a single value"}),
        hdf5("spectra_text", [](Hdf5Builder& f) { f.texts("spectra", {"a", "b"}); },
             {"no spectra", "/spectra text [2]"}),
        hdf5("no_rows", [](Hdf5Builder& f) { f.numbers("spectra", {0, 3}, {}); }, {"/spectra", "[0, 3]"}),
        hdf5("one_channel", [](Hdf5Builder& f) { f.numbers("spectra", {12, 1}, kSpectra); },
             {"/spectra", "two channels", "[12, 1]"}),
        hdf5(
            "all_missing",
            [](Hdf5Builder& f) { f.numbers("spectra", {4, 3}, std::vector<double>(12, kNan)); },
            {"/spectra", "each of 4 rows", "/bad_channel"}, Error::Kind::Data),
        hdf5("never_written", [](Hdf5Builder& f) { f.numbers("spectra", {1000, 100}, {}); },
             {"/spectra", "never written", "[1000, 100]"}),
        hdf5(
            "image_shape",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers_attribute("/", "image_shape", {3, 3});
            },
            {"image_shape", "3 x 3", "4, the number of spectra"}, Error::Kind::Data),
        hdf5("image_shape_text",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.text_attribute("/", "image_shape", "2x2");
             },
             {"image_shape", "no numbers"}),
        hdf5("image_shape_negative",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers_attribute("/", "image_shape", {-2, -2});
             },
             {"image_shape", "[-2, -2]"})),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Axis, BadFile,
    testing::Values(
        hdf5("axis_length",
             [](Hdf5Builder& f) {
               add_spectra(f);
               f.numbers("wavelength", {2}, {1, 2});
             },
             {"/wavelength", "3 numbers", "/spectra [4, 3]", "[2]"}),
        hdf5("axis_of_rows",
             [](Hdf5Builder& f) {
               add_spectra(f);
               f.numbers("wavelength", {4}, {1, 2, 3, 4});
             },
             {"/wavelength", "transposed"}),
        hdf5(
            "axis_repeats",
            [](Hdf5Builder& f) {
              add_spectra(f);
              f.numbers("wavelength", {3}, {400, 500, 500}).text_attribute("wavelength", "units", "nm");
            },
            {"/wavelength", "monotonic", "500 after 500 at channel 2"}, Error::Kind::Data),
        hdf5("axis_text",
             [](Hdf5Builder& f) {
               add_spectra(f);
               f.texts("wavelength", {"a", "b", "c"});
             },
             {"/wavelength", "text of shape [3]"}),
        hdf5("axis_unit",
             [](Hdf5Builder& f) {
               add_spectra(f);
               f.numbers("wavelength", {3}, kAxis).text_attribute("wavelength", "units", "furlongs");
             },
             {"/wavelength", "units", "\"furlongs\"", "nm, um, cm-1, channel or pixel"}),
        hdf5("mask_length",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("bad_channel", {4}, {0, 0, 0, 1});
             },
             {"/bad_channel", "3 integers", "[4]"}),
        hdf5(
            "mask_all",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("bad_channel", {3}, {1, 1, 1});
            },
            {"/bad_channel", "every channel"}, Error::Kind::Data)),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Compositions, BadFile,
    testing::Values(
        hdf5("abundance_rows",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("abundance", {2, 2}, {1, 0, 0, 1});
             },
             {"/abundance", "[4, K]", "[2, 2]"}),
        hdf5("abundance_flat",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("abundance", {4}, {1, 1, 1, 1});
             },
             {"/abundance", "[4, K]", "[4]"}),
        hdf5("one_component",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("abundance", {4, 1}, {1, 1, 1, 1});
             },
             {"/abundance", "two components", "[4, 1]"}),
        hdf5(
            "one_row_off",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {1, 0, 0, 1, 0.4, 0.5, 0.5, 0.5});
            },
            {"/abundance", "row 2", "sum to one", "0.9", "Divide"}, Error::Kind::Data),
        hdf5(
            "sums_above_one",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {1, 1, 1, 0.9, 0.9, 0.5, 0.8, 0.5});
            },
            {"/abundance", "row 0", "a sum of 2"}, Error::Kind::Data),
        hdf5(
            "percentages",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {50, 50, 20, 80, 1, 99, 100, 0});
            },
            {"/abundance", "row 0", "percentages", "divide them by 100"}, Error::Kind::Data),
        // One and the same total for different compositions is a scale, not an analysis.
        hdf5(
            "scaled",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {0.9, 0, 0, 0.9, 0.4, 0.5, 0.5, 0.4});
            },
            {"/abundance", "row 0", "a sum of 0.9", "3 more rows"}, Error::Kind::Data),
        hdf5(
            "far_too_little",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {0.1, 0.1, 0.2, 0.1, 0.1, 0.15, 0.3, 0.1});
            },
            {"/abundance", "row 0", "a sum of 0.2"}, Error::Kind::Data),
        hdf5(
            "negative",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {1, 0, 1.5, -0.5, 1, 0, 1, 0});
            },
            {"/abundance", "row 1", "-0.5 for \"component 2\""}, Error::Kind::Data),
        hdf5(
            "partly_missing",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {1, 0, 1, 0, kNan, 1, 1, 0});
            },
            {"/abundance", "row 2", "NaN for \"component 1\""}, Error::Kind::Data),
        hdf5("names_count",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("abundance", {4, 2}, {1, 0, 1, 0, 1, 0, 1, 0});
               f.texts_attribute("abundance", "components", {"a", "b", "c"});
             },
             {"/abundance, attribute components", "2 names", "found 3"}),
        hdf5(
            "names_twice",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {1, 0, 1, 0, 1, 0, 1, 0});
              f.texts_attribute("abundance", "components", {"a", "a"});
            },
            {"/abundance", "\"a\" twice"}, Error::Kind::Data),
        hdf5(
            "truth_off",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance_true", {4, 2}, {1, 0, 1, 0, 1, 0, 1, 1});
            },
            {"/abundance_true", "row 3", "a sum of 2"}, Error::Kind::Data),
        hdf5("endmember_channels",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("endmembers", {2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
             },
             {"/endmembers", "C = 3", "[2, 4]", "Resample"}),
        hdf5(
            "endmember_count",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("abundance", {4, 2}, {1, 0, 1, 0, 1, 0, 1, 0});
              f.numbers("endmembers", {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
            },
            {"/endmembers", "2 rows", "[3, 3]"}, Error::Kind::Data),
        hdf5(
            "endmembers_by_no_group",
            [](Hdf5Builder& f) {
              add_sound(f);
              f.numbers("endmembers_by_group", {1, 2, 3}, {1, 2, 3, 4, 5, 6});
            },
            {"/endmembers_by_group", "1 blocks", "/group"}, Error::Kind::Data),
        hdf5("group_rows",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("group", {3}, {0, 1, 2}, H5T_NATIVE_INT);
             },
             {"/group", "4 integers", "[3]"}),
        hdf5("group_fraction",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("group", {4}, {0, 1, 1.5, 2});
             },
             {"/group", "row 2", "1.5"}),
        hdf5("group_names",
             [](Hdf5Builder& f) {
               add_sound(f);
               f.numbers("group", {4}, {0, 1, 2, 2}, H5T_NATIVE_INT).texts("group_names", {"a", "b"});
             },
             {"/group_names", "3 names", "found 2"})),
    [](const auto& instance) { return instance.param.name; });

/// Files whose header promises what the file cannot hold.
INSTANTIATE_TEST_SUITE_P(
    Hostile, BadFile,
    testing::Values(hdf5("chunks_never_written",
                         [](Hdf5Builder& f) {
                           f.numbers("spectra", {4000000000, 100000}, {}, H5T_NATIVE_FLOAT,
                                     chunked({64, 64}));
                         },
                         {"/spectra", "[4000000000, 100000]", "never written"}),
                    hdf5("size_overflows",
                         [](Hdf5Builder& f) {
                           f.numbers("spectra", {4000000000, hsize_t{1} << 62}, {}, H5T_NATIVE_FLOAT,
                                     chunked({64, 64}));
                         },
                         {"/spectra", "impossible"}),
                    hdf5("one_chunk_of_billions",
                         [](Hdf5Builder& f) {
                           f.numbers("spectra", {4000000, 100000}, {}, H5T_NATIVE_FLOAT, chunked({64, 64}));
                           const hid_t set = H5Dopen2(f.id(), "spectra", H5P_DEFAULT);
                           const std::vector<float> chunk(64 * 64, 1.0F);
                           const hsize_t start[2] = {0, 0};
                           const hsize_t count[2] = {64, 64};
                           const hid_t space = H5Dget_space(set);
                           const hid_t memory = H5Screate_simple(2, count, nullptr);
                           H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
                           H5Dwrite(set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, chunk.data());
                           H5Sclose(memory);
                           H5Sclose(space);
                           H5Dclose(set);
                         },
                         {"/spectra", "out of proportion", "[4000000, 100000]"}),
                    hdf5("wide_abundance",
                         [](Hdf5Builder& f) {
                           add_sound(f);
                           f.numbers("abundance", {4, 1000000000000}, {}, H5T_NATIVE_FLOAT, chunked({4, 64}));
                         },
                         {"/abundance", "never written"}),
                    hdf5("data_in_another_file",
                         [](Hdf5Builder& f) {
                           const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
                           H5Pset_external(properties, "/etc/hostname", 0, 48);
                           f.numbers("spectra", {4, 3}, {}, H5T_NATIVE_FLOAT, properties);
                         },
                         {"/spectra", "outside this file"})),
    [](const auto& instance) { return instance.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Bytes, BadFile,
    testing::Values(
        Bad{"text",
            [](Path p) { write_bytes(p, "wavelength,reflectance\n400,0.1\n"); },
            {"no HDF5 file", "text that begins \"wavelength,reflectance\""}},
        Bad{"zeros",
            [](Path p) { write_bytes(p, std::string(5000, '\0')); },
            {"no HDF5 file", "bytes 00 00"}},
        Bad{"zip",
            [](Path p) { write_bytes(p, std::string("PK\x03\x04") + std::string(100, 'x')); },
            {"zip archive"}},
        Bad{"signature_alone", [](Path p) { write_bytes(p, signature_then("")); }, {"truncated or damaged"}},
        Bad{"signature_and_noise",
            [](Path p) { write_bytes(p, signature_then(std::string(4096, '\xA5'))); },
            {"truncated or damaged", "HDF5's message"}},
        Bad{"truncated",
            [](Path p) {
              const std::string bytes = bytes_of_sound_file(p);
              write_bytes(p, std::string_view(bytes).substr(0, bytes.size() / 2));
            },
            {"truncated or damaged", "truncated file"}},
        Bad{"empty", [](Path p) { write_bytes(p, ""); }, {"empty", "0 bytes"}, Error::Kind::File},
        Bad{"folder", [](Path p) { fs::create_directory(p); }, {"folder"}, Error::Kind::File},
        Bad{"missing", [](Path) {}, {"no such file"}, Error::Kind::File},
        Bad{"pipe", [](Path p) { ::mkfifo(p.c_str(), 0600); }, {"no ordinary file"}, Error::Kind::File}),
    [](const auto& instance) { return instance.param.name; });

/// Drops the rights of the superuser, who may read anything, for its lifetime.
class OrdinaryUser {
 public:
  OrdinaryUser() {
    if (::geteuid() == 0) changed_ = ::seteuid(65534) == 0;
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() {
    if (changed_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool changed_ = false;
};

TEST(BadFiles, NoPermission) {
  const TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const fs::path path = folder / "locked.h5";
  bytes_of_sound_file(path);
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  Result<Imported> imported = fail(Error{});
  {
    const OrdinaryUser user;
    imported = load(path);
  }
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().kind, Error::Kind::File);
  EXPECT_THAT(imported.error().message(), HasSubstr("ermission"));
}

TEST(BadFiles, UnknownFormatListsTheKnownOnes) {
  const TemporaryFolder folder;
  write_bytes(folder / "notes.txt", "hello");
  const auto imported = load(folder / "notes.txt");
  ASSERT_FALSE(imported);
  EXPECT_EQ(imported.error().kind, Error::Kind::NotThisFormat);
  EXPECT_THAT(imported.error().message(), testing::AllOf(HasSubstr("Assayer HDF5"), HasSubstr("\"hello\"")));
}

TEST(BadFiles, CutAnywhereAFileIsRefusedOrReadWhole) {
  const TemporaryFolder folder;
  const std::string bytes = bytes_of_sound_file(folder / "whole.h5");
  for (std::size_t length = 1; length < bytes.size(); length += 37) {
    write_bytes(folder / "cut.h5", std::string_view(bytes).substr(0, length));
    const auto imported = load(folder / "cut.h5");
    ASSERT_FALSE(imported) << length;
    EXPECT_FALSE(imported.error().message().empty());
  }
}

}  // namespace
}  // namespace assayer
