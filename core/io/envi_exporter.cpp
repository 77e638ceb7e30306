// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/envi_exporter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

#include "core/base/letters.h"
#include "core/io/atomic_file.h"
#include "core/io/envi_header.h"
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

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

/// As readers see a key: in lower case and with single blanks; and without the signs that end it or make it a
/// comment.
std::string plain_key(const std::string& key) {
  std::string plain;
  for (char c : lower(without(key, true))) {
    if (c == '\t') c = ' ';
    if (c == ' ' && (plain.empty() || plain.back() == ' ')) continue;
    plain += c == '=' || (c == ';' && plain.empty()) ? '-' : c;
  }
  if (plain.ends_with(' ')) plain.pop_back();
  return plain;
}

void add_list(std::string& text, std::string_view key, const std::vector<std::string>& entries) {
  // A comma behind the last entry begins no other one, unless that one is empty.
  const bool empty_end = !entries.empty() && is_blank(entries.back());
  text += fmt::format("{} = {{{}{}}}\n", key, fmt::join(entries, ", "), empty_end ? "," : "");
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
  return endmembers && endmembers->rows() == spectra.rows() && spectra.rows() <= kMostEnviEndmembers &&
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
  // A note by such a name would be taken for what the header says of its data.
  std::set<std::string, std::less<>> taken(kEnviDataKeys.begin(), kEnviDataKeys.end());
  taken.insert({"major frame offsets", "minor frame offsets"});
  for (const auto& [key, entries] : lists) taken.insert(key);
  std::vector<std::string> left_out;
  for (const auto& [key, value] : notes) {
    const std::string plain = plain_key(key);
    const bool per_band = plain == "fwhm" || plain == "band names";
    std::string reason;
    if (plain.empty() || is_blank(value))
      reason = "an ENVI header has no empty ones";
    else if (const auto entries = entries_of(value).size(); per_band && entries != cube.bands)
      reason = fmt::format("it has {} values for {} bands", entries, cube.bands);
    else if (!taken.insert(plain).second)
      reason = "an ENVI header has something else by this name";
    if (!reason.empty()) {
      left_out.push_back(fmt::format("The note \"{}\" is left out: {}.", key, reason));
      continue;
    }
    changed = changed || plain != key;
    text += fmt::format("{} = {{{}}}\n", plain, clean(value, false));
  }
  std::ranges::move(left_out, std::back_inserter(changes));
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
  const MetadataColumn* column = nullptr;
  std::vector<std::string> names;
  if (library) {
    header.file_type = "ENVI Spectral Library";
    header.cube.interleave = Interleave::Bip;
    capacity.endmembers = are_the_spectra(data.endmembers(), data.spectra());
    column = names_of(data);
    if (column != nullptr) {
      names = std::get<std::vector<std::string>>(column->values);
      capacity.metadata = data.metadata().size() == 1;
    } else if (capacity.endmembers) {
      names = data.endmember_names();
    }
    if (!names.empty()) header.lists["spectra names"] = names;
  } else if (data.image_shape()) {
    header.cube.lines = data.image_shape()->rows;
    header.cube.samples = data.image_shape()->cols;
  }
  const std::string_view format = library ? "An ENVI spectral library" : "An ENVI image";
  capacity.endmember_names = data.endmember_names() == names;
  auto said = parts_left_out(data, capacity, format);
  if (column != nullptr && column->name != "name")
    said.push_back(fmt::format("The column \"{}\" is written as the names of the spectra.", column->name));
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
