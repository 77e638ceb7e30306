// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/spectrum_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/io/axis_reading.h"
#include "core/io/byte_source.h"

namespace assayer {

namespace {

const std::string kNothing;

/// Row by row the channels `channels` of `width`, in place: no row becomes longer.
void pick_rows(std::vector<float>& values, std::size_t width, std::span<const std::size_t> channels) {
  const std::size_t rows = values.size() / width;
  std::vector<float> scratch;
  auto end = values.begin();
  for (std::size_t r = 0; r < rows; ++r) {
    const std::span<float> row = std::span(values).subspan(r * width, width);
    pick_channels(row, channels, scratch);
    for (const float value : row.first(channels.size())) *end++ = value;
  }
  values.erase(end, values.end());
}

}  // namespace

void SpectrumSet::expect(std::size_t spectra, std::uint64_t values) {
  expected_spectra_ = spectra;
  expected_values_ = values;
}

std::size_t SpectrumSet::add_axis(Axis axis) {
  // From the end: neighbours mostly share theirs.
  constexpr std::size_t looked_at = 64;
  const std::size_t last = groups_.size() - std::min(groups_.size(), looked_at);
  for (std::size_t i = groups_.size(); i > last; --i)
    if (groups_[i - 1].axis == axis) return i - 1;
  groups_.push_back({std::move(axis), {}, 0});
  return groups_.size() - 1;
}

std::span<float> SpectrumSet::add(Spectrum spectrum) {
  const std::size_t number = axis_of_.size();
  Group& group = groups_[spectrum.axis];
  const std::size_t width = group.axis.values.size();
  if (number == 0) {
    const std::array<std::uint64_t, 2> sides = {expected_spectra_, width};
    group.values.reserve(std::min(expected_values_, saturated_product(sides)));
  }
  axis_of_.push_back(spectrum.axis);
  if (!spectrum.title.empty()) append(titles_, number, std::move(spectrum.title));
  for (auto& [key, text] : spectrum.notes) append(notes_[key], number, std::move(text));
  ++group.spectra;
  group.values.resize(group.values.size() + width);
  return std::span(group.values).last(width);
}

void SpectrumSet::append(std::vector<Run>& runs, std::size_t spectrum, std::string text) {
  const bool again = !runs.empty() && runs.back().first + runs.back().count == spectrum;
  if (again && runs.back().text == text)
    ++runs.back().count;
  else
    runs.push_back({spectrum, 1, std::move(text)});
}

std::vector<const std::string*> SpectrumSet::texts(const std::vector<Run>& runs,
                                                   std::span<const std::size_t> kept) {
  std::vector<const std::string*> result(kept.size(), &kNothing);
  auto run = runs.begin();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    while (run != runs.end() && run->first + run->count <= kept[i]) ++run;
    if (run != runs.end() && run->first <= kept[i]) result[i] = &run->text;
  }
  return result;
}

Result<Imported> SpectrumSet::make(const std::string& format, const std::filesystem::path& path,
                                   const ImportOptions& options, std::vector<std::string> warnings) {
  const auto chosen =
      static_cast<std::size_t>(std::ranges::max_element(groups_, {}, &Group::spectra) - groups_.begin());
  Group group = std::move(groups_[chosen]);
  groups_.clear();
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < axis_of_.size(); ++i)
    if (axis_of_[i] == chosen) kept.push_back(i);
  if (kept.size() < axis_of_.size()) {
    warnings.push_back(
        fmt::format("{} of {} spectra are left out, because they lie on another axis than the others: a data "
                    "set has one. "
                    "Resample them first to take all.",
                    axis_of_.size() - kept.size(), axis_of_.size()));
  }
  axis_of_.clear();
  const std::size_t width = group.axis.values.size();
  if (kept.size() > options.max_rows) {
    kept.resize(std::max<std::size_t>(options.max_rows, 1));
    // Shortened in place, a preview would keep the memory of the whole.
    const auto* const values = group.values.data();
    group.values = std::vector<float>(values, values + kept.size() * width);
  }

  const Axis& from = group.axis;
  ReadAxis axis = read_axis(from.values, {from.unit, options.unit ? options.unit : from.forced, "The axis"});
  warnings.insert(warnings.end(), axis.warnings.begin(), axis.warnings.end());
  if (from.forced && !options.unit)
    warnings.push_back(
        fmt::format("\"{}\" is no unit of a spectral axis: the positions are kept as they are.", from.unit));

  DatasetParts parts;
  parts.provenance.path = path.string();
  parts.provenance.format = format;
  if (!axis.channels.empty()) pick_rows(group.values, width, axis.channels);
  parts.spectra = Matrix<float>(std::move(group.values), kept.size(), axis.axis.size());
  parts.wavelength = std::move(axis.axis);
  parts.bad_channels = std::move(axis.bad);

  const auto add_column = [&parts](const std::string& name, std::span<const std::string* const> texts) {
    std::vector<std::string> column;
    column.reserve(texts.size());
    for (const std::string* text : texts) column.push_back(*text);
    parts.metadata.push_back({name, std::move(column)});
  };
  const auto titles = texts(titles_, kept);
  if (std::ranges::any_of(titles, [](const std::string* title) { return !title->empty(); }))
    add_column("title", titles);
  parts.provenance.attributes = std::move(common_);
  for (const auto& [key, runs] : notes_) {
    const auto column = texts(runs, kept);
    const auto is_first = [&](const std::string* text) { return *text == *column.front(); };
    if (column.empty()) continue;
    if (!std::ranges::all_of(column, is_first)) {
      if (key != "title") add_column(key, column);
    } else if (!column.front()->empty()) {
      // An empty one is that of a spectrum on another axis.
      parts.provenance.attributes[key] = *column.front();
    }
  }
  titles_.clear();
  notes_.clear();
  auto data = Dataset::create(std::move(parts));
  if (!data) return fail(std::move(data).error());
  return Imported{*std::move(data), format, std::move(warnings)};
}

}  // namespace assayer
