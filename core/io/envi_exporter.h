// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/exporter.h"
#include "core/io/raw_cube.h"

namespace assayer {

/// Text of an ENVI header for float32 data of this machine's byte order: the layout of `cube`, and axis, bad
/// channels, fwhm and band names of `data`, and its notes. `lists` are further keys with one entry each per
/// band or spectrum. What had to be changed or left out is appended to `changes` in whole sentences.
struct EnviHeaderText {
  std::string file_type = "ENVI Standard";
  RawCube cube;
  const WavelengthAxis* axis = nullptr;
  std::vector<std::uint8_t> bad_channels;
  std::map<std::string, std::string> notes;
  std::map<std::string, std::vector<std::string>> lists;

  [[nodiscard]] std::string text(std::vector<std::string>& changes) const;
};

/// The header beside a data file: "a.img" → "a.hdr", "a.hdr" → itself.
struct EnviOutput {
  std::filesystem::path header;
  std::filesystem::path data;
};
EnviOutput envi_output(const std::filesystem::path& path);

/// ENVI images (.img, .dat, .bsq, .bil, .bip, or .hdr) and spectral libraries (.sli), as float32 with a
/// header beside them. An image keeps spectra, axis, bad channels, shape and notes; spectra without a shape
/// become one column of pixels. A library keeps spectra, axis, bad channels, names and notes, and endmembers
/// that are its spectra.
class EnviExporter final : public Exporter {
 public:
  [[nodiscard]] std::string name() const override { return "ENVI"; }
  [[nodiscard]] std::vector<std::string> extensions() const override {
    return {".img", ".hdr", ".sli", ".dat", ".bsq", ".bil", ".bip"};
  }
  [[nodiscard]] std::vector<ExportSetting> settings() const override;
  Result<std::vector<std::string>> write(const Dataset& data, const std::filesystem::path& path,
                                         const ExportOptions& options, RunControl& control,
                                         const ProgressFn& progress) const override;
};

}  // namespace assayer
