// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reproduce/digits.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace assayer {
namespace {

/// Pictures that are 1 on the stripe of their digit.
Digits stripes(std::size_t each) {
  Digits digits{Matrix<float>(10 * each, 784), {}};
  for (std::size_t i = 0; i < 10 * each; ++i) {
    const auto digit = static_cast<std::uint8_t>(i % 10);
    for (std::size_t c = 0; c < 78; ++c)
      digits.pixels(i, digit * 78U + c) = 1.0F - 0.001F * static_cast<float>(i);
    digits.digit.push_back(digit);
  }
  return digits;
}

TEST(NearestDigits, VotesAmongTheNearest) {
  RunControl control;
  const NearestDigits classifier(stripes(6));
  EXPECT_EQ(classifier.accuracy(stripes(2), control), 1);
  Digits lying = stripes(6);
  for (std::size_t i = 0; i < lying.digit.size(); i += 10) lying.digit[i] = 7;  // all zeros are called sevens
  EXPECT_EQ(NearestDigits(lying).classify(stripes(1).pixels.row(0)), 7);
  EXPECT_EQ(NearestDigits(lying).accuracy(stripes(1), control), 0.9);
}

TEST(DealDigits, KeepsLabelledOnesAndTakesTheBestPermutation) {
  std::array<std::array<double, 10>, 10> votes{};
  for (std::size_t k = 0; k < 10; ++k) votes[k][(k + 1) % 10] = 5;  // 0–4 would move, but are labelled
  votes[5][6] = 10;
  votes[6][5] = 10;
  votes[7][9] = 3;
  votes[7][8] = 1;
  votes[8][9] = 4;
  votes[9][7] = 1;
  const auto dealt = deal_digits(votes);
  EXPECT_EQ(dealt, (std::array<std::size_t, 10>{0, 1, 2, 3, 4, 6, 5, 8, 9, 7}));
}

TEST(PictureSheet, IsAGraymap) {
  Matrix<float> pictures(3, 784);
  pictures(1, 0) = 1;  // the second picture's first pixel
  pictures(2, 27) = 0.5F;
  const std::string sheet = picture_sheet(pictures, 2);
  EXPECT_TRUE(sheet.starts_with("P2\n56 56\n255\n"));
  const std::string first = sheet.substr(13, sheet.find('\n', 13) - 13);
  EXPECT_EQ(first.substr(0, 2 * 28 + 4), "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 255 ");
}

TEST(ReadDigits, ReadsTheRealOnesAndSaysWhatIsMissing) {
  RunControl control;
  const auto none = read_digits("/nowhere", "train", 10, control);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, Error::Kind::File);
  const auto folder = std::filesystem::path(ASSAYER_SHARED_DIR) / "data/mnist";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not here";
  const auto test = read_digits(folder, "t10k", 200, control);
  ASSERT_TRUE(test) << test.error().message();
  EXPECT_EQ(test->digit.size(), 200U);
  EXPECT_EQ(test->digit.front(), 7);  // the file's first
  const auto known = read_digits(folder.parent_path(), "train", 3000, control);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->digit.front(), 5);
  // Nearest neighbours of 60000 are right for 95 % (Y. LeCun et al. 1998, doi:10.1109/5.726791); of 3000 for
  // about nine in ten.
  EXPECT_GT(NearestDigits(*known).accuracy(*test, control), 0.85);
}

}  // namespace
}  // namespace assayer
