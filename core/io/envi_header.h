// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace assayer {

/// The header of an ENVI image or spectral library: lines KEY = VALUE and KEY = { … }, the latter over as
/// many lines as it takes. Keys are lower case here, with single blanks; values are trimmed, UTF-8, and
/// without their braces. Comment lines (;) are dropped.
///
/// Source: ENVI Header Files, https://www.nv5geospatialsoftware.com/docs/ENVIHeaderFiles.html
class EnviHeader {
 public:
  /// Fails where the text does not begin with ENVI (NotThisFormat), a brace stays open or no key is found.
  static Result<EnviHeader> parse(std::string_view text);
  /// Refuses files that are too large for a header.
  static Result<EnviHeader> read(const std::filesystem::path& path);

  [[nodiscard]] const std::map<std::string, std::string>& keys() const { return keys_; }
  /// Null where there is no such key.
  [[nodiscard]] const std::string* find(std::string_view key) const;

  /// A whole number within [low, high]. Errors name the key; a missing key without `otherwise` is one.
  [[nodiscard]] Result<std::uint64_t> whole(std::string_view key, std::uint64_t low, std::uint64_t high,
                                            std::optional<std::uint64_t> otherwise = std::nullopt) const;
  /// The entries between commas, trimmed; empty where the key is missing.
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;
  /// The numbers of a list; empty where the key is missing. Errors name key and entry.
  [[nodiscard]] Result<std::vector<double>> numbers(std::string_view key) const;

 private:
  std::map<std::string, std::string> keys_;
};

/// Keys that say how the data lie in their file and what its numbers mean: no notes of its own.
inline constexpr std::array<std::string_view, 17> kEnviDataKeys = {"samples",
                                                                   "lines",
                                                                   "bands",
                                                                   "header offset",
                                                                   "file type",
                                                                   "data type",
                                                                   "interleave",
                                                                   "byte order",
                                                                   "wavelength units",
                                                                   "wavelength",
                                                                   "bbl",
                                                                   "spectra names",
                                                                   "data ignore value",
                                                                   "data gain values",
                                                                   "data offset values",
                                                                   "reflectance scale factor",
                                                                   "file compression"};

/// Of a library with more spectra, nobody means all as endmembers of one mixture.
inline constexpr std::size_t kMostEnviEndmembers = 256;

/// The two files of an ENVI data set.
struct EnviFiles {
  std::filesystem::path header;
  std::filesystem::path data;
};

/// The files that `path`, header or data, belongs to. NotThisFormat where there is no ENVI header; a File
/// error that lists where was looked where the header stands alone.
Result<EnviFiles> find_envi_files(const std::filesystem::path& path);

}  // namespace assayer
