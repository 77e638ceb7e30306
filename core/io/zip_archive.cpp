// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/zip_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/io/number_type.h"
#include "core/io/text.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kEndSignature = 0x06054B50;
constexpr std::uint32_t kLocator64Signature = 0x07064B50;
constexpr std::uint32_t kEnd64Signature = 0x06064B50;
constexpr std::uint32_t kCentralSignature = 0x02014B50;
constexpr std::uint32_t kLocalSignature = 0x04034B50;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLocator64Bytes = 20;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::uint64_t kLargestDirectory = std::uint64_t{64} << 20;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;

using Bytes = std::vector<std::byte>;

std::unexpected<Error> damaged(std::string found) {
  return fail({Error::Kind::Format, "the zip archive is damaged", "", "", std::move(found),
               "It is incomplete or was changed: copy or write it again."});
}

Result<Bytes> bytes_at(const fs::path& path, std::uint64_t offset, std::uint64_t count) {
  const auto source = open_bytes(path, offset, count);
  if (!source) return fail(source.error());
  Bytes bytes(count);
  if (auto status = (*source)->read_all(bytes); !status)
    return damaged("it ends inside its table of contents");
  return bytes;
}

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

Result<Directory> find_directory(const fs::path& path, std::uint64_t file_size) {
  constexpr std::uint64_t longest_comment = 0xFFFF;
  const std::uint64_t tail_size =
      std::min<std::uint64_t>(file_size, kEndBytes + longest_comment + kLocator64Bytes);
  const auto tail = bytes_at(path, file_size - tail_size, tail_size);
  if (!tail) return fail(tail.error());
  if (tail_size < kEndBytes) return damaged("too short");
  for (std::size_t at = tail_size - kEndBytes + 1; at-- > 0;) {
    if (number_at<std::uint32_t>(*tail, at) != kEndSignature) continue;
    Directory directory{number_at<std::uint32_t>(*tail, at + 16), number_at<std::uint32_t>(*tail, at + 12)};
    const bool in64 =
        at >= kLocator64Bytes && number_at<std::uint32_t>(*tail, at - kLocator64Bytes) == kLocator64Signature;
    if (in64) {
      const auto end = number_at<std::uint64_t>(*tail, at - kLocator64Bytes + 8);
      if (end > file_size || file_size - end < kEnd64Bytes) return damaged("its end lies outside");
      const auto record = bytes_at(path, end, kEnd64Bytes);
      if (!record) return fail(record.error());
      if (number_at<std::uint32_t>(*record, 0) != kEnd64Signature)
        return damaged("no zip64 record where it should be");
      directory = {number_at<std::uint64_t>(*record, 48), number_at<std::uint64_t>(*record, 40)};
    }
    if (directory.offset > file_size || directory.size > file_size - directory.offset ||
        directory.size > kLargestDirectory)
      return damaged("its table of contents lies outside");
    return directory;
  }
  return damaged("no table of contents at its end");
}

/// Sizes that do not fit 32 bits, in the order in which they are missing there.
bool read_zip64(std::span<const std::byte> extra, ZipEntry& entry) {
  while (extra.size() >= 4) {
    const auto id = number_at<std::uint16_t>(extra, 0);
    const std::size_t length = number_at<std::uint16_t>(extra, 2);
    if (length > extra.size() - 4) return false;
    if (id == 1) {
      auto field = extra.subspan(4, length);
      for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.header}) {
        if (*value != kIn64) continue;
        if (field.size() < sizeof(std::uint64_t)) return false;
        *value = number_at<std::uint64_t>(field, 0);
        field = field.subspan(sizeof(std::uint64_t));
      }
      return true;
    }
    extra = extra.subspan(4 + length);
  }
  return true;
}

}  // namespace

Result<std::vector<ZipEntry>> zip_entries(const fs::path& path) {
  std::error_code code;
  const std::uint64_t file_size = fs::file_size(path, code);
  if (code) return fail({Error::Kind::File, "the file cannot be read", "", "", code.message(), ""});
  const auto directory = find_directory(path, file_size);
  if (!directory) return fail(directory.error());
  const auto bytes = bytes_at(path, directory->offset, directory->size);
  if (!bytes) return fail(bytes.error());

  std::vector<ZipEntry> entries;
  std::span<const std::byte> rest = *bytes;
  while (rest.size() >= kCentralBytes && number_at<std::uint32_t>(rest, 0) == kCentralSignature) {
    const auto flags = number_at<std::uint16_t>(rest, 8);
    const auto method = number_at<std::uint16_t>(rest, 10);
    const std::size_t name = number_at<std::uint16_t>(rest, 28);
    const std::size_t extra = number_at<std::uint16_t>(rest, 30);
    const std::size_t comment = number_at<std::uint16_t>(rest, 32);
    if (rest.size() < kCentralBytes + name + extra + comment) return damaged("an entry is cut off");
    ZipEntry entry;
    entry.packed = number_at<std::uint32_t>(rest, 20);
    entry.size = number_at<std::uint32_t>(rest, 24);
    entry.header = number_at<std::uint32_t>(rest, 42);
    const auto text = rest.subspan(kCentralBytes, name);
    entry.name = to_utf8({reinterpret_cast<const char*>(text.data()), text.size()});
    if (!read_zip64(rest.subspan(kCentralBytes + name, extra), entry)) return damaged("a size is missing");
    constexpr std::uint16_t deflated = 8;
    entry.packing = method == deflated ? Packing::Deflate : Packing::None;
    entry.readable = (flags & 1) == 0 && (method == 0 || method == deflated);
    if (entry.header > file_size || entry.packed > file_size - entry.header)
      return damaged(fmt::format("\"{}\" lies outside", entry.name));
    if (entry.size > largest_unpacked(entry.packed, entry.packing) ||
        (method == 0 && entry.size != entry.packed)) {
      return damaged(
          fmt::format("\"{}\" cannot unpack to {}", entry.name, byte_size(static_cast<double>(entry.size))));
    }
    entries.push_back(std::move(entry));
    rest = rest.subspan(kCentralBytes + name + extra + comment);
  }
  return entries;
}

Result<std::unique_ptr<ByteSource>> open_entry(const fs::path& path, const ZipEntry& entry) {
  const auto header = bytes_at(path, entry.header, kLocalBytes);
  if (!header) return fail(header.error());
  if (number_at<std::uint32_t>(*header, 0) != kLocalSignature)
    return damaged(fmt::format("\"{}\" does not begin where the table of contents says", entry.name));
  const std::uint64_t start = entry.header + kLocalBytes + number_at<std::uint16_t>(*header, 26) +
                              number_at<std::uint16_t>(*header, 28);
  auto source = open_bytes(path, start, entry.packed);
  if (!source) return fail(source.error());
  return unpack(*std::move(source), entry.packing);
}

}  // namespace assayer
