// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/library_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/base/letters.h"
#include "core/io/text_reading.h"
#include "core/io/text_scanning.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNames = "spectra names";

/// The delimiter behind the first field, where that is "spectra names"; else 0.
char delimiter_of(std::string_view line) {
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  for (const char delimiter : {',', ';', '\t'}) {
    FieldSplitter fields(line, delimiter);
    std::string_view first;
    if (fields.next(first) && lower(first) == kNames) return delimiter;
  }
  return 0;
}

fs::path beside(const fs::path& path, const char* small, const char* large) {
  fs::path first = fs::path(path).replace_extension(small);
  std::error_code code;
  if (fs::is_regular_file(first, code)) return first;
  fs::path second = fs::path(path).replace_extension(large);
  return fs::is_regular_file(second, code) ? second : first;
}

}  // namespace

fs::path library_of_table(const fs::path& table) {
  return beside(table, ".hdr", ".HDR");
}

fs::path table_of_library(const fs::path& header) {
  return beside(header, ".csv", ".CSV");
}

bool is_library_table(const fs::path& path, std::string_view head) {
  if (lower_extension(path) != ".csv") return false;
  if (delimiter_of(head.substr(0, head.find_first_of("\r\n"))) == 0) return false;
  std::error_code code;
  return fs::is_regular_file(library_of_table(path), code);
}

Result<LibraryTable> read_library_table(const fs::path& table, const std::vector<std::string>& names) {
  auto reader = LineReader::open(table);
  if (!reader) return fail(reader.error());
  std::string_view line;
  auto more = reader->next(line);
  if (!more) return fail(more.error());
  const char delimiter = *more ? delimiter_of(line) : '\0';
  if (delimiter == 0) {
    return fail({Error::Kind::NotThisFormat, "this is no table of a spectral library", table.string(),
                 "\"spectra names\" as the first word", "", ""});
  }
  std::vector<std::string> titles = split_fields(line, delimiter);
  titles.erase(titles.begin());

  // The places of a name's spectra that have no line yet.
  std::map<std::string, std::vector<std::size_t>, std::less<>> places;
  for (std::size_t i = names.size(); i-- > 0;) places[names[i]].push_back(i);
  std::vector<std::vector<std::string>> entries(titles.size(), std::vector<std::string>(names.size()));
  std::size_t found = 0;
  std::size_t strange = 0;
  for (more = reader->next(line); more && *more; more = reader->next(line)) {
    if (trimmed(line).empty()) continue;
    FieldSplitter fields(line, delimiter);
    std::string_view field;
    if (!fields.next(field)) continue;
    const auto place = places.find(field);
    if (place == places.end() || place->second.empty()) {
      ++strange;
      continue;
    }
    const std::size_t row = place->second.back();
    place->second.pop_back();
    ++found;
    for (std::size_t c = 0; c < titles.size() && fields.next(field); ++c) entries[c][row] = field;
  }
  if (!more) return fail(more.error());

  LibraryTable result;
  const std::string name = table.filename().string();
  if (found == 0) {
    result.warnings.push_back(fmt::format("{} is left out: it names none of the library's spectra.", name));
    return result;
  }
  if (strange > 0)
    result.warnings.push_back(fmt::format(
        "{} lines of {} are left out: the library has no spectrum of their names.", strange, name));
  if (found < names.size())
    result.warnings.push_back(
        fmt::format("{} of {} spectra have no line in {}.", names.size() - found, names.size(), name));
  std::set<std::string> taken = {"name"};
  for (std::size_t c = 0; c < titles.size(); ++c) {
    if (titles[c].empty() || !taken.insert(titles[c]).second) {
      result.warnings.push_back(
          fmt::format("Column {} of {} is left out: it has no name of its own.", c + 2, name));
      continue;
    }
    text::TextCells cells;
    for (const std::string& entry : entries[c]) cells.add(entry);
    result.columns.push_back(text::make_column(titles[c], cells, '.'));
  }
  return result;
}

}  // namespace assayer
