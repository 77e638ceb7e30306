// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/library_matching.h"

#include "core/baselines/library_match.h"
#include "core/io/importer.h"

namespace assayer::ui {

Result<MatchedEndmembers> matchLibrary(const std::filesystem::path& library, const Dataset& data,
                                       const EndmemberEstimate& endmembers, std::size_t most,
                                       RunControl& control, const ProgressFn& progress) {
  const auto imported = ImporterRegistry::standard().load(library, control, progress);
  if (!imported) return fail(imported.error());
  const Dataset& spectra = *imported->data;
  const auto found =
      match_library(endmembers.mean, data.wavelength(), spectra.spectra(), spectra.wavelength(), most);
  if (!found) return fail(found.error());
  const std::vector<std::string> names = library_names(spectra);
  MatchedEndmembers result{library.filename().string(), found->channels, data.component_names(), {}};
  for (const std::vector<LibraryMatch>& ranked : found->ranked) {
    std::vector<MatchedEndmembers::Near> near;
    near.reserve(ranked.size());
    for (const LibraryMatch& match : ranked) near.push_back({names[match.index], match.angle});
    result.near.push_back(std::move(near));
  }
  return result;
}

}  // namespace assayer::ui
