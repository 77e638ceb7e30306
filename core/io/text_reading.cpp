// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "core/io/axis_reading.h"
#include "core/io/compositions.h"
#include "core/io/text.h"
#include "core/io/text_annotation.h"
#include "core/io/text_cells_detail.h"

namespace assayer::text {

namespace fs = std::filesystem;

namespace {

/// Of the time, that counting the lines takes.
constexpr double kCounting = 0.15;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Groups groups_of(const TextCells& cells) {
  Groups groups;
  std::set<std::string, std::less<>> distinct;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!distinct.contains(cells[i])) distinct.emplace(cells[i]);
  // Numbers as codes, in their order; words are numbered in the order of the alphabet.
  std::map<std::int64_t, std::string> by_code;
  for (const auto& text : distinct) {
    std::int64_t code = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), code);
    if (error == std::errc{} && at == text.data() + text.size()) by_code.emplace(code, text);
  }
  std::map<std::string, std::int32_t, std::less<>> index;
  if (by_code.size() == distinct.size()) {
    for (const auto& [code, text] : by_code) {
      index[text] = static_cast<std::int32_t>(groups.codes.size());
      groups.codes.push_back(code);
      groups.names.push_back(fmt::format("group {}", code));
    }
  } else {
    for (const auto& text : distinct) {
      index[text] = static_cast<std::int32_t>(groups.codes.size());
      groups.codes.push_back(std::ssize(groups.codes));
      groups.names.push_back(text.empty() ? "none" : to_utf8(text));
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i) groups.of_row.push_back(index.find(cells[i])->second);
  return groups;
}

Result<Groups> annotated_groups(const TextCells& cells, const Annotation& annotation) {
  Groups groups;
  groups.names = annotation.group_names;
  groups.codes = annotation.group_codes;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto number = parse_number<double>(cells[i]);
    const auto found = std::ranges::find_if(
        groups.codes, [&](std::int64_t code) { return number && static_cast<double>(code) == *number; });
    if (found == groups.codes.end()) {
      return fail({Error::Kind::Format, "a group is not among those that the file lists",
                   fmt::format("row {} (counted from 0)", i), "", fmt::format("\"{}\"", cells[i]),
                   "Correct it, or remove the comment above the table."});
    }
    groups.of_row.push_back(static_cast<std::int32_t>(found - groups.codes.begin()));
  }
  return groups;
}

}  // namespace

Result<TableLines> TableLines::open(const fs::path& path, const Layout& layout, RunControl& control) {
  auto reader = LineReader::open(path);
  if (!reader) return fail(reader.error());
  return TableLines(*std::move(reader), layout, control);
}

Result<bool> TableLines::next(std::string_view& line) {
  while (true) {
    if (control_->stop_requested()) return fail(Error::cancel());
    auto more = reader_.next(line);
    if (!more || !*more) return more;
    if (trimmed(line).empty() || comment_text(line, layout_->comment)) continue;
    if (to_skip_ == 0) return true;
    --to_skip_;
  }
}

double TableLines::fraction() const {
  return std::min(1.0, static_cast<double>(reader_.bytes_read()) / static_cast<double>(reader_.bytes()));
}

MetadataColumn make_column(std::string name, const TextCells& cells, char decimal, std::string_view type) {
  const std::size_t n = cells.size();
  if (type.empty() || type == "integer") {
    std::vector<std::int64_t> integers;
    integers.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
      const std::string_view text = cells[i];
      std::int64_t value = 0;
      const auto [at, code] = std::from_chars(text.data(), text.data() + text.size(), value);
      // "007" is a name.
      const bool padded = text.size() > 1 && text[text[0] == '-' ? 1 : 0] == '0';
      if (code != std::errc{} || at != text.data() + text.size() || padded) break;
      integers.push_back(value);
    }
    if (integers.size() == n) return {std::move(name), std::move(integers)};
  }
  if (type.empty() || type == "real" || type == "integer") {
    std::vector<double> numbers;
    numbers.reserve(n);
    bool any = false;
    for (std::size_t i = 0; i < n; ++i) {
      const auto value = parse_number<double>(cells[i], decimal);
      const bool padded = cells[i].size() > 1 && cells[i][0] == '0' &&
                          cells[i].find_first_not_of("0123456789") == std::string_view::npos;
      if (!value || padded) break;
      any = any || !std::isnan(*value) || type == "real";
      numbers.push_back(*value);
    }
    if (numbers.size() == n && any) return {std::move(name), std::move(numbers)};
  }
  std::vector<std::string> texts;
  texts.reserve(n);
  for (std::size_t i = 0; i < n; ++i) texts.push_back(to_utf8(cells[i]));
  return {std::move(name), std::move(texts)};
}

Status add_compositions(DatasetParts& parts, Matrix<double> values, std::vector<std::string> names,
                        bool mapped, std::vector<std::string>& warnings) {
  const Matrix<double> original = values;
  if (auto sentence = percent_to_fractions(values); !sentence.empty())
    warnings.push_back(std::move(sentence));
  auto read = read_compositions(std::move(values), names, "composition");
  if (read) {
    if (read->abundances) parts.abundances = *std::move(read->abundances);
    for (auto& column : read->columns) parts.metadata.push_back(std::move(column));
    if (!read->warning.empty()) warnings.push_back(std::move(read->warning));
    return {};
  }
  if (mapped) return fail(read.error());
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::vector<double> column(original.rows());
    for (std::size_t r = 0; r < column.size(); ++r) column[r] = original(r, k);
    parts.metadata.push_back({names[k], std::move(column)});
  }
  warnings.push_back(
      fmt::format("What looked like a composition is none ({}): kept as metadata.", read.error().message()));
  return {};
}

Result<ReadTable> read_rows(const fs::path& path, const Layout& layout, const ImportOptions& options,
                            RunControl& control, const ProgressFn& progress) {
  ReadTable result;
  DatasetParts& parts = result.parts;
  const auto spectral = layout.with_role(ImportRole::Spectra);
  ReadAxis axis;
  if (layout.positions) {
    std::vector<double> positions;
    positions.reserve(spectral.size());
    for (const std::size_t c : spectral) positions.push_back(layout.columns[c].position.value_or(kNan));
    axis = read_axis(std::move(positions), hints_of(layout, options));
  } else {
    axis.axis = WavelengthAxis::channels(spectral.size());
  }

  auto counting = TableLines::open(path, layout, control);
  if (!counting) return fail(counting.error());
  std::size_t rows = 0;
  for (std::string_view line; rows < options.max_rows; ++rows) {
    const auto more = counting->next(line);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (progress && rows % 1024 == 0) progress(kCounting * counting->fraction(), "counting");
  }
  if (rows == 0 || rows > UINT32_MAX)
    return fail({Error::Kind::Format, "the table cannot be read", "", "1 to 4294967295 rows",
                 fmt::format("{}", rows), "Check the settings header_rows and skip_lines."});

  // Where each column's field goes: a channel, or a slot of its role.
  constexpr std::size_t nowhere = SIZE_MAX;
  std::vector<std::size_t> place(layout.columns.size(), nowhere);
  if (axis.channels.empty()) {
    for (std::size_t i = 0; i < spectral.size(); ++i) place[spectral[i]] = i;
  } else {
    for (std::size_t i = 0; i < axis.channels.size(); ++i) place[spectral[axis.channels[i]]] = i;
  }
  const auto composition = layout.with_role(ImportRole::Composition);
  for (std::size_t k = 0; k < composition.size(); ++k) place[composition[k]] = k;
  const auto metadata = layout.with_role(ImportRole::Metadata);
  for (std::size_t k = 0; k < metadata.size(); ++k) place[metadata[k]] = k;

  parts.spectra = Matrix<float>(rows, axis.axis.size());
  Matrix<double> compositions(composition.empty() ? 0 : rows, composition.size());
  std::vector<TextCells> texts(metadata.size());
  TextCells group;
  Cells cells(layout);
  std::size_t row = 0;
  auto lines = TableLines::open(path, layout, control);
  if (!lines) return fail(lines.error());
  for (std::string_view line; row < rows; ++row) {
    const auto more = lines->next(line);
    if (!more) return fail(more.error());
    if (!*more) return changed();
    const auto spectrum = parts.spectra.row(row);
    const auto take = [&](std::size_t c, std::string_view field) -> Status {
      const Column& column = layout.columns[c];
      switch (column.role) {
        case ImportRole::Spectra: {
          const auto value = cells.number(field);
          if (!value) return bad_cell(lines->reader().line_number(), column, field);
          if (place[c] != nowhere) spectrum[place[c]] = *value;
          return {};
        }
        case ImportRole::Composition: {
          const auto value = field == layout.missing ? kNan : parse_number<double>(field, layout.decimal);
          if (!value) return bad_cell(lines->reader().line_number(), column, field);
          compositions(row, place[c]) = *value;
          return {};
        }
        case ImportRole::Metadata:
          texts[place[c]].add(field);
          return {};
        case ImportRole::Group:
          group.add(field);
          return {};
        default:
          return {};
      }
    };
    if (auto status = for_each_field(line, *lines, layout, control, take); !status)
      return fail(status.error());
    if (progress && row % 256 == 0) progress(kCounting + (1 - kCounting) * lines->fraction(), "reading");
  }

  std::optional<Annotation> annotation;
  if (!layout.annotation.empty()) {
    if (auto parsed = parse_annotation(layout.annotation)) annotation = *std::move(parsed);
  }
  for (std::size_t k = 0; k < metadata.size(); ++k) {
    const std::string& name = layout.columns[metadata[k]].name;
    const bool annotated = annotation && metadata[k] < annotation->columns.size();
    const AnnotatedColumn noted = annotated ? annotation->columns[metadata[k]] : AnnotatedColumn{};
    if (noted.role == "true composition") {
      if (!parts.true_abundances) parts.true_abundances.emplace(rows, 0);
      std::vector<double> column = *make_column(name, texts[k], layout.decimal, "real").numbers();
      Matrix<double> wider(rows, parts.true_abundances->cols() + 1);
      for (std::size_t r = 0; r < rows; ++r) {
        std::ranges::copy(parts.true_abundances->row(r), wider.row(r).begin());
        wider.row(r).back() = column[r];
      }
      parts.true_abundances = std::move(wider);
    } else {
      parts.metadata.push_back(make_column(name, texts[k], layout.decimal, noted.type));
    }
    texts[k] = {};
  }
  if (group.size() > 0) {
    if (annotation && !annotation->group_codes.empty()) {
      auto groups = annotated_groups(group, *annotation);
      if (!groups) return fail(groups.error());
      parts.groups = *std::move(groups);
    } else {
      parts.groups = groups_of(group);
    }
  }
  if (!composition.empty()) {
    std::vector<std::string> names;
    names.reserve(composition.size());
    for (const std::size_t c : composition) names.push_back(layout.columns[c].name);
    const bool mapped = std::ranges::any_of(
        options.roles, [](const auto& role) { return role.second == ImportRole::Composition; });
    if (auto status =
            add_compositions(parts, std::move(compositions), std::move(names), mapped, result.warnings);
        !status)
      return fail(status.error());
  }
  cells.warn(result.warnings);
  std::ranges::move(axis.warnings, std::back_inserter(result.warnings));
  parts.wavelength = std::move(axis.axis);
  parts.bad_channels = std::move(axis.bad);
  if (annotation) {
    if (rows == parts.spectra.rows() && options.max_rows == SIZE_MAX)
      parts.image_shape = annotation->image_shape;
    if (!annotation->bad_channels.empty()) parts.bad_channels = std::move(annotation->bad_channels);
    parts.endmembers = std::move(annotation->endmembers);
    parts.endmember_names = std::move(annotation->endmember_names);
    parts.endmembers_by_group = std::move(annotation->endmembers_by_group);
    parts.provenance.attributes = std::move(annotation->attributes);
  }
  return result;
}

}  // namespace assayer::text
