// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/hdf5_tree_importer.h"

#include "core/io/array_import.h"
#include "core/io/hdf5_tree.h"
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

Result<ImportContents> inspect_checked(const std::filesystem::path& path, RunControl& control) {
  const auto tree = Hdf5Tree::open(path);
  if (!tree) return fail(tree.error());
  if ((*tree)->native()) return left_to_the_native_form();
  return inspect_arrays(**tree, format_of(**tree), control);
}

Result<Imported> load_checked(const std::filesystem::path& path, const ImportOptions& options,
                              RunControl& control, const ProgressFn& progress) {
  const auto tree = Hdf5Tree::open(path);
  if (!tree) return fail(tree.error());
  if ((*tree)->native() && options.roles.empty() && options.settings.empty())
    return left_to_the_native_form();
  return import_arrays(**tree, format_of(**tree), path, options, control, progress);
}

}  // namespace

bool Hdf5TreeImporter::sniff(const std::filesystem::path& /*path*/, std::string_view head) const {
  return hdf5::has_signature(head);
}

Result<ImportContents> Hdf5TreeImporter::inspect(const std::filesystem::path& path,
                                                 const ImportOptions& /*options*/,
                                                 RunControl& control) const {
  const Status outlived = try_in_copy("libhdf5", path, control, [&] {
    RunControl own;
    (void)inspect_checked(path, own);
  });
  auto contents = outlived ? inspect_checked(path, control) : fail(outlived.error());
  if (!contents && !contents.error().cancelled()) return fail(contents.error().in(path.string()));
  return contents;
}

Result<Imported> Hdf5TreeImporter::load(const std::filesystem::path& path, const ImportOptions& options,
                                        RunControl& control, const ProgressFn& progress) const {
  const Status outlived = try_in_copy("libhdf5", path, control, [&] {
    RunControl own;
    (void)load_checked(path, part_to_try(path, options), own, {});
  });
  auto imported = outlived ? load_checked(path, options, control, progress) : fail(outlived.error());
  if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
  return imported;
}

}  // namespace assayer
