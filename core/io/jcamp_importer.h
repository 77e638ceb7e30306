// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// JCAMP-DX files of spectra: single blocks, links of blocks, and files one behind the other; every spectrum
/// becomes a row. Peaks and NTUPLES are refused, or left out where spectra stand beside them.
class JcampImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "JCAMP-DX"; }
  [[nodiscard]] std::string patterns() const override { return "*.jdx *.dx *.jcamp"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
