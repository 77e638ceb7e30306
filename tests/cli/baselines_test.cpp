// SPDX-License-Identifier: GPL-3.0-or-later
// Names and settings of the classical methods on the command line: unmixing by name, pca, libraries.
#include <cmath>

#include "cli_fixture.h"
#include "core/io/dataset_writer.h"
#include "core/io/importer.h"
#include "core/io/model_file.h"

namespace assayer::test {
namespace {

using testing::HasSubstr;

class BaselineNames : public CliTest {};
class PcaCommand : public CliTest {};
class MatchCommand : public CliTest {};

TEST_F(BaselineNames, OfUnmixingAreTheLibraryWithThatWay) {
  const std::string lab = make_lab();
  const std::vector<std::pair<std::string, std::string>> names = {{"fcls", "fully-constrained"},
                                                                  {"nnls", "non-negative"},
                                                                  {"scls", "sum-to-one"},
                                                                  {"sunsal", "sunsal"},
                                                                  {"ucls", "least-squares"}};
  for (const auto& [name, unmixing] : names) {
    for (const std::string link : {"identity", "hapke"}) {
      const std::string model = file(name + link + ".h5");
      const Json report = cli_json({"baseline", name, lab, "-o", model, "--set", "link=" + link, "--json"});
      EXPECT_EQ(report["facts"]["unmixing"], unmixing);
      EXPECT_EQ(report["facts"]["link"], link);
      const auto state = read_model(model);
      ASSERT_TRUE(state);
      EXPECT_EQ(state->config.method, "library");
    }
  }
  const Json extracted = cli_json({"baseline", "n-findr", lab, "-o", file("n.h5"), "--json"});
  EXPECT_TRUE(extracted["rmse"]["mean"].is_number());
}

TEST_F(BaselineNames, LearningCurvesAndCalibrationAreInTheObject) {
  const Json json = cli_json({"validate", make_lab(), "--methods", "pls,pcr", "--by", "stratified:3",
                              "--learning-curve", "3", "--json"});
  ASSERT_EQ(json["learning_curve"].size(), 3U);
  EXPECT_EQ(json["learning_curve"][0]["labelled"], 8);
  EXPECT_EQ(json["learning_curve"][2]["methods"]["pls"]["kl"], json["methods"]["pls"]["kl"]);
  EXPECT_EQ(json["methods"]["pls"]["calibration"].size(), 7U);
}

TEST_F(PcaCommand, WritesScoresAndLoadingsThatGiveTheSpectraBack) {
  const std::string lab = make_lab();
  const Json report = cli_json({"baseline", "pca", lab, "-o", file("s.csv"), "--loadings", file("l.csv"),
                                "--components", "24", "--json"});
  EXPECT_EQ(report["rows"], 396);
  ASSERT_EQ(report["variance"].size(), 24U);
  double sum = 0;
  for (std::size_t i = 0; i < 24; ++i) {
    sum += report["shares"][i].get<double>();
    if (i > 0) {
      EXPECT_LE(report["variance"][i].get<double>(), report["variance"][i - 1].get<double>());
    }
  }
  EXPECT_NEAR(sum, 1, 1e-5) << "all components are all of the variance";
  const Csv scores = parse_csv(read_file(file("s.csv")));
  const Csv loadings = parse_csv(read_file(file("l.csv")));
  ASSERT_EQ(scores.rows.size(), 396U);
  ASSERT_EQ(loadings.rows.size(), 24U);
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(lab, control);
  ASSERT_TRUE(imported);
  for (const std::size_t row : {0U, 200U, 395U}) {
    for (std::size_t c = 0; c < 24; ++c) {
      double value = loadings.number(c, "mean");
      for (std::size_t r = 1; r <= 24; ++r)
        value += scores.number(row, "PC" + std::to_string(r)) * loadings.number(c, "PC" + std::to_string(r));
      EXPECT_NEAR(value, imported->data->spectra()(row, c), 1e-4);
    }
  }
  const Outcome table = cli({"baseline", "pca", lab});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("PC6"));
  EXPECT_THAT(table.out, HasSubstr("together (%)"));
  expect_one_line_error(cli({"baseline", "pca", lab, "-o", file("m.h5")}), 2, "CSV");
  expect_one_line_error(cli({"baseline", "pca", lab, "--components", "0"}), 2, "components");
  expect_one_line_error(cli({"baseline", "pca", lab, "-o", file("s.csv")}), 1, "s.csv");
}

TEST_F(MatchCommand, FindsTheNearestOfALibrary) {
  const std::string lab = make_lab();
  ASSERT_EQ(cli({"baseline", "least-squares", lab, "-o", file("m.h5"), "--set", "link=hapke"}).exit_code, 0);
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(lab, control);
  ASSERT_TRUE(imported);
  // A library of the true endmembers behind a flat spectrum, with the samples' names.
  DatasetParts parts;
  parts.spectra = Matrix<float>(4, 24, 0.5F);
  for (std::size_t k = 0; k < 3; ++k)
    std::ranges::copy(imported->data->endmembers()->row(k), parts.spectra.row(k + 1).begin());
  parts.wavelength = imported->data->wavelength();
  parts.metadata.push_back({"sample_name", std::vector<std::string>{"panel", "Fo90", "Di-1", "By, coarse"}});
  const auto library = Dataset::create(std::move(parts));
  ASSERT_TRUE(library);
  ASSERT_TRUE(write_dataset(**library, file("library.h5"), false));

  const Json json =
      cli_json({"endmembers", file("m.h5"), "--match", file("library.h5"), "--best", "2", "--json"});
  EXPECT_TRUE(json["output"].is_null());
  EXPECT_EQ(json["match"]["channels"], 24);
  const Json& found = json["match"]["endmembers"];
  EXPECT_EQ(found["olivine"][0]["name"], "Fo90");
  EXPECT_EQ(found["diopside"][0]["name"], "Di-1");
  EXPECT_EQ(found["bytownite"][0]["name"], "By, coarse");
  for (const auto& [component, ranked] : found.items()) {
    ASSERT_EQ(ranked.size(), 2U) << component;
    EXPECT_LT(ranked[0]["angle"].get<double>(), ranked[1]["angle"].get<double>());
  }
  const Outcome table =
      cli({"endmembers", file("m.h5"), "--match", file("library.h5"), "-o", file("e.csv"), "--best", "0"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("Fo90"));
  EXPECT_THAT(table.out, HasSubstr("panel"));
  EXPECT_EQ(parse_csv(read_file(file("e.csv"))).rows.size(), 24U);
  expect_one_line_error(cli({"endmembers", file("m.h5")}), 2, "--match");
  expect_one_line_error(cli({"endmembers", file("m.h5"), "--match", file("none.h5")}), 1, "none.h5");
}

}  // namespace
}  // namespace assayer::test
