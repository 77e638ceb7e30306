// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/band_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/letters.h"
#include "core/io/axis_reading.h"
#include "core/io/envi_header.h"
#include "core/io/importer.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

/// Widths of which none is known are no widths.
void take_widths(ReadBands& read, std::vector<double> widths, std::size_t entries) {
  const auto known = std::ranges::count_if(widths, [](double width) { return width > 0; });
  const std::size_t bands = read.bands.axis.size();
  if (widths.empty() && entries > 0)
    read.warnings.push_back(
        fmt::format("The file's fwhm is left out: it is not one number for each of {} bands.", bands));
  if (known > 0 && static_cast<std::size_t>(known) < bands)
    read.warnings.push_back(fmt::format("The file has no fwhm for {} of {} bands.",
                                        bands - static_cast<std::size_t>(known), bands));
  if (known > 0) read.bands.fwhm = std::move(widths);
}

bool is_envi_header(const fs::path& path) {
  std::array<char, 7> head{};
  std::ifstream stream(path, std::ios::binary);
  stream.read(head.data(), head.size());
  std::string_view begin(head.data(),
                         static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  if (begin.starts_with("\xEF\xBB\xBF")) begin.remove_prefix(3);
  return begin.starts_with("ENVI");
}

/// Without the data, which a sensor's header may have lost.
Result<ReadBands> bands_of(const EnviHeader& header) {
  auto values = header.numbers("wavelength");
  if (!values) return fail(values.error());
  if (values->empty()) return ReadBands{};
  const std::string* type = header.find("file type");
  const char* key = type != nullptr && lower(*type) == "envi spectral library" ? "samples" : "bands";
  if (header.find(key) != nullptr) {
    const auto bands = header.whole(key, 1, UINT64_MAX);
    if (!bands) return fail(bands.error());
    if (*bands != values->size()) {
      return fail({Error::Kind::Format, "the header has not one wavelength for each band",
                   "key \"wavelength\"", fmt::format("{} numbers, as {} tells", *bands, key),
                   fmt::format("{}", values->size()), "Correct the header."});
    }
  }
  const std::string* unit = header.find("wavelength units");
  const std::string* note = header.find(kWidthsNote);
  std::vector<double> widths;
  if (note != nullptr) widths = read_widths(*note, values->size());
  ReadAxis axis =
      read_axis(*std::move(values), {unit != nullptr ? *unit : "", std::nullopt, "The header's wavelengths",
                                     widths.empty() ? "" : "the key fwhm"});
  if (axis.converted)
    for (double& width : widths) width = axis.converted->convert(width);
  if (!axis.channels.empty() && !widths.empty()) {
    std::vector<double> kept;
    for (const std::size_t channel : axis.channels) kept.push_back(widths[channel]);
    widths = std::move(kept);
  }
  ReadBands read{{std::move(axis.axis), {}}, std::move(axis.warnings)};
  take_widths(read, std::move(widths), header.list(kWidthsNote).size());
  return read;
}

Result<ReadBands> bands_of(const fs::path& path, RunControl& control, const ProgressFn& progress) {
  if (is_envi_header(path)) {
    const auto header = EnviHeader::read(path);
    if (!header) return fail(header.error());
    return bands_of(*header);
  }
  ImportOptions options;
  options.max_rows = 1;
  auto imported = ImporterRegistry::standard().load(path, options, control, progress);
  if (!imported) return fail(imported.error());
  const Dataset& data = *imported->data;
  ReadBands read{{data.wavelength(), {}}, std::move(imported->warnings)};
  const auto& notes = data.provenance().attributes;
  if (const auto note = notes.find(std::string(kWidthsNote)); note != notes.end())
    take_widths(read, read_widths(note->second, data.channels()), note->second.size());
  return read;
}

}  // namespace

Result<ReadBands> read_bands(const fs::path& path, RunControl& control, const ProgressFn& progress) {
  auto read = bands_of(path, control, progress);
  if (!read) {
    const Error& error = read.error();
    const bool named = error.where.find(path.string()) != std::string::npos;
    return fail(named || error.cancelled() ? error : error.in(path.string()));
  }
  const WavelengthUnit unit = read->bands.axis.unit();
  if (unit == WavelengthUnit::Channel || unit == WavelengthUnit::Pixel) {
    return fail({Error::Kind::Data, "the file has no wavelengths or wavenumbers", path.string(),
                 "an axis in nm, um or cm-1", "channel numbers",
                 "Choose a file whose bands have positions."});
  }
  return read;
}

}  // namespace assayer
