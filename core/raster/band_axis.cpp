// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/raster/band_axis.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/letters.h"

namespace assayer {

namespace {

struct Found {
  std::vector<double> values;
  std::string unit;
};

/// The number that `text` begins with, and what follows it; nullopt where it does not begin with one.
std::optional<std::pair<double, std::string_view>> leading_number(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n\r");
  if (first == std::string_view::npos) return std::nullopt;
  text.remove_prefix(first);
  double value = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{}) return std::nullopt;
  return std::pair{value, text.substr(static_cast<std::size_t>(stop - text.data()))};
}

/// Per band the value of the first of `keys` (lower case; the unit they imply) that it has.
std::optional<Found> from_items(const std::vector<BandMetadata>& bands) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> keys = {
      {{"wavelength", ""},
       {"central_wavelength_um", "um"},
       {"centerwavelength", ""},
       {"center_wavelength", ""},
       {"netcdf_dim_wavelength", ""},
       {"netcdf_dim_wavelengths", ""},
       {"netcdf_dim_wavenumber", "cm-1"}}};
  for (const auto& [key, implied] : keys) {
    Found found;
    found.unit = implied;
    for (const auto& band : bands) {
      for (const auto& [name, value] : band.items) {
        const std::string plain = lower(name);
        if (plain == key) {
          if (const auto number = leading_number(value)) {
            found.values.push_back(number->first);
            if (found.unit.empty()) found.unit = number->second;
          }
        } else if (plain == "wavelength_units" || plain == "wavelength units") {
          found.unit = value;
        }
      }
    }
    if (found.values.size() == bands.size()) return found;
  }
  return std::nullopt;
}

/// The numbers of a JSON value: an array, or one of objects {"value": …, "unit": …}.
void add_numbers(const nlohmann::json& json, Found& found) {
  if (json.is_number()) found.values.push_back(json.get<double>());
  if (json.is_array())
    for (const auto& entry : json) add_numbers(entry, found);
  if (json.is_object() && json.contains("value")) {
    add_numbers(json["value"], found);
    if (json.contains("unit") && json["unit"].is_string()) found.unit = json["unit"].get<std::string>();
  }
}

/// ISIS: …/BandBin/{Center, Units}; PDS3: …/BAND_BIN_CENTER with BAND_BIN_UNIT beside it, at any depth.
void search_json(const nlohmann::json& json, Found& found, int depth) {
  constexpr int deepest = 32;
  if (depth > deepest || !found.values.empty()) return;
  if (!json.is_object() && !json.is_array()) return;
  if (json.is_object()) {
    for (const auto& [center, unit] :
         {std::pair{"BAND_BIN_CENTER", "BAND_BIN_UNIT"}, std::pair{"Center", "Units"},
          std::pair{"Center", "Unit"}, std::pair{"Wavelength", "Units"}}) {
      if (!json.contains(center)) continue;
      add_numbers(json[center], found);
      if (!found.values.empty() && found.unit.empty() && json.contains(unit) && json[unit].is_string())
        found.unit = json[unit].get<std::string>();
      if (!found.values.empty()) return;
    }
  }
  for (const auto& child : json) search_json(child, found, depth + 1);
}

/// PDS4: <…center_wavelength unit="nm">425.2</…>, one per band in their order.
Found search_xml(std::string_view text) {
  constexpr std::string_view tag = "center_wavelength";
  Found found;
  for (auto at = text.find(tag); at != std::string_view::npos; at = text.find(tag, at + tag.size())) {
    const auto open = text.rfind('<', at);
    const auto close = text.find('>', at);
    if (open == std::string_view::npos || close == std::string_view::npos || text[open + 1] == '/') continue;
    const auto attributes = text.substr(at + tag.size(), close - at - tag.size());
    if (const auto unit = attributes.find("unit=\""); unit != std::string_view::npos) {
      const auto begin = unit + 6;
      found.unit = attributes.substr(begin, attributes.find('"', begin) - begin);
    }
    if (const auto number = leading_number(text.substr(close + 1, 64))) found.values.push_back(number->first);
  }
  return found;
}

std::optional<Found> from_label(std::string_view label, std::size_t count) {
  Found found;
  if (label.starts_with('<')) {
    found = search_xml(label);
  } else {
    const auto json = nlohmann::json::parse(label, nullptr, false);
    if (!json.is_discarded()) search_json(json, found, 0);
  }
  return found.values.size() == count ? std::optional(std::move(found)) : std::nullopt;
}

/// "Band 7 (425.2 Nanometers)", "425.2 nm", "425.2": a number with a unit, or the whole.
std::optional<Found> from_descriptions(const std::vector<BandMetadata>& bands) {
  Found found;
  for (const auto& band : bands) {
    std::string_view text = band.description;
    if (const auto bracket = text.find('('); bracket != std::string_view::npos)
      text.remove_prefix(bracket + 1);
    const auto number = leading_number(text);
    if (!number) return std::nullopt;
    const auto rest = number->second.substr(0, number->second.find(')'));
    const bool has_unit = find_wavelength_unit(rest).has_value();
    if (!has_unit && rest.find_first_not_of(" \t") != std::string_view::npos) return std::nullopt;
    found.values.push_back(number->first);
    if (has_unit) found.unit = rest;
  }
  // "1", "2", "3" are numbers of bands.
  const auto counts_from = [&found](double start) {
    for (std::size_t i = 0; i < found.values.size(); ++i)
      if (found.values[i] != start + static_cast<double>(i)) return false;
    return true;
  };
  if (found.unit.empty() && (counts_from(0) || counts_from(1))) return std::nullopt;
  return found;
}

}  // namespace

ReadAxis band_axis(const std::vector<BandMetadata>& bands, std::string_view label,
                   std::optional<WavelengthUnit> unit) {
  auto found = from_items(bands);
  if (!found && !label.empty()) found = from_label(label, bands.size());
  if (!found) found = from_descriptions(bands);
  if (!found) return number_channels(bands.size());
  return read_axis(std::move(found->values), {std::move(found->unit), unit, "The bands' wavelengths"});
}

}  // namespace assayer
