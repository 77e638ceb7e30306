// SPDX-License-Identifier: GPL-3.0-or-later
// The rule of successive halving. What it comes to with real trainings, tests/cli/halving_test.cpp tells.
#include "core/validation/halving.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/validation/validation.h"
#include "tests/core/validation/validation_data.h"

namespace assayer::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Halving, HasTheLeastNumberOfRungsThatLeavesOne) {
  EXPECT_EQ(halving_rungs(1, 2), 0U);
  EXPECT_EQ(halving_rungs(2, 2), 1U);
  EXPECT_EQ(halving_rungs(4, 2), 2U);
  EXPECT_EQ(halving_rungs(5, 2), 3U);
  EXPECT_EQ(halving_rungs(8, 2), 3U);
  EXPECT_EQ(halving_rungs(9, 3), 2U);
  EXPECT_EQ(halving_rungs(10, 3), 3U);
  EXPECT_EQ(halving_rungs(3, 4), 1U);
  for (std::size_t factor = 2; factor < 5; ++factor) {
    for (std::size_t candidates = 1; candidates < 100; ++candidates) {
      std::size_t left = candidates;
      const std::size_t rungs = halving_rungs(candidates, factor);
      for (std::size_t rung = 0; rung < rungs; ++rung) {
        EXPECT_GT(left, 1U) << "a rung for nothing";
        left = halving_stay(std::vector<double>(left, 1.0), factor).size();
      }
      EXPECT_EQ(left, 1U) << candidates << " by " << factor;
    }
  }
}

TEST(Halving, RungsComeAtSharesOfTheEpochs) {
  const auto epochs = [](std::int64_t all, std::size_t factor, std::size_t rungs) {
    std::vector<std::int64_t> made;
    for (std::size_t rung = 0; rung < rungs; ++rung) made.push_back(halving_epoch(all, factor, rung, rungs));
    return made;
  };
  EXPECT_THAT(epochs(1000, 2, 3), ElementsAre(125, 250, 500));
  EXPECT_THAT(epochs(5000, 3, 2), ElementsAre(555, 1666));
  EXPECT_THAT(epochs(3, 2, 3), ElementsAre(1, 1, 1));
}

TEST(Halving, TheLeastStayInTheirOrder) {
  EXPECT_THAT(halving_stay({3, 1, 4, 2}, 2), ElementsAre(1, 3));
  EXPECT_THAT(halving_stay({5, 4, 3, 2, 1}, 2), ElementsAre(2, 3, 4));
  EXPECT_THAT(halving_stay({5, 4, 3, 2, 1}, 3), ElementsAre(3, 4));
  EXPECT_THAT(halving_stay({1, 1, 1, 1}, 2), ElementsAre(0, 1)) << "of equals the first";
  EXPECT_THAT(halving_stay({kNan, 7, kInf, 8}, 2), ElementsAre(1, 3));
  EXPECT_THAT(halving_stay({kInf, kNan, 9, -kInf}, 2), ElementsAre(0, 2)) << "what is not finite is worst";
}

TEST(Halving, RefusesWhereItMakesNoSense) {
  const DatasetPtr data = dataset_of(replicates().parts);
  const auto refused = [&](ValidationSettings settings, const std::string& words) {
    RunControl control;
    const auto made = validate(data, settings, control);
    ASSERT_FALSE(made) << words;
    EXPECT_EQ(made.error().kind, Error::Kind::Usage);
    EXPECT_THAT(made.error().message(), HasSubstr("halving"));
    EXPECT_THAT(made.error().message(), HasSubstr(words));
  };
  ValidationSettings settings;
  settings.methods = {"untapped"};
  settings.halving = 2;
  refused(settings, "settings to search over");
  settings.over = {"rate=0.001,0.01"};
  refused(settings, "3 combinations");
  settings.over = {"rate=0.001,0.003,0.01"};
  settings.halving = 1;
  refused(settings, "2 or more");
  settings.halving = 2;
  settings.methods = {"pls"};
  settings.over = {"components=1,2,3"};
  refused(settings, "trained by epochs");
}

TEST(Halving, IsWrittenDown) {
  Validation validation;
  validation.by = "kfold:5";
  validation.components = {"a"};
  validation.halving = Halving{.factor = 2,
                               .candidates = {"untapped rate=1", "untapped rate=2", "untapped rate=3"},
                               .rungs = {{{0, 25, 0.5, false}, {1, 25, kInf, true}, {2, 25, 0.25, false}},
                                         {{0, 50, 0.375, true}, {2, 50, 0.125, false}}},
                               .winner = 2};
  const auto json = nlohmann::json::parse(validation.to_json())["halving"];
  EXPECT_EQ(json["winner"], "untapped rate=3");
  EXPECT_EQ(json["factor"], 2);
  ASSERT_EQ(json["rungs"].size(), 2U);
  EXPECT_EQ(json["rungs"][0][1].dump(),
            R"({"dropped":true,"epoch":25,"kl":null,"settings":"untapped rate=2"})");
  EXPECT_EQ(json["rungs"][1][1]["kl"], 0.125);
  const std::string table = validation.to_table();
  EXPECT_THAT(table, HasSubstr("untapped rate=1  0.5 (25)                  0.375 (50) ×\n"));
  EXPECT_THAT(table, HasSubstr("untapped rate=2  failed (25) ×\n"));
  EXPECT_THAT(table, HasSubstr("Left: untapped rate=3"));
}

}  // namespace
}  // namespace assayer::test
