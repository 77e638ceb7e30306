// SPDX-License-Identifier: GPL-3.0-or-later
// tune --halving on a small simulated laboratory.
#include <algorithm>
#include <csignal>

#include "cli_fixture.h"
#include "core/io/dataset_writer.h"
#include "core/io/importer.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class HalvingCommand : public CliTest {
 protected:
  /// Rates of which two are too small to learn anything.
  static Arguments search(const std::string& lab, int epochs, const Arguments& more,
                          const std::string& by = "kfold:3") {
    Arguments arguments = {
        "tune", lab, "--method",     "untapped",        "--over", "rate=1e-07,0.003,1e-08,0.01",
        "--by", by,  "--unfeatured", "corners:60:0.05", "--set",  "epochs=" + std::to_string(epochs)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

TEST_F(HalvingCommand, DropsTheHopelessEarlyAndJudgesWhatIsLeftAsAFullSearchDoes) {
  const std::string lab = make_lab();
  const Arguments arguments = search(lab, 200, {"--halving", "--json"});
  Json json = cli_json(arguments);
  const Json& halving = json["halving"];
  EXPECT_EQ(halving["factor"], 2);
  ASSERT_EQ(halving["rungs"].size(), 2U);
  ASSERT_EQ(halving["rungs"][0].size(), 4U);
  for (const Json& entry : halving["rungs"][0]) {
    EXPECT_EQ(entry["epoch"], 50);
    const auto settings = entry["settings"].get<std::string>();
    EXPECT_EQ(entry["dropped"], settings.find("e-0") != std::string::npos) << settings;
  }
  ASSERT_EQ(halving["rungs"][1].size(), 2U);
  std::string least;
  double kl = 1e9;
  for (const Json& entry : halving["rungs"][1]) {
    EXPECT_EQ(entry["epoch"], 100);
    if (entry["kl"].get<double>() < kl) least = entry["settings"];
    kl = std::min(kl, entry["kl"].get<double>());
  }
  EXPECT_EQ(halving["winner"], least);
  ASSERT_EQ(json["methods"].size(), 1U);
  ASSERT_TRUE(json["methods"].contains(least));

  const Json full = cli_json(search(lab, 200, {"--json"}));
  EXPECT_FALSE(full.contains("halving"));
  EXPECT_EQ(full["methods"].size(), 4U);
  EXPECT_EQ(json["methods"][least]["kl_by_fold"], full["methods"][least]["kl_by_fold"]);
  EXPECT_EQ(json["methods"][least]["rmse"], full["methods"][least]["rmse"]);

  Json again = cli_json(arguments);
  for (Json* made : {&json, &again})
    for (auto& method : (*made)["methods"]) method.erase("seconds");
  EXPECT_EQ(again.dump(), json.dump());
}

TEST_F(HalvingCommand, RowsThatJudgeInTheEndHaveNoPartInDropping) {
  const std::string lab = make_lab();
  // One split, which leaves one geometry out; then the same with wrong labels in that geometry.
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(lab, control);
  ASSERT_TRUE(imported);
  Arguments arguments = search(lab, 40, {"--halving", "--json"}, "leave-groups:1:1");
  const Json honest = cli_json(arguments);
  ASSERT_EQ(honest["folds"], 1);

  std::vector<Json> spoilt;
  for (std::int32_t group = 0; group < 3; ++group) {
    const Dataset& data = *imported->data;
    DatasetParts parts;
    parts.shared_spectra = data.spectra();
    parts.wavelength = data.wavelength();
    parts.groups = data.groups();
    Matrix<double> y = data.abundances()->values();
    for (std::size_t row = 0; row < y.rows(); ++row)
      if (parts.groups->of_row[row] == group) std::ranges::rotate(y.row(row), y.row(row).begin() + 1);
    parts.abundances = *Abundances::create(y, data.component_names());
    const auto made = Dataset::create(std::move(parts));
    ASSERT_TRUE(made);
    arguments[1] = file("spoilt" + std::to_string(group) + ".h5");
    ASSERT_TRUE(write_dataset(**made, arguments[1], false));
    spoilt.push_back(cli_json(arguments));
  }
  const auto same_rungs =
      std::ranges::count_if(spoilt, [&](const Json& json) { return json["halving"] == honest["halving"]; });
  EXPECT_EQ(same_rungs, 1) << "the group that is left out, and no other";
  for (const Json& json : spoilt) {
    if (json["halving"] != honest["halving"]) continue;
    const std::string winner = honest["halving"]["winner"];
    EXPECT_GT(json["methods"][winner]["kl"]["mean"].get<double>(),
              1.5 * honest["methods"][winner]["kl"]["mean"].get<double>());
  }
}

TEST_F(HalvingCommand, InterruptedItGoesOnToTheSameTable) {
  const std::string lab = make_lab();
  constexpr int kEpochs = 1200 / kSlowdown;
  const Arguments common = {"--halving", "--set", "checkpoint_seconds=0.05", "-o"};
  const auto into = [&](const std::string& folder) {
    Arguments more = common;
    more.push_back(file(folder));
    return search(lab, kEpochs, more);
  };
  ASSERT_EQ(cli(into("straight")).exit_code, 0);
  const auto table = [&](const std::string& folder) {
    return read_file(fs::path(file(folder)) / "table.txt");
  };
  EXPECT_THAT(table("straight"), HasSubstr("Successive halving by 2"));

  Process process(ASSAYER_CLI, into("broken"), folder());
  // In the middle of the second rung.
  const fs::path fits = fs::path(file("broken")) / "fits";
  const fs::path reached = fits / ("scout_split-1_variant-2_epoch-" + std::to_string(kEpochs / 2) + ".json");
  ASSERT_TRUE(wait_until([&] { return fs::exists(reached) || !process.running(); }));
  ASSERT_TRUE(process.running()) << process.err();
  process.send(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 130);
  EXPECT_FALSE(fs::exists(fs::path(file("broken")) / "table.txt"));
  const Outcome resumed = cli(into("broken"));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("taken up from the folder"));
  EXPECT_EQ(table("broken"), table("straight"));
  for (const auto& entry : fs::directory_iterator(fits))
    EXPECT_FALSE(entry.path().filename().string().ends_with(".checkpoint.h5")) << entry.path();
}

TEST_F(HalvingCommand, TellsUsage) {
  const std::string lab = make_lab();
  expect_one_line_error(cli({"tune", lab, "--over", "rate=0.01,0.003", "--halving"}), 2, "3 combinations");
  expect_one_line_error(cli({"tune", lab, "--method", "pls", "--over", "components=1,2,3", "--halving", "3"}),
                        2, "trained by epochs");
  expect_one_line_error(cli({"tune", lab, "--over", "rate=0.01,0.003", "--inner", "kfold:2"}), 2, "inner");
}

}  // namespace
}  // namespace assayer::test
