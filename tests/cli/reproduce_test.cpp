// SPDX-License-Identifier: GPL-3.0-or-later
// The command reproduce, as short as it goes: what it prints and writes, not what comes out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli_fixture.h"

namespace assayer::test {
namespace {

using testing::HasSubstr;

class Reproduce : public CliTest {};

std::string text_of(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST_F(Reproduce, CrismPrintsThePapersTableBesideOursAndWritesFigures) {
  const std::string folder = file("crism");
  const Outcome outcome =
      cli({"reproduce", "crism", "--seeds", "1", "--epochs", "1", "-o", folder, "--quiet"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("simulated"));
  EXPECT_THAT(outcome.out, HasSubstr("0.061"));  // the paper's M2
  EXPECT_THAT(outcome.out, HasSubstr("1 epochs where the paper has 5000"));
  EXPECT_EQ(text_of(folder + "/tables.txt"), outcome.out);
  const Json measures = Json::parse(text_of(folder + "/measures.json"));
  EXPECT_EQ(measures["experiment"], "crism");
  EXPECT_EQ(measures["methods"]["Untapped"]["l2"]["per_seed"].size(), 1U);
  EXPECT_TRUE(measures["methods"]["Untapped"]["l2"]["sd"].is_null());
  for (const char* name :
       {"figure4_roles.csv", "figure5_endmembers.csv", "figure6_nuisance.csv", "figure6d_spectra.csv"}) {
    EXPECT_FALSE(text_of(folder + "/" + name).empty()) << name;
  }

  const Outcome again = cli({"reproduce", "crism", "--seeds", "1", "--epochs", "1", "-o", folder});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("not empty"));
}

TEST_F(Reproduce, RefusesWhatMakesNoSense) {
  EXPECT_EQ(cli({"reproduce"}).exit_code, 2);
  EXPECT_EQ(cli({"reproduce", "jupiter"}).exit_code, 2);
  EXPECT_EQ(cli({"reproduce", "crism", "--seeds", "0"}).exit_code, 2);
  EXPECT_EQ(cli({"reproduce", "crism", "--epochs", "-4"}).exit_code, 2);
  const Outcome missing = cli({"reproduce", "mnist", "--data", file("nowhere")});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("MNIST is not there"));
}

}  // namespace
}  // namespace assayer::test
