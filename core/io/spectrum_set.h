// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/io/importer.h"

namespace assayer {

/// Spectra as instruments' files hold them: each with an axis and notes of its own.
class SpectrumSet {
 public:
  struct Axis {
    std::vector<double> values;
    std::string unit;  ///< as the file says it
    /// Set where the file's unit is none of a spectral axis (time, mass, ppm): positions.
    std::optional<WavelengthUnit> forced;

    friend bool operator==(const Axis&, const Axis&) = default;
  };
  struct Spectrum {
    std::size_t axis = 0;
    std::vector<float> values;
    std::string title;
    std::map<std::string, std::string> notes;
  };

  /// The place of an axis, an equal one if there is one already.
  std::size_t add_axis(Axis axis);
  void add(Spectrum spectrum) { spectra_.push_back(std::move(spectrum)); }
  [[nodiscard]] bool empty() const { return spectra_.empty(); }
  [[nodiscard]] std::size_t size() const { return spectra_.size(); }

  /// One data set of the spectra that share the most common axis; others are left out with a warning. Notes
  /// that all share become attributes, others text columns, beside the column "title".
  Result<Imported> make(const std::string& format, const std::filesystem::path& path,
                        const ImportOptions& options, std::vector<std::string> warnings);

 private:
  std::vector<Axis> axes_;
  std::vector<Spectrum> spectra_;
};

}  // namespace assayer
