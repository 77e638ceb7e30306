// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/io/importer.h"

namespace assayer::cli {

/// The options that say what a file's parts are, as they stand on the command line.
struct ImportArguments {
  std::vector<std::string> maps;      ///< "NAME=ROLE"
  std::vector<std::string> settings;  ///< "KEY=VALUE"
  std::string unit;
  std::size_t rows = 0;  ///< 0: all
};

/// --map, --set, --unit and --rows.
void add_import_options(CLI::App& app, ImportArguments& arguments);
Result<ImportOptions> import_options(const ImportArguments& arguments);

/// "KEY=VALUE" texts as a map; `option` names them in the Usage error. Names may hold '=', values not.
Result<std::map<std::string, std::string>> key_values(const std::vector<std::string>& texts,
                                                      const std::string& option);

}  // namespace assayer::cli
