// SPDX-License-Identifier: GPL-3.0-or-later
// Files of NumPy, MATLAB, HDF5, IDX, SPC and JCAMP-DX, against what other programs find in them
// (container_files.py beside this file wrote the generated ones and the expected numbers).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/data/selection.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kHere = fs::path(ASSAYER_TEST_DIR) / "core/io";

Json expected_files(const char* kind) {
  std::ifstream stream(kHere / "container_files.json");
  return Json::parse(stream).at(kind);
}

ImportRole role_in(const ImportContents& contents, const char* name) {
  return std::ranges::find(contents.fields, name, &ImportField::name)->role;
}

std::string value_in(const ImportContents& contents, const char* key) {
  return std::ranges::find(contents.settings, key, &ImportSetting::key)->value;
}

void expect_file(const fs::path& path, const Json& expected) {
  RunControl control;
  const auto imported = ImporterRegistry::standard().load(path, control);
  ASSERT_TRUE(imported) << imported.error().message();
  const Dataset& data = *imported->data;
  ASSERT_EQ(data.rows(), expected.at("rows"));
  ASSERT_EQ(data.channels(), expected.at("channels"));
  EXPECT_EQ(to_string(data.wavelength().unit()), expected.at("unit").get<std::string>());
  const auto near = [](double value, double wanted) {
    EXPECT_NEAR(value, wanted, 1e-6 * std::max(1.0, std::abs(wanted)));
  };
  const std::size_t channels = data.channels();
  const std::size_t middle[] = {0, channels / 2, channels - 1};
  for (std::size_t i = 0; i < 3; ++i) near(data.wavelength()[middle[i]], expected.at("axis")[i]);
  for (const Json& point : expected.at("values")) {
    const float value = data.spectra()(point[0], point[1]);
    if (point[2].is_null()) {
      EXPECT_TRUE(std::isnan(value)) << point;
    } else {
      near(value, point[2]);
    }
  }
  double sum = 0;
  for (const float value : data.spectra().values())
    if (!std::isnan(value)) sum += value;
  const double wanted = expected.at("sum");
  EXPECT_NEAR(sum, wanted, 1e-6 * std::max(1.0, std::abs(wanted)));

  EXPECT_EQ(data.image_shape().has_value(), expected.contains("image"));
  if (data.image_shape()) {
    EXPECT_EQ(Json({data.image_shape()->rows, data.image_shape()->cols}), expected.at("image"));
  }
  if (expected.contains("components")) {
    EXPECT_EQ(Json(data.component_names()), expected.at("components"));
  }
  EXPECT_EQ(data.abundances().has_value(), expected.contains("abundance"));
  if (data.abundances())
    for (std::size_t k = 0; k < data.components(); ++k)
      near(data.abundances()->row(2)[k], expected.at("abundance")[k]);
  EXPECT_EQ(data.endmembers().has_value(), expected.contains("endmember"));
  if (data.endmembers())
    for (std::size_t c = 0; c < channels; ++c) near((*data.endmembers())(1, c), expected.at("endmember")[c]);
  EXPECT_EQ(data.groups().has_value(), expected.contains("groups"));
  if (expected.contains("groups")) {
    for (const auto& [code, count] : expected.at("groups").items())
      EXPECT_EQ(select_rows(data, "group=" + code)->size(), count.get<std::size_t>());
  }
  if (expected.contains("columns")) {
    for (const auto& [name, text] : expected.at("columns").items()) {
      const MetadataColumn* column = data.find_metadata(name);
      ASSERT_NE(column, nullptr) << name;
      EXPECT_EQ(column->text(data.rows() / 2), text.get<std::string>());
    }
  }
  if (expected.contains("attributes")) {
    for (const auto& [name, text] : expected.at("attributes").items())
      EXPECT_EQ(data.provenance().attributes.at(name), text.get<std::string>());
  }
}

TEST(ContainerFiles, GeneratedOnesHaveTheNumbersOfTheirWriters) {
  const Json files = expected_files("generated");
  ASSERT_FALSE(files.empty());
  for (const auto& [name, expected] : files.items()) {
    SCOPED_TRACE(name);
    expect_file(kHere / "container_files" / name, expected);
  }
}

TEST(ContainerFiles, GenuineOnesHaveTheNumbersOfOtherPrograms) {
  const fs::path data = fs::path(ASSAYER_SHARED_DIR) / "data";
  if (!fs::exists(data / "import/matlab")) GTEST_SKIP() << data << " is not here";
  const Json files = expected_files("genuine");
  ASSERT_FALSE(files.empty());
  for (const auto& [name, expected] : files.items()) {
    SCOPED_TRACE(name);
    expect_file(data / name, expected);
  }
}

TEST(ContainerFiles, PreviewsHaveTheFirstRowsOfTheWhole) {
  const Json files = expected_files("generated");
  ASSERT_FALSE(files.empty());
  for (const auto& [name, expected] : files.items()) {
    SCOPED_TRACE(name);
    const fs::path path = kHere / "container_files" / name;
    RunControl control;
    const auto registry = ImporterRegistry::standard();
    const auto whole = registry.load(path, control);
    ImportOptions options;
    options.max_rows = 2;
    const auto preview = registry.load(path, options, control);
    ASSERT_TRUE(whole && preview) << (preview ? "" : preview.error().message());
    ASSERT_EQ(preview->data->rows(), std::min<std::size_t>(2, whole->data->rows()));
    // Pixels that the file has column by column are previewed in its order: the first is the same.
    EXPECT_EQ(
        std::vector<float>(preview->data->spectra().row(0).begin(), preview->data->spectra().row(0).end()),
        std::vector<float>(whole->data->spectra().row(0).begin(), whole->data->spectra().row(0).end()));
    EXPECT_EQ(preview->data->component_names(), whole->data->component_names());
  }
}

// Bytes of the header: 2 is the technique (10: magnetic resonance), 28 the unit of x, 29 that of y (1: an
// interferogram).
TEST(ContainerFiles, AnSpcFilesAxisIsConvertedWhereItIsSpectral) {
  struct Case {
    const char* what;
    char technique;
    char unit;
    char ordinate;
    WavelengthUnit read;
    double times;
  };
  using enum WavelengthUnit;
  constexpr double kWavesPerMegahertz = 1 / 29979.2458;
  constexpr double kWavesPerElectronvolt = 8065.543937;  // CODATA 2018
  const std::string bytes = test::content_of(kHere / "container_files/float_le.spc");
  const test::TemporaryFolder folder;
  RunControl control;
  const auto before = ImporterRegistry::standard().load(kHere / "container_files/float_le.spc", control);
  ASSERT_TRUE(before) << before.error().message();
  for (const Case& made :
       {Case{"MHz", 0, 8, 2, InverseCentimetre, kWavesPerMegahertz},
        Case{"GHz", 0, 26, 2, InverseCentimetre, 1e3 * kWavesPerMegahertz},
        Case{"eV", 0, 14, 2, InverseCentimetre, kWavesPerElectronvolt}, Case{"mm", 0, 29, 2, Micrometre, 1e3},
        Case{"m", 0, 28, 2, Micrometre, 1e6}, Case{"MHz of a resonance", 10, 8, 2, Channel, 1},
        Case{"mm of an interferogram", 0, 29, 1, Channel, 1}, Case{"seconds", 0, 4, 2, Channel, 1}}) {
    SCOPED_TRACE(made.what);
    std::string changed = bytes;
    changed[2] = made.technique;
    changed[28] = made.unit;
    changed[29] = made.ordinate;
    std::ofstream(folder / "a.spc", std::ios::binary) << changed;
    const auto imported = ImporterRegistry::standard().load(folder / "a.spc", control);
    ASSERT_TRUE(imported) << imported.error().message();
    const WavelengthAxis& axis = imported->data->wavelength();
    EXPECT_EQ(axis.unit(), made.read);
    ASSERT_EQ(axis.size(), before->data->channels());
    for (std::size_t c = 0; c < axis.size(); ++c) {
      const double wanted = before->data->wavelength()[c] * made.times;
      EXPECT_NEAR(axis[c], wanted, 1e-9 * std::abs(wanted));
    }
    EXPECT_THAT(imported->warnings,
                testing::Contains(testing::HasSubstr(made.read == Channel ? "is no unit of a spectral axis"
                                                                          : "are read as")));
  }
}

TEST(ContainerFiles, TheUserDecidesOtherwise) {
  const fs::path path = kHere / "container_files/stored.npz";
  RunControl control;
  const auto registry = ImporterRegistry::standard();
  const auto contents = registry.inspect(path, control);
  ASSERT_TRUE(contents) << contents.error().message();
  EXPECT_EQ(role_in(*contents, "spectra"), ImportRole::Spectra);
  EXPECT_EQ(role_in(*contents, "abundance"), ImportRole::Composition);
  EXPECT_EQ(role_in(*contents, "group"), ImportRole::Group);
  EXPECT_EQ(role_in(*contents, "site"), ImportRole::Metadata);

  ImportOptions options;
  options.roles = {
      {"site", ImportRole::Composition}, {"abundance", ImportRole::Metadata}, {"depth", ImportRole::Ignore}};
  options.unit = WavelengthUnit::Micrometre;
  const auto imported = registry.load(path, options, control);
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(imported->data->component_names(), (std::vector<std::string>{"s0", "s1", "s2", "s3", "s4"}));
  EXPECT_EQ(imported->data->abundances()->row(3)[3], 1);
  EXPECT_NE(imported->data->find_metadata("abundance[1]"), nullptr);
  EXPECT_EQ(imported->data->find_metadata("depth"), nullptr);
  EXPECT_EQ(imported->data->wavelength().unit(), WavelengthUnit::Micrometre);

  // The other axis, and an image that the file does not know of.
  options = {};
  options.settings = {{"spectral_axis", "0"}, {"image", "2 x 3"}};
  const auto turned = registry.load(kHere / "container_files/fortran.npy", options, control);
  ASSERT_TRUE(turned) << turned.error().message();
  EXPECT_EQ(turned->data->rows(), 6U);
  EXPECT_EQ(turned->data->spectra()(1, 3), 19);
  EXPECT_EQ(turned->data->image_shape()->cols, 3U);

  for (const auto& [wrong, says] :
       {std::pair{ImportOptions{{{"nothing", ImportRole::Group}}, {}, {}}, "no such array"},
        std::pair{ImportOptions{{}, {{"spectral_axis", "7"}}, {}}, "no such axis"},
        std::pair{ImportOptions{{}, {{"image", "5 x 5"}}, {}}, "no such value"},
        std::pair{ImportOptions{{}, {{"colour", "red"}}, {}}, "no such setting"},
        std::pair{ImportOptions{{{"depth", ImportRole::Wavelength}}, {}, {}}, "cannot be"}}) {
    const auto refused = registry.load(path, wrong, control);
    ASSERT_FALSE(refused) << says;
    EXPECT_EQ(refused.error().kind, Error::Kind::Usage);
    EXPECT_THAT(refused.error().message(), testing::HasSubstr(says));
  }
}

TEST(ContainerFiles, ContentsFollowTheSettings) {
  const auto registry = ImporterRegistry::standard();
  RunControl control;
  const auto inspect = [&](const char* name, const ImportOptions& options) {
    auto contents = registry.inspect(kHere / "container_files" / name, options, control);
    if (!contents) throw std::runtime_error(contents.error().message());
    return *std::move(contents);
  };
  const auto guessed = inspect("stored.npz", {});
  EXPECT_EQ(value_in(guessed, "spectral_axis"), "1");
  EXPECT_EQ(role_in(guessed, "wavelength"), ImportRole::Wavelength);
  // Five channels: what had a value per spectrum has one per channel now, and the other way round.
  const auto turned = inspect("stored.npz", {{}, {{"spectral_axis", "0"}}, {}});
  EXPECT_EQ(value_in(turned, "spectral_axis"), "0");
  EXPECT_EQ(role_in(turned, "wavelength"), ImportRole::Metadata);
  EXPECT_EQ(role_in(turned, "depth"), ImportRole::Wavelength);
  EXPECT_EQ(role_in(turned, "group"), ImportRole::Ignore);
  for (const char* name : {"fortran.npy", "integers.mat", "v73.mat", "signal.hspy"})
    EXPECT_EQ(value_in(inspect(name, {{}, {{"spectral_axis", "0"}}, {}}), "spectral_axis"), "0") << name;
  const auto image = inspect("cube.npy", {{}, {{"image", "2x6"}, {"pixel_order", "columns"}}, {}});
  EXPECT_EQ(value_in(image, "image"), "2 x 6");
  EXPECT_EQ(value_in(image, "pixel_order"), "columns");
  for (const auto& [key, value] :
       {std::pair{"spectral_axis", "7"}, std::pair{"image", "5 x 5"}, std::pair{"colour", "red"}}) {
    const ImportOptions wrong{{}, {{key, value}}, {}};
    const auto refused = registry.inspect(kHere / "container_files/stored.npz", wrong, control);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().kind, Error::Kind::Usage);
    EXPECT_EQ(refused.error().message(),
              registry.load(kHere / "container_files/stored.npz", wrong, control).error().message());
  }
}

// The settings are about the array that the user takes for spectra: three of them here, not six.
TEST(ContainerFiles, SettingsAreThoseOfTheChosenSpectra) {
  ImportOptions options;
  options.roles = {{"abundance", ImportRole::Spectra}, {"of another file", ImportRole::Spectra}};
  options.settings = {{"spectral_axis", "0"}, {"image", "3 x 1"}};
  RunControl control;
  const auto contents =
      ImporterRegistry::standard().inspect(kHere / "container_files/stored.npz", options, control);
  ASSERT_TRUE(contents) << contents.error().message();
  EXPECT_EQ(value_in(*contents, "image"), "3 x 1");
  // What the field is without the user's word, for a dialog that takes it back.
  EXPECT_EQ(role_in(*contents, "abundance"), ImportRole::Composition);
  EXPECT_NE(role_in(*contents, "spectra"), ImportRole::Spectra);
}

TEST(ContainerFiles, AnyHdf5FileCanBeMapped) {
  // The native form, too, once the user names an array.
  const fs::path path = fs::path(ASSAYER_SHARED_DIR) / "data/samson.h5";
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not here";
  RunControl control;
  ImportOptions options;
  options.roles = {{"/abundance", ImportRole::Spectra}};
  const auto imported = ImporterRegistry::standard().load(path, options, control);
  ASSERT_TRUE(imported) << imported.error().message();
  EXPECT_EQ(imported->data->channels(), 3U);
  EXPECT_EQ(imported->data->rows(), 9025U);
  // Its contents are those of the importer that takes it then.
  const auto native = ImporterRegistry::standard().inspect(path, control);
  const auto mapped = ImporterRegistry::standard().inspect(path, options, control);
  ASSERT_TRUE(native && mapped);
  EXPECT_EQ(native->format, "Assayer HDF5");
  EXPECT_TRUE(native->fields.empty());
  EXPECT_EQ(mapped->format, "HDF5");
  EXPECT_EQ(role_in(*mapped, "/wavelength"), ImportRole::Ignore);
}

TEST(ContainerFiles, CancellingIsNoError) {
  RunControl control;
  control.request_stop();
  for (const char* name :
       {"stored.npz", "benchmark.mat", "tiny-images-idx3-ubyte", "nexus.nxs", "difdup.jdx", "common_x.spc"}) {
    const auto imported = ImporterRegistry::standard().load(kHere / "container_files" / name, control);
    ASSERT_FALSE(imported) << name;
    EXPECT_TRUE(imported.error().cancelled()) << name << ": " << imported.error().message();
  }
}

}  // namespace
}  // namespace assayer
