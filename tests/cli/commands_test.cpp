// SPDX-License-Identifier: GPL-3.0-or-later
// Every command on a small simulated laboratory, and whether what it writes agrees with what others write.
#include <algorithm>
#include <cmath>
#include <set>

#include "cli_fixture.h"
#include "core/io/importer.h"

namespace assayer::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using Commands = CliTest;

std::set<std::string> keys(const Json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

DatasetPtr load(const std::string& path) {
  RunControl control;
  auto imported = ImporterRegistry::standard().load(path, control);
  if (!imported) {
    ADD_FAILURE() << imported.error().message();
    return nullptr;
  }
  return imported->data;
}

TEST_F(Commands, HelpOnEveryLevelHasExamples) {
  const std::vector<Arguments> levels = {{},
                                         {"simulate"},
                                         {"simulate", "crism-lab"},
                                         {"simulate", "chemcam"},
                                         {"info"},
                                         {"train"},
                                         {"evaluate"},
                                         {"predict"},
                                         {"endmembers"},
                                         {"generate"}};
  for (Arguments level : levels) {
    level.emplace_back("--help");
    const Outcome outcome = cli(level);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.err, "");
    EXPECT_THAT(outcome.out, HasSubstr("Usage: "));
    EXPECT_THAT(outcome.out, HasSubstr("  assayer-cli " + (level.size() > 1 ? level[0] : "train") + " "))
        << "an example";
  }
}

TEST_F(Commands, VersionNamesProgramAndEngine) {
  const Outcome plain = cli({"--version"});
  EXPECT_EQ(plain.exit_code, 0);
  EXPECT_THAT(plain.out,
              testing::MatchesRegex("assayer-cli [0-9]+\\.[0-9]+\\.[0-9]+ \\(commit [0-9a-z]+\\)\n"));
  const Outcome verbose = cli({"--version", "--verbose"});
  EXPECT_EQ(verbose.exit_code, 0) << verbose.err;
  EXPECT_THAT(verbose.out, StartsWith(plain.out));
  EXPECT_THAT(verbose.out, HasSubstr("engine: LibTorch "));
}

TEST_F(Commands, SimulateIsTheSameForTheSameSeedOnly) {
  const std::string a = make_lab("a.h5", 1);
  const std::string b = make_lab("b.h5", 1);
  const std::string c = make_lab("c.h5", 2);
  const auto fingerprint = [&](const std::string& path) {
    return cli_json({"info", path, "--json"})["fingerprint"];
  };
  EXPECT_EQ(fingerprint(a), fingerprint(b));
  EXPECT_NE(fingerprint(a), fingerprint(c));
}

TEST_F(Commands, SimulateTakesEndmembersFromAFile) {
  const std::string lab = make_lab();
  const Json made =
      cli_json({"simulate", "crism-lab", "-o", file("other.h5"), "--spectra", "198", "--channels", "20",
                "--first", "1.0", "--last", "2.4", "--outliers", "0", "--endmembers", lab, "--json"});
  EXPECT_EQ(made["rows"], 198);
  EXPECT_EQ(made["channels"], 20);
  EXPECT_THAT(made["components"], ElementsAre("olivine", "diopside", "bytownite"));
}

TEST_F(Commands, SimulateMakesLibsSpectra) {
  const std::string path = file("libs.h5");
  const Json made = cli_json(
      {"simulate", "chemcam", "-o", path, "--rocks", "7", "--shots", "0.1", "--seed", "4", "--json"});
  EXPECT_EQ(made["channels"], 6144);
  EXPECT_EQ(made["components"].size(), 10U);
  const Json info = cli_json({"info", path, "--json"});
  EXPECT_EQ(info["rows"], made["rows"]);
  EXPECT_EQ(info["fingerprint"], made["fingerprint"]);
  EXPECT_EQ(info["groups"].size(), 11U);
  EXPECT_EQ(info["groups"].back()["rows"], 7);
  const Outcome cold = cli({"simulate", "chemcam", "-o", file("cold.h5"), "--temperature", "300"});
  EXPECT_EQ(cold.exit_code, 2);
  EXPECT_THAT(cold.err, HasSubstr("temperature"));
}

TEST_F(Commands, InfoTellsWhatIsInADataSet) {
  const std::string lab = make_lab();
  const Json info = cli_json({"info", lab, "--json"});
  EXPECT_EQ(info["rows"], 396);
  EXPECT_EQ(info["channels"], 24);
  EXPECT_THAT(info["components"], ElementsAre("olivine", "diopside", "bytownite"));
  EXPECT_EQ(info["wavelength"]["unit"], "um");
  EXPECT_NEAR(info["wavelength"]["first"].get<double>(), 0.9, 1e-6);
  EXPECT_NEAR(info["wavelength"]["last"].get<double>(), 2.5, 1e-6);
  ASSERT_EQ(info["groups"].size(), 3U);
  std::size_t rows = 0;
  for (const Json& group : info["groups"]) rows += group["rows"].get<std::size_t>();
  EXPECT_EQ(rows, 396U);
  EXPECT_TRUE(info["image_shape"].is_null());
  EXPECT_EQ(info["nan_rows"], 0);
  EXPECT_EQ(info["bad_channels"], 0);
  EXPECT_TRUE(info["warnings"].is_array());
  EXPECT_FALSE(info["format"].get<std::string>().empty());

  const Outcome words = cli({"info", lab});
  EXPECT_EQ(words.exit_code, 0);
  EXPECT_THAT(words.out, HasSubstr("396 of 24 channels"));
  EXPECT_THAT(words.out, HasSubstr("olivine, diopside, bytownite"));
}

TEST_F(Commands, InfoTellsWhatIsInAModel) {
  const std::string model = make_model(make_lab(), "model.h5", 5);
  const Json info = cli_json({"info", model, "--json"});
  EXPECT_EQ(info["format"], "Assayer model");
  EXPECT_EQ(info["epochs"], 5);
  EXPECT_EQ(info["unfeatured"], 60);
  EXPECT_EQ(info["config"]["epochs"], 5);
  EXPECT_THAT(cli({"info", model}).out, HasSubstr("untapped"));
}

TEST_F(Commands, TrainReportsTheRunAndTheMeasures) {
  const std::string lab = make_lab();
  Arguments arguments = small_training(lab, file("model.h5"), 20);
  arguments.insert(arguments.end(), {"--seed", "5", "--json", "--set", "hidden_x=12"});
  const Json report = cli_json(arguments);
  for (const std::string key : {"rows", "kl", "rmse", "endmembers", "z", "outliers", "members", "steps",
                                "epochs", "seconds", "step_seconds_median", "stopped_by", "objective", "seed",
                                "labelled", "unlabelled", "unfeatured", "warnings"}) {
    EXPECT_TRUE(report.contains(key)) << key;
  }
  EXPECT_EQ(report["epochs"], 20);
  EXPECT_EQ(report["steps"], 20) << "one step per epoch: no source has more than a batch of 100";
  EXPECT_EQ(report["stopped_by"], "completed");
  EXPECT_EQ(report["seed"], 5);
  EXPECT_EQ(report["unfeatured"], 60);
  // 12 of the 66 lattice points have every part in {0.2, … 0.5}: 36 of the 198 samples, 2 spectra each, and
  // up to 3 outliers hit them.
  EXPECT_NEAR(report["labelled"].get<double>(), 72, 3);
  EXPECT_EQ(keys(report["objective"]),
            (std::set<std::string>{"total", "L_fxy", "L_fx", "L_rxy", "L_ry", "J_fd", "J_rd"}));
  for (const auto& [term, value] : report["objective"].items()) EXPECT_TRUE(value.is_number()) << term;
  EXPECT_FALSE(std::filesystem::exists(file("model.h5.checkpoint"))) << "removed once the model is there";
  EXPECT_EQ(cli_json({"info", file("model.h5"), "--json"})["config"]["hidden_x"], Json::array({12}));

  // The same numbers as `evaluate` gives for the file.
  const Json measured = cli_json({"evaluate", file("model.h5"), lab, "--json"});
  for (const std::string key : {"rows", "kl", "rmse", "endmembers", "z", "outliers", "members"}) {
    EXPECT_EQ(report[key], measured[key]) << key;
  }
}

TEST_F(Commands, TrainTellsWhatItChose) {
  const std::string lab = make_lab();
  const Outcome outcome = cli({"train", lab, "-o", file("model.h5"), "--epochs", "2"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("labelled: interior:0.7"));
  EXPECT_THAT(outcome.err, HasSubstr("interior of the simplex"));
  EXPECT_THAT(outcome.out, HasSubstr("KL"));
  EXPECT_THAT(outcome.out, HasSubstr("L_fxy"));
  const Outcome quiet = cli({"train", lab, "-o", file("quiet.h5"), "--epochs", "2", "--quiet", "--unfeatured",
                             "none", "--method", "m2-plain"});
  EXPECT_EQ(quiet.exit_code, 0) << quiet.err;
  EXPECT_EQ(quiet.err, "");
}

TEST_F(Commands, HoldoutRowsAreNotTrainedOn) {
  const std::string lab = make_lab();
  const std::string with = make_model(lab, "with.h5", 2);
  const std::string without = make_model(lab, "without.h5", 2, {"--holdout", "group=2+rows=0-9"});
  const Json all = cli_json({"info", with, "--json"});
  const Json fewer = cli_json({"info", without, "--json"});
  // A third of the interior's spectra is of each geometry; rows 0 to 9 are corners, outside the interior.
  EXPECT_EQ(fewer["labelled"].get<int>() * 3, all["labelled"].get<int>() * 2);
  EXPECT_EQ(fewer["unlabelled"].get<int>() * 3, all["unlabelled"].get<int>() * 2);
}

TEST_F(Commands, LabelledAloneTakesUnlabelledFromTheSameRowsAndThoseWithoutComposition) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab, "model.h5", 2);
  const Json info = cli_json({"info", model, "--json"});
  EXPECT_EQ(info["labelled"], info["unlabelled"]) << "every row of the laboratory has a composition";
}

/// KL(y ‖ ŷ) as model.md states it, from the CSV: ŷ clipped at 1e-6 and renormalised, 0 log 0 = 0.
double kl_from_csv(const Csv& csv, const Dataset& data) {
  double total = 0;
  for (std::size_t r = 0; r < data.rows(); ++r) {
    std::vector<double> estimate;
    double sum = 0;
    for (const std::string& name : data.component_names()) {
      estimate.push_back(std::max(1e-6, csv.number(r, name)));
      sum += estimate.back();
    }
    const auto truth = data.abundances()->row(r);
    for (std::size_t k = 0; k < truth.size(); ++k) {
      if (truth[k] > 0) total += truth[k] * std::log(truth[k] / (estimate[k] / sum));
    }
  }
  return total / static_cast<double>(data.rows());
}

TEST_F(Commands, PredictInfersZAsAsked) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab, "model.h5", 50);
  const auto z_of = [&](const std::string& name, Arguments more) {
    Arguments arguments = {"predict", model, lab, "-o", file(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = cli(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return parse_csv(read_file(file(name)));
  };
  const Csv plain = z_of("plain.csv", {});
  const Csv label = z_of("label.csv", {"--z-given", "label"});
  const Csv draws = z_of("draws.csv", {"--z-given", "draws", "--draws", "300", "--seed", "4"});
  const Csv same = z_of("same.csv", {"--z-given", "draws", "--draws", "300", "--seed", "4"});
  double by_label = 0;
  double by_draws = 0;
  for (std::size_t r = 0; r < plain.rows.size(); ++r) {
    EXPECT_EQ(label.number(r, "olivine"), plain.number(r, "olivine")) << "z alone is inferred otherwise";
    EXPECT_EQ(draws.number(r, "z1"), same.number(r, "z1"));
    by_label += std::abs(label.number(r, "z1") - plain.number(r, "z1"));
    by_draws += std::abs(draws.number(r, "z1") - plain.number(r, "z1"));
    EXPECT_GT(draws.number(r, "z1 sd"), 0);
  }
  EXPECT_GT(by_label, 0);
  EXPECT_GT(by_draws, 0);
  EXPECT_EQ(cli_json({"predict", model, lab, "-o", file("j.csv"), "--z-given", "draws", "--json"})["draws"],
            100);
  EXPECT_EQ(cli({"predict", model, lab, "-o", file("x.csv"), "--z-given", "guess"}).exit_code, 2);
  EXPECT_EQ(cli({"predict", model, lab, "-o", file("x.csv"), "--draws", "5"}).exit_code, 2);
  EXPECT_EQ(cli({"predict", model, lab, "-o", file("x.csv"), "--z-given", "draws", "--draws", "0"}).exit_code,
            2);
}

TEST_F(Commands, EveryMethodAndDistributionGoesThroughEveryCommand) {
  const std::string lab = make_lab();
  const std::vector<Arguments> kinds = {{"--method", "m1"},
                                        {"--preset", "libs", "--members", "2"},
                                        {"--preset", "mnist", "--set", "hidden_y=8", "--set", "hidden_z=8",
                                         "--set", "hidden_x=8", "--members", "2"},
                                        {"--preset", "crism", "--set", "reverse_z=inferred", "--set",
                                         "flow=planar", "--set", "z_prior=gaussian"}};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::string model = file(std::to_string(i) + ".h5");
    Arguments train = {"train", lab, "-o", model, "--epochs", "3", "--unfeatured", "one-hot:30", "--json"};
    train.insert(train.end(), kinds[i].begin(), kinds[i].end());
    const Json report = cli_json(train);
    EXPECT_EQ(report["epochs"], 3) << i;
    EXPECT_EQ(report["objective"].contains("K_z"), i == 3);
    EXPECT_TRUE(cli_json({"evaluate", model, lab, "--json"})["kl"]["mean"].is_number()) << i;
    EXPECT_EQ(cli({"predict", model, lab, "-o", file("p.csv"), "--force"}).exit_code, 0) << i;
    EXPECT_EQ(cli({"endmembers", model, "-o", file("e.csv"), "--force"}).exit_code, 0) << i;
    EXPECT_EQ(cli({"generate", model, "--composition", "0.2,0.3,0.5", "--samples", "3", "-o", file("g.csv"),
                   "--force"})
                  .exit_code,
              0)
        << i;
    const Outcome resumed = cli({"train", lab, "-o", model, "--resume", "--epochs", "5"});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  }
}

TEST_F(Commands, PredictWritesEveryRowAndAgreesWithEvaluate) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab, "model.h5", 200);
  const Json summary = cli_json({"predict", model, lab, "-o", file("out.csv"), "--json"});
  EXPECT_EQ(summary["rows"], 396);
  const Csv csv = parse_csv(read_file(file("out.csv")));
  EXPECT_THAT(csv.header, ElementsAre("row", "olivine", "olivine sd", "diopside", "diopside sd", "bytownite",
                                      "bytownite sd", "z1", "z1 sd", "outlier score"));
  ASSERT_EQ(csv.rows.size(), 396U);
  for (std::size_t r = 0; r < csv.rows.size(); ++r) {
    EXPECT_EQ(csv.rows[r][0], std::to_string(r));
    EXPECT_NEAR(csv.number(r, "olivine") + csv.number(r, "diopside") + csv.number(r, "bytownite"), 1, 1e-5);
    EXPECT_GT(csv.number(r, "olivine sd"), 0);
    EXPECT_LE(std::abs(csv.number(r, "z1")), 1.5);
  }
  const DatasetPtr data = load(lab);
  ASSERT_TRUE(data);
  const Json measured = cli_json({"evaluate", model, lab, "--json"});
  EXPECT_EQ(measured["rows"], 396);
  const double kl = kl_from_csv(csv, *data);
  EXPECT_NEAR(measured["kl"]["mean"].get<double>(), kl, 1e-5 * kl);
  EXPECT_TRUE(measured["kl"]["training"].is_number());
  EXPECT_TRUE(measured["kl"]["held_out"].is_number());
  EXPECT_EQ(measured["z"]["groups"].size(), 3U);
  EXPECT_EQ(keys(measured["rmse"]["per_component"]),
            (std::set<std::string>{"olivine", "diopside", "bytownite"}));
  EXPECT_EQ(measured["members"], 1);
  EXPECT_TRUE(measured["outliers"]["auc"].is_number());
  EXPECT_THAT(cli({"evaluate", model, lab}).out, HasSubstr("KL"));

  // "-" is the same bytes on standard output and nothing else.
  EXPECT_EQ(cli({"predict", model, lab, "-o", "-"}).out, read_file(file("out.csv")));

  // HDF5: the data with the numbers beside them.
  ASSERT_EQ(cli({"predict", model, lab, "-o", file("out.h5")}).exit_code, 0);
  const DatasetPtr out = load(file("out.h5"));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->spectra(), data->spectra());
  const MetadataColumn* column = out->find_metadata("predicted:diopside");
  ASSERT_TRUE(column);
  const auto values = column->numbers();
  ASSERT_TRUE(values);
  for (std::size_t r = 0; r < values->size(); ++r) EXPECT_EQ((*values)[r], csv.number(r, "diopside")) << r;
  for (const std::string name : {"sd:olivine", "z1", "sd:z1"}) EXPECT_TRUE(out->find_metadata(name)) << name;
}

TEST_F(Commands, EvaluateOnOtherDataCountsNothingAsSeen) {
  const std::string model = make_model(make_lab("lab.h5", 1));
  const Json measured = cli_json({"evaluate", model, make_lab("other.h5", 2), "--json"});
  EXPECT_TRUE(measured["kl"]["training"].is_null());
  ASSERT_EQ(measured["warnings"].size(), 1U);
  EXPECT_THAT(measured["warnings"][0].get<std::string>(), HasSubstr("other data"));
}

TEST_F(Commands, EndmembersAreTheGeneratedPureComponents) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab, "model.h5", 200);
  ASSERT_EQ(cli({"endmembers", model, "-o", file("e.csv")}).exit_code, 0);
  const Csv csv = parse_csv(read_file(file("e.csv")));
  EXPECT_THAT(csv.header, ElementsAre("wavelength (um)", "olivine", "olivine sd", "diopside", "diopside sd",
                                      "bytownite", "bytownite sd"));
  ASSERT_EQ(csv.rows.size(), 24U);

  ASSERT_EQ(cli({"endmembers", model, "-o", file("e.h5")}).exit_code, 0);
  const DatasetPtr library = load(file("e.h5"));
  const DatasetPtr data = load(lab);
  ASSERT_TRUE(library && data);
  ASSERT_EQ(library->rows(), 3U);
  EXPECT_EQ(library->abundances()->row(1)[1], 1);
  EXPECT_EQ(library->wavelength(), data->wavelength());

  ASSERT_EQ(cli({"generate", model, "--composition", "0,1,0", "--composition", "0,0,1", "-o", file("g.csv")})
                .exit_code,
            0);
  const Csv generated = parse_csv(read_file(file("g.csv")));
  ASSERT_EQ(generated.rows.size(), 4U) << "mean and sd of each";
  EXPECT_EQ(generated.rows[0][0], "mean");
  EXPECT_EQ(generated.rows[1][0], "sd");

  double squares = 0;
  for (std::size_t c = 0; c < 24; ++c) {
    EXPECT_EQ(static_cast<float>(csv.number(c, "diopside")), library->spectra()(1, c));
    EXPECT_EQ(std::stof(generated.rows[0][4 + c]), library->spectra()(1, c));
    EXPECT_EQ(std::stof(generated.rows[2][4 + c]), library->spectra()(2, c));
    EXPECT_EQ(csv.number(c, "diopside sd"), 0) << "one member";
    squares += std::pow(csv.number(c, "diopside") - data->endmembers().value()(1, c), 2);
  }
  const Json measured = cli_json({"evaluate", model, lab, "--json"});
  EXPECT_NEAR(measured["endmembers"]["per_component"]["diopside"]["l2"].get<double>(), std::sqrt(squares),
              1e-5);
}

TEST_F(Commands, MembersSpread) {
  const std::string model = make_model(make_lab(), "model.h5", 20, {"--members", "3"});
  ASSERT_EQ(cli({"endmembers", model, "-o", file("e.csv")}).exit_code, 0);
  const Csv csv = parse_csv(read_file(file("e.csv")));
  for (std::size_t c = 0; c < csv.rows.size(); ++c) EXPECT_GT(csv.number(c, "bytownite sd"), 0);
}

TEST_F(Commands, GenerateDrawsSamplesBySeed) {
  const std::string model = make_model(make_lab());
  const auto draw = [&](const std::string& seed) {
    return cli({"generate", model, "--composition", "0.2,0.3,0.5", "--z=-0.4", "--samples", "4", "--seed",
                seed, "-o", "-"})
        .out;
  };
  const std::string first = draw("1");
  const Csv csv = parse_csv(first);
  ASSERT_EQ(csv.rows.size(), 4U);
  EXPECT_EQ(csv.rows[3][0], "sample");
  EXPECT_EQ(csv.number(2, "diopside"), 0.3);
  EXPECT_EQ(csv.number(2, "z1"), -0.4);
  EXPECT_NE(csv.rows[0], csv.rows[1]);
  EXPECT_EQ(draw("1"), first);
  EXPECT_NE(draw("2"), first);

  const Json written =
      cli_json({"generate", model, "--composition", "0.2,0.3,0.5", "--composition", "1,0,0", "--z", "0.5",
                "--z", "-0.5", "--samples", "2", "-o", file("s.h5"), "--json"});
  EXPECT_EQ(written["spectra"], 4);
  const DatasetPtr samples = load(file("s.h5"));
  ASSERT_TRUE(samples);
  EXPECT_EQ(samples->find_metadata("z1")->numbers().value(), (std::vector<double>{0.5, 0.5, -0.5, -0.5}));
  EXPECT_EQ(samples->abundances()->row(3)[0], 1);
}

TEST_F(Commands, PaperSelectionsOnTheSimulatedLaboratoryOfTheSharedData) {
  const std::string lab = std::string(ASSAYER_SHARED_DIR) + "/data/crism_like.h5";
  if (!std::filesystem::exists(lab)) GTEST_SKIP() << "no file " << lab;
  const Json report =
      cli_json({"train", lab, "-o", file("model.h5"), "--preset", "crism", "--epochs", "1", "--json"});
  EXPECT_EQ(report["labelled"], 500) << "at most 500 labelled rows (the paper, section 4.3)";
  EXPECT_EQ(report["unfeatured"], 501);
  EXPECT_EQ(report["rows"], 5354);
  EXPECT_GT(report["unlabelled"].get<int>(), 900);
}

}  // namespace
}  // namespace assayer::test
