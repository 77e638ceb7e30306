// SPDX-License-Identifier: GPL-3.0-or-later
// Spectra that are prepared for each mini-batch are those that are kept, to the bit, and so is what is
// learnt.
#include "core/model/source_spectra.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/model/fused_training.h"
#include "core/model/guided_fused.h"
#include "core/train/frame.h"
#include "guided_fixture.h"

namespace assayer::model {
namespace {

using test::fill;

constexpr std::size_t kKeepNone = 0;

/// Where masked channels lie between the used ones.
const std::vector<std::uint8_t> kUsed = {0, 1, 1, 0, 1, 1, 0, 1};
constexpr std::size_t kUsedCount = 5;

/// `rows` spectra of these channels around 0.45, as measured.
Matrix<float> measured(std::size_t rows) {
  Matrix<float> values(rows, kUsed.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    values.data()[i] = static_cast<float>(0.45 + 0.15 * std::sin(0.7 * static_cast<double>(i + 1)));
  return values;
}

Preprocessing preparing(const std::string& likelihood, float scale = 1) {
  ModelState state;
  state.config.likelihood = likelihood;
  state.channel_used = kUsed;
  for (std::size_t c = 0; c < kUsed.size(); ++c)
    state.channel_mean.push_back(likelihood == "bernoulli" ? 0 : 0.4F + 0.01F * static_cast<float>(c));
  state.fixed.push_back({kSpectrumScale, {1}, {scale}});
  return Preprocessing(state);
}

TEST(SourceSpectra, ArePreparedAsTheyAreKept) {
  Matrix<float> values = measured(12);
  values(5, 0) = std::numeric_limits<float>::quiet_NaN();  // masked
  values(9, 4) = std::numeric_limits<float>::quiet_NaN();
  values(2, 7) = 0.001F;  // below what softplus-gaussian stands
  const Matrix<float> raw = values;
  const Spectra spectra(std::move(values));
  const std::vector<std::uint32_t> rows = {9, 2, 5, 11, 0};
  const Preprocessing preparing_positive = preparing("softplus-gaussian", 0.5F);
  const SourceSpectra kept(spectra, preparing_positive, rows, at::kCPU);
  const SourceSpectra prepared(spectra, preparing_positive, rows, at::kCPU, kKeepNone);
  ASSERT_TRUE(kept.kept());
  ASSERT_FALSE(prepared.kept());
  EXPECT_EQ(prepared.data(), nullptr);
  ASSERT_EQ(prepared.rows(), 5);
  ASSERT_EQ(prepared.channels(), static_cast<Index>(kUsedCount));

  const std::vector<std::int64_t> numbers = {3, 0, 0, 2, 1, 4};
  std::vector<float> gathered(numbers.size() * kUsedCount);
  prepared.gather(numbers, gathered.data());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::uint32_t row = rows[static_cast<std::size_t>(numbers[i])];
    std::size_t at = i * kUsedCount;
    for (std::size_t c = 0; c < kUsed.size(); ++c) {
      if (kUsed[c] == 0) continue;
      const float mean = (0.4F + 0.01F * static_cast<float>(c)) / 0.5F;
      const float expected =
          row == 9 ? 0 : std::max(raw(row, c) / 0.5F, static_cast<float>(positive::kFloor)) - mean;
      EXPECT_EQ(gathered[at++], expected) << "row " << row << ", channel " << c;
    }
  }

  const Tensor asked = at::tensor(numbers, at::kLong).view({2, 3});
  const Tensor expected =
      at::from_blob(gathered.data(), {6, static_cast<Index>(kUsedCount)}, at::kFloat).clone();
  EXPECT_TRUE(at::equal(prepared.take(asked), expected));
  EXPECT_TRUE(at::equal(kept.take(asked), expected));
  kept.gather(numbers, gathered.data());
  EXPECT_TRUE(at::equal(at::from_blob(gathered.data(), expected.sizes(), at::kFloat), expected));
  EXPECT_TRUE(at::equal(prepared.block(1, 3), kept.block(1, 3)));
  EXPECT_TRUE(at::equal(kept.block(1, 3), kept.take(at::arange(1, 4, at::kLong))));
  EXPECT_TRUE(at::equal(prepared.block(0, 5), at::from_blob(const_cast<float*>(kept.data()), {5, 5})));

  const SourceSpectra none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.rows(), 0);
}

/// What steps leave behind.
struct Steps {
  std::vector<double> totals;
  Tensor gradients;
};

void expect_same(const Steps& kept, const Steps& prepared) {
  EXPECT_EQ(kept.totals, prepared.totals);
  for (const double total : kept.totals) EXPECT_TRUE(std::isfinite(total));
  EXPECT_TRUE(at::equal(kept.gradients, prepared.gradients));
  EXPECT_GT(kept.gradients.abs().max().item<float>(), 0);
}

const std::vector<std::uint32_t> kLabelled = {1, 3, 4, 8, 10, 15, 17};
const std::vector<std::uint32_t> kUnlabelled = {0, 1, 2, 5, 6, 7, 9, 11, 12, 18, 19};

bool every_member(Index /*member*/) {
  return true;
}

Tensor compositions(std::size_t rows, Index components, int p) {
  return test::composition({static_cast<Index>(rows), components}, p).to(at::kFloat).contiguous();
}

TEST(SourceSpectra, GuidedStepsAreTheSameEitherWay) {
  constexpr Index kMembers = 2;
  const Index k = test::SmallGuided::K;
  ASSERT_EQ(static_cast<std::size_t>(test::SmallGuided::C), kUsedCount);
  const Spectra spectra(measured(20));
  const guided::Start start = test::SmallGuided::small_start();
  TrainConfig config = *TrainConfig::from_preset("guided");
  config.members = kMembers;
  const Preprocessing as_measured(kUsed, std::vector<float>(kUsed.size()));
  const auto steps = [&](std::size_t most_kept) {
    const at::NoGradGuard no_grad;
    GuidedNetworks networks(start, kMembers, at::TensorOptions(at::kFloat));
    for (std::size_t p = 0; p < networks.parameters().count(); ++p) {
      Tensor leaf = networks.parameters().leaf(p).detach();
      leaf.copy_(fill(leaf.sizes(), 20 + static_cast<int>(p), 0.4));
    }
    const auto source = [&](const std::vector<std::uint32_t>& rows, const Tensor& y, Index batch) {
      const SourceSpectra x(spectra, as_measured, rows, at::kCPU, most_kept);
      EXPECT_EQ(x.kept(), most_kept != kKeepNone);
      return FusedGuided::Source{x, y, networks.see(x.block(0, x.rows())), batch};
    };
    FusedGuided fused(start, config, networks, source(kLabelled, compositions(kLabelled.size(), k, 62), 4),
                      source(kUnlabelled, Tensor(), 6),
                      FusedGuided::Source{{}, compositions(9, k, 63), {}, 5});
    networks.parameters().zero_gradients();
    std::vector<kernels::StepValues> values(kMembers);
    Steps result;
    for (Index step = 0; step < 3; ++step) {
      fused.differentiate(step, 0.6, every_member, values);
      for (const kernels::StepValues& value : values) result.totals.push_back(value.total);
    }
    result.gradients = networks.parameters().gradients().clone();
    return result;
  };
  expect_same(steps(SourceSpectra::kMostKept), steps(kKeepNone));
}

class EveryLikelihood : public testing::TestWithParam<const char*> {};

TEST_P(EveryLikelihood, StepsAreTheSameEitherWay) {
  constexpr Index kMembers = test::SmallProblem::M;
  constexpr Index kComponents = test::SmallProblem::K;
  constexpr Index kNuisance = test::SmallProblem::Z;
  constexpr std::size_t kUnfeatured = 8;
  const Spectra spectra(measured(20));
  TrainConfig config = test::SmallProblem::config("tanh");
  config.likelihood = GetParam();
  config.batch = 4;
  const Preprocessing prepare = preparing(GetParam());
  const auto steps = [&](std::size_t most_kept) {
    const at::NoGradGuard no_grad;
    Networks networks(config, {kMembers, static_cast<Index>(kUsedCount), kComponents, kNuisance},
                      at::TensorOptions(at::kFloat));
    networks.set_centre(prepare.centre());
    for (std::size_t p = 0; p < networks.parameters().count(); ++p) {
      Tensor leaf = networks.parameters().leaf(p).detach();
      leaf.copy_(fill(leaf.sizes(), static_cast<int>(p), 0.4));
    }
    const SourceSpectra x_l(spectra, prepare, kLabelled, at::kCPU, most_kept);
    const SourceSpectra x_u(spectra, prepare, kUnlabelled, at::kCPU, most_kept);
    EXPECT_EQ(x_u.kept(), most_kept != kKeepNone);
    FusedTraining fused(
        config, networks,
        {x_l, compositions(kLabelled.size(), kComponents, 42), x_u,
         compositions(kUnfeatured, kComponents, 43),
         fill({kMembers, static_cast<Index>(kUnfeatured), kNuisance}, 44, 1.4).to(at::kFloat).contiguous()});
    networks.parameters().zero_gradients();
    std::vector<kernels::StepValues> values(static_cast<std::size_t>(kMembers));
    Steps result;
    fused.begin_epoch(0);
    for (Index step = 0; step < 3; ++step) {
      fused.differentiate(step, step, every_member, values);
      for (const kernels::StepValues& value : values) result.totals.push_back(value.total);
    }
    result.gradients = networks.parameters().gradients().clone();
    return result;
  };
  expect_same(steps(SourceSpectra::kMostKept), steps(kKeepNone));
}

INSTANTIATE_TEST_SUITE_P(SourceSpectra, EveryLikelihood,
                         testing::Values("gaussian", "softplus-gaussian", "bernoulli"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace assayer::model
