// SPDX-License-Identifier: GPL-3.0-or-later
// Every way in which files of NumPy, MATLAB, IDX, SPC, JCAMP-DX and HDF5 can be wrong gives one message that
// says what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>

#include "core/io/importer.h"
#include "hdf5_builder.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kFiles = fs::path(ASSAYER_TEST_DIR) / "core/io/container_files";

/// One generated file with one change.
struct Bad {
  const char* name;
  const char* file;
  std::function<void(std::string&)> spoil;
  std::vector<const char*> says;
  Error::Kind kind = Error::Kind::Format;
  const char* as = nullptr;  ///< another name for it
};

void PrintTo(const Bad& bad, std::ostream* stream) {
  *stream << bad.name;
}

auto replace(std::string from, std::string to) {
  return [from = std::move(from), to = std::move(to)](std::string& bytes) {
    const auto at = bytes.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    bytes.replace(at, from.size(), to);
  };
}

auto put(std::size_t at, std::string what) {
  return [at, what = std::move(what)](std::string& bytes) { bytes.replace(at, what.size(), what); };
}

auto cut(std::size_t keep) {
  return [keep](std::string& bytes) { bytes.resize(keep); };
}

/// The last `count` bytes are missing.
auto shorten(std::size_t count) {
  return [count](std::string& bytes) { bytes.resize(bytes.size() - count); };
}

void put_number(std::string& bytes, std::size_t at, std::integral auto value) {
  bytes.replace(at, sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
}

/// A directory of an SPC file that names its first subfile's place 200 times.
void lay_over_each_other(std::string& bytes) {
  constexpr std::uint32_t subfiles = 200;
  constexpr std::uint32_t first = 512;
  put_number(bytes, 4, static_cast<std::uint32_t>(bytes.size()));
  put_number(bytes, 24, subfiles);
  for (std::uint32_t i = 0; i < subfiles; ++i) {
    bytes.append(12, '\0');
    put_number(bytes, bytes.size() - 12, first);
  }
}

/// The size of the first object in a heap of HDF5: the next one is found where this one begins.
void lead_in_a_circle(std::string& bytes) {
  const std::size_t heap = bytes.find("GCOL");
  ASSERT_NE(heap, std::string::npos);
  put_number(bytes, heap + 24, -std::uint64_t{16});
}

class BadContainer : public testing::TestWithParam<Bad> {};

TEST_P(BadContainer, IsToldInOneLine) {
  const test::TemporaryFolder folder;
  const Bad& bad = GetParam();
  const fs::path path = folder / (bad.as == nullptr ? bad.file : bad.as);
  std::string bytes = test::content_of(kFiles / bad.file);
  bad.spoil(bytes);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(path, control);
  ASSERT_FALSE(imported);
  const std::string message = imported.error().message();
  EXPECT_EQ(imported.error().kind, bad.kind) << message;
  EXPECT_THAT(message, testing::StartsWith(path.string()));
  EXPECT_EQ(message.find(path.string(), 1), std::string::npos) << "the path is said twice: " << message;
  EXPECT_FALSE(imported.error().mend.empty()) << message;
  for (const char* part : bad.says) EXPECT_THAT(message, HasSubstr(part));
}

const std::string kMost(4, '\xFF');

INSTANTIATE_TEST_SUITE_P(
    NumPy, BadContainer,
    testing::Values(
        Bad{"cut_header", "fortran.npy", cut(40), {"header is damaged"}},
        Bad{"cut_data", "fortran.npy", shorten(5), {"ends too early", "float32 [4, 6]"}},
        Bad{"version", "fortran.npy", put(6, "\x09"), {"version", "1 to 3", "9"}},
        Bad{"no_shape", "fortran.npy", replace("'shape'", "'shame'"), {"header is damaged", "shape"}},
        Bad{"huge",
            "fortran.npy",
            replace("(4, 6), }    ", "(400000000, 6), }"),
            {"ends too early", "8.9 GiB"}},
        Bad{"complex", "type_le_f8.npy", replace("<f8", "<c8"), {"no spectra", "type <c8"}},
        Bad{"objects", "type_le_f8.npy", replace("<f8", "|O8"), {"no spectra"}},
        Bad{"empty", "type_le_f8.npy", replace("(4, 6)", "(0, 6)"), {"no spectra"}},
        Bad{"one_value", "type_le_f8.npy", replace("(4, 6)", "(1, 1)"), {"no spectra", "float64 [1, 1]"}},
        Bad{"zip_cut", "stored.npz", shorten(30), {"zip archive is damaged"}},
        Bad{"deflate_damaged", "deflated.npz", put(150, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), {"damaged"}}),
    [](const auto& instance) { return std::string(instance.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Matlab, BadContainer,
    testing::Values(
        Bad{"header_only", "integers.mat", cut(130), {"no spectra", "no arrays"}},
        Bad{"cut", "cube.mat", shorten(20), {"ends inside a variable"}},
        Bad{"version", "cube.mat", put(124, std::string("\0\3", 2)), {"version", "0x0300"}},
        Bad{"element_too_long",
            "cube.mat",
            put(132, std::string("\xFF\xFF\xFF\x7F", 4)),
            {"ends inside a variable"}},
        Bad{"dimension", "cube.mat", put(160, std::string("\xFF\xFF\xFF\x7F", 4)), {"larger than its data"}},
        Bad{"negative", "cube.mat", put(160, kMost), {"negative dimension"}},
        Bad{"packed_damaged", "benchmark_packed.mat", put(150, "\xFF\xFF\xFF\xFF\xFF\xFF"), {"damaged"}},
        Bad{"texts_only", "integers.mat", [](std::string& bytes) { bytes[144] = 4; }, {"no spectra"}}),
    [](const auto& instance) { return std::string(instance.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Idx, BadContainer,
    testing::Values(
        Bad{"cut", "tiny-images-idx3-ubyte", shorten(3), {"more data are declared", "[5, 2, 3]"}},
        Bad{"huge", "tiny-images-idx3-ubyte", put(4, kMost), {"more data are declared", "GiB"}},
        Bad{"empty", "tiny-images-idx3-ubyte", put(4, std::string(4, '\0')), {"the array is empty"}},
        Bad{"labels_alone",
            "tiny-labels-idx1-ubyte",
            [](std::string&) {},
            {"labels without images"},
            Error::Kind::Data}),
    [](const auto& instance) { return std::string(instance.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Spc, BadContainer,
    testing::Values(Bad{"old", "float_le.spc", put(1, "\x4D"), {"old format", "0x4D"}},
                    Bad{"short", "float_le.spc", cut(300), {"too short"}},
                    Bad{"cut", "integers32.spc", shorten(2), {"points lie outside", "subfile 1"}},
                    Bad{"huge", "float_le.spc", put(4, kMost), {"number of points is impossible"}},
                    Bad{"more_subfiles",
                        "common_x.spc",
                        put(24, std::string("\xFF\xFF\xFF\x7F", 4)),
                        {"ends too early", "subfile 4"}},
                    Bad{"no_subfiles", "common_x.spc", put(24, std::string(4, '\0')), {"no spectra"}},
                    Bad{"directory", "own_x.spc", put(4, kMost), {"directory of subfiles lies outside"}},
                    Bad{"over_each_other", "own_x.spc", lay_over_each_other, {"lie over each other"}}),
    [](const auto& instance) { return std::string(instance.param.name); });

INSTANTIATE_TEST_SUITE_P(Hdf5, BadContainer,
                         testing::Values(Bad{
                             "circle", "damaged_heap_size.h5", lead_in_a_circle, {"without end"}}),
                         [](const auto& instance) { return std::string(instance.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Jcamp, BadContainer,
    testing::Values(
        Bad{"points_missing",
            "affn.jdx",
            replace("NPOINTS= 23", "NPOINTS= 24"),
            {"NPOINTS = 24", "found 23"}},
        Bad{"points_too_many",
            "affn.jdx",
            replace("NPOINTS= 23", "NPOINTS= 20"),
            {"more values than the block declares", "line"}},
        Bad{"check", "dif.jdx", replace("17C", "17D"), {"check value", "expected 3, found 4"}},
        Bad{"sign", "sqz.jdx", replace("@ABC", "@A!C"), {"no number in any form", "line", "\"!"}},
        Bad{"no_axis",
            "affn.jdx",
            replace("##FIRSTX", "##SECONDX"),
            {"does not say where its points lie", "FIRSTX"}},
        Bad{"peaks",
            "points.dx",
            replace("##XYPOINTS", "##PEAK TABLE"),
            {"no spectrum that can be read", "PEAKTABLE"}},
        Bad{"ntuples",
            "affn.jdx",
            replace("##XYDATA", "##NTUPLES"),
            {"no spectrum that can be read", "NTUPLES"}},
        Bad{"odd_pairs", "points.dx", replace("400, 7", "400,"), {"no y"}},
        Bad{"nothing", "points.dx", cut(15), {"no spectrum"}},
        Bad{"flood", "difdup.jdx", replace("@JU", "@Z99999999"), {"more values than the block declares"}}),
    [](const auto& instance) { return std::string(instance.param.name); });

// Found by the fuzzer: 5 GiB for the channels that a header declared, in a dataset that was not the one to
// take.
TEST(BadContainers, AnHdf5HeaderThatDeclaresTooMuchIsPassedOver) {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "claims.h5";
  {
    test::Hdf5Builder file(path);
    file.numbers("data", {4, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    // Declared and never written.
    const std::array<hsize_t, 2> shape = {40, 671088680};
    const hid_t space = H5Screate_simple(2, shape.data(), nullptr);
    H5Dclose(
        H5Dcreate2(file.id(), "larger", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
  }
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(path, control);
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(imported->data->rows(), 4U);
  EXPECT_THAT(imported->warnings, testing::Contains(HasSubstr("never written")));
}

// Found by the fuzzer: the preview of a file whose first spectra lie on another axis than most.
TEST(BadContainers, APreviewHasTheAxisOfTheWhole) {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "axes.jdx";
  std::string text = test::content_of(kFiles / "affn.jdx");
  const std::string usual = text;
  const auto at = text.find("##LASTX= 32");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 11, "##LASTX= 54");
  std::ofstream(path) << text << usual << usual;
  RunControl control;
  ImportOptions options;
  options.max_rows = 1;
  const auto preview = ImporterRegistry::standard().load(path, options, control);
  ASSERT_TRUE(preview) << preview.error().message();
  EXPECT_EQ(preview->data->rows(), 1U);
  EXPECT_EQ(preview->data->wavelength().values().back(), 32);
}

// Found by fuzzing. Of sizes in a heap of texts, libhdf5 copies what one claims, or goes round in circles.
TEST(BadContainers, ADamagedHeapOfHdf5IsAnError) {
  for (const auto* name : {"damaged_heap.h5", "damaged_heap_native.h5", "damaged_heap_size.h5"}) {
    RunControl control;
    const auto imported = ImporterRegistry::standard().load(kFiles / name, control);
    ASSERT_FALSE(imported) << name;
    EXPECT_EQ(imported.error().kind, Error::Kind::Format) << imported.error().message();
    EXPECT_FALSE(imported.error().mend.empty()) << imported.error().message();
  }
}

}  // namespace
}  // namespace assayer
