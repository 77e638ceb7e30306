// SPDX-License-Identifier: GPL-3.0-or-later
// The writing half of assayer::hdf5::File.
#include <algorithm>
#include <array>

#include "core/io/hdf5_detail.h"

namespace assayer::hdf5 {

namespace {

constexpr std::uint64_t kCompressAbove = std::uint64_t{1} << 20;
constexpr std::uint64_t kChunkBytes = std::uint64_t{1} << 19;
constexpr unsigned kDeflateLevel = 4;
constexpr std::size_t kMostPadding = 8;

std::unexpected<Error> write_failed(const std::string& name) {
  return hdf5_error(Error::Kind::File, "the data cannot be written", name,
                    "Choose a folder that you may write to and that has space left.");
}

Handle space_of(std::span<const std::uint64_t> shape) {
  if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> dimensions(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(dimensions.size()), dimensions.data(), nullptr), H5Sclose};
}

Handle link_properties() {
  Handle properties(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(properties.id(), 1);
  H5Pset_char_encoding(properties.id(), H5T_CSET_UTF8);
  return properties;
}

/// Rows go together: they are what readers ask for.
void set_chunks(hid_t properties, std::span<const std::uint64_t> shape, std::size_t element) {
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  std::uint64_t bytes = element;
  for (std::size_t i = chunk.size(); i-- > 0;) {
    chunk[i] = std::clamp<hsize_t>(kChunkBytes / bytes, 1, shape[i]);
    bytes *= chunk[i];
  }
  H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
  H5Pset_shuffle(properties);
  H5Pset_deflate(properties, kDeflateLevel);
}

Handle make_dataset(hid_t file, const std::string& name, hid_t type, hid_t space, hid_t properties) {
  // Without time stamps equal data give equal files.
  H5Pset_obj_track_times(properties, false);
  const Handle link = link_properties();
  return {H5Dcreate2(file, name.c_str(), type, space, link.id(), properties, H5P_DEFAULT), H5Dclose};
}

Handle padded_text_type(std::size_t length) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), length);
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

std::vector<const char*> pointers_to(std::span<const std::string> texts) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size());
  for (const auto& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

bool put_attribute(hid_t file, const std::string& object, const std::string& name, hid_t type, hid_t space,
                   const void* values, bool empty) {
  const Handle attribute(H5Acreate_by_name(file, local_name(object), name.c_str(), type, space, H5P_DEFAULT,
                                           H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose);
  return attribute && (empty || H5Awrite(attribute.id(), type, values) >= 0);
}

}  // namespace

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

Result<File> File::create(const std::filesystem::path& path, Texts texts) {
  const Lock lock;
  const Handle properties(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_link_creation_order(properties.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_obj_track_times(properties.id(), false);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Headers with checksums: damage is found, not followed. Every HDF5 since 1.8 (2008) reads them.
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18);
  auto impl = std::make_unique<Impl>();
  impl->padded_texts = texts == Texts::Padded;
  impl->file = {H5Fcreate(path.c_str(), H5F_ACC_TRUNC, properties.id(), access.id()), H5Fclose};
  if (!impl->file) return write_failed("");
  return File(std::move(impl));
}

template <class T>
Status File::write(const std::string& name, std::span<const std::uint64_t> shape, std::span<const T> values,
                   bool compress) {
  const Lock lock;
  const Handle space = space_of(shape);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  if (compress && !shape.empty() && values.size_bytes() > kCompressAbove)
    set_chunks(properties.id(), shape, sizeof(T));
  const Handle dataset = make_dataset(impl_->file.id(), name, native_type<T>(), space.id(), properties.id());
  if (!dataset || (!values.empty() && H5Dwrite(dataset.id(), native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                               values.data()) < 0))
    return write_failed(name);
  return {};
}

template Status File::write(const std::string&, std::span<const std::uint64_t>,
                            std::span<const std::uint32_t>, bool);
template Status File::write(const std::string&, std::span<const std::uint64_t>, std::span<const float>, bool);
template Status File::write(const std::string&, std::span<const std::uint64_t>, std::span<const double>,
                            bool);
template Status File::write(const std::string&, std::span<const std::uint64_t>, std::span<const std::int64_t>,
                            bool);
template Status File::write(const std::string&, std::span<const std::uint64_t>, std::span<const std::int32_t>,
                            bool);
template Status File::write(const std::string&, std::span<const std::uint64_t>, std::span<const std::uint8_t>,
                            bool);

template <class T>
Status File::create_dataset(const std::string& name, std::span<const std::uint64_t> shape, bool compress) {
  const Lock lock;
  const Handle space = space_of(shape);
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  std::uint64_t bytes = sizeof(T);
  for (const auto n : shape) bytes *= n;
  if (compress && bytes > kCompressAbove) set_chunks(properties.id(), shape, sizeof(T));
  // Every row will be written: filling the file before would be to write it twice.
  H5Pset_fill_time(properties.id(), H5D_FILL_TIME_NEVER);
  const Handle dataset = make_dataset(impl_->file.id(), name, native_type<T>(), space.id(), properties.id());
  return dataset ? Status{} : write_failed(name);
}

template Status File::create_dataset<float>(const std::string&, std::span<const std::uint64_t>, bool);
template Status File::create_dataset<double>(const std::string&, std::span<const std::uint64_t>, bool);

template <class T>
Status File::write_rows(const std::string& name, std::uint64_t first, std::span<const T> values) {
  if (values.empty()) return {};
  const Lock lock;
  const Handle dataset(H5Dopen2(impl_->file.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) return write_failed(name);
  const Handle space(H5Dget_space(dataset.id()), H5Sclose);
  std::vector<hsize_t> count(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.id())));
  H5Sget_simple_extent_dims(space.id(), count.data(), nullptr);
  std::vector<hsize_t> start(count.size(), 0);
  hsize_t per_row = 1;
  for (std::size_t i = 1; i < count.size(); ++i) per_row *= count[i];
  start[0] = first;
  count[0] = values.size() / per_row;
  const Handle memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dwrite(dataset.id(), native_type<T>(), memory.id(), space.id(), H5P_DEFAULT, values.data()) < 0)
    return write_failed(name);
  return {};
}

template Status File::write_rows(const std::string&, std::uint64_t, std::span<const float>);
template Status File::write_rows(const std::string&, std::uint64_t, std::span<const double>);

Status File::write_texts(const std::string& name, std::span<const std::string> values) {
  const Lock lock;
  const Handle space = space_of(std::array<std::uint64_t, 1>{values.size()});
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  std::size_t length = 1;
  std::size_t total = 0;
  for (const auto& value : values) {
    length = std::max(length, value.size());
    total += value.size();
  }
  // Padded texts may carry a checksum; HDF5 trusts the references of variable-length ones blindly, so those
  // are left to the rare column where padding would waste too much.
  const bool padded = length * values.size() <= kMostPadding * total + kCompressAbove;
  const Handle type = padded ? padded_text_type(length) : text_type();
  if (padded && !values.empty()) {
    const hsize_t chunk = std::clamp<hsize_t>(kChunkBytes / length, 1, values.size());
    H5Pset_chunk(properties.id(), 1, &chunk);
    H5Pset_deflate(properties.id(), kDeflateLevel);
    H5Pset_fletcher32(properties.id());
  }
  const Handle dataset = make_dataset(impl_->file.id(), name, type.id(), space.id(), properties.id());
  if (!dataset) return write_failed(name);
  if (values.empty()) return {};
  std::string padding;
  std::vector<const char*> pointers;
  if (padded)
    for (const auto& value : values) padding.append(value).append(length - value.size(), '\0');
  else
    pointers = pointers_to(values);
  const void* buffer =
      padded ? static_cast<const void*>(padding.data()) : static_cast<const void*>(pointers.data());
  if (H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer) < 0) return write_failed(name);
  return {};
}

Status File::create_group(const std::string& name) {
  const Lock lock;
  const Handle link = link_properties();
  // As in the file's root: columns of a data set have an order.
  const Handle properties(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  H5Pset_link_creation_order(properties.id(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_obj_track_times(properties.id(), false);
  const Handle group(H5Gcreate2(impl_->file.id(), name.c_str(), link.id(), properties.id(), H5P_DEFAULT),
                     H5Gclose);
  return group ? Status{} : write_failed(name);
}

Status File::write_attribute(const std::string& object, const std::string& name, const std::string& text) {
  return write_attribute_texts(object, name, {&text, 1}, true);
}

Status File::write_attribute(const std::string& object, const std::string& name,
                             std::span<const std::string> texts) {
  return write_attribute_texts(object, name, texts, false);
}

Status File::write_attribute_texts(const std::string& object, const std::string& name,
                                   std::span<const std::string> texts, bool scalar) {
  const Lock lock;
  const Handle space = scalar ? space_of({}) : space_of(std::array<std::uint64_t, 1>{texts.size()});
  std::size_t length = 1;
  for (const auto& text : texts) length = std::max(length, text.size());
  const Handle type = impl_->padded_texts ? padded_text_type(length) : text_type();
  std::string padding;
  std::vector<const char*> pointers;
  if (impl_->padded_texts)
    for (const auto& text : texts) padding.append(text).append(length - text.size(), '\0');
  else
    pointers = pointers_to(texts);
  const void* buffer = impl_->padded_texts ? static_cast<const void*>(padding.data())
                                           : static_cast<const void*>(pointers.data());
  if (!put_attribute(impl_->file.id(), object, name, type.id(), space.id(), buffer, texts.empty()))
    return write_failed(object);
  return {};
}

template <class T>
Status File::write_attribute(const std::string& object, const std::string& name, std::span<const T> values) {
  const Lock lock;
  // One value is a scalar, as other programs expect of a version or a count.
  const std::array<std::uint64_t, 1> length = {values.size()};
  const Handle space = values.size() == 1 ? space_of({}) : space_of(std::span<const std::uint64_t>(length));
  if (!put_attribute(impl_->file.id(), object, name, native_type<T>(), space.id(), values.data(),
                     values.empty()))
    return write_failed(object);
  return {};
}

template Status File::write_attribute(const std::string&, const std::string&, std::span<const double>);
template Status File::write_attribute(const std::string&, const std::string&, std::span<const std::int64_t>);

}  // namespace assayer::hdf5
