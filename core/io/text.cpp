// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace assayer {

namespace {

/// Bytes of the well-formed sequence at the start of `text`, or 0 (RFC 3629: no surrogates, no overlong
/// forms, nothing above U+10FFFF).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto follows = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const std::uint8_t low = first == 0xE0 ? 0xA0 : 0x80;
    const std::uint8_t high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const std::uint8_t low = first == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::string to_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80) {
      result += c;
    } else {
      result += static_cast<char>(0xC0 | (byte >> 6));
      result += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return result;
}

std::string byte_size(double bytes) {
  constexpr std::array<std::string_view, 7> units = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} {}", bytes, units[unit])
                   : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string describe_bytes(std::string_view head) {
  struct Magic {
    std::string_view bytes;
    std::string_view name;
  };
  static constexpr std::array<Magic, 8> magics = {{{"\x1f\x8b", "a gzip archive"},
                                                   {"PK\x03\x04", "a zip archive or spreadsheet"},
                                                   {"MATLAB 5.0", "a MATLAB 5 file"},
                                                   {"\x93NUMPY", "a NumPy array"},
                                                   {"CDF", "a classic NetCDF file"},
                                                   {"SIMPLE  =", "a FITS file"},
                                                   {"\x89PNG", "a PNG image"},
                                                   {"%PDF", "a PDF document"}}};
  if (head.empty()) return "nothing";
  for (const auto& magic : magics)
    if (head.starts_with(magic.bytes)) return std::string(magic.name);
  constexpr std::size_t shown = 24;
  const std::string_view start = head.substr(0, shown);
  const std::string_view line = start.substr(0, start.find_first_of("\r\n"));
  bool readable = !line.empty();
  for (const char c : line) readable = readable && (c == '\t' || static_cast<std::uint8_t>(c) >= 0x20);
  if (readable) return fmt::format("text that begins \"{}\"", to_utf8(line));
  std::string bytes;
  for (const char c : head.substr(0, 8)) bytes += fmt::format(" {:02x}", static_cast<std::uint8_t>(c));
  return "bytes" + bytes;
}

}  // namespace assayer
