// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_correction.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assayer::model {
namespace {

/// Compositions of two components, the first a bent function of the only feature; PLS is a straight line.
struct Bent {
  explicit Bent(std::size_t n = 60) : y(n, 2), fold{Matrix<double>(n, 2), Matrix<double>(n, 1), {}} {
    for (std::size_t i = 0; i < n; ++i) {
      const double p = -1.5 + 3 * static_cast<double>(i) / static_cast<double>(n - 1);
      y(i, 0) = 0.35 + 0.2 * p * p - 0.05 * p;
      y(i, 1) = 1 - y(i, 0);
      fold.base(i, 0) = 0.5 - 0.05 * p;  // the straight line through them
      fold.base(i, 1) = 1 - fold.base(i, 0);
      fold.features(i, 0) = p;
      if (i % 4 != 0) fold.train.push_back(static_cast<std::uint32_t>(i));
    }
  }
  [[nodiscard]] double error(const Matrix<double>& estimate, std::size_t remainder) const {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < y.rows(); ++i) {
      if ((i % 4 == 0) != (remainder == 0)) continue;
      sum += std::pow(estimate(i, 0) - y(i, 0), 2);
      ++count;
    }
    return std::sqrt(sum / static_cast<double>(count));
  }
  Matrix<double> y;
  CorrectionFold fold;
};

TEST(Corrections, BendWhatPlsLeavesStraight) {
  const Bent bent;
  const auto trained = train_corrections({bent.fold}, bent.y, 1e-4, 3, 1, nullptr);
  ASSERT_TRUE(trained);
  const double straight = bent.error(bent.fold.base, 0);
  EXPECT_LT(bent.error(trained->front(), 0), 0.3 * straight) << "on rows left out";
  EXPECT_LT(bent.error(trained->front(), 1), 0.3 * straight) << "on rows learnt from";
  for (std::size_t i = 0; i < bent.y.rows(); ++i)
    EXPECT_NEAR(trained->front()(i, 0) + trained->front()(i, 1), 1, 1e-5);
}

TEST(Corrections, RowsLeftOutTeachNothing) {
  const Bent bent;
  Bent spoilt;
  for (std::size_t i = 0; i < spoilt.y.rows(); i += 4) std::swap(spoilt.y(i, 0), spoilt.y(i, 1));
  const auto a = train_corrections({bent.fold}, bent.y, 1e-4, 3, 1, nullptr);
  auto fold = spoilt.fold;
  const auto b = train_corrections({fold}, spoilt.y, 1e-4, 3, 1, nullptr);
  ASSERT_TRUE(a && b);
  // Only the unit of the scaled errors, the labels' sd over all rows, sees them.
  EXPECT_LT(spoilt.error(b->front(), 1), 2 * bent.error(a->front(), 1) + 1e-3);
}

TEST(Corrections, ThreadsChangeNoBit) {
  const Bent bent;
  std::vector<CorrectionFold> folds(3, bent.fold);
  folds[1].train.resize(20);
  const auto one = train_corrections(folds, bent.y, 1e-4, 3, 1, nullptr);
  const auto two = train_corrections(folds, bent.y, 1e-4, 3, 2, nullptr);
  ASSERT_TRUE(one && two);
  for (std::size_t f = 0; f < folds.size(); ++f) EXPECT_EQ((*one)[f], (*two)[f]);
  EXPECT_NE((*one)[0], (*one)[1]);
}

TEST(Corrections, StopWhenAsked) {
  const Bent bent;
  RunControl control;
  control.request_stop();
  EXPECT_FALSE(train_corrections({bent.fold}, bent.y, 1e-4, 3, 1, &control));
}

}  // namespace
}  // namespace assayer::model
