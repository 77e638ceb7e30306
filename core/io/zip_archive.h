// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/io/byte_source.h"

namespace assayer {

/// A file inside a zip archive.
struct ZipEntry {
  std::string name;
  std::uint64_t header = 0;  ///< where its local header begins
  std::uint64_t packed = 0;  ///< bytes in the archive
  std::uint64_t size = 0;    ///< bytes once unpacked
  Packing packing = Packing::None;
  bool readable = true;  ///< neither encrypted nor packed in another way than stored or deflated
};

/// The archive's table of contents (PKWARE's APPNOTE 6.3, zip64 included; one file, not split).
Result<std::vector<ZipEntry>> zip_entries(const std::filesystem::path& path);

/// The unpacked bytes of an entry.
Result<std::unique_ptr<ByteSource>> open_entry(const std::filesystem::path& path, const ZipEntry& entry);

}  // namespace assayer
