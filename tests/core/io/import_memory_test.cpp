// SPDX-License-Identifier: GPL-3.0-or-later
// How much memory reading takes: the spectra as float32 and little besides, as importer.h promises.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

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

/// Of /proc/self/status, in MiB; 0 where the system does not tell.
double status_of_process(std::string_view key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::stod(line.substr(key.size())) / 1024;
  return 0;
}

std::string problem_with(const Result<Imported>& imported, std::size_t rows) {
  if (!imported) return imported.error().message();
  const Dataset& data = *imported->data;
  if (data.spectra().stays_in_file()) return "the spectra stay in their file";
  if (data.rows() != rows || data.channels() != kChannels)
    return fmt::format("{} spectra of {} channels", data.rows(), data.channels());
  for (const std::size_t r : {std::size_t{0}, rows / 2, rows - 1})
    for (std::size_t c = 0; c < kChannels; ++c)
      if (data.spectra()(r, c) != value(r, c)) return fmt::format("another value at {}, {}", r, c);
  return {};
}

/// In a process of its own, whose memory nothing else has touched. What is wrong, or how much it grew at
/// most.
struct Outcome {
  std::string problem;
  double mebibytes = 0;
};

Outcome read_in_child(const fs::path& small, const fs::path& large) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return {"there is no pipe", 0};
  const pid_t child = ::fork();
  if (child < 0) return {"there is no other process", 0};
  if (child == 0) {
    std::string said;
    try {
      const auto registry = ImporterRegistry::standard();
      RunControl control;
      // The program's own pages come with the first file.
      said = problem_with(registry.load(small, control), kFewRows);
      const double before = status_of_process("VmRSS:");
      const auto imported = registry.load(large, control);
      const double growth = status_of_process("VmHWM:") - before;
      if (said.empty()) said = problem_with(imported, kManyRows);
      said = said.empty() ? fmt::format("{}", growth) : "problem: " + said;
    } catch (const std::exception& error) {
      said = std::string("problem: ") + error.what();
    }
    const auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  std::array<char, 4096> block{};
  for (ssize_t got = 0; (got = ::read(ends[0], block.data(), block.size())) != 0;) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0) said.append(block.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || said.empty()) return {"the child did not live", 0};
  if (said.starts_with("problem: ")) return {said, 0};
  return {"", std::stod(said)};
}

class ImportMemory : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer has memory of its own";
#endif
    if (status_of_process("VmHWM:") == 0) GTEST_SKIP() << "the system does not tell the memory of a process";
  }
};

TEST_P(ImportMemory, IsThatOfTheSpectraAndLittleBesides) {
  const test::TemporaryFolder folder;
  const fs::path small = folder / (std::string("small/") + GetParam());
  const fs::path large = folder / (std::string("large/") + GetParam());
  for (const auto& [path, rows] : {std::pair{small, kFewRows}, {large, kManyRows}}) {
    fs::create_directories(path.parent_path());
    ASSERT_NO_FATAL_FAILURE(write_file(path, rows));
  }
  const Outcome outcome = read_in_child(small, large);
  ASSERT_EQ(outcome.problem, "");
  const double data = static_cast<double>(kManyRows * kChannels * sizeof(float)) / kMebibyte;
  EXPECT_LT(outcome.mebibytes, kAllowed * data + kAllowedBesides);
  // Less would mean that something else was measured.
  EXPECT_GT(outcome.mebibytes, 0.8 * data);
}

INSTANTIATE_TEST_SUITE_P(Formats, ImportMemory,
                         testing::Values("even.spc", "own.spc", "data.jdx", "data.h5", "data.csv", "data.img",
                                         "data.sli", "data.mat", "data.npz", "data.npy"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace assayer
