// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/matlab_names.h"

#include <algorithm>
#include <array>

namespace assayer {

bool matlab_channels_come_first(std::string_view name) {
  constexpr std::array<std::string_view, 10> names = {"y",       "v",      "r",       "m",     "e",
                                                      "datalib", "bundle", "bundles", "mtrue", "etrue"};
  return std::ranges::find(names, name) != names.end();
}

void append_matlab_char(std::string& text, std::int64_t code) {
  const auto put = [&text](std::int64_t byte) {
    text += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code < 0 || code > 0xFFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    text += '?';
  } else if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace assayer
