// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/envi_importer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <utility>

#include "core/base/letters.h"
#include "core/io/axis_reading.h"
#include "core/io/envi_header.h"
#include "core/io/library_table.h"
#include "core/io/raw_cube.h"
#include "core/io/text.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kAnyWhole = UINT64_MAX;

/// Whether a key becomes a part of the data set, or describes the layout of the file: no attribute.
bool is_consumed(std::string_view key) {
  return key == "fwhm" || key == "band names" || std::ranges::find(kEnviDataKeys, key) != kEnviDataKeys.end();
}

std::unexpected<Error> broken(std::string_view key, std::string what, std::string expected, std::string found,
                              std::string mend) {
  return fail({Error::Kind::Format, std::move(what), fmt::format("key \"{}\"", key), std::move(expected),
               std::move(found), std::move(mend)});
}

template <class T>
std::vector<T> picked(const std::vector<T>& values, const std::vector<std::size_t>& order) {
  if (order.empty()) return values;
  std::vector<T> result;
  result.reserve(order.size());
  for (const std::size_t i : order) result.push_back(values[i]);
  return result;
}

Result<SampleType> sample_type(const EnviHeader& header) {
  const auto code = header.whole("data type", 0, 255);
  if (!code) return fail(code.error());
  switch (*code) {
    case 1:
      return SampleType::Uint8;
    case 2:
      return SampleType::Int16;
    case 3:
      return SampleType::Int32;
    case 4:
      return SampleType::Float32;
    case 5:
      return SampleType::Float64;
    case 12:
      return SampleType::Uint16;
    case 13:
      return SampleType::Uint32;
    case 14:
      return SampleType::Int64;
    case 15:
      return SampleType::Uint64;
    case 6:
      return SampleType::Complex64;
    case 9:
      return SampleType::Complex128;
    default:
      return broken("data type", "the data type is not known", "1 to 6, 9 or 12 to 15",
                    fmt::format("{}", *code), "Correct the header.");
  }
}

/// Makes everything of a header but the spectra.
class Reader {
 public:
  Reader(const EnviHeader& header, const ImportOptions& options) : header_(header), options_(options) {}

  Status read() {
    for (const auto step : {&Reader::read_layout, &Reader::read_axis, &Reader::read_scale,
                            &Reader::read_bad_bands, &Reader::read_texts})
      if (auto status = (this->*step)(); !status) return status;
    return {};
  }

  RawCube cube;
  DatasetParts parts;
  std::vector<std::string> warnings;
  bool library = false;

 private:
  Status read_layout();
  Status read_axis();
  Status read_scale();
  Status read_bad_bands();
  Status read_texts();
  /// One value per band; empty where the key is missing or, with a warning, where the counts differ.
  Result<std::vector<double>> per_band(std::string_view key);

  const EnviHeader& header_;
  const ImportOptions& options_;
  /// [bands], the key "fwhm" in the unit of the axis; empty where it stays as it is in the header.
  std::vector<double> widths_;
};

Status Reader::read_layout() {
  const std::string* file_type = header_.find("file type");
  library = file_type != nullptr && lower(*file_type) == "envi spectral library";
  // Not above 2^48: what is larger is no image, and products stay easy to judge.
  constexpr std::uint64_t most = std::uint64_t{1} << 48;
  std::array<std::uint64_t, 3> sizes{};
  for (std::size_t i = 0; const auto* key : {"samples", "lines", "bands"}) {
    // Libraries have one band, and some writers leave it out.
    const auto size =
        header_.whole(key, 1, most, library && i == 2 ? std::optional<std::uint64_t>(1) : std::nullopt);
    if (!size) return fail(size.error());
    sizes[i++] = *size;
  }
  const auto type = sample_type(header_);
  if (!type) return fail(type.error());
  cube.type = *type;
  if (cube.type == SampleType::Complex64 || cube.type == SampleType::Complex128)
    warnings.emplace_back("The image holds complex numbers: their magnitudes are read.");
  const auto offset = header_.whole("header offset", 0, kAnyWhole, 0);
  if (!offset) return fail(offset.error());
  cube.offset = *offset;
  const auto order = header_.whole("byte order", 0, 1, 0);
  if (!order) return fail(order.error());
  cube.big_endian = *order == 1;
  if (header_.find("byte order") == nullptr && bytes_of(cube.type) > 1)
    warnings.emplace_back("The header has no byte order: 0 (the least significant byte first) is assumed.");
  for (const auto* key : {"file compression", "major frame offsets", "minor frame offsets"}) {
    const auto values = header_.numbers(key);
    if (!values) return fail(values.error());
    if (std::ranges::any_of(*values, [](double v) { return v != 0; })) {
      return broken(key, "this layout of the file is not supported", "0", *header_.find(key),
                    "Write the image without compression and frame offsets.");
    }
  }
  if (library) {
    if (sizes[2] != 1)
      return broken("bands", "a spectral library has one band", "1", fmt::format("{}", sizes[2]),
                    "Correct the header.");
    cube.bands = sizes[0];
    cube.lines = sizes[1];
    cube.samples = 1;
    cube.interleave = Interleave::Bip;
    return {};
  }
  cube.samples = sizes[0];
  cube.lines = sizes[1];
  cube.bands = sizes[2];
  const std::string* interleave = header_.find("interleave");
  const std::string named = interleave != nullptr ? lower(*interleave) : "";
  if (named == "bsq")
    cube.interleave = Interleave::Bsq;
  else if (named == "bil")
    cube.interleave = Interleave::Bil;
  else if (named == "bip")
    cube.interleave = Interleave::Bip;
  else
    return broken("interleave", "the interleave is not known", "bsq, bil or bip",
                  interleave != nullptr ? fmt::format("\"{}\"", *interleave) : "none", "Correct the header.");
  return {};
}

Result<std::vector<double>> Reader::per_band(std::string_view key) {
  auto values = header_.numbers(key);
  if (!values || values->empty() || values->size() == cube.bands) return values;
  warnings.push_back(fmt::format("The header's {} is left out: it has {} values for {} {}.", key,
                                 values->size(), cube.bands, library ? "samples" : "bands"));
  return std::vector<double>{};
}

Status Reader::read_axis() {
  auto values = per_band("wavelength");
  if (!values) return fail(values.error());
  ReadAxis read = number_channels(0);
  if (values->empty()) {
    read = number_channels(cube.bands);
  } else {
    const std::string* unit = header_.find("wavelength units");
    auto widths = header_.numbers("fwhm");
    const bool has_widths = widths && widths->size() == cube.bands;
    read = assayer::read_axis(*std::move(values),
                              {unit != nullptr ? *unit : "", options_.unit, "The header's wavelengths",
                               has_widths ? "the key fwhm" : ""});
    if (read.converted && has_widths) {
      for (double& width : *widths) width = read.converted->convert(width);
      widths_ = *std::move(widths);
    }
  }
  parts.wavelength = std::move(read.axis);
  parts.bad_channels = std::move(read.bad);
  cube.channels = std::move(read.channels);
  std::ranges::move(read.warnings, std::back_inserter(warnings));
  return {};
}

Status Reader::read_scale() {
  for (const auto& [key, target] :
       {std::pair{"data gain values", &cube.gain}, std::pair{"data offset values", &cube.bias}}) {
    auto values = header_.numbers(key);
    if (!values) return fail(values.error());
    if (values->size() == 1) values->assign(cube.bands, values->front());
    // Unlike a wrong axis, wrong factors would falsify the spectra.
    if (!values->empty() && values->size() != cube.bands)
      return broken(key, "the values do not match the bands", fmt::format("{} values", cube.bands),
                    fmt::format("{}", values->size()), "Correct the header, or remove the key.");
    const double neutral = target == &cube.gain ? 1 : 0;
    if (std::ranges::any_of(*values, [](double v) { return !std::isfinite(v); }))
      return broken(key, "a value is not finite", "numbers", *header_.find(key), "Correct the header.");
    if (std::ranges::any_of(*values, [neutral](double v) { return v != neutral; })) *target = *values;
  }
  const auto scale = header_.numbers("reflectance scale factor");
  if (!scale) return fail(scale.error());
  if (!scale->empty()) {
    if (scale->size() != 1 || !std::isfinite((*scale)[0]) || (*scale)[0] == 0)
      return broken("reflectance scale factor", "the factor makes no sense", "one number other than 0",
                    *header_.find("reflectance scale factor"), "Correct the header.");
    if ((*scale)[0] != 1) {
      if (cube.gain.empty()) cube.gain.assign(cube.bands, 1.0);
      for (double& gain : cube.gain) gain /= (*scale)[0];
      for (double& bias : cube.bias) bias /= (*scale)[0];
      warnings.push_back(
          fmt::format("The values are divided by the reflectance scale factor {:g}.", (*scale)[0]));
    }
  }
  const auto ignore = header_.numbers("data ignore value");
  if (!ignore) return fail(ignore.error());
  if (!ignore->empty()) cube.ignore = ignore->front();
  return {};
}

Status Reader::read_bad_bands() {
  const auto good = per_band("bbl");
  if (!good) return fail(good.error());
  if (good->empty()) return {};
  const auto of_channels = picked(*good, cube.channels);
  parts.bad_channels.resize(of_channels.size(), 0);
  for (std::size_t c = 0; c < of_channels.size(); ++c)
    if (of_channels[c] == 0) parts.bad_channels[c] = 1;
  if (std::ranges::all_of(parts.bad_channels, [](auto bad) { return bad == 0; })) parts.bad_channels.clear();
  return {};
}

Status Reader::read_texts() {
  for (const auto& [key, value] : header_.keys())
    if (!is_consumed(key) && !value.empty()) parts.provenance.attributes[key] = value;
  for (const auto* key : {"fwhm", "band names"}) {
    const auto entries = header_.list(key);
    if (key == std::string_view("fwhm") && !widths_.empty())
      parts.provenance.attributes[key] = fmt::format("{}", fmt::join(picked(widths_, cube.channels), ", "));
    else if (entries.size() == cube.bands)
      parts.provenance.attributes[key] = fmt::format("{}", fmt::join(picked(entries, cube.channels), ", "));
    else if (!entries.empty() && !library)
      warnings.push_back(fmt::format("The header's {} is left out: it has {} values for {} bands.", key,
                                     entries.size(), cube.bands));
  }
  if (!library) return {};
  const auto names = header_.list("spectra names");
  if (names.size() == cube.lines) {
    parts.metadata.push_back({"name", names});
  } else {
    warnings.push_back(fmt::format("The spectra have no names: the header names {} of {} spectra.",
                                   names.size(), cube.lines));
  }
  return {};
}

/// What a table beside the library says of its spectra.
void add_table(DatasetParts& parts, std::vector<std::string>& warnings, const fs::path& header) {
  const fs::path table = table_of_library(header);
  std::error_code code;
  if (parts.metadata.empty() || !fs::is_regular_file(table, code)) return;
  auto read = read_library_table(table, std::get<std::vector<std::string>>(parts.metadata.front().values));
  if (!read) {
    // Another table that happens to lie there, or a broken one: the library is whole without it.
    if (read.error().kind != Error::Kind::NotThisFormat)
      warnings.push_back("The table beside the library is left out: " + read.error().message());
    return;
  }
  std::ranges::move(read->columns, std::back_inserter(parts.metadata));
  std::ranges::move(read->warnings, std::back_inserter(warnings));
}

/// The spectra of a library are what mixtures are made of.
void add_endmembers(DatasetParts& parts) {
  if (parts.spectra.empty() || parts.spectra.rows() > kMostEnviEndmembers) return;
  if (!std::ranges::all_of(parts.spectra.values(), [](float v) { return std::isfinite(v); })) return;
  parts.endmembers = parts.spectra;
  if (!parts.metadata.empty())
    parts.endmember_names = std::get<std::vector<std::string>>(parts.metadata.front().values);
}

Result<Imported> load_files(const EnviFiles& files, const ImportOptions& options, RunControl& control,
                            const ProgressFn& progress, std::string format, std::size_t largest_in_memory) {
  const auto header = EnviHeader::read(files.header);
  if (!header) return fail(header.error());
  Reader reader(*header, options);
  if (auto status = reader.read(); !status) return fail(status.error().in(files.header.string()));

  const auto cube = RawCubeReader::open(files.data, std::move(reader.cube));
  if (!cube) return fail(cube.error());
  if (cube->bytes_left_over() > 0)
    reader.warnings.push_back(
        fmt::format("The data file has {} more bytes than the header tells; they are not read.",
                    cube->bytes_left_over()));
  DatasetParts parts = std::move(reader.parts);
  const std::size_t rows = std::min(cube->rows(), options.max_rows);
  if (rows * cube->channels() * sizeof(float) > largest_in_memory && rows == cube->rows()) {
    auto spectra = Spectra::in_file(cube->source());
    if (!spectra) return fail(spectra.error());
    parts.shared_spectra = *std::move(spectra);
  } else {
    parts.spectra = Matrix<float>(rows, cube->channels());
    const std::span<float> values(parts.spectra.data(), parts.spectra.size());
    if (auto status = cube->read_all(rows, values, control, progress); !status) return fail(status.error());
  }
  if (rows < cube->rows()) {
    for (auto& column : parts.metadata) std::get<std::vector<std::string>>(column.values).resize(rows);
  } else if (!reader.library) {
    parts.image_shape = ImageShape{cube->cube().lines, cube->cube().samples};
  }
  if (reader.library) {
    format += " spectral library";
    add_table(parts, reader.warnings, files.header);
    add_endmembers(parts);
  }
  parts.provenance.path = files.data.string();
  parts.provenance.format = format;
  auto data = Dataset::create(std::move(parts));
  if (!data) return fail(data.error().in(files.header.string()));
  return Imported{*std::move(data), std::move(format), std::move(reader.warnings)};
}

}  // namespace

bool EnviImporter::sniff(const fs::path& path, std::string_view head) const {
  if (head.starts_with("ENVI") || head.starts_with("\xEF\xBB\xBF"
                                                   "ENVI"))
    return true;
  return is_library_table(path, head) || find_envi_files(path).has_value();
}

Result<Imported> EnviImporter::load(const fs::path& path, const ImportOptions& options, RunControl& control,
                                    const ProgressFn& progress) const {
  if (auto status = check_options({name(), {}, {}}, options); !status)
    return fail(status.error().in(path.string()));
  auto files = find_envi_files(path);
  // A table of names opens the library that it is about.
  if (!files && files.error().kind == Error::Kind::NotThisFormat) {
    const fs::path library = library_of_table(path);
    if (table_of_library(library) == path) files = find_envi_files(library);
  }
  if (!files) return fail(files.error());
  try {
    return load_files(*files, options, control, progress, name(), largest_in_memory_);
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the data do not fit into the memory", path.string(), "", "",
                 "Take a part of the image."});
  }
}

}  // namespace assayer
