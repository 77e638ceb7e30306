// SPDX-License-Identifier: GPL-3.0-or-later
// Genuine tables of text, against what Python's csv module reads in them (expected_text.py beside this file).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compare_datasets.h"
#include "core/io/chemcam_importer.h"
#include "core/io/exporter.h"
#include "text_fixture.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const fs::path kImport = fs::path(ASSAYER_SHARED_DIR) / "data/import";
const fs::path kChemCam = kImport / "chemcam/CL5_398645626CCS_F0030004CCAM02013P3.csv";

class GenuineTables : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kImport))
      GTEST_SKIP() << kImport << " is not here: the genuine data stand beside the checkout";
    std::ifstream stream(fs::path(ASSAYER_TEST_DIR) / "core/io/expected_text.json");
    expected_ = Json::parse(stream);
  }
  static Imported load(const fs::path& path, const ImportOptions& options = {}) {
    RunControl control;
    auto imported = ImporterRegistry::standard().load(path, options, control);
    if (!imported) throw std::runtime_error(imported.error().message());
    return *std::move(imported);
  }
  static void expect_axis(const Json& expected, const WavelengthAxis& axis) {
    EXPECT_EQ(axis.size(), expected.at("channels").get<std::size_t>());
    EXPECT_EQ(axis.values().front(), expected.at("first").get<double>());
    EXPECT_EQ(axis.values().back(), expected.at("last").get<double>());
    EXPECT_EQ(axis.unit(), WavelengthUnit::Nanometre);
  }
  Json expected_;
};

TEST_F(GenuineTables, ASpectrumOfTwoColumns) {
  const auto imported = load(kImport / "csv/bhvo2_chemcam_loc1.csv");
  const Json& expected = expected_.at("bhvo2");
  EXPECT_EQ(imported.format, "Text table");
  EXPECT_EQ(imported.data->rows(), 1u);
  expect_axis(expected, imported.data->wavelength());
  EXPECT_THAT(imported.warnings, ElementsAre(HasSubstr("nm is assumed")));
  for (std::size_t i = 0; i < expected.at("at").size(); ++i) {
    EXPECT_EQ(imported.data->spectra()(0, expected["at"][i].get<std::size_t>()),
              static_cast<float>(expected["values"][i].get<double>()));
  }
}

TEST_F(GenuineTables, TwoHeaderRowsOfPyHat) {
  const auto imported = load(kImport / "csv/pyhat_libs_basalts.csv");
  const Json& expected = expected_.at("pyhat");
  const Dataset& data = *imported.data;
  ASSERT_EQ(data.rows(), expected.at("rows").get<std::size_t>());
  expect_axis(expected, data.wavelength());
  for (std::size_t r = 0; r < data.rows(); ++r) {
    for (std::size_t i = 0; i < expected.at("at").size(); ++i) {
      EXPECT_EQ(data.spectra()(r, expected["at"][i].get<std::size_t>()),
                static_cast<float>(expected["values"][r][i].get<double>()));
    }
    EXPECT_EQ(data.find_metadata("Sample")->text(r), expected["sample"][r].get<std::string>());
    EXPECT_EQ((*data.find_metadata("laser_power")->numbers())[r], expected["laser_power"][r].get<double>());
  }
  ASSERT_TRUE(data.abundances());
  EXPECT_EQ(data.abundances()->names(), expected.at("oxides").get<std::vector<std::string>>());
  for (std::size_t k = 0; k < data.components(); ++k)
    EXPECT_NEAR(data.abundances()->row(0)[k], expected["composition"][k].get<double>(), 1e-12);
  EXPECT_THAT(imported.warnings, Contains(HasSubstr("taken for percent: every row is divided by its sum")));
  EXPECT_NE(data.find_metadata("Rb (ug/g)"), nullptr);
}

TEST_F(GenuineTables, ShotsOfChemCam) {
  const auto imported = load(kChemCam);
  const Json& expected = expected_.at("chemcam");
  const Dataset& data = *imported.data;
  EXPECT_EQ(imported.format, "ChemCam CCS");
  ASSERT_EQ(data.rows(), expected.at("rows").get<std::size_t>());
  expect_axis(expected, data.wavelength());
  for (std::size_t i = 0; i < expected.at("at").size(); ++i) {
    EXPECT_EQ(
        data.spectra()(expected["at"][i][0].get<std::size_t>(), expected["at"][i][1].get<std::size_t>()),
        static_cast<float>(expected["values"][i].get<double>()));
  }
  EXPECT_THAT(imported.warnings, IsEmpty());
  EXPECT_EQ(data.find_metadata("shot")->text(29), "30");
  EXPECT_EQ(data.find_metadata("target")->text(0), "CCAM02013");
  EXPECT_EQ(data.find_metadata("sol")->text(0), "13");
  EXPECT_EQ(data.provenance().attributes.at("NSHOTS"), "30");
  EXPECT_EQ(data.provenance().attributes.at("DISTT"), "2673.00");
}

TEST_F(GenuineTables, MeanAndMedianOfChemCam) {
  for (const char* what : {"mean", "median"}) {
    const auto imported = load(kChemCam, {{}, {{"take", what}}, {}});
    ASSERT_EQ(imported.data->rows(), 1u);
    EXPECT_EQ(imported.data->spectra()(0, 0),
              static_cast<float>(expected_["chemcam"][what][0].get<double>()));
    EXPECT_EQ(imported.data->spectra()(0, 500),
              static_cast<float>(expected_["chemcam"][what][1].get<double>()));
  }
  EXPECT_EQ(load(kChemCam, {{}, {{"take", "all"}}, {}}).data->rows(), 32u);
}

TEST(ChemCam, ContentsShowWhatTheUserTakes) {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "CL5_398645626CCS_F0030004CCAM02013P3.csv";
  std::ofstream(path) << "# wave, shot1, shot2, median, mean\n400,1,2,3,4\n401,1,2,3,4\n402,1,2,3,4\n";
  const auto registry = ImporterRegistry::standard();
  RunControl control;
  const auto taken = [&](const ImportOptions& options) {
    const auto contents = registry.inspect(path, options, control);
    if (!contents) throw std::runtime_error(contents.error().message());
    EXPECT_EQ(contents->format, "ChemCam CCS");
    EXPECT_EQ(contents->settings.size(), 1U);
    return contents->settings.front().value;
  };
  EXPECT_EQ(taken({}), "shots");
  EXPECT_EQ(taken({{}, {{"take", "median"}}, {}}), "median");
  const auto loaded = registry.load(path, {{}, {{"take", "median"}}, {}}, control);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->data->spectra()(0, 1), 3);
  for (const auto& [key, value] : {std::pair{"take", "most"}, std::pair{"give", "mean"}}) {
    const auto refused = registry.inspect(path, {{}, {{key, value}}, {}}, control);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().kind, Error::Kind::Usage);
    EXPECT_EQ(refused.error().message(),
              registry.load(path, {{}, {{key, value}}, {}}, control).error().message());
  }
}

TEST_F(GenuineTables, TheNativeFileHoldsTheSameShots) {
  const auto native = load(fs::path(ASSAYER_SHARED_DIR) / "data/chemcam_ccs_sol13.h5");
  test::expect_same_bits(load(kChemCam).data->spectra(), native.data->spectra(), "shots");
}

TEST_F(GenuineTables, FilesWithTheSameChannelsAreOneDataSet) {
  const std::vector<fs::path> paths = {kChemCam, kImport / "csv/bhvo2_chemcam_loc1.csv"};
  RunControl control;
  const auto joined = ImporterRegistry::standard().load_many(paths, {}, control);
  ASSERT_TRUE(joined) << joined.error().message();
  const Dataset& data = *joined->data;
  ASSERT_EQ(data.rows(), 31u);
  EXPECT_EQ(data.find_metadata("file")->text(30), "bhvo2_chemcam_loc1.csv");
  EXPECT_EQ(data.spectra()(30, 0), 161000000000.0F);
  ASSERT_TRUE(data.groups());
  EXPECT_EQ(data.groups()->names.size(), 2u);
}

TEST_F(GenuineTables, ATableOfNamesOpensItsLibrary) {
  RunControl control;
  const auto library = load(kImport / "envi_library/library_berlin.csv");
  EXPECT_EQ(library.format, "ENVI spectral library");
  const Dataset& data = *library.data;
  ASSERT_EQ(data.rows(), 75u);
  EXPECT_EQ(data.find_metadata("name")->text(0), "red clay tile 1");
  // As they stand in the lines of "red clay tile 1", "bare soil 2" and "water 2".
  ASSERT_TRUE(data.find_metadata("level_3"));
  EXPECT_EQ(data.find_metadata("level_1")->text(0), "impervious");
  EXPECT_EQ(data.find_metadata("level_3")->text(0), "roof");
  EXPECT_EQ(data.find_metadata("level_2")->text(62), "soil");
  EXPECT_EQ(data.find_metadata("level_1")->text(74), "water");
  EXPECT_THAT(library.warnings, Not(Contains(HasSubstr("library_berlin.csv"))));
}

TEST_F(GenuineTables, JsonIsNoTable) {
  RunControl control;
  const auto refused =
      ImporterRegistry::standard().load(kImport / "envi_library/library_berlin.json", control);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::NotThisFormat) << refused.error().message();
}

TEST_F(GenuineTables, DataSetsSurviveTheWayThroughText) {
  const test::TemporaryFolder folder;
  RunControl control;
  for (const char* name : {"tecator_meat", "usgs_fo_di_by", "relab_xp_opx_cpx", "bhvo2_chemcam"}) {
    SCOPED_TRACE(name);
    const auto native = load(fs::path(ASSAYER_SHARED_DIR) / "data" / (std::string(name) + ".h5"));
    for (const char* extension : {".csv", ".tsv"}) {
      const auto path = folder / (std::string(name) + extension);
      const auto lost = ExporterRegistry::standard().write(*native.data, path, {}, control);
      ASSERT_TRUE(lost) << lost.error().message();
      EXPECT_THAT(*lost, IsEmpty());
      const auto again = load(path);
      EXPECT_THAT(again.warnings, IsEmpty());
      test::expect_equal(*native.data, *again.data);
    }
  }
}

TEST(ChemCamName, SolFromTheClock) {
  const auto name = parse_chemcam_name("CL5_414268531CCS_F0060000CCAM01189P3.csv");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->sol, 189);
  EXPECT_EQ(name->site, 6);
  EXPECT_EQ(name->sequence, "CCAM01189");
  EXPECT_FALSE(parse_chemcam_name("spectrum.csv"));
  EXPECT_FALSE(parse_chemcam_name("CL5_39864x626CCS_F0030004CCAM02013P3.csv"));
}

}  // namespace
}  // namespace assayer
