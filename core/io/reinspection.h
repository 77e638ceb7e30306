// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/io/importer.h"

namespace assayer {

/// An importer whose guesses depend on its settings: other columns of a table are spectra where the decimal
/// sign or the orientation is another.
class ReinspectingImporter : public Importer {
 public:
  /// `inspect` with the settings of `options`; its roles are not looked at.
  [[nodiscard]] virtual Result<ImportContents> inspect_with(const std::filesystem::path& path,
                                                            const ImportOptions& options,
                                                            RunControl& control) const = 0;
};

/// What the file holds under these settings, as an import dialog shows it after each of them is changed.
Result<ImportContents> inspect_with(const ImporterRegistry& registry, const std::filesystem::path& path,
                                    const ImportOptions& options, RunControl& control);

}  // namespace assayer
