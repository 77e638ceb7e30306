// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/wavelength_axis.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "core/base/letters.h"
#include "core/base/message.h"

namespace assayer {

namespace {

constexpr double kNanometresPerMicrometre = 1e3;
constexpr double kNanometresPerCentimetre = 1e7;
/// Centimetres of light per second.
constexpr double kLight = 29979245800;
/// Joule seconds, and joules for an electronvolt: exact, as the units are defined by them (SI of 2019).
constexpr double kPlanck = 6.62607015e-34;
constexpr double kElectronvoltEnergy = 1.602176634e-19;

constexpr ForeignUnit kAngstrom{"\xC3\x85", WavelengthUnit::Nanometre, 1, 10};
constexpr ForeignUnit kPicometre{"pm", WavelengthUnit::Nanometre, 1, 1e3};
constexpr ForeignUnit kMillimetre{"mm", WavelengthUnit::Micrometre, 1e3, 1};
constexpr ForeignUnit kMetre{"m", WavelengthUnit::Micrometre, 1e6, 1};
constexpr ForeignUnit kHertz{"Hz", WavelengthUnit::InverseCentimetre, 1, kLight};
constexpr ForeignUnit kKilohertz{"kHz", WavelengthUnit::InverseCentimetre, 1e3, kLight};
constexpr ForeignUnit kMegahertz{"MHz", WavelengthUnit::InverseCentimetre, 1e6, kLight};
constexpr ForeignUnit kGigahertz{"GHz", WavelengthUnit::InverseCentimetre, 1e9, kLight};
constexpr ForeignUnit kTerahertz{"THz", WavelengthUnit::InverseCentimetre, 1e12, kLight};
constexpr ForeignUnit kElectronvolt{"eV", WavelengthUnit::InverseCentimetre, kElectronvoltEnergy,
                                    kPlanck* kLight};
constexpr ForeignUnit kKiloelectronvolt{"keV", WavelengthUnit::InverseCentimetre, 1e3 * kElectronvoltEnergy,
                                        kPlanck* kLight};

bool is_length(WavelengthUnit unit) {
  return unit == WavelengthUnit::Nanometre || unit == WavelengthUnit::Micrometre;
}

bool is_spectral(WavelengthUnit unit) {
  return is_length(unit) || unit == WavelengthUnit::InverseCentimetre;
}

/// Lower case, without blanks, and with the typographic signs that units come in spelt in ASCII.
std::string plain(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> signs = {{
      {"\xC2\xB5", "u"},      // U+00B5 micro sign
      {"\xCE\xBC", "u"},      // U+03BC Greek mu
      {"\xE2\x81\xBB", "-"},  // U+207B superscript minus
      {"\xE2\x88\x92", "-"},  // U+2212 minus
      {"\xC2\xB9", "1"},      // U+00B9 superscript one
      {"\xB5", "u"},          // the micro sign in Latin-1
  }};
  std::string result;
  while (!text.empty()) {
    bool replaced = false;
    for (const auto& [sign, ascii] : signs) {
      if (!text.starts_with(sign)) continue;
      result += ascii;
      text.remove_prefix(sign.size());
      replaced = true;
      break;
    }
    if (replaced) continue;
    const char c = text.front();
    text.remove_prefix(1);
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '^' || c == '\0') continue;
    result += lower(c);
  }
  return result;
}

double to_nanometres(double value, WavelengthUnit unit) {
  switch (unit) {
    case WavelengthUnit::Micrometre:
      return value * kNanometresPerMicrometre;
    case WavelengthUnit::InverseCentimetre:
      return kNanometresPerCentimetre / value;
    default:
      return value;
  }
}

double from_nanometres(double value, WavelengthUnit unit) {
  switch (unit) {
    case WavelengthUnit::Micrometre:
      return value / kNanometresPerMicrometre;
    case WavelengthUnit::InverseCentimetre:
      return kNanometresPerCentimetre / value;
    default:
      return value;
  }
}

}  // namespace

std::string_view to_string(WavelengthUnit unit) {
  switch (unit) {
    case WavelengthUnit::Nanometre:
      return "nm";
    case WavelengthUnit::Micrometre:
      return "um";
    case WavelengthUnit::InverseCentimetre:
      return "cm-1";
    case WavelengthUnit::Channel:
      return "channel";
    case WavelengthUnit::Pixel:
      return "pixel";
  }
  return "channel";
}

std::optional<WavelengthUnit> parse_wavelength_unit(std::string_view text) {
  using enum WavelengthUnit;
  static constexpr std::array<std::pair<std::string_view, WavelengthUnit>, 32> spellings = {{
      {"nm", Nanometre},
      {"nanometer", Nanometre},
      {"nanometers", Nanometre},
      {"nanometre", Nanometre},
      {"nanometres", Nanometre},
      {"um", Micrometre},
      {"micron", Micrometre},
      {"microns", Micrometre},
      {"micrometer", Micrometre},
      {"micrometers", Micrometre},
      {"micrometre", Micrometre},
      {"micrometres", Micrometre},
      {"cm-1", InverseCentimetre},
      {"cm**-1", InverseCentimetre},
      {"1/cm", InverseCentimetre},
      {"/cm", InverseCentimetre},
      {"percm", InverseCentimetre},
      {"wavenumber", InverseCentimetre},
      {"wavenumbers", InverseCentimetre},
      {"wavenumber(1/cm)", InverseCentimetre},
      {"wavenumber(cm-1)", InverseCentimetre},
      {"inversecentimeter", InverseCentimetre},
      {"inversecentimeters", InverseCentimetre},
      {"inversecentimetre", InverseCentimetre},
      {"inversecentimetres", InverseCentimetre},
      {"channel", Channel},
      {"channels", Channel},
      {"band", Channel},
      {"bands", Channel},
      {"index", Channel},
      {"pixel", Pixel},
      {"pixels", Pixel},
  }};
  const std::string wanted = plain(text);
  for (const auto& [spelling, unit] : spellings)
    if (wanted == spelling) return unit;
  return std::nullopt;
}

std::optional<ForeignUnit> parse_foreign_unit(std::string_view text, bool is_unit) {
  using Spelling = std::pair<std::string_view, const ForeignUnit*>;
  // `plain` leaves Å and ö as they are: letters of their own, the sign of the unit, A and a ring, Latin-1.
  static constexpr std::array<Spelling, 30> anywhere = {{
      {"angstrom", &kAngstrom},
      {"angstroms", &kAngstrom},
      {"\xC3\x85", &kAngstrom},
      {"\xC3\xA5", &kAngstrom},
      {"\xE2\x84\xAB", &kAngstrom},
      {"a\xCC\x8A", &kAngstrom},
      {"\xC5", &kAngstrom},
      {"\xC3\x85ngstr\xC3\xB6m", &kAngstrom},
      {"\xC3\xA5ngstr\xC3\xB6m", &kAngstrom},
      {"\xC3\x85ngstrom", &kAngstrom},
      {"angstr\xC3\xB6m", &kAngstrom},
      {"picometer", &kPicometre},
      {"picometers", &kPicometre},
      {"picometre", &kPicometre},
      {"picometres", &kPicometre},
      {"hz", &kHertz},
      {"hertz", &kHertz},
      {"khz", &kKilohertz},
      {"kilohertz", &kKilohertz},
      {"mhz", &kMegahertz},
      {"megahertz", &kMegahertz},
      {"ghz", &kGigahertz},
      {"gigahertz", &kGigahertz},
      {"thz", &kTerahertz},
      {"terahertz", &kTerahertz},
      // No "mev": in one case it is a thousandth of an eV, in the other a million of them.
      {"ev", &kElectronvolt},
      {"electronvolt", &kElectronvolt},
      {"electronvolts", &kElectronvolt},
      {"electron-volts", &kElectronvolt},
      {"kev", &kKiloelectronvolt},
  }};
  static constexpr std::array<Spelling, 12> units_only = {{
      {"a", &kAngstrom},
      {"pm", &kPicometre},
      {"mm", &kMillimetre},
      {"millimeter", &kMillimetre},
      {"millimeters", &kMillimetre},
      {"millimetre", &kMillimetre},
      {"millimetres", &kMillimetre},
      {"m", &kMetre},
      {"meter", &kMetre},
      {"meters", &kMetre},
      {"metre", &kMetre},
      {"metres", &kMetre},
  }};
  const std::string wanted = plain(text);
  for (const auto& [spelling, unit] : anywhere)
    if (wanted == spelling) return *unit;
  if (is_unit)
    for (const auto& [spelling, unit] : units_only)
      if (wanted == spelling) return *unit;
  return std::nullopt;
}

std::string_view axis_title(WavelengthUnit unit) {
  // Named in full: lupdate takes std of the result for the namespace that it is in.
  switch (unit) {
    case WavelengthUnit::Nanometre:
      return assayer::Message::marked("Wavelength (nm)");
    case WavelengthUnit::Micrometre:
      return assayer::Message::marked("Wavelength (µm)");
    case WavelengthUnit::InverseCentimetre:
      return assayer::Message::marked("Wavenumber (1/cm)");
    case WavelengthUnit::Channel:
      return assayer::Message::marked("Channel");
    case WavelengthUnit::Pixel:
      return assayer::Message::marked("Pixel");
  }
  return "Channel";
}

Result<WavelengthAxis> WavelengthAxis::create(std::vector<double> values, WavelengthUnit unit) {
  if (values.empty())
    return fail(
        {Error::Kind::Data, "the spectral axis is empty", "", "one position per channel", "none", ""});
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return fail({Error::Kind::Data, "the spectral axis is not finite", "", "a number for every channel",
                   fmt::format("{} at channel {} (counted from 0)", values[i], i),
                   "Give every channel its position, and mask those that must not be used in /bad_channel."});
    }
    // A length that is not positive is a fill value; it would also have no wavenumber.
    if (is_length(unit) && values[i] <= 0) {
      return fail(
          {Error::Kind::Data, "a wavelength is not positive", "",
           fmt::format("wavelengths above 0 {}", to_string(unit)),
           fmt::format("{} at channel {} (counted from 0)", values[i], i),
           "Replace fill values by the channel's wavelength, and mask channels that must not be used."});
    }
  }
  for (std::size_t i = 1; i < values.size(); ++i) {
    const bool rises = values[i] > values[i - 1];
    const bool falls = values[i] < values[i - 1];
    if ((rises || falls) && rises == (values[1] > values[0])) continue;
    return fail({Error::Kind::Data, "the spectral axis is not strictly monotonic", "",
                 "positions that only rise or only fall, without repeats",
                 fmt::format("{} after {} at channel {} (counted from 0)", values[i], values[i - 1], i),
                 "Sort the channels by position and merge those that repeat; where detectors overlap, "
                 "cut one of them."});
  }
  return WavelengthAxis(std::move(values), unit);
}

WavelengthAxis WavelengthAxis::channels(std::size_t n) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<double>(i);
  return {std::move(values), WavelengthUnit::Channel};
}

std::optional<std::vector<double>> WavelengthAxis::values_in(WavelengthUnit unit) const {
  if (unit == unit_) return values_;
  if (!is_spectral(unit) || !is_spectral(unit_)) return std::nullopt;
  std::vector<double> converted;
  converted.reserve(values_.size());
  for (const double value : values_) {
    // Raman shifts may be 0 or negative: they have no wavelength of their own.
    if (value <= 0) return std::nullopt;
    converted.push_back(from_nanometres(to_nanometres(value, unit_), unit));
  }
  return converted;
}

}  // namespace assayer
