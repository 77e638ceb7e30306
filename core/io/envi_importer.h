// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// ENVI images and spectral libraries, opened by their header or by their data file.
///
/// An image's pixels are the spectra, row by row. Every real data type, interleave and byte order is read;
/// value = number * data gain + data offset, divided by the reflectance scale factor; the data ignore value
/// becomes NaN, and bands with bbl = 0 are bad channels. What the header says besides is kept as attributes
/// under the header's keys, fwhm and band names among them. A library's spectra get a column `name`, others
/// from a table beside it (library_table.h), and are reference endmembers as well. Images above a limit stay
/// in their file (`Spectra::stays_in_file`).
class EnviImporter final : public Importer {
 public:
  /// As float32; larger images stay in their file.
  static constexpr std::size_t kLargestInMemory = std::size_t{256} << 20;
  explicit EnviImporter(std::size_t largest_in_memory = kLargestInMemory)
      : largest_in_memory_(largest_in_memory) {}

  [[nodiscard]] std::string name() const override { return "ENVI"; }
  [[nodiscard]] std::string patterns() const override {
    return "*.hdr *.img *.dat *.raw *.bsq *.bil *.bip *.sli";
  }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;

 private:
  std::size_t largest_in_memory_;
};

}  // namespace assayer
