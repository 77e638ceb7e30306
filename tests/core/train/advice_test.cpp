// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "small_data.h"

namespace assayer {
namespace {

using test::lattice;
using test::make_data;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A run that went well: predictions as known, z that varies, endmembers apart.
struct Advised : testing::Test {
  Advised() : data(make_data(lattice(4))) {
    plan.labelled.resize(data->rows());
    std::iota(plan.labelled.begin(), plan.labelled.end(), 0U);
    plan.unlabelled = plan.labelled;
    plan.unfeatured = Matrix<double>(3, 3, 1.0 / 3);
    prediction.composition = Matrix<double>(data->rows(), 3);
    prediction.z = Matrix<double>(data->rows(), 2);
    prediction.z_sd = Matrix<double>(data->rows(), 2, 0.5);
    for (std::size_t row = 0; row < data->rows(); ++row) {
      for (std::size_t k = 0; k < 3; ++k) prediction.composition(row, k) = data->abundances()->row(row)[k];
      for (std::size_t d = 0; d < 2; ++d) prediction.z(row, d) = std::sin(static_cast<double>((d + 1) * row));
    }
    endmembers.mean = Matrix<float>(3, 4, 1.0F);
    for (std::size_t k = 0; k < 3; ++k) endmembers.mean(k, k) = 2;
  }
  [[nodiscard]] std::vector<std::string> before() const { return english(advise_before(*data, plan)); }
  [[nodiscard]] std::vector<std::string> after() const {
    return english(advise_after(*data, plan, prediction, endmembers));
  }

  DatasetPtr data;
  TrainPlan plan;
  Prediction prediction;
  EndmemberEstimate endmembers;
};

TEST_F(Advised, NothingWhereNothingIsWrong) {
  EXPECT_THAT(before(), IsEmpty());
  EXPECT_THAT(after(), IsEmpty());
}

TEST_F(Advised, FewLabelsAndComponentsThatNoneContains) {
  // Compositions in the order of the lattice: the first five have no a.
  plan.labelled = {0, 1, 2, 3, 4};
  EXPECT_THAT(before(), ElementsAre(AllOf(HasSubstr("5 for 3 components"), HasSubstr("at least 12")),
                                    AllOf(HasSubstr("contains a:"), HasSubstr("unfeatured"))));
  plan.labelled = {0};
  plan.unfeatured = Matrix<double>(0, 3);
  EXPECT_THAT(before()[1],
              AllOf(HasSubstr("contains a, b:"), HasSubstr("learnt of them"), Not(HasSubstr("unfeatured"))));
}

TEST_F(Advised, CollapsedDimensionsByTheirShareOfTheVariance) {
  // Means with a variance of 0.8 and of 1.2 hundredths of the whole: one below the limit, one above.
  const auto scaled = [this](double share) {
    double variance = 0;
    for (std::size_t row = 0; row < data->rows(); ++row) prediction.z(row, 0) = row % 2 == 0 ? 1.0 : -1.0;
    double mean = 0;
    for (std::size_t row = 0; row < data->rows(); ++row) mean += prediction.z(row, 0);
    mean /= static_cast<double>(data->rows());
    for (std::size_t row = 0; row < data->rows(); ++row)
      variance += std::pow(prediction.z(row, 0) - mean, 2) / static_cast<double>(data->rows());
    for (std::size_t row = 0; row < data->rows(); ++row) {
      prediction.z(row, 0) *= std::sqrt(share / variance);
      prediction.z_sd(row, 0) = std::sqrt(1 - share);
    }
  };
  scaled(0.008);
  EXPECT_THAT(after(), ElementsAre(AllOf(HasSubstr("Dimension 1 of z is"), HasSubstr("fewer dimensions"))));
  scaled(0.012);
  EXPECT_THAT(after(), IsEmpty());
  prediction.z = Matrix<double>(data->rows(), 2, 0.25);
  EXPECT_THAT(after(), ElementsAre(HasSubstr("z is the same for every spectrum")));
  // Spectra without an answer count for nothing.
  prediction.z(3, 0) = prediction.z(3, 1) = std::nan("");
  EXPECT_THAT(after(), ElementsAre(HasSubstr("posterior collapse")));
  // Methods without z have nothing to collapse.
  prediction.z = prediction.z_sd = {};
  EXPECT_THAT(after(), IsEmpty());
}

TEST_F(Advised, AModelThatCopiesTheMean) {
  for (std::size_t row = 0; row < data->rows(); ++row)
    for (std::size_t k = 0; k < 3; ++k)
      prediction.composition(row, k) = 1.0 / 3 + 0.05 * (prediction.composition(row, k) - 1.0 / 3);
  EXPECT_THAT(after(), ElementsAre(HasSubstr("Nearly the same composition")));
  for (std::size_t k = 0; k < 3; ++k) endmembers.mean(k, k) = 1.001F;
  endmembers.mean(0, 3) = std::nanf("");
  EXPECT_THAT(after(),
              ElementsAre(HasSubstr("Nearly the same composition"), HasSubstr("The endmembers are")));
}

}  // namespace
}  // namespace assayer
