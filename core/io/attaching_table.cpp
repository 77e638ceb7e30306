// SPDX-License-Identifier: GPL-3.0-or-later
// Compositions in a table of text, and which spectra its rows are about.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/base/letters.h"
#include "core/io/attaching_detail.h"
#include "core/io/byte_source.h"
#include "core/io/text.h"
#include "core/io/text_cells_detail.h"
#include "core/io/text_layout.h"
#include "core/io/text_reading.h"

namespace assayer::attaching {

namespace fs = std::filesystem;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
/// How far a composition's sum may be from a whole: rounded, or as analyses have it.
constexpr double kRounded = 1e-3;
constexpr double kAnalysed = 0.03;
constexpr double kSameComposition = 1e-9;
/// After so many rows a stop is looked for.
constexpr std::size_t kRowsPerPoll = 4096;
constexpr auto kRow = "row";
constexpr auto kGroup = "group";

/// All cells as texts: what a column is, is known only once all of it was seen.
struct Table {
  text::Layout layout;
  std::vector<text::TextCells> cells;  ///< of each column
  std::vector<std::uint64_t> lines;    ///< of each row, for messages

  [[nodiscard]] std::size_t rows() const { return lines.size(); }
  [[nodiscard]] std::size_t columns() const { return layout.columns.size(); }
  [[nodiscard]] const std::string& name(std::size_t column) const { return layout.columns[column].name; }
  [[nodiscard]] bool numeric(std::size_t column) const { return layout.columns[column].numeric; }
  /// Whether the file names the column, or it is counted.
  [[nodiscard]] bool named(std::size_t column) const {
    return name(column) != fmt::format("column {}", column + 1);
  }
  [[nodiscard]] std::optional<double> number(std::size_t row, std::size_t column) const {
    return parse_number<double>(cells[column][row], layout.decimal);
  }
};

bool stops(std::size_t row, const RunControl& control) {
  return row % kRowsPerPoll == 0 && control.stop_requested();
}

Result<Table> read_table(const fs::path& file, RunControl& control, const ProgressFn& progress) {
  // Where each cell ends takes as much as a short number.
  if (auto status = check_memory(3 * bytes_of(file), "the table"); !status) return fail(status.error());
  auto layout = text::find_columns(file, control);
  if (!layout) return fail(layout.error());
  Table table{*std::move(layout), {}, {}};
  table.cells.resize(table.columns());
  auto lines = text::TableLines::open(file, table.layout, control);
  if (!lines) return fail(lines.error());
  for (std::string_view line;;) {
    const auto more = lines->next(line);
    if (!more) return fail(more.error());
    if (!*more) return table;
    const auto take = [&](std::size_t column, std::string_view field) -> Status {
      table.cells[column].add(field);
      return {};
    };
    if (auto status = text::for_each_field(line, *lines, table.layout, control, take); !status)
      return fail(status.error());
    table.lines.push_back(lines->reader().line_number());
    if (progress && table.rows() % 256 == 0) progress(lines->fraction(), "reading");
  }
}

// ------------------------------------------------------------------------------------ names of spectra

/// What tells the spectra of the data apart: a column of theirs, their groups, their numbers.
struct KeySource {
  std::string name;
  bool numeric = false;
  std::function<std::string(std::size_t)> key_of_row;
};

bool is_whole(double value) {
  constexpr double most = 9e15;
  return value == std::floor(value) && std::abs(value) < most;
}

std::string whole_text(double value) {
  return fmt::format("{}", static_cast<std::int64_t>(value));
}

std::vector<KeySource> sources_of(const Dataset& data) {
  std::vector<KeySource> sources;
  for (const MetadataColumn& column : data.metadata()) {
    if (const auto* real = std::get_if<std::vector<double>>(&column.values)) {
      // What has fractions is a measurement, and names nothing.
      if (!std::ranges::all_of(*real, is_whole)) continue;
      sources.push_back({column.name, true, [real](std::size_t r) { return whole_text((*real)[r]); }});
    } else {
      const bool numeric = !std::holds_alternative<std::vector<std::string>>(column.values);
      sources.push_back({column.name, numeric, [&column](std::size_t r) { return column.text(r); }});
    }
  }
  if (data.groups()) {
    const Groups& groups = *data.groups();
    const auto group_of = [&groups](std::size_t r) { return static_cast<std::size_t>(groups.of_row[r]); };
    sources.push_back(
        {kGroup, false, [&groups, group_of](std::size_t r) { return groups.names[group_of(r)]; }});
    sources.push_back({kGroup, true, [&groups, group_of](std::size_t r) {
                         return fmt::format("{}", groups.codes[group_of(r)]);
                       }});
  }
  if (data.find_metadata(kRow) == nullptr)
    sources.push_back({kRow, true, [](std::size_t r) { return fmt::format("{}", r); }});
  return sources;
}

bool same_name(std::string_view a, std::string_view b) {
  return lower(trimmed(a)) == lower(trimmed(b));
}

using KeyIndex = std::unordered_map<std::string, std::vector<std::uint32_t>>;

KeyIndex index_of(const KeySource& source, std::size_t rows, const RunControl& control) {
  KeyIndex index;
  // Tables leave out the ending of a file's name.
  const bool files = same_name(source.name, "file");
  for (std::size_t r = 0; r < rows && !stops(r, control); ++r) {
    const std::string key = source.key_of_row(r);
    index[key].push_back(static_cast<std::uint32_t>(r));
    if (const std::string stem = fs::path(key).stem().string(); files && stem != key)
      index[stem].push_back(static_cast<std::uint32_t>(r));
  }
  return index;
}

/// Which row of the table each spectrum takes its composition from.
struct Match {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  std::size_t column = kNone;  ///< of the table
  std::string source;
  std::vector<std::size_t> row_of;   ///< [N]
  std::size_t named = 0;             ///< spectra
  std::vector<std::string> unknown;  ///< names that no spectrum has
  bool from_one = false;             ///< rows are counted from 1
  /// Two rows of the table that say different things of a spectrum.
  std::optional<std::pair<std::size_t, std::size_t>> conflict;
};

/// Names that contradict each other are worse than any that do not; then the more spectra, the better.
Match better(Match a, Match b) {
  const auto rank = [](const Match& match) {
    return std::pair(match.named > 0 && !match.conflict, match.named);
  };
  return rank(b) > rank(a) ? std::move(b) : std::move(a);
}

class Matcher {
 public:
  Matcher(const Table& table, const Matrix<double>& values, const Dataset& data,
          const std::vector<KeySource>& sources, const RunControl& control)
      : table_(table), values_(values), data_(data), sources_(sources), control_(control) {}

  /// Where a stop was asked for, what it gives is to be thrown away.
  Result<Match> match(std::vector<std::string>& warnings) const;

 private:
  [[nodiscard]] std::string key(std::size_t column, std::size_t row, bool numeric) const;
  [[nodiscard]] bool rows_differ(std::size_t a, std::size_t b) const;
  [[nodiscard]] bool agree_in_order(std::size_t column, const KeySource& source) const;
  [[nodiscard]] Match in_order() const;
  [[nodiscard]] Match by_key(std::size_t column, const KeySource& source) const;
  [[nodiscard]] std::vector<std::string> keys_of(std::size_t column) const;
  [[nodiscard]] std::vector<std::string> keys_of(std::string_view source) const;
  [[nodiscard]] std::unexpected<Error> no_key(std::optional<std::size_t> words) const;

  const Table& table_;
  const Matrix<double>& values_;
  const Dataset& data_;
  const std::vector<KeySource>& sources_;
  const RunControl& control_;
};

std::string Matcher::key(std::size_t column, std::size_t row, bool numeric) const {
  if (!numeric) return to_utf8(table_.cells[column][row]);
  // "3" and "3.0" are one number; what is none is itself, for messages.
  const auto number = table_.number(row, column);
  return number && is_whole(*number) ? whole_text(*number) : to_utf8(table_.cells[column][row]);
}

bool Matcher::rows_differ(std::size_t a, std::size_t b) const {
  for (std::size_t k = 0; k < values_.cols(); ++k) {
    const double x = values_(a, k);
    const double y = values_(b, k);
    const bool same =
        std::isnan(x) ? std::isnan(y) : std::abs(x - y) <= kSameComposition * std::max(1.0, std::abs(x));
    if (!same) return true;
  }
  return false;
}

bool Matcher::agree_in_order(std::size_t column, const KeySource& source) const {
  if (table_.rows() != data_.rows()) return false;
  for (std::size_t r = 0; r < table_.rows(); ++r)
    if (key(column, r, source.numeric) != source.key_of_row(r)) return false;
  return true;
}

Match Matcher::in_order() const {
  Match match;
  match.named = data_.rows();
  for (std::size_t r = 0; r < data_.rows(); ++r) match.row_of.push_back(r);
  return match;
}

Match Matcher::by_key(std::size_t column, const KeySource& source) const {
  Match match;
  match.column = column;
  match.source = source.name;
  if (agree_in_order(column, source)) {
    // A sample of several spectra may have a composition for each of them.
    Match ordered = in_order();
    ordered.column = column;
    ordered.source = source.name;
    return ordered;
  }
  const KeyIndex index = index_of(source, data_.rows(), control_);
  std::size_t shift = 0;
  if (source.name == kRow) {
    double low = std::numeric_limits<double>::infinity();
    double high = 0;
    for (std::size_t t = 0; t < table_.rows(); ++t) {
      low = std::min(low, table_.number(t, column).value_or(0));
      high = std::max(high, table_.number(t, column).value_or(0));
    }
    // Counted from 0 the last one would not be there.
    match.from_one = low >= 1 && high == static_cast<double>(data_.rows());
    shift = match.from_one ? 1 : 0;
  }
  match.row_of.assign(data_.rows(), Match::kNone);
  std::set<std::string> unknown;
  for (std::size_t t = 0; t < table_.rows() && !stops(t, control_); ++t) {
    std::string name = key(column, t, source.numeric);
    std::string wanted = name;
    if (const auto number = table_.number(t, column); shift > 0 && number && is_whole(*number))
      wanted = whole_text(*number - 1);
    const auto found = index.find(wanted);
    if (found == index.end()) {
      if (unknown.insert(name).second) match.unknown.push_back(std::move(name));
      continue;
    }
    for (const std::uint32_t row : found->second) {
      std::size_t& from = match.row_of[row];
      if (from == Match::kNone) {
        from = t;
        ++match.named;
      } else if (from != t && !match.conflict && rows_differ(from, t)) {
        match.conflict = {from, t};
      }
    }
  }
  return match;
}

std::vector<std::string> Matcher::keys_of(std::size_t column) const {
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (std::size_t t = 0; t < table_.rows(); ++t)
    if (std::string name = to_utf8(table_.cells[column][t]); seen.insert(name).second)
      keys.push_back(std::move(name));
  return keys;
}

std::vector<std::string> Matcher::keys_of(std::string_view source) const {
  const auto found = std::ranges::find(sources_, source, &KeySource::name);
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (std::size_t r = 0; found != sources_.end() && r < data_.rows(); ++r)
    if (std::string name = found->key_of_row(r); seen.insert(name).second) keys.push_back(std::move(name));
  return keys;
}

std::unexpected<Error> Matcher::no_key(std::optional<std::size_t> words) const {
  std::vector<std::string> known;
  for (const KeySource& source : sources_)
    if (std::ranges::find(known, source.name) == known.end()) known.push_back(source.name);
  std::vector<std::string> columns;
  for (std::size_t c = 0; c < table_.columns(); ++c) columns.push_back(table_.name(c));
  std::string found = fmt::format("{} rows with the columns {}", table_.rows(), some_of(columns));
  if (words) found += fmt::format("; \"{}\" holds {}", table_.name(*words), some_of(keys_of(*words)));
  return fail({Error::Kind::Usage, "nothing tells which spectra the table's rows are about", "",
               fmt::format("{} rows, one for each spectrum, or a column of the name {}", data_.rows(),
                           some_of(known)),
               std::move(found), "Give the column that names the spectra the name that it has in the data."});
}

Result<Match> Matcher::match(std::vector<std::string>& warnings) const {
  std::optional<Match> best;
  for (std::size_t c = 0; c < table_.columns(); ++c)
    for (const KeySource& source : sources_)
      if (same_name(table_.name(c), source.name))
        best = best ? better(*std::move(best), by_key(c, source)) : by_key(c, source);
  if (best && best->named == 0) {
    return fail({Error::Kind::Usage, "no row of the table names a spectrum of the data",
                 fmt::format("column \"{}\"", table_.name(best->column)),
                 fmt::format("names as the data have them: {}", some_of(keys_of(best->source))),
                 some_of(keys_of(best->column)),
                 "Write the names as the data have them, or leave the column out and give every spectrum a "
                 "row."});
  }
  if (!best) {
    std::optional<std::size_t> words;
    for (std::size_t c = 0; c < table_.columns() && !words; ++c)
      if (!table_.numeric(c)) words = c;
    for (const KeySource& source : sources_) {
      if (!words || source.numeric) continue;
      Match match = by_key(*words, source);
      if (match.named > 0) best = best ? better(*std::move(best), std::move(match)) : std::move(match);
    }
    if (!best && table_.rows() != data_.rows()) return no_key(words);
    if (!best) {
      best = in_order();
      if (words)
        warnings.push_back(
            fmt::format("The table's rows are taken in the spectra's order: the names in \"{}\" are none "
                        "that the data have.",
                        table_.name(*words)));
    }
  }
  if (best->conflict) {
    const auto [a, b] = *best->conflict;
    return fail({Error::Kind::Data, "two rows give the same spectrum different compositions",
                 fmt::format("lines {} and {}, column \"{}\"", table_.lines[a], table_.lines[b],
                             table_.name(best->column)),
                 "one composition for each name", fmt::format("\"{}\" twice", table_.cells[best->column][a]),
                 "Remove one of them, or name the spectra so that each is told apart."});
  }
  return *std::move(best);
}

void tell(const Match& match, const Table& table, const Matrix<double>& values,
          std::vector<std::string>& warnings) {
  if (match.column == Match::kNone) return;
  std::size_t known = 0;
  for (std::size_t r = 0; r < values.rows(); ++r) known += std::isnan(values(r, 0)) ? 0 : 1;
  warnings.push_back(fmt::format("Compositions go by the column \"{}\" to {} of {} spectra{}.",
                                 table.name(match.column), known, values.rows(),
                                 known < values.rows() ? "; the others stay without one" : ""));
  if (match.source == kRow)
    warnings.push_back(match.from_one ? "Its rows are counted from 1, since there is none of the number 0."
                                      : "Its rows are counted from 0.");
  if (!match.unknown.empty())
    warnings.push_back(fmt::format(
        "{} in \"{}\" {} no spectrum's: {}.",
        match.unknown.size() == 1 ? "1 name" : fmt::format("{} names", match.unknown.size()),
        table.name(match.column), match.unknown.size() == 1 ? "is" : "are", some_of(match.unknown)));
}

// --------------------------------------------------------------------------------------- the components

/// Columns of numbers that may be components.
std::vector<std::size_t> candidates_of(const Table& table, const Dataset& data,
                                       const std::vector<KeySource>& sources) {
  const auto names_spectra = [&](std::size_t c) {
    return std::ranges::any_of(
        sources, [&](const KeySource& source) { return same_name(source.name, table.name(c)); });
  };
  const auto is_total = [&](std::size_t c) {
    const std::string name = lower(table.name(c));
    return name.find("total") != std::string::npos || name == "sum";
  };
  /// pandas and R write the rows' numbers into a column without a name.
  const auto counts = [&](std::size_t c) {
    if (c > 0 || table.named(c) || table.columns() < 2 || !table.named(1)) return false;
    for (std::size_t r = 0; r < table.rows(); ++r) {
      const auto number = table.number(r, c);
      if (!number || !is_whole(*number) || (r > 0 && !(*number > *table.number(r - 1, c)))) return false;
    }
    return true;
  };
  std::vector<std::size_t> candidates;
  for (std::size_t c = 0; c < table.columns(); ++c)
    if (table.numeric(c) && !names_spectra(c) && !is_total(c) && !counts(c)) candidates.push_back(c);
  // Spectra beside the compositions, what the data have as a column already, and what PyHAT calls otherwise.
  const auto is_channel = [&](std::size_t c) {
    const auto place = text::position_in(table.name(c));
    return table.named(c) && place && place->prefix.empty();
  };
  const auto is_known = [&](std::size_t c) { return data.find_metadata(table.name(c)) != nullptr; };
  const auto is_other_kind = [&](std::size_t c) {
    return c < table.layout.kinds.size() && lower(table.layout.kinds[c]) != "comp";
  };
  for (const auto& other :
       {std::function<bool(std::size_t)>(is_channel), std::function<bool(std::size_t)>(is_known),
        std::function<bool(std::size_t)>(is_other_kind)}) {
    std::vector<std::size_t> left;
    std::ranges::copy_if(candidates, std::back_inserter(left), [&](std::size_t c) { return !other(c); });
    if (left.size() >= 2) candidates = std::move(left);
  }
  return candidates;
}

/// Of the candidates the most neighbours that sum to a whole in every row, or all.
Result<std::vector<std::size_t>> components_of(const Table& table, const std::vector<std::size_t>& candidates,
                                               const RunControl& control,
                                               std::vector<std::string>& warnings) {
  if (candidates.empty()) {
    std::vector<std::string> columns;
    for (std::size_t c = 0; c < table.columns(); ++c) columns.push_back(table.name(c));
    return fail({Error::Kind::Format, "the table has no compositions", "",
                 "a column of numbers for each component", fmt::format("the columns {}", some_of(columns)),
                 "Give every component a column."});
  }
  std::vector<std::vector<double>> rows(table.rows(), std::vector<double>(candidates.size()));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (stops(r, control)) return fail(Error::cancel());
    for (std::size_t i = 0; i < candidates.size(); ++i)
      rows[r][i] = table.number(r, candidates[i]).value_or(kNan);
  }
  for (const double tolerance : {kRounded, kAnalysed}) {
    std::size_t first = 0;
    std::size_t last = 0;
    for (std::size_t start = 0; start < candidates.size(); ++start) {
      if (control.stop_requested()) return fail(Error::cancel());
      const std::size_t most = std::min(start + kMostComponents, candidates.size());
      const std::size_t end = text::composition_run(rows, start, most, tolerance);
      if (end >= start + 2 && end - start > last - first) {
        first = start;
        last = end;
      }
    }
    if (last == first) continue;
    std::vector<std::string> left;
    for (std::size_t i = 0; i < candidates.size(); ++i)
      if (i < first || i >= last) left.push_back(table.name(candidates[i]));
    if (!left.empty())
      warnings.push_back(fmt::format("{} left out: the columns from \"{}\" to \"{}\" sum to a whole alone.",
                                     left.size() == 1 ? fmt::format("The column {} is", some_of(left))
                                                      : fmt::format("The columns {} are", some_of(left)),
                                     table.name(candidates[first]), table.name(candidates[last - 1])));
    return std::vector<std::size_t>(candidates.begin() + static_cast<std::ptrdiff_t>(first),
                                    candidates.begin() + static_cast<std::ptrdiff_t>(last));
  }
  if (candidates.size() > kMostComponents) {
    return fail({Error::Kind::Format, "these are too many columns for a composition", "",
                 fmt::format("at most {} columns of numbers that are components", kMostComponents),
                 fmt::format("{}", candidates.size()), "Leave out what is no component."});
  }
  return candidates;
}

Result<Matrix<double>> values_of(const Table& table, const std::vector<std::size_t>& columns,
                                 const RunControl& control) {
  Matrix<double> values(table.rows(), columns.size());
  for (std::size_t r = 0; r < table.rows(); ++r) {
    if (stops(r, control)) return fail(Error::cancel());
    std::optional<std::size_t> missing;
    bool known = false;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto number = table.number(r, columns[k]);
      if (!number) {
        return fail({Error::Kind::Format, "this is no number",
                     fmt::format("line {}, column \"{}\"", table.lines[r], table.name(columns[k])),
                     "a number, or nothing in all columns of the row",
                     fmt::format("\"{}\"", to_utf8(table.cells[columns[k]][r].substr(0, 40))),
                     "Correct the field."});
      }
      values(r, k) = *number;
      if (std::isnan(*number)) missing = k;
      known = known || !std::isnan(*number);
    }
    if (known && missing) {
      return fail({Error::Kind::Data, "the composition is partly missing",
                   fmt::format("line {}, column \"{}\"", table.lines[r], table.name(columns[*missing])),
                   "a number in every column, or in none of the row", "nothing",
                   "Fill in what is missing, 0 where the component is absent."});
    }
  }
  return values;
}

/// A component for each row of the table and a spectrum for each column.
Result<std::optional<FoundCompositions>> transposed(const Table& table, const Dataset& data) {
  std::vector<std::size_t> numbers;
  std::vector<std::size_t> words;
  for (std::size_t c = 0; c < table.columns(); ++c) (table.numeric(c) ? numbers : words).push_back(c);
  // A header would name components, or something else.
  const bool named = std::ranges::any_of(numbers, [&](std::size_t c) { return table.named(c); });
  const bool fits = numbers.size() == data.rows() && words.size() <= 1 && !named &&
                    table.rows() != data.rows() && table.rows() >= 2 && table.rows() <= kMostComponents;
  if (!fits) return std::nullopt;
  FoundCompositions found;
  found.values = Matrix<double>(data.rows(), table.rows());
  for (std::size_t k = 0; k < table.rows(); ++k)
    for (std::size_t r = 0; r < data.rows(); ++r) {
      const auto number = table.number(k, numbers[r]);
      if (!number) {
        return fail({Error::Kind::Format, "this is no number",
                     fmt::format("line {}, field {}", table.lines[k], numbers[r] + 1), "a number",
                     fmt::format("\"{}\"", to_utf8(table.cells[numbers[r]][k].substr(0, 40))),
                     "Correct the field."});
      }
      found.values(r, k) = *number;
    }
  found.named = !words.empty();
  found.components = numbered(table.rows());
  for (std::size_t k = 0; found.named && k < table.rows(); ++k)
    found.components[k] = to_utf8(table.cells[words[0]][k]);
  found.warnings.push_back(fmt::format(
      "The table has a component in each of its {} rows and a spectrum in each column.", table.rows()));
  return found;
}

}  // namespace

Result<FoundCompositions> compositions_of_table(const fs::path& file, const Dataset& data,
                                                RunControl& control, const ProgressFn& progress) {
  const auto table = read_table(file, control, progress);
  if (!table) return fail(table.error());
  auto turned = transposed(*table, data);
  if (!turned) return fail(turned.error());
  if (*turned) return **std::move(turned);

  const std::vector<KeySource> sources = sources_of(data);
  FoundCompositions found;
  const auto columns = components_of(*table, candidates_of(*table, data, sources), control, found.warnings);
  if (!columns) return fail(columns.error());
  const auto values = values_of(*table, *columns, control);
  if (!values) return fail(values.error());
  const auto match = Matcher(*table, *values, data, sources, control).match(found.warnings);
  if (control.stop_requested()) return fail(Error::cancel());
  if (!match) return fail(match.error());

  found.named = std::ranges::all_of(*columns, [&](std::size_t c) { return table->named(c); });
  found.components = numbered(columns->size());
  for (std::size_t k = 0; found.named && k < columns->size(); ++k)
    found.components[k] = table->name((*columns)[k]);
  found.values = Matrix<double>(data.rows(), columns->size(), kNan);
  for (std::size_t r = 0; r < data.rows(); ++r)
    if (match->row_of[r] != Match::kNone)
      std::ranges::copy(values->row(match->row_of[r]), found.values.row(r).begin());
  tell(*match, *table, found.values, found.warnings);
  return found;
}

}  // namespace assayer::attaching
