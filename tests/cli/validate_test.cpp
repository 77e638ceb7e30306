// SPDX-License-Identifier: GPL-3.0-or-later
// The commands validate and baseline on a small simulated laboratory.
#include <algorithm>
#include <cmath>
#include <csignal>

#include "cli_fixture.h"
#include "core/io/importer.h"
#include "core/io/model_file.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class ValidateCommand : public CliTest {};
class BaselineCommand : public CliTest {};

TEST_F(ValidateCommand, ComparesMethodsAndWritesOneObject) {
  const std::string lab = make_lab();
  const Arguments arguments = {"validate",  lab,
                               "--methods", "pls,library,least-squares",
                               "--by",      "compositions:3",
                               "--repeats", "2",
                               "--json",    "--seed",
                               "4"};
  const Json json = cli_json(arguments);
  EXPECT_EQ(json["by"], "compositions:3");
  EXPECT_EQ(json["rows"], 396);
  EXPECT_EQ(json["folds"], 6);
  ASSERT_EQ(json["methods"].size(), 3U);
  for (const std::string name : {"pls", "library", "least-squares"}) {
    const Json& method = json["methods"][name];
    ASSERT_EQ(method["kl_by_fold"].size(), 6U) << name;
    double sum = 0;
    for (const Json& kl : method["kl_by_fold"]) {
      EXPECT_GT(kl.get<double>(), 0);
      sum += kl.get<double>();
    }
    EXPECT_NEAR(method["kl"]["mean"].get<double>(), sum / 6, 1e-9);
    // Guessing the mean of a lattice over the simplex would be off by about .24, with R² of 0.
    EXPECT_LT(method["rmse"]["mean"].get<double>(), 0.12) << name;
    EXPECT_GT(method["r2"]["mean"].get<double>(), 0.7) << name;
    for (const std::string component : {"olivine", "diopside", "bytownite"})
      EXPECT_TRUE(method["rmse"]["per_component"][component].is_number());
    EXPECT_TRUE(method["z_group_accuracy"]["mean"].is_null());
    EXPECT_TRUE(method["endmember_l2"]["mean"].is_number());
    EXPECT_EQ(method["failures"], Json::array());
  }
  ASSERT_EQ(json["paired"].size(), 3U);
  EXPECT_EQ(json["paired"][1]["a"], "pls");
  EXPECT_EQ(json["paired"][1]["b"], "least-squares");
  const Json& difference = json["paired"][1]["kl_difference"];
  EXPECT_NEAR(difference["mean"].get<double>(),
              json["methods"]["pls"]["kl"]["mean"].get<double>() -
                  json["methods"]["least-squares"]["kl"]["mean"].get<double>(),
              1e-9);
  EXPECT_LT(difference["low"].get<double>(), difference["mean"].get<double>());
  EXPECT_GT(difference["high"].get<double>(), difference["mean"].get<double>());
  EXPECT_EQ(json["warnings"], Json::array());

  Json again = cli_json(arguments);
  EXPECT_EQ(again["methods"]["pls"]["kl_by_fold"], json["methods"]["pls"]["kl_by_fold"]);
  EXPECT_EQ(again["paired"], json["paired"]);
}

TEST_F(ValidateCommand, WritesATableForPeopleAndWarnsApart) {
  const std::string lab = make_lab();
  const Outcome outcome = cli({"validate", lab, "--methods", "pls,vca", "--by", "kfold:3", "--quiet"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("396 spectra, 3 splits by kfold:3"));
  EXPECT_THAT(outcome.out, HasSubstr("KL, nats"));
  EXPECT_THAT(outcome.out, HasSubstr("\npls "));
  EXPECT_THAT(outcome.out, HasSubstr("\nvca "));
  EXPECT_THAT(outcome.out, HasSubstr("pls − vca"));
  const Outcome loud = cli({"validate", lab, "--methods", "pls,vca", "--by", "kfold:3"});
  EXPECT_THAT(loud.err, HasSubstr("replicates flatter"));
  EXPECT_THAT(loud.out, testing::Not(HasSubstr("replicates flatter")));
}

TEST_F(ValidateCommand, LeavesGroupsOut) {
  const std::string lab = make_lab();
  EXPECT_EQ(cli_json({"validate", lab, "--methods", "pls", "--by", "group", "--json"})["folds"], 3);
  EXPECT_EQ(cli_json({"validate", lab, "--methods", "pls", "--by", "leave-groups:2:2", "--json"})["folds"],
            2);
}

TEST_F(ValidateCommand, TrainsMethodsOfTheEngineWithTheirSettings) {
  const Json json =
      cli_json({"validate", make_lab(), "--methods", "m2,guided", "--by", "kfold:2", "--set", "m2.epochs=3",
                "guided.epochs=5", "guided.link=identity", "--rows", "group=0", "--json"});
  EXPECT_EQ(json["rows"], 132) << "one geometry of three";
  EXPECT_EQ(json["methods"]["m2"]["failures"], Json::array());
  EXPECT_EQ(json["methods"]["guided"]["failures"], Json::array());
  EXPECT_TRUE(json["methods"]["guided"]["kl"]["mean"].is_number());
}

TEST_F(ValidateCommand, TellsUsageFromFailure) {
  const std::string lab = make_lab();
  const auto validate = [&](const Arguments& more, const std::string& data) {
    Arguments arguments = {"validate", data};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return cli(arguments);
  };
  expect_one_line_error(validate({"--by", "chance"}, lab), 2, "kfold:F");
  expect_one_line_error(validate({"--by", "kfold:1"}, lab), 2, "at least 2");
  expect_one_line_error(validate({"--methods", "pls,plsr"}, lab), 2, "plsr");
  expect_one_line_error(validate({"--methods", "pls", "--set", "vca.link=log"}, lab), 2, "vca");
  expect_one_line_error(validate({"--methods", "pls", "--set", "method=vca"}, lab), 2, "method");
  expect_one_line_error(validate({"--methods", "pls", "--rows", "nothing"}, lab), 2, "nothing");
  expect_one_line_error(validate({"--methods", "pls", "--repeats", "0"}, lab), 2, "repeat");
  expect_one_line_error(cli({"validate"}), 2, "DATA");
  expect_one_line_error(validate({"--methods", "pls"}, file("none.h5")), 1, "none.h5");
  // A program needs one object or none.
  expect_one_line_error(validate({"--methods", "pls", "--by", "chance", "--json"}, lab), 2);
}

TEST_F(ValidateCommand, FailsOnlyWhereEveryMethodFails) {
  const std::string lab = make_lab();
  // Three spectra of one corner.
  const Arguments common = {"validate", lab,        "--by",  "kfold:3",
                            "--rows",   "rows=0-2", "--set", "link=identity"};
  Arguments all = common;
  all.insert(all.end(), {"--methods", "pls,ridge"});
  expect_one_line_error(cli(all), 1, "no method could be validated");
  Arguments some = common;
  some.insert(some.end(), {"--methods", "pls,library", "--json"});
  const Json json = cli_json(some);
  EXPECT_EQ(json["methods"]["pls"]["failures"].size(), 3U);
  EXPECT_TRUE(json["methods"]["pls"]["kl"]["mean"].is_null());
  EXPECT_EQ(json["methods"]["pls"]["kl_by_fold"], Json::array({nullptr, nullptr, nullptr}));
  EXPECT_EQ(json["methods"]["library"]["failures"].size(), 0U);
}

TEST_F(BaselineCommand, FileIsReadByEveryCommandThatReadsModels) {
  const std::string lab = make_lab();
  const std::string model = file("pls.h5");
  const Json report = cli_json({"baseline", "pls", lab, "-o", model, "--labelled", "not:group=2", "--holdout",
                                "rows=0-8", "--seed", "3", "--json"});
  EXPECT_EQ(report["model"], model);
  EXPECT_EQ(report["stopped_by"], "completed");
  EXPECT_EQ(report["steps"], 0);
  EXPECT_TRUE(report["objective"]["total"].is_null());
  EXPECT_FALSE(fs::exists(model + ".checkpoint"));
  const Json info = cli_json({"info", model, "--json"});
  EXPECT_EQ(info["config"]["method"], "pls");
  EXPECT_EQ(info["config"]["seed"], 3);
  EXPECT_EQ(info["labelled"], report["labelled"]);

  const Json measured = cli_json({"evaluate", model, lab, "--json"});
  for (const std::string key : {"rows", "kl", "rmse", "endmembers", "intervals", "facts"})
    EXPECT_EQ(measured[key], report[key]) << key;
  EXPECT_LT(measured["kl"]["held_out"].get<double>(), 0.2);
  EXPECT_TRUE(measured["facts"].contains("components"));

  // Compositions in the table give the measure that evaluate gives.
  ASSERT_EQ(cli({"predict", model, lab, "-o", file("out.csv")}).exit_code, 0);
  const Csv csv = parse_csv(read_file(file("out.csv")));
  EXPECT_THAT(csv.header, ElementsAre("row", "olivine", "olivine sd", "diopside", "diopside sd", "bytownite",
                                      "bytownite sd"));
  ASSERT_EQ(csv.rows.size(), 396U);
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(lab, control);
  ASSERT_TRUE(imported);
  const Dataset& data = *imported->data;
  double kl = 0;
  for (std::size_t r = 0; r < 396; ++r) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const double truth = data.abundances()->row(r)[k];
      const double estimate = csv.number(r, data.component_names()[k]);
      sum += estimate;
      EXPECT_GT(csv.number(r, data.component_names()[k] + " sd"), 0);
      if (truth > 0) kl += truth * std::log(truth / estimate) / 396;
    }
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  EXPECT_NEAR(measured["kl"]["mean"].get<double>(), kl, 1e-4 * kl);

  // Endmembers are what is generated for the corners.
  ASSERT_EQ(cli({"endmembers", model, "-o", file("e.csv")}).exit_code, 0);
  const Csv endmembers = parse_csv(read_file(file("e.csv")));
  ASSERT_EQ(endmembers.rows.size(), 24U);
  ASSERT_EQ(cli({"generate", model, "--composition", "1,0,0", "--composition", "0.5,0.25,0.25", "-o",
                 file("g.csv")})
                .exit_code,
            0);
  const Csv generated = parse_csv(read_file(file("g.csv")));
  ASSERT_EQ(generated.rows.size(), 4U) << "mean and sd of each";
  const auto first = static_cast<std::ptrdiff_t>(generated.header.size() - 24);
  for (std::size_t c = 0; c < 24; ++c) {
    const std::string& channel = generated.header[static_cast<std::size_t>(first) + c];
    const double pure = endmembers.number(c, "olivine");
    EXPECT_EQ(generated.number(0, channel), pure);
    EXPECT_EQ(generated.number(1, channel), 0);
    EXPECT_NEAR(generated.number(2, channel),
                0.5 * pure + 0.25 * (endmembers.number(c, "diopside") + endmembers.number(c, "bytownite")),
                1e-5);
  }
  const Outcome samples =
      cli({"generate", model, "--composition", "0.2,0.3,0.5", "--samples", "3", "--seed", "1", "-o", "-"});
  EXPECT_EQ(samples.exit_code, 0) << samples.err;
  EXPECT_EQ(parse_csv(samples.out).rows.size(), 3U);
}

TEST_F(BaselineCommand, FitsEveryMethodThatTheHelpNames) {
  const std::string lab = make_lab();
  // The container's surface would be an endmember to whatever looks for extremes.
  for (const std::string method : {"pcr", "ridge", "least-squares", "vca", "nfindr", "ppi", "atgp", "smacc",
                                   "minimum-volume", "nmf", "library"}) {
    EXPECT_THAT(cli({"baseline", "--help"}).out, HasSubstr(method));
    const Json report = cli_json({"baseline", method, lab, "-o", file(method + ".h5"), "--labelled",
                                  "not:rows=300-395&outlier=0", "--unlabelled", "outlier=0", "--set",
                                  "link=hapke", "--json"});
    EXPECT_EQ(report["epochs"], 1) << method;
    EXPECT_LT(report["rmse"]["mean"].get<double>(), 0.2) << method;
  }
}

TEST_F(BaselineCommand, TrainTakesTheSameMethods) {
  const std::string lab = make_lab();
  ASSERT_EQ(cli({"baseline", "vca", lab, "-o", file("a.h5")}).exit_code, 0);
  ASSERT_EQ(cli({"train", lab, "--method", "vca", "-o", file("b.h5")}).exit_code, 0);
  const auto a = read_model(file("a.h5"));
  const auto b = read_model(file("b.h5"));
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(a->fixed.empty());
  EXPECT_EQ(a->fixed, b->fixed);
}

TEST_F(BaselineCommand, TellsUsageFromFailure) {
  const std::string lab = make_lab();
  expect_one_line_error(cli({"baseline", "plsr", lab, "-o", file("m.h5")}), 2, "one of pls, pcr");
  expect_one_line_error(cli({"baseline", "guided", lab, "-o", file("m.h5")}), 2, "not a baseline");
  expect_one_line_error(cli({"baseline", "pls", lab}), 2, "--output");
  expect_one_line_error(cli({"baseline", "pls", lab, "-o", file("m.csv")}), 2, ".h5");
  expect_one_line_error(cli({"baseline", "pls", lab, "-o", file("m.h5"), "--set", "unmixing=best"}), 2,
                        "fully-constrained");
  expect_one_line_error(cli({"baseline", "pls", file("none.h5"), "-o", file("m.h5")}), 1, "none.h5");
  const Outcome corner = cli({"baseline", "pls", lab, "-o", file("m.h5"), "--labelled", "rows=0-2",
                              "--unlabelled", "all", "--quiet"});
  expect_one_line_error(corner, 1, "one composition");
  EXPECT_FALSE(fs::exists(file("m.h5")));
  EXPECT_FALSE(fs::exists(file("m.h5.checkpoint")));

  ASSERT_EQ(cli({"baseline", "pls", lab, "-o", file("m.h5")}).exit_code, 0);
  const std::string bytes = read_file(file("m.h5"));
  const Outcome twice = cli({"baseline", "vca", lab, "-o", file("m.h5")});
  expect_one_line_error(twice, 1, "m.h5");
  EXPECT_EQ(read_file(file("m.h5")), bytes);
  EXPECT_EQ(cli({"baseline", "vca", lab, "-o", file("m.h5"), "--force"}).exit_code, 0);
}

TEST_F(BaselineCommand, InterruptLeavesNothingThatCouldNotBeContinued) {
  const std::string lab = file("large.h5");
  ASSERT_EQ(cli({"simulate", "crism-lab", "-o", lab, "--spectra", "7920", "--channels", "24"}).exit_code, 0);
  // Some seconds of work.
  Process process(
      ASSAYER_CLI,
      {"baseline", "nmf", lab, "-o", file("m.h5"), "--labelled", "labelled", "--unlabelled", "all"},
      folder());
  ASSERT_TRUE(
      wait_until([&] { return process.err().find("labelled:") != std::string::npos || !process.running(); }));
  ASSERT_TRUE(process.running()) << process.err();
  process.send(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("interrupted"));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("--resume")));
  EXPECT_FALSE(fs::exists(file("m.h5")));
  EXPECT_FALSE(fs::exists(file("m.h5.checkpoint")));
}

}  // namespace
}  // namespace assayer::test
