// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/hdf5_file.h"
#include "core/io/importer.h"

namespace assayer {

/// Whether a file with a dataset /spectra is another program's all the same, for the tree's importer. A file
/// that an attribute marks (native::write_mark) is not. Others may have been written by hand in the native
/// form: its other names (/abundance, /group, …) or image_shape beside the spectra tell, and what is wrong in
/// such a file is an error. Without them /spectra must be a table, with /wavelength or with nothing but
/// columns beside it.
bool is_foreign_spectra(const hdf5::File& file);

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
