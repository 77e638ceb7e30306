// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// MATLAB 5 files (up to version 7.2). The layouts of the public unmixing benchmarks are known by their
/// names: Y, V or X [channels × pixels] with nRow and nCol, A, M or E, and the USGS library; others by sizes
/// (see array_plan.h) or mapped by the user. Version 7.3 is HDF5 (Hdf5TreeImporter).
class MatlabImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "MATLAB 5"; }
  [[nodiscard]] std::string patterns() const override { return "*.mat"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  [[nodiscard]] Result<ImportContents> inspect(const std::filesystem::path& path,
                                               const ImportOptions& options,
                                               RunControl& control) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
