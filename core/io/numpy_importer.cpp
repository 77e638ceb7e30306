// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/numpy_importer.h"

#include <string_view>

#include "core/io/array_import.h"
#include "core/io/numpy_file.h"

namespace assayer {

bool NumpyImporter::sniff(const std::filesystem::path& path, std::string_view head) const {
  if (head.starts_with("\x93NUMPY")) return true;
  if (!head.starts_with(std::string_view("PK\x03\x04", 4))) return false;
  // Spreadsheets are zip archives too.
  constexpr std::size_t name_at = 30;
  return path.extension() == ".npz" ||
         (head.size() > name_at && head.substr(name_at, 256).find(".npy") != std::string_view::npos);
}

Result<ImportContents> NumpyImporter::inspect(const std::filesystem::path& path, const ImportOptions& options,
                                              RunControl& control) const {
  const auto file = NumpyFile::open(path);
  if (!file) return fail(file.error().in(path.string()));
  auto contents = inspect_arrays(**file, name(), options, control);
  if (!contents) return fail(contents.error().in(path.string()));
  return contents;
}

Result<Imported> NumpyImporter::load(const std::filesystem::path& path, const ImportOptions& options,
                                     RunControl& control, const ProgressFn& progress) const {
  const auto file = NumpyFile::open(path);
  if (!file) return fail(file.error().in(path.string()));
  auto imported = import_arrays(**file, name(), path, options, control, progress);
  if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
  return imported;
}

}  // namespace assayer
