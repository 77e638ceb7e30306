// SPDX-License-Identifier: GPL-3.0-or-later
// The method 'guided', which is the default, from outside.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <memory>

#include "cli_fixture.h"
#include "core/io/importer.h"
#include "core/io/model_file.h"

namespace assayer::test {
namespace {

using testing::HasSubstr;

class GuidedCli : public CliTest {
 protected:
  Arguments training(const std::string& lab, const std::string& model, const Arguments& more = {}) const {
    Arguments arguments = {"train",        lab,
                           "-o",           file(model),
                           "--labelled",   "interior:0.7",
                           "--threads",    "1",
                           "--device",     "cpu",
                           "--members",    "2",
                           "--epochs",     "20",
                           "--unfeatured", "corners:30:0.05+dirichlet:30"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  /// As make_lab(), without the pixels of the container: a few of them among 72 labels decide the link.
  std::string clean_lab() const {
    const Outcome outcome = cli({"simulate", "crism-lab", "-o", file("clean.h5"), "--spectra", "396",
                                 "--channels", "24", "--outliers", "0", "--seed", "1"});
    if (outcome.exit_code != 0) throw std::runtime_error(outcome.err);
    return file("clean.h5");
  }
  static ModelState read(const std::string& path) {
    auto state = read_model(path);
    if (!state) throw std::runtime_error(state.error().message());
    return std::move(*state);
  }
};

TEST_F(GuidedCli, IsTheDefaultAndTellsItsChoices) {
  const std::string lab = clean_lab();
  const Json trained = cli_json(training(lab, "model.h5", {"--json"}));
  EXPECT_EQ(trained.at("epochs"), 20);
  EXPECT_EQ(trained.at("steps"), 20);
  EXPECT_EQ(trained.at("unfeatured"), 60);
  const Json& facts = trained.at("facts");
  EXPECT_EQ(facts.at("link"), "hapke") << "intimate mixtures of minerals";
  EXPECT_EQ(facts.at("task"), "unmixing");
  EXPECT_FALSE(facts.at("encoder_reason").get<std::string>().empty());
  ASSERT_EQ(trained.at("intervals").size(), 5U);
  double before = 0;
  for (const Json& interval : trained.at("intervals")) {
    EXPECT_GE(interval.at("coverage").get<double>(), before) << "wider intervals hold more";
    before = interval.at("coverage").get<double>();
  }
  EXPECT_GT(before, 0.9);
  EXPECT_EQ(read(file("model.h5")).config.method, "guided");

  // The model file remembers.
  const Json evaluated = cli_json({"evaluate", file("model.h5"), lab, "--json"});
  EXPECT_EQ(evaluated.at("facts"), facts);
  EXPECT_EQ(evaluated.at("intervals"), trained.at("intervals"));
  EXPECT_EQ(evaluated.at("endmembers"), trained.at("endmembers"));

  const Outcome table = cli({"evaluate", file("model.h5"), lab});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("Chosen by the method"));
  EXPECT_THAT(table.out, HasSubstr("link: hapke"));
  EXPECT_THAT(table.out, HasSubstr("task: unmixing"));
  EXPECT_THAT(table.out, HasSubstr("stated 95 %"));

  ASSERT_EQ(cli({"predict", file("model.h5"), lab, "-o", file("out.csv")}).exit_code, 0);
  const Csv csv = parse_csv(read_file(file("out.csv")));
  ASSERT_EQ(csv.rows.size(), 396U);
  for (const char* column : {"extrapolation", "misfit", "hidden misfit"}) {
    EXPECT_THAT(csv.header, testing::Contains(std::string(column)));
    for (std::size_t row = 0; row < csv.rows.size(); ++row)
      ASSERT_TRUE(std::isfinite(csv.number(row, column))) << column;
  }
  // A score is no less than its parts.
  for (std::size_t row = 0; row < csv.rows.size(); ++row)
    EXPECT_GE(csv.number(row, "outlier score"),
              std::max(csv.number(row, "misfit"), csv.number(row, "hidden misfit")) / 5 - 1e-9);
  ASSERT_EQ(cli({"predict", file("model.h5"), lab, "-o", file("out.h5")}).exit_code, 0);
  EXPECT_THAT(cli({"info", file("out.h5")}).out, HasSubstr("hidden misfit"));
}

TEST_F(GuidedCli, PixelsOfTheContainerStandOutOfNineteenInTwenty) {
  const std::string clean = clean_lab();
  ASSERT_EQ(cli(training(clean, "model.h5")).exit_code, 0);
  const std::string lab = make_lab();
  ASSERT_EQ(cli({"predict", file("model.h5"), lab, "-o", file("out.csv")}).exit_code, 0);
  const Csv csv = parse_csv(read_file(file("out.csv")));
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(lab, control);
  ASSERT_TRUE(imported);
  const auto flags = imported->data->find_metadata("outlier")->numbers();
  ASSERT_TRUE(flags);
  std::vector<double> ordinary;
  std::vector<double> container;
  for (std::size_t row = 0; row < csv.rows.size(); ++row)
    ((*flags)[row] != 0 ? container : ordinary).push_back(csv.number(row, "outlier score"));
  ASSERT_EQ(container.size(), 3U);
  for (const double score : container) {
    EXPECT_GT(score, 1);
    const auto below = std::ranges::count_if(ordinary, [&](double other) { return other < score; });
    EXPECT_GE(static_cast<double>(below), 0.95 * static_cast<double>(ordinary.size()));
  }
}

TEST_F(GuidedCli, ResumedRunEqualsAnUninterruptedOneBitForBit) {
  const std::string lab = make_lab();
  ASSERT_EQ(cli(training(lab, "straight.h5")).exit_code, 0);
  // The schedule depends on the run's length, so the run is interrupted rather than begun shorter.
  Arguments slow = training(lab, "broken.h5", {"--checkpoint-seconds", "0.001"});
  const auto process = std::make_unique<Process>(ASSAYER_CLI, slow, folder());
  const std::string checkpoint = file("broken.h5.checkpoint");
  wait_until([&] { return std::filesystem::exists(checkpoint) || !process->running(); });
  process->send(SIGKILL);
  process->wait();
  if (!std::filesystem::exists(checkpoint)) GTEST_SKIP() << "the run was over before it could be interrupted";
  EXPECT_LT(read(checkpoint).training->epoch, 20);
  const Outcome resumed = cli({"train", lab, "-o", file("broken.h5"), "--resume"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  const ModelState joined = read(file("broken.h5"));
  const ModelState straight = read(file("straight.h5"));
  EXPECT_EQ(joined.weights, straight.weights);
  EXPECT_EQ(joined.fixed, straight.fixed);
  EXPECT_EQ(joined.facts, straight.facts);
  EXPECT_EQ(joined.training->moments, straight.training->moments);
  const auto measures = [&](const char* model) { return cli({"evaluate", file(model), lab, "--json"}).out; };
  EXPECT_EQ(measures("broken.h5"), measures("straight.h5"));
}

TEST_F(GuidedCli, LinkAndTaskAreTheUsersIfSaid) {
  const std::string lab = make_lab();
  const Json trained =
      cli_json(training(lab, "model.h5", {"--set", "link=identity", "task=calibration", "--json"}));
  EXPECT_EQ(trained.at("facts").at("link"), "identity");
  EXPECT_EQ(trained.at("facts").at("task"), "calibration");
  EXPECT_EQ(trained.at("facts").at("link_reason"), "Chosen by the user.");
  expect_one_line_error(cli(training(lab, "other.h5", {"--set", "link=hapk"})), 2, "link");
  expect_one_line_error(cli(training(lab, "other.h5", {"--set", "task=calibrate"})), 2, "task");
  EXPECT_FALSE(std::filesystem::exists(file("other.h5")));
}

TEST_F(GuidedCli, OtherMethodsStateNoChoices) {
  const std::string lab = make_lab();
  const Json trained = cli_json(training(lab, "m2.h5", {"--method", "m2", "--json"}));
  EXPECT_TRUE(trained.at("facts").empty());
  ASSERT_EQ(cli({"predict", file("m2.h5"), lab, "-o", file("out.csv")}).exit_code, 0);
  EXPECT_THAT(parse_csv(read_file(file("out.csv"))).header,
              testing::Not(testing::Contains(std::string("misfit"))));
}

}  // namespace
}  // namespace assayer::test
