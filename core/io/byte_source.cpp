// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/byte_source.h"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/io/text.h"

namespace assayer {

namespace {

constexpr std::size_t kPackedBlock = std::size_t{64} * 1024;

class FileBytes final : public ByteSource {
 public:
  FileBytes(std::ifstream stream, std::uint64_t left) : stream_(std::move(stream)), left_(left) {}

  Result<std::size_t> read(std::span<std::byte> bytes) override {
    const auto wanted = static_cast<std::streamsize>(std::min<std::uint64_t>(bytes.size(), left_));
    stream_.read(reinterpret_cast<char*>(bytes.data()), wanted);
    const auto got = static_cast<std::size_t>(stream_.gcount());
    if (stream_.bad()) {
      return fail({Error::Kind::File, "the file cannot be read", "", "", "",
                   "Check the disk, and copy the file again."});
    }
    left_ = got < static_cast<std::size_t>(wanted) ? 0 : left_ - got;
    return got;
  }

  Status skip(std::uint64_t count) override {
    const std::uint64_t step = std::min(count, left_);
    stream_.seekg(static_cast<std::streamoff>(step), std::ios::cur);
    left_ -= step;
    return {};
  }

 private:
  std::ifstream stream_;
  std::uint64_t left_;
};

class Unpacked final : public ByteSource {
 public:
  Unpacked(std::unique_ptr<ByteSource> packed, Packing packing)
      : packed_(std::move(packed)), packing_(packing), block_(kPackedBlock) {
    constexpr int gzip_frame = 16;
    int window = MAX_WBITS;
    if (packing == Packing::Deflate) window = -MAX_WBITS;
    if (packing == Packing::Gzip) window = MAX_WBITS + gzip_frame;
    ready_ = inflateInit2(&stream_, window) == Z_OK;
  }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;
  ~Unpacked() override { inflateEnd(&stream_); }

  Result<std::size_t> read(std::span<std::byte> bytes) override {
    if (!ready_) {
      return fail({Error::Kind::File, "the packed data cannot be unpacked", "", "", "no memory for it",
                   "Close other programs."});
    }
    std::size_t filled = 0;
    while (filled < bytes.size() && !ended_) {
      if (stream_.avail_in == 0) {
        if (auto status = refill(); !status) return fail(status.error());
      }
      const std::size_t room = std::min<std::size_t>(bytes.size() - filled, std::size_t{1} << 30);
      stream_.next_out = reinterpret_cast<Bytef*>(bytes.data() + filled);
      stream_.avail_out = static_cast<uInt>(room);
      const int code = inflate(&stream_, Z_NO_FLUSH);
      filled += room - stream_.avail_out;
      if (code == Z_STREAM_END) {
        if (auto status = next_member(); !status) return fail(status.error());
      } else if (code == Z_BUF_ERROR && stream_.avail_in == 0 && exhausted_) {
        return damaged("its end is missing");
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return damaged(stream_.msg == nullptr ? "not what its kind of packing writes" : stream_.msg);
      }
    }
    return filled;
  }

 private:
  static std::unexpected<Error> damaged(std::string_view found) {
    return fail({Error::Kind::Format, "the packed data are damaged", "", "", std::string(found),
                 "Copy or write the file again."});
  }

  Status refill() {
    const auto got = packed_->read(block_);
    if (!got) return fail(got.error());
    exhausted_ = *got == 0;
    stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
    stream_.avail_in = static_cast<uInt>(*got);
    return {};
  }

  /// Gzip files may be concatenated.
  Status next_member() {
    ended_ = packing_ != Packing::Gzip;
    if (ended_) return {};
    if (stream_.avail_in == 0)
      if (auto status = refill(); !status) return status;
    ended_ = stream_.avail_in == 0 || *stream_.next_in != 0x1F;
    if (!ended_) ready_ = inflateReset(&stream_) == Z_OK;
    return {};
  }

  std::unique_ptr<ByteSource> packed_;
  Packing packing_;
  std::vector<std::byte> block_;
  z_stream stream_{};
  bool ready_ = false;
  bool exhausted_ = false;
  bool ended_ = false;
};

/// Of bytes in memory that somebody else holds.
class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::string_view bytes) : bytes_(bytes) {}
  Result<std::size_t> read(std::span<std::byte> bytes) override {
    const std::size_t got = bytes_.copy(reinterpret_cast<char*>(bytes.data()), bytes.size());
    bytes_.remove_prefix(got);
    return got;
  }

 private:
  std::string_view bytes_;
};

std::uint64_t available_memory() {
  std::ifstream info("/proc/meminfo");
  std::string key;
  std::uint64_t kibibytes = 0;
  std::string unit;
  while (info >> key >> kibibytes >> unit)
    if (key == "MemAvailable:") return kibibytes * 1024;
  return std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

Status ByteSource::skip(std::uint64_t count) {
  std::vector<std::byte> block(std::min<std::uint64_t>(count, kPackedBlock));
  while (count > 0) {
    const auto got = read(std::span(block).first(std::min<std::uint64_t>(count, block.size())));
    if (!got) return fail(got.error());
    if (*got == 0) return {};
    count -= *got;
  }
  return {};
}

Status ByteSource::read_all(std::span<std::byte> bytes) {
  const auto got = read(bytes);
  if (!got) return fail(got.error());
  if (*got == bytes.size()) return {};
  return fail({Error::Kind::Format, "the file ends too early", "", fmt::format("{} bytes more", bytes.size()),
               fmt::format("{}", *got), "The file is incomplete: copy or write it again."});
}

Result<std::unique_ptr<ByteSource>> open_bytes(const std::filesystem::path& path, std::uint64_t offset,
                                               std::uint64_t length) {
  std::ifstream stream(path, std::ios::binary);
  if (stream) stream.seekg(static_cast<std::streamoff>(offset));
  if (!stream)
    return fail({Error::Kind::File, "the file cannot be opened", "", "", "", "Check its permissions."});
  return std::make_unique<FileBytes>(std::move(stream), length);
}

std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed, Packing packing) {
  if (packing == Packing::None) return packed;
  return std::make_unique<Unpacked>(std::move(packed), packing);
}

std::uint64_t largest_unpacked(std::uint64_t packed_bytes, Packing packing) {
  if (packing == Packing::None) return packed_bytes;
  constexpr std::uint64_t most = 1032;
  const std::array<std::uint64_t, 2> factors = {packed_bytes, most};
  return saturated_product(factors);
}

std::string unpacked_head(std::string_view head, Packing packing, std::size_t count) {
  const auto source = unpack(std::make_unique<MemoryBytes>(head), packing);
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  // Byte by byte, because the head of a file ends in the middle of its packed data.
  while (filled < count) {
    const auto got = source->read(std::as_writable_bytes(std::span(bytes)).subspan(filled, 1));
    if (!got || *got == 0) break;
    ++filled;
  }
  bytes.resize(filled);
  return bytes;
}

Status check_memory(std::uint64_t bytes, std::string_view what) {
  constexpr std::uint64_t harmless = std::uint64_t{64} << 20;
  if (bytes <= harmless) return {};
  const std::uint64_t available = available_memory();
  if (bytes <= available) return {};
  return fail({Error::Kind::File, fmt::format("{} do not fit into the memory", what), "",
               "at most " + byte_size(static_cast<double>(available)), byte_size(static_cast<double>(bytes)),
               "Take fewer spectra or channels, close other programs, or use a larger machine."});
}

std::uint64_t saturated_product(std::span<const std::uint64_t> factors) {
  std::uint64_t result = 1;
  bool too_large = false;
  for (const std::uint64_t factor : factors) {
    if (factor == 0) return 0;
    too_large = __builtin_mul_overflow(result, factor, &result) || too_large;
  }
  return too_large ? std::numeric_limits<std::uint64_t>::max() : result;
}

}  // namespace assayer
