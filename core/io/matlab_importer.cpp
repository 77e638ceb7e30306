// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/matlab_importer.h"

#include <string_view>

#include "core/io/array_import.h"
#include "core/io/matlab_file.h"

namespace assayer {

bool MatlabImporter::sniff(const std::filesystem::path& /*path*/, std::string_view head) const {
  constexpr std::size_t order_at = 126;
  if (head.size() < order_at + 2) return false;
  const auto order = head.substr(order_at, 2);
  return head.starts_with("MATLAB 5.0") && (order == "IM" || order == "MI");
}

Result<ImportContents> MatlabImporter::inspect(const std::filesystem::path& path,
                                               const ImportOptions& options, RunControl& control) const {
  const auto file = MatlabFile::open(path);
  if (!file) return fail(file.error().in(path.string()));
  auto contents = inspect_arrays(**file, name(), options, control);
  if (!contents) return fail(contents.error().in(path.string()));
  return contents;
}

Result<Imported> MatlabImporter::load(const std::filesystem::path& path, const ImportOptions& options,
                                      RunControl& control, const ProgressFn& progress) const {
  const auto file = MatlabFile::open(path);
  if (!file) return fail(file.error().in(path.string()));
  auto imported = import_arrays(**file, name(), path, options, control, progress);
  if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
  return imported;
}

}  // namespace assayer
