// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer::test {

/// Loads tables that a test writes down.
class TextTables : public testing::Test {
 protected:
  Result<Imported> try_load(const std::string& text, const ImportOptions& options = {},
                            const std::string& name = "table.csv") {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    RunControl control;
    return ImporterRegistry::standard().load(folder_ / name, options, control);
  }
  Imported load(const std::string& text, const ImportOptions& options = {},
                const std::string& name = "table.csv") {
    auto imported = try_load(text, options, name);
    if (!imported) throw std::runtime_error(imported.error().message());
    return *std::move(imported);
  }
  std::string message(const std::string& text, const ImportOptions& options = {},
                      const std::string& name = "table.csv") {
    const auto imported = try_load(text, options, name);
    return imported ? "loaded" : imported.error().message();
  }
  ImportContents inspect(const std::string& text) {
    std::ofstream(folder_ / "table.csv", std::ios::binary) << text;
    RunControl control;
    auto contents = ImporterRegistry::standard().inspect(folder_ / "table.csv", control);
    if (!contents) throw std::runtime_error(contents.error().message());
    return *std::move(contents);
  }

  TemporaryFolder folder_;
};

inline std::vector<float> row_of(const Dataset& data, std::size_t row) {
  const auto values = data.spectra().row(row);
  return {values.begin(), values.end()};
}

inline std::vector<double> axis_of(const Dataset& data) {
  return {data.wavelength().values().begin(), data.wavelength().values().end()};
}

}  // namespace assayer::test
