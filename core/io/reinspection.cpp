// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/reinspection.h"

#include <algorithm>

namespace assayer {

Result<ImportContents> inspect_with(const ImporterRegistry& registry, const std::filesystem::path& path,
                                    const ImportOptions& options, RunControl& control) {
  auto contents = registry.inspect(path, control);
  if (!contents || options.settings.empty()) return contents;
  const auto& importers = registry.importers();
  const auto found = std::ranges::find_if(
      importers, [&](const auto& importer) { return importer->name() == contents->format; });
  if (found == importers.end()) return contents;
  const auto* const again = dynamic_cast<const ReinspectingImporter*>(found->get());
  return again == nullptr ? contents : again->inspect_with(path, options, control);
}

}  // namespace assayer
