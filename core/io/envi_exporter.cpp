// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/envi_exporter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <utility>

#include "core/base/letters.h"
#include "core/io/atomic_file.h"
#include "core/io/raw_cube_writer.h"
#include "core/io/spectra_blocks.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr const char* kInterleave = "interleave";
constexpr std::array<std::string_view, 3> kInterleaves = {"bip", "bil", "bsq"};

std::string_view name_of(Interleave interleave) {
  switch (interleave) {
    case Interleave::Bsq:
      return "bsq";
    case Interleave::Bil:
      return "bil";
    case Interleave::Bip:
      return "bip";
  }
  return "bip";
}

std::string_view unit_name(WavelengthUnit unit) {
  switch (unit) {
    case WavelengthUnit::Nanometre:
      return "Nanometers";
    case WavelengthUnit::Micrometre:
      return "Micrometers";
    case WavelengthUnit::InverseCentimetre:
      return "Wavenumber";
    case WavelengthUnit::Channel:
      return "Index";
    case WavelengthUnit::Pixel:
      return "Pixel";
  }
  return "Index";
}

/// A header ends a value at its brace and an entry at its comma, and knows no way round.
std::string without(std::string text, bool in_list) {
  for (char& c : text) {
    if (c == '{') c = '(';
    if (c == '}') c = ')';
    if (in_list && c == ',') c = ';';
    if (in_list && (c == '\n' || c == '\r')) c = ' ';
  }
  return text;
}

void add_list(std::string& text, std::string_view key, const std::vector<std::string>& entries) {
  text += fmt::format("{} = {{{}}}\n", key, fmt::join(entries, ", "));
}

std::vector<std::string> entries_of(const std::string& list) {
  std::vector<std::string> entries;
  for (std::size_t at = 0; at <= list.size();) {
    const auto comma = std::min(list.find(',', at), list.size());
    const auto first = list.find_first_not_of(' ', at);
    entries.push_back(list.substr(std::min(first, comma), comma - std::min(first, comma)));
    at = comma + 1;
  }
  return entries;
}

Status put_text(const fs::path& path, std::string_view text) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  stream.close();
  if (stream) return {};
  return fail({Error::Kind::File, "the header cannot be written", path.string(), "", "",
               "Choose a disk that has space left."});
}

Status put_spectra(const Spectra& spectra, const fs::path& path, const RawCube& cube, RunControl& control,
                   const ProgressFn& progress) {
  auto writer = RawCubeWriter::open(path, cube);
  if (!writer) return fail(writer.error());
  const auto status = for_each_block(spectra, spectra.block_rows(), control, progress,
                                     [&](std::size_t first, MatrixView<float> block) {
                                       return writer->write(first, {block.data(), block.size()});
                                     });
  return status ? writer->close() : status;
}

/// The first column of texts, a column "name" before others.
const MetadataColumn* names_of(const Dataset& data) {
  if (const auto* column = data.find_metadata("name");
      column != nullptr && std::holds_alternative<std::vector<std::string>>(column->values))
    return column;
  for (const auto& column : data.metadata())
    if (std::holds_alternative<std::vector<std::string>>(column.values)) return &column;
  return nullptr;
}

bool are_the_spectra(const std::optional<Matrix<float>>& endmembers, const Spectra& spectra) {
  return endmembers && endmembers->rows() == spectra.rows() &&
         std::ranges::equal(endmembers->values(), spectra.values());
}

}  // namespace

std::string EnviHeaderText::text(std::vector<std::string>& changes) const {
  std::string text = "ENVI\n";
  const bool library = file_type == "ENVI Spectral Library";
  text += fmt::format("samples = {}\nlines = {}\nbands = {}\n", library ? cube.bands : cube.samples,
                      library ? cube.lines * cube.samples : cube.lines, library ? 1 : cube.bands);
  text += fmt::format("header offset = 0\nfile type = {}\ndata type = 4\ninterleave = {}\nbyte order = {}\n",
                      file_type, library ? "bsq" : name_of(cube.interleave),
                      std::endian::native == std::endian::big ? 1 : 0);
  if (axis != nullptr && *axis != WavelengthAxis::channels(axis->size())) {
    text += fmt::format("wavelength units = {}\n", unit_name(axis->unit()));
    text += fmt::format("wavelength = {{{}}}\n", fmt::join(axis->values(), ", "));
  }
  if (!bad_channels.empty()) {
    std::vector<std::string> good;
    good.reserve(bad_channels.size());
    for (const auto bad : bad_channels) good.emplace_back(bad != 0 ? "0" : "1");
    add_list(text, "bbl", good);
  }
  bool changed = false;
  const auto clean = [&changed](const std::string& value, bool in_list) {
    auto cleaned = without(value, in_list);
    changed = changed || cleaned != value;
    return cleaned;
  };
  for (const auto& [key, entries] : lists) {
    std::vector<std::string> cleaned;
    cleaned.reserve(entries.size());
    for (const auto& entry : entries) cleaned.push_back(clean(entry, true));
    add_list(text, key, cleaned);
  }
  for (const auto& [key, value] : notes) {
    // Per band, hence one entry for each or none.
    const bool per_band = key == "fwhm" || key == "band names";
    if (value.empty() || (per_band && entries_of(value).size() != cube.bands)) continue;
    std::string plain = lower(without(key, true));
    std::ranges::replace(plain, '=', '-');
    changed = changed || plain != key;
    text += fmt::format("{} = {{{}}}\n", plain, clean(value, false));
  }
  if (changed)
    changes.emplace_back(
        "ENVI headers have no commas in names, no braces in texts and no capitals in keys: these were "
        "replaced.");
  return text;
}

EnviOutput envi_output(const fs::path& path) {
  if (lower_extension(path) == ".hdr") return {path, fs::path(path).replace_extension(".img")};
  return {fs::path(path).replace_extension(".hdr"), path};
}

std::vector<ExportSetting> EnviExporter::settings() const {
  return {{kInterleave,
           "order of the numbers: whole spectra (bip), lines of bands (bil), whole bands (bsq)",
           {kInterleaves.begin(), kInterleaves.end()},
           "bip"}};
}

Result<std::vector<std::string>> EnviExporter::write(const Dataset& data, const fs::path& path,
                                                     const ExportOptions& options, RunControl& control,
                                                     const ProgressFn& progress) const {
  const std::string extension = lower_extension(path);
  const bool library = extension == ".sli";
  std::string interleave = "bip";
  if (extension == ".bsq" || extension == ".bil") interleave = extension.substr(1);
  if (const auto set = options.settings.find(kInterleave); set != options.settings.end())
    interleave = set->second;

  ExportCapacity capacity{.image_shape = !library, .bad_channels = true, .attributes = true};
  EnviHeaderText header;
  header.cube.bands = data.channels();
  header.cube.lines = data.rows();
  header.cube.samples = 1;
  header.cube.interleave = interleave == "bsq"   ? Interleave::Bsq
                           : interleave == "bil" ? Interleave::Bil
                                                 : Interleave::Bip;
  header.axis = &data.wavelength();
  header.bad_channels = data.bad_channels();
  header.notes = data.provenance().attributes;
  if (library) {
    header.file_type = "ENVI Spectral Library";
    header.cube.interleave = Interleave::Bip;
    capacity.endmembers = are_the_spectra(data.endmembers(), data.spectra());
    if (const auto* names = names_of(data)) {
      header.lists["spectra names"] = std::get<std::vector<std::string>>(names->values);
      capacity.metadata = data.metadata().size() == 1;
    }
  } else if (data.image_shape()) {
    header.cube.lines = data.image_shape()->rows;
    header.cube.samples = data.image_shape()->cols;
  }
  auto said = parts_left_out(data, capacity, library ? "An ENVI spectral library" : "An ENVI image");
  if (!library && !data.image_shape())
    said.emplace_back(
        "The spectra are not an image's: they are written as one column of pixels (.sli writes a library).");
  const std::string text = header.text(said);

  const EnviOutput files = envi_output(path);
  auto data_file = AtomicFile::create(files.data, options.overwrite);
  if (!data_file) return fail(data_file.error());
  auto header_file = AtomicFile::create(files.header, options.overwrite);
  if (!header_file) return fail(header_file.error());
  if (auto status = put_spectra(data.spectra(), data_file->aside(), header.cube, control, progress); !status)
    return fail(status.error());
  if (auto status = put_text(header_file->aside(), text); !status) return fail(status.error());
  if (control.stop_requested()) return fail(Error::cancel());
  // The header last: a reader that finds it finds the data.
  if (auto status = data_file->commit(); !status) return fail(status.error());
  if (auto status = header_file->commit(); !status) return fail(status.error());
  if (progress) progress(1, "writing");
  return said;
}

}  // namespace assayer
