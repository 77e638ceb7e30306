// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_start.h"

#include <gtest/gtest.h>

#include <numeric>

namespace assayer::model {
namespace {

TEST(GuidedStart, ReferenceRowsAreThinnedOutEvenly) {
  Rows labelled(30);
  std::iota(labelled.begin(), labelled.end(), 500U);
  Rows unlabelled(470);
  std::iota(unlabelled.begin(), unlabelled.end(), 0U);
  Rows few = labelled;
  few.insert(few.end(), unlabelled.begin(), unlabelled.end());
  EXPECT_EQ(reference_rows(labelled, unlabelled), few) << "few rows are all of them, labelled ones first";
  EXPECT_EQ(reference_rows(labelled, {}), labelled);

  unlabelled.resize(1'000'000);
  std::iota(unlabelled.begin(), unlabelled.end(), 1000U);
  const Rows many = reference_rows(labelled, unlabelled);
  ASSERT_GT(many.size(), 1900U);
  ASSERT_LE(many.size(), 2000U);
  EXPECT_EQ(many.front(), 500U);
  for (std::size_t i = 2; i < many.size(); ++i) EXPECT_EQ(many[i] - many[i - 1], many[2] - many[1]);
  EXPECT_GT(many.back(), 1'000'000U) << "up to the last ones";
}

}  // namespace
}  // namespace assayer::model
