// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/spectra.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>
#include <thread>

#include "core/base/run_control.h"
#include "core/data/dataset.h"

namespace assayer {
namespace {

/// Value of row r, channel c: r + c / 1000. Counts what is read; rows from `broken_from` on cannot be, and
/// the rows in `missing` hold NaN.
class Counting : public SpectraSource {
 public:
  Counting(std::size_t rows, std::size_t channels) : rows_(rows), channels_(channels) {}
  [[nodiscard]] std::size_t rows() const override { return rows_; }
  [[nodiscard]] std::size_t channels() const override { return channels_; }
  [[nodiscard]] std::size_t block_rows() const override { return 7; }
  [[nodiscard]] std::size_t few_rows() const override { return 3; }
  Status read(std::size_t first, std::size_t count, std::span<float> out) const override {
    if (first + count > broken_from) return fail({Error::Kind::File, "gone", "", "", "", ""});
    for (std::size_t r = 0; r < count; ++r)
      for (std::size_t c = 0; c < channels_; ++c) out[r * channels_ + c] = value(first + r, c);
    rows_read += count;
    return {};
  }
  [[nodiscard]] float value(std::size_t r, std::size_t c) const {
    if (r < missing_before) return std::numeric_limits<float>::quiet_NaN();
    return static_cast<float>(static_cast<double>(r) + static_cast<double>(c) / 1000);
  }

  mutable std::atomic<std::size_t> rows_read{0};
  std::size_t broken_from = SIZE_MAX;
  std::size_t missing_before = 0;

 private:
  std::size_t rows_;
  std::size_t channels_;
};

Matrix<float> matrix_of(const Counting& source) {
  Matrix<float> values(source.rows(), source.channels());
  for (std::size_t r = 0; r < source.rows(); ++r)
    for (std::size_t c = 0; c < source.channels(); ++c) values(r, c) = source.value(r, c);
  return values;
}

DatasetPtr dataset_of(Spectra spectra) {
  DatasetParts parts;
  parts.shared_spectra = std::move(spectra);
  auto data = Dataset::create(std::move(parts));
  if (!data) throw std::runtime_error(data.error().message());
  return *data;
}

TEST(Spectra, OfAMatrixAreTheMatrix) {
  const Spectra spectra(Matrix<float>({1, 2, 3, 4, 5, 6}, 2, 3));
  EXPECT_EQ(spectra.rows(), 2U);
  EXPECT_EQ(spectra.cols(), 3U);
  EXPECT_FALSE(spectra.stays_in_file());
  EXPECT_THAT(spectra.row(1), testing::ElementsAre(4, 5, 6));
  std::vector<float> scratch;
  const auto block = spectra.block(1, 1, scratch);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->data(), spectra.data() + 3);  // in place
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): that a copy shares is the point
  const Spectra copy = spectra;
  EXPECT_EQ(copy.data(), spectra.data());
}

TEST(Spectra, InAFileReadWhatIsTouchedOnce) {
  const auto source = std::make_shared<const Counting>(100, 4);
  const auto spectra = Spectra::in_file(source);
  ASSERT_TRUE(spectra);
  EXPECT_TRUE(spectra->stays_in_file());
  EXPECT_EQ(source->rows_read, 0U);
  const auto row = spectra->row(50);
  EXPECT_EQ(row[3], source->value(50, 3));
  EXPECT_EQ(source->rows_read, 3U);
  EXPECT_EQ((*spectra)(49, 0), 49);
  EXPECT_EQ(spectra->view(48, 3).row(0).data(), row.data() - 8);
  EXPECT_EQ(source->rows_read, 3U);
  EXPECT_EQ((*spectra)(99, 1), source->value(99, 1));  // the last tile is short
  EXPECT_EQ(source->rows_read, 4U);
  EXPECT_EQ(*spectra, Spectra(matrix_of(*source)));
  EXPECT_EQ(source->rows_read, 100U);
  EXPECT_EQ(row.data(), spectra->row(50).data());
}

TEST(Spectra, ABlockLeavesNothingBehind) {
  const auto source = std::make_shared<const Counting>(100, 4);
  const auto spectra = Spectra::in_file(source);
  ASSERT_TRUE(spectra);
  std::vector<float> scratch;
  for (int time = 1; time <= 2; ++time) {
    const auto block = spectra->block(10, 5, scratch);
    ASSERT_TRUE(block);
    EXPECT_EQ((*block)(4, 2), source->value(14, 2));
    EXPECT_EQ(source->rows_read, 5U * static_cast<std::size_t>(time));
  }
}

TEST(Spectra, WhatCannotBeReadIsNanOrAnError) {
  auto source = std::make_shared<Counting>(100, 4);
  source->broken_from = 60;
  const auto spectra = Spectra::in_file(source);
  ASSERT_TRUE(spectra);
  EXPECT_EQ((*spectra)(10, 0), 10);
  EXPECT_TRUE(std::isnan((*spectra)(80, 0)));
  std::vector<float> scratch;
  const auto block = spectra->block(58, 5, scratch);
  ASSERT_FALSE(block);
  EXPECT_EQ(block.error().what, "gone");
}

TEST(Spectra, ManyThreadsSeeTheSame) {
  const auto source = std::make_shared<const Counting>(4000, 8);
  const auto spectra = Spectra::in_file(source);
  ASSERT_TRUE(spectra);
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 4000; ++i) {
        const std::size_t r = (i * 37 + t * 1000) % 4000;
        if (spectra->row(r)[5] != source->value(r, 5)) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(source->rows_read, 4000U);
}

TEST(Spectra, TooManyForTheAddressSpace) {
  const auto spectra =
      Spectra::in_file(std::make_shared<const Counting>(std::size_t{1} << 40, std::size_t{1} << 30));
  ASSERT_FALSE(spectra);
  EXPECT_THAT(spectra.error().message(), testing::HasSubstr("exceed the address space"));
}

TEST(DatasetOfAFile, IsMadeWithoutReadingItWhole) {
  const auto source = std::make_shared<const Counting>(10000, 4);
  const auto data = dataset_of(*Spectra::in_file(source));
  EXPECT_LE(source->rows_read, 3U);
  EXPECT_TRUE(data->row_is_finite(9999));
  EXPECT_LE(source->rows_read, 6U);
}

TEST(DatasetOfAFile, HasTheFingerprintOfTheSameInMemory) {
  for (const std::size_t channels : {2U, 3U}) {
    const auto source = std::make_shared<const Counting>(101, channels);
    const auto in_file = dataset_of(*Spectra::in_file(source));
    const auto in_memory = dataset_of(Spectra(matrix_of(*source)));
    EXPECT_EQ(in_file->fingerprint(), in_memory->fingerprint());
  }
}

TEST(DatasetOfAFile, FindsTheOneSpectrumThatIsFinite) {
  auto source = std::make_shared<Counting>(1000, 2);
  source->missing_before = 999;
  const auto data = dataset_of(*Spectra::in_file(source));
  EXPECT_FALSE(data->row_is_finite(998));
  EXPECT_TRUE(data->row_is_finite(999));

  auto empty = std::make_shared<Counting>(1000, 2);
  empty->missing_before = 1000;
  DatasetParts parts;
  parts.shared_spectra = *Spectra::in_file(empty);
  const auto refused = Dataset::create(std::move(parts));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), testing::HasSubstr("no spectrum is free of missing values"));
}

// In memory, shared with others, in a file, and in memory again, over several blocks of 8 MiB.
TEST(SpectraJoiner, PutsSpectraBehindEachOther) {
  constexpr std::size_t rows = 3000;
  constexpr std::size_t channels = 1024;
  const auto source = std::make_shared<const Counting>(rows, channels);
  const Matrix<float> values = matrix_of(*source);
  const Spectra shared(values);
  Spectra::Joiner joiner;
  RunControl control;
  ASSERT_TRUE(joiner.append(Spectra(values), control));
  ASSERT_TRUE(joiner.append(shared, control));
  ASSERT_TRUE(joiner.append(*Spectra::in_file(source), control));
  ASSERT_TRUE(joiner.append(Spectra(Matrix<float>(1, channels, 7)), control));
  EXPECT_EQ(joiner.rows(), 3 * rows + 1);
  const Spectra joined = joiner.finish();
  EXPECT_EQ(joiner.rows(), 0U);
  ASSERT_EQ(joined.rows(), 3 * rows + 1);
  ASSERT_EQ(joined.cols(), channels);
  EXPECT_FALSE(joined.stays_in_file());
  for (const std::size_t first : {std::size_t{0}, rows, 2 * rows})
    EXPECT_TRUE(
        std::ranges::equal(std::span(joined.view(first, rows).data(), values.size()), values.values()))
        << first;
  EXPECT_EQ(joined(3 * rows, channels - 1), 7);
  // What others hold is as it was.
  EXPECT_EQ(shared, Spectra(values));
  EXPECT_TRUE(joiner.finish().empty());
}

TEST(SpectraJoiner, StopsAndSaysWhatCannotBeRead) {
  auto source = std::make_shared<Counting>(100, 4);
  source->broken_from = 60;
  Spectra::Joiner joiner;
  RunControl control;
  const auto broken = joiner.append(*Spectra::in_file(source), control);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().what, "gone");
  EXPECT_EQ(joiner.rows(), 0U);
  control.request_stop();
  const auto stopped = joiner.append(Spectra(Matrix<float>(2, 4)), control);
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().cancelled());
}

}  // namespace
}  // namespace assayer
