// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text_scanning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "temporary_folder.h"

namespace assayer {
namespace {

using testing::ElementsAre;

TEST(TextScanning, FieldsOfALine) {
  EXPECT_THAT(split_fields("a, b ,\"c, \"\"d\"\"\",", ','), ElementsAre("a", "b", "c, \"d\"", ""));
  EXPECT_THAT(split_fields("  1   2\t3 ", ' '), ElementsAre("1", "2", "3"));
  EXPECT_THAT(split_fields("", ','), ElementsAre(""));
  EXPECT_THAT(split_fields("   ", ' '), ElementsAre());
  EXPECT_THAT(split_fields("\"open", ','), ElementsAre("open"));
  EXPECT_THAT(split_fields("\"a\"b,c", ','), ElementsAre("a", "c"));
}

TEST(TextScanning, Numbers) {
  EXPECT_EQ(parse_number<float>("0.1"), 0.1F);
  EXPECT_EQ(parse_number<double>("+1.5e3"), 1500);
  EXPECT_EQ(parse_number<double>("1,5", ','), 1.5);
  EXPECT_EQ(parse_number<double>("1.000,5", ','), std::nullopt);
  EXPECT_EQ(parse_number<double>("2.5d-1"), 0.25);
  EXPECT_EQ(parse_number<double>("1e999"), HUGE_VAL);
  EXPECT_EQ(parse_number<double>("1e-999"), 0);
  EXPECT_EQ(parse_number<float>("-1e39"), -HUGE_VALF);
  for (const char* word : {"12abc", "abc", "1 2", "++1", "0x10", "1e", "12:30", "2020-01-01"})
    EXPECT_EQ(parse_number<double>(word), std::nullopt) << word;
  for (const char* word : {"", "NA", "n/a", "NaN", "null", "#N/A", "-", "?"}) {
    const auto value = parse_number<double>(word);
    ASSERT_TRUE(value) << word;
    EXPECT_TRUE(std::isnan(*value)) << word;
  }
}

TEST(TextScanning, LinesAcrossBlocks) {
  const test::TemporaryFolder folder;
  // One line longer than two blocks, then short ones that straddle the next boundary.
  const std::string first(2'500'000, 'x');
  {
    std::ofstream file(folder / "long.txt");
    file << first << "\r\n";
    for (int i = 0; i < 300'000; ++i) file << i << '\n';
    file << "end";
  }
  auto reader = LineReader::open(folder / "long.txt");
  ASSERT_TRUE(reader);
  std::string_view line;
  ASSERT_TRUE(*reader->next(line));
  EXPECT_EQ(line, first);
  for (int i = 0; i < 300'000; ++i) {
    ASSERT_TRUE(*reader->next(line));
    ASSERT_EQ(line, std::to_string(i));
  }
  EXPECT_FALSE(reader->ended_in_line());
  ASSERT_TRUE(*reader->next(line));
  EXPECT_EQ(line, "end");
  EXPECT_EQ(reader->line_number(), 300'002u);
  EXPECT_TRUE(reader->ended_in_line());
  EXPECT_EQ(reader->bytes_read(), reader->bytes());
  EXPECT_FALSE(*reader->next(line));
}

}  // namespace
}  // namespace assayer
