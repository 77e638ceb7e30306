// SPDX-License-Identifier: GPL-3.0-or-later
// Methods against each other: the numbers, and what happens when one of them fails.
#include "core/validation/validation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/baselines/pls.h"
#include "core/guided/folds.h"
#include "core/train/frame.h"
#include "core/validation/inner_choice.h"
#include "core/validation/measures.h"
#include "tests/core/validation/validation_data.h"

namespace assayer::test {
namespace {

using ::testing::HasSubstr;

ValidationSettings settings_of(std::vector<std::string> methods, std::string by = "kfold:4") {
  ValidationSettings settings;
  settings.by = std::move(by);
  settings.methods = std::move(methods);
  settings.set = {"link=identity"};
  return settings;
}

Validation validated(const DatasetPtr& data, const ValidationSettings& settings) {
  RunControl control;
  auto made = validate(data, settings, control);
  EXPECT_TRUE(made) << made.error().message();
  return made ? *std::move(made) : Validation{};
}

void expect_usage(const DatasetPtr& data, const ValidationSettings& settings, const std::string& words) {
  RunControl control;
  const auto made = validate(data, settings, control);
  ASSERT_FALSE(made) << words;
  EXPECT_EQ(made.error().kind, Error::Kind::Usage);
  EXPECT_THAT(made.error().message(), HasSubstr(words));
}

std::vector<double> kl_of(const MethodScores& scores) {
  std::vector<double> kl;
  kl.reserve(scores.splits.size());
  for (const auto& split : scores.splits) kl.push_back(split.value().kl);
  return kl;
}

/// PLS on a split with nothing but fit_pls: what validate must come to.
struct ByHand {
  double kl = 0;
  double rmse = 0;
  std::vector<double> rmse_per, r2;
  double covered = 0;
  double l2 = 0;
};

ByHand pls_by_hand(const Dataset& data, const Matrix<double>& references, const Split& split,
                   std::uint64_t seed) {
  const std::vector<std::uint8_t> every(data.channels(), 1);
  const auto x = spectra_of(data, split.train, every);
  const auto y = compositions_of(data, split.train);
  const auto x_test = spectra_of(data, split.test, every);
  const auto y_test = compositions_of(data, split.test);
  std::vector<std::uint32_t> fold(x.rows());
  const auto inner = guided::composition_splits(y, 5, seed);
  for (std::uint32_t s = 0; s < inner.size(); ++s)
    for (const std::uint32_t row : inner[s].test) fold[row] = s;
  const auto chosen = cross_validate_pls(x, y, fold, {.components = 20});
  const auto fit = fit_pls(x, y, {.components = 20});
  EXPECT_TRUE(chosen && fit);
  const auto close = [](Matrix<double> raw) {
    for (std::size_t i = 0; i < raw.rows(); ++i) {
      double sum = 0;
      for (double& part : raw.row(i)) sum += part = std::max(part, 1e-4);
      for (double& part : raw.row(i)) part /= sum;
    }
    return raw;
  };
  const auto predicted = close(fit->predict(x_test, chosen->components));
  const auto left_out = close(chosen->predicted);

  ByHand made;
  const auto n = static_cast<double>(y_test.rows());
  double all = 0;
  for (std::size_t k = 0; k < 3; ++k) {
    double centre = 0;
    double variance = 0;  // of left-out errors on the training side: the stated sd
    for (std::size_t i = 0; i < y.rows(); ++i) {
      centre += y(i, k) / static_cast<double>(y.rows());
      variance += std::pow(left_out(i, k) - y(i, k), 2) / static_cast<double>(y.rows());
    }
    double errors = 0;
    double deviations = 0;
    for (std::size_t i = 0; i < y_test.rows(); ++i) {
      const double error = predicted(i, k) - y_test(i, k);
      errors += error * error;
      deviations += std::pow(y_test(i, k) - centre, 2);
      made.kl += y_test(i, k) * std::log(y_test(i, k) / predicted(i, k)) / n;
      if (std::abs(error) <= 1.959964 * std::sqrt(variance)) made.covered += 1 / (3 * n);
    }
    made.rmse_per.push_back(std::sqrt(errors / n));
    made.r2.push_back(1 - errors / deviations);
    all += errors;
  }
  made.rmse = std::sqrt(all / (3 * n));
  const auto inverse = fit_pls(y, x, {.components = 3});
  EXPECT_TRUE(inverse);
  const auto endmembers = inverse_pls_endmembers(*inverse, inverse->components());
  for (std::size_t k = 0; k < 3; ++k)
    made.l2 += assayer::testing::distance(endmembers.row(k), references.row(k)) / 3;
  return made;
}

TEST(Validate, GivesTheNumbersOfPlsOnTheSameSplits) {
  const Replicates made = replicates();
  const DatasetPtr data = dataset_of(made.parts);
  ValidationSettings settings = settings_of({"pls"}, "compositions:4");
  settings.repeats = 2;
  settings.seed = 3;
  const Validation result = validated(data, settings);
  EXPECT_EQ(result.by, "compositions:4");
  EXPECT_EQ(result.rows, 60U);
  EXPECT_THAT(result.components, ::testing::ElementsAre("a", "b", "c"));
  ASSERT_EQ(result.splits.size(), 8U);
  ASSERT_EQ(result.methods.size(), 1U);
  EXPECT_TRUE(result.methods[0].failures.empty());
  EXPECT_TRUE(result.kl_differences.empty());
  for (std::size_t s = 0; s < 8; ++s) {
    const SplitScores& scores = result.methods[0].splits[s].value();
    // The seed of a split is its own.
    const ByHand expected = pls_by_hand(*data, made.endmembers, result.splits[s], 3 + s);
    EXPECT_NEAR(scores.kl, expected.kl, 1e-5 + 1e-4 * expected.kl);
    EXPECT_NEAR(scores.rmse, expected.rmse, 1e-5);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(scores.rmse_per[k], expected.rmse_per[k], 1e-5);
      EXPECT_NEAR(scores.r2[k], expected.r2[k], 1e-3);
    }
    EXPECT_NEAR(scores.covered, expected.covered, 1e-9);
    EXPECT_NEAR(scores.l2.value(), expected.l2, 1e-5);
    EXPECT_GT(scores.sad.value(), 0);
    EXPECT_FALSE(scores.z_accuracy) << "a baseline has no z";
    EXPECT_GE(scores.seconds, 0);
  }
}

TEST(Validate, RowsThatTakePartAreThoseSelectedAndLabelled) {
  Replicates made = replicates();
  Matrix<double> y = made.parts.abundances->values();
  for (double& part : y.row(4)) part = std::numeric_limits<double>::quiet_NaN();
  made.parts.abundances = *Abundances::create(y, {"a", "b", "c"});
  made.parts.spectra(9, 2) = std::numeric_limits<float>::quiet_NaN();
  ValidationSettings settings = settings_of({"pls"});
  settings.rows = "rows=0-39";
  const Validation result = validated(dataset_of(made.parts), settings);
  EXPECT_EQ(result.rows, 38U);
  for (const Split& split : result.splits)
    for (const auto* side : {&split.train, &split.test})
      for (const std::uint32_t row : *side) EXPECT_TRUE(row < 40 && row != 4 && row != 9) << row;
}

TEST(Validate, R2IsUnknownWhereTestRowsAreTheTrainingMean) {
  // Component c is the same everywhere, so that it has no variation to explain.
  Replicates made = replicates();
  Matrix<double> y(60, 3);
  for (std::size_t i = 0; i < 60; ++i) {
    y(i, 2) = 0.25;
    const std::size_t step = i / 3;
    y(i, 0) = 0.75 * static_cast<double>(step) / 19;
    y(i, 1) = 0.75 - y(i, 0);
  }
  made.parts.abundances = *Abundances::create(y, {"a", "b", "c"});
  const Validation result = validated(dataset_of(made.parts), settings_of({"ridge"}));
  for (const auto& split : result.methods[0].splits) {
    EXPECT_TRUE(std::isfinite(split->r2[0]));
    EXPECT_TRUE(std::isnan(split->r2[2]));
  }
}

TEST(Validate, WarnsOfReplicatesOnBothSides) {
  const DatasetPtr torn = dataset_of(replicates(3).parts);
  const Validation flattered = validated(torn, settings_of({"pls"}));
  ASSERT_EQ(flattered.warnings.size(), 1U);
  EXPECT_THAT(flattered.warnings[0], HasSubstr("compositions:F"));
  // The largest count of test rows with a twin in training.
  std::size_t most = 0;
  for (const Split& split : flattered.splits) {
    const auto twins = std::ranges::count_if(split.test, [&](std::uint32_t row) {
      return std::ranges::any_of(split.train, [&](std::uint32_t other) { return other / 3 == row / 3; });
    });
    most = std::max(most, static_cast<std::size_t>(twins));
  }
  ASSERT_GT(most, 0U);
  EXPECT_THAT(flattered.warnings[0], HasSubstr("some fold " + std::to_string(most) + " test rows"));

  EXPECT_TRUE(validated(torn, settings_of({"pls"}, "compositions:4")).warnings.empty());
  EXPECT_TRUE(validated(dataset_of(replicates(1).parts), settings_of({"pls"})).warnings.empty());
}

TEST(Validate, DifferenceOfTwoMethodsHasTheIntervalOfResampledSplits) {
  const DatasetPtr data = dataset_of(replicates(2).parts);
  const Validation result = validated(data, settings_of({"pls", "library", "ridge"}, "compositions:5"));
  ASSERT_EQ(result.kl_differences.size(), 3U);
  const std::vector<std::pair<std::size_t, std::size_t>> pairs = {{0, 1}, {0, 2}, {1, 2}};
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const MethodScores& a = result.methods[pairs[p].first];
    const MethodScores& b = result.methods[pairs[p].second];
    const PairedDifference& made = result.kl_differences[p];
    EXPECT_EQ(made.a, a.method);
    EXPECT_EQ(made.b, b.method);
    std::vector<double> d = kl_of(a);
    for (std::size_t s = 0; s < 5; ++s) d[s] -= kl_of(b)[s];
    const double mean = std::accumulate(d.begin(), d.end(), 0.0) / 5;
    double variance = 0;
    for (const double each : d) variance += (each - mean) * (each - mean) / 4;
    // Twenty compositions of two rows in five folds: 8 rows judge for 32 that teach, in every split, and
    // t(4) = 2.776445. Without the share of overlap the factor would be 1/5 alone.
    for (const Split& split : result.splits) ASSERT_EQ(split.test.size() * 4, split.train.size());
    const double half = 2.776445 * std::sqrt((1.0 / 5 + 1.0 / 4) * variance);
    ASSERT_GT(half, 0);
    EXPECT_NEAR(made.mean, mean, 1e-12);
    EXPECT_NEAR(made.low, mean - half, 1e-4 * half);
    EXPECT_NEAR(made.high, mean + half, 1e-4 * half);
  }
}

TEST(Validate, AMethodThatFailsOnASplitIsToldAndTheOthersGoOn) {
  Replicates made = replicates();
  // The second group is three spectra of one composition: nothing for a regression to learn from.
  made.parts.groups = Groups{std::vector<std::int32_t>(60, 0), {"many", "one"}, {0, 1}};
  for (std::size_t i = 0; i < 3; ++i) made.parts.groups->of_row[i] = 1;
  const Validation result =
      validated(dataset_of(made.parts), settings_of({"pls", "library", "ridge"}, "group"));
  ASSERT_EQ(result.splits.size(), 2U);
  for (const std::size_t m : {0U, 2U}) {
    const MethodScores& scores = result.methods[m];
    EXPECT_FALSE(scores.splits[0]);
    EXPECT_TRUE(scores.splits[1]);
    ASSERT_EQ(scores.failures.size(), 1U);
    EXPECT_THAT(scores.failures[0], ::testing::StartsWith("split 1: "));
    EXPECT_THAT(scores.failures[0], HasSubstr("one composition"));
  }
  EXPECT_TRUE(result.methods[1].failures.empty());
  EXPECT_LT(result.methods[1].splits[0].value().rmse, 0.2);
  // One common split: a difference, but no interval.
  const PairedDifference& pair = result.kl_differences[0];
  EXPECT_NEAR(pair.mean, result.methods[0].splits[1]->kl - result.methods[1].splits[1]->kl, 1e-12);
  EXPECT_TRUE(std::isnan(pair.low) && std::isnan(pair.high));
  EXPECT_THAT(result.to_table(), HasSubstr("pls failed on split 1: "));
}

TEST(Validate, StopsWhenAsked) {
  const DatasetPtr data = dataset_of(replicates().parts);
  RunControl before;
  before.request_stop();
  const auto none = validate(data, settings_of({"pls"}), before);
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().cancelled());

  RunControl during;
  std::vector<double> shares;
  std::vector<std::string> words;
  const auto stopped =
      validate(data, settings_of({"library", "pls"}), during, [&](double share, std::string_view text) {
        shares.push_back(share);
        words.emplace_back(text);
        if (shares.size() == 4) during.request_stop();
      });
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().cancelled());
  EXPECT_THAT(shares, ::testing::ElementsAre(0, 0.125, 0.25, 0.375));
  EXPECT_EQ(words.back(), "split 2 of 4, pls");
}

TEST(Validate, KeepsPredictionsAndTheirCalibration) {
  const DatasetPtr data = dataset_of(replicates().parts);
  const Validation result = validated(data, settings_of({"pls", "ridge"}, "stratified:3"));
  EXPECT_EQ(result.data, data);
  const MethodScores& pls = result.methods[0];
  std::size_t inside = 0;
  std::size_t entries = 0;
  for (std::size_t s = 0; s < 3; ++s) {
    const SplitScores& scores = pls.splits[s].value();
    const Rows& test = result.splits[s].test;
    ASSERT_EQ(scores.predicted.rows(), test.size());
    ASSERT_EQ(scores.predicted_sd.rows(), test.size());
    double squares = 0;
    for (std::size_t i = 0; i < test.size(); ++i) {
      for (std::size_t k = 0; k < 3; ++k) {
        const double error = scores.predicted(i, k) - data->abundances()->row(test[i])[k];
        squares += error * error;
        if (std::abs(error) <= 1.959964 * scores.predicted_sd(i, k)) ++inside;
        ++entries;
      }
    }
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(3 * test.size())), scores.rmse, 1e-9);
  }
  ASSERT_EQ(pls.calibration.levels.size(), kCalibrationLevels.size());
  EXPECT_EQ(pls.calibration.entries, entries);
  EXPECT_EQ(pls.calibration.clusters, 20U);
  const CalibrationLevel& at = pls.calibration.levels[5];
  EXPECT_EQ(at.level, 0.95);
  EXPECT_NEAR(at.inside, static_cast<double>(inside) / static_cast<double>(entries), 1e-12);
}

TEST(Validate, LearningCurveJudgesOnTheSameRowsWithFewerLabels) {
  const DatasetPtr data = dataset_of(replicates().parts);
  ValidationSettings settings = settings_of({"pls", "least-squares"}, "compositions:4");
  const Validation plain = validated(data, settings);
  settings.learning_curve = 4;
  const Validation curve = validated(data, settings);
  EXPECT_TRUE(plain.learning.empty());
  ASSERT_EQ(curve.learning.size(), 4U);
  EXPECT_EQ(curve.learning.front().rows, 8);
  EXPECT_EQ(curve.learning.back().rows, 45) << "all that a split trains on";
  for (std::size_t m = 0; m < 2; ++m) {
    EXPECT_EQ(kl_of(curve.methods[m]), kl_of(plain.methods[m])) << "the curve changes nothing else";
    EXPECT_EQ(kl_of(curve.learning.back().methods[m]), kl_of(plain.methods[m]));
    for (const LearningStep& step : curve.learning) {
      ASSERT_EQ(step.methods[m].splits.size(), 4U);
      for (const auto& split : step.methods[m].splits) {
        ASSERT_TRUE(split);
        EXPECT_TRUE(split->predicted.empty());
      }
    }
    // Six times the labels are worth something.
    EXPECT_LT(summarise(curve.learning.back().methods[m], Measure::Rmse).mean,
              summarise(curve.learning.front().methods[m], Measure::Rmse).mean);
  }
  EXPECT_THAT(curve.to_table(), HasSubstr("Learning curve"));
}

TEST(Validate, RowsAreExcludedAndUnfeaturedPointsTaken) {
  ValidationSettings settings = settings_of({"pls"});
  settings.excluded = {0, 5, 59};
  settings.unfeatured_points = Matrix<double>({1, 0, 0}, 1, 3);
  settings.unfeatured = "nonsense that nobody reads";
  const Validation result = validated(dataset_of(replicates().parts), settings);
  EXPECT_EQ(result.rows, 57U);
  for (const Split& split : result.splits)
    for (const auto* side : {&split.train, &split.test})
      for (const std::uint32_t row : *side) EXPECT_TRUE(row != 0 && row != 5 && row != 59);
}

TEST(Validate, NoTestRowReachesAFit) {
  // A leak is planted as a marker: what the fit sees of test rows (their spectra and compositions) is made
  // absurd after the splits are known. Predictions of the other rows' models may then not change by a bit:
  // choices of components, links and folds included.
  const Replicates made = replicates();
  ValidationSettings settings = settings_of({"pls", "pcr", "ridge", "vca", "nmf"}, "compositions:3");
  settings.set.clear();  // the link is chosen, too
  const Validation clean = validated(dataset_of(made.parts), settings);
  for (std::size_t s = 0; s < 3; ++s) {
    DatasetParts spoilt = made.parts;
    Matrix<double> y = spoilt.abundances->values();
    for (const std::uint32_t row : clean.splits[s].test) {
      // The same largest component and grouping of replicates, so that the splits stay what they are.
      const std::size_t largest =
          static_cast<std::size_t>(std::ranges::max_element(y.row(row)) - y.row(row).begin());
      const std::size_t step = row / 3;
      for (std::size_t k = 0; k < 3; ++k)
        y(row, k) = k == largest ? 0.9 + 1e-4 * static_cast<double>(step) : 0;
      y(row, (largest + 1) % 3) = 1 - y(row, largest);
    }
    spoilt.abundances = *Abundances::create(y, {"a", "b", "c"});
    const Validation again = validated(dataset_of(spoilt), settings);
    for (const std::uint32_t row : clean.splits[s].test)
      for (float& value : spoilt.spectra.row(row)) value *= 0.1F;
    const Validation dark = validated(dataset_of(std::move(spoilt)), settings);
    ASSERT_EQ(again.splits[s].test, clean.splits[s].test);
    for (std::size_t m = 0; m < 5; ++m) {
      const auto& a = clean.methods[m].splits[s].value().predicted;
      const auto& b = again.methods[m].splits[s].value().predicted;
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_EQ(a.data()[i], b.data()[i]) << clean.methods[m].method;
      // Endmembers come from the fit alone.
      EXPECT_EQ(clean.methods[m].splits[s]->l2, dark.methods[m].splits[s]->l2) << clean.methods[m].method;
    }
  }
}

TEST(ValidateNested, ChoosesInsideEachSplitByItsTrainingRowsAlone) {
  // With a brightness of its own per row, unmixing without a sum of one is better, and found to be.
  const Replicates made = replicates(3, 0.002, 0.3);
  ValidationSettings settings = settings_of({"library"}, "compositions:4");
  const Validation plain = validated(dataset_of(made.parts), settings);
  settings.choose = {"unmixing=fully-constrained,non-negative"};
  const Validation nested = validated(dataset_of(made.parts), settings);
  settings.choose.clear();
  settings.set.emplace_back("unmixing=non-negative");
  const Validation better = validated(dataset_of(made.parts), settings);
  for (std::size_t s = 0; s < 4; ++s) {
    EXPECT_EQ(nested.methods[0].splits[s]->chosen, "unmixing=non-negative");
    EXPECT_EQ(plain.methods[0].splits[s]->chosen, "");
  }
  EXPECT_EQ(kl_of(nested.methods[0]), kl_of(better.methods[0]));
  EXPECT_NE(kl_of(nested.methods[0]), kl_of(plain.methods[0]));
  EXPECT_THAT(nested.to_table(),
              HasSubstr("library, chosen inside the splits: unmixing=non-negative (4 of 4)"));
  EXPECT_THAT(nested.to_json(), HasSubstr("chosen_by_fold"));
  EXPECT_THAT(plain.to_json(), ::testing::Not(HasSubstr("chosen_by_fold")));
}

TEST(ValidateNested, ATestRowHasNoPartInTheChoice) {
  // The labels of a few rows are what one setting says, those of three times as many are the truth, to which
  // the other comes nearer. Each kind is left out once, and whoever heard both would follow the many.
  Replicates made = replicates(4, 0.002, 0.3);
  for (std::size_t i = 0; i < 80; ++i) made.parts.groups->of_row[i] = i < 20 ? 0 : 1;
  made.parts.groups->names = {"few", "many"};
  made.parts.groups->codes = {0, 1};
  ValidationSettings settings = settings_of({"library"}, "group");
  settings.set.emplace_back("unmixing=fully-constrained");
  const Validation said = validated(dataset_of(made.parts), settings);
  Matrix<double> y = made.parts.abundances->values();
  for (std::size_t s = 0; s < 2; ++s) {
    const Rows& test = said.splits[s].test;
    for (std::size_t i = 0; i < test.size(); ++i)
      if (test[i] < 20)
        std::ranges::copy(said.methods[0].splits[s]->predicted.row(i), y.row(test[i]).begin());
  }
  made.parts.abundances = *Abundances::create(y, {"a", "b", "c"});

  settings.set = {"link=identity"};
  settings.choose = {"unmixing=fully-constrained,non-negative"};
  settings.inner = "kfold:3";
  const Validation nested = validated(dataset_of(made.parts), settings);
  for (std::size_t s = 0; s < 2; ++s) {
    const bool few_left_out = nested.splits[s].test.front() == 0;
    EXPECT_EQ(nested.methods[0].splits[s]->chosen,
              few_left_out ? "unmixing=non-negative" : "unmixing=fully-constrained");
  }
  settings.by = "kfold:2";
  const Validation both = validated(dataset_of(made.parts), settings);
  for (const auto& split : both.methods[0].splits)
    EXPECT_EQ(split->chosen, "unmixing=non-negative") << "which is what a leak would choose";
}

TEST(ValidateNested, APlantedLeakIsCaught) {
  const DatasetPtr data = dataset_of(replicates().parts);
  const Split outer{{0, 1, 2, 3, 4, 5, 6, 7}, {8, 9}};
  const std::vector<Split> good = {{{0, 1, 2, 3}, {4, 5, 6, 7}}, {{4, 5, 6, 7}, {0, 1, 2, 3}}};
  std::vector<std::size_t> asked;
  const JudgeInside judge = [&](const SplitData& inner, std::size_t candidate) -> Result<double> {
    asked.push_back(inner.split.test.front());
    return candidate == 1 ? 0.5 : 1.0;
  };
  RunControl control;
  const auto choice = choose_inside(data, {}, outer, good, 3, judge, control);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->best, 1U);
  EXPECT_THAT(choice->kl, ::testing::ElementsAre(1, 0.5, 1));
  EXPECT_THAT(asked, ::testing::ElementsAre(4, 4, 4, 0, 0, 0));

  asked.clear();
  for (const bool learnt : {true, false}) {
    std::vector<Split> leaking = good;
    (learnt ? leaking[1].train : leaking[1].test).push_back(9);
    const auto caught = choose_inside(data, {}, outer, leaking, 3, judge, control);
    ASSERT_FALSE(caught);
    EXPECT_EQ(caught.error().kind, Error::Kind::Data);
    EXPECT_THAT(caught.error().message(), HasSubstr("row 9"));
  }
  EXPECT_TRUE(asked.empty()) << "nothing is fitted once a row leaks";
}

TEST(ValidateNested, InnerSplitsFollowTheOuterOnes) {
  EXPECT_EQ(inner_by("kfold:5"), "kfold:3");
  EXPECT_EQ(inner_by("compositions:10"), "compositions:3");
  EXPECT_EQ(inner_by("stratified:2"), "stratified:2");
  EXPECT_EQ(inner_by("group"), "group");
  EXPECT_EQ(inner_by("leave-groups:3:20"), "group");
}

TEST(ValidateSettings, APresetReachesTheNetworksAndNoBaseline) {
  ValidationSettings settings = settings_of({"pls", "m2", "guided"});
  settings.set.clear();
  settings.preset = "mnist";
  const auto made = make_variants(settings);
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)[0].config.likelihood, TrainConfig::from_preset("crism")->likelihood);
  EXPECT_EQ((*made)[1].config.likelihood, TrainConfig::from_preset("mnist")->likelihood);
  EXPECT_EQ((*made)[1].config.method, "m2");
  EXPECT_EQ((*made)[2].config.method, "guided");
  settings.preset = "venus";
  EXPECT_FALSE(make_variants(settings));
}

TEST(ValidateSettings, OfAMethodReachItAlone) {
  // Shade: without the sum of one, unmixing does not care for it.
  const DatasetPtr data = dataset_of(replicates(2, 0.002, 0.3).parts);
  ValidationSettings settings = settings_of({"library", "least-squares"});
  const Validation plain = validated(data, settings);
  settings.set.emplace_back("library.unmixing=non-negative");
  const Validation one = validated(data, settings);
  for (std::size_t s = 0; s < 4; ++s) {
    EXPECT_LT(kl_of(one.methods[0])[s], 0.5 * kl_of(plain.methods[0])[s]);
    EXPECT_EQ(kl_of(one.methods[1])[s], kl_of(plain.methods[1])[s]);
  }
  settings.set = {"link=identity", "unmixing=non-negative"};
  const Validation both = validated(data, settings);
  EXPECT_EQ(kl_of(both.methods[0]), kl_of(one.methods[0]));
  EXPECT_NE(kl_of(both.methods[1]), kl_of(plain.methods[1]));
  // Later ones win.
  settings.set.emplace_back("library.unmixing=fully-constrained");
  const Validation last = validated(data, settings);
  EXPECT_EQ(kl_of(last.methods[0]), kl_of(plain.methods[0]));
  EXPECT_EQ(kl_of(last.methods[1]), kl_of(both.methods[1]));
}

TEST(ValidateSettings, ThatMakeNoSenseAreRefused) {
  const DatasetPtr data = dataset_of(replicates().parts);
  const auto with = [](const std::string& setting) {
    ValidationSettings settings = settings_of({"pls"});
    settings.set = {setting};
    return settings;
  };
  expect_usage(data, with("link"), "KEY=VALUE");
  expect_usage(data, with("=identity"), "KEY=VALUE");
  expect_usage(data, with("vca.link=identity"), "one of the methods");
  expect_usage(data, with("pls.linkk=identity"), "linkk");
  expect_usage(data, with("link=straight"), "identity");
  // It would give the numbers of one method under the name of another.
  expect_usage(data, with("method=vca"), "method");
  expect_usage(data, with("pls.method=vca"), "method");
  expect_usage(data, settings_of({}), "no method");
  expect_usage(data, settings_of({"pls", "ridge", "pls"}), "asked for twice");
  ValidationSettings curve = settings_of({"pls"});
  curve.learning_curve = 1;
  expect_usage(data, curve, "2 steps or more");
  curve.learning_curve = 3;
  curve.over = {"link=identity,log"};
  expect_usage(data, curve, "without settings to choose among");
  ValidationSettings inside = settings_of({"pls"});
  inside.choose = {"link=identity,log"};
  inside.learning_curve = 3;
  expect_usage(data, inside, "neither");
  inside.learning_curve = 0;
  inside.over = {"link=identity,log"};
  expect_usage(data, inside, "neither");
  inside.over.clear();
  inside.choose = {"link"};
  expect_usage(data, inside, "KEY=VALUE,VALUE");
  inside.choose.clear();
  inside.inner = "kfold:3";
  expect_usage(data, inside, "settings to choose");
  expect_usage(data, settings_of({"plsr"}), "plsr");
  expect_usage(data, settings_of({"pls"}, "nonsense"), "nonsense");
  ValidationSettings settings = settings_of({"pls"});
  settings.rows = "everything";
  expect_usage(data, settings, "everything");
  settings.rows = "none";
  expect_usage(data, settings, "fewer rows than folds");
  settings.rows = "labelled";
  settings.unfeatured = "somewhere";
  expect_usage(data, settings, "somewhere");

  DatasetParts parts = replicates().parts;
  parts.abundances.reset();
  parts.endmembers.reset();
  RunControl control;
  const auto unlabelled = validate(dataset_of(std::move(parts)), settings_of({"pls"}), control);
  ASSERT_FALSE(unlabelled);
  EXPECT_EQ(unlabelled.error().kind, Error::Kind::Data);
  EXPECT_THAT(unlabelled.error().message(), HasSubstr("/abundance"));
}

}  // namespace
}  // namespace assayer::test
