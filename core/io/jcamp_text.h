// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace assayer {

/// A block of a JCAMP-DX file: from ##TITLE= to ##END=.
struct JcampBlock {
  struct Line {
    std::size_t number = 0;  ///< in the file, from 1
    std::string_view text;   ///< without comments
  };
  /// Labels in capitals without blanks, dashes, slashes and underscores: "DATATYPE", "XUNITS", "NPOINTS".
  std::map<std::string, std::string> records;
  std::string data_label;  ///< "XYDATA", "XYPOINTS", "PEAKTABLE", "NTUPLES" …; empty: none
  std::string data_form;   ///< "(X++(Y..Y))"
  std::vector<Line> data;  ///< the lines behind the label
  std::size_t first_line = 0;

  /// A record that is a number.
  [[nodiscard]] std::optional<double> number(const std::string& label) const;
  [[nodiscard]] std::string text(const std::string& label) const;
};

/// The blocks of a file, inner before outer, as McDonald and Wilks (Appl. Spectrosc. 42, 151–162, 1988,
/// doi:10.1366/0003702884428734) describe them. The lines refer to `text`.
std::vector<JcampBlock> jcamp_blocks(std::string_view text);

/// Ordinates and abscissae of a block.
struct JcampData {
  std::vector<double> x;
  std::vector<double> y;
  std::vector<std::string> warnings;
};

/// Whether the block holds a curve and no list of peaks, which pairs of a mass spectrum are under any label.
bool jcamp_is_spectrum(const JcampBlock& block);

/// Decodes XYDATA in every form of the standard's ordinates (AFFN, PAC, SQZ, DIF, DUP), with its checks, and
/// points as pairs. Peaks and NTUPLES are refused. No more than `most` values are made.
Result<JcampData> jcamp_data(const JcampBlock& block, std::uint64_t most);

}  // namespace assayer
