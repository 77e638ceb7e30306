// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace assayer {

namespace {

/// Membership of every row; kept as bytes while an expression is evaluated.
using Mask = std::vector<std::uint8_t>;

/// Rounding of compositions that were stored as float32: 0.1 must not lie inside an open interval that
/// starts at 0.1.
constexpr double kBorder = 1e-6;
constexpr std::size_t kListed = 12;

constexpr std::string_view kGrammar =
    "Use all, none, labelled, interior:W, group=CODE, rows=A-B, max<=V, COLUMN=VALUE, COLUMN<VALUE or "
    "not:SELECTION, joined by + and intersected by &.";

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Parts between separators that stand outside double quotes.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted || text[i] != separator) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// The first of `signs` that stands outside double quotes, or npos.
std::size_t outside_quotes(std::string_view text, std::string_view signs) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && signs.contains(text[i])) return i;
  }
  return std::string_view::npos;
}

std::string_view unquoted(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text.remove_prefix(1);
    text.remove_suffix(1);
  }
  return text;
}

template <class T>
std::optional<T> parse(std::string_view text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_finite(std::string_view text) {
  const auto value = parse<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

template <class Items>
std::string listed(const Items& items) {
  std::vector<std::string> shown;
  for (const auto& item : items) {
    if (shown.size() == kListed) {
      shown.push_back(fmt::format("and {} more", items.size() - kListed));
      break;
    }
    shown.push_back(fmt::format("{}", item));
  }
  return shown.empty() ? "none" : fmt::format("{}", fmt::join(shown, ", "));
}

std::unexpected<Error> usage(std::string_view term, std::string what, std::string expected, std::string found,
                             std::string mend) {
  return fail({Error::Kind::Usage, std::move(what), fmt::format("selection \"{}\"", term),
               std::move(expected), std::move(found), std::move(mend)});
}

Rows rows_of(const Mask& mask) {
  Rows rows;
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i] != 0) rows.push_back(static_cast<std::uint32_t>(i));
  return rows;
}

class Evaluator {
 public:
  explicit Evaluator(const Dataset& data) : data_(data) {}

  Result<Mask> join(std::string_view text) const {
    Mask result(data_.rows(), 0);
    for (const auto part : split(text, '+')) {
      auto mask = intersection(part);
      if (!mask) return mask;
      for (std::size_t i = 0; i < result.size(); ++i) result[i] |= (*mask)[i];
    }
    return result;
  }

 private:
  Result<Mask> intersection(std::string_view text) const {
    Mask result(data_.rows(), 1);
    for (const auto part : split(text, '&')) {
      auto mask = term(trimmed(part));
      if (!mask) return mask;
      for (std::size_t i = 0; i < result.size(); ++i) result[i] &= (*mask)[i];
    }
    return result;
  }

  Result<Mask> term(std::string_view text) const {
    bool negate = false;
    while (text.starts_with("not:")) {
      negate = !negate;
      text = trimmed(text.substr(4));
    }
    auto mask = condition(text);
    if (mask && negate)
      for (auto& in : *mask) in ^= 1;
    return mask;
  }

  Result<Mask> condition(std::string_view text) const {
    if (text.empty())
      return usage(text, "a part of the selection is empty", "a selection on both sides of + and &", "",
                   std::string(kGrammar));
    if (text == "all") return Mask(data_.rows(), 1);
    if (text == "none") return Mask(data_.rows(), 0);
    if (text == "labelled") return where([this](std::size_t i) { return data_.labelled(i); });
    if (text.starts_with("interior:")) return interior(text);
    if (const auto rest = trimmed(text.substr(std::min<std::size_t>(3, text.size())));
        text.starts_with("max") && (rest.starts_with('<') || rest.starts_with('>')))
      return largest(text, rest);
    const auto sign = outside_quotes(text, "<>=");
    if (sign == std::string_view::npos) {
      return usage(text, "this is no selection", "", "",
                   fmt::format("{} Columns: {}.", kGrammar, listed(column_names())));
    }
    const auto key = trimmed(text.substr(0, sign));
    if (text[sign] != '=') return comparison(text, unquoted(key), text.substr(sign));
    const auto values = text.substr(sign + 1);
    if (key == "rows") return rows(text, values);
    if (key == "group") return group(text, values);
    return column(text, unquoted(key), values);
  }

  template <class Test>
  Mask where(const Test& test) const {
    Mask mask(data_.rows());
    for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = test(i) ? 1 : 0;
    return mask;
  }

  Result<Mask> interior(std::string_view text) const {
    const auto written = trimmed(text.substr(text.find(':') + 1));
    const auto width = parse_finite(written);
    if (!width || *width <= 0) {
      return usage(text, "the width of the interior is not a number above 0",
                   "interior:W, as in interior:0.7", fmt::format("\"{}\"", written), "");
    }
    return where(
        [&](std::size_t i) { return data_.labelled(i) && in_interior(data_.abundances()->row(i), *width); });
  }

  /// "<= 0.8" and the like. Equal means equal to within a rounding that the caller states.
  struct Bound {
    bool below = false;
    bool closed = false;
    double value = 0;
    [[nodiscard]] bool holds(double number, double rounding) const {
      const double difference = number - value;
      if (std::abs(difference) <= rounding) return closed;
      return below ? difference < 0 : difference > 0;
    }
  };
  static Result<Bound> bound(std::string_view text, std::string_view written) {
    Bound bound{written.front() == '<', written.size() > 1 && written[1] == '=', 0};
    const auto number = trimmed(written.substr(bound.closed ? 2 : 1));
    const auto value = parse_finite(number);
    if (!value) {
      return usage(text, "the bound is not a number", "<=V, <V, >=V or >V, as in max<=0.8",
                   fmt::format("\"{}\"", number), "");
    }
    bound.value = *value;
    return bound;
  }

  Result<Mask> largest(std::string_view text, std::string_view written) const {
    const auto limit = bound(text, written);
    if (!limit) return fail(limit.error());
    return where([&](std::size_t i) {
      // The rounding is that of compositions stored as float32.
      return data_.labelled(i) && limit->holds(std::ranges::max(data_.abundances()->row(i)), kBorder);
    });
  }

  Result<Mask> comparison(std::string_view text, std::string_view key, std::string_view written) const {
    const auto limit = bound(text, written);
    if (!limit) return fail(limit.error());
    const auto column = known_column(text, key);
    if (!column) return fail(column.error());
    const auto numbers = (*column)->numbers();
    if (!numbers) {
      return usage(text, "the column holds texts, which are not larger or smaller", "a column of numbers",
                   fmt::format("\"{}\"", key), "Name its values instead: COLUMN=V,…");
    }
    const double rounding = 1e-6 * std::abs(limit->value);
    return where([&](std::size_t i) { return limit->holds((*numbers)[i], rounding); });
  }

  Result<Mask> rows(std::string_view text, std::string_view values) const {
    Mask mask(data_.rows(), 0);
    for (const auto part : split(values, ',')) {
      const auto range = trimmed(part);
      const auto dash = range.find('-');
      const auto first = parse<std::uint64_t>(trimmed(range.substr(0, dash)));
      const auto last =
          dash == std::string_view::npos ? first : parse<std::uint64_t>(trimmed(range.substr(dash + 1)));
      if (!first || !last || *last < *first) {
        return usage(text, "this is no range of rows", "rows=A-B,C with A not above B, counted from 0",
                     fmt::format("\"{}\"", range), "");
      }
      if (*last >= data_.rows()) {
        return usage(text, "the data have no such row", fmt::format("rows 0 to {}", data_.rows() - 1),
                     fmt::format("{}", *last), "Rows are counted from 0.");
      }
      std::fill(mask.begin() + static_cast<std::ptrdiff_t>(*first),
                mask.begin() + static_cast<std::ptrdiff_t>(*last) + 1, std::uint8_t{1});
    }
    return mask;
  }

  Result<Mask> group(std::string_view text, std::string_view values) const {
    if (!data_.groups()) {
      return usage(text, "the data have no groups", "a data set with /group", "",
                   fmt::format("Columns: {}.", listed(column_names())));
    }
    const Groups& groups = *data_.groups();
    std::vector<std::uint8_t> wanted(groups.names.size(), 0);
    for (const auto part : split(values, ',')) {
      const auto value = unquoted(part);
      const auto code = parse<std::int64_t>(value);
      bool found = false;
      for (std::size_t g = 0; code && g < wanted.size(); ++g)
        if (groups.codes[g] == *code) wanted[g] = found = true;
      // A group may be called "3": its name counts only where no code does.
      for (std::size_t g = 0; !found && g < wanted.size(); ++g)
        if (groups.names[g] == value) wanted[g] = 1;
      if (!found && std::ranges::find(groups.names, value) == groups.names.end()) {
        std::vector<std::string> known;
        known.reserve(wanted.size());
        for (std::size_t g = 0; g < wanted.size(); ++g)
          known.push_back(fmt::format("{} ({})", groups.codes[g], groups.names[g]));
        return usage(text, "the data have no such group", "a code or name of a group",
                     fmt::format("\"{}\"", value), fmt::format("Groups: {}.", listed(known)));
      }
    }
    return where([&](std::size_t i) { return wanted[static_cast<std::size_t>(groups.of_row[i])] != 0; });
  }

  Result<const MetadataColumn*> known_column(std::string_view text, std::string_view key) const {
    const MetadataColumn* column = data_.find_metadata(key);
    if (column == nullptr) {
      return usage(text, "the data have no such column", "the name of a column", fmt::format("\"{}\"", key),
                   fmt::format("Columns: {}.", listed(column_names())));
    }
    return column;
  }

  Result<Mask> column(std::string_view text, std::string_view key, std::string_view values) const {
    const auto named = known_column(text, key);
    if (!named) return fail(named.error());
    const MetadataColumn* column = *named;
    const auto wanted = split(values, ',');
    if (const auto numbers = column->numbers()) return numeric_column(text, *numbers, wanted);
    const auto& texts = std::get<std::vector<std::string>>(column->values);
    Mask mask(data_.rows(), 0);
    for (const auto part : wanted) {
      const auto value = unquoted(part);
      bool found = false;
      for (std::size_t i = 0; i < texts.size(); ++i)
        if (trimmed(texts[i]) == value) mask[i] = found = true;
      if (!found) {
        const std::set<std::string> known(texts.begin(), texts.end());
        return usage(text, fmt::format("no row has this value in column \"{}\"", key),
                     "a value of the column", fmt::format("\"{}\"", value),
                     fmt::format("Values: {}.", listed(known)));
      }
    }
    return mask;
  }

  Result<Mask> numeric_column(std::string_view text, const std::vector<double>& numbers,
                              const std::vector<std::string_view>& wanted) const {
    Mask mask(data_.rows(), 0);
    for (const auto part : wanted) {
      const auto value = parse<double>(unquoted(part));
      if (!value) {
        std::set<double> known;
        std::ranges::copy_if(numbers, std::inserter(known, known.end()),
                             [](double x) { return !std::isnan(x); });
        return usage(text, "the column holds numbers", "a number", fmt::format("\"{}\"", unquoted(part)),
                     fmt::format("Values: {}.", listed(known)));
      }
      // "0.1" also names the float32 nearest to it, which a file that stores float32 holds.
      const auto narrow = static_cast<double>(static_cast<float>(*value));
      for (std::size_t i = 0; i < numbers.size(); ++i)
        if (numbers[i] == *value || numbers[i] == narrow || (std::isnan(*value) && std::isnan(numbers[i])))
          mask[i] = 1;
    }
    return mask;
  }

  [[nodiscard]] std::vector<std::string> column_names() const {
    std::vector<std::string> names;
    if (data_.groups()) names.emplace_back("group");
    for (const auto& column : data_.metadata()) names.push_back(column.name);
    return names;
  }

  const Dataset& data_;
};

}  // namespace

Result<Rows> select_rows(const Dataset& data, std::string_view expression) {
  const auto quotes = std::ranges::count(expression, '"');
  if (quotes % 2 != 0) {
    return usage(expression, "a double quote is not closed", "quotes in pairs", fmt::format("{}", quotes),
                 std::string(kGrammar));
  }
  const auto mask = Evaluator(data).join(expression);
  if (!mask) return fail(mask.error());
  return rows_of(*mask);
}

namespace {

/// Points of the simplex in cells whose side is the reach, so that only the cells around one have to be
/// searched. Cells are of the first three components: more would have too many neighbours.
class Cells {
 public:
  explicit Cells(double reach) : reach_(reach) {}

  void add(std::span<const double> y) { points_[key(y, {})].push_back(y); }
  [[nodiscard]] bool near(std::span<const double> y) const {
    for (int a = -1; a <= 1; ++a)
      for (int b = -1; b <= 1; ++b)
        for (int c = -1; c <= 1; ++c) {
          const auto found = points_.find(key(y, {a, b, c}));
          if (found != points_.end() &&
              std::ranges::any_of(found->second, [&](std::span<const double> point) {
                return std::ranges::equal(
                    point, y, [this](double p, double q) { return std::abs(p - q) <= reach_ + kBorder; });
              }))
            return true;
        }
    return false;
  }

 private:
  using Key = std::array<int, 3>;
  [[nodiscard]] Key key(std::span<const double> y, Key offset) const {
    // A little wider than the reach, so that what is equal to within rounding is never two cells away.
    const double side = reach_ + 2 * kBorder;
    for (std::size_t k = 0; k < std::min<std::size_t>(3, y.size()); ++k)
      offset[k] += static_cast<int>(std::floor(y[k] / side));
    return offset;
  }

  double reach_;
  std::map<Key, std::vector<std::span<const double>>> points_;
};

}  // namespace

Rows grow_rows(const Dataset& data, const Rows& rows, double reach) {
  Mask grown(data.rows(), 0);
  Cells known(reach);
  std::set<std::vector<double>> added;  // replicates of one composition are one point
  for (const std::uint32_t row : rows) {
    grown[row] = 1;
    if (!data.labelled(row)) continue;
    const auto y = data.abundances()->row(row);
    if (added.emplace(y.begin(), y.end()).second) known.add(y);
  }
  for (std::size_t i = 0; i < data.rows() && !added.empty(); ++i)
    if (grown[i] == 0 && data.labelled(i) && known.near(data.abundances()->row(i))) grown[i] = 1;
  if (const auto& shape = data.image_shape()) {
    for (const std::uint32_t row : rows) {
      const std::size_t r = row / shape->cols;
      const std::size_t c = row % shape->cols;
      if (r > 0) grown[row - shape->cols] = 1;
      if (r + 1 < shape->rows) grown[row + shape->cols] = 1;
      if (c > 0) grown[row - 1] = 1;
      if (c + 1 < shape->cols) grown[row + 1] = 1;
    }
  }
  return rows_of(grown);
}

bool in_interior(std::span<const double> composition, double width) {
  const double components = static_cast<double>(composition.size());
  const double low = (1 - width) / components + kBorder;
  const double high = (1 + width) / components - kBorder;
  return std::ranges::all_of(composition, [low, high](double part) { return part > low && part < high; });
}

}  // namespace assayer
