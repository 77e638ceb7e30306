// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/io/axis_reading.h"
#include "core/io/text_cells_detail.h"
#include "core/io/text_reading.h"

namespace assayer::text {

namespace {

constexpr double kCounting = 0.25;
constexpr std::size_t kNowhere = SIZE_MAX;

/// The lines counted, with the positions that the axis' column gives them.
struct Channels {
  std::size_t count = 0;
  std::vector<double> positions;
};

Result<Channels> count_channels(const std::filesystem::path& path, const Layout& layout, std::size_t axis,
                                RunControl& control, const ProgressFn& progress) {
  auto lines = TableLines::open(path, layout, control);
  if (!lines) return fail(lines.error());
  Channels channels;
  for (std::string_view line;; ++channels.count) {
    const auto more = lines->next(line);
    if (!more) return fail(more.error());
    if (!*more) return channels;
    if (progress && channels.count % 256 == 0) progress(kCounting * lines->fraction(), "counting");
    if (axis == kNowhere) continue;
    FieldSplitter splitter(line, layout.delimiter);
    std::string_view field;
    for (std::size_t c = 0; c <= axis; ++c)
      if (!splitter.next(field)) return ragged(*lines, layout.columns.size(), c);
    const auto position = parse_number<double>(field, layout.decimal);
    if (!position) return bad_cell(lines->reader().line_number(), layout.columns[axis], field);
    channels.positions.push_back(*position);
  }
}

}  // namespace

Result<ReadTable> read_columns(const std::filesystem::path& path, const Layout& layout,
                               const ImportOptions& options, RunControl& control,
                               const ProgressFn& progress) {
  ReadTable result;
  DatasetParts& parts = result.parts;
  const auto axes = layout.with_role(ImportRole::Wavelength);
  const auto axis_column = axes.empty() ? kNowhere : axes.front();
  auto channels = count_channels(path, layout, axis_column, control, progress);
  if (!channels) return fail(channels.error());
  ReadAxis axis = axis_column != kNowhere
                      ? read_axis(std::move(channels->positions), hints_of(layout, options))
                      : number_channels(channels->count);

  auto spectral = layout.with_role(ImportRole::Spectra);
  if (spectral.size() > options.max_rows) spectral.resize(options.max_rows);
  const auto references = layout.with_role(ImportRole::Endmembers);
  const auto masks = layout.with_role(ImportRole::BadChannels);
  std::vector<std::size_t> place(layout.columns.size(), kNowhere);
  for (std::size_t i = 0; i < spectral.size(); ++i) place[spectral[i]] = i;
  for (std::size_t i = 0; i < references.size(); ++i) place[references[i]] = i;
  std::vector<std::size_t> channel_of_line(channels->count, kNowhere);
  for (std::size_t i = 0; i < axis.axis.size(); ++i)
    channel_of_line[axis.channels.empty() ? i : axis.channels[i]] = i;

  parts.spectra = Matrix<float>(spectral.size(), axis.axis.size());
  if (!references.empty()) parts.endmembers.emplace(references.size(), axis.axis.size());
  if (!masks.empty()) parts.bad_channels.assign(axis.axis.size(), 0);
  Cells cells(layout);
  auto lines = TableLines::open(path, layout, control);
  if (!lines) return fail(lines.error());
  for (std::size_t l = 0; l < channels->count; ++l) {
    std::string_view line;
    const auto more = lines->next(line);
    if (!more) return fail(more.error());
    if (!*more) return changed();
    const std::size_t channel = channel_of_line[l];
    const auto take = [&](std::size_t c, std::string_view field) -> Status {
      const ImportRole role = layout.columns[c].role;
      const bool number =
          role == ImportRole::Spectra || role == ImportRole::Endmembers || role == ImportRole::BadChannels;
      if (!number) return {};
      const auto value = cells.number(field);
      if (!value) return bad_cell(lines->reader().line_number(), layout.columns[c], field);
      if (channel == kNowhere) return {};
      if (role == ImportRole::BadChannels)
        parts.bad_channels[channel] = *value != 0 ? 1 : 0;
      else if (role == ImportRole::Endmembers)
        (*parts.endmembers)(place[c], channel) = *value;
      else if (place[c] != kNowhere)
        parts.spectra(place[c], channel) = *value;
      return {};
    };
    if (auto status = for_each_field(line, *lines, layout, control, take); !status)
      return fail(status.error());
    if (progress && l % 64 == 0) progress(kCounting + (1 - kCounting) * lines->fraction(), "reading");
  }

  // A single spectrum's column is called "intensity": that names no sample.
  if (spectral.size() > 1) {
    std::vector<std::string> names;
    names.reserve(spectral.size());
    for (const std::size_t c : spectral) names.push_back(layout.columns[c].name);
    parts.metadata.push_back({"name", std::move(names)});
  }
  for (const std::size_t c : references) parts.endmember_names.push_back(layout.columns[c].name);
  if (!axis.bad.empty()) {
    parts.bad_channels.resize(axis.axis.size());
    for (std::size_t i = 0; i < axis.bad.size(); ++i) parts.bad_channels[i] |= axis.bad[i];
  }
  cells.warn(result.warnings);
  std::ranges::move(axis.warnings, std::back_inserter(result.warnings));
  parts.wavelength = std::move(axis.axis);
  return result;
}

}  // namespace assayer::text
