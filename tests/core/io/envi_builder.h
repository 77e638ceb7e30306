// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace assayer::test {

/// Writes ENVI images of known numbers, byte by byte, with nothing of the code under test.
struct EnviBuilder {
  std::size_t lines = 3;
  std::size_t samples = 5;
  std::size_t bands = 4;
  int type = 4;  ///< ENVI's code
  std::string interleave = "bip";
  bool big_endian = false;
  std::size_t offset = 0;
  std::string more = {};  ///< further lines of the header

  /// Counts from 1: at the default size below 128, so that every type holds the numbers.
  [[nodiscard]] double value(std::size_t line, std::size_t sample, std::size_t band) const {
    return static_cast<double>((line * samples + sample) * bands + band + 1);
  }

  [[nodiscard]] std::string bytes_of(double value) const {
    switch (type) {
      case 1:
        return as<std::uint8_t>(value);
      case 2:
        return as<std::int16_t>(value);
      case 3:
        return as<std::int32_t>(value);
      case 4:
        return as<float>(value);
      case 5:
        return as<double>(value);
      // Complex: the sides of a triangle whose third side is five times the value.
      case 6:
        return as<float>(3 * value) + as<float>(-4 * value);
      case 9:
        return as<double>(3 * value) + as<double>(-4 * value);
      case 12:
        return as<std::uint16_t>(value);
      case 13:
        return as<std::uint32_t>(value);
      case 14:
        return as<std::int64_t>(value);
      default:
        return as<std::uint64_t>(value);
    }
  }

  [[nodiscard]] std::string data() const {
    std::string bytes(offset, 'x');
    const auto number = [&](std::size_t l, std::size_t s, std::size_t b) {
      bytes += bytes_of(value(l, s, b));
    };
    if (interleave == "bsq") {
      for (std::size_t b = 0; b < bands; ++b)
        for (std::size_t l = 0; l < lines; ++l)
          for (std::size_t s = 0; s < samples; ++s) number(l, s, b);
    } else if (interleave == "bil") {
      for (std::size_t l = 0; l < lines; ++l)
        for (std::size_t b = 0; b < bands; ++b)
          for (std::size_t s = 0; s < samples; ++s) number(l, s, b);
    } else {
      for (std::size_t l = 0; l < lines; ++l)
        for (std::size_t s = 0; s < samples; ++s)
          for (std::size_t b = 0; b < bands; ++b) number(l, s, b);
    }
    return bytes;
  }

  [[nodiscard]] std::string header() const {
    std::string text = "ENVI\n";
    const auto add = [&text](const char* key, const std::string& v) {
      text += std::string(key) + " = " + v + "\n";
    };
    add("samples", std::to_string(samples));
    add("lines", std::to_string(lines));
    add("bands", std::to_string(bands));
    add("header offset", std::to_string(offset));
    add("data type", std::to_string(type));
    add("interleave", interleave);
    add("byte order", big_endian ? "1" : "0");
    return text + more;
  }

  void write(const std::filesystem::path& header_path, const std::filesystem::path& data_path) const {
    std::ofstream(header_path, std::ios::binary) << header();
    std::ofstream(data_path, std::ios::binary) << data();
  }

 private:
  template <class T>
  [[nodiscard]] std::string as(double value) const {
    const auto number = static_cast<T>(value);
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    if (big_endian != (std::endian::native == std::endian::big)) std::ranges::reverse(bytes);
    return bytes;
  }
};

}  // namespace assayer::test
