// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preprocess/channels.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>

namespace assayer {

std::vector<std::uint32_t> Channels::good() const {
  std::vector<std::uint32_t> result;
  result.reserve(bad.size());
  for (std::size_t c = 0; c < bad.size(); ++c)
    if (bad[c] == 0) result.push_back(static_cast<std::uint32_t>(c));
  return result;
}

Result<Ranges> parse_ranges(std::string_view text) {
  const auto bad = [&] {
    return fail({Error::Kind::Usage, "the ranges are not understood", "", "FIRST-LAST joined by +",
                 std::string(text), "For example 110-1993+2169-4095."});
  };
  Ranges ranges;
  if (text.empty()) return ranges;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    double first = 0;
    const auto begun = std::from_chars(at, end, first);
    if (begun.ec != std::errc() || !std::isfinite(first)) return bad();
    at = begun.ptr;
    double last = first;
    if (at != end && *at == '-') {
      const auto ended = std::from_chars(at + 1, end, last);
      if (ended.ec != std::errc() || !std::isfinite(last) || last < first) return bad();
      at = ended.ptr;
    }
    ranges.emplace_back(first, last);
    if (at == end) return ranges;
    if (*at != '+') return bad();
    ++at;
  }
}

Result<std::vector<double>> positions_in(const Channels& channels, std::string_view unit,
                                         std::string_view where) {
  std::vector<double> positions(channels.size());
  if (unit == "channel") {
    for (std::size_t c = 0; c < positions.size(); ++c) positions[c] = static_cast<double>(c);
    return positions;
  }
  if (unit == "axis")
    return std::vector<double>(channels.axis.values().begin(), channels.axis.values().end());
  const auto parsed = parse_wavelength_unit(unit);
  auto converted = parsed ? channels.axis.values_in(*parsed) : std::nullopt;
  if (!converted) {
    return fail({Error::Kind::Usage, "the spectra's axis has no such unit", std::string(where),
                 fmt::format("channel, axis, or a unit that {} converts to", to_string(channels.axis.unit())),
                 std::string(unit), "Say unit=channel to count channels."});
  }
  return *std::move(converted);
}

Result<std::vector<std::uint8_t>> inside(const Channels& channels, const Ranges& ranges,
                                         std::string_view unit, std::string_view where) {
  const auto positions = positions_in(channels, unit, where);
  if (!positions) return fail(positions.error());
  std::vector<std::uint8_t> result(channels.size(), 0);
  for (std::size_t c = 0; c < result.size(); ++c)
    for (const auto& [first, last] : ranges)
      if ((*positions)[c] >= first && (*positions)[c] <= last) result[c] = 1;
  return result;
}

}  // namespace assayer
