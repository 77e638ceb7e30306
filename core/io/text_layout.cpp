// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "core/base/message.h"
#include "core/io/text.h"
#include "core/io/text_annotation.h"
#include "core/io/text_roles_detail.h"
#include "core/io/text_scanning.h"

namespace assayer::text {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSampleLines = 64;
constexpr std::size_t kSampleBytes = std::size_t{2} << 20;
constexpr std::size_t kLeastLines = 6;
/// Header rows and a few lines to see what the columns hold.
constexpr std::size_t kMostHeaderRows = 4;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Form {
  char delimiter;
  char decimal;
};
/// The earlier wins where several fit: decimal commas only where points do not explain the text.
constexpr std::array<Form, 10> kForms = {{{',', '.'},
                                          {';', '.'},
                                          {'\t', '.'},
                                          {'|', '.'},
                                          {' ', '.'},
                                          {';', ','},
                                          {'\t', ','},
                                          {'|', ','},
                                          {' ', ','},
                                          {',', ','}}};
struct DelimiterName {
  char sign;
  std::string_view name;
};
constexpr std::array<DelimiterName, 5> kDelimiters = {
    {{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}, {'|', "bar"}, {' ', "blanks"}}};

using Row = std::vector<std::string>;

struct Sample {
  std::vector<std::string> lines;  ///< neither empty nor comments
  std::string last_comment;        ///< in front of the first line
};

Result<Sample> read_sample(const fs::path& path, Layout& layout, RunControl& control) {
  auto reader = LineReader::open(path);
  if (!reader) return fail(reader.error());
  Sample sample;
  std::size_t bytes = 0;
  for (std::string_view line; sample.lines.size() < kSampleLines;) {
    if (control.stop_requested()) return fail(Error::cancel());
    const auto more = reader->next(line);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (const auto comment = comment_text(line, layout.comment)) {
      if (comment->starts_with(kAnnotationMark)) {
        layout.annotation = comment->substr(kAnnotationMark.size());
        continue;
      }
      add_note(layout.notes, *comment);
      if (sample.lines.empty()) sample.last_comment = *comment;
      continue;
    }
    if (trimmed(line).empty()) continue;
    bytes += line.size();
    if (bytes > kSampleBytes && sample.lines.size() >= kLeastLines) break;
    sample.lines.emplace_back(line);
  }
  return sample;
}

/// The most frequent number of fields, the larger of equals.
std::size_t usual_count(const std::vector<Row>& rows) {
  std::map<std::size_t, std::size_t> lines;
  for (const auto& row : rows) ++lines[row.size()];
  std::size_t usual = 0;
  for (const auto& [count, times] : lines)
    if (usual == 0 || times >= lines[usual]) usual = count;
  return usual;
}

std::vector<Row> split_all(const std::vector<std::string>& lines, char delimiter) {
  std::vector<Row> rows;
  rows.reserve(lines.size());
  for (const auto& line : lines) {
    Row row = split_fields(line, delimiter);
    rows.push_back(std::move(row));
  }
  const std::size_t usual = usual_count(rows);
  // Many programs end lines with a delimiter, some of them all lines.
  const bool always = usual > 1 && std::ranges::all_of(rows, [usual](const Row& row) {
                        return row.size() != usual || row.back().empty();
                      });
  for (auto& row : rows)
    if (row.size() > 1 && row.back().empty() && (always || row.size() == usual + 1)) row.pop_back();
  return rows;
}

/// How well a form explains the lines: the part of them that have the usual number of fields times the part
/// of those fields that are numbers; 0 where nothing is split or no number found.
double fit_of(const std::vector<Row>& rows, char decimal, std::size_t least_fields) {
  const std::size_t usual = usual_count(rows);
  if (usual < least_fields) return 0;
  std::size_t lines = 0;
  std::size_t numbers = 0;
  std::size_t others = 0;
  for (const auto& row : rows) {
    if (row.size() != usual) continue;
    ++lines;
    for (const auto& field : row) {
      if (is_missing_marker(field)) continue;
      ++(parse_number<double>(field, decimal) ? numbers : others);
    }
  }
  // Prose has numbers, too, but hardly two lines alike.
  if (numbers == 0 || (lines < 2 && (rows.size() > 1 || others > 0))) return 0;
  return static_cast<double>(lines) / static_cast<double>(rows.size()) * static_cast<double>(numbers) /
         static_cast<double>(numbers + others);
}

class Finder {
 public:
  /// `spectra`: the columns get roles, and numbers may be a header, as wavelengths are.
  Finder(const ImportOptions& options, Layout& layout, bool spectra)
      : options_(options), layout_(layout), spectra_(spectra) {}

  Status take_settings();
  Status find(const Sample& sample);

 private:
  [[nodiscard]] std::optional<std::string> setting(const char* key) const {
    const auto found = options_.settings.find(key);
    return found == options_.settings.end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::optional<std::size_t>> count_setting(const char* key) const;
  Status choose_form(const Sample& sample);
  void find_numeric_columns();
  [[nodiscard]] bool is_number(const std::string& field) const {
    return parse_number<double>(field, layout_.decimal).has_value();
  }
  [[nodiscard]] std::size_t words_among_numbers(const Row& row) const;
  void find_header(const Sample& sample);
  [[nodiscard]] bool is_numeric_header(std::size_t row) const;
  void name_columns();

  const ImportOptions& options_;
  Layout& layout_;
  bool spectra_;
  std::vector<Row> rows_;
  std::size_t usual_ = 0;
  std::vector<bool> numeric_;
  Row comment_header_;
  std::optional<std::size_t> header_rows_;
  std::optional<std::size_t> skip_lines_;
  std::optional<Form> form_;
  bool delimiter_given_ = false;
  bool decimal_given_ = false;
};

Result<std::optional<std::size_t>> Finder::count_setting(const char* key) const {
  const auto text = setting(key);
  if (!text || text->empty() || *text == "auto") return std::nullopt;
  const auto number = parse_number<double>(trimmed(*text));
  constexpr double most = 1e6;
  if (!number || !(*number >= 0 && *number <= most) || std::trunc(*number) != *number)
    return fail({Error::Kind::Usage, "the setting is no count", key, "a whole number from 0", *text, ""});
  return static_cast<std::size_t>(*number);
}

Status Finder::take_settings() {
  Layout none;
  if (auto status = check_options({"", {}, contents_of(none, "").settings}, {{}, options_.settings, {}});
      !status)
    return status;
  for (const auto& [key, target] : {std::pair{"header_rows", &header_rows_}, {"skip_lines", &skip_lines_}}) {
    auto count = count_setting(key);
    if (!count) return fail(count.error());
    *target = *count;
  }
  Form form = {',', '.'};
  if (const auto name = setting("delimiter"); name && *name != "auto") {
    const auto* const found = std::ranges::find(kDelimiters, *name, &DelimiterName::name);
    form.delimiter = found->sign;
    delimiter_given_ = true;
  }
  if (const auto name = setting("decimal"); name && *name != "auto") {
    form.decimal = *name == "comma" ? ',' : '.';
    decimal_given_ = true;
  }
  form_ = form;
  if (const auto marks = setting("comment")) layout_.comment = *marks;
  if (const auto missing = setting("missing")) layout_.missing = trimmed(*missing);
  return {};
}

Status Finder::choose_form(const Sample& sample) {
  double best = 0;
  for (const std::size_t least_fields : {std::size_t{2}, std::size_t{1}}) {
    for (const Form& form : kForms) {
      if (delimiter_given_ && form.delimiter != form_->delimiter) continue;
      if (decimal_given_ && form.decimal != form_->decimal) continue;
      auto rows = split_all(sample.lines, form.delimiter);
      const double fit = fit_of(rows, form.decimal, least_fields);
      if (fit <= best * (1 + 1e-9)) continue;
      best = fit;
      layout_.delimiter = form.delimiter;
      layout_.decimal = form.decimal;
      rows_ = std::move(rows);
    }
    if (best > 0) break;
  }
  if (best > 0) {
    usual_ = usual_count(rows_);
    return {};
  }
  return fail({Error::Kind::NotThisFormat, "there is no table of numbers in this text", "",
               "lines of numbers, separated by commas, semicolons, tabs, bars or blanks",
               sample.lines.empty() ? "nothing but comments"
                                    : fmt::format("\"{}\"", to_utf8(sample.lines.back().substr(0, 40))),
               "Check the delimiter and the decimal sign."});
}

/// By the later half of the lines, where no header is. A column may hold a few words among its numbers.
void Finder::find_numeric_columns() {
  std::vector<const Row*> table;
  for (const auto& row : rows_)
    if (row.size() == usual_) table.push_back(&row);
  numeric_.assign(usual_, false);
  for (std::size_t c = 0; c < usual_; ++c) {
    std::size_t numbers = 0;
    std::size_t words = 0;
    for (std::size_t r = table.size() / 2; r < table.size(); ++r) {
      const auto& field = (*table[r])[c];
      if (is_missing_marker(field)) continue;
      ++(is_number(field) ? numbers : words);
    }
    numeric_[c] = numbers > 0 && words * 2 <= numbers;
  }
}

std::size_t Finder::words_among_numbers(const Row& row) const {
  std::size_t words = 0;
  for (std::size_t c = 0; c < usual_; ++c)
    if (numeric_[c] && !is_missing_marker(row[c]) && !is_number(row[c])) ++words;
  return words;
}

bool Finder::is_numeric_header(std::size_t row) const {
  if (row + 1 >= rows_.size() || rows_[row + 1].size() != usual_) return false;
  const auto numbers = [&](std::size_t r, std::size_t from) {
    std::vector<double> values;
    for (std::size_t c = from; c < usual_; ++c)
      if (numeric_[c]) values.push_back(parse_number<double>(rows_[r][c], layout_.decimal).value_or(kNan));
    return values;
  };
  const auto here = numbers(row, 0);
  const auto below = numbers(row + 1, 0);
  if (here.size() < 3 || here.front() < 0) return false;
  // Wavelengths in nm dwarf what is measured at them, in whatever order they come.
  constexpr double dwarfs = 10;
  double largest = 0;
  for (const double value : below) largest = std::max(largest, std::isnan(value) ? 0 : std::abs(value));
  const double smallest = std::ranges::min(here);
  if (smallest > 100 && smallest > dwarfs * largest) return true;
  // The corner above a column of names or numbers may be empty. A smooth spectrum rises like an axis; but
  // then its neighbours do so, too.
  for (const std::size_t from : {0UZ, 1UZ})
    if (looks_like_axis(numbers(row, from)) && !looks_like_axis(numbers(row + 1, from))) return true;
  return false;
}

void Finder::find_header(const Sample& sample) {
  std::size_t first = 0;
  while (first < rows_.size() && rows_[first].size() != usual_) ++first;
  // R leaves out the name of the column of row names.
  const bool one_short = first > 0 && first < rows_.size() && usual_ > 2 &&
                         rows_[first - 1].size() == usual_ - 1 && !skip_lines_ &&
                         words_among_numbers(rows_[first]) == 0 &&
                         !std::ranges::any_of(rows_[first - 1], [&](const auto& f) { return is_number(f); });
  if (one_short) {
    --first;
    rows_[first].insert(rows_[first].begin(), std::string());
  }
  if (skip_lines_) first = std::min(*skip_lines_, rows_.size());
  std::size_t data = first;
  while (data < rows_.size() && data < first + kMostHeaderRows && rows_[data].size() == usual_ &&
         words_among_numbers(rows_[data]) > 0)
    ++data;
  const bool all_words = data == first + kMostHeaderRows;
  if (all_words) data = first + 1;
  // NumPy and ChemCam write the header as a comment.
  Row names = split_fields(sample.last_comment, layout_.delimiter);
  if (names.size() == usual_ + 1 && names.back().empty()) names.pop_back();
  const bool commented = names.size() == usual_ && usual_ > 1 && data == first;
  if (spectra_ && data == first && data < rows_.size() && !commented && is_numeric_header(data)) ++data;
  if (header_rows_) data = std::min(first + *header_rows_, rows_.size());
  layout_.skip_lines = first;
  layout_.header_rows = data - first;
  for (std::size_t r = 0; r < first && r < sample.lines.size(); ++r) add_note(layout_.notes, sample.lines[r]);

  if (!commented || layout_.header_rows > 0) return;
  comment_header_ = std::move(names);
  std::erase_if(layout_.notes, [&](const auto& note) { return note.second == sample.last_comment; });
}

void Finder::name_columns() {
  Row header = comment_header_;
  // Of several header rows the last names the columns; PyHAT's first gives their kinds.
  if (layout_.header_rows > 0) header = rows_[layout_.skip_lines + layout_.header_rows - 1];
  header.resize(usual_);
  std::set<std::string> taken;
  std::map<std::string, std::size_t> repeats;
  layout_.columns.resize(usual_);
  for (std::size_t c = 0; c < usual_; ++c) {
    const std::string wanted = header[c].empty() ? fmt::format("column {}", c + 1) : to_utf8(header[c]);
    std::string name = wanted;
    // Counting on from the last one, because thousands of columns may have one name.
    for (std::size_t& n = repeats[wanted]; !taken.insert(name).second;)
      name = fmt::format("{} ({})", wanted, ++n + 1);
    layout_.columns[c].name = std::move(name);
    layout_.columns[c].numeric = numeric_[c];
  }
}

Status Finder::find(const Sample& sample) {
  if (auto status = choose_form(sample); !status) return status;
  find_numeric_columns();
  find_header(sample);
  name_columns();

  Table table;
  table.has_header = layout_.header_rows > 0 || !comment_header_.empty();
  if (layout_.header_rows > 1) table.kinds = rows_[layout_.skip_lines];
  layout_.kinds = table.kinds;
  for (std::size_t r = layout_.skip_lines + layout_.header_rows; r < rows_.size(); ++r) {
    if (rows_[r].size() != usual_) continue;
    std::vector<double> numbers;
    numbers.reserve(usual_);
    for (const auto& field : rows_[r])
      numbers.push_back(
          field == layout_.missing ? kNan : parse_number<double>(field, layout_.decimal).value_or(kNan));
    table.rows.push_back(std::move(numbers));
  }
  if (table.rows.empty()) {
    return fail({Error::Kind::Format, "the table has no rows", "",
                 "at least one line of numbers below the header",
                 fmt::format("{} header lines and nothing else", layout_.header_rows),
                 "Check the file, or the settings header_rows and skip_lines."});
  }
  return spectra_ ? assign_roles(layout_, table, options_) : Status{};
}

Result<Layout> find(const fs::path& path, const ImportOptions& options, bool spectra, RunControl& control) {
  Layout layout;
  Finder finder(options, layout, spectra);
  if (auto status = finder.take_settings(); !status) return fail(status.error());
  const auto sample = read_sample(path, layout, control);
  if (!sample) return fail(sample.error());
  if (auto status = finder.find(*sample); !status) return fail(status.error());
  return layout;
}

}  // namespace

std::vector<std::size_t> Layout::with_role(ImportRole role) const {
  std::vector<std::size_t> found;
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (columns[c].role == role) found.push_back(c);
  return found;
}

Result<Layout> find_layout(const fs::path& path, const ImportOptions& options, RunControl& control) {
  return find(path, options, true, control);
}

Result<Layout> find_columns(const fs::path& path, RunControl& control) {
  return find(path, {}, false, control);
}

ImportContents contents_of(const Layout& layout, std::string format) {
  ImportContents contents;
  contents.format = std::move(format);
  std::string open_run;
  for (const auto& column : layout.columns) {
    if (!column.run.empty()) {
      if (column.run != open_run) {
        const auto members = std::ranges::count(layout.columns, column.run, &Column::run);
        contents.fields.push_back({column.run, fmt::format("{} columns of numbers", members), column.role});
      }
      open_run = column.run;
      continue;
    }
    open_run.clear();
    contents.fields.push_back({column.name, column.numeric ? "numbers" : "text", column.role});
  }
  const auto* const delimiter = std::ranges::find(kDelimiters, layout.delimiter, &DelimiterName::sign);
  contents.settings = {
      {"spectra_in",
       Message::marked("Each spectrum is in one"),
       {"rows", "columns"},
       layout.spectra_in == SpectraIn::Rows ? "rows" : "columns"},
      {"delimiter",
       Message::marked("Fields are separated by"),
       {"auto", "comma", "semicolon", "tab", "bar", "blanks"},
       std::string(delimiter->name)},
      {"decimal",
       Message::marked("Decimal sign"),
       {"auto", "point", "comma"},
       layout.decimal == ',' ? "comma" : "point"},
      {"skip_lines", Message::marked("Lines above the header"), {}, fmt::format("{}", layout.skip_lines)},
      {"header_rows", Message::marked("Rows of the header"), {}, fmt::format("{}", layout.header_rows)},
      {"comment", Message::marked("Signs that begin a comment"), {}, layout.comment},
      {"missing", Message::marked("Text for a missing number"), {}, layout.missing}};
  return contents;
}

}  // namespace assayer::text
