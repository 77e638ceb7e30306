// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/jcamp_importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>

#include "core/base/letters.h"
#include "core/io/axis_reading.h"
#include "core/io/byte_source.h"
#include "core/io/jcamp_text.h"
#include "core/io/spectrum_set.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

/// Units that others than spectral axes have. From the size of such numbers no unit could be guessed.
bool is_foreign_unit(std::string_view text) {
  constexpr std::array<std::string_view, 17> foreign = {
      "HZ",     "PPM",       "SECONDS",        "SECOND", "MILLISECONDS", "MICROSECONDS", "MINUTES",
      "HOURS",  "TIME",      "MASS UNITS",     "M/Z",    "EV",           "VOLTS",        "DEGREES",
      "KELVIN", "ARBITRARY", "ARBITRARY UNITS"};
  return std::ranges::find(foreign, upper(text)) != foreign.end();
}

/// What of a block's records is worth keeping beside its numbers.
std::map<std::string, std::string> notes_of(const JcampBlock& block) {
  constexpr std::array<std::string_view, 12> numbers = {"FIRSTX",  "LASTX",   "DELTAX", "NPOINTS",
                                                        "XFACTOR", "YFACTOR", "FIRSTY", "MAXX",
                                                        "MINX",    "MAXY",    "MINY",   "TITLE"};
  std::map<std::string, std::string> notes;
  for (const auto& [label, value] : block.records)
    if (!value.empty() && std::ranges::find(numbers, label) == numbers.end()) notes[label] = value;
  return notes;
}

Result<std::string> read_text(const fs::path& path) {
  std::error_code code;
  const std::uint64_t size = fs::file_size(path, code);
  if (code) return fail({Error::Kind::File, "the file cannot be read", "", "", code.message(), ""});
  if (auto status = check_memory(size, "the text of the file"); !status) return fail(status.error());
  auto bytes = open_bytes(path, 0, size);
  if (!bytes) return fail(bytes.error());
  std::string text(size, '\0');
  if (auto status = (*bytes)->read_all(std::as_writable_bytes(std::span(text))); !status)
    return fail(status.error());
  return text;
}

Result<Imported> load_text(const fs::path& path, const std::string& format, const ImportOptions& options,
                           RunControl& control, const ProgressFn& progress) {
  if (!options.roles.empty() || !options.settings.empty()) {
    return fail({Error::Kind::Usage, "a JCAMP-DX file has no fields or settings to decide about", "", "", "",
                 "Leave the mapping out."});
  }
  const auto text = read_text(path);
  if (!text) return fail(text.error());
  const auto blocks = jcamp_blocks(*text);
  // A letter can stand for many values, but no spectrum is made of repetitions alone.
  constexpr std::uint64_t free_values = 4'000'000;
  constexpr std::uint64_t values_per_byte = 64;
  std::uint64_t left = free_values + values_per_byte * text->size();
  SpectrumSet set;
  std::vector<std::string> warnings;
  std::optional<Error> refused;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress) progress(static_cast<double>(i) / static_cast<double>(blocks.size()), "reading");
    const JcampBlock& block = blocks[i];
    if (block.data_label.empty()) continue;
    auto data = jcamp_data(block, left);
    if (!data) {
      if (jcamp_is_spectrum(block)) return fail(data.error());
      ++left_out;
      if (!refused) refused = data.error();
      continue;
    }
    left -= std::min<std::uint64_t>(left, data->y.size());
    if (data->y.empty())
      return fail({Error::Kind::Data, "the block has no points",
                   fmt::format("block at line {}", block.first_line), "at least two", "none",
                   "Write the file again from its source."});
    warnings.insert(warnings.end(), data->warnings.begin(), data->warnings.end());
    SpectrumSet::Axis axis{std::move(data->x), block.text("XUNITS"), std::nullopt};
    if (is_foreign_unit(axis.unit)) axis.forced = WavelengthUnit::Channel;
    SpectrumSet::Spectrum row;
    row.axis = set.add_axis(std::move(axis));
    row.values.reserve(data->y.size());
    for (const double y : data->y) row.values.push_back(static_cast<float>(y));
    row.title = block.text("TITLE");
    row.notes = notes_of(block);
    set.add(std::move(row));
  }
  if (set.empty()) {
    if (refused) return fail(*refused);
    return fail({Error::Kind::Format, "the file has no spectrum", "", "a block with XYDATA or XYPOINTS",
                 fmt::format("{} blocks without", blocks.size()), "Export the spectrum itself as XYDATA."});
  }
  if (left_out > 0)
    warnings.push_back(
        left_out == 1
            ? "1 block that holds no spectrum (peaks, NTUPLES) is left out."
            : fmt::format("{} blocks that hold no spectra (peaks, NTUPLES) are left out.", left_out));
  return set.make(format, path, options, std::move(warnings));
}

}  // namespace

bool JcampImporter::sniff(const fs::path& /*path*/, std::string_view head) const {
  // Comments and a byte order mark may stand before the first record.
  constexpr std::size_t looked_at = 4096;
  const std::string_view start = head.substr(0, looked_at);
  if (start.find('\0') != std::string_view::npos) return false;
  const auto record = start.find("##");
  if (record == std::string_view::npos) return false;
  std::string label;
  for (const char c : start.substr(record + 2, 24)) {
    if (c == '=') return label == "TITLE";
    if (c == ' ') continue;
    label += upper(c);
  }
  return false;
}

Result<Imported> JcampImporter::load(const fs::path& path, const ImportOptions& options, RunControl& control,
                                     const ProgressFn& progress) const {
  try {
    auto imported = load_text(path, name(), options, control, progress);
    if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
    return imported;
  } catch (const std::bad_alloc&) {
    return fail(
        {Error::Kind::File, "the data do not fit into the memory", path.string(), "", "", "Split the file."});
  }
}

}  // namespace assayer
