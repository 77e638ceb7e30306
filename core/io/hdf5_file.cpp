// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/hdf5_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <new>
#include <optional>
#include <tuple>
#include <type_traits>

#include "core/io/hdf5_detail.h"
#include "core/io/text.h"

namespace assayer::hdf5 {

// HDF5 1.10 writes `unsigned long long`, 1.14 `uint64_t`: sizes are copied between the two, never
// reinterpreted.
static_assert(std::is_unsigned_v<hsize_t> && sizeof(hsize_t) == sizeof(std::uint64_t));

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
/// Below this nobody is harmed by a header that declares too much.
constexpr std::uint64_t kHarmless = 64 * kMebibyte;
/// Deflate shrinks by at most 1032 : 1 (RFC 1951); what claims more was not written by anybody.
constexpr std::uint64_t kLargestCompression = 2000;
constexpr std::uint64_t kLargestChunk = 1024 * kMebibyte;
constexpr std::uint64_t kTileBytes = 4 * kMebibyte;

/// A close that fails (full disk) leaves HDF5 with a file that it closes again, and crashes on, at the end of
/// the process. Every file of ours is closed before, so its clean-up is not needed. The call counts only
/// before any other one of the library: hence at load time.
const bool no_clean_up_at_exit = H5dont_atexit() >= 0;

std::optional<std::uint64_t> product(std::span<const std::uint64_t> factors) {
  std::uint64_t result = 1;
  for (const auto factor : factors)
    if (__builtin_mul_overflow(result, factor, &result)) return std::nullopt;
  return result;
}

/// Memory that could be had without swapping, in bytes.
std::uint64_t available_memory() {
  std::ifstream info("/proc/meminfo");
  std::string key;
  std::uint64_t kibibytes = 0;
  std::string unit;
  while (info >> key >> kibibytes >> unit)
    if (key == "MemAvailable:") return kibibytes * 1024;
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page)
                               : std::numeric_limits<std::uint64_t>::max();
}

std::vector<std::uint64_t> extent_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> dimensions(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, dimensions.data(), nullptr);
  return {dimensions.begin(), dimensions.end()};
}

Kind kind_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_ENUM:  // h5py's bool
      return Kind::Integer;
    case H5T_FLOAT:
      return Kind::Real;
    case H5T_STRING:
      return Kind::Text;
    default:
      return Kind::Other;
  }
}

herr_t refuse_external_link(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) {
  return -1;
}

std::unexpected<Error> bad_size(const std::string& name, std::string what, std::string expected,
                                std::string found) {
  return fail({Error::Kind::Format, std::move(what), "/" + name, std::move(expected), std::move(found),
               "The file is damaged or incomplete: write it again from its source."});
}

std::unexpected<Error> read_failed(const std::string& name) {
  return hdf5_error(Error::Kind::Format, "the data cannot be read", name,
                    "The file is damaged, or compressed in a way that this program does not know: write it "
                    "again, with gzip or without compression.");
}

std::unexpected<Error> no_memory(const std::string& name) {
  return fail({Error::Kind::File, "the data do not fit into the memory", "/" + name, "", "",
               "Take fewer spectra or channels."});
}

std::string fixed_text(std::string_view bytes, bool space_padded) {
  bytes = bytes.substr(0, bytes.find('\0'));
  while (space_padded && !bytes.empty() && bytes.back() == ' ') bytes.remove_suffix(1);
  return to_utf8(bytes);
}

/// `read(type, buffer)` fills the buffer from a dataset or an attribute of `count` texts of `type`.
template <class Read>
std::optional<std::vector<std::string>> texts_from(hid_t type, hid_t space, std::size_t count,
                                                   const Read& read) {
  std::vector<std::string> texts;
  texts.reserve(count);
  if (H5Tis_variable_str(type) > 0) {
    const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory.id(), H5T_VARIABLE);
    H5Tset_cset(memory.id(), H5Tget_cset(type));
    std::vector<char*> pointers(count, nullptr);
    const bool good = read(memory.id(), static_cast<void*>(pointers.data()));
    if (good)
      for (const char* text : pointers) texts.push_back(to_utf8(text == nullptr ? "" : text));
    H5Dvlen_reclaim(memory.id(), space, H5P_DEFAULT, static_cast<void*>(pointers.data()));
    return good ? std::optional(std::move(texts)) : std::nullopt;
  }
  const std::size_t size = H5Tget_size(type);
  std::string buffer(size * count, '\0');
  if (!read(type, static_cast<void*>(buffer.data()))) return std::nullopt;
  const bool padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  for (std::size_t i = 0; i < count; ++i)
    texts.push_back(fixed_text(std::string_view(buffer).substr(i * size, size), padded));
  return texts;
}

struct Attribute {
  Handle attribute;
  Handle type;
  Handle space;
  std::size_t count = 0;
};

std::optional<Attribute> open_attribute(hid_t file, const std::string& object, const std::string& name) {
  Attribute result;
  result.attribute = {H5Aopen_by_name(file, local_name(object), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                      H5Aclose};
  if (!result.attribute) return std::nullopt;
  result.type = {H5Aget_type(result.attribute.id()), H5Tclose};
  result.space = {H5Aget_space(result.attribute.id()), H5Sclose};
  if (!result.type || !result.space) return std::nullopt;
  const auto count = product(extent_of(result.space.id()));
  const bool null = H5Sget_simple_extent_type(result.space.id()) == H5S_NULL;
  if (!count || *count > kHarmless / std::max<std::size_t>(H5Tget_size(result.type.id()), 1))
    return std::nullopt;
  result.count = null ? 0 : *count;
  return result;
}

std::unexpected<Error> attribute_error(const std::string& object, const std::string& name, std::string what) {
  return fail({Error::Kind::Format, std::move(what),
               fmt::format("attribute \"{}\" of {}", name, object == "/" ? "the file" : "/" + object), "", "",
               "Write the attribute again."});
}

herr_t add_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

struct Listed {
  std::int64_t created;  ///< the same for all where the group does not keep the order of creation
  Entry entry;
};

herr_t add_entry(hid_t group, const char* name, const H5L_info_t* link, void* listed) {
  Entry entry{name, Entry::Type::Other};
  if (link->type == H5L_TYPE_EXTERNAL || H5Oexists_by_name(group, name, H5P_DEFAULT) <= 0) {
    entry.type = Entry::Type::Elsewhere;
  } else {
    const Handle object(H5Oopen(group, name, H5P_DEFAULT), H5Oclose);
    const H5I_type_t type = object ? H5Iget_type(object.id()) : H5I_BADID;
    if (type == H5I_DATASET) entry.type = Entry::Type::Dataset;
    if (type == H5I_GROUP) entry.type = Entry::Type::Group;
  }
  static_cast<std::vector<Listed>*>(listed)->push_back(
      {link->corder_valid ? link->corder : 0, std::move(entry)});
  return 0;
}

herr_t first_description(unsigned n, const H5E_error2_t* error, void* text) {
  if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

/// Offset, extent of one tile of a matrix.
struct Tile {
  std::array<hsize_t, 2> start;
  std::array<hsize_t, 2> count;
};

/// Whole chunks where the file has any, else whole rows: no chunk is decompressed twice.
std::vector<Tile> tiles_of(const DatasetInfo& info) {
  const std::uint64_t rows = info.shape[0];
  const std::uint64_t cols = info.shape[1];
  const std::uint64_t element = std::max<std::uint64_t>(info.element_bytes, sizeof(float));
  std::uint64_t tile_rows = info.chunk.empty() ? 1 : std::min(info.chunk[0], rows);
  std::uint64_t tile_cols = info.chunk.empty() ? cols : std::min(info.chunk[1], cols);
  const auto room = [&] {
    return std::max<std::uint64_t>(1, kTileBytes / (tile_rows * tile_cols * element));
  };
  tile_cols = std::min(cols, tile_cols * room());
  tile_rows = std::min(rows, tile_rows * room());
  std::vector<Tile> tiles;
  for (std::uint64_t r = 0; r < rows; r += tile_rows)
    for (std::uint64_t c = 0; c < cols; c += tile_cols)
      tiles.push_back({{r, c}, {std::min(tile_rows, rows - r), std::min(tile_cols, cols - c)}});
  return tiles;
}

}  // namespace

const char* local_name(const std::string& object) {
  return object == "/" ? "." : object.c_str();
}

Handle open_dataset(hid_t file, const std::string& name) {
  // A file must not make this program open others.
  const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_elink_cb(access.id(), refuse_external_link, nullptr);
  return {H5Dopen2(file, name.c_str(), access.id()), H5Dclose};
}

DatasetInfo describe(hid_t dataset) {
  DatasetInfo info;
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const Handle layout(H5Dget_create_plist(dataset), H5Pclose);
  if (!type || !space || !layout) return info;
  info.kind = kind_of(type.id());
  info.element_bytes = H5Tget_size(type.id());
  info.has_sign = info.kind != Kind::Integer || H5Tget_sign(type.id()) != H5T_SGN_NONE;
  info.null = H5Sget_simple_extent_type(space.id()) == H5S_NULL;
  info.shape = extent_of(space.id());
  info.stored_bytes = H5Dget_storage_size(dataset);
  const H5D_layout_t form = H5Pget_layout(layout.id());
  info.outside = form == H5D_VIRTUAL || H5Pget_external_count(layout.id()) > 0;
  if (form == H5D_CHUNKED && !info.shape.empty()) {
    std::vector<hsize_t> chunk(info.shape.size());
    H5Pget_chunk(layout.id(), static_cast<int>(chunk.size()), chunk.data());
    info.chunk.assign(chunk.begin(), chunk.end());
  }
  return info;
}

Result<std::uint64_t> check_size(const DatasetInfo& info, const std::string& name, std::size_t memory_element,
                                 std::uint64_t file_bytes) {
  if (info.outside) {
    return bad_size(name, "the data lie outside this file", "data inside the file",
                    "external storage or a virtual dataset");
  }
  if (info.null) return std::uint64_t{0};
  const auto count = product(info.shape);
  const auto bytes = count ? product(std::vector<std::uint64_t>{*count, memory_element}) : std::nullopt;
  if (!bytes)
    return bad_size(name, "the declared size is impossible", "a size that fits a computer",
                    info.shape_text());
  if (*bytes == 0) return std::uint64_t{0};
  if (info.stored_bytes == 0)
    return bad_size(name, "the data were declared but never written", "data for " + info.shape_text(),
                    "no bytes");
  if (info.stored_bytes > file_bytes) {
    return bad_size(name, "more data are declared than the file holds",
                    "at most " + byte_size(static_cast<double>(file_bytes)),
                    byte_size(static_cast<double>(info.stored_bytes)));
  }
  if (*bytes > kHarmless && *bytes / kLargestCompression > info.stored_bytes) {
    return bad_size(name, "the declared size is out of proportion to the file",
                    "about " + byte_size(static_cast<double>(*bytes)) + " for " + info.shape_text(),
                    byte_size(static_cast<double>(info.stored_bytes)) + " in the file");
  }
  const auto chunk = product(info.chunk);
  if (!chunk || *chunk > kLargestChunk / std::max<std::size_t>(info.element_bytes, 1)) {
    return bad_size(name, "the chunks are too large", "chunks of at most " + byte_size(double{kLargestChunk}),
                    fmt::format("chunks of [{}]", fmt::join(info.chunk, ", ")));
  }
  if (const auto available = available_memory(); *bytes > available) {
    return fail({Error::Kind::File, "the data do not fit into the memory", "/" + name,
                 "at most " + byte_size(static_cast<double>(available)),
                 byte_size(static_cast<double>(*bytes)) + " for " + info.shape_text(),
                 "Take fewer spectra or channels, close other programs, or use a larger machine."});
  }
  return *count;
}

herr_t Handle::close() {
  if (id_ < 0) return 0;
  const Lock lock;
  return close_(std::exchange(id_, -1));
}

std::string innermost_message() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_description, &text);
  return to_utf8(text);
}

std::unexpected<Error> hdf5_error(Error::Kind kind, std::string what, std::string where, std::string mend) {
  std::string found = innermost_message();
  // Where the system refused, its reason says more than HDF5's account of buffers and offsets.
  constexpr std::string_view reason = "error message = '";
  if (const auto begin = found.find(reason); begin != std::string::npos) {
    found.erase(0, begin + reason.size());
    found.erase(std::min(found.find('\''), found.size()));
  }
  if (!found.empty()) found = "HDF5's message \"" + found + "\"";
  if (!where.empty() && where.front() != '/') where.insert(0, "/");
  return fail({kind, std::move(what), std::move(where), "", std::move(found), std::move(mend)});
}

template <>
hid_t native_type<float>() {
  return H5T_NATIVE_FLOAT;
}
template <>
hid_t native_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t native_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}
template <>
hid_t native_type<std::int32_t>() {
  return H5T_NATIVE_INT32;
}
template <>
hid_t native_type<std::uint32_t>() {
  return H5T_NATIVE_UINT32;
}
template <>
hid_t native_type<std::uint8_t>() {
  return H5T_NATIVE_UINT8;
}

std::string DatasetInfo::shape_text() const {
  if (null) return "nothing";
  return shape.empty() ? "a single value" : fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string DatasetInfo::kind_text() const {
  switch (kind) {
    case Kind::Integer:
      return "integers";
    case Kind::Real:
      return "real numbers";
    case Kind::Text:
      return "text";
    case Kind::Other:
      return "compound or other values";
  }
  return "";
}

File::File(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;
File::~File() = default;

Result<File> File::open(const std::filesystem::path& path) {
  const Lock lock;
  std::error_code code;
  auto impl = std::make_unique<Impl>();
  impl->file_bytes = std::filesystem::file_size(path, code);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // It does not lock either: our writers never change a file in place, and network file systems often cannot.
  if (H5Pset_driver(access.id(), read_driver(), nullptr) < 0) {
    return hdf5_error(Error::Kind::File, "HDF5 does not take the way that files are read in", "",
                      "Report this, with the version of libhdf5.");
  }
  impl->file = {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose};
  if (!impl->file) {
    return hdf5_error(Error::Kind::Format, "the HDF5 file cannot be opened: it is truncated or damaged", "",
                      "Copy or write the file again.");
  }
  return File(std::move(impl));
}

Result<File> File::group(const std::string& name) const {
  const Lock lock;
  auto impl = std::make_unique<Impl>();
  impl->file_bytes = impl_->file_bytes;
  impl->padded_texts = impl_->padded_texts;
  const Handle access(H5Pcreate(H5P_GROUP_ACCESS), H5Pclose);
  H5Pset_elink_cb(access.id(), refuse_external_link, nullptr);
  impl->file = {H5Gopen2(impl_->file.id(), name.c_str(), access.id()), H5Gclose};
  if (!impl->file) {
    return hdf5_error(Error::Kind::Format, "the group cannot be opened", name,
                      "The file is damaged or incomplete: take another copy.");
  }
  return File(std::move(impl));
}

Status File::close() {
  const Lock lock;
  if (H5Fflush(impl_->file.id(), H5F_SCOPE_GLOBAL) < 0 || impl_->file.close() < 0) {
    return hdf5_error(Error::Kind::File, "the file cannot be written", "",
                      "Choose a folder that you may write to and that has space left.");
  }
  return {};
}

Result<std::vector<Entry>> File::entries(const std::string& group) const {
  const Lock lock;
  const Handle handle(H5Gopen2(impl_->file.id(), local_name(group), H5P_DEFAULT), H5Gclose);
  std::vector<Listed> listed;
  // In any other order than its own, HDF5 first makes a table of all links, and in a damaged group it
  // releases that table without having filled it (H5G__dense_iterate in 1.10). So they are put in order here.
  if (!handle || H5Literate(handle.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_entry, &listed) < 0)
    return hdf5_error(Error::Kind::Format, "the contents of the file cannot be listed", group,
                      "Write it again.");
  std::ranges::sort(listed, {}, [](const Listed& l) { return std::tie(l.created, l.entry.name); });
  std::vector<Entry> entries;
  entries.reserve(listed.size());
  for (Listed& l : listed) entries.push_back(std::move(l.entry));
  return entries;
}

bool File::has_dataset(const std::string& name) const {
  const Lock lock;
  return H5Lexists(impl_->file.id(), name.c_str(), H5P_DEFAULT) > 0 &&
         static_cast<bool>(open_dataset(impl_->file.id(), name));
}

Result<DatasetInfo> File::info(const std::string& name) const {
  const Lock lock;
  const Handle dataset = open_dataset(impl_->file.id(), name);
  if (!dataset)
    return hdf5_error(Error::Kind::Format, "the dataset cannot be opened", name, "Write it again.");
  return describe(dataset.id());
}

Status File::check(const std::string& name) const {
  const Lock lock;
  const Handle dataset = open_dataset(impl_->file.id(), name);
  if (!dataset)
    return hdf5_error(Error::Kind::Format, "the dataset cannot be opened", name, "Write it again.");
  const auto count = check_size(describe(dataset.id()), name, 1, impl_->file_bytes);
  return count ? Status{} : fail(count.error());
}

template <class T>
Result<std::vector<T>> File::read(const std::string& name) const {
  const Lock lock;
  const Handle dataset = open_dataset(impl_->file.id(), name);
  if (!dataset)
    return hdf5_error(Error::Kind::Format, "the dataset cannot be opened", name, "Write it again.");
  const DatasetInfo info = describe(dataset.id());
  if (info.kind != Kind::Integer && info.kind != Kind::Real) {
    return fail({Error::Kind::Format, "the dataset holds no numbers", "/" + name, "numbers", info.kind_text(),
                 "Store it as integers or real numbers."});
  }
  const auto count = check_size(info, name, std::max(sizeof(T), info.element_bytes), impl_->file_bytes);
  if (!count) return fail(count.error());
  try {
    std::vector<T> values(*count);
    if (*count > 0 &&
        H5Dread(dataset.id(), native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
      return read_failed(name);
    return values;
  } catch (const std::bad_alloc&) {
    return no_memory(name);
  }
}

template Result<std::vector<float>> File::read(const std::string&) const;
template Result<std::vector<double>> File::read(const std::string&) const;
template Result<std::vector<std::int64_t>> File::read(const std::string&) const;
template Result<std::vector<std::int32_t>> File::read(const std::string&) const;
template Result<std::vector<std::uint32_t>> File::read(const std::string&) const;
template Result<std::vector<std::uint8_t>> File::read(const std::string&) const;

Result<std::vector<std::string>> File::read_texts(const std::string& name) const {
  const Lock lock;
  const Handle dataset = open_dataset(impl_->file.id(), name);
  if (!dataset)
    return hdf5_error(Error::Kind::Format, "the dataset cannot be opened", name, "Write it again.");
  const DatasetInfo info = describe(dataset.id());
  if (info.kind != Kind::Text) {
    return fail({Error::Kind::Format, "the dataset holds no text", "/" + name, "text", info.kind_text(),
                 "Store it as fixed-length or variable-length text."});
  }
  const auto count = check_size(info, name, info.element_bytes, impl_->file_bytes);
  if (!count) return fail(count.error());
  const Handle type(H5Dget_type(dataset.id()), H5Tclose);
  const Handle space(H5Dget_space(dataset.id()), H5Sclose);
  if (*count == 0) return std::vector<std::string>{};
  try {
    auto texts = texts_from(type.id(), space.id(), *count, [&dataset](hid_t memory, void* buffer) {
      return H5Dread(dataset.id(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer) >= 0;
    });
    if (!texts) return read_failed(name);
    return *std::move(texts);
  } catch (const std::bad_alloc&) {
    return no_memory(name);
  }
}

Result<Matrix<float>> File::read_matrix(const std::string& name, RunControl& control,
                                        const ProgressFn& progress, std::uint64_t most_rows) const {
  Handle dataset;
  Handle space;
  Handle memory;
  Matrix<float> matrix;
  std::vector<Tile> tiles;
  {
    const Lock lock;
    dataset = open_dataset(impl_->file.id(), name);
    if (!dataset)
      return hdf5_error(Error::Kind::Format, "the dataset cannot be opened", name, "Write it again.");
    DatasetInfo info = describe(dataset.id());
    if (info.rank() != 2 || (info.kind != Kind::Integer && info.kind != Kind::Real)) {
      return fail({Error::Kind::Format, "the dataset is no matrix of numbers", "/" + name,
                   "numbers of shape [N, C]", info.kind_text() + " of shape " + info.shape_text(),
                   "Store one spectrum per row."});
    }
    const bool whole = info.shape[0] <= most_rows;
    const auto count = check_size(info, name, whole ? sizeof(float) : 1, impl_->file_bytes);
    if (!count) return fail(count.error());
    info.shape[0] = std::min(info.shape[0], most_rows);
    space = {H5Dget_space(dataset.id()), H5Sclose};
    memory = {H5Screate_simple(2, std::array<hsize_t, 2>{info.shape[0], info.shape[1]}.data(), nullptr),
              H5Sclose};
    tiles = tiles_of(info);
    try {
      matrix = Matrix<float>(info.shape[0], info.shape[1]);
    } catch (const std::bad_alloc&) {
      return no_memory(name);
    }
  }
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress) progress(static_cast<double>(i) / static_cast<double>(tiles.size()), "Reading spectra");
    const Lock lock;
    const auto& [start, extent] = tiles[i];
    if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr) < 0 ||
        H5Sselect_hyperslab(memory.id(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr) < 0 ||
        H5Dread(dataset.id(), H5T_NATIVE_FLOAT, memory.id(), space.id(), H5P_DEFAULT, matrix.data()) < 0)
      return read_failed(name);
  }
  if (progress) progress(1, "Reading spectra");
  return matrix;
}

std::vector<std::string> File::attribute_names(const std::string& object) const {
  const Lock lock;
  std::vector<std::string> names;
  // In HDF5's own order for the same reason as in entries().
  H5Aiterate_by_name(impl_->file.id(), local_name(object), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_name,
                     &names, H5P_DEFAULT);
  std::ranges::sort(names);
  return names;
}

bool File::has_attribute(const std::string& object, const std::string& name) const {
  const Lock lock;
  return H5Aexists_by_name(impl_->file.id(), local_name(object), name.c_str(), H5P_DEFAULT) > 0;
}

Result<std::vector<std::string>> File::read_attribute_texts(const std::string& object,
                                                            const std::string& name) const {
  const Lock lock;
  const auto attribute = open_attribute(impl_->file.id(), object, name);
  if (!attribute) return attribute_error(object, name, "the attribute cannot be read");
  if (attribute->count == 0) return std::vector<std::string>{};
  const hid_t id = attribute->attribute.id();
  switch (kind_of(attribute->type.id())) {
    case Kind::Text: {
      auto texts = texts_from(attribute->type.id(), attribute->space.id(), attribute->count,
                              [id](hid_t memory, void* buffer) { return H5Aread(id, memory, buffer) >= 0; });
      if (!texts) return attribute_error(object, name, "the attribute cannot be read");
      return *std::move(texts);
    }
    case Kind::Integer: {
      const auto values = read_attribute<std::int64_t>(object, name);
      if (!values) return fail(values.error());
      std::vector<std::string> texts;
      for (const auto value : *values) texts.push_back(fmt::format("{}", value));
      return texts;
    }
    case Kind::Real: {
      const auto values = read_attribute<double>(object, name);
      if (!values) return fail(values.error());
      std::vector<std::string> texts;
      for (const auto value : *values) texts.push_back(fmt::format("{}", value));
      return texts;
    }
    case Kind::Other:
      break;
  }
  return attribute_error(object, name, "the attribute is neither text nor numbers");
}

template <class T>
Result<std::vector<T>> File::read_attribute(const std::string& object, const std::string& name) const {
  const Lock lock;
  const auto attribute = open_attribute(impl_->file.id(), object, name);
  if (!attribute) return attribute_error(object, name, "the attribute cannot be read");
  const Kind kind = kind_of(attribute->type.id());
  if (kind != Kind::Integer && kind != Kind::Real)
    return attribute_error(object, name, "the attribute holds no numbers");
  std::vector<T> values(attribute->count);
  if (!values.empty() && H5Aread(attribute->attribute.id(), native_type<T>(), values.data()) < 0)
    return attribute_error(object, name, "the attribute cannot be read");
  return values;
}

template Result<std::vector<double>> File::read_attribute(const std::string&, const std::string&) const;
template Result<std::vector<std::int64_t>> File::read_attribute(const std::string&, const std::string&) const;

bool has_signature(std::string_view head) {
  constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);
  if (head.starts_with(signature)) return true;
  // A user block of 512 · 2^n bytes may stand before it (MATLAB 7.3 has one).
  for (std::size_t offset = 512; offset < head.size(); offset *= 2)
    if (head.substr(offset).starts_with(signature)) return true;
  return false;
}

}  // namespace assayer::hdf5
