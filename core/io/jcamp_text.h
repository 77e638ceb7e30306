// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/io/byte_source.h"

namespace assayer {

/// A block of a JCAMP-DX file: from ##TITLE= to ##END=.
struct JcampBlock {
  /// Labels in capitals without blanks, dashes, slashes and underscores: "DATATYPE", "XUNITS", "NPOINTS".
  std::map<std::string, std::string> records;
  std::string data_label;     ///< "XYDATA", "XYPOINTS", "PEAKTABLE", "NTUPLES" …; empty: none
  std::string data_form;      ///< "(X++(Y..Y))"
  std::string data;           ///< the lines behind the label, without comments, each with "\n" behind it
  std::size_t data_line = 0;  ///< of the first of them in the file, from 1
  std::size_t first_line = 0;

  /// A record that is a number.
  [[nodiscard]] std::optional<double> number(const std::string& label) const;
  [[nodiscard]] std::string text(const std::string& label) const;
};

/// The blocks of a file, inner before outer, as McDonald and Wilks (Appl. Spectrosc. 42, 151–162, 1988,
/// doi:10.1366/0003702884428734) describe them. Of the text, that of the blocks that were not closed yet is
/// in memory: of one, where each spectrum has its ##END=.
class JcampReader {
 public:
  explicit JcampReader(std::unique_ptr<ByteSource> text) : source_(std::move(text)) {}

  /// Nothing behind the last one.
  Result<std::optional<JcampBlock>> next();
  /// As far as the last line that was taken.
  [[nodiscard]] std::uint64_t bytes_read() const { return read_ - (buffer_.size() - at_); }

 private:
  Result<bool> next_line(std::string_view& line);
  Status fill();
  /// A line that begins with a label; whether it closes the innermost block.
  bool take_record(std::string_view label_text, std::string_view value);
  JcampBlock close();

  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t read_ = 0;
  bool ended_ = false;
  std::size_t number_ = 0;  ///< of the line that was taken last
  std::vector<JcampBlock> open_;
  std::uint64_t open_bytes_ = 0;      ///< of the data of open blocks
  std::string* continued_ = nullptr;  ///< the record that the next lines belong to
  bool in_data_ = false;
};

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
