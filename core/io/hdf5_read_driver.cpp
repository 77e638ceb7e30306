// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <compare>
#include <iterator>
#include <memory>
#include <tuple>
#include <type_traits>

#include "core/io/hdf5_detail.h"
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

namespace assayer::hdf5 {

namespace {

constexpr herr_t kFailed = -1;
constexpr haddr_t kLargestAddress = (haddr_t{1} << 62) - 1;

/// A file as HDF5's drivers have it: what the library sees first, then our own.
struct OpenFile {
  H5FD_t shared;
  int number;
  dev_t device;
  ino_t inode;
  haddr_t size;  ///< of the file
  haddr_t end;   ///< of what the library takes to be in use
};
static_assert(std::is_standard_layout_v<OpenFile>);

OpenFile& ours(H5FD_t* file) {
  return *reinterpret_cast<OpenFile*>(file);
}
const OpenFile& ours(const H5FD_t* file) {
  return *reinterpret_cast<const OpenFile*>(file);
}

H5FD_t* open_file(const char* name, unsigned flags, hid_t /*access*/, haddr_t /*largest*/) {
  if ((flags & H5F_ACC_RDWR) != 0) return nullptr;
  const int number = ::open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (number < 0) return nullptr;
  struct stat status{};
  if (::fstat(number, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(number);
    return nullptr;
  }
  auto file = std::make_unique<OpenFile>();
  file->number = number;
  file->device = status.st_dev;
  file->inode = status.st_ino;
  file->size = static_cast<haddr_t>(status.st_size);
  return &file.release()->shared;
}

herr_t close_file(H5FD_t* file) {
  const std::unique_ptr<OpenFile> owned(&ours(file));
  return ::close(owned->number) == 0 ? 0 : kFailed;
}

int compare_files(const H5FD_t* a, const H5FD_t* b) {
  const auto order = std::tuple(ours(a).device, ours(a).inode) <=> std::tuple(ours(b).device, ours(b).inode);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* flags) {
  if (flags != nullptr) *flags = H5FD_FEAT_DATA_SIEVE;  // for numbers; nothing for metadata
  return 0;
}

haddr_t get_end(const H5FD_t* file, H5FD_mem_t /*type*/) {
  return ours(file).end;
}
herr_t set_end(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t end) {
  ours(file).end = end;
  return 0;
}
haddr_t file_size(const H5FD_t* file, H5FD_mem_t /*type*/) {
  return ours(file).size;
}

herr_t read(H5FD_t* shared, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t at, size_t size, void* buffer) {
  const OpenFile& file = ours(shared);
  if (size == 0) return 0;
  if (buffer == nullptr || at > file.size || size > file.size - at) return kFailed;
  for (auto* to = static_cast<char*>(buffer); size > 0;) {
    const auto got = ::pread(file.number, to, size, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return kFailed;
    to += got;
    at += static_cast<haddr_t>(got);
    size -= static_cast<size_t>(got);
  }
  return 0;
}

herr_t write(H5FD_t* /*file*/, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t /*at*/, size_t /*size*/,
             const void* /*buffer*/) {
  return kFailed;
}

H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 2)
  driver.version = H5FD_CLASS_VERSION;
  constexpr int own_value = 511;  // the last of those that the HDF Group leaves for tests and trials
  driver.value = static_cast<H5FD_class_value_t>(own_value);
#endif
  driver.name = "assayer_read";
  driver.maxaddr = kLargestAddress;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.open = open_file;
  driver.close = close_file;
  driver.cmp = compare_files;
  driver.query = query;
  driver.get_eoa = get_end;
  driver.set_eoa = set_end;
  driver.get_eof = file_size;
  driver.read = read;
  driver.write = write;
  constexpr H5FD_mem_t map[] = H5FD_FLMAP_DICHOTOMY;
  static_assert(std::size(map) <= H5FD_MEM_NTYPES);
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
  return driver;
}

}  // namespace

hid_t read_driver() {
  // The library keeps the class's address, and the registration for as long as the process lives.
  static const H5FD_class_t driver = driver_class();
  static const hid_t id = H5FDregister(&driver);
  return id;
}

}  // namespace assayer::hdf5
