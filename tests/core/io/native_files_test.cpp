// SPDX-License-Identifier: GPL-3.0-or-later
// Genuine files in the native form, against what h5py reads in them (expected_values.py beside this file).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "compare_datasets.h"
#include "core/data/selection.h"
#include "core/io/dataset_writer.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

const fs::path kData = fs::path(ASSAYER_SHARED_DIR) / "data";

class NativeFile : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const fs::path path = kData / (std::string(GetParam()) + ".h5");
    if (!fs::exists(path)) GTEST_SKIP() << path << " is not here: the genuine data stand beside the checkout";
    std::ifstream stream(fs::path(ASSAYER_TEST_DIR) / "core/io/expected_values.json");
    expected_ = Json::parse(stream).at(GetParam());
    RunControl control;
    auto imported = ImporterRegistry::standard().load(path, control);
    ASSERT_TRUE(imported) << imported.error().message();
    imported_ = *std::move(imported);
  }

  [[nodiscard]] bool partial() const {
    const std::string name = GetParam();
    return name == "bhvo2_chemcam" || name == "libs_jsc_basalts";
  }

  Json expected_;
  Imported imported_;
};

template <class T>
void expect_summary(const Json& expected, const std::vector<std::size_t>& shape, std::span<const T> values,
                    double tolerance) {
  EXPECT_EQ(expected.at("shape"), Json(shape));
  const auto [low, high] = std::ranges::minmax(values);
  std::size_t middle = 0;
  for (const auto n : shape) middle = middle * n + n / 2;
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  const auto near = [tolerance](double value, const Json& reference) {
    const double wanted = reference.get<double>();
    EXPECT_NEAR(value, wanted, tolerance * std::max(1.0, std::abs(wanted)));
  };
  near(low, expected.at("min"));
  near(high, expected.at("max"));
  near(values.front(), expected.at("first"));
  near(values.back(), expected.at("last"));
  near(values[middle], expected.at("middle"));
  // A sum of float32 over many orders of magnitude depends on its order.
  EXPECT_NEAR(
      mean, expected.at("mean").get<double>(),
      1e-6 * std::max({1.0, std::abs(static_cast<double>(low)), std::abs(static_cast<double>(high))}));
}

TEST_P(NativeFile, HasTheNumbersOfTheReference) {
  const Dataset& data = *imported_.data;
  EXPECT_EQ(imported_.format, "Assayer HDF5");
  expect_summary<float>(expected_.at("spectra"), {data.rows(), data.channels()}, data.spectra().values(), 0);
  expect_summary<double>(expected_.at("wavelength"), {data.channels()}, data.wavelength().values(), 0);
  EXPECT_EQ(to_string(data.wavelength().unit()), expected_.at("units").get<std::string>());
  EXPECT_EQ(data.provenance().attributes.at("note"), expected_.at("note").get<std::string>());

  ASSERT_EQ(data.abundances().has_value(), expected_.contains("abundance") && !partial());
  if (data.abundances()) {
    EXPECT_EQ(Json(data.abundances()->names()), expected_.at("components"));
    // Rows are renormalised: float32 sums are off by some 1e-7.
    expect_summary<double>(expected_.at("abundance"), {data.rows(), data.components()},
                           data.abundances()->values().values(), 2e-7);
  }
  ASSERT_EQ(data.true_abundances().has_value(), expected_.contains("abundance_true"));
  if (data.true_abundances()) {
    expect_summary<double>(expected_.at("abundance_true"), {data.rows(), data.components()},
                           data.true_abundances()->values(), 2e-7);
  }
  ASSERT_EQ(data.endmembers().has_value(), expected_.contains("endmembers"));
  if (data.endmembers()) {
    expect_summary<float>(expected_.at("endmembers"), {data.endmembers()->rows(), data.channels()},
                          data.endmembers()->values(), 0);
    EXPECT_EQ(Json(data.endmember_names()), expected_.at("endmember_names"));
  }
  ASSERT_EQ(!data.endmembers_by_group().empty(), expected_.contains("endmembers_by_group"));
  if (!data.endmembers_by_group().empty()) {
    std::vector<float> all;
    for (const auto& block : data.endmembers_by_group())
      all.insert(all.end(), block.values().begin(), block.values().end());
    expect_summary<float>(expected_.at("endmembers_by_group"),
                          {data.endmembers_by_group().size(), data.components(), data.channels()},
                          std::span<const float>(all), 0);
  }
  ASSERT_EQ(data.groups().has_value(), expected_.contains("group"));
  if (data.groups()) {
    for (const auto& [code, count] : expected_.at("group").items())
      EXPECT_EQ(select_rows(data, "group=" + code)->size(), count.get<std::size_t>());
    if (expected_.contains("group_names")) {
      EXPECT_EQ(Json(data.groups()->names), expected_.at("group_names"));
    }
  }
  ASSERT_EQ(data.image_shape().has_value(), expected_.contains("image_shape"));
  if (data.image_shape()) {
    EXPECT_EQ(Json({data.image_shape()->rows, data.image_shape()->cols}), expected_.at("image_shape"));
  }
}

TEST_P(NativeFile, HasTheColumnsOfTheReference) {
  const Dataset& data = *imported_.data;
  const std::size_t row = data.rows() / 2;
  const Json& columns = expected_.at("columns");
  const std::size_t analysis = partial() ? expected_.at("components").size() : 0;
  EXPECT_EQ(data.metadata().size(), columns.size() + analysis);
  for (const auto& [name, value] : columns.items()) {
    const MetadataColumn* column = data.find_metadata(name);
    ASSERT_NE(column, nullptr) << name;
    if (value.is_string()) {
      EXPECT_EQ(column->text(row), value.get<std::string>()) << name;
    } else {
      EXPECT_EQ(column->numbers()->at(row), value.get<double>()) << name;
    }
  }
}

TEST_P(NativeFile, ComesBackEqualFromTheWriter) {
  const test::TemporaryFolder folder;
  const auto written = write_dataset(*imported_.data, folder / "copy.h5", false);
  ASSERT_TRUE(written) << written.error().message();
  RunControl control;
  const auto again = ImporterRegistry::standard().load(folder / "copy.h5", control);
  ASSERT_TRUE(again) << again.error().message();
  test::expect_equal(*imported_.data, *again->data);
  EXPECT_THAT(again->warnings, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, NativeFile,
                         testing::Values("bhvo2_chemcam", "chemcam_ccs_sol13", "crism_like",
                                         "libs_jsc_basalts", "relab_xp_opx_cpx", "samson", "tecator_meat",
                                         "usgs_fo_di_by"),
                         [](const auto& instance) { return std::string(instance.param); });

Imported open(const char* name) {
  RunControl control;
  auto imported = ImporterRegistry::standard().load(kData / name, control);
  if (!imported) throw std::runtime_error(imported.error().message());
  return *std::move(imported);
}

TEST(NativeFiles, TheInteriorOfTheLaboratoryIsThePapers) {
  if (!fs::exists(kData / "crism_like.h5")) GTEST_SKIP() << "the genuine data are not here";
  const auto imported = open("crism_like.h5");
  // The paper, section 4: 992 spectra lie in the interior.
  EXPECT_EQ(select_rows(*imported.data, "interior:0.7")->size(), 992U);
  EXPECT_EQ(select_rows(*imported.data, "outlier=1")->size(), 12U);
  EXPECT_THAT(imported.warnings, testing::IsEmpty());
}

TEST(NativeFiles, PartialAnalysesOpenWithoutCompositionsAndSaySo) {
  if (!fs::exists(kData / "bhvo2_chemcam.h5")) GTEST_SKIP() << "the genuine data are not here";
  const auto glass = open("bhvo2_chemcam.h5");
  EXPECT_FALSE(glass.data->abundances().has_value());
  ASSERT_EQ(glass.warnings.size(), 1U);
  EXPECT_THAT(glass.warnings[0], testing::AllOf(HasSubstr("/abundance"), HasSubstr("0.5556")));
  ASSERT_NE(glass.data->find_metadata("abundance[Si]"), nullptr);
  EXPECT_NEAR(glass.data->find_metadata("abundance[Si]")->numbers()->at(0), 0.2333, 1e-6);
  const auto basalts = open("libs_jsc_basalts.h5");
  ASSERT_EQ(basalts.warnings.size(), 1U);
  EXPECT_THAT(basalts.warnings[0], HasSubstr("0.9920 to 0.9947"));
}

}  // namespace
}  // namespace assayer
