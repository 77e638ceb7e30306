// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preprocess/bands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/preprocess/steps_detail.h"

namespace assayer {

namespace {

/// A step's unit of positions, where it does not take the axis as it is.
std::optional<WavelengthUnit> chosen_unit(const StepSettings& resample) {
  return resample.is("unit", "axis") ? std::nullopt : parse_wavelength_unit(resample.text("unit"));
}

/// Channel and pixel numbers of two files say nothing of each other.
bool step_has(const StepSettings& resample, WavelengthUnit unit) {
  const auto& choices = resample.info().find("unit")->choices;
  return std::ranges::find(choices, to_string(unit)) != choices.end();
}

/// Joined by +. Positions in the file's own unit are kept to the last bit, so that the new axis is that of
/// the file; of converted ones the bits of the conversion are left out: 400.938721 nm is 0.400938721 um.
std::string listed(const std::vector<double>& numbers, bool converted) {
  return converted ? fmt::format("{:.12g}", fmt::join(numbers, "+"))
                   : fmt::format("{}", fmt::join(numbers, "+"));
}

}  // namespace

WavelengthUnit unit_before(const Pipeline& pipeline, std::size_t step, WavelengthUnit unit) {
  for (std::size_t i = 0; i < step && i < pipeline.steps.size(); ++i) {
    const StepSettings& before = pipeline.steps[i];
    if (before.enabled() && before.info().name == kResample) unit = chosen_unit(before).value_or(unit);
  }
  return unit;
}

Status take_bands(StepSettings& resample, const SensorBands& bands, WavelengthUnit axis_unit) {
  const WavelengthUnit unit = chosen_unit(resample).value_or(axis_unit);
  const auto positions = bands.axis.values_in(unit);
  if (!positions || !step_has(resample, unit)) {
    return fail({Error::Kind::Data, "the bands' unit does not convert to that of the spectra",
                 preprocess::place(resample), fmt::format("positions in {}", to_string(unit)),
                 fmt::format("in {}", to_string(bands.axis.unit())),
                 "Give the spectra's axis its unit when they are read, or list the positions."});
  }
  const bool converted = unit != bands.axis.unit();
  std::vector<double> widths = bands.fwhm;
  for (std::size_t j = 0; converted && j < widths.size(); ++j) widths[j] *= (*positions)[j] / bands.axis[j];
  std::string fwhm = resample.numbers("fwhm").size() > 1 ? "0" : resample.text("fwhm");
  if (!widths.empty()) fwhm = listed(widths, converted);
  for (const auto& [key, value] : std::vector<std::pair<std::string_view, std::string>>{
           {"from", "-inf"},
           {"to", "inf"},
           {"step", "0"},
           {"positions", listed(*positions, converted)},
           {"fwhm", std::move(fwhm)},
           // Written out, so that the step means the same where one before it goes to another unit.
           {"unit", std::string(to_string(unit))}})
    if (auto set = resample.set(key, value); !set) return set;
  return {};
}

}  // namespace assayer
