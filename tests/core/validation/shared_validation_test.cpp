// SPDX-License-Identifier: GPL-3.0-or-later
// Validations by several ranks, and such as take up what an earlier one has left.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <bit>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "core/validation/kept_fits.h"
#include "core/validation/scores_json_detail.h"
#include "core/validation/validation.h"
#include "tests/core/validation/thread_ranks.h"
#include "tests/core/validation/validation_data.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

ValidationSettings settings_of(std::vector<std::string> methods, std::string by) {
  ValidationSettings settings;
  settings.by = std::move(by);
  settings.methods = std::move(methods);
  settings.set = {"link=identity"};
  return settings;
}

DatasetPtr data_of() {
  return dataset_of(replicates(3, 0.02, 0.3).parts);
}

/// Table and object of a validation by `ranks` ranks, which must all come to the same.
std::string by_ranks(std::size_t ranks, const DatasetPtr& data, const ValidationSettings& settings) {
  std::vector<std::string> texts(ranks);
  on_ranks(ranks, [&](Ranks& own) {
    RunControl control;
    const auto made = validate(data, settings, control, {}, {.ranks = &own});
    texts[own.rank()] =
        made ? made->to_table(false) + made->to_json(false) : "failed: " + made.error().message();
  });
  for (const std::string& text : texts) EXPECT_EQ(text, texts.front());
  return texts.front();
}

TEST(SharedValidation, GivesTheSameBytesByAnyNumberOfRanks) {
  const DatasetPtr data = data_of();
  ValidationSettings curve = settings_of({"pls", "ridge", "vca"}, "compositions:4");
  curve.learning_curve = 3;
  ValidationSettings search = settings_of({"pls"}, "kfold:3");
  search.over = {"components=1,2,3"};
  ValidationSettings nested = settings_of({"pls", "pcr"}, "kfold:2");
  nested.choose = {"components=1,2,3"};
  ValidationSettings preprocessed = settings_of({"pls"}, "group");
  preprocessed.preprocessing = *Pipeline::parse(std::vector<std::string>{"snv"});
  for (const ValidationSettings& settings : {curve, search, nested, preprocessed}) {
    RunControl control;
    const auto one = validate(data, settings, control);
    ASSERT_TRUE(one) << one.error().message();
    const std::string expected = one->to_table(false) + one->to_json(false);
    EXPECT_THAT(expected, HasSubstr("kl_by_fold"));
    EXPECT_THAT(expected, ::testing::Not(HasSubstr("seconds")));
    // More ranks than fits, too.
    for (const std::size_t ranks : {2, 3, 13}) EXPECT_EQ(by_ranks(ranks, data, settings), expected) << ranks;
  }
}

TEST(SharedValidation, DealsEveryFitToOneRank) {
  const DatasetPtr data = data_of();
  const ValidationSettings settings = settings_of({"pls", "ridge"}, "kfold:3");
  std::array<std::atomic<int>, 4> begun{};
  on_ranks(4, [&](Ranks& ranks) {
    RunControl control;
    std::vector<std::string> fits;
    const auto note = [&](double /*share*/, std::string_view what) {
      if (fits.empty() || fits.back() != what) fits.emplace_back(what);
    };
    ASSERT_TRUE(validate(data, settings, control, note, {.ranks = &ranks}));
    begun[ranks.rank()] = static_cast<int>(fits.size());
  });
  EXPECT_EQ(begun[0], 2);
  EXPECT_EQ(begun[1], 2);
  EXPECT_EQ(begun[2], 1);
  EXPECT_EQ(begun[3], 1);
}

TEST(SharedValidation, AFaultOfSettingsIsEverybodys) {
  const std::string said = by_ranks(3, data_of(), settings_of({"pls"}, "chance"));
  EXPECT_THAT(said, HasSubstr("kfold:F"));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("rank"))) << "all of them have it";
}

TEST(SharedValidation, RefusesRanksThatMeanDifferentThings) {
  const DatasetPtr data = data_of();
  on_ranks(2, [&](Ranks& ranks) {
    ValidationSettings settings = settings_of({"pls"}, "kfold:3");
    settings.seed = ranks.rank();
    RunControl control;
    const auto made = validate(data, settings, control, {}, {.ranks = &ranks});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, Error::Kind::Data);
    EXPECT_THAT(made.error().message(), HasSubstr("rank 1"));
  });
}

TEST(Agree, TellsAllRanksOfTheFaultOfOne) {
  on_ranks(3, [](Ranks& ranks) {
    RunControl control;
    EXPECT_TRUE(agree(ranks, {}, control));
    const Status mine = ranks.rank() == 1
                            ? fail({Error::Kind::File, "is gone", "lab.h5", "a file", "none", "Copy it."})
                            : Status{};
    const auto agreed = agree(ranks, mine, control);
    ASSERT_FALSE(agreed);
    EXPECT_EQ(agreed.error().kind, Error::Kind::File);
    EXPECT_EQ(agreed.error().message(), "rank 1: lab.h5: is gone: expected a file, found none. Copy it.");
  });
}

class KeptFitsTest : public ::testing::Test {
 protected:
  KeptFitsTest() { fs::create_directories(folder_); }
  ~KeptFitsTest() override { fs::remove_all(folder_.parent_path()); }
  KeptFitsTest(const KeptFitsTest&) = delete;
  KeptFitsTest& operator=(const KeptFitsTest&) = delete;

  Result<Validation> kept(const ValidationSettings& settings, bool afresh = false) {
    RunControl control;
    said_.clear();
    return validate(
        data_, settings, control, {},
        {.folder = folder_, .afresh = afresh, .begin = [&](const std::string& text) { said_ = text; }});
  }
  [[nodiscard]] fs::path record(const std::string& name) const { return folder_ / "fits" / (name + ".json"); }
  static std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

  DatasetPtr data_ = data_of();
  fs::path folder_ =
      fs::temp_directory_path() / ("assayer-kept-" + std::to_string(std::random_device()())) / "run";
  std::string said_;
};

TEST_F(KeptFitsTest, FinishedFitsAreTakenUpAndOthersMade) {
  const ValidationSettings settings = settings_of({"pls", "ridge"}, "kfold:3");
  const auto first = kept(settings);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(said_, "");
  // A record that says another number shows that it is read, not made again.
  auto json = nlohmann::ordered_json::parse(read(record("split-2_variant-1")));
  json["kl"] = 7.25;
  write(record("split-2_variant-1"), json.dump());
  fs::remove(record("split-3_variant-2"));
  // Half a record is none.
  const std::string whole = read(record("split-1_variant-2"));
  write(record("split-1_variant-2"), whole.substr(0, whole.size() / 2));
  const auto second = kept(settings);
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_THAT(said_, HasSubstr("5 finished fits"));
  EXPECT_EQ(second->methods[0].splits[1]->kl, 7.25);
  EXPECT_EQ(second->methods[0].splits[0]->kl, first->methods[0].splits[0]->kl);
  for (std::size_t s = 0; s < 3; ++s)
    EXPECT_EQ(second->methods[1].splits[s]->kl, first->methods[1].splits[s]->kl);
  // All of it but the time that it took.
  const auto timeless = [](const std::string& text) {
    auto made = nlohmann::ordered_json::parse(text);
    EXPECT_EQ(made.erase("seconds"), 1U);
    return made;
  };
  EXPECT_EQ(timeless(read(record("split-1_variant-2"))), timeless(whole));
}

TEST_F(KeptFitsTest, AnotherValidationIsRefusedUnlessToldTo) {
  ASSERT_TRUE(kept(settings_of({"pls"}, "kfold:3")));
  const auto other = kept(settings_of({"pls"}, "kfold:4"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, Error::Kind::Usage);
  EXPECT_THAT(other.error().message(), HasSubstr("another by"));
  EXPECT_THAT(other.error().message(), HasSubstr("kfold:3"));
  EXPECT_TRUE(fs::exists(record("split-1_variant-1")));
  // Without a name of its own the reason is the rows.
  ValidationSettings fewer = settings_of({"pls"}, "kfold:3");
  fewer.excluded = {0};
  EXPECT_FALSE(kept(fewer));
  // How often checkpoints are written is no other validation.
  ValidationSettings often = settings_of({"pls"}, "kfold:3");
  often.set.emplace_back("checkpoint_seconds=0.5");
  EXPECT_TRUE(kept(often));

  const auto anew = kept(settings_of({"ridge"}, "kfold:2"), true);
  ASSERT_TRUE(anew) << anew.error().message();
  EXPECT_EQ(said_, "");
  EXPECT_FALSE(fs::exists(record("split-3_variant-1")));
  EXPECT_TRUE(kept(settings_of({"ridge"}, "kfold:2")));
  EXPECT_THAT(said_, HasSubstr("2 finished fits"));
}

TEST_F(KeptFitsTest, NothingOfSomebodyElsesIsTouched) {
  write(folder_ / "thesis.txt", "years of work");
  for (const bool afresh : {false, true}) {
    const auto made = kept(settings_of({"pls"}, "kfold:3"), afresh);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, Error::Kind::File);
    EXPECT_EQ(read(folder_ / "thesis.txt"), "years of work");
    EXPECT_FALSE(fs::exists(folder_ / "run.json"));
  }
}

TEST(ScoresJson, KeepsEveryBit) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  SplitScores scores;
  scores.kl = 0.1 + 0.2;
  scores.rmse = std::numeric_limits<double>::denorm_min();
  scores.rmse_per = {1.0 / 3, -0.0, std::numeric_limits<double>::max()};
  scores.r2 = {kNan, -kInf, kInf};
  scores.covered = kNan;
  scores.sad = 1e-300;
  scores.chosen = "rate=0.1, \"α\"";
  scores.predicted = Matrix<double>({0.25, 1.0 / 7, 5, 6, 7, 8}, 2, 3);
  const SplitScores back = scores_from(nlohmann::ordered_json::parse(scores_to_json(scores).dump()));
  const auto same = [](double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  };
  EXPECT_TRUE(same(back.kl, scores.kl));
  EXPECT_TRUE(same(back.rmse, scores.rmse));
  for (std::size_t k = 0; k < 3; ++k) EXPECT_TRUE(same(back.rmse_per[k], scores.rmse_per[k])) << k;
  EXPECT_TRUE(std::isnan(back.r2[0]));
  EXPECT_EQ(back.r2[1], -kInf);
  EXPECT_EQ(back.r2[2], kInf);
  EXPECT_TRUE(std::isnan(back.covered));
  EXPECT_FALSE(back.l2);
  EXPECT_EQ(back.sad, 1e-300);
  EXPECT_EQ(back.chosen, scores.chosen);
  ASSERT_EQ(back.predicted.rows(), 2U);
  EXPECT_TRUE(same(back.predicted(0, 1), 1.0 / 7));
  EXPECT_TRUE(back.predicted_sd.empty());
}

}  // namespace
}  // namespace assayer::test
