// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/run_control.h"
#include "core/io/importer.h"

/// What the import dialog shows, made on a worker. Free of widgets.
namespace assayer::ui {

struct ImportPreview {
  ImportContents contents;
  std::string kind;
  std::optional<Imported> imported;  ///< the first spectra of the first file
  std::string problem;               ///< why there are none
};

/// Fields, settings and the first `rows` spectra of the first of `paths`. Fails where not even the fields can
/// be told; a choice that does not fit is the preview's `problem`.
Result<ImportPreview> previewImport(const std::vector<std::filesystem::path>& paths,
                                    const ImportOptions& options, std::size_t rows, RunControl& control);

}  // namespace assayer::ui
