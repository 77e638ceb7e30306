// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/dataset_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <thread>

#include "compare_datasets.h"
#include "core/base/random.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

using test::TemporaryFolder;
using testing::HasSubstr;

DatasetPtr complete(std::size_t channels = 3) {
  Random random(3);
  DatasetParts parts;
  std::vector<float> spectra(4 * channels);
  for (auto& value : spectra) value = static_cast<float>(random.uniform());
  spectra[1] = std::numeric_limits<float>::quiet_NaN();
  spectra[channels] = std::numeric_limits<float>::infinity();
  spectra[channels + 1] = -0.0F;
  spectra[channels + 2] = std::numeric_limits<float>::denorm_min();
  parts.spectra = Matrix<float>(std::move(spectra), 4, channels);
  std::vector<double> axis(channels);
  for (std::size_t c = 0; c < channels; ++c) axis[c] = 4000 - 0.1 * static_cast<double>(c);
  parts.wavelength = *WavelengthAxis::create(axis, WavelengthUnit::InverseCentimetre);
  parts.abundances = *Abundances::create(
      Matrix<double>({0.1F, 0.9F, 1.0 / 3, 2.0 / 3, NAN, NAN, 0.30001, 0.7}, 4, 2), {"x/y", "é"});
  parts.true_abundances = Matrix<double>({0.11, 0.89, 0.3, 0.7, NAN, NAN, 0.5, 0.5}, 4, 2);
  // Codes out of order, a group without spectra: all of it must survive.
  parts.groups = Groups{{0, 2, 0, 2}, {"lab", "nowhere", "field"}, {7, -1, 3}};
  parts.metadata = {
      {"z last in the alphabet, first here", std::vector<double>{0.1, 5e-324, -INFINITY, 1e-300}},
      {"flag", std::vector<std::int64_t>{0, INT64_MIN, INT64_MAX, -5}},
      {"Fe/Mg", std::vector<double>{1, 2, 3, 4}},
      {"spectra", std::vector<std::int64_t>{1, 2, 3, 4}},
      {"column_0", std::vector<std::int64_t>{5, 6, 7, 8}},
      {".", std::vector<std::int64_t>{9, 10, 11, 12}},
      {"sample", std::vector<std::string>{"", "b b", "µ", "last, one\n"}}};
  parts.image_shape = ImageShape{1, 4};
  parts.endmembers = Matrix<float>(2, channels, 0.25F);
  parts.endmember_names = {"x sample 1", ""};
  parts.endmembers_by_group = {Matrix<float>(2, channels, 1), Matrix<float>(2, channels, 2),
                               Matrix<float>(2, channels, std::numeric_limits<float>::quiet_NaN())};
  parts.bad_channels.assign(channels, 0);
  parts.bad_channels[1] = 1;
  // Notes of the names that the form's own attributes have, and of one that stands in for them.
  parts.provenance.attributes = {{"licence", "CC0-1.0"},
                                 {"note", std::string(100000, 'n')},
                                 {"empty", ""},
                                 {"", "nameless"},
                                 {"format", "of the lab"},
                                 {"format_version", "99"},
                                 {"image_shape", "round"},
                                 {"note:format", "x"}};
  return *Dataset::create(std::move(parts));
}

DatasetPtr read(const std::filesystem::path& path) {
  RunControl control;
  auto imported = ImporterRegistry::standard().load(path, control);
  if (!imported) throw std::runtime_error(imported.error().message());
  EXPECT_THAT(imported->warnings, testing::IsEmpty());
  return imported->data;
}

std::size_t entries_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(DatasetWriter, EveryPartComesBack) {
  const TemporaryFolder folder;
  const auto data = complete();
  const auto status = write_dataset(*data, folder / "a.h5", false);
  ASSERT_TRUE(status) << status.error().message();
  const auto again = read(folder / "a.h5");
  test::expect_equal(*data, *again);
  EXPECT_EQ(again->provenance().path, (folder / "a.h5").string());
  // And once more, in another second: what was read is written to the same bytes.
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  ASSERT_TRUE(write_dataset(*again, folder / "b.h5", false));
  EXPECT_TRUE(test::content_of(folder / "a.h5") == test::content_of(folder / "b.h5"));
}

TEST(DatasetWriter, MarksItsForm) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_dataset(*complete(), folder / "a.h5", false));
  const hid_t file = H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  std::int64_t version = 0;
  const hid_t number = H5Aopen(file, "format_version", H5P_DEFAULT);
  EXPECT_GE(H5Aread(number, H5T_NATIVE_INT64, &version), 0);
  EXPECT_EQ(version, 1);
  const hid_t text = H5Aopen(file, "format", H5P_DEFAULT);
  const hid_t type = H5Aget_type(text);
  char* format = nullptr;
  EXPECT_GE(H5Aread(text, type, static_cast<void*>(&format)), 0);
  EXPECT_STREQ(format, "assayer-dataset");
  H5free_memory(format);
  H5Tclose(type);
  H5Aclose(text);
  H5Aclose(number);
  H5Fclose(file);
}

TEST(DatasetWriter, TheLeastDatasetComesBack) {
  const TemporaryFolder folder;
  DatasetParts parts;
  parts.spectra = Matrix<float>(1, 2, 0.5F);
  const auto data = *Dataset::create(std::move(parts));
  ASSERT_TRUE(write_dataset(*data, folder / "a.h5", false));
  test::expect_equal(*data, *read(folder / "a.h5"));
}

TEST(DatasetWriter, LargeSpectraAreChunkedShuffledAndCompressed) {
  const TemporaryFolder folder;
  const auto data = complete(100000);
  ASSERT_TRUE(write_dataset(*data, folder / "a.h5", false));
  test::expect_equal(*data, *read(folder / "a.h5"));
  const hid_t file = H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set = H5Dopen2(file, "spectra", H5P_DEFAULT);
  const hid_t properties = H5Dget_create_plist(set);
  EXPECT_EQ(H5Pget_layout(properties), H5D_CHUNKED);
  EXPECT_GE(H5Pall_filters_avail(properties), 1);
  unsigned flags = 0;
  EXPECT_GE(
      H5Pget_filter_by_id2(properties, H5Z_FILTER_DEFLATE, &flags, nullptr, nullptr, 0, nullptr, nullptr), 0);
  EXPECT_GE(
      H5Pget_filter_by_id2(properties, H5Z_FILTER_SHUFFLE, &flags, nullptr, nullptr, 0, nullptr, nullptr), 0);
  const hid_t type = H5Dget_type(set);
  EXPECT_GT(H5Tequal(type, H5T_IEEE_F32LE), 0);
  H5Tclose(type);
  H5Pclose(properties);
  H5Dclose(set);
  H5Fclose(file);
}

/// Where HDF5 keeps the texts of attributes: "GCOL", version, and the collection's size in 8 bytes.
std::vector<std::pair<std::size_t, std::size_t>> global_heaps(const std::string& bytes) {
  std::vector<std::pair<std::size_t, std::size_t>> heaps;
  const std::string signature("GCOL\1\0\0\0", 8);
  for (std::size_t at = bytes.find(signature); at != std::string::npos; at = bytes.find(signature, at + 8)) {
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data() + at + 8, sizeof size);
    heaps.emplace_back(at, at + size);
  }
  return heaps;
}

TEST(DatasetWriter, DamageIsFoundAndNeverCrashes) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_dataset(*complete(), folder / "a.h5", false));
  const std::string bytes = test::content_of(folder / "a.h5");
  const auto heaps = global_heaps(bytes);
  ASSERT_FALSE(heaps.empty());
  std::size_t tried = 0;
  std::size_t refused = 0;
  for (std::size_t i = 8; i < bytes.size(); i += 23) {
    // The library itself (1.10.8) does not check these and may follow a damaged size anywhere.
    if (std::ranges::any_of(heaps, [i](const auto& heap) { return i >= heap.first && i < heap.second; }))
      continue;
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(~damaged[i]);
    std::ofstream(folder / "b.h5", std::ios::binary) << damaged;
    RunControl control;
    ++tried;
    refused += ImporterRegistry::standard().load(folder / "b.h5", control) ? 0 : 1;
  }
  // The rest is unused space, and numbers, which have no checksum while they are small.
  EXPECT_GT(refused, 50U) << "of " << tried;
}

TEST(DatasetWriter, ReplacesOnlyWhenAllowedAndLeavesNothingBehind) {
  const TemporaryFolder folder;
  const auto data = complete();
  std::ofstream(folder / "a.h5") << "precious";
  const auto refused = write_dataset(*data, folder / "a.h5", false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::File);
  EXPECT_THAT(refused.error().message(), HasSubstr("exists already"));
  EXPECT_EQ(test::content_of(folder / "a.h5"), "precious");
  ASSERT_TRUE(write_dataset(*data, folder / "a.h5", true));
  test::expect_equal(*data, *read(folder / "a.h5"));
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(DatasetWriter, SaysWhyItCannotWrite) {
  const TemporaryFolder folder;
  const auto data = complete();
  const auto nowhere = write_dataset(*data, folder / "no" / "a.h5", true);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message(), HasSubstr("folder does not exist"));
  const auto onto_folder = write_dataset(*data, folder.path(), true);
  ASSERT_FALSE(onto_folder);
  EXPECT_THAT(onto_folder.error().message(), HasSubstr("this is a folder"));
}

}  // namespace
}  // namespace assayer
