// SPDX-License-Identifier: GPL-3.0-or-later
// What each classical method learns from mixtures whose endmembers are known.
#include "core/train/baseline_run.h"

#include <array>
#include <numeric>

#include "core/guided/mixture.h"
#include "tests/core/train/baseline_data.h"

namespace assayer::test {
namespace {

/// Largest difference of endmembers from the truth, component by component: their names count.
double worst_endmember(const EndmemberEstimate& made, const Matrix<double>& truth) {
  double worst = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(made.mean.data()[i]) - truth.data()[i]));
  return worst;
}

/// How near a method comes without noise. Exact ones are off by the rounding of spectra to float32 and by the
/// least part of a prediction, 1e-4. The smallest simplex around rows that thin out towards its faces, and
/// gives up half a per cent of them, is the truth only nearly.
double bound_of(std::string_view method) {
  return method == "minimum-volume" || method == "nmf" ? 0.03 : 1e-3;
}

bool is_regression(std::string_view method) {
  return method == "pls" || method == "pcr" || method == "ridge";
}

TEST(Baselines, AreThoseOfTheListAndChoicesOfTheMethod) {
  const std::vector<std::string> expected = {"pls", "pcr",  "ridge", "least-squares",  "vca", "nfindr",
                                             "ppi", "atgp", "smacc", "minimum-volume", "nmf", "library"};
  const auto list = baseline_methods();
  EXPECT_EQ(std::vector<std::string>(list.begin(), list.end()), expected);
  std::vector<std::string> all = {"untapped", "m2", "m2-plain", "m1", "guided"};
  for (const std::string& other : all) EXPECT_FALSE(is_baseline(other)) << other;
  for (const std::string other : {"", "PLS", "pl", "pls ", "simplisma"})
    EXPECT_FALSE(is_baseline(other)) << other;
  for (const std::string& method : expected) EXPECT_TRUE(is_baseline(method)) << method;
  all.insert(all.end(), expected.begin(), expected.end());
  EXPECT_THAT(TrainConfig::choices("method"), ::testing::UnorderedElementsAreArray(all));
}

class EachBaseline : public ::testing::TestWithParam<std::string_view> {};

TEST_P(EachBaseline, LearnsLinearMixtures) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config(GetParam()));
  ASSERT_TRUE(model) << model.error().message();
  const auto prediction = (*model)->predict(spectra_rows(*data, made.held_out));
  ASSERT_TRUE(prediction);
  EXPECT_LT(worst_error(*prediction, made.truth, made.held_out), bound_of(GetParam()));
  for (std::size_t i = 0; i < prediction->composition.rows(); ++i) {
    const auto row = prediction->composition.row(i);
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-12);
    for (const double sd : prediction->composition_sd.row(i)) EXPECT_LT(sd, bound_of(GetParam()));
  }
  EXPECT_TRUE(prediction->z.empty());
  const EndmemberEstimate endmembers = (*model)->endmembers();
  EXPECT_LT(worst_endmember(endmembers, made.endmembers), bound_of(GetParam()));
  EXPECT_EQ(endmembers.sd, Matrix<float>(3, 24));
}

TEST_P(EachBaseline, LearnsMixturesInAlbedo) {
  const LinkSettings hapke{.link = Link::Hapke, .scale = guided::default_scale(Link::Hapke)};
  const MixedData made = mixed_data({.link = hapke, .seed = 2});
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config(GetParam(), "hapke"));
  ASSERT_TRUE(model) << model.error().message();
  const auto prediction = (*model)->predict(spectra_rows(*data, made.held_out));
  ASSERT_TRUE(prediction);
  const double error = worst_error(*prediction, made.truth, made.held_out);
  const double endmembers = worst_endmember((*model)->endmembers(), made.endmembers);
  // Regressions need no link: reflectance is smooth in the composition, so that more components bend it
  // straight; their straight inverse does not reach the corners.
  if (is_regression(GetParam())) {
    EXPECT_LT(error, 0.02);
    EXPECT_GT(endmembers, 0.02);
    EXPECT_EQ((*model)->state().facts.at("link"), "identity");
    return;
  }
  EXPECT_LT(error, bound_of(GetParam()));
  EXPECT_LT(endmembers, bound_of(GetParam()));
  EXPECT_EQ((*model)->state().facts.at("link"), "hapke");
  // In reflectance itself the same spectra do not mix linearly.
  const auto straight = fitted(data, made.plan, baseline_config(GetParam(), "identity"));
  ASSERT_TRUE(straight) << straight.error().message();
  EXPECT_GT(worst_error(*(*straight)->predict(spectra_rows(*data, made.held_out)), made.truth, made.held_out),
            0.03);
}

TEST_P(EachBaseline, TakesNamesFromTheLabels) {
  MixedData made = mixed_data({.noise = 1e-3});
  const DatasetPtr data = dataset_of(made.parts);
  // Component k of the others is component (k + 1) mod 3 of these.
  Matrix<double> turned(made.truth.rows(), 3);
  for (std::size_t i = 0; i < turned.rows(); ++i)
    for (std::size_t k = 0; k < 3; ++k) turned(i, k) = made.truth(i, (k + 1) % 3);
  Matrix<float> library(3, data->channels());
  for (std::size_t k = 0; k < 3; ++k)
    std::ranges::copy(made.parts.endmembers->row((k + 1) % 3), library.row(k).begin());
  DatasetParts parts = made.parts;
  parts.abundances = *Abundances::create(turned, {"c1", "c2", "c0"});
  parts.endmembers = library;
  const DatasetPtr other = dataset_of(std::move(parts));

  const auto model = fitted(data, made.plan, baseline_config(GetParam()));
  const auto renamed = fitted(other, made.plan, baseline_config(GetParam()));
  ASSERT_TRUE(model && renamed);
  const EndmemberEstimate a = (*model)->endmembers();
  const EndmemberEstimate b = (*renamed)->endmembers();
  const auto x = spectra_rows(*data, made.held_out);
  const auto p = (*model)->predict(x);
  const auto q = (*renamed)->predict(x);
  ASSERT_TRUE(p && q);
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < data->channels(); ++c)
      EXPECT_NEAR(b.mean(k, c), a.mean((k + 1) % 3, c), 1e-5) << k << ", " << c;
    for (std::size_t i = 0; i < x.rows(); ++i)
      EXPECT_NEAR(q->composition(i, k), p->composition(i, (k + 1) % 3), 1e-4);
  }
}

TEST_P(EachBaseline, LeavesMaskedChannelsAlone) {
  MixedData made = mixed_data({.noise = 1e-3});
  made.parts.bad_channels.assign(24, 0);
  made.parts.bad_channels[0] = made.parts.bad_channels[7] = 1;
  DatasetParts dirty = made.parts;
  for (std::size_t i = 0; i < dirty.spectra.rows(); ++i) {
    dirty.spectra(i, 0) = std::numeric_limits<float>::quiet_NaN();
    dirty.spectra(i, 7) = static_cast<float>(1000 * (i % 3));
  }
  const auto clean_data = dataset_of(made.parts);
  const auto dirty_data = dataset_of(dirty);
  const auto clean = fitted(clean_data, made.plan, baseline_config(GetParam()));
  const auto model = fitted(dirty_data, made.plan, baseline_config(GetParam()));
  ASSERT_TRUE(clean && model);
  const EndmemberEstimate endmembers = (*model)->endmembers();
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t c = 0; c < 24; ++c) {
      EXPECT_EQ(std::isnan(endmembers.mean(k, c)), c == 0 || c == 7) << c;
      EXPECT_EQ(std::isnan(endmembers.sd(k, c)), c == 0 || c == 7) << c;
    }
  EXPECT_TRUE(same_numbers(endmembers.mean, (*clean)->endmembers().mean));
  const auto a = (*model)->predict(spectra_rows(*dirty_data, made.held_out));
  const auto b = (*clean)->predict(spectra_rows(*clean_data, made.held_out));
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->composition, b->composition);
  EXPECT_LT(worst_error(*a, made.truth, made.held_out), 0.1);
}

TEST_P(EachBaseline, PredictsNaNForSpectraWithNaN) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config(GetParam()));
  ASSERT_TRUE(model);
  Matrix<float> x = spectra_rows(*data, made.held_out);
  const auto whole = (*model)->predict(x);
  x(1, 5) = std::numeric_limits<float>::quiet_NaN();
  x(4, 0) = std::numeric_limits<float>::infinity();
  const auto holed = (*model)->predict(x);
  ASSERT_TRUE(whole && holed);
  for (std::size_t i = 0; i < x.rows(); ++i)
    for (std::size_t k = 0; k < 3; ++k) {
      if (i == 1 || i == 4) {
        EXPECT_TRUE(std::isnan(holed->composition(i, k)) && std::isnan(holed->composition_sd(i, k)));
      } else {
        // Products of blocks of other sizes round differently.
        EXPECT_NEAR(holed->composition(i, k), whole->composition(i, k), 1e-9);
        EXPECT_EQ(holed->composition_sd(i, k), whole->composition_sd(i, k));
      }
    }
}

TEST_P(EachBaseline, GivesTheSameForTheSameSeed) {
  const MixedData made = mixed_data({.noise = 5e-3});
  const DatasetPtr data = dataset_of(made.parts);
  TrainConfig config = baseline_config(GetParam());
  config.seed = 7;
  const auto a = fitted(data, made.plan, config);
  const auto b = fitted(data, made.plan, config);
  ASSERT_TRUE(a && b);
  EXPECT_FALSE((*a)->state().fixed.empty());
  EXPECT_EQ((*a)->state().fixed, (*b)->state().fixed);
  EXPECT_EQ((*a)->state().facts, (*b)->state().facts);
}

TEST_P(EachBaseline, StopsWhenAsked) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  auto trainer = make_trainer(data, made.plan, baseline_config(GetParam()));
  ASSERT_TRUE(trainer);
  RunControl control;
  control.request_stop();
  Ear ear;
  const auto stopped = (*trainer)->run(control, ear);
  ASSERT_TRUE(stopped) << stopped.error().message();
  EXPECT_EQ(stopped->stopped_by, StopReason::Stopped);
  EXPECT_EQ(stopped->epochs, 0);
  EXPECT_TRUE(ear.snapshots.empty() && ear.checkpoints.empty());
  EXPECT_EQ((*trainer)->model(), nullptr);
  EXPECT_FALSE((*trainer)->state().training);

  RunControl again;
  const auto report = (*trainer)->run(again, ear);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->stopped_by, StopReason::Completed);
  EXPECT_NE((*trainer)->model(), nullptr);
}

INSTANTIATE_TEST_SUITE_P(, EachBaseline,
                         ::testing::ValuesIn(baseline_methods().begin(), baseline_methods().end()),
                         [](const auto& each) {
                           std::string method(each.param);
                           std::ranges::replace(method, '-', '_');
                           return method;
                         });

TEST(BaselineRun, TellsWhatItDidOnceAndPredictsEveryRow) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  auto trainer = make_trainer(data, made.plan, baseline_config("pls"));
  ASSERT_TRUE(trainer);
  RunControl control;
  Ear ear;
  const auto report = (*trainer)->run(control, ear);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->epochs, 1);
  EXPECT_EQ(report->steps, 0);
  EXPECT_TRUE(std::isnan(report->last.total));
  for (const double term : report->last.terms) EXPECT_TRUE(std::isnan(term));
  EXPECT_EQ(ear.epochs, 0) << "there is no objective to record";
  ASSERT_EQ(ear.snapshots.size(), 1U);
  ASSERT_EQ(ear.checkpoints.size(), 1U);
  const Snapshot& shown = *ear.snapshots[0];
  EXPECT_EQ(shown.epoch, shown.epochs);
  EXPECT_EQ(shown.prediction.composition, (*trainer)->model()->predict(data->spectra())->composition);
  EXPECT_EQ(shown.prediction.composition.rows(), data->rows());
  EXPECT_EQ(shown.endmembers.mean, (*trainer)->model()->endmembers().mean);
  ASSERT_TRUE(ear.checkpoints[0].training);
  EXPECT_EQ(ear.checkpoints[0].training->epoch, 1);
  EXPECT_EQ(ear.checkpoints[0].fixed, (*trainer)->state().fixed);
  EXPECT_EQ((*trainer)->state().data_fingerprint, data->fingerprint());
}

TEST(BaselineRun, NamesEightComponents) {
  const MixedData made = mixed_data({.components = 8, .channels = 60, .rows = 300, .labelled = 150});
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config("nfindr"));
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_LT(worst_endmember((*model)->endmembers(), made.endmembers), 1e-3);
}

TEST(BaselineRun, ChoosesTheLinkByTheLabels) {
  const LinkSettings hapke{.link = Link::Hapke, .scale = guided::default_scale(Link::Hapke)};
  for (const LinkSettings& link : {LinkSettings{}, hapke}) {
    const MixedData made = mixed_data({.noise = 1e-3, .link = link, .seed = 3});
    const DatasetPtr data = dataset_of(made.parts);
    const auto model = fitted(data, made.plan, baseline_config("vca", "auto"));
    ASSERT_TRUE(model) << model.error().message();
    EXPECT_EQ((*model)->state().facts.at("link"), name(link.link));
    EXPECT_NE((*model)->state().facts.at("link_reason"), "");
    const auto x = spectra_rows(*data, made.held_out);
    const auto error = [&](const auto& fit) {
      return worst_error(*(*fit)->predict(x), made.truth, made.held_out);
    };
    const Link other = link.link == Link::Hapke ? Link::Identity : Link::Hapke;
    const auto right = fitted(data, made.plan, baseline_config("vca", std::string(name(link.link))));
    const auto wrong = fitted(data, made.plan, baseline_config("vca", std::string(name(other))));
    ASSERT_TRUE(right && wrong);
    EXPECT_EQ(error(model), error(right));
    EXPECT_LT(error(model), error(wrong));
  }
}

TEST(BaselineRun, UnmixesAsTheSettingSays) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  TrainConfig config = baseline_config("library");
  const auto closed = fitted(data, made.plan, config);
  ASSERT_TRUE(config.set("unmixing", "non-negative"));
  const auto open = fitted(data, made.plan, config);
  ASSERT_TRUE(closed && open);
  // A shaded spectrum: half of everything. Without the sum it is the same composition.
  Matrix<float> x = spectra_rows(*data, made.held_out);
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] *= 0.5F;
  EXPECT_LT(worst_error(*(*open)->predict(x), made.truth, made.held_out), 1e-3);
  EXPECT_GT(worst_error(*(*closed)->predict(x), made.truth, made.held_out), 0.1);
  EXPECT_EQ((*open)->state().facts.at("unmixing"), "non-negative");
  config.unmixing = "perfect";
  const auto wrong = make_trainer(data, made.plan, config);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, Error::Kind::Usage);
}

TEST(BaselineRun, StatesTheErrorThatLabelledRowsHave) {
  const MixedData made = mixed_data({.noise = 0.01});
  const DatasetPtr data = dataset_of(made.parts);
  for (const std::string method : {"least-squares", "library", "nfindr"}) {
    const auto model = fitted(data, made.plan, baseline_config(method));
    ASSERT_TRUE(model);
    const auto labelled = (*model)->predict(spectra_rows(*data, made.plan.labelled));
    ASSERT_TRUE(labelled);
    for (std::size_t k = 0; k < 3; ++k) {
      double squares = 0;
      for (std::size_t i = 0; i < made.plan.labelled.size(); ++i)
        squares += std::pow(labelled->composition(i, k) - made.truth(made.plan.labelled[i], k), 2);
      const double rms = std::sqrt(squares / static_cast<double>(made.plan.labelled.size()));
      EXPECT_NEAR(labelled->composition_sd(0, k), rms, 1e-4 * rms + 1e-5) << method << ", " << k;
    }
  }
}

TEST(BaselineRun, GeneratesByTheMixingLaw) {
  const LinkSettings hapke{.link = Link::Hapke, .scale = guided::default_scale(Link::Hapke)};
  const MixedData made = mixed_data({.link = hapke});
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config("least-squares", "hapke"));
  ASSERT_TRUE(model);
  const Matrix<double> y({0.2, 0.3, 0.5, 0.9, 0.1, 0}, 2, 3);
  const auto x = (*model)->generate(y, {});
  ASSERT_TRUE(x);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t c = 0; c < data->channels(); ++c) {
      double w = 0;
      for (std::size_t k = 0; k < 3; ++k) w += y(i, k) * to_linear(hapke, made.endmembers(k, c));
      EXPECT_NEAR(x->mean(i, c), from_linear(hapke, w), 1e-5);
    }
  const auto wrong = (*model)->generate(Matrix<double>(1, 2, 0.5), {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, Error::Kind::Usage);
}

TEST(BaselineRun, SamplesScatterAsTheSpectraDo) {
  const MixedData made = mixed_data({.labelled = 100, .noise = 0.02});
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config("least-squares"));
  ASSERT_TRUE(model);
  const Matrix<double> y({0.2, 0.3, 0.5, 0.6, 0.3, 0.1}, 2, 3);
  constexpr std::size_t kDraws = 1000;
  const auto draws = (*model)->sample(y, {}, kDraws, 1);
  ASSERT_TRUE(draws);
  ASSERT_EQ(draws->rows(), 2 * kDraws);
  double spread = 0;
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t c = 0; c < data->channels(); ++c) {
      double expected = 0;
      for (std::size_t k = 0; k < 3; ++k) expected += y(i, k) * made.endmembers(k, c);
      double sum = 0;
      double squares = 0;
      for (std::size_t s = 0; s < kDraws; ++s) sum += (*draws)(i * kDraws + s, c);
      const double mean = sum / kDraws;
      for (std::size_t s = 0; s < kDraws; ++s) squares += std::pow((*draws)(i * kDraws + s, c) - mean, 2);
      // The mean of 1000 draws and a fit to 100 spectra: standard errors of about .0006 and .004.
      EXPECT_NEAR(mean, expected, 0.02);
      spread += std::sqrt(squares / (kDraws - 1)) / static_cast<double>(2 * data->channels());
    }
  // Unmixed or not, a label's residual has the planted spread; (100 − 3) / 100 of its variance is left.
  EXPECT_NEAR(spread, 0.02, 0.001);
  EXPECT_EQ(*(*model)->sample(y, {}, 5, 3), *(*model)->sample(y, {}, 5, 3));
  EXPECT_NE(*(*model)->sample(y, {}, 5, 3), *(*model)->sample(y, {}, 5, 4));
  const auto none = (*model)->sample(y, {}, 0, 1);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, Error::Kind::Usage);
}

TEST(BaselineRun, PredictsBlocksAsItPredictsRows) {
  const MixedData made = mixed_data();
  const DatasetPtr data = dataset_of(made.parts);
  const auto model = fitted(data, made.plan, baseline_config("pls"));
  ASSERT_TRUE(model);
  constexpr std::size_t kMany = 9000;
  Matrix<float> x(kMany, data->channels());
  for (std::size_t i = 0; i < kMany; ++i)
    std::ranges::copy(data->spectra().row(i % data->rows()), x.row(i).begin());
  x(4097, 3) = std::numeric_limits<float>::quiet_NaN();
  const auto block = (*model)->predict(x);
  const auto each = (*model)->predict(data->spectra());
  ASSERT_TRUE(block && each);
  for (std::size_t i = 0; i < kMany; ++i)
    for (std::size_t k = 0; k < 3; ++k) {
      if (i == 4097)
        EXPECT_TRUE(std::isnan(block->composition(i, k)));
      else
        ASSERT_NEAR(block->composition(i, k), each->composition(i % data->rows(), k), 1e-12) << i;
    }
}

}  // namespace
}  // namespace assayer::test
