// SPDX-License-Identifier: GPL-3.0-or-later
// `convert` and `info` on formats other than the native one.
#include "cli_fixture.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

class Convert : public CliTest {
 protected:
  void SetUp() override {
    write_file(file("table.csv"),
               "sample,site,olivine,rest,400,500,600\na,1,25,75,0.1,0.2,0.3\nb,2,60,40,0.3,0.2,0.1\n"
               "c,2,100,0,0.3,0.1,0.2\n");
  }
};

TEST_F(Convert, ATableBecomesANativeFileAndComesBack) {
  const Json report = cli_json({"convert", file("table.csv"), file("table.h5"), "--json"});
  EXPECT_EQ(report.at("rows"), 3);
  EXPECT_EQ(report.at("from_format"), "Text table");
  EXPECT_EQ(report.at("to_format"), "Assayer HDF5");
  EXPECT_THAT(report.at("warnings").dump(), HasSubstr("percent"));
  const Json native = cli_json({"info", file("table.h5"), "--json"});
  EXPECT_EQ(native.at("components"), (Json{"olivine", "rest"}));
  EXPECT_EQ(native.at("wavelength").at("unit"), "nm");
  ASSERT_EQ(cli({"convert", file("table.h5"), file("again.csv")}).exit_code, 0);
  EXPECT_EQ(cli_json({"info", file("again.csv"), "--json"}).at("fingerprint"), native.at("fingerprint"));
}

TEST_F(Convert, OptionsSayWhatTheColumnsAre) {
  const Json report =
      cli_json({"convert", file("table.csv"), file("out.h5"), "--json", "--map", "site=group", "--map",
                "olivine=metadata", "--map", "rest=ignore", "--unit", "um", "--rows", "2"});
  EXPECT_EQ(report.at("rows"), 2);
  const Json data = cli_json({"info", file("out.h5"), "--json"});
  EXPECT_EQ(data.at("wavelength").at("unit"), "um");
  EXPECT_EQ(data.at("groups").size(), 2u);
  EXPECT_TRUE(data.at("components").empty());
  EXPECT_THAT(data.at("metadata"), Contains("olivine"));
}

TEST_F(Convert, SeveralFilesBecomeOne) {
  write_file(file("one.txt"), "400 1\n500 2\n600 3\n");
  write_file(file("two.txt"), "400 4\n500 5\n600 6\n");
  EXPECT_EQ(cli_json({"convert", file("one.txt"), file("two.txt"), file("both.csv"), "--json"}).at("rows"),
            2);
  const Outcome quiet = cli({"convert", file("one.txt"), file("two.txt"), file("quiet.h5"), "--quiet"});
  EXPECT_EQ(quiet.exit_code, 0) << quiet.err;
  EXPECT_THAT(read_file(file("both.csv")), HasSubstr("\"two.txt\",4,5,6"));
}

TEST_F(Convert, InfoListsFieldsAndSettings) {
  const Json info = cli_json({"info", file("table.csv"), "--json"});
  EXPECT_EQ(info.at("format"), "Text table");
  EXPECT_EQ(info.at("fields").at(0).at("name"), "sample");
  EXPECT_EQ(info.at("settings").at("spectra_in"), "rows");
  const Outcome words = cli({"info", file("table.csv")});
  EXPECT_THAT(words.out, HasSubstr("olivine = composition (numbers)"));
  EXPECT_THAT(words.out, HasSubstr("delimiter=comma"));
}

TEST_F(Convert, FaultsAreOneLine) {
  expect_one_line_error(cli({"convert", file("table.csv"), file("out.doc")}), 2, ".h5 (Assayer HDF5)");
  expect_one_line_error(cli({"convert", file("table.csv")}), 2);
  expect_one_line_error(cli({"convert", file("missing.csv"), file("out.h5")}), 1, file("missing.csv"));
  expect_one_line_error(cli({"convert", file("table.csv"), file("out.h5"), "--map", "site"}), 2,
                        "NAME=VALUE");
  expect_one_line_error(cli({"convert", file("table.csv"), file("out.h5"), "--map", "site=planet"}), 2,
                        "bad-channels");
  expect_one_line_error(cli({"convert", file("table.csv"), file("out.h5"), "--map", "none=group"}), 2,
                        "sample, site");
  expect_one_line_error(cli({"convert", file("table.csv"), file("out.h5"), "--unit", "miles"}), 2, "cm-1");
  expect_one_line_error(cli({"convert", file("table.csv"), file("out.h5"), "--write", "a=b"}), 2,
                        "no settings");
  EXPECT_FALSE(fs::exists(file("out.h5")));
  write_file(file("kept.csv"), "precious");
  expect_one_line_error(cli({"convert", file("table.csv"), file("kept.csv")}), 1, file("kept.csv"));
  expect_one_line_error(cli({"convert", file("table.csv"), file("table.csv"), "--force"}), 1,
                        file("table.csv"));
  EXPECT_EQ(read_file(file("kept.csv")), "precious");
}

}  // namespace
}  // namespace assayer::test
