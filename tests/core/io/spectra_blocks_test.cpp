// SPDX-License-Identifier: GPL-3.0-or-later
// Streaming through spectra that stay in their file, and every exporter on top of it.
#include "core/io/spectra_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <vector>

#include "core/io/envi_importer.h"
#include "core/io/exporter.h"
#include "core/io/importer.h"
#include "envi_builder.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

constexpr std::size_t kChannels = 3;

/// Spectrum r is 10 r, 10 r + 1, 10 r + 2; nothing can be read from `broken_from` on.
class Counted final : public SpectraSource {
 public:
  Counted(std::size_t rows, std::size_t broken_from) : rows_(rows), broken_from_(broken_from) {}
  [[nodiscard]] std::size_t rows() const override { return rows_; }
  [[nodiscard]] std::size_t channels() const override { return kChannels; }
  Status read(std::size_t first, std::size_t count, std::span<float> out) const override {
    if (first + count > broken_from_)
      return fail({Error::Kind::File, "the disk is gone", "", "", "", "Find it."});
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t row = first + i / kChannels;
      out[i] = static_cast<float>(row * 10 + i % kChannels);
    }
    return {};
  }
  [[nodiscard]] std::size_t block_rows() const override { return 7; }
  [[nodiscard]] std::size_t few_rows() const override { return 1; }

 private:
  std::size_t rows_;
  std::size_t broken_from_;
};

Spectra counted(std::size_t rows, std::size_t broken_from = 1000) {
  return *Spectra::in_file(std::make_shared<const Counted>(rows, broken_from));
}

struct Seen {
  std::vector<std::size_t> firsts;
  std::vector<float> values;
  std::vector<double> progress;
};

Status run(const Spectra& spectra, std::size_t rows, RunControl& control, Seen& seen) {
  return for_each_block(
      spectra, rows, control,
      [&seen](double fraction, std::string_view) { seen.progress.push_back(fraction); },
      [&seen](std::size_t first, MatrixView<float> block) -> Status {
        seen.firsts.push_back(first);
        seen.values.insert(seen.values.end(), block.data(), block.data() + block.size());
        return {};
      });
}

TEST(SpectraBlocks, BringAllRowsInTheirOrder) {
  const Spectra in_file = counted(23);
  Matrix<float> matrix(23, kChannels);
  for (std::size_t r = 0; r < 23; ++r)
    for (std::size_t c = 0; c < kChannels; ++c) matrix(r, c) = static_cast<float>(r * 10 + c);
  const Spectra in_memory(matrix);
  for (const Spectra* spectra : {&in_file, &in_memory}) {
    RunControl control;
    Seen seen;
    ASSERT_TRUE(run(*spectra, 5, control, seen));
    EXPECT_THAT(seen.firsts, testing::ElementsAre(0, 5, 10, 15, 20));
    EXPECT_TRUE(std::ranges::equal(seen.values, matrix.values()));
    EXPECT_TRUE(std::ranges::is_sorted(seen.progress));
  }
}

TEST(SpectraBlocks, EndAtWhatCannotBeRead) {
  RunControl control;
  Seen seen;
  const auto status = run(counted(23, 12), 5, control, seen);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "the disk is gone");
  EXPECT_THAT(seen.firsts, testing::ElementsAre(0, 5));
}

TEST(SpectraBlocks, EndAtAStopAndAtTheFirstErrorOfTheirUse) {
  RunControl control;
  std::size_t blocks = 0;
  const auto stopped = for_each_block(counted(23), 5, control, {}, [&](std::size_t, MatrixView<float>) {
    if (++blocks == 2) control.request_stop();
    return Status{};
  });
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().cancelled());
  EXPECT_EQ(blocks, 2U);
  RunControl another;
  blocks = 0;
  const auto full =
      for_each_block(counted(23), 5, another, {}, [&](std::size_t, MatrixView<float>) -> Status {
        ++blocks;
        return fail({Error::Kind::File, "the disk is full", "", "", "", ""});
      });
  ASSERT_FALSE(full);
  EXPECT_EQ(blocks, 1U);
}

// The same image in memory and in its file: the same bytes in every form.
TEST(SpectraBlocks, EveryExporterWritesWhatStaysInItsFile) {
  const test::TemporaryFolder folder;
  test::EnviBuilder{.lines = 40, .samples = 50, .bands = 37, .type = 12, .interleave = "bsq"}.write(
      folder / "cube.hdr", folder / "cube.img");
  RunControl control;
  const auto in_file = EnviImporter(1000).load(folder / "cube.hdr", {}, control, {});
  const auto in_memory = EnviImporter().load(folder / "cube.hdr", {}, control, {});
  ASSERT_TRUE(in_file && in_memory);
  ASSERT_TRUE(in_file->data->spectra().stays_in_file());
  ASSERT_FALSE(in_memory->data->spectra().stays_in_file());
  for (const auto* name :
       {"out.h5", "out.csv", "out.npy", "out.npz", "out.mat", "bip.img", "lines.bil", "bands.bsq"}) {
    ASSERT_TRUE(ExporterRegistry::standard().write(*in_file->data, folder / name, {}, control)) << name;
    const std::string bytes = test::content_of(folder / name);
    ASSERT_TRUE(ExporterRegistry::standard().write(*in_memory->data, folder / name,
                                                   {.overwrite = true, .settings = {}}, control))
        << name;
    EXPECT_TRUE(bytes == test::content_of(folder / name)) << name;
  }
}

// Another program may cut the file short while it is open here.
TEST(SpectraInAFile, ThatIsShortenedMeanwhileAreMissingAndNotFatal) {
  const test::TemporaryFolder folder;
  // The form whose bytes are the spectra as they are, which could be mapped.
  test::EnviBuilder{.lines = 2000, .samples = 50, .bands = 37, .type = 4, .interleave = "bip"}.write(
      folder / "cube.hdr", folder / "cube.img");
  RunControl control;
  const auto image = EnviImporter(1000).load(folder / "cube.hdr", {}, control, {});
  ASSERT_TRUE(image);
  const Spectra& spectra = image->data->spectra();
  ASSERT_TRUE(spectra.stays_in_file());
  std::filesystem::resize_file(folder / "cube.img", 1000);
  // Opening it looked at the first, the middle and the last.
  EXPECT_TRUE(std::isnan(spectra(30000, 36)));
  std::vector<float> scratch;
  const auto block = spectra.block(12000, 10, scratch);
  ASSERT_FALSE(block);
  EXPECT_THAT(block.error().message(), testing::HasSubstr("the end of the file"));
}

}  // namespace
}  // namespace assayer
