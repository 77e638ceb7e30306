// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/io/importer.h"

namespace assayer::cli {

/// What other files know of the spectra, as the options stand on the command line.
struct AttachArguments {
  std::string compositions;
  std::string endmembers;
  std::string rest;  ///< component that completes the compositions

  [[nodiscard]] bool empty() const { return compositions.empty() && endmembers.empty() && rest.empty(); }
};

/// The options that say what a file's parts are, as they stand on the command line.
struct ImportArguments {
  AttachArguments attach;
  std::vector<std::string> maps;      ///< "NAME=ROLE"
  std::vector<std::string> settings;  ///< "KEY=VALUE"
  std::string unit;
  std::size_t rows = 0;  ///< 0: all
};

/// --compositions, --endmembers and --rest: of every command that does something with them.
void add_attach_options(CLI::App& app, AttachArguments& arguments);
/// The data with what those files know of them. Errors name the files.
Result<Imported> attach(Imported data, const AttachArguments& arguments, RunControl& control,
                        const ProgressFn& progress = {});

/// --map, --set, --unit, --rows, and the above.
void add_import_options(CLI::App& app, ImportArguments& arguments);
Result<ImportOptions> import_options(const ImportArguments& arguments);

/// "KEY=VALUE" texts as a map; `option` names them in the Usage error. Names may hold '=', values not.
Result<std::map<std::string, std::string>> key_values(const std::vector<std::string>& texts,
                                                      const std::string& option);

}  // namespace assayer::cli
