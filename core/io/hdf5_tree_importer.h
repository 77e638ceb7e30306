// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// HDF5 files of other programs: NeXus, HyperSpy, MATLAB 7.3, and whatever holds arrays of numbers. Every
/// dataset is a field; what is spectra, axis, compositions is told by the file's own conventions
/// (Hdf5Tree), by names and sizes (array_plan.h), or by the user. Asked after Hdf5Importer.
class Hdf5TreeImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "HDF5"; }
  [[nodiscard]] std::string patterns() const override { return "*.h5 *.hdf5 *.nxs *.hspy *.mat"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  [[nodiscard]] Result<ImportContents> inspect(const std::filesystem::path& path,
                                               const ImportOptions& options,
                                               RunControl& control) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
