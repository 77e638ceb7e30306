// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Shared by the .cpp files of assayer::hdf5 alone: the one header of ours that shows HDF5's own.
#include <hdf5.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/io/hdf5_file.h"
#include "core/io/hdf5_lock.h"

namespace assayer::hdf5 {

/// Owns an HDF5 identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close(); }

  explicit operator bool() const { return id_ >= 0; }
  [[nodiscard]] hid_t id() const { return id_; }
  herr_t close();

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

struct File::Impl {
  Handle file;
  std::uint64_t file_bytes = 0;
  bool padded_texts = false;
};

/// What HDF5's error stack says at its innermost level. Call it before any other HDF5 function.
std::string innermost_message();

/// An error of kind Format (reading) or File (writing) with HDF5's own words as `found`.
std::unexpected<Error> hdf5_error(Error::Kind kind, std::string what, std::string where, std::string mend);

/// The identifier of the memory type; not owned.
template <class T>
hid_t native_type();
template <>
hid_t native_type<float>();
template <>
hid_t native_type<double>();
template <>
hid_t native_type<std::int64_t>();
template <>
hid_t native_type<std::int32_t>();
template <>
hid_t native_type<std::uint32_t>();
template <>
hid_t native_type<std::uint8_t>();

/// hdf5_read_driver.cpp: HDF5's identifier of a file driver ("virtual file layer") that only reads, with
/// nothing between the file and the library. HDF5's own drivers keep the metadata read last in an
/// accumulator, which copies to a null pointer for some damaged files (seen with 1.10.8 in H5F__accum_read,
/// on a local heap; HDFGroup/hdf5 issues 584 and 1311); without it the library's checks of sizes come first.
/// Reading beyond the end of a file fails, where HDF5's drivers make up zeros. H5I_INVALID_HID where HDF5
/// cannot register it. Call it under `Lock`.
hid_t read_driver();

/// `object` as HDF5 takes it from where a File stands: "/" would be the file's root even from a group.
const char* local_name(const std::string& object);

/// Never opens another file.
Handle open_dataset(hid_t file, const std::string& name);
DatasetInfo describe(hid_t dataset);
/// The number of elements, after a look at whether the file can hold what its header declares and this
/// machine what it would need: a few bytes of header must not cost gigabytes.
Result<std::uint64_t> check_size(const DatasetInfo& info, const std::string& name, std::size_t memory_element,
                                 std::uint64_t file_bytes);

/// Variable-length UTF-8.
Handle text_type();

}  // namespace assayer::hdf5
