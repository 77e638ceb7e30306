// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace assayer {

/// `Channel` and `Pixel` are plain positions: a file that has no wavelengths.
enum class WavelengthUnit { Nanometre, Micrometre, InverseCentimetre, Channel, Pixel };

/// "nm", "um", "cm-1", "channel", "pixel": the spelling of the file format and the command line.
std::string_view to_string(WavelengthUnit unit);
/// Also takes the usual spellings: "nanometers", "µm", "micrometer", "1/cm", "wavenumber", any case.
std::optional<WavelengthUnit> parse_wavelength_unit(std::string_view text);

/// A unit that files use and the program does not: `value * times / per` is a position, or a width, in
/// `unit`. Two factors, because 4005 Å / 10 is 400.5 nm where 4005 * 0.1 may miss it.
struct ForeignUnit {
  std::string_view name;  ///< "Å", "GHz"
  WavelengthUnit unit = WavelengthUnit::Nanometre;
  double times = 1;
  double per = 1;

  [[nodiscard]] double convert(double value) const { return value * times / per; }
};
/// Ångström and picometre (read as nm), millimetre and metre (µm); Hz to THz, eV and keV as wavenumbers,
/// for these are proportional to frequency and energy, so that evenly spaced channels stay so. A, pm,
/// millimetre and metre, which mean other things in a title, are taken where `is_unit`: the text is known to
/// be a unit.
std::optional<ForeignUnit> parse_foreign_unit(std::string_view text, bool is_unit);

/// "Wavelength (nm)", "Wavelength (µm)", "Wavenumber (1/cm)", "Channel", "Pixel" (UTF-8).
std::string_view axis_title(WavelengthUnit unit);

/// The spectral axis: finite, strictly monotonic (either direction), with a unit.
class WavelengthAxis {
 public:
  static Result<WavelengthAxis> create(std::vector<double> values, WavelengthUnit unit);
  /// 0, 1, …, n − 1.
  static WavelengthAxis channels(std::size_t n);

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] double operator[](std::size_t i) const { return values_[i]; }
  [[nodiscard]] std::span<const double> values() const { return values_; }
  [[nodiscard]] WavelengthUnit unit() const { return unit_; }
  [[nodiscard]] bool ascending() const { return values_.size() < 2 || values_.front() < values_.back(); }

  /// The same positions in another unit, in the same order of channels.
  /// Positions (channel, pixel) and wavelengths do not convert into each other: nullopt.
  [[nodiscard]] std::optional<std::vector<double>> values_in(WavelengthUnit unit) const;

  friend bool operator==(const WavelengthAxis&, const WavelengthAxis&) = default;

 private:
  WavelengthAxis(std::vector<double> values, WavelengthUnit unit) : values_(std::move(values)), unit_(unit) {}
  std::vector<double> values_;
  WavelengthUnit unit_;
};

}  // namespace assayer
