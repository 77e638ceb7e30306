// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <hdf5.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace assayer::lab_test {

/// Three smooth spectra on `um` with a mineral-like range, for libraries made in memory.
inline DatasetPtr make_library(std::vector<double> axis, WavelengthUnit unit, Matrix<float> spectra,
                               const std::vector<std::string>& names = {}) {
  DatasetParts parts;
  parts.spectra = std::move(spectra);
  auto made = WavelengthAxis::create(std::move(axis), unit);
  EXPECT_TRUE(made) << (made ? "" : made.error().message());
  if (!made) return nullptr;
  parts.wavelength = std::move(*made);
  parts.endmember_names = names;
  if (!names.empty()) parts.endmembers = parts.spectra;
  auto data = Dataset::create(std::move(parts));
  EXPECT_TRUE(data) << (data ? "" : data.error().message());
  return data ? *data : nullptr;
}

/// A float dataset of an HDF5 file, its dimensions flattened to [rows, rest].
inline Matrix<float> read_hdf5(const std::filesystem::path& path, const char* name) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  EXPECT_GE(file, 0) << path;
  if (file < 0) return {};
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  EXPECT_GE(set, 0) << path << " " << name;
  if (set < 0) {
    H5Fclose(file);
    return {};
  }
  const hid_t space = H5Dget_space(set);
  hsize_t dims[4] = {1, 1, 1, 1};
  const int rank = H5Sget_simple_extent_dims(space, dims, nullptr);
  std::size_t rest = 1;
  for (int d = 1; d < rank; ++d) rest *= dims[d];
  Matrix<float> values(dims[0], rest);
  EXPECT_GE(H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  H5Sclose(space);
  H5Dclose(set);
  H5Fclose(file);
  return values;
}

inline std::filesystem::path shared_data(const char* name) {
  return std::filesystem::path(ASSAYER_SHARED_DIR) / "data" / name;
}

}  // namespace assayer::lab_test
