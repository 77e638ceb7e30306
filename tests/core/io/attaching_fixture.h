// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/io/attaching.h"
#include "temporary_folder.h"

namespace assayer::test {

inline const std::filesystem::path kShared = std::filesystem::path(ASSAYER_SHARED_DIR) / "data";
inline const std::filesystem::path kContainers =
    std::filesystem::path(ASSAYER_TEST_DIR) / "core/io/container_files";

/// Gives what one file holds to the spectra of another.
class AttachingTest : public testing::Test {
 protected:
  using Change = std::function<void(DatasetParts&)>;

  /// Six spectra of four channels: the targets A A B B C D, the sites 1 1 1 2 2 2.
  static Imported shots(const Change& change = {}) {
    DatasetParts parts;
    parts.spectra = Matrix<float>(6, 4);
    for (std::size_t r = 0; r < 6; ++r)
      for (std::size_t c = 0; c < 4; ++c) parts.spectra(r, c) = static_cast<float>(10 * r + c);
    parts.wavelength = WavelengthAxis::create({400, 500, 600, 700}, WavelengthUnit::Nanometre).value();
    parts.metadata.push_back({"target", std::vector<std::string>{"A", "A", "B", "B", "C", "D"}});
    parts.metadata.push_back({"site", std::vector<std::int64_t>{1, 1, 1, 2, 2, 2}});
    if (change) change(parts);
    auto data = Dataset::create(std::move(parts));
    if (!data) throw std::runtime_error(data.error().message());
    return {*std::move(data), "made", {"said before"}};
  }
  /// The same data with other parts.
  static Imported changed(const Imported& data, const Change& change) {
    DatasetParts parts = data.data->parts();
    change(parts);
    auto made = Dataset::create(std::move(parts));
    if (!made) throw std::runtime_error(made.error().message());
    return {*std::move(made), data.format, data.warnings};
  }
  static Imported without_compositions(const Imported& data) {
    return changed(data, [](DatasetParts& parts) {
      parts.abundances.reset();
      parts.endmembers.reset();
      parts.endmember_names.clear();
    });
  }
  static Imported load(const std::filesystem::path& path) {
    RunControl control;
    auto imported = ImporterRegistry::standard().load(path, control);
    if (!imported) throw std::runtime_error(imported.error().message());
    return *std::move(imported);
  }

  std::filesystem::path write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  /// Doubles in the order of C.
  std::filesystem::path write_npy(const std::string& name, const std::string& shape,
                                  const std::vector<double>& values) {
    std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize(118, ' ');
    header.back() = '\n';
    std::string bytes = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header;
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
    return write(name, bytes);
  }

  static Imported attach(const Imported& data, const std::filesystem::path& file,
                         const std::string& rest = {}) {
    RunControl control;
    auto attached = attach_compositions(data, file, {rest}, control);
    if (!attached) throw std::runtime_error(attached.error().message());
    return *std::move(attached);
  }
  Imported attach_text(const Imported& data, const std::string& text, const std::string& rest = {}) {
    return attach(data, write("known.csv", text), rest);
  }
  static Imported add_endmembers(const Imported& data, const std::filesystem::path& file) {
    RunControl control;
    auto attached = attach_endmembers(data, file, control);
    if (!attached) throw std::runtime_error(attached.error().message());
    return *std::move(attached);
  }
  /// The error's message, or "attached".
  static std::string refusal(const Imported& data, const std::filesystem::path& file,
                             const std::string& rest = {}) {
    RunControl control;
    const auto attached = attach_compositions(data, file, {rest}, control);
    return attached ? "attached" : attached.error().message();
  }
  std::string text_refusal(const Imported& data, const std::string& text, const std::string& rest = {}) {
    return refusal(data, write("known.csv", text), rest);
  }
  static std::string endmember_refusal(const Imported& data, const std::filesystem::path& file) {
    RunControl control;
    const auto attached = attach_endmembers(data, file, control);
    return attached ? "attached" : attached.error().message();
  }
  static std::vector<double> composition(const Imported& data, std::size_t row) {
    const auto values = data.data->abundances()->row(row);
    return {values.begin(), values.end()};
  }
  static std::vector<float> endmember(const Imported& data, std::size_t k) {
    const auto values = data.data->endmembers()->row(k);
    return {values.begin(), values.end()};
  }

  TemporaryFolder folder_;
};

}  // namespace assayer::test
