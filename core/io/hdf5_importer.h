// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/hdf5_file.h"
#include "core/io/importer.h"

namespace assayer {

/// The native form of a data set:
///
///   /spectra [N, C] (required) · /wavelength [C] with attribute `units` · /abundance [N, K] with attribute
///   `components`, or datasets /components or /endmember_names [K] · /abundance_true [N, K] ·
///   /endmembers [K, C] · /endmembers_by_group [G, K, C] · /group [N] with /group_names [G] and, where the
///   codes are not 0 … G − 1, /group_codes [G] · /bad_channel [C] · attribute image_shape [rows, cols].
///
/// The writer marks it by the attributes format = "assayer-dataset" and format_version = 1; a file with a
/// later version is refused. A file without the mark is told by its parts (is_foreign_spectra).
///
/// Any other dataset [N] becomes a metadata column (its attribute `column_name` wins over its own name), and
/// [N, m] becomes m columns "name[0]" …; other shapes are left out with a warning. Other attributes of the
/// file go to the provenance; in a marked file a note of the name of one of the form's is kept with "note:"
/// in front of it. Numbers may be of any width and byte order, texts of fixed or variable length.
///
/// A file without /spectra, and any file that the user wants to map himself, is left to Hdf5TreeImporter.
class Hdf5Importer final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "Assayer HDF5"; }
  [[nodiscard]] std::string patterns() const override { return "*.h5 *.hdf5"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  [[nodiscard]] Result<ImportContents> inspect(const std::filesystem::path& path,
                                               const ImportOptions& options,
                                               RunControl& control) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

/// The same form in a group of another file (see hdf5::File::group). The data set says that it came from
/// `path`, and its format is `format`.
Result<Imported> read_native(const hdf5::File& group, const std::string& path, const std::string& format,
                             RunControl& control, const ProgressFn& progress);

}  // namespace assayer
