// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/io/importer.h"

namespace assayer {

/// What the name of a ChemCam product says, "CL5_398645626CCS_F0030004CCAM02013P3.csv": LIBS product,
/// spacecraft clock, calibrated spectra, site and drive of the rover, sequence, version. Source: MSL ChemCam
/// RDR Archive Software Interface Specification (PDS Geosciences Node), product names.
struct ChemCamName {
  std::int64_t clock = 0;  ///< seconds since 2000-01-01 12:00
  std::int64_t sol = 0;    ///< Mars day since the landing, from the clock
  std::int64_t site = 0;
  std::int64_t drive = 0;
  std::string sequence;  ///< "CCAM02013": one target on one sol
};
std::optional<ChemCamName> parse_chemcam_name(std::string_view file_name);

/// ChemCam's calibrated spectra (CCS, PDS): a table of the wavelength in nm, every shot, their median and
/// mean, below comments that go to the provenance. The shots are the spectra; the setting `take` chooses mean
/// or median instead. Columns: shot, target (the sequence), sol, site, drive and clock from the name.
class ChemCamImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "ChemCam CCS"; }
  [[nodiscard]] std::string patterns() const override { return "CL5_*CCS*.csv"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  [[nodiscard]] Result<ImportContents> inspect(const std::filesystem::path& path,
                                               const ImportOptions& options,
                                               RunControl& control) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
