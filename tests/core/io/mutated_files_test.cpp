// SPDX-License-Identifier: GPL-3.0-or-later
// Damaged files of every format that this build reads: whatever the bytes, an importer answers with a data
// set or with one error, soon and without much memory. Seeded, so that every run tries the same files; the
// longer search is packaging/fuzz.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/base/random.h"
#include "core/io/exporter.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;

constexpr int kMutations = 60;
constexpr double kLongest = 5;            // seconds for one file, on a busy machine
constexpr long kMostKibibytes = 600'000;  // growth of the whole test's memory

std::string mutated(std::string bytes, Random& random) {
  const std::size_t changes = 1 + random.below(8);
  for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
    // Headers decide most, so half of the changes hit the first kilobyte.
    const std::size_t span = random.below(2) == 0 ? std::min<std::size_t>(bytes.size(), 1024) : bytes.size();
    const std::size_t at = random.below(span);
    switch (random.below(7)) {
      case 0:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 2:  // a length that claims much
        for (std::size_t k = 0; k < 4 && at + k < bytes.size(); ++k) bytes[at + k] = '\xFF';
        break;
      case 3:
        for (std::size_t k = 0; k < 4 && at + k < bytes.size(); ++k) bytes[at + k] = '\0';
        break;
      case 4:
        bytes.resize(at);
        break;
      case 5:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(64)));
        break;
      default:
        bytes.erase(at, 1 + random.below(16));
        break;
    }
  }
  return bytes;
}

void write_bytes(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

long peak_kibibytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// Small files of every format: the generated ones, and one from every exporter.
class Seeds {
 public:
  Seeds() {
    for (const auto& entry : fs::directory_iterator(fs::path(ASSAYER_TEST_DIR) / "core/io/container_files"))
      seeds_.push_back(entry.path());
    DatasetParts parts;
    parts.spectra = Matrix<float>(6, 5, 0.5F);
    for (std::size_t i = 0; i < 30; ++i) parts.spectra.data()[i] = static_cast<float>(i);
    parts.wavelength = *WavelengthAxis::create({400, 500, 600, 700, 800}, WavelengthUnit::Nanometre);
    parts.image_shape = ImageShape{2, 3};
    Matrix<double> mixed(6, 2, 0.5);
    parts.abundances = *Abundances::create(mixed, {"a", "b"});
    const auto data = *Dataset::create(std::move(parts));
    const auto registry = ExporterRegistry::standard();
    for (const auto& exporter : registry.exporters()) {
      const fs::path path = folder_ / ("seed" + exporter->extensions().front());
      RunControl control;
      if (exporter->write(*data, path, {}, control, {})) seeds_.push_back(path);
    }
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      if (std::ranges::find(seeds_, entry.path()) == seeds_.end()) seeds_.push_back(entry.path());
    std::ranges::sort(seeds_);
  }
  [[nodiscard]] const std::vector<fs::path>& paths() const { return seeds_; }

 private:
  test::TemporaryFolder folder_;
  std::vector<fs::path> seeds_;
};

TEST(MutatedFiles, AreReadOrRefusedSoonAndSmall) {
  const Seeds seeds;
  const test::TemporaryFolder folder;
  const auto registry = ImporterRegistry::standard();
  Random random(2026);
  const long before = peak_kibibytes();
  std::map<std::string, int> outcomes;
  for (const fs::path& seed : seeds.paths()) {
    const std::string bytes = test::content_of(seed);
    // Text headers name their data; these stand beside them.
    for (const auto& entry : fs::directory_iterator(seed.parent_path())) {
      const bool partner = entry.path().stem() == seed.stem() && entry.path() != seed;
      if (partner)
        fs::copy_file(entry.path(), folder / entry.path().filename().string(),
                      fs::copy_options::overwrite_existing);
    }
    for (int i = 0; i < kMutations; ++i) {
      const fs::path path = folder / seed.filename().string();
      write_bytes(path, mutated(bytes, random));
      RunControl control;
      ImportOptions options;
      if (i % 4 == 1) options.max_rows = 2;
      const auto start = std::chrono::steady_clock::now();
      const auto contents = registry.inspect(path, control);
      const auto imported = registry.load(path, options, control);
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      EXPECT_LT(seconds, kLongest) << seed << " mutation " << i;
      for (const Error* error :
           {contents ? nullptr : &contents.error(), imported ? nullptr : &imported.error()}) {
        if (error == nullptr) continue;
        EXPECT_FALSE(error->message().empty());
        EXPECT_EQ(error->message().find('\n'), std::string::npos) << error->message();
      }
      ++outcomes[imported ? "read" : "refused"];
    }
    EXPECT_LT(peak_kibibytes() - before, kMostKibibytes) << "after " << seed;
  }
  // Mutations that spoil everything, or nothing, would test little.
  EXPECT_GT(outcomes["read"], 50);
  EXPECT_GT(outcomes["refused"], 200);
}

}  // namespace
}  // namespace assayer
