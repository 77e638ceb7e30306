// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/idx_importer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <new>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "core/io/array_container.h"
#include "core/io/axis_reading.h"
#include "core/io/byte_source.h"
#include "core/io/one_hots.h"
#include "core/io/text.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostAxes = 8;

struct IdxHeader {
  NumberType type = NumberType::UInt8;
  std::vector<std::uint64_t> shape;
  Packing packing = Packing::None;

  [[nodiscard]] std::size_t bytes() const { return 4 + 4 * shape.size(); }
  [[nodiscard]] bool labels() const { return shape.size() == 1; }
};

std::optional<NumberType> type_of(std::uint8_t code) {
  switch (code) {
    case 0x08:
      return NumberType::UInt8;
    case 0x09:
      return NumberType::Int8;
    case 0x0B:
      return NumberType::Int16;
    case 0x0C:
      return NumberType::Int32;
    case 0x0D:
      return NumberType::Float32;
    case 0x0E:
      return NumberType::Float64;
    default:
      return std::nullopt;
  }
}

bool is_gzip(std::string_view head) {
  return head.starts_with("\x1f\x8b");
}

/// Whether these are the first four bytes of an IDX file.
bool is_magic(std::string_view bytes) {
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0) return false;
  const auto axes = static_cast<unsigned char>(bytes[3]);
  return type_of(static_cast<std::uint8_t>(bytes[2])) && axes >= 1 && axes <= kMostAxes;
}

std::unexpected<Error> broken(std::string what, std::string expected, std::string found, std::string mend) {
  return fail(
      {Error::Kind::Format, std::move(what), "", std::move(expected), std::move(found), std::move(mend)});
}

Result<std::unique_ptr<ByteSource>> open(const fs::path& path, Packing packing) {
  std::error_code code;
  const auto size = fs::file_size(path, code);
  auto bytes = open_bytes(path, 0, code ? 0 : size);
  if (!bytes) return fail(bytes.error());
  return unpack(*std::move(bytes), packing);
}

Result<IdxHeader> read_header(const fs::path& path) {
  IdxHeader header;
  {
    const auto bytes = open(path, Packing::None);
    if (!bytes) return fail(bytes.error());
    std::string start(2, '\0');
    if (auto status = (*bytes)->read_all(std::as_writable_bytes(std::span(start))); !status)
      return fail(status.error());
    if (is_gzip(start)) header.packing = Packing::Gzip;
  }
  const auto bytes = open(path, header.packing);
  if (!bytes) return fail(bytes.error());
  std::string magic(4, '\0');
  if (auto status = (*bytes)->read_all(std::as_writable_bytes(std::span(magic))); !status)
    return fail(status.error());
  if (!is_magic(magic))
    return fail({Error::Kind::NotThisFormat, "this is no IDX file", "", "", describe_bytes(magic), ""});
  header.type = *type_of(static_cast<std::uint8_t>(magic[2]));
  std::vector<std::byte> sides(4 * static_cast<std::size_t>(magic[3]));
  if (auto status = (*bytes)->read_all(sides); !status) return fail(status.error());
  for (std::size_t at = 0; at < sides.size(); at += 4)
    header.shape.push_back(number_at<std::uint32_t>(sides, at, true));

  std::error_code code;
  const std::uint64_t file_size = fs::file_size(path, code);
  std::vector<std::uint64_t> factors = header.shape;
  factors.push_back(size_of(header.type));
  const std::uint64_t wanted = saturated_product(factors);
  const std::uint64_t most = largest_unpacked(code ? 0 : file_size, header.packing);
  if (wanted == 0)
    return broken("the array is empty", "at least one value",
                  fmt::format("[{}]", fmt::join(header.shape, ", ")), "Write the file again.");
  if (most < header.bytes() || wanted > most - header.bytes()) {
    return broken(
        "more data are declared than the file holds",
        fmt::format("{} for [{}]", byte_size(static_cast<double>(wanted)), fmt::join(header.shape, ", ")),
        byte_size(static_cast<double>(file_size)), "The file is incomplete: copy or write it again.");
  }
  return header;
}

/// The names that the other file can have: MNIST's mirrors write "-idx3-ubyte" or ".idx3-ubyte", gzipped or
/// not.
std::optional<fs::path> partner(const fs::path& path, bool of_labels) {
  std::string name = path.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  const auto swap = [&name](std::string_view from, std::string_view to) {
    const auto at = name.rfind(from);
    if (at == std::string::npos) return false;
    name.replace(at, from.size(), to);
    return true;
  };
  if (!(of_labels ? swap("labels", "images") : swap("images", "labels"))) return std::nullopt;
  if (of_labels)
    swap("idx1", "idx3");
  else
    swap("idx3", "idx1");
  for (const char* ending : {"", ".gz"}) {
    fs::path other = path.parent_path() / (name + ending);
    std::error_code code;
    if (fs::is_regular_file(other, code)) return other;
  }
  return std::nullopt;
}

/// Numbers in the order of the file, at most the first `most` along the first axis.
Status read_numbers(const fs::path& path, const IdxHeader& header, std::uint64_t most, RunControl& control,
                    const ArrayContainer::Sink& sink) {
  const auto bytes = open(path, header.packing);
  if (!bytes) return fail(bytes.error());
  if (auto status = (*bytes)->skip(header.bytes()); !status) return status;
  ArrayInfo info;
  info.shape = header.shape;
  std::vector<std::uint64_t> limits = header.shape;
  limits[0] = std::min(limits[0], most);
  return stream_numbers(**bytes, info, header.type, true, limits, control, sink);
}

Status add_labels(const fs::path& path, DatasetParts& parts, std::uint64_t rows, std::uint64_t all_rows,
                  RunControl& control) {
  const auto header = read_header(path);
  if (!header) return fail(header.error().in(path.string()));
  if (!header->labels() || header->shape[0] != all_rows) {
    return fail({Error::Kind::Data, "labels and images do not match", path.string(),
                 fmt::format("{} labels, one per image", all_rows),
                 fmt::format("[{}]", fmt::join(header->shape, ", ")),
                 "Put the matching files side by side."});
  }
  // Classes of the whole file, so that a preview has the components of the data.
  std::vector<double> values;
  if (auto status = read_numbers(
          path, *header, all_rows, control,
          [&](std::span<const double> block) { values.insert(values.end(), block.begin(), block.end()); });
      !status)
    return fail(status.error().in(path.string()));
  const std::set<double> distinct(values.begin(), values.end());
  std::vector<std::string> order;
  for (const double value : distinct)
    if (order.size() <= kMostClasses) order.push_back(fmt::format("{}", value));
  std::vector<std::string> classes;
  classes.reserve(rows);
  for (std::size_t r = 0; r < rows; ++r) classes.push_back(fmt::format("{}", values[r]));
  auto table = one_hots(classes, order);
  if (!table) return fail(table.error().in(path.string()));
  auto abundances = Abundances::create(std::move(table->values), std::move(table->names));
  if (!abundances) return fail(abundances.error().in(path.string()));
  parts.abundances = *std::move(abundances);
  parts.provenance.attributes["labels"] = path.filename().string();
  return {};
}

Result<Imported> load_images(const fs::path& path, const IdxHeader& header, const std::string& format,
                             const ImportOptions& options, RunControl& control, const ProgressFn& progress) {
  const std::uint64_t rows =
      std::min<std::uint64_t>(header.shape[0], std::max<std::size_t>(options.max_rows, 1));
  const std::uint64_t channels =
      std::accumulate(header.shape.begin() + 1, header.shape.end(), std::uint64_t{1}, std::multiplies<>());
  const std::array<std::uint64_t, 3> sides = {rows, channels, sizeof(float)};
  if (auto status = check_memory(saturated_product(sides), "the images"); !status)
    return fail(status.error());

  Imported imported;
  imported.format = format;
  DatasetParts parts;
  parts.provenance.path = path.string();
  parts.provenance.format = format;
  const bool pictures = header.shape.size() >= 3;
  if (const auto labels = partner(path, false)) {
    if (auto status = add_labels(*labels, parts, rows, header.shape[0], control); !status)
      return fail(status.error());
  } else if (pictures) {
    imported.warnings.emplace_back(
        "There is no file of labels beside this one (its name with \"labels\" for \"images\"): the rows are "
        "unlabelled.");
  }
  parts.spectra = Matrix<float>(rows, channels);
  float* out = parts.spectra.data();
  std::uint64_t done = 0;
  const bool bytes = header.type == NumberType::UInt8 && pictures;
  auto status = read_numbers(path, header, rows, control, [&](std::span<const double> block) {
    constexpr double white = 255;
    for (const double value : block) *out++ = static_cast<float>(bytes ? value / white : value);
    done += block.size();
    if (progress) progress(static_cast<double>(done) / static_cast<double>(rows * channels), "reading");
  });
  if (!status) return fail(status.error());
  std::vector<double> positions(channels);
  std::iota(positions.begin(), positions.end(), 0.0);
  auto axis = WavelengthAxis::create(
      std::move(positions),
      options.unit.value_or(pictures ? WavelengthUnit::Pixel : WavelengthUnit::Channel));
  if (!axis) return fail(axis.error());
  parts.wavelength = *std::move(axis);
  if (pictures)
    parts.provenance.attributes["picture_shape"] =
        fmt::format("{}", fmt::join(header.shape.begin() + 1, header.shape.end(), " "));
  auto data = Dataset::create(std::move(parts));
  if (!data) return fail(std::move(data).error());
  imported.data = *std::move(data);
  return imported;
}

Result<Imported> load_any(const fs::path& path, const std::string& format, const ImportOptions& options,
                          RunControl& control, const ProgressFn& progress) {
  if (!options.roles.empty() || !options.settings.empty()) {
    return fail({Error::Kind::Usage, "an IDX file has no fields or settings to decide about", "", "", "",
                 "Leave the mapping out."});
  }
  const auto header = read_header(path);
  if (!header) return fail(header.error());
  if (!header->labels()) return load_images(path, *header, format, options, control, progress);
  const auto images = partner(path, true);
  if (!images) {
    return fail({Error::Kind::Data, "these are labels without images", "",
                 "the images' file beside it, of the same name with \"images\" for \"labels\"",
                 fmt::format("{} values", header->shape[0]), "Put the images beside it, or open them."});
  }
  const auto image_header = read_header(*images);
  if (!image_header) return fail(image_header.error());
  if (image_header->labels())
    return broken("the file beside the labels holds no images", "an array of two axes or more", "one axis",
                  "Open the images themselves.");
  return load_images(*images, *image_header, format, options, control, progress);
}

}  // namespace

bool IdxImporter::sniff(const fs::path& path, std::string_view head) const {
  if (is_gzip(head)) return is_magic(unpacked_head(head, Packing::Gzip, 4));
  if (!is_magic(head)) return false;
  // Four bytes say little: a plain file has the size that its header says, or the name.
  const std::string name = path.filename().string();
  if (name.find("idx") != std::string::npos) return true;
  std::error_code code;
  const auto size = fs::file_size(path, code);
  const std::size_t axes = static_cast<std::uint8_t>(head[3]);
  if (code || head.size() < 4 + 4 * axes) return false;
  std::vector<std::uint64_t> factors = {size_of(*type_of(static_cast<std::uint8_t>(head[2])))};
  for (std::size_t i = 0; i < axes; ++i)
    factors.push_back(number_at<std::uint32_t>(std::as_bytes(std::span(head)), 4 + 4 * i, true));
  return size >= 4 + 4 * axes && saturated_product(factors) == size - 4 - 4 * axes;
}

Result<Imported> IdxImporter::load(const fs::path& path, const ImportOptions& options, RunControl& control,
                                   const ProgressFn& progress) const {
  try {
    auto imported = load_any(path, name(), options, control, progress);
    if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
    return imported;
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the data do not fit into the memory", path.string(), "", "",
                 "Take fewer images."});
  }
}

}  // namespace assayer
