// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

namespace assayer {
namespace {

/// Linear mixing of known spectra: a model whose endmembers are known.
class LinearMixing : public Model {
 public:
  explicit LinearMixing(Matrix<float> pure) : pure_(std::move(pure)) {
    for (std::size_t k = 0; k < pure_.rows(); ++k) state_.components.push_back("c" + std::to_string(k));
    state_.channel_used.assign(pure_.cols(), 1);
  }
  bool broken = false;

  const ModelState& state() const override { return state_; }
  Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                     const Matrix<double>& z) const override {
    EXPECT_TRUE(z.empty());
    if (broken)
      return fail(
          {.kind = Error::Kind::Numeric, .what = "", .where = "", .expected = "", .found = "", .mend = ""});
    EndmemberEstimate made{.mean = Matrix<float>(composition.rows(), pure_.cols()),
                           .sd = Matrix<float>(composition.rows(), pure_.cols())};
    for (std::size_t i = 0; i < composition.rows(); ++i)
      for (std::size_t c = 0; c < pure_.cols(); ++c)
        for (std::size_t k = 0; k < pure_.rows(); ++k)
          made.mean(i, c) += static_cast<float>(composition(i, k)) * pure_(k, c);
    return made;
  }
  Result<Prediction> predict(MatrixView<float> /*spectra*/, const Matrix<double>* /*y*/) const override {
    return Prediction{};
  }
  Result<Matrix<float>> sample(const Matrix<double>& /*composition*/, const Matrix<double>& /*z*/,
                               std::int64_t /*samples*/, std::uint64_t /*seed*/) const override {
    return Matrix<float>{};
  }

 private:
  Matrix<float> pure_;
  ModelState state_;
};

TEST(Model, EndmembersAreGeneratedAtTheCorners) {
  const Matrix<float> pure({1, 2, 3, 4, 6, 5}, 2, 3);
  EXPECT_EQ(LinearMixing(pure).endmembers().mean, pure);
}

TEST(Model, EndmembersOfABrokenModelAreGaps) {
  LinearMixing model(Matrix<float>({1, 2, 3, 4, 6, 5}, 2, 3));
  model.broken = true;
  const EndmemberEstimate made = model.endmembers();
  ASSERT_EQ(made.mean.rows(), 2U);
  ASSERT_EQ(made.sd.cols(), 3U);
  for (const float value : made.mean.values()) EXPECT_TRUE(std::isnan(value));
}

TEST(StopReason, HasItsWords) {
  EXPECT_EQ(to_string(StopReason::Completed), "completed");
  EXPECT_EQ(to_string(StopReason::Stopped), "stopped");
  EXPECT_EQ(to_string(StopReason::Numeric), "numeric");
}

// A build of the core alone has no engine beside it: then the error must help, else every thread must get the
// same one.
TEST(EngineLoad, GivesOneEngineToEveryThreadOrSaysWhatIsMissing) {
  constexpr std::size_t kThreads = 4;
  std::vector<Result<std::shared_ptr<const Engine>>> loaded(kThreads);
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (std::size_t i = 0; i < kThreads; ++i)
      threads.emplace_back([&loaded, i] { loaded[i] = Engine::load(); });
  }
  for (const auto& engine : loaded) {
    ASSERT_EQ(engine.has_value(), loaded[0].has_value());
    if (engine) {
      EXPECT_EQ(engine->get(), loaded[0]->get());
      EXPECT_THAT((*engine)->description(), testing::HasSubstr("LibTorch"));
    } else {
      EXPECT_EQ(engine.error().kind, Error::Kind::File);
      EXPECT_THAT(engine.error().where, testing::HasSubstr("libassayer_engine.so"));
      EXPECT_FALSE(engine.error().found.empty());
    }
  }
}

}  // namespace
}  // namespace assayer
