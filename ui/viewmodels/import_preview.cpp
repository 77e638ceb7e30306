// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/import_preview.h"

#include <utility>

#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {

Result<ImportPreview> previewImport(const std::vector<std::filesystem::path>& paths,
                                    const ImportOptions& options, std::size_t rows, RunControl& control) {
  const auto registry = ImporterRegistry::standard();
  const auto& path = paths.front();
  const auto standard = registry.inspect(path, control);
  if (!standard) return fail(standard.error());
  ImportPreview preview;
  preview.kind = standard->format;
  for (const auto& field : standard->fields) preview.kind += '\n' + field.name;
  auto contents = registry.inspect(path, options, control);
  if (!contents) {
    if (contents.error().cancelled()) return fail(contents.error());
    preview.contents = *standard;
    preview.problem = errorText(contents.error()).toStdString();
    return preview;
  }
  preview.contents = *std::move(contents);
  ImportOptions first = options;
  first.max_rows = rows;
  // A field that another setting took away is no longer mapped.
  std::erase_if(first.roles, [&](const auto& role) {
    for (const auto& field : preview.contents.fields)
      if (field.name == role.first) return false;
    return true;
  });
  auto imported = registry.load(path, first, control);
  if (imported)
    preview.imported = *std::move(imported);
  else if (imported.error().cancelled())
    return fail(imported.error());
  else
    preview.problem = errorText(imported.error()).toStdString();
  return preview;
}

}  // namespace assayer::ui
