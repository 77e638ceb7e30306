// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/hdf5_tree_importer.h"

#include "core/io/array_import.h"
#include "core/io/hdf5_tree.h"
#include "core/io/native_form.h"
#include "core/io/trial.h"

namespace assayer {

namespace {

std::string format_of(const Hdf5Tree& tree) {
  return tree.matlab() ? "MATLAB 7.3" : "HDF5";
}

/// What is broken in its native form is not to be read some other way, unless the user says how.
std::unexpected<Error> left_to_the_native_form() {
  return fail({Error::Kind::NotThisFormat, "this is the native form", "", "", "", ""});
}

bool is_left_to_the_native_form(const Hdf5Tree& tree, const ImportOptions& options) {
  return tree.native() && options.roles.empty() && options.settings.empty() &&
         !is_foreign_spectra(tree.file());
}

/// Whether it has a value per spectrum, of which there are `rows`, or a few.
bool is_column(const hdf5::File& file, const hdf5::Entry& entry, std::uint64_t rows) {
  if (entry.type != hdf5::Entry::Type::Dataset) return false;
  const auto info = file.info(entry.name);
  return info && !info->null && (info->rank() == 1 || info->rank() == 2) && info->shape[0] == rows;
}

Result<ImportContents> inspect_checked(const std::filesystem::path& path, const ImportOptions& options,
                                       RunControl& control) {
  const auto tree = Hdf5Tree::open(path);
  if (!tree) return fail(tree.error());
  if (is_left_to_the_native_form(**tree, options)) return left_to_the_native_form();
  return inspect_arrays(**tree, format_of(**tree), options, control);
}

Result<Imported> load_checked(const std::filesystem::path& path, const ImportOptions& options,
                              RunControl& control, const ProgressFn& progress) {
  const auto tree = Hdf5Tree::open(path);
  if (!tree) return fail(tree.error());
  if (is_left_to_the_native_form(**tree, options)) return left_to_the_native_form();
  return import_arrays(**tree, format_of(**tree), path, options, control, progress);
}

}  // namespace

bool is_foreign_spectra(const hdf5::File& file) {
  if (!file.has_dataset(native::kSpectra)) return false;
  if (file.has_attribute("/", native::kImageShape) || file.has_attribute("/", model_form::kFormat))
    return false;
  const auto entries = file.entries();
  const auto info = file.info(native::kSpectra);
  // What cannot be read is for the native form's importer to tell.
  if (!entries || !info) return false;
  bool has_axis = false;
  bool columns_only = true;
  for (const auto& entry : *entries) {
    if (entry.name == native::kSpectra) continue;
    if (entry.name == native::kWavelength)
      has_axis = true;
    else if (native::is_reserved(entry.name))
      return false;
    else
      columns_only = columns_only && info->rank() == 2 && is_column(file, entry, info->shape[0]);
  }
  return info->rank() != 2 || (!has_axis && !columns_only);
}

bool Hdf5TreeImporter::sniff(const std::filesystem::path& /*path*/, std::string_view head) const {
  return hdf5::has_signature(head);
}

Result<ImportContents> Hdf5TreeImporter::inspect(const std::filesystem::path& path,
                                                 const ImportOptions& options, RunControl& control) const {
  auto contents = read_after_trial(
      "libhdf5", bytes_of(path), control,
      [&](RunControl& own) { return inspect_checked(path, options, own); },
      [&] { return inspect_checked(path, options, control); });
  if (!contents && !contents.error().cancelled()) return fail(contents.error().in(path.string()));
  return contents;
}

Result<Imported> Hdf5TreeImporter::load(const std::filesystem::path& path, const ImportOptions& options,
                                        RunControl& control, const ProgressFn& progress) const {
  auto imported = read_after_trial(
      "libhdf5", bytes_of(path), control,
      [&](RunControl& own) { return load_checked(path, part_to_try(bytes_of(path), options), own, {}); },
      [&] { return load_checked(path, options, control, progress); });
  if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
  return imported;
}

}  // namespace assayer
