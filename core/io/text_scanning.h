// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace assayer {

/// The lines of a text file, read in blocks: memory for one block and the longest line.
///
/// Lines end with LF, CR LF, or CR alone where the first block has no LF. A line break inside quotes belongs
/// to the line; a quote that is not closed within 64 KiB is an ordinary character. A UTF-8 byte order mark is
/// dropped.
class LineReader {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{256} << 20;

  static Result<LineReader> open(const std::filesystem::path& path);

  /// Whether there is another line; `line` comes without its end and is valid until the next call. Fails
  /// where the file cannot be read, a line is longer than kLongestLine, or the text is UTF-16.
  Result<bool> next(std::string_view& line);
  /// Of the line that `next` gave last, counted from 1.
  [[nodiscard]] std::uint64_t line_number() const { return line_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return consumed_; }
  /// Of the file when it was opened, at least 1.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Whether the last line came without a line end: the file may be truncated.
  [[nodiscard]] bool ended_in_line() const { return ended_in_line_; }

 private:
  LineReader(std::ifstream stream, std::uint64_t bytes);
  /// More bytes behind those not consumed; false at the end of the file.
  Result<bool> fill();
  Result<std::optional<std::size_t>> find_end(std::size_t from);

  std::ifstream stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t bytes_;
  std::uint64_t consumed_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t next_line_ = 1;
  char line_end_ = '\n';
  bool started_ = false;
  bool ended_in_line_ = false;
};

/// The fields of one line, one after the other. Blanks around fields are dropped; a field in quotes may hold
/// the delimiter, and a doubled quote stands for one. The delimiter ' ' stands for any run of blanks and
/// tabs.
class FieldSplitter {
 public:
  FieldSplitter(std::string_view line, char delimiter) : rest_(line), delimiter_(delimiter) {
    if (delimiter_ == ' ') skip_blanks();
    done_ = delimiter_ == ' ' && rest_.empty();
  }
  /// False after the last field. The view is valid until the next call.
  bool next(std::string_view& field);
  /// Whether the field that `next` gave last stood in quotes.
  [[nodiscard]] bool quoted() const { return quoted_; }

 private:
  void skip_blanks();
  std::string_view quoted_field();

  std::string_view rest_;
  char delimiter_;
  bool done_ = false;
  bool quoted_ = false;
  std::string unescaped_;
};

std::vector<std::string> split_fields(std::string_view line, char delimiter);

/// Without blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

/// Whether the text stands for a missing number: empty, "NA", "n/a", "nan", "null", "none", "-", "?" …
bool is_missing_marker(std::string_view text);

/// The number, NaN for a missing marker, nullopt for anything else. `text` is trimmed; `decimal` is '.' or
/// ','. Takes a leading '+' and Fortran's exponents ("1.0D+03"). Numbers beyond the type become infinite.
template <class T>  // float, double
std::optional<T> parse_number(std::string_view text, char decimal = '.');

}  // namespace assayer
