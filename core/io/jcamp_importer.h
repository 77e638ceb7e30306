// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// JCAMP-DX files of spectra: single blocks, links of blocks, and files one behind the other; every spectrum
/// becomes a row. Peaks and NTUPLES are refused, or left out where spectra stand beside them.
///
/// The text is read and decoded block by block into the spectra: besides these, one block's text and its
/// points as float64 are in memory. More where blocks lack their ##END= (their text stays until the end), lie
/// on several axes (SpectrumSet), or are so well packed that there are more values than bytes in the file
/// (the spectra grow, and are there twice for a moment).
class JcampImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "JCAMP-DX"; }
  [[nodiscard]] std::string patterns() const override { return "*.jdx *.dx *.jcamp"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
