// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace assayer {

/// Bytes from a start to an end, once and in order. Errors are File (disk) or Format (packed bytes that are
/// damaged), without the file's name.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// Fills `bytes` from its start; fewer than asked only at the end.
  virtual Result<std::size_t> read(std::span<std::byte> bytes) = 0;
  /// Passes over `count` bytes, or to the end.
  virtual Status skip(std::uint64_t count);

  /// Fills `bytes` wholly; an end before that is an error.
  Status read_all(std::span<std::byte> bytes);
};

/// `length` bytes of a file from `offset`; what lies beyond the file's end is not there.
Result<std::unique_ptr<ByteSource>> open_bytes(const std::filesystem::path& path, std::uint64_t offset,
                                               std::uint64_t length);

/// How bytes are packed: deflate alone (RFC 1951, zip), with zlib's frame (RFC 1950, MATLAB) or gzip's
/// (RFC 1952; several members are one stream).
enum class Packing { None, Deflate, Zlib, Gzip };

/// What `packed` yields when it is unpacked; None returns it as it is.
std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed, Packing packing);

/// Deflate shrinks by at most 1032 : 1: the most that `packed_bytes` can become.
std::uint64_t largest_unpacked(std::uint64_t packed_bytes, Packing packing);

/// The first bytes that `head` yields when it is unpacked, at most `count`: for sniffing.
std::string unpacked_head(std::string_view head, Packing packing, std::size_t count);

/// Fails where `bytes` of memory cannot be had without swapping. `what` is the subject: "the spectra [N, C]".
Status check_memory(std::uint64_t bytes, std::string_view what);

/// The product, or 2^64 − 1 where it is larger.
std::uint64_t saturated_product(std::span<const std::uint64_t> factors);

}  // namespace assayer
