// SPDX-License-Identifier: GPL-3.0-or-later
// --compositions, --endmembers and --rest: what other files know of the spectra.
#include "cli_fixture.h"
#include "core/io/dataset_writer.h"
#include "core/io/importer.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class AttachCommand : public CliTest {
 protected:
  /// full.h5 with compositions; bare.h5, the same spectra without; known.csv, the compositions by row, the
  /// last row first.
  void make_files() {
    RunControl control;
    const auto lab = ImporterRegistry::standard().load(make_lab(), control);
    ASSERT_TRUE(lab);
    const Dataset& data = *lab->data;
    DatasetParts parts = data.parts();
    parts.true_abundances.reset();
    parts.endmembers.reset();
    parts.endmember_names.clear();
    parts.endmembers_by_group.clear();
    const auto full = Dataset::create(parts);
    ASSERT_TRUE(full) << full.error().message();
    ASSERT_TRUE(write_dataset(**full, file("full.h5"), false));
    parts.abundances.reset();
    const auto bare = Dataset::create(std::move(parts));
    ASSERT_TRUE(bare) << bare.error().message();
    ASSERT_TRUE(write_dataset(**bare, file("bare.h5"), false));
    std::string table = "row";
    for (const std::string& name : data.component_names()) table += "," + name;
    // As JSON has them, numbers come back to the bit.
    for (std::size_t r = data.rows(); r-- > 0;) {
      table += "\n" + std::to_string(r);
      for (const double part : data.abundances()->row(r)) table += "," + Json(part).dump();
    }
    write_file(file("known.csv"), table + "\n");
  }
  [[nodiscard]] Arguments with(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--compositions", file("known.csv")});
    return arguments;
  }
  void SetUp() override {
    write_file(file("shots.csv"),
               "target,400,500,600\nA,0.1,0.2,0.3\nA,0.2,0.2,0.1\nB,0.3,0.1,0.2\nC,0.5,0.1,0.2\n");
    write_file(file("oxides.csv"), "target,SiO2,MgO\nB,40,20\nA,50,30\nX,1,2\n");
    write_file(file("pure.csv"), "nm,MgO,SiO2\n350,0,3.5\n450,0,4.5\n550,0,5.5\n650,0,6.5\n");
  }
};

TEST_F(AttachCommand, InfoAndConvertHaveWhatOtherFilesKnow) {
  const Json info = cli_json(
      {"info", file("shots.csv"), "--compositions", file("oxides.csv"), "--rest", "other", "--json"});
  EXPECT_EQ(info.at("components"), (Json{"SiO2", "MgO", "other"}));
  EXPECT_EQ(info.at("labelled"), 3);
  EXPECT_THAT(info.at("warnings").dump(), HasSubstr("no spectrum's"));
  EXPECT_EQ(info.at("attributes").at("compositions_from"), file("oxides.csv"));

  write_file(file("whole.csv"), "target,SiO2,MgO\nB,40,60\nA,50,50\n");
  const Json report = cli_json({"convert", file("shots.csv"), file("out.h5"), "--compositions",
                                file("whole.csv"), "--endmembers", file("pure.csv"), "--json"});
  EXPECT_THAT(report.at("warnings").dump(), HasSubstr("interpolated linearly"));
  const auto written = [&] {
    RunControl control;
    return ImporterRegistry::standard().load(file("out.h5"), control);
  }();
  ASSERT_TRUE(written) << written.error().message();
  const Dataset& data = *written->data;
  EXPECT_NEAR(data.abundances()->row(2)[0], 0.4, 1e-6);
  EXPECT_FALSE(data.labelled(3));
  // Named after the components, at the data's channels: a hundredth of the wavelength.
  ASSERT_TRUE(data.endmembers());
  EXPECT_NEAR((*data.endmembers())(0, 1), 5.0F, 1e-5F);
  EXPECT_EQ((*data.endmembers())(1, 1), 0.0F);
}

TEST_F(AttachCommand, TrainingAndJudgingAreThoseOfOneFile) {
  make_files();
  if (HasFatalFailure()) return;
  const Json full = cli_json({"info", file("full.h5"), "--json"});
  EXPECT_EQ(cli_json(with({"info", file("bare.h5"), "--json"})).at("fingerprint"), full.at("fingerprint"));
  EXPECT_NE(cli_json({"info", file("bare.h5"), "--json"}).at("fingerprint"), full.at("fingerprint"));

  expect_one_line_error(cli(small_training(file("bare.h5"), file("none.h5"), 5)), 1, "--compositions");
  const Outcome trained = cli(with(small_training(file("bare.h5"), file("model.h5"), 5)));
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  // To the model it is one and the same data set: which rows it learnt from is known.
  const Json judged = cli_json(with({"evaluate", file("model.h5"), file("bare.h5"), "--json"}));
  const Json expected = cli_json({"evaluate", file("model.h5"), file("full.h5"), "--json"});
  EXPECT_TRUE(judged.at("kl").at("training").is_number());
  EXPECT_EQ(judged.at("kl"), expected.at("kl"));
  EXPECT_EQ(judged.at("rmse"), expected.at("rmse"));

  const Arguments predict = {"predict",     file("model.h5"), file("bare.h5"), "-o",
                             file("z.csv"), "--z-given",      "label"};
  expect_one_line_error(cli(predict), 1, "no compositions to infer z with");
  EXPECT_EQ(cli(with(predict)).exit_code, 0);
}

TEST_F(AttachCommand, SoHaveTheOtherCommandsThatUseCompositions) {
  make_files();
  if (HasFatalFailure()) return;
  const auto validate = [&](const std::string& data) {
    return Arguments{"validate", file(data), "--methods", "pls", "--by", "kfold:3", "--json"};
  };
  const auto kl = [](const Json& json) { return json.at("methods").at("pls").at("kl"); };
  EXPECT_EQ(kl(cli_json(with(validate("bare.h5")))), kl(cli_json(validate("full.h5"))));
  EXPECT_EQ(cli(with({"baseline", "pls", file("bare.h5"), "-o", file("pls.h5")})).exit_code, 0);
  ASSERT_EQ(cli(with({"preprocess", file("bare.h5"), file("snv.h5"), "--step", "snv"})).exit_code, 0);
  EXPECT_EQ(cli_json({"info", file("snv.h5"), "--json"}).at("labelled"),
            cli_json({"info", file("full.h5"), "--json"}).at("labelled"));
}

TEST_F(AttachCommand, FaultsAreOneLine) {
  const std::string shots = file("shots.csv");
  const std::string oxides = file("oxides.csv");
  expect_one_line_error(cli({"info", shots, "--rest", "other"}), 2, "--compositions FILE");
  expect_one_line_error(cli({"info", shots, "--compositions", file("missing.csv")}), 1, file("missing.csv"));
  expect_one_line_error(cli({"info", shots, "--compositions", oxides}), 1, "--rest NAME");
  write_file(file("others.csv"), "target,q,p\nX,0.5,0.5\nY,1,0\n");
  expect_one_line_error(cli({"convert", shots, file("out.h5"), "--compositions", file("others.csv")}), 2,
                        "\"A\", \"B\", \"C\"");
  expect_one_line_error(cli({"info", shots, "--endmembers", oxides}), 1, oxides);
  EXPECT_FALSE(fs::exists(file("out.h5")));
  expect_one_line_error(cli({"convert", shots, oxides, "--compositions", oxides, "--force"}), 1, oxides);
  EXPECT_THAT(read_file(oxides), HasSubstr("SiO2"));
  expect_one_line_error(cli({"baseline", "pca", shots, "--compositions", oxides}), 2, "spectra alone");
}

}  // namespace
}  // namespace assayer::test
