// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <string>
#include <vector>

namespace assayer::test {

/// Writes HDF5 files with the C interface itself, not with the code under test.
class Hdf5Builder {
 public:
  explicit Hdf5Builder(const std::filesystem::path& path)
      : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  Hdf5Builder(const Hdf5Builder&) = delete;
  Hdf5Builder& operator=(const Hdf5Builder&) = delete;
  ~Hdf5Builder() { H5Fclose(file_); }

  [[nodiscard]] hid_t id() const { return file_; }

  /// Stored as `stored`; `properties` (closed here) may say how.
  Hdf5Builder& numbers(const std::string& name, const std::vector<hsize_t>& shape,
                       const std::vector<double>& values, hid_t stored = H5T_NATIVE_FLOAT,
                       hid_t properties = H5P_DEFAULT) {
    const hid_t space = shape.empty()
                            ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t set = H5Dcreate2(file_, name.c_str(), stored, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (!values.empty()) H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(set);
    H5Sclose(space);
    if (properties != H5P_DEFAULT) H5Pclose(properties);
    return *this;
  }

  Hdf5Builder& texts(const std::string& name, const std::vector<std::string>& values) {
    const hid_t type = variable_text();
    const hsize_t count = values.size();
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    const hid_t set = H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, static_cast<const void*>(pointers(values).data()));
    H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
    return *this;
  }

  /// Fixed length, padded with `pad` (H5T_STR_NULLPAD, H5T_STR_SPACEPAD, H5T_STR_NULLTERM).
  Hdf5Builder& fixed_texts(const std::string& name, const std::vector<std::string>& values, std::size_t size,
                           H5T_str_t pad) {
    std::string bytes;
    for (auto value : values) {
      value.resize(size, pad == H5T_STR_SPACEPAD ? ' ' : '\0');
      bytes += value;
    }
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_strpad(type, pad);
    const hsize_t count = values.size();
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    const hid_t set = H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
    H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
    return *this;
  }

  Hdf5Builder& text_attribute(const std::string& object, const std::string& name, const std::string& value) {
    const hid_t type = variable_text();
    const hid_t space = H5Screate(H5S_SCALAR);
    const char* pointer = value.c_str();
    put_attribute(object, name, type, space, static_cast<const void*>(&pointer));
    H5Tclose(type);
    return *this;
  }

  Hdf5Builder& texts_attribute(const std::string& object, const std::string& name,
                               const std::vector<std::string>& values) {
    const hid_t type = variable_text();
    const hsize_t count = values.size();
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    put_attribute(object, name, type, space, static_cast<const void*>(pointers(values).data()));
    H5Tclose(type);
    return *this;
  }

  Hdf5Builder& numbers_attribute(const std::string& object, const std::string& name,
                                 const std::vector<double>& values) {
    const hsize_t count = values.size();
    const hid_t space = H5Screate_simple(1, &count, nullptr);
    put_attribute(object, name, H5T_NATIVE_DOUBLE, space, values.data());
    return *this;
  }

 private:
  static hid_t variable_text() {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
  }
  static std::vector<const char*> pointers(const std::vector<std::string>& values) {
    std::vector<const char*> result;
    result.reserve(values.size());
    for (const auto& value : values) result.push_back(value.c_str());
    return result;
  }
  void put_attribute(const std::string& object, const std::string& name, hid_t type, hid_t space,
                     const void* values) {
    const hid_t attribute = H5Acreate_by_name(file_, object.c_str(), name.c_str(), type, space, H5P_DEFAULT,
                                              H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, values);
    H5Aclose(attribute);
    H5Sclose(space);
  }

  hid_t file_;
};

}  // namespace assayer::test
