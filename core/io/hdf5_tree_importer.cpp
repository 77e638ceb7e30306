// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/hdf5_tree_importer.h"

#include "core/io/array_import.h"
#include "core/io/hdf5_tree.h"

namespace assayer {

namespace {

std::string format_of(const Hdf5Tree& tree) {
  return tree.matlab() ? "MATLAB 7.3" : "HDF5";
}

/// What is broken in its native form is not to be read some other way, unless the user says how.
std::unexpected<Error> left_to_the_native_form() {
  return fail({Error::Kind::NotThisFormat, "this is the native form", "", "", "", ""});
}

}  // namespace

bool Hdf5TreeImporter::sniff(const std::filesystem::path& /*path*/, std::string_view head) const {
  return hdf5::has_signature(head);
}

Result<ImportContents> Hdf5TreeImporter::inspect(const std::filesystem::path& path,
                                                 const ImportOptions& /*options*/,
                                                 RunControl& control) const {
  const auto tree = Hdf5Tree::open(path);
  if (!tree) return fail(tree.error().in(path.string()));
  if ((*tree)->native()) return left_to_the_native_form();
  auto contents = inspect_arrays(**tree, format_of(**tree), control);
  if (!contents) return fail(contents.error().in(path.string()));
  return contents;
}

Result<Imported> Hdf5TreeImporter::load(const std::filesystem::path& path, const ImportOptions& options,
                                        RunControl& control, const ProgressFn& progress) const {
  const auto tree = Hdf5Tree::open(path);
  if (!tree) return fail(tree.error().in(path.string()));
  if ((*tree)->native() && options.roles.empty() && options.settings.empty())
    return left_to_the_native_form();
  auto imported = import_arrays(**tree, format_of(**tree), path, options, control, progress);
  if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
  return imported;
}

}  // namespace assayer
