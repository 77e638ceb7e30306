// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/train_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/train/objective_terms.h"

namespace assayer {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// For every key a valid value that is not the default, and how it reads in JSON.
struct Example {
  const char* key;
  const char* value;
  const char* json;
};
const std::vector<Example> kExamples = {
    {"preset", "guided", "\"guided\""},
    {"method", "m2", "\"m2\""},
    {"objective", "paper", "\"paper\""},  // the only one
    {"reverse_z", "latent", "\"latent\""},
    {"likelihood", "bernoulli", "\"bernoulli\""},
    {"y_posterior", "concrete", "\"concrete\""},
    {"temperature", "0.5", "0.5"},
    {"y_prior", "0.5,1,2", "[0.5,1.0,2.0]"},
    {"z_prior", "gaussian", "\"gaussian\""},
    {"flow", "planar", "\"planar\""},
    {"flow_layers", "4", "4"},
    {"samples", "8", "8"},
    {"bound", "importance", "\"importance\""},
    {"nuisance_dimensions", "2", "2"},
    {"nonlinearity", "softplus", "\"softplus\""},
    {"hidden_y", "25,10", "[25,10]"},
    {"hidden_z", "5,5", "[5,5]"},
    {"hidden_x", "50", "[50]"},
    {"hidden_zy", "7,3", "[7,3]"},
    {"spread", "softplus", "\"softplus\""},
    {"link", "hapke", "\"hapke\""},
    {"task", "calibration", "\"calibration\""},
    {"unmixing", "sunsal", "\"sunsal\""},
    {"components", "3", "3"},
    {"pls_algorithm", "nipals", "\"nipals\""},
    {"pls_outputs", "one", "\"one\""},
    {"ridge", "0.5", "0.5"},
    {"sunsal_lambda", "0.25", "0.25"},
    {"skewers", "200", "200"},
    {"starts", "3", "3"},
    {"outside", "0.2", "0.2"},
    {"volume_weight", "0.125", "0.125"},
    {"iterations", "7", "7"},
    {"label_epsilon", "0.01", "0.01"},
    {"alpha_f", "0.1", "0.1"},
    {"alpha_fd", "10", "10.0"},
    {"alpha_r", "1e-4", "0.0001"},
    {"alpha_rd", "0", "0.0"},
    {"alpha_c", "0.5", "0.5"},
    {"batch", "64", "64"},
    {"epochs", "100", "100"},
    {"rate", "0.01", "0.01"},
    {"adam_beta1", "0.5", "0.5"},
    {"adam_beta2", "0.99", "0.99"},
    {"adam_epsilon", "1e-08", "1e-08"},
    {"gradient_clip", "5", "5.0"},
    {"max_labelled", "0", "0"},
    {"members", "8", "8"},
    {"seed", "18446744073709551615", "18446744073709551615"},
    {"threads", "2", "2"},
    {"device", "cpu", "\"cpu\""},
    {"step", "fused", "\"fused\""},
    {"snapshot_seconds", "0.5", "0.5"},
    {"checkpoint_seconds", "60", "60.0"},
};

TEST(TrainConfig, CrismIsThePapersColumn) {
  const auto config = TrainConfig::from_preset("crism");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->nuisance_dimensions, 1);
  EXPECT_EQ(config->nonlinearity, "tanh");
  EXPECT_THAT(config->hidden_y, ElementsAre(5));
  EXPECT_THAT(config->hidden_z, ElementsAre(5));
  EXPECT_THAT(config->hidden_x, ElementsAre(20));
  EXPECT_EQ(config->alphas, (Alphas{1, 1, 0.01, 1}));
  EXPECT_EQ(config->batch, 100);
  EXPECT_EQ(config->epochs, 5000);
  EXPECT_EQ(config->rate, 0.003);
  EXPECT_EQ(config->max_labelled, 500);
  EXPECT_TRUE(config->validate());
}

TEST(TrainConfig, GuidedHasItsOwnSchedule) {
  const auto config = TrainConfig::from_preset("guided");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->preset, "guided");
  EXPECT_EQ(config->method, "guided");
  EXPECT_EQ(config->link, "auto");
  EXPECT_EQ(config->task, "auto");
  EXPECT_EQ(config->effective_alphas(), (Alphas{1, 1, 0.1, 0, 0}));
  EXPECT_EQ(config->epochs, 600);
  EXPECT_EQ(config->rate, 0.005);
  EXPECT_EQ(config->adam_epsilon, 1e-8);
  EXPECT_EQ(config->gradient_clip, 100);
  EXPECT_EQ(config->members, 4);
  EXPECT_TRUE(config->validate());
}

TEST(TrainConfig, LinkAndTaskHaveChoices) {
  EXPECT_THAT(TrainConfig::choices("link"), ElementsAre("auto", "identity", "hapke", "log"));
  EXPECT_THAT(TrainConfig::choices("task"), ElementsAre("auto", "unmixing", "calibration"));
  TrainConfig config;
  for (const char* key : {"link", "task"}) {
    const Status misspelt = config.set(key, "auto-matic");
    ASSERT_FALSE(misspelt) << key;
    EXPECT_EQ(misspelt.error().kind, Error::Kind::Usage);
    EXPECT_THAT(misspelt.error().message(), HasSubstr("auto"));
  }
  EXPECT_EQ(config, TrainConfig());
}

TEST(TrainConfig, LibsAndMnistArePapersColumns) {
  const auto libs = TrainConfig::from_preset("libs");
  ASSERT_TRUE(libs);
  EXPECT_TRUE(libs->validate());
  EXPECT_EQ(libs->likelihood, "softplus-gaussian");
  EXPECT_EQ(libs->y_posterior, "logistic-normal");
  EXPECT_EQ(libs->nuisance_dimensions, 2);
  EXPECT_EQ(libs->nonlinearity, "tanh");
  EXPECT_THAT(libs->hidden_y, ElementsAre(25, 10));
  EXPECT_THAT(libs->hidden_z, ElementsAre(5, 5));
  EXPECT_THAT(libs->hidden_x, ElementsAre(50));
  EXPECT_EQ(libs->effective_alphas(), (Alphas{0.01, 10, 1e-4, 1e-4, 0}));
  EXPECT_EQ(libs->batch, 100);
  EXPECT_EQ(libs->epochs, 2000);
  EXPECT_EQ(libs->rate, 0.01);
  const auto mnist = TrainConfig::from_preset("mnist");
  ASSERT_TRUE(mnist);
  EXPECT_TRUE(mnist->validate());
  EXPECT_EQ(mnist->likelihood, "bernoulli");
  EXPECT_EQ(mnist->y_posterior, "concrete");
  EXPECT_EQ(mnist->nuisance_dimensions, 2);
  EXPECT_EQ(mnist->nonlinearity, "softplus");
  for (const auto* hidden : {&mnist->hidden_y, &mnist->hidden_z, &mnist->hidden_x})
    EXPECT_THAT(*hidden, ElementsAre(500));
  EXPECT_EQ(mnist->effective_alphas(), (Alphas{0.1, 1, 0.1, 0.1, 0}));
  EXPECT_EQ(mnist->batch, 10000);
  EXPECT_EQ(mnist->epochs, 1000);
  EXPECT_EQ(mnist->rate, 0.001);
}

TEST(TrainConfig, DistributionsThatDoNotGoTogetherAreRefused) {
  TrainConfig guided = *TrainConfig::from_preset("guided");
  guided.likelihood = "bernoulli";
  ASSERT_FALSE(guided.validate());
  EXPECT_THAT(guided.validate().error().message(), HasSubstr("likelihood"));
  TrainConfig published;
  published.objective = "published-code";
  published.spread = "softplus";
  EXPECT_TRUE(published.validate());
  published.samples = 2;
  EXPECT_FALSE(published.validate());
  TrainConfig flow;
  flow.flow = "coupling";
  EXPECT_TRUE(flow.validate());
  flow.y_posterior = "concrete";
  ASSERT_FALSE(flow.validate());
  EXPECT_EQ(flow.validate().error().where, "flow");
}

TEST(TrainConfig, AValueReadsAsItIsSet) {
  for (const Example& example : kExamples) {
    TrainConfig config;
    ASSERT_TRUE(config.set(example.key, example.value)) << example.key;
    TrainConfig again;
    ASSERT_TRUE(again.set(example.key, config.value(example.key))) << example.key;
    EXPECT_EQ(again, config) << example.key;
  }
  EXPECT_EQ(TrainConfig().value("hidden_y"), "5");
  EXPECT_EQ(TrainConfig().value("rate"), "0.003");
  EXPECT_EQ(TrainConfig().value("moon"), "");
}

TEST(TrainConfig, ChangedAreTheKeysThatPresetAndMethodDoNotExplain) {
  TrainConfig config;
  EXPECT_THAT(config.changed(), IsEmpty());
  for (const char* preset : {"libs", "mnist", "guided"})
    EXPECT_THAT(TrainConfig::from_preset(preset)->changed(), IsEmpty()) << preset;
  // A method is a choice beside the preset; what it brings along is no change.
  for (const char* method : {"m2", "pls", "guided"})
    EXPECT_THAT(config.with_method(method)->changed(), IsEmpty()) << method;
  ASSERT_TRUE(config.set("alpha_r", "0.5"));
  ASSERT_TRUE(config.set("hidden_x", "20,20"));
  EXPECT_THAT(config.changed(), ElementsAre("hidden_x", "alpha_r"));
  EXPECT_EQ(config.unchanged().value("alpha_r"), "0.01");
  EXPECT_THAT(config.unchanged().changed(), IsEmpty());
  // Back to the preset's value, however it is written.
  ASSERT_TRUE(config.set("alpha_r", "1e-2"));
  EXPECT_THAT(config.changed(), ElementsAre("hidden_x"));
}

TEST(TrainConfig, SaysWhichPresetsThereAre) {
  const auto unknown = TrainConfig::from_preset("moon");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Error::Kind::Usage);
  EXPECT_THAT(unknown.error().message(),
              HasSubstr("no such preset: expected crism, libs, mnist or guided, found \"moon\""));
}

TEST(TrainConfig, EachKeyIsSettableAndRoundTrips) {
  std::vector<std::string> names;
  names.reserve(std::size(kExamples));
  for (const Example& example : kExamples) names.emplace_back(example.key);
  EXPECT_EQ(TrainConfig::keys(), names);

  TrainConfig all;
  for (const Example& example : kExamples) {
    TrainConfig config;
    const Status status = config.set(example.key, example.value);
    ASSERT_TRUE(status) << status.error().message();
    EXPECT_TRUE(config.validate()) << example.key;
    const Json json = Json::parse(config.to_json());
    EXPECT_EQ(json.size(), kExamples.size());
    EXPECT_EQ(json[example.key], Json::parse(example.json)) << example.key;
    // Nothing else changed.
    Json rest = json;
    Json defaults = Json::parse(TrainConfig{}.to_json());
    rest.erase(example.key);
    defaults.erase(example.key);
    EXPECT_EQ(rest, defaults) << example.key;
    const auto back = TrainConfig::from_json(config.to_json());
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, config) << example.key;
    ASSERT_TRUE(all.set(example.key, example.value));
  }
  const auto back = TrainConfig::from_json(all.to_json());
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, all);
}

TEST(TrainConfig, RoundTripsEveryBitOfANumber) {
  TrainConfig config;
  config.rate = 0.1 + 0.2;
  config.alphas.reverse = std::numeric_limits<double>::denorm_min();
  config.label_epsilon = std::nextafter(1e-3, 1.0);
  const auto back = TrainConfig::from_json(config.to_json());
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, config);
}

TEST(TrainConfig, UnknownKeyListsTheKeys) {
  TrainConfig config;
  const Status status = config.set("learning_rate", "1");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, Error::Kind::Usage);
  for (const std::string& key : TrainConfig::keys()) EXPECT_THAT(status.error().message(), HasSubstr(key));
  EXPECT_THAT(status.error().message(), HasSubstr("\"learning_rate\""));
}

TEST(TrainConfig, ValuesThatDoNotParseChangeNothing) {
  const std::vector<std::pair<const char*, const char*>> bad = {
      {"epochs", "many"},  {"epochs", "1.5"},   {"epochs", ""},           {"epochs", "10 "},
      {"rate", "0,003"},   {"rate", "fast"},    {"seed", "-1"},           {"seed", "18446744073709551616"},
      {"hidden_y", "5,"},  {"hidden_y", "5,x"}, {"hidden_y", ""},         {"hidden_y", ",5"},
      {"y_prior", "1,"},   {"y_prior", ""},     {"likelihood", "normal"}, {"samples", "2.5"},
      {"method", "UNTAP"}, {"device", "gpu"},   {"spread", "wide"},       {"objective", "their-code"},
  };
  for (const auto& [key, value] : bad) {
    TrainConfig config;
    const Status status = config.set(key, value);
    ASSERT_FALSE(status) << key << "=" << value;
    EXPECT_EQ(status.error().kind, Error::Kind::Usage);
    EXPECT_EQ(status.error().where, key);
    EXPECT_FALSE(status.error().expected.empty());
    EXPECT_EQ(config, TrainConfig{});
  }
}

TEST(TrainConfig, ValuesOutOfRangeAreNamed) {
  const std::vector<std::pair<const char*, const char*>> bad = {
      {"nuisance_dimensions", "0"},
      {"nuisance_dimensions", "17"},
      {"hidden_y", "0"},
      {"hidden_y", "4097"},
      {"hidden_x", "5,5,5,5,5"},
      {"label_epsilon", "0"},
      {"label_epsilon", "0.11"},
      {"alpha_f", "-1"},
      {"alpha_rd", "nan"},
      {"alpha_r", "inf"},
      {"batch", "0"},
      {"epochs", "0"},
      {"epochs", "-5"},
      {"rate", "0"},
      {"rate", "nan"},
      {"rate", "inf"},
      {"adam_beta1", "1"},
      {"adam_beta2", "-0.1"},
      {"adam_epsilon", "0"},
      {"gradient_clip", "0"},
      {"max_labelled", "-1"},
      {"temperature", "0"},
      {"temperature", "nan"},
      {"y_prior", "0"},
      {"y_prior", "1,-1"},
      {"y_prior", "1,nan"},
      {"flow_layers", "0"},
      {"samples", "0"},
      {"samples", "1001"},
      {"alpha_c", "-1"},
      {"members", "0"},
      {"members", "1025"},
      {"threads", "0"},
      {"threads", "257"},
      {"snapshot_seconds", "0"},
      {"checkpoint_seconds", "-1"},
  };
  for (const auto& [key, value] : bad) {
    TrainConfig config;
    ASSERT_TRUE(config.set(key, value)) << key << "=" << value;
    const Status status = config.validate();
    ASSERT_FALSE(status) << key << "=" << value;
    EXPECT_EQ(status.error().kind, Error::Kind::Usage);
    EXPECT_EQ(status.error().where, key);
    EXPECT_FALSE(status.error().found.empty()) << key << "=" << value;
  }
}

TEST(TrainConfig, TheEndsOfTheRangesAreInside) {
  const std::vector<std::pair<const char*, const char*>> good = {
      {"nuisance_dimensions", "16"},
      {"hidden_y", "1,4096,1,4096"},
      {"label_epsilon", "0.1"},
      {"alpha_r", "0"},
      {"batch", "1"},
      {"epochs", "1"},
      {"adam_beta1", "0"},
      {"members", "1024"},
      {"threads", "256"},
  };
  for (const auto& [key, value] : good) {
    TrainConfig config;
    ASSERT_TRUE(config.set(key, value));
    EXPECT_TRUE(config.validate()) << key << "=" << value;
  }
}

TEST(TrainConfig, ValidateChecksWordsSetByHand) {
  TrainConfig config;
  config.method = "m3";
  const Status status = config.validate();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message(), HasSubstr("method"));
  EXPECT_THAT(status.error().message(), HasSubstr("untapped, m2, m2-plain"));
  config = {};
  config.hidden_z.clear();
  EXPECT_FALSE(config.validate());
}

TEST(TrainConfig, MethodsSetTheirAlphasToZero) {
  TrainConfig config;
  config.alphas = {1, 2, 3, 4, 5};
  EXPECT_EQ(config.effective_alphas(), (Alphas{1, 2, 3, 4, 0}));
  config.reverse_z = "inferred";
  EXPECT_EQ(config.effective_alphas(), (Alphas{1, 2, 3, 4, 5}));
  config.method = "m2";
  EXPECT_EQ(config.effective_alphas(), (Alphas{1, 2, 0, 4, 0}));
  config.method = "m2-plain";
  EXPECT_EQ(config.effective_alphas(), (Alphas{1, 2, 0, 0, 0}));
}

TEST(TrainConfig, AnObjectiveWithoutTermsIsRefused) {
  TrainConfig config;
  config.alphas = {0, 0, 1, 0};
  EXPECT_TRUE(config.validate());
  config.method = "m2";
  EXPECT_FALSE(config.validate());
}

TEST(TrainConfig, JsonErrorsSayWhatIsWrong) {
  const auto text = TrainConfig::from_json("{\"epochs\": ");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, Error::Kind::Format);
  EXPECT_FALSE(TrainConfig::from_json("[1, 2]"));
  const auto unknown = TrainConfig::from_json(R"({"warmup": 3})");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), HasSubstr("\"warmup\""));
  for (const char* wrong : {R"({"epochs": "100"})", R"({"epochs": 1.5})", R"({"rate": null})",
                            R"({"hidden_y": 5})", R"({"hidden_y": [5, 0.5]})", R"({"seed": -1})",
                            R"({"method": 1})", R"({"epochs": 18446744073709551615})"}) {
    const auto result = TrainConfig::from_json(wrong);
    ASSERT_FALSE(result) << wrong;
    EXPECT_EQ(result.error().kind, Error::Kind::Format);
  }
}

TEST(TrainConfig, MissingJsonMembersKeepTheirDefaults) {
  const auto config = TrainConfig::from_json(R"({"epochs": 7})");
  ASSERT_TRUE(config);
  TrainConfig expected;
  expected.epochs = 7;
  EXPECT_EQ(*config, expected);
}

TEST(TrainConfig, EveryKeyIsDescribedInOneLine) {
  std::set<std::string> texts;
  for (const std::string& key : TrainConfig::keys()) {
    const std::string text = TrainConfig::describe(key);
    EXPECT_FALSE(text.empty()) << key;
    EXPECT_EQ(text.find('\n'), std::string::npos) << key;
    texts.insert(text);
  }
  EXPECT_EQ(texts.size(), TrainConfig::keys().size());
  EXPECT_THAT(TrainConfig::describe("alpha_r"), HasSubstr("(9)"));
  EXPECT_THAT(TrainConfig::describe("members"), HasSubstr("1 to 1024"));
  EXPECT_EQ(TrainConfig::describe("nothing"), "");
  EXPECT_THAT(TrainConfig::choices("device"), ElementsAre("auto", "cpu", "cuda"));
  EXPECT_TRUE(TrainConfig::choices("epochs").empty());
}

TEST(ObjectiveTerms, HaveNamesAndEquations) {
  std::vector<std::string> names;
  names.reserve(kTerms.size());
  for (const Term term : kTerms) names.emplace_back(name(term));
  EXPECT_THAT(names, ElementsAre("L_fxy", "L_fx", "L_rxy", "L_ry", "J_fd", "J_rd", "K_z"));
  const std::vector<std::string> equations = {"(7)", "(8)", "(9)", "(10)", "(13)", "(14)", "(22)"};
  for (std::size_t i = 0; i < kTermCount; ++i)
    EXPECT_THAT(std::string(description(kTerms[i])), HasSubstr(equations[i]));
}

}  // namespace
}  // namespace assayer
