// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/sensor_bands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

namespace assayer {

std::vector<double> read_widths(std::string_view note, std::size_t channels) {
  constexpr std::string_view between = ", \t\r\n";
  std::vector<double> widths;
  for (auto at = note.find_first_not_of(between); at != std::string_view::npos;
       at = note.find_first_not_of(between, at)) {
    std::string_view entry = note.substr(at, note.find_first_of(between, at) - at);
    at += entry.size();
    if (entry.starts_with('+')) entry.remove_prefix(1);
    double width = 0;
    const auto [next, code] = std::from_chars(entry.data(), entry.data() + entry.size(), width);
    if (code != std::errc() || next != entry.data() + entry.size()) return {};
    // Some writers fill up with 0 or -1 what they do not know.
    widths.push_back(std::isfinite(width) && width > 0 ? width : 0);
  }
  if (widths.size() != channels) return {};
  return widths;
}

std::string widths_note(std::span<const double> fwhm) {
  return fmt::format("{}", fmt::join(fwhm, ", "));
}

}  // namespace assayer
