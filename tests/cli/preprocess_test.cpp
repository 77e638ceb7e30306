// SPDX-License-Identifier: GPL-3.0-or-later
// Preprocessing from outside: as a command, and as part of a model.
#include <fstream>
#include <sstream>

#include "cli_fixture.h"
#include "core/io/importer.h"

namespace assayer::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using PreprocessCommand = CliTest;

std::string content_of(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
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

TEST_F(PreprocessCommand, WritesTheSpectraAfterTheSteps) {
  const std::string lab = make_lab();
  const Json made =
      cli_json({"preprocess", lab, file("out.h5"), "--step", "mask:keep=2-20", "--step", "snv", "--json"});
  EXPECT_EQ(made["channels"], 19);
  EXPECT_THAT(made["steps"].get<std::vector<std::string>>(), ElementsAre("mask:keep=2-20", "snv"));
  const DatasetPtr before = load(lab);
  const DatasetPtr after = load(file("out.h5"));
  ASSERT_TRUE(before && after);
  ASSERT_EQ(after->channels(), 19U);
  EXPECT_EQ(after->wavelength()[0], before->wavelength()[2]);
  EXPECT_EQ(after->endmembers()->cols(), 19U);
  EXPECT_EQ(after->provenance().attributes.at("preprocessing"), "mask:keep=2-20; snv");
  double sum = 0;
  for (const float value : after->spectra().row(7)) sum += value;
  EXPECT_NEAR(sum, 0, 1e-5);
}

TEST_F(PreprocessCommand, AModelRepeatsItsStepsAndSaysInWhichSpaceItSpeaks) {
  const std::string lab = make_lab();
  const Json trained =
      cli_json({"baseline", "pls", lab, "-o", file("pls.h5"), "--labelled", "interior:0.7", "--step",
                "savgol:window=5,derivative=1", "--step", "standardise", "--json"});
  EXPECT_THAT(trained["preprocessing"].get<std::vector<std::string>>(),
              ElementsAre("savgol:window=5,derivative=1", "standardise"));
  const Json judged = cli_json({"evaluate", file("pls.h5"), lab, "--json"});
  EXPECT_EQ(judged["kl"], trained["kl"]);
  EXPECT_EQ(judged["endmembers"], trained["endmembers"]);
  EXPECT_THAT(cli({"info", file("pls.h5")}).out, HasSubstr("savgol:window=5,derivative=1; standardise"));
  const Json ends = cli_json({"endmembers", file("pls.h5"), "-o", file("ends.h5"), "--json"});
  EXPECT_EQ(ends["after"], "savgol, standardise");
  EXPECT_THAT(load(file("ends.h5"))->provenance().attributes.at("quantity"), HasSubstr("after savgol"));

  // Predicting one spectrum alone gives what predicting all gave: nothing is fitted again.
  const Json alone = cli_json({"preprocess", lab, file("same.h5"), "--step", "crop", "--json"});
  EXPECT_EQ(cli({"predict", file("pls.h5"), lab, "-o", file("a.csv")}).exit_code, 0);
  EXPECT_EQ(cli({"predict", file("pls.h5"), file("same.h5"), "-o", file("b.csv")}).exit_code, 0);
  EXPECT_EQ(content_of(file("a.csv")), content_of(file("b.csv")));

  // Steps that can be undone: endmembers in the unit of the data, on all of its channels.
  cli_json({"baseline", "pls", lab, "-o", file("log.h5"), "--labelled", "interior:0.7", "--step",
            "absorbance", "--json"});
  const Json back = cli_json({"endmembers", file("log.h5"), "-o", file("log-ends.h5"), "--json"});
  EXPECT_EQ(back["after"], "");
  const DatasetPtr ends_of_log = load(file("log-ends.h5"));
  for (const float value : ends_of_log->spectra().row(0)) {
    EXPECT_GT(value, 0);
    EXPECT_LT(value, 1.5);
  }
}

TEST_F(PreprocessCommand, EverySplitOfAValidationFitsItsOwnSteps) {
  const std::string lab = make_lab();
  const Json result = cli_json({"validate", lab, "--methods", "pls", "--by", "kfold:3", "--step", "msc",
                                "--step", "standardise", "--json"});
  EXPECT_LT(result["methods"]["pls"]["kl"]["mean"].get<double>(), 0.2);
}

TEST_F(PreprocessCommand, WarnsInWordsAndRefusesWithOneLine) {
  const std::string lab = make_lab();
  const Outcome warned =
      cli({"preprocess", lab, file("out.h5"), "--step", "centre", "--step", "log", "--quiet"});
  EXPECT_EQ(warned.exit_code, 0) << warned.err;
  EXPECT_THAT(warned.err, HasSubstr("log after centre: about half of the values are negative"));
  expect_one_line_error(cli({"preprocess", lab, file("x.h5")}), 2, "--step");
  expect_one_line_error(cli({"preprocess", lab, file("x.h5"), "--step", "snvv"}), 2, "snv");
  expect_one_line_error(cli({"preprocess", lab, file("x.h5"), "--recipe", "libs"}), 2, "libs-norm3");
  expect_one_line_error(cli({"preprocess", lab, file("x.h5"), "--recipe", "libs-norm3"}), 2, "6144");
  expect_one_line_error(cli({"preprocess", lab, lab, "--step", "snv"}), 1, "another output");
  expect_one_line_error(cli({"preprocess", lab, file("out.h5"), "--step", "snv"}), 1, "--force");
  const Outcome help = cli({"preprocess", "--help"});
  EXPECT_THAT(help.out, HasSubstr("10.1366/0003702894202201"));
  EXPECT_THAT(help.out, HasSubstr("libs-norm3"));
}

}  // namespace
}  // namespace assayer::test
