// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text_scanning.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "core/base/letters.h"
#include "core/io/text.h"

namespace assayer {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
/// How far a quoted field may run over line ends.
constexpr std::size_t kLongestQuote = std::size_t{64} << 10;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

LineReader::LineReader(std::ifstream stream, std::uint64_t bytes)
    : stream_(std::move(stream)), bytes_(std::max<std::uint64_t>(bytes, 1)) {}

Result<LineReader> LineReader::open(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::error_code code;
  const auto bytes = std::filesystem::file_size(path, code);
  if (!stream || code)
    return fail({Error::Kind::File, "the file cannot be opened", "", "", "", "Check its permissions."});
  return LineReader(std::move(stream), bytes);
}

Result<bool> LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ > kLongestLine) {
    return fail({Error::Kind::Format, "a line is too long for a table of text",
                 fmt::format("line {}", next_line_), fmt::format("at most {}", byte_size(kLongestLine)), "",
                 "Store data of this size in a binary format."});
  }
  // Long lines double the block, so that finding their end stays linear.
  const std::size_t wanted = std::max(kBlock, end_);
  buffer_.resize(std::max(buffer_.size(), end_ + wanted));
  stream_.read(buffer_.data() + end_, static_cast<std::streamsize>(wanted));
  const auto got = static_cast<std::size_t>(stream_.gcount());
  if (stream_.bad())
    return fail(
        {Error::Kind::File, "the file cannot be read", "", "", "", "Check the disk, and copy it again."});
  end_ += got;
  if (started_ || got == 0) return got > 0;
  started_ = true;
  const std::string_view head(buffer_.data(), end_);
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    return fail({Error::Kind::Format, "the text is UTF-16", "", "UTF-8 or ASCII", "",
                 "Save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")."});
  }
  if (head.starts_with("\xEF\xBB\xBF")) begin_ = consumed_ = 3;
  if (head.find('\n') == std::string_view::npos && head.find('\r') != std::string_view::npos)
    line_end_ = '\r';
  return true;
}

/// The position of the line's end relative to begin_, at or behind `from`; nullopt at the end of the file.
Result<std::optional<std::size_t>> LineReader::find_end(std::size_t from) {
  while (true) {
    const std::size_t have = end_ - begin_;
    if (from < have) {
      const void* const found = std::memchr(buffer_.data() + begin_ + from, line_end_, have - from);
      if (found != nullptr)
        return static_cast<std::size_t>(static_cast<const char*>(found) - (buffer_.data() + begin_));
    }
    from = have;
    const bool first = !started_;
    const auto more = fill();
    if (!more) return fail(more.error());
    if (!*more) return std::nullopt;
    if (first) from = 0;  // the byte order mark is gone
  }
}

Result<bool> LineReader::next(std::string_view& line) {
  const auto first_end = find_end(0);
  if (!first_end) return fail(first_end.error());
  if (!*first_end && begin_ == end_) return false;
  std::size_t length = first_end->value_or(end_ - begin_);
  bool ended = first_end->has_value();

  line_ = next_line_++;
  if (ended && std::memchr(buffer_.data() + begin_, '"', length) != nullptr) {
    std::size_t counted = 0;
    std::size_t to = length;
    std::ptrdiff_t quotes = 0;
    std::uint64_t inner_lines = 0;
    while (true) {
      const char* const start = buffer_.data() + begin_;
      quotes += std::count(start + counted, start + to, '"');
      counted = to;
      if (quotes % 2 == 0) {
        length = to;
        next_line_ += inner_lines;
        break;
      }
      const auto further =
          to - length < kLongestQuote ? find_end(to + 1) : Result<std::optional<std::size_t>>{std::nullopt};
      if (!further) return fail(further.error());
      if (!*further) {
        // The file's last line may end the quote without an end of its own.
        const std::size_t all = end_ - begin_;
        const char* const again = buffer_.data() + begin_;
        const bool closes = to - length < kLongestQuote && all - to < kLongestQuote && all > to &&
                            (quotes + std::count(again + counted, again + all, '"')) % 2 == 0;
        if (closes) {
          length = all;
          ended = false;
          next_line_ += inner_lines + 1;
        }
        break;
      }
      to = **further;
      ++inner_lines;
    }
  }
  line = {buffer_.data() + begin_, length};
  const std::size_t consumed = length + (ended ? 1 : 0);
  begin_ += consumed;
  consumed_ += consumed;
  ended_in_line_ = !ended;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

void FieldSplitter::skip_blanks() {
  std::size_t i = 0;
  while (i < rest_.size() && is_blank(rest_[i])) ++i;
  rest_.remove_prefix(i);
}

std::string_view FieldSplitter::quoted_field() {
  const std::string_view all = rest_;
  std::size_t i = 1;
  bool doubled = false;
  while (i < all.size()) {
    if (all[i] == '"') {
      if (i + 1 == all.size() || all[i + 1] != '"') break;
      doubled = true;
      ++i;
    }
    ++i;
  }
  std::string_view inner = all.substr(1, i - 1);
  rest_.remove_prefix(std::min(i + 1, all.size()));
  if (!doubled) return inner;
  unescaped_.clear();
  for (std::size_t k = 0; k < inner.size(); ++k) {
    unescaped_ += inner[k];
    if (inner[k] == '"') ++k;
  }
  return unescaped_;
}

bool FieldSplitter::next(std::string_view& field) {
  if (done_) return false;
  quoted_ = false;
  std::size_t first = 0;
  while (first < rest_.size() && rest_[first] != delimiter_ && is_blank(rest_[first])) ++first;
  if (first < rest_.size() && rest_[first] == '"') {
    rest_.remove_prefix(first);
    quoted_ = true;
    field = quoted_field();
  } else {
    std::size_t end = 0;
    if (delimiter_ == ' ') {
      while (end < rest_.size() && !is_blank(rest_[end])) ++end;
    } else {
      end = std::min(rest_.find(delimiter_), rest_.size());
    }
    field = trimmed(rest_.substr(0, end));
    rest_.remove_prefix(end);
  }
  if (delimiter_ == ' ') {
    skip_blanks();
    done_ = rest_.empty();
    return true;
  }
  const auto at = rest_.find(delimiter_);
  done_ = at == std::string_view::npos;
  rest_.remove_prefix(done_ ? rest_.size() : at + 1);
  return true;
}

std::vector<std::string> split_fields(std::string_view line, char delimiter) {
  std::vector<std::string> fields;
  FieldSplitter splitter(line, delimiter);
  for (std::string_view field; splitter.next(field);) fields.emplace_back(field);
  return fields;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_missing_marker(std::string_view text) {
  static constexpr std::array<std::string_view, 14> markers = {
      "", "na", "n/a", "nan", "null", "none", "-", "--", "#n/a", "?", ".", "-nan", "+nan", "missing"};
  if (text.size() > 7) return false;
  return std::ranges::find(markers, lower(text)) != markers.end();
}

template <class T>
std::optional<T> parse_number(std::string_view text, char decimal) {
  if (text.empty()) return std::numeric_limits<T>::quiet_NaN();
  std::array<char, 64> copy;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
  const bool plus = text.front() == '+' && text.size() > 1 && text[1] != '-' && text[1] != '+';
  if (plus) text.remove_prefix(1);
  if (decimal != '.' && text.size() <= copy.size()) {
    // A point would be a thousands separator: not guessed at.
    if (text.find('.') != std::string_view::npos) return std::nullopt;
    const auto to = std::ranges::replace_copy(text, copy.begin(), decimal, '.').out;
    text = {copy.data(), static_cast<std::size_t>(to - copy.begin())};
  }
  T value{};
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [at, code] = std::from_chars(begin, end, value);
  if (code == std::errc{} && at == end) {
    // "infinity" and "nan(…)" are words here, apart from the marker "nan".
    return std::isnan(value) ? std::numeric_limits<T>::quiet_NaN() : value;
  }
  if (code == std::errc::result_out_of_range && at == end) {
    double wide = 0;
    const auto again = std::from_chars(begin, end, wide);
    // Beyond double, the exponent's sign tells whether it is huge or next to nothing.
    const bool tiny = again.ec == std::errc{} ? std::abs(wide) < 1
                                              : text.find("e-") != std::string_view::npos ||
                                                    text.find("E-") != std::string_view::npos;
    if (again.ec == std::errc{} && tiny) return static_cast<T>(wide);
    if (tiny) return T{0};
    return text.front() == '-' ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity();
  }
  if (is_missing_marker(text)) return std::numeric_limits<T>::quiet_NaN();
  const auto exponent = text.find_first_of("dD");
  if (code == std::errc{} && exponent != std::string_view::npos && at == text.data() + exponent &&
      text.size() <= copy.size()) {
    std::array<char, 64> mended;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
    std::ranges::copy(text, mended.begin());
    mended[exponent] = 'e';
    const auto retry = std::from_chars(mended.data(), mended.data() + text.size(), value);
    if (retry.ec == std::errc{} && retry.ptr == mended.data() + text.size()) return value;
  }
  return std::nullopt;
}

template std::optional<float> parse_number<float>(std::string_view, char);
template std::optional<double> parse_number<double>(std::string_view, char);

}  // namespace assayer
