// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/data/wavelength_axis.h"

namespace assayer {

/// The channels of a spectrum at one place in a pipeline: their positions, and which of them are bad.
struct Channels {
  WavelengthAxis axis = WavelengthAxis::channels(0);  ///< [C]
  std::vector<std::uint8_t> bad;                      ///< [C], 1 = masked; never empty where C > 0

  [[nodiscard]] std::size_t size() const { return bad.size(); }
  /// Indices of the channels that are not bad, ascending.
  [[nodiscard]] std::vector<std::uint32_t> good() const;

  friend bool operator==(const Channels&, const Channels&) = default;
};

/// Closed intervals as the command line writes them: "110-1993+2169-4095", "1.35-1.45", "7" for one value.
using Ranges = std::vector<std::pair<double, double>>;
Result<Ranges> parse_ranges(std::string_view text);

/// Which channels lie in one of the `ranges`, [C], 1 = inside. `unit`: "channel" (positions in the spectrum
/// as it is here, from 0), "axis" (the axis' own unit), or "nm", "um", "cm-1" where the axis converts.
/// Usage error for a unit that the axis does not have; `where` names the setting.
Result<std::vector<std::uint8_t>> inside(const Channels& channels, const Ranges& ranges,
                                         std::string_view unit, std::string_view where);

/// The channels' positions in a unit as above.
Result<std::vector<double>> positions_in(const Channels& channels, std::string_view unit,
                                         std::string_view where);

}  // namespace assayer
