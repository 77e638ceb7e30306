// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/io/axis_reading.h"
#include "core/io/text.h"
#include "core/io/text_reading.h"

/// Shared by the readers of tables whose spectra are in rows and in columns.
namespace assayer::text {

/// A stop is polled at least that often within a line.
inline constexpr std::size_t kFieldsPerPoll = 16 * 1024;

/// Numbers of float32 from fields, with what has to be said about them.
class Cells {
 public:
  explicit Cells(const Layout& layout) : layout_(layout) {}

  std::optional<float> number(std::string_view field) {
    if (!layout_.missing.empty() && field == layout_.missing) return std::numeric_limits<float>::quiet_NaN();
    const auto value = parse_number<float>(field, layout_.decimal);
    if (!value || !std::isinf(*value)) return value;
    ++infinite_;
    return std::numeric_limits<float>::quiet_NaN();
  }
  void warn(std::vector<std::string>& warnings) const {
    if (infinite_ == 0) return;
    warnings.push_back(fmt::format("{} {} infinite or too large for 32 bits: taken as missing.", infinite_,
                                   infinite_ == 1 ? "value is" : "values are"));
  }

 private:
  const Layout& layout_;
  std::size_t infinite_ = 0;
};

inline std::unexpected<Error> bad_cell(std::uint64_t line, const Column& column, std::string_view found) {
  constexpr std::size_t shown = 40;
  return fail(
      {Error::Kind::Format, "this is no number", fmt::format("line {}, column \"{}\"", line, column.name),
       "a number, or nothing where it is missing", fmt::format("\"{}\"", to_utf8(found.substr(0, shown))),
       "Correct the field, give the text for missing numbers (missing), or map the column to another role."});
}

inline std::unexpected<Error> ragged(const TableLines& lines, std::size_t expected, std::size_t found) {
  const bool truncated = lines.reader().ended_in_line() && found < expected;
  return fail({Error::Kind::Format, "a line has another number of fields than the others",
               fmt::format("line {}", lines.reader().line_number()), fmt::format("{} fields", expected),
               fmt::format("{}", found),
               truncated ? "The file ends in this line: it looks truncated. Copy it again."
                         : "Complete the line, or begin it with # where it is a comment."});
}

inline std::unexpected<Error> changed() {
  return fail({Error::Kind::File, "the file changed while it was read", "", "", "", "Read it again."});
}

/// Calls `take(column, field, splitter)` for every field of a line, and checks their number.
template <class Take>
Status for_each_field(std::string_view line, const TableLines& lines, const Layout& layout,
                      RunControl& control, const Take& take) {
  FieldSplitter splitter(line, layout.delimiter);
  const std::size_t expected = layout.columns.size();
  std::size_t c = 0;
  for (std::string_view field; splitter.next(field); ++c) {
    if (c >= expected) {
      // One empty field too many is a delimiter at the line's end.
      std::string_view rest;
      if (c == expected && field.empty() && !splitter.next(rest)) return {};
      std::size_t found = c + 1;
      while (splitter.next(rest)) ++found;
      return ragged(lines, expected, std::max(found, expected + 1));
    }
    if (c % kFieldsPerPoll == kFieldsPerPoll - 1 && control.stop_requested()) return fail(Error::cancel());
    if (Status status = take(c, field); !status) return status;
  }
  if (c != expected) return ragged(lines, expected, c);
  return {};
}

inline AxisHints hints_of(const Layout& layout, const ImportOptions& options) {
  AxisHints hints;
  hints.unit_text = layout.unit_text;
  hints.unit = options.unit;
  return hints;
}

}  // namespace assayer::text
