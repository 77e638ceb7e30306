// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// NumPy's .npy (one array: the spectra) and .npz, whose arrays are known by their names and sizes (see
/// array_plan.h) or mapped by the user.
class NumpyImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "NumPy"; }
  [[nodiscard]] std::string patterns() const override { return "*.npy *.npz"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  [[nodiscard]] Result<ImportContents> inspect(const std::filesystem::path& path,
                                               const ImportOptions& options,
                                               RunControl& control) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
