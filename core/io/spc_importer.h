// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// Galactic SPC files in the new format (versions 0x4B and, with the other byte order, 0x4C; Galactic
/// Industries, "The Universal Data Format Specification"): x evenly spaced, one x array for all, or one per
/// subfile; y as floats or as 16- or 32-bit integers with an exponent; one spectrum or many, each a row. The
/// log text and the header's notes become attributes, time and z of the subfiles columns. The old format of
/// the DOS programs (0x4D) is refused.
///
/// The file is read piece by piece, each subfile into its row of the spectra: besides these, a piece of the
/// file and one axis as float64 are in memory. More where subfiles have several axes (SpectrumSet).
class SpcImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "Galactic SPC"; }
  [[nodiscard]] std::string patterns() const override { return "*.spc"; }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
