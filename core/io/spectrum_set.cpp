// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/spectrum_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/io/axis_reading.h"

namespace assayer {

std::size_t SpectrumSet::add_axis(Axis axis) {
  // From the end: neighbours mostly share theirs.
  constexpr std::size_t looked_at = 64;
  const std::size_t last = axes_.size() - std::min(axes_.size(), looked_at);
  for (std::size_t i = axes_.size(); i > last; --i)
    if (axes_[i - 1] == axis) return i - 1;
  axes_.push_back(std::move(axis));
  return axes_.size() - 1;
}

Result<Imported> SpectrumSet::make(const std::string& format, const std::filesystem::path& path,
                                   const ImportOptions& options, std::vector<std::string> warnings) {
  std::vector<std::size_t> count(axes_.size(), 0);
  for (const Spectrum& spectrum : spectra_) ++count[spectrum.axis];
  const auto chosen = static_cast<std::size_t>(std::ranges::max_element(count) - count.begin());
  std::vector<const Spectrum*> kept;
  for (const Spectrum& spectrum : spectra_)
    if (spectrum.axis == chosen) kept.push_back(&spectrum);
  if (kept.size() < spectra_.size()) {
    warnings.push_back(
        fmt::format("{} of {} spectra are left out, because they lie on another axis than the others: a data "
                    "set has one. "
                    "Resample them first to take all.",
                    spectra_.size() - kept.size(), spectra_.size()));
  }
  if (kept.size() > options.max_rows) kept.resize(std::max<std::size_t>(options.max_rows, 1));

  const Axis& from = axes_[chosen];
  ReadAxis axis = read_axis(from.values, {from.unit, options.unit ? options.unit : from.forced, "The axis"});
  warnings.insert(warnings.end(), axis.warnings.begin(), axis.warnings.end());
  if (from.forced && !options.unit)
    warnings.push_back(
        fmt::format("\"{}\" is no unit of a spectral axis: the positions are kept as they are.", from.unit));

  DatasetParts parts;
  parts.provenance.path = path.string();
  parts.provenance.format = format;
  const std::size_t channels = axis.axis.size();
  parts.spectra = Matrix<float>(kept.size(), channels);
  for (std::size_t r = 0; r < kept.size(); ++r) {
    const auto row = parts.spectra.row(r);
    for (std::size_t c = 0; c < channels; ++c)
      row[c] = kept[r]->values[axis.channels.empty() ? c : axis.channels[c]];
  }
  parts.wavelength = std::move(axis.axis);
  parts.bad_channels = std::move(axis.bad);

  if (std::ranges::any_of(kept, [](const Spectrum* s) { return !s->title.empty(); })) {
    std::vector<std::string> titles;
    titles.reserve(kept.size());
    for (const Spectrum* spectrum : kept) titles.push_back(spectrum->title);
    parts.metadata.push_back({"title", std::move(titles)});
  }
  std::set<std::string> keys;
  for (const Spectrum* spectrum : kept)
    for (const auto& [key, value] : spectrum->notes) keys.insert(key);
  for (const std::string& key : keys) {
    std::vector<std::string> column;
    for (const Spectrum* spectrum : kept) {
      const auto note = spectrum->notes.find(key);
      column.push_back(note == spectrum->notes.end() ? std::string{} : note->second);
    }
    if (std::ranges::all_of(column, [&](const std::string& text) { return text == column.front(); }))
      parts.provenance.attributes[key] = column.front();
    else if (key != "title")
      parts.metadata.push_back({key, std::move(column)});
  }
  auto data = Dataset::create(std::move(parts));
  if (!data) return fail(std::move(data).error());
  return Imported{*std::move(data), format, std::move(warnings)};
}

}  // namespace assayer
