// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "hdf5_builder.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

using test::Hdf5Builder;
using test::TemporaryFolder;
using testing::HasSubstr;

/// A NaN with a payload, which only a copy of the bits keeps.
float odd_nan() {
  return std::bit_cast<float>(std::uint32_t{0x7FC12345});
}

ModelState example() {
  ModelState state;
  state.config.seed = std::numeric_limits<std::uint64_t>::max();
  state.config.rate = 0.1 + 0.2;
  state.config.hidden_y = {5, 7};
  state.config.members = 2;
  state.config.nuisance_dimensions = 3;
  state.plan.labelled = {1, 5, 9};
  state.plan.unlabelled = {0, 1, 4294967295U};
  state.plan.unfeatured = Matrix<double>({0.95, 0.05, 1.0 / 3, 2.0 / 3}, 2, 2);
  state.data_fingerprint = "0123456789abcdef";
  state.data_path = "/data/µ.h5";
  state.components = {"olivine", "b/c"};
  state.wavelength = *WavelengthAxis::create({2.5, 1.0 / 3, 0.1}, WavelengthUnit::Micrometre);
  state.channel_used = {1, 0, 1};
  state.channel_mean = {0.1F, 0, -0.0F};
  state.mean_z = {0.1F, 0.2F, 0.3F, odd_nan(), -1.5F, 1.5F};
  state.weights = {{"q_y/hidden0/weight", {2, 3, 1}, {1, 2, 3, odd_nan(), 5, INFINITY}},
                   {"q_y/hidden0/bias", {2, 1}, {std::numeric_limits<float>::denorm_min(), -0.0F}},
                   {"a_last", {}, {42}},
                   {"empty", {2, 0}, {}}};
  return state;
}

ModelState resumable() {
  ModelState state = example();
  TrainingState training;
  training.epoch = 17;
  training.step = 9007199254740993;  // not a double
  training.seconds = 1.25e-3;
  training.moments = {{"adam/second", {2, 2}, {1, 2, 3, odd_nan()}}, {"adam/first", {2, 2}, {4, 3, 2, 1}}};
  training.generators = {{0, 255, 1, 128}, {}, std::vector<std::uint8_t>(5056, 7)};
  training.constants = {{"z_u", {2, 1}, {0.5F, -0.5F}}};
  training.history = {{1, -10.5, {1, 2, 3, 4, std::nan(""), 6}},
                      {2, std::nan(""), {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}}};
  training.best = BestState{1, -10.5, {{"q_y/hidden0/weight", {1, 2}, {0.25F, odd_nan()}}}, {0.5F}};
  state.training = training;
  return state;
}

template <class T>
void expect_bits(const std::vector<T>& a, const std::vector<T>& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(a.empty() ? 0 : std::memcmp(a.data(), b.data(), a.size() * sizeof(T)), 0);
}

void expect_arrays(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].shape, b[i].shape) << a[i].name;
    expect_bits(a[i].values, b[i].values);
  }
}

void expect_same(const ModelState& a, const ModelState& b) {
  EXPECT_EQ(a.config, b.config);
  EXPECT_EQ(a.plan.labelled, b.plan.labelled);
  EXPECT_EQ(a.plan.unlabelled, b.plan.unlabelled);
  EXPECT_EQ(a.plan.unfeatured, b.plan.unfeatured);
  EXPECT_EQ(a.data_fingerprint, b.data_fingerprint);
  EXPECT_EQ(a.data_path, b.data_path);
  EXPECT_EQ(a.components, b.components);
  EXPECT_EQ(a.wavelength, b.wavelength);
  EXPECT_EQ(a.channel_used, b.channel_used);
  expect_bits(a.channel_mean, b.channel_mean);
  expect_bits(a.mean_z, b.mean_z);
  expect_arrays(a.weights, b.weights);
  ASSERT_EQ(a.training.has_value(), b.training.has_value());
  if (!a.training) return;
  EXPECT_EQ(a.training->epoch, b.training->epoch);
  EXPECT_EQ(a.training->step, b.training->step);
  EXPECT_EQ(a.training->seconds, b.training->seconds);
  expect_arrays(a.training->moments, b.training->moments);
  EXPECT_EQ(a.training->generators, b.training->generators);
  ASSERT_EQ(a.training->best.has_value(), b.training->best.has_value());
  if (a.training->best) {
    EXPECT_EQ(a.training->best->epoch, b.training->best->epoch);
    expect_bits<double>({a.training->best->objective}, {b.training->best->objective});
    expect_arrays(a.training->best->weights, b.training->best->weights);
    expect_bits(a.training->best->mean_z, b.training->best->mean_z);
  }
  expect_arrays(a.training->constants, b.training->constants);
  ASSERT_EQ(a.training->history.size(), b.training->history.size());
  for (std::size_t i = 0; i < a.training->history.size(); ++i) {
    const auto& x = a.training->history[i];
    const auto& y = b.training->history[i];
    EXPECT_EQ(x.epoch, y.epoch);
    expect_bits<double>({x.total}, {y.total});
    expect_bits<double>({x.terms.begin(), x.terms.end()}, {y.terms.begin(), y.terms.end()});
  }
}

class ModelFile : public testing::Test {
 protected:
  Result<ModelState> round_trip(const ModelState& state) {
    const auto status = write_model(state, folder_ / "m.h5", true);
    if (!status) return fail(status.error());
    return read_model(folder_ / "m.h5");
  }
  /// Opens the written file for a change with HDF5 itself.
  template <class Change>
  Error changed(const Change& change) {
    EXPECT_TRUE(write_model(resumable(), folder_ / "m.h5", true));
    const hid_t file = H5Fopen((folder_ / "m.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    change(file);
    H5Fclose(file);
    const auto state = read_model(folder_ / "m.h5");
    EXPECT_FALSE(state);
    return state ? Error{} : state.error();
  }
  TemporaryFolder folder_;
};

TEST_F(ModelFile, AModelComesBackBitForBit) {
  const auto state = round_trip(example());
  ASSERT_TRUE(state) << state.error().message();
  expect_same(example(), *state);
}

TEST_F(ModelFile, AResumableRunComesBackBitForBit) {
  const auto state = round_trip(resumable());
  ASSERT_TRUE(state) << state.error().message();
  expect_same(resumable(), *state);
}

TEST_F(ModelFile, ARunWithoutABestStateComesBackWithoutOne) {
  ModelState earlier = resumable();
  earlier.training->best.reset();
  const auto state = round_trip(earlier);
  ASSERT_TRUE(state) << state.error().message();
  expect_same(earlier, *state);
}

TEST_F(ModelFile, EmptyAndLargePartsComeBack) {
  ModelState state;
  auto again = round_trip(state);
  ASSERT_TRUE(again) << again.error().message();
  expect_same(state, *again);
  // A plan of a million rows is megabytes of JSON in one attribute.
  state = resumable();
  for (std::uint32_t row = 0; row < 1000000; ++row) state.plan.unlabelled.push_back(row + 10);
  state.training->history.clear();
  again = round_trip(state);
  ASSERT_TRUE(again) << again.error().message();
  expect_same(state, *again);
}

/// Shape of a dataset, read with HDF5 itself.
std::vector<hsize_t> shape_of(hid_t file, const char* name) {
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  if (set < 0) return {999};
  const hid_t space = H5Dget_space(set);
  std::vector<hsize_t> shape(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, shape.data(), nullptr);
  H5Sclose(space);
  H5Dclose(set);
  return shape;
}

std::string text_attribute(hid_t file, const char* name) {
  const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
  const hid_t type = H5Aget_type(attribute);
  char* text = nullptr;
  H5Aread(attribute, type, static_cast<void*>(&text));
  std::string result = text == nullptr ? "" : text;
  H5free_memory(text);
  H5Tclose(type);
  H5Aclose(attribute);
  return result;
}

TEST_F(ModelFile, HasTheLayoutThatOtherProgramsRead) {
  ASSERT_TRUE(write_model(resumable(), folder_ / "m.h5", false));
  const hid_t file = H5Fopen((folder_ / "m.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  using Shape = std::vector<hsize_t>;
  EXPECT_EQ(shape_of(file, "/q_y/hidden0/weight"), (Shape{2, 3, 1}));
  EXPECT_EQ(shape_of(file, "/q_y/hidden0/bias"), (Shape{2, 1}));
  EXPECT_EQ(shape_of(file, "/components"), (Shape{2}));
  EXPECT_EQ(shape_of(file, "/wavelength"), (Shape{3}));
  EXPECT_EQ(shape_of(file, "/preprocessing/channel_used"), (Shape{3}));
  EXPECT_EQ(shape_of(file, "/preprocessing/channel_mean"), (Shape{3}));
  EXPECT_EQ(shape_of(file, "/mean_z"), (Shape{2, 3}));
  EXPECT_EQ(shape_of(file, "/unfeatured"), (Shape{2, 2}));
  EXPECT_EQ(shape_of(file, "/training/moments/adam/first"), (Shape{2, 2}));
  EXPECT_EQ(shape_of(file, "/training/constants/z_u"), (Shape{2, 1}));
  EXPECT_EQ(shape_of(file, "/training/generators/2"), (Shape{5056}));
  EXPECT_EQ(shape_of(file, "/training/history/terms"), (Shape{2, 7}));
  EXPECT_EQ(text_attribute(file, "format"), "assayer-model");
  const auto config = nlohmann::json::parse(text_attribute(file, "config"));
  EXPECT_EQ(config.at("hidden_y"), nlohmann::json({5, 7}));
  const auto plan = nlohmann::json::parse(text_attribute(file, "plan"));
  EXPECT_EQ(plan.at("labelled"), nlohmann::json({1, 5, 9}));
  std::int64_t version = 0;
  const hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
  H5Aread(attribute, H5T_NATIVE_INT64, &version);
  H5Aclose(attribute);
  H5Fclose(file);
  EXPECT_EQ(version, 1);
}

TEST_F(ModelFile, ANewerVersionIsRefused) {
  const auto error = changed([](hid_t file) {
    const hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    const std::int64_t version = 2;
    H5Awrite(attribute, H5T_NATIVE_INT64, &version);
    H5Aclose(attribute);
  });
  EXPECT_THAT(error.message(),
              testing::AllOf(HasSubstr("m.h5"), HasSubstr("newer version"), HasSubstr("at most 1"),
                             HasSubstr("found 2"), HasSubstr("Update")));
}

TEST_F(ModelFile, MissingPartsAreNamed) {
  struct Missing {
    const char* name;
    bool attribute;
  };
  for (const auto& [name, attribute] :
       {Missing{"config", true}, Missing{"plan", true}, Missing{"weights", true}, Missing{"data_path", true},
        Missing{"format_version", true}, Missing{"components", false}, Missing{"wavelength", false},
        Missing{"mean_z", false}, Missing{"preprocessing", false}, Missing{"q_y/hidden0/bias", false},
        Missing{"training/history/total", false}, Missing{"training/generators/1", false},
        Missing{"training/moments/adam/first", false}, Missing{"unfeatured", false}}) {
    const auto error = changed([&](hid_t file) {
      if (attribute)
        H5Adelete(file, name);
      else
        H5Ldelete(file, name, H5P_DEFAULT);
    });
    EXPECT_EQ(error.kind, Error::Kind::Format) << name;
    EXPECT_THAT(error.message(), HasSubstr(name));
  }
}

TEST_F(ModelFile, ForeignAndBrokenFilesAreRefusedClearly) {
  const auto message = [&](const char* name) {
    const auto state = read_model(folder_ / name);
    EXPECT_FALSE(state);
    return state ? std::string() : state.error().message();
  };
  Hdf5Builder(folder_ / "data.h5").numbers("spectra", {1, 2}, {1, 2});
  EXPECT_THAT(message("data.h5"),
              testing::AllOf(HasSubstr("no model"), HasSubstr("a data set with /spectra")));
  Hdf5Builder(folder_ / "marked.h5")
      .numbers("spectra", {1, 2}, {1, 2})
      .text_attribute("/", "format", "assayer-dataset");
  EXPECT_THAT(message("marked.h5"), HasSubstr("a data set with /spectra"));
  Hdf5Builder(folder_ / "other.h5").numbers("x", {1}, {1});
  EXPECT_THAT(message("other.h5"), HasSubstr("no such attribute"));
  Hdf5Builder(folder_ / "format.h5").text_attribute("/", "format", "something");
  EXPECT_THAT(message("format.h5"), HasSubstr("\"something\""));
  std::ofstream(folder_ / "text.h5") << "not a model";
  EXPECT_THAT(message("text.h5"), HasSubstr("text that begins \"not a model\""));
  std::ofstream(folder_ / "empty.h5").close();
  EXPECT_THAT(message("empty.h5"), HasSubstr("found nothing"));
  EXPECT_THAT(message("missing.h5"), HasSubstr("no such file"));
  std::filesystem::create_directory(folder_ / "folder.h5");
  EXPECT_THAT(message("folder.h5"), HasSubstr("folder"));

  ASSERT_TRUE(write_model(resumable(), folder_ / "whole.h5", false));
  const std::string bytes = test::content_of(folder_ / "whole.h5");
  for (std::size_t length = 1; length < bytes.size(); length += bytes.size() / 50) {
    std::ofstream(folder_ / "cut.h5", std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(length));
    EXPECT_THAT(message("cut.h5"), HasSubstr("cut.h5")) << length;
  }
}

TEST_F(ModelFile, ContradictoryPartsAreRefused) {
  const auto error = changed([](hid_t file) {
    H5Ldelete(file, "preprocessing/channel_mean", H5P_DEFAULT);
    const hsize_t two = 2;
    const hid_t space = H5Screate_simple(1, &two, nullptr);
    const hid_t set = H5Dcreate2(file, "preprocessing/channel_mean", H5T_NATIVE_FLOAT, space, H5P_DEFAULT,
                                 H5P_DEFAULT, H5P_DEFAULT);
    const std::array<float, 2> values = {1, 2};
    H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(set);
    H5Sclose(space);
  });
  EXPECT_THAT(error.message(),
              testing::AllOf(HasSubstr("/preprocessing/channel_mean"), HasSubstr("3 values")));
}

TEST_F(ModelFile, TheWriterRefusesWhatItCouldNotReadBack) {
  ModelState state = example();
  state.weights[0].values.pop_back();
  EXPECT_FALSE(write_model(state, folder_ / "m.h5", false));
  state = example();
  state.weights[0].name = "training/x";
  EXPECT_FALSE(write_model(state, folder_ / "m.h5", false));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "m.h5"));
  ASSERT_TRUE(write_model(example(), folder_ / "m.h5", false));
  EXPECT_FALSE(write_model(example(), folder_ / "m.h5", false)) << "without overwrite";
}

}  // namespace
}  // namespace assayer
