// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assayer {

/// Whether an array of this name is usually channels × spectra in MATLAB files: those of the public unmixing
/// benchmarks (Y, V, M, E and the USGS library's datalib). `name` is in lower case.
bool matlab_channels_come_first(std::string_view name);

/// Appends a UTF-16 code unit as UTF-8; surrogates become "?".
void append_matlab_char(std::string& text, std::int64_t code);

}  // namespace assayer
