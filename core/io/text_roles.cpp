// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "core/base/letters.h"
#include "core/io/axis_reading.h"
#include "core/io/text_annotation.h"
#include "core/io/text_roles_detail.h"

namespace assayer::text {

namespace {

/// Fewer columns that differ by a number alone ("time1", "time2") are no channels.
constexpr std::size_t kLeastNumbered = 5;
/// How far the sum of a chemical analysis may be from 100 %.
constexpr double kAnalysisTolerance = 0.03;
constexpr double kCompositionTolerance = 1e-3;

class Assigner {
 public:
  Assigner(Layout& layout, const Table& table, const ImportOptions& options)
      : layout_(layout), table_(table), options_(options), columns_(layout.columns) {}

  Status assign();

 private:
  [[nodiscard]] std::vector<double> values_of(std::size_t column) const {
    std::vector<double> values;
    values.reserve(table_.rows.size());
    for (const auto& row : table_.rows) values.push_back(row[column]);
    return values;
  }
  [[nodiscard]] std::optional<std::size_t> first_numeric() const {
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (columns_[c].numeric) return c;
    return std::nullopt;
  }
  [[nodiscard]] std::size_t numeric_count() const {
    return static_cast<std::size_t>(std::ranges::count(columns_, true, &Column::numeric));
  }
  [[nodiscard]] bool counts(std::size_t column) const;
  [[nodiscard]] bool spectra_in_columns() const;

  bool apply_annotation();
  bool apply_kinds();
  std::vector<std::size_t> named_channels();
  void assign_rows();
  void assign_columns();
  void guess_composition(double tolerance, const std::vector<bool>& eligible);
  void make_runs();
  Status apply_choices();

  Layout& layout_;
  const Table& table_;
  const ImportOptions& options_;
  std::vector<Column>& columns_;
};

bool Assigner::counts(std::size_t column) const {
  const auto values = values_of(column);
  if (values.front() != 0 && values.front() != 1) return false;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] != values[i - 1] + 1) return false;
  return true;
}

bool Assigner::spectra_in_columns() const {
  const auto chosen = options_.settings.find("spectra_in");
  if (chosen != options_.settings.end()) return chosen->second == "columns";
  const auto first = first_numeric();
  if (!first || numeric_count() == 1) return true;
  const auto values = values_of(*first);
  const bool axis = looks_like_axis(values);
  if (table_.has_header) {
    std::size_t named = 0;
    for (const auto& column : columns_) {
      const auto place = position_in(column.name);
      if (column.numeric && place && place->prefix.empty()) ++named;
    }
    const std::string title = lower(columns_[*first].name);
    static const std::set<std::string> weak = {"x", "channel", "band", "pixel", "index"};
    // "400" and "band 3" name positions, too; a title of positions has no number outside its unit.
    const bool titled = names_positions(title) && !(position_in(title) && position_in(title)->prefix.empty());
    const bool monotonic = std::ranges::is_sorted(values) || std::ranges::is_sorted(values, std::greater<>());
    if (titled && (axis || (!weak.contains(title) && (monotonic || named < 2)))) return true;
    if (named >= 2) return false;
  }
  if (!axis) return false;
  // A column that counts rows is no axis, except beside a single spectrum.
  return !counts(*first) || numeric_count() == 2;
}

bool Assigner::apply_annotation() {
  if (layout_.annotation.empty()) return false;
  const auto annotation = parse_annotation(layout_.annotation);
  if (!annotation) {
    layout_.warnings.push_back(annotation.error().message());
    layout_.annotation.clear();
    return false;
  }
  bool matches = annotation->columns.size() + annotation->channels == columns_.size();
  for (std::size_t c = 0; matches && c < annotation->columns.size(); ++c)
    matches = annotation->columns[c].name == columns_[c].name;
  if (!matches) {
    layout_.warnings.emplace_back(
        "The columns are no longer those that Assayer wrote; its notes above the table are left aside.");
    layout_.annotation.clear();
    return false;
  }
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (c >= annotation->columns.size()) {
      columns_[c].role = ImportRole::Spectra;
      const auto place = position_in(columns_[c].name);
      if (place) columns_[c].position = place->value;
      continue;
    }
    const std::string& role = annotation->columns[c].role;
    columns_[c].role = parse_import_role(role).value_or(ImportRole::Metadata);
  }
  layout_.unit_text = annotation->unit ? to_string(*annotation->unit) : "";
  return true;
}

/// PyHAT's first header row: "wvl", "comp", "meta" above every column.
bool Assigner::apply_kinds() {
  if (table_.kinds.size() != columns_.size()) return false;
  if (std::ranges::count(table_.kinds, "wvl") < 2) return false;
  std::vector<bool> eligible(columns_.size(), false);
  bool compositions = false;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const std::string kind = lower(table_.kinds[c]);
    if (kind == "wvl") {
      columns_[c].role = ImportRole::Spectra;
      if (const auto place = position_in(columns_[c].name)) columns_[c].position = place->value;
      continue;
    }
    columns_[c].role = ImportRole::Metadata;
    compositions = compositions || kind == "comp";
    eligible[c] =
        kind == "comp" && columns_[c].numeric && lower(columns_[c].name).find("total") == std::string::npos;
  }
  layout_.positions = std::ranges::all_of(columns_, [](const Column& column) {
    return column.role != ImportRole::Spectra || column.position.has_value();
  });
  guess_composition(kAnalysisTolerance, eligible);
  if (compositions && layout_.with_role(ImportRole::Composition).empty()) {
    layout_.warnings.emplace_back(
        "No neighbouring columns of kind \"comp\" sum to 100: they are kept as metadata. Map those that make "
        "up "
        "the composition.");
  }
  return true;
}

/// The largest family of columns whose names are positions, in the columns' order.
std::vector<std::size_t> Assigner::named_channels() {
  static const std::set<std::string> wavelength_words = {
      "", "x", "wl", "wvl", "w", "wave", "wavelength", "nm", "um", "lambda", "r", "wn", "wavenumber"};
  std::map<std::string, std::vector<std::size_t>> families;
  std::map<std::size_t, NamedPosition> places;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (!columns_[c].numeric || !table_.has_header) continue;
    const auto place = position_in(columns_[c].name);
    if (!place) continue;
    families[place->prefix].push_back(c);
    places[c] = *place;
  }
  std::vector<std::size_t> best;
  std::string prefix;
  for (const auto& [word, members] : families) {
    const bool wavelengths = wavelength_words.contains(word);
    if (members.size() < (word.empty() ? 2 : kLeastNumbered) || members.size() <= best.size()) continue;
    bool counted = true;
    for (std::size_t i = 1; i < members.size(); ++i)
      counted = counted && places[members[i]].value == places[members[i - 1]].value + 1;
    if (!wavelengths && !counted) continue;
    best = members;
    prefix = word;
  }
  if (best.empty()) return best;
  for (const std::size_t c : best) columns_[c].position = places[c].value;
  layout_.unit_text = places[best.front()].unit;
  const bool starts_at_one = places[best.front()].value <= 1;
  layout_.positions =
      wavelength_words.contains(prefix) && !(prefix == "x" && starts_at_one && layout_.unit_text.empty());
  return best;
}

/// The first neighbouring columns that sum to a whole in every line of the sample.
void Assigner::guess_composition(double tolerance, const std::vector<bool>& eligible) {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (!eligible[c]) continue;
    std::size_t last = c;
    while (last < columns_.size() && eligible[last]) ++last;
    const std::size_t end = composition_run(table_.rows, c, last, tolerance);
    if (end < c + 2) continue;
    std::vector<std::string> names;
    for (; c < end; ++c) {
      columns_[c].role = ImportRole::Composition;
      names.push_back(columns_[c].name);
    }
    layout_.warnings.push_back(
        fmt::format("The columns {} sum to a whole in the first rows and are taken for the composition.",
                    fmt::join(names, ", ")));
    return;
  }
}

void Assigner::assign_rows() {
  layout_.spectra_in = SpectraIn::Rows;
  for (auto& column : columns_) column.role = ImportRole::Metadata;
  if (apply_annotation() || apply_kinds()) return;
  const auto channels = named_channels();
  for (const std::size_t c : channels) columns_[c].role = ImportRole::Spectra;
  if (!channels.empty() && layout_.unit_text.empty()) {
    // The corner above the samples' names often says what runs along the header.
    for (std::size_t c = 0; c < channels.front(); ++c)
      if (names_positions(columns_[c].name) && find_wavelength_unit(columns_[c].name))
        layout_.unit_text = columns_[c].name;
  }
  std::vector<bool> eligible(columns_.size(), false);
  for (std::size_t c = 0; c < columns_.size(); ++c)
    eligible[c] = table_.has_header && columns_[c].numeric && columns_[c].role != ImportRole::Spectra;
  guess_composition(kCompositionTolerance, eligible);
  for (auto& column : columns_) {
    static const std::set<std::string> words = {"group", "class", "geometry", "instrument"};
    if (column.role != ImportRole::Metadata || !words.contains(lower(column.name))) continue;
    column.role = ImportRole::Group;
    break;
  }
  if (!channels.empty()) return;
  layout_.positions = false;
  const auto first = first_numeric();
  std::size_t taken = 0;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (!columns_[c].numeric || columns_[c].role != ImportRole::Metadata) continue;
    if (c == first && table_.rows.size() > 2 && counts(c)) continue;
    columns_[c].role = ImportRole::Spectra;
    ++taken;
  }
  layout_.warnings.push_back(
      fmt::format("No column is named by a wavelength: the {} columns of numbers are taken for the channels, "
                  "numbered from 0.",
                  taken));
}

void Assigner::assign_columns() {
  layout_.spectra_in = SpectraIn::Columns;
  layout_.annotation.clear();
  std::optional<std::size_t> axis;
  for (std::size_t c = 0; c < columns_.size() && !axis; ++c)
    if (columns_[c].numeric && table_.has_header && names_positions(columns_[c].name) && numeric_count() > 1)
      axis = c;
  if (!axis && numeric_count() > 1) {
    const auto first = first_numeric();
    const auto values = values_of(*first);
    if (looks_like_axis(values) || values.size() < 3) axis = first;
  }
  static const std::set<std::string> masks = {"bad_channel", "bad_channels", "bbl", "mask", "bad"};
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    auto& role = columns_[c].role;
    role = columns_[c].numeric ? ImportRole::Spectra : ImportRole::Ignore;
    if (masks.contains(lower(columns_[c].name))) role = ImportRole::BadChannels;
    if (c == axis) role = ImportRole::Wavelength;
  }
  if (axis && table_.has_header && find_wavelength_unit(columns_[*axis].name))
    layout_.unit_text = columns_[*axis].name;
}

void Assigner::make_runs() {
  constexpr std::size_t least = 3;
  constexpr std::size_t most_listed = 64;
  const bool rows = layout_.spectra_in == SpectraIn::Rows;
  for (std::size_t c = 0; c < columns_.size();) {
    std::size_t end = c + 1;
    while (end < columns_.size() && columns_[end].role == columns_[c].role) ++end;
    const bool long_enough = end - c >= (rows ? least : most_listed);
    if (columns_[c].role == ImportRole::Spectra && long_enough) {
      const std::string run = fmt::format("{}..{}", columns_[c].name, columns_[end - 1].name);
      for (std::size_t k = c; k < end; ++k) columns_[k].run = run;
    }
    c = end;
  }
}

Status Assigner::apply_choices() {
  const bool rows = layout_.spectra_in == SpectraIn::Rows;
  using enum ImportRole;
  const std::vector<ImportRole> possible =
      rows ? std::vector{Ignore, Spectra, Composition, Group, Metadata, Names}
           : std::vector{Ignore, Spectra, Wavelength, BadChannels, Endmembers};
  std::vector<std::pair<std::size_t, ImportRole>> chosen;
  for (const auto& [name, role] : options_.roles) {
    if (std::ranges::find(possible, role) == possible.end()) {
      std::vector<std::string_view> names;
      names.reserve(possible.size());
      for (const auto each : possible) names.push_back(to_string(each));
      return fail({Error::Kind::Usage,
                   fmt::format("a column cannot be that where spectra are in {}", rows ? "rows" : "columns"),
                   name, fmt::format("{}", fmt::join(names, ", ")), std::string(to_string(role)),
                   "Choose another role, or set spectra_in."});
    }
    const std::size_t before = chosen.size();
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (columns_[c].name == name || columns_[c].run == name) chosen.emplace_back(c, role);
    if (chosen.size() == before) return check_options(contents_of(layout_, ""), {{{name, role}}, {}, {}});
  }
  // These replace the guess instead of adding to it: there is one composition, one axis.
  for (const ImportRole sole : {Composition, Group, Wavelength}) {
    if (!std::ranges::any_of(chosen, [sole](const auto& each) { return each.second == sole; })) continue;
    for (auto& column : columns_)
      if (column.role == sole) column.role = rows ? Metadata : Ignore;
  }
  for (const auto& [c, role] : chosen) {
    columns_[c].role = role == Names ? Metadata : role;
    if (role != Spectra) columns_[c].run.clear();
  }
  for (const ImportRole sole : {Group, Wavelength, BadChannels}) {
    const auto found = layout_.with_role(sole);
    if (found.size() < 2) continue;
    return fail({Error::Kind::Usage, fmt::format("two columns are mapped to \"{}\"", to_string(sole)),
                 fmt::format("{}, {}", columns_[found[0]].name, columns_[found[1]].name), "one", "", ""});
  }
  if (layout_.with_role(Spectra).empty()) {
    return fail({Error::Kind::Usage, "no column holds spectra", "", "at least one column of role spectra",
                 "none", "Map a column to spectra, or set spectra_in."});
  }
  return {};
}

Status Assigner::assign() {
  const bool annotated = !layout_.annotation.empty() && !options_.settings.contains("spectra_in");
  if (!annotated && spectra_in_columns())
    assign_columns();
  else
    assign_rows();
  make_runs();
  return apply_choices();
}

}  // namespace

Status assign_roles(Layout& layout, const Table& table, const ImportOptions& options) {
  return Assigner(layout, table, options).assign();
}

}  // namespace assayer::text
