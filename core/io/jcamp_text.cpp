// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/jcamp_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "core/base/letters.h"
#include "core/io/text.h"

namespace assayer {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string plain_label(std::string_view label) {
  std::string plain;
  for (const char c : label) {
    if (c == ' ' || c == '-' || c == '/' || c == '_' || c == '\t') continue;
    plain += upper(c);
  }
  return plain;
}

bool holds_curve(const std::string& label) {
  return label == "XYDATA" || label == "XYPOINTS" || label == "RADATA";
}

bool holds_data(const std::string& label) {
  return holds_curve(label) || label == "PEAKTABLE" || label == "PEAKASSIGNMENTS" || label == "NTUPLES" ||
         label == "DATATABLE";
}

/// The form as the standard writes it: "(X++(Y..Y))".
std::string plain_form(const JcampBlock& block) {
  std::string form = upper(block.data_form);
  std::erase_if(form, [](char c) { return c == ' ' || c == '\t'; });
  return form;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end == text.data() || !std::isfinite(value)) return std::nullopt;
  // "0,5": half of the number would be another one.
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rest.size() > 1 && rest[0] == ',' && is_digit(rest[1])) return std::nullopt;
  return value;
}

/// A number of the packed forms.
struct Token {
  enum class Kind { Value, Difference, Repeat, Missing };
  Kind kind = Kind::Value;
  double value = 0;
};

/// Where an "E" without a sign begins an exponent; elsewhere it is the packed digit 5. The standard's own
/// exponents always have a sign.
enum class Exponent {
  Signed,    ///< nowhere: abscissae may have a point, and a packed ordinate follows without a blank
  Decimals,  ///< in a number with a point: packed ordinates have none
  Any,       ///< wherever it stands: pairs are never packed
};

/// Takes numbers off a line.
class Tokens {
 public:
  explicit Tokens(std::string_view line) : rest_(line) {}

  [[nodiscard]] bool done() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == ',' || rest_[0] == ';'))
      rest_.remove_prefix(1);
    return rest_.empty();
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  /// Nothing where a sign stands that no form has.
  std::optional<Token> next(Exponent exponent) {
    const char c = rest_[0];
    if (c == '?') {
      rest_.remove_prefix(1);
      return Token{Token::Kind::Missing, std::numeric_limits<double>::quiet_NaN()};
    }
    // The table of pseudo-digits (McDonald and Wilks, table IV).
    if (c == '@') return packed(Token::Kind::Value, "0");
    if (c >= 'A' && c <= 'I')
      return packed(Token::Kind::Value, std::string(1, static_cast<char>('1' + (c - 'A'))));
    if (c >= 'a' && c <= 'i')
      return packed(Token::Kind::Value, std::string("-") + static_cast<char>('1' + (c - 'a')));
    if (c == '%') return packed(Token::Kind::Difference, "0");
    if (c >= 'J' && c <= 'R')
      return packed(Token::Kind::Difference, std::string(1, static_cast<char>('1' + (c - 'J'))));
    if (c >= 'j' && c <= 'r')
      return packed(Token::Kind::Difference, std::string("-") + static_cast<char>('1' + (c - 'j')));
    if (c >= 'S' && c <= 'Z')
      return packed(Token::Kind::Repeat, std::string(1, static_cast<char>('1' + (c - 'S'))));
    if (c == 's') return packed(Token::Kind::Repeat, "9");
    return plain(exponent);
  }

 private:
  std::optional<Token> packed(Token::Kind kind, std::string digits) {
    rest_.remove_prefix(1);
    const auto end = std::min(rest_.find_first_not_of("0123456789."), rest_.size());
    digits += rest_.substr(0, end);
    rest_.remove_prefix(end);
    const auto value = parse_number(digits);
    return value ? std::optional(Token{kind, *value}) : std::nullopt;
  }

  /// A number as everybody writes it.
  std::optional<Token> plain(Exponent exponent) {
    std::size_t end = rest_[0] == '+' || rest_[0] == '-' ? 1 : 0;
    bool point = false;
    const std::size_t first = end;
    while (end < rest_.size() && (is_digit(rest_[end]) || (rest_[end] == '.' && !point))) {
      point = point || rest_[end] == '.';
      ++end;
    }
    if (end == first) return std::nullopt;
    if (end + 1 < rest_.size() && (rest_[end] == 'E' || rest_[end] == 'e')) {
      const bool sign = rest_[end + 1] == '+' || rest_[end + 1] == '-';
      const std::size_t digits = end + (sign ? 2 : 1);
      const bool meant = sign || exponent == Exponent::Any || (exponent == Exponent::Decimals && point);
      if (meant && digits < rest_.size() && is_digit(rest_[digits])) {
        end = digits;
        while (end < rest_.size() && is_digit(rest_[end])) ++end;
      }
    }
    const auto value = parse_number(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return value ? std::optional(Token{Token::Kind::Value, *value}) : std::nullopt;
  }

  std::string_view rest_;
};

struct Line {
  std::size_t number = 0;  ///< in the file, from 1
  std::string_view text;
};

/// The lines of a block's data that are not empty.
class DataLines {
 public:
  explicit DataLines(const JcampBlock& block) : rest_(block.data), number_(block.data_line) {}

  bool next(Line& line) {
    while (!rest_.empty()) {
      const auto end = rest_.find('\n');
      const Line next = {number_++, rest_.substr(0, end)};
      rest_.remove_prefix(end + 1);
      if (next.text.empty()) continue;
      line = next;
      return true;
    }
    return false;
  }

 private:
  std::string_view rest_;
  std::size_t number_;
};

std::unexpected<Error> broken(const Line& line, std::string what, std::string expected, std::string found) {
  return fail({Error::Kind::Format, std::move(what), fmt::format("line {}", line.number), std::move(expected),
               std::move(found), "Write the file again from its source."});
}

/// Ordinates as they come, line by line.
class Decoder {
 public:
  Decoder(std::uint64_t most, std::vector<double>& y) : most_(most), y_(y) {}

  /// The first number of the line is an abscissa.
  Result<double> line(const Line& line) {
    Tokens tokens(line.text);
    const auto x = tokens.next(Exponent::Signed);
    if (!x || x->kind != Token::Kind::Value) return bad_sign(line, tokens);
    bool check = in_differences_;
    in_differences_ = false;
    std::optional<Token> last;
    while (!tokens.done()) {
      const auto token = tokens.next(Exponent::Decimals);
      if (!token) return bad_sign(line, tokens);
      if (check) {
        // The last ordinate of the line before stands here again.
        check = false;
        const bool value = token->kind == Token::Kind::Value;
        // SpectraFile writes 0 behind the last point, whatever that is.
        if (value && token->value == 0 && y_.back() != 0 && y_.size() == most_ && tokens.done()) {
          last_check_missing_ = true;
          break;
        }
        if (!value || token->value != y_.back()) {
          return broken(line, "the check value is not the last value of the line before",
                        fmt::format("{}", y_.back()), fmt::format("{}", token->value));
        }
        last = token;
        continue;
      }
      if (auto status = take(line, *token, last); !status) return fail(status.error());
    }
    return x->value;
  }

  /// The next line repeats the last ordinate, and gives its abscissa.
  [[nodiscard]] bool in_differences() const { return in_differences_; }
  /// 0 stands in the place of the check behind the last of all values.
  [[nodiscard]] bool last_check_missing() const { return last_check_missing_; }

 private:
  static std::unexpected<Error> bad_sign(const Line& line, const Tokens& tokens) {
    return broken(line, "this is no number in any form of JCAMP-DX", "digits, or letters of the packed forms",
                  fmt::format("\"{}\"", to_utf8(tokens.rest().substr(0, 12))));
  }

  Status put(const Line& line, double value) {
    if (y_.size() >= most_)
      return broken(line, "there are more values than the block declares", fmt::format("{}", most_), "more");
    y_.push_back(value);
    return {};
  }

  Status take(const Line& line, const Token& token, std::optional<Token>& last) {
    switch (token.kind) {
      case Token::Kind::Value:
      case Token::Kind::Missing:
        last = token;
        in_differences_ = false;
        return put(line, token.value);
      case Token::Kind::Difference:
        if (y_.empty())
          return broken(line, "a difference stands before any value", "a value", "a difference");
        last = token;
        in_differences_ = true;
        return put(line, y_.back() + token.value);
      case Token::Kind::Repeat:
        if (!last || !(token.value >= 1))
          return broken(line, "a repetition stands before any value", "a value", "a repetition");
        // Far above what a line can hold; `put` ends the loop before.
        for (auto n = static_cast<std::uint64_t>(std::min(std::ceil(token.value), 1e15)); n > 1; --n) {
          const double value = last->kind == Token::Kind::Difference ? y_.back() + last->value : last->value;
          if (auto status = put(line, value); !status) return status;
        }
        return {};
    }
    return {};
  }

  std::uint64_t most_;
  std::vector<double>& y_;
  bool in_differences_ = false;
  bool last_check_missing_ = false;
};

/// A factor of a block; 1 where it has none.
Result<double> factor_of(const JcampBlock& block, const std::string& label) {
  const std::string text = block.text(label);
  if (text.empty()) return 1;
  const auto factor = block.number(label);
  if (factor && *factor != 0) return *factor;
  return fail({Error::Kind::Format, "a factor cannot be one",
               fmt::format("block at line {}", block.first_line),
               fmt::format("{} = a number, with a decimal point, that is not 0", label),
               fmt::format("\"{}\"", text), "Write the file again from its source."});
}

/// Where a line begins: at its first new value or, with a check, mostly at the value that it repeats.
struct LineStart {
  std::size_t value = 0;
  std::size_t repeated = 0;
  double x = 0;
};

Result<JcampData> read_table(const JcampBlock& block, std::uint64_t most) {
  const auto first = block.number("FIRSTX");
  const auto last = block.number("LASTX");
  const auto points = block.number("NPOINTS");
  const auto step = block.number("DELTAX");
  const auto x_factor = factor_of(block, "XFACTOR");
  if (!x_factor) return fail(x_factor.error());
  const auto y_factor = factor_of(block, "YFACTOR");
  if (!y_factor) return fail(y_factor.error());
  JcampData data;
  std::uint64_t limit = most;
  if (points && *points >= 0 && *points < static_cast<double>(most))
    limit = static_cast<std::uint64_t>(*points);
  Decoder decoder(limit, data.y);
  std::vector<LineStart> line_starts;
  DataLines lines(block);
  for (Line line; lines.next(line);) {
    const std::size_t before = data.y.size();
    const bool repeats = decoder.in_differences();
    const auto x = decoder.line(line);
    if (!x) return fail(x.error());
    if (data.y.size() > before)
      line_starts.push_back({before, repeats ? before - 1 : before, *x * *x_factor});
  }
  const std::size_t count = data.y.size();
  if (points && *points != static_cast<double>(count)) {
    return fail({Error::Kind::Format, "the block has another number of points than it declares",
                 fmt::format("block at line {}", block.first_line), fmt::format("NPOINTS = {}", *points),
                 fmt::format("{}", count), "The file is incomplete: write it again from its source."});
  }
  if (!first || (!last && !step)) {
    return fail({Error::Kind::Format, "the block does not say where its points lie",
                 fmt::format("block at line {}", block.first_line), "FIRSTX with LASTX or DELTAX, as numbers",
                 fmt::format("\"{}\", \"{}\" and \"{}\"", block.text("FIRSTX"), block.text("LASTX"),
                             block.text("DELTAX")),
                 "Write the file again from its source."});
  }
  const double delta =
      last && count > 1 ? (*last - *first) / static_cast<double>(count - 1) : step.value_or(0);
  for (std::size_t i = 0; i < count; ++i) data.x.push_back(*first + delta * static_cast<double>(i));
  for (const auto& [value, repeated, x] : line_starts) {
    // Abscissae of lines are rounded; more than a whole step off is another matter.
    const double off = std::min(std::abs(x - data.x[value]), std::abs(x - data.x[repeated]));
    if (off <= std::abs(delta) * 1.5 + std::abs(x) * 1e-5) continue;
    data.warnings.push_back(fmt::format(
        "Block at line {}: a line begins at x = {:g} where FIRSTX and LASTX give {:g}; the latter are "
        "taken.",
        block.first_line, x, data.x[repeated]));
    break;
  }
  if (decoder.last_check_missing()) {
    data.warnings.push_back(fmt::format(
        "Block at line {}: 0 stands where the last value, {}, is repeated as a check; all {} points "
        "are there and are taken.",
        block.first_line, data.y.back(), count));
  }
  for (double& y : data.y) y *= *y_factor;
  return data;
}

Result<JcampData> read_points(const JcampBlock& block, std::uint64_t most) {
  const auto x_factor = factor_of(block, "XFACTOR");
  if (!x_factor) return fail(x_factor.error());
  const auto y_factor = factor_of(block, "YFACTOR");
  if (!y_factor) return fail(y_factor.error());
  JcampData data;
  bool is_x = true;
  DataLines lines(block);
  Line line;
  while (lines.next(line)) {
    Tokens tokens(line.text);
    while (!tokens.done()) {
      const auto token = tokens.next(Exponent::Any);
      if (!token || token->kind == Token::Kind::Difference || token->kind == Token::Kind::Repeat)
        return broken(line, "this is no pair of numbers", "x, y",
                      fmt::format("\"{}\"", to_utf8(line.text.substr(0, 24))));
      if (data.y.size() >= most) return broken(line, "there are more values than the file can hold", "", "");
      (is_x ? data.x : data.y).push_back(token->value * (is_x ? *x_factor : *y_factor));
      is_x = !is_x;
    }
  }
  if (!is_x) return broken(line, "the last pair has no y", "x, y", "x");
  const auto points = block.number("NPOINTS");
  if (points && *points != static_cast<double>(data.y.size())) {
    return fail({Error::Kind::Format, "the block has another number of points than it declares",
                 fmt::format("block at line {}", block.first_line), fmt::format("NPOINTS = {}", *points),
                 fmt::format("{}", data.y.size()),
                 "The file is incomplete: write it again from its source."});
  }
  return data;
}

}  // namespace

std::optional<double> JcampBlock::number(const std::string& label) const {
  const auto found = records.find(label);
  return found == records.end() ? std::nullopt : parse_number(found->second);
}

std::string JcampBlock::text(const std::string& label) const {
  const auto found = records.find(label);
  return found == records.end() ? std::string{} : found->second;
}

Status JcampReader::fill() {
  constexpr std::size_t block = std::size_t{256} << 10;
  buffer_.erase(0, std::exchange(at_, 0));
  // A file without line ends, or without the ends of its blocks, is in memory as a whole.
  if (auto status = check_memory(buffer_.size() + open_bytes_ + block, "the blocks of the file"); !status)
    return status;
  const std::size_t held = buffer_.size();
  buffer_.resize(held + block);
  const auto got = source_->read(std::as_writable_bytes(std::span(buffer_).subspan(held)));
  buffer_.resize(held + got.value_or(0));
  if (!got) return fail(got.error());
  ended_ = *got == 0;
  // A byte order mark would hide the first label.
  if (read_ == 0 && buffer_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  read_ += *got;
  return {};
}

Result<bool> JcampReader::next_line(std::string_view& line) {
  for (std::size_t seen = 0; true;) {
    const auto* const start = buffer_.data() + at_;
    const std::size_t have = buffer_.size() - at_;
    const auto* const found =
        std::ranges::find_if(start + seen, start + have, [](char c) { return c == '\n' || c == '\r'; });
    const auto length = static_cast<std::size_t>(found - start);
    // What follows a CR at the end of what was read may be its LF.
    const bool whole = length + 1 < have || (length < have && *found == '\n');
    if (!whole && !ended_) {
      if (auto status = fill(); !status) return fail(status.error());
      // Of a mark that is passed over nothing was seen before.
      seen = length;
      continue;
    }
    if (have == 0) return false;
    line = {start, length};
    const bool pair = length + 1 < have && *found == '\r' && *(found + 1) == '\n';
    at_ += std::min(length + (pair ? 2 : 1), have);
    ++number_;
    return true;
  }
}

JcampBlock JcampReader::close() {
  JcampBlock block = std::move(open_.back());
  open_.pop_back();
  open_bytes_ -= block.data.size();
  return block;
}

bool JcampReader::take_record(std::string_view label_text, std::string_view value) {
  const std::string label = plain_label(label_text);
  continued_ = nullptr;
  in_data_ = false;
  if (label == "TITLE") {
    open_.emplace_back();
    open_.back().first_line = number_;
  }
  if (open_.empty() || label.empty()) return false;  // "##=" is a comment
  if (label == "END") return true;
  JcampBlock& block = open_.back();
  // Peaks may stand before the curve that they belong to.
  if (holds_data(label) &&
      (block.data_label.empty() || (holds_curve(label) && !holds_curve(block.data_label)))) {
    block.data_label = label;
    block.data_form = std::string(value);
    open_bytes_ -= block.data.size();
    block.data.clear();
    block.data_line = number_ + 1;
    in_data_ = true;
    return false;
  }
  continued_ = &(block.records[label] = to_utf8(value));
  return false;
}

Result<std::optional<JcampBlock>> JcampReader::next() {
  constexpr std::size_t longest_record = 64 * 1024;
  std::string_view line;
  while (true) {
    const auto more = next_line(line);
    if (!more) return fail(more.error());
    if (!*more) break;
    line = trimmed(line.substr(0, line.find("$$")));
    const auto equals = line.starts_with("##") ? line.find('=') : std::string_view::npos;
    if (equals != std::string_view::npos) {
      if (take_record(line.substr(2, equals - 2), trimmed(line.substr(equals + 1)))) return close();
      continue;
    }
    if (in_data_) {
      // Empty lines, too, for the lines behind them to be counted.
      open_.back().data.append(line) += '\n';
      open_bytes_ += line.size() + 1;
    } else if (!line.empty() && continued_ != nullptr && continued_->size() < longest_record) {
      *continued_ += "\n" + to_utf8(line);
    }
  }
  // A file without its last ##END= is complete all the same if its points are.
  if (open_.empty()) return std::optional<JcampBlock>{};
  return close();
}

bool jcamp_is_spectrum(const JcampBlock& block) {
  if (!holds_curve(block.data_label)) return false;
  const std::string type = upper(block.text("DATATYPE"));
  const bool masses = type.contains("MASS SPECTRUM") && !type.contains("CONTINUOUS");
  return !masses || !plain_form(block).starts_with("(XY");
}

Result<JcampData> jcamp_data(const JcampBlock& block, std::uint64_t most) {
  const std::string form = plain_form(block);
  const bool pairs = form.starts_with("(XY");
  if (jcamp_is_spectrum(block)) {
    if (pairs) return read_points(block, most);
    if (form.starts_with("(X++(Y") || form.starts_with("(R++(A")) return read_table(block, most);
  }
  std::string found = "no data";
  if (!block.data_label.empty()) found = to_utf8(block.data_label + "=" + block.data_form);
  if (pairs && holds_curve(block.data_label)) found += " of a mass spectrum, which are its peaks";
  return fail({Error::Kind::Format, "this kind of block holds no spectrum that can be read",
               fmt::format("block at line {}", block.first_line), "XYDATA=(X++(Y..Y)) or XYPOINTS=(XY..XY)",
               std::move(found), "Export the spectrum itself as XYDATA."});
}

}  // namespace assayer
