// SPDX-License-Identifier: GPL-3.0-or-later
// How much memory reading takes: the spectra as float32 and little besides, as importer.h promises.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "../process_memory.h"
#include "core/io/exporter.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

constexpr std::size_t kChannels = 512;
constexpr std::size_t kManyRows = 32768;  // 64 MiB
constexpr std::size_t kFewRows = 8;
constexpr std::size_t kSomeRows = kManyRows / 4;
constexpr double kMebibyte = 1 << 20;
constexpr double kAllowed = 1.3;
constexpr double kAllowedBesides = 16;  // MiB: blocks, notes, the library's own

/// Digits, so that files of text are small.
float value(std::size_t row, std::size_t channel) {
  return static_cast<float>((row * 7 + channel * 3) % 8);
}

double position(std::size_t channel) {
  return 400 + static_cast<double>(channel);
}

void write_exported(const fs::path& path, std::size_t rows) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, kChannels);
  std::vector<double> axis(kChannels);
  for (std::size_t c = 0; c < kChannels; ++c) axis[c] = position(c);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < kChannels; ++c) parts.spectra(r, c) = value(r, c);
  parts.wavelength = *WavelengthAxis::create(std::move(axis), WavelengthUnit::Nanometre);
  RunControl control;
  const auto written =
      ExporterRegistry::standard().write(**Dataset::create(std::move(parts)), path, {}, control);
  ASSERT_TRUE(written) << written.error().message();
}

template <class T>
void put(std::string& bytes, std::size_t at, T number) {
  std::memcpy(bytes.data() + at, &number, sizeof number);
}

/// As SpcImporter's source describes them: float32 in subfiles, with x of their own or evenly spaced.
void write_spc(const fs::path& path, std::size_t rows, bool own_x) {
  constexpr char multiple = 0x04;
  constexpr auto own = static_cast<char>(0x80 | 0x40);
  constexpr auto floats = static_cast<char>(-128);
  constexpr char nanometres = 3;
  std::string head(512, '\0');
  head[0] = own_x ? static_cast<char>(multiple | own) : multiple;
  head[1] = 0x4B;
  head[3] = floats;
  if (!own_x) put(head, 4, static_cast<std::uint32_t>(kChannels));
  put(head, 8, position(0));
  put(head, 16, position(kChannels - 1));
  put(head, 24, static_cast<std::uint32_t>(rows));
  head[28] = nanometres;
  std::ofstream stream(path, std::ios::binary);
  stream << head;
  constexpr std::size_t before = 32;
  std::string subfile(before + (own_x ? 2 : 1) * kChannels * sizeof(float), '\0');
  subfile[1] = floats;
  put(subfile, 16, static_cast<std::uint32_t>(kChannels));
  for (std::size_t c = 0; own_x && c < kChannels; ++c)
    put(subfile, before + c * sizeof(float), static_cast<float>(position(c)));
  const std::size_t y = subfile.size() - kChannels * sizeof(float);
  for (std::size_t r = 0; r < rows; ++r) {
    put(subfile, 4, static_cast<float>(r));
    for (std::size_t c = 0; c < kChannels; ++c) put(subfile, y + c * sizeof(float), value(r, c));
    stream << subfile;
  }
}

void write_jcamp(const fs::path& path, std::size_t rows) {
  std::ofstream stream(path, std::ios::binary);
  for (std::size_t r = 0; r < rows; ++r) {
    std::string block = fmt::format(
        "##TITLE= spectrum {}\n##JCAMP-DX= 4.24\n##DATA TYPE= INFRARED SPECTRUM\n##ORIGIN= a test\n"
        "##XUNITS= NANOMETERS\n##YUNITS= ABSORBANCE\n##XFACTOR= 1\n##YFACTOR= 1\n##FIRSTX= {}\n##LASTX= {}\n"
        "##NPOINTS= {}\n##XYDATA= (X++(Y..Y))\n",
        r, position(0), position(kChannels - 1), kChannels);
    constexpr std::size_t per_line = 32;
    for (std::size_t c = 0; c < kChannels; ++c) {
      if (c % per_line == 0) block += fmt::format("{}{}", c == 0 ? "" : "\n", position(c));
      block += ' ';
      block += static_cast<char>('0' + static_cast<int>(value(r, c)));
    }
    stream << block << "\n##END=\n";
  }
}

void write_file(const fs::path& path, std::size_t rows) {
  const std::string name = path.filename().string();
  if (name.ends_with(".spc"))
    write_spc(path, rows, name.starts_with("own"));
  else if (name.ends_with(".jdx"))
    write_jcamp(path, rows);
  else
    write_exported(path, rows);
}

std::string problem_with(const Result<Imported>& imported, std::size_t rows) {
  if (!imported) return imported.error().message();
  const Dataset& data = *imported->data;
  if (data.spectra().stays_in_file()) return "the spectra stay in their file";
  if (data.rows() != rows || data.channels() != kChannels)
    return fmt::format("{} spectra of {} channels", data.rows(), data.channels());
  // Values repeat every eight rows, hence from one joined file to the next.
  for (const std::size_t r : {std::size_t{0}, rows / 4, rows / 2, rows - 1})
    for (std::size_t c = 0; c < kChannels; ++c)
      if (data.spectra()(r, c) != value(r, c)) return fmt::format("another value at {}, {}", r, c);
  return {};
}

using Read = std::function<Result<Imported>(const ImporterRegistry&, RunControl&)>;

test::Growth read_in_child(const fs::path& small, const Read& read, std::size_t rows) {
  return test::in_child([&]() -> test::Growth {
    const auto registry = ImporterRegistry::standard();
    RunControl control;
    // The program's own pages come with the first file.
    std::string problem = problem_with(registry.load(small, control), kFewRows);
    const double before = test::status_of_process("VmRSS:");
    const auto imported = read(registry, control);
    const double growth = test::status_of_process("VmHWM:") - before;
    if (problem.empty()) problem = problem_with(imported, rows);
    return {problem, growth};
  });
}

void expect_little_besides(const test::Growth& outcome, std::size_t rows) {
  ASSERT_EQ(outcome.problem, "");
  const double data = static_cast<double>(rows * kChannels * sizeof(float)) / kMebibyte;
  EXPECT_LT(outcome.mebibytes, kAllowed * data + kAllowedBesides);
  // Less would mean that something else was measured.
  EXPECT_GT(outcome.mebibytes, 0.8 * data);
}

class MemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = test::unmeasurable(); !why.empty()) GTEST_SKIP() << why;
  }
};

class ImportMemory : public MemoryTest, public testing::WithParamInterface<const char*> {};

TEST_P(ImportMemory, IsThatOfTheSpectraAndLittleBesides) {
  const test::TemporaryFolder folder;
  const fs::path small = folder / (std::string("small/") + GetParam());
  const fs::path large = folder / (std::string("large/") + GetParam());
  for (const auto& [path, rows] : {std::pair{small, kFewRows}, {large, kManyRows}}) {
    fs::create_directories(path.parent_path());
    ASSERT_NO_FATAL_FAILURE(write_file(path, rows));
  }
  const auto read = [&large](const ImporterRegistry& registry, RunControl& control) {
    return registry.load(large, control);
  };
  expect_little_besides(read_in_child(small, read, kManyRows), kManyRows);
}

INSTANTIATE_TEST_SUITE_P(Formats, ImportMemory,
                         testing::Values("even.spc", "own.spc", "data.jdx", "data.h5", "data.csv", "data.img",
                                         "data.sli", "data.mat", "data.npz", "data.npy"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

using JoinMemory = MemoryTest;

// Two of one size, a small one in front of larger ones, and a large one in front of small ones.
TEST_F(JoinMemory, IsThatOfTheSpectraAndLittleBesides) {
  const test::TemporaryFolder folder;
  for (const std::size_t rows : {kFewRows, kSomeRows, kManyRows})
    ASSERT_NO_FATAL_FAILURE(write_exported(folder / fmt::format("{}.h5", rows), rows));
  for (const std::vector<std::size_t>& files : {std::vector{kManyRows, kManyRows},
                                                {kSomeRows, kManyRows},
                                                {kSomeRows, kManyRows, kManyRows},
                                                {kManyRows, kSomeRows, kSomeRows}}) {
    SCOPED_TRACE(testing::PrintToString(files));
    const std::size_t rows = std::accumulate(files.begin(), files.end(), std::size_t{0});
    const auto read = [&](const ImporterRegistry& registry, RunControl& control) {
      std::vector<fs::path> paths;
      paths.reserve(files.size());
      for (const std::size_t each : files) paths.push_back(folder / fmt::format("{}.h5", each));
      return registry.load_many(paths, {}, control);
    };
    expect_little_besides(read_in_child(folder / fmt::format("{}.h5", kFewRows), read, rows), rows);
  }
}

}  // namespace
}  // namespace assayer
