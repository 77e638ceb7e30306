// SPDX-License-Identifier: GPL-3.0-or-later
// The written forms of a validation: JSON and table.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/validation/validation.h"
#include "tests/core/validation/validation_data.h"

namespace assayer::test {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

/// Two methods on three splits; the second failed on the last one and has no endmembers.
Validation small() {
  Validation v;
  v.by = "kfold:3";
  v.rows = 30;
  v.splits.resize(3);
  v.components = {"olivine", "glass"};
  SplitScores one{.kl = 0.1,
                  .rmse = 0.2,
                  .rmse_per = {0.1, 0.3},
                  .r2 = {0.9, std::nan("")},
                  .covered = 0.9,
                  .l2 = 1.5,
                  .sad = 4,
                  .z_accuracy = {},
                  .seconds = 0.5};
  SplitScores two = one;
  two.kl = 0.2;
  two.rmse_per = {0.2, 0.5};
  two.r2 = {0.5, 0.7};
  SplitScores three = one;
  three.kl = 0.6;
  v.methods.push_back({"pls", {one, two, three}, {}});
  for (SplitScores* scores : {&one, &two}) {
    scores->l2.reset();
    scores->sad.reset();
    scores->covered = std::nan("");
    scores->z_accuracy = 0.75;
    scores->kl *= 2;
  }
  v.methods.push_back({"untapped", {one, two, std::nullopt}, {"split 3: it went wrong"}});
  v.kl_differences.push_back({"pls", "untapped", -0.15, -0.4, 0.1});
  v.kl_differences.push_back({"untapped", "pls", 0.15, std::nan(""), std::nan("")});
  v.warnings = {"careful"};
  return v;
}

TEST(ValidationJson, HasTheDocumentedMembers) {
  const Json json = Json::parse(small().to_json());
  EXPECT_EQ(json["by"], "kfold:3");
  EXPECT_EQ(json["rows"], 30);
  EXPECT_EQ(json["folds"], 3);
  EXPECT_EQ(json["warnings"], Json::array({"careful"}));
  ASSERT_EQ(json["methods"].size(), 2U);
  for (const auto& [name, method] : json["methods"].items()) {
    for (const auto* key :
         {"kl", "rmse", "r2", "endmember_l2", "endmember_sad", "z_group_accuracy", "coverage_95"}) {
      ASSERT_TRUE(method.contains(key)) << name << "." << key;
      EXPECT_TRUE(method[key].contains("mean") && method[key].contains("sd")) << key;
    }
    for (const auto* key : {"rmse", "r2"})
      for (const auto* component : {"olivine", "glass"})
        EXPECT_TRUE(method[key]["per_component"].contains(component));
    EXPECT_TRUE(method["seconds"].is_number());
    EXPECT_EQ(method["kl_by_fold"].size(), 3U);
    EXPECT_TRUE(method["failures"].is_array());
  }
}

TEST(ValidationJson, SummarisesSplits) {
  const Json json = Json::parse(small().to_json());
  const Json& pls = json["methods"]["pls"];
  EXPECT_NEAR(pls["kl"]["mean"].get<double>(), 0.3, 1e-12);
  // .1, .2, .6: squares of .2, .1, .3 over 2.
  EXPECT_NEAR(pls["kl"]["sd"].get<double>(), std::sqrt(0.07), 1e-12);
  EXPECT_NEAR(pls["rmse"]["per_component"]["olivine"].get<double>(), 0.4 / 3, 1e-12);
  EXPECT_NEAR(pls["rmse"]["per_component"]["glass"].get<double>(), 1.1 / 3, 1e-12);
  // NaN is left out: .9, (.5 + .7) / 2, .9; glass has one number.
  EXPECT_NEAR(pls["r2"]["mean"].get<double>(), 0.8, 1e-12);
  EXPECT_NEAR(pls["r2"]["per_component"]["glass"].get<double>(), 0.7, 1e-12);
  EXPECT_EQ(pls["endmember_l2"]["mean"], 1.5);
  EXPECT_EQ(pls["endmember_l2"]["sd"], 0);
  EXPECT_TRUE(pls["z_group_accuracy"]["mean"].is_null());
  EXPECT_NEAR(pls["seconds"].get<double>(), 1.5, 1e-12);
  EXPECT_EQ(pls["kl_by_fold"], Json::array({0.1, 0.2, 0.6}));

  const Json& other = json["methods"]["untapped"];
  EXPECT_NEAR(other["kl"]["mean"].get<double>(), 0.3, 1e-12);
  EXPECT_EQ(other["kl_by_fold"], Json::array({0.2, 0.4, nullptr}));
  EXPECT_EQ(other["failures"], Json::array({"split 3: it went wrong"}));
  EXPECT_TRUE(other["endmember_sad"]["mean"].is_null());
  EXPECT_TRUE(other["coverage_95"]["mean"].is_null());
  EXPECT_EQ(other["z_group_accuracy"]["mean"], 0.75);

  ASSERT_EQ(json["paired"].size(), 2U);
  EXPECT_EQ(
      json["paired"][0],
      Json::parse(
          R"({"a": "pls", "b": "untapped", "kl_difference": {"mean": -0.15, "low": -0.4, "high": 0.1}})"));
  EXPECT_TRUE(json["paired"][1]["kl_difference"]["low"].is_null());
}

TEST(ValidationJson, SurvivesNamesThatAreNotUtf8) {
  Validation v = small();
  v.components[0] = "olivin\xE9";
  EXPECT_FALSE(Json::parse(v.to_json(), nullptr, false).is_discarded());
}

/// Characters of UTF-8 text; every one that the table uses is one column wide.
std::vector<std::string> characters(const std::string& line) {
  std::vector<std::string> all;
  for (const char c : line) {
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U)
      all.back() += c;
    else
      all.emplace_back(1, c);
  }
  return all;
}

std::vector<std::vector<std::string>> table_lines(const Validation& v) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream text(v.to_table());
  for (std::string line; std::getline(text, line);) lines.push_back(characters(line));
  return lines;
}

/// Where words begin that stand two blanks or more from the one before.
std::vector<std::size_t> cells(const std::vector<std::string>& line) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == " ") continue;
    if (i == 0 || (i >= 2 && line[i - 1] == " " && line[i - 2] == " ")) starts.push_back(i);
  }
  return starts;
}

TEST(ValidationTable, ColumnsAlign) {
  Validation v = small();
  for (const double size : {1.0, -1.0}) {
    // As wide as numbers get.
    if (size < 0) {
      v.methods[0].method = "a-method-of-a-long-name";
      for (std::size_t s = 0; s < 3; ++s) {
        v.methods[0].splits[s]->kl = 1.2345e-5 * static_cast<double>(s + 1);
        v.methods[0].splits[s]->r2 = {-1.2345e5 * static_cast<double>(s * s + 1), std::nan("")};
      }
    }
    const auto lines = table_lines(v);
    ASSERT_GT(lines.size(), 4U);
    const auto header = cells(lines[2]);
    ASSERT_EQ(header.size(), 9U) << "method, seven measures, seconds";
    EXPECT_EQ(cells(lines[3]), header) << v.to_table();
    EXPECT_EQ(cells(lines[4]), header) << v.to_table();
  }
}

TEST(ValidationTable, TellsWhatTheJsonTells) {
  const std::string table = small().to_table();
  EXPECT_THAT(table, HasSubstr("30 spectra, 3 splits by kfold:3"));
  EXPECT_THAT(table, HasSubstr("0.3 ± 0.26"));
  EXPECT_THAT(table, HasSubstr("1.5 ± 0"));
  EXPECT_THAT(table, HasSubstr("–"));
  EXPECT_THAT(table, HasSubstr("pls − untapped"));
  EXPECT_THAT(table, HasSubstr("-0.15  [-0.4, +0.1]\n"));
  EXPECT_THAT(table, HasSubstr("+0.15\n")) << "no interval";
  EXPECT_THAT(table, HasSubstr("untapped failed on split 3: it went wrong"));
  EXPECT_EQ(table.back(), '\n');
  Validation single = small();
  single.methods.resize(1);
  single.kl_differences.clear();
  EXPECT_THAT(single.to_table(), ::testing::Not(HasSubstr("difference")));
}

}  // namespace
}  // namespace assayer::test
