// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "core/base/error.h"
#include "core/io/raw_cube.h"

namespace assayer {

/// Writes an image as plain float32 of this machine's byte order, block by block, in any interleave.
class RawCubeWriter {
 public:
  /// `path` must exist (see AtomicFile); of `cube` only sizes and interleave count.
  static Result<RawCubeWriter> open(const std::filesystem::path& path, const RawCube& cube);

  /// Spectra `first` … of whole pixels, [count, bands] row-major, each exactly once and in any order.
  Status write(std::size_t first, std::span<const float> spectra);
  /// Must be called after the last block: failures of the disk may show up only here.
  Status close();

 private:
  class Descriptor;
  RawCubeWriter(std::filesystem::path path, const RawCube& cube, std::shared_ptr<Descriptor> file);
  Status write_at(std::uint64_t at, std::span<const float> values);
  Status failed() const;

  std::filesystem::path path_;
  std::size_t samples_;
  std::size_t pixels_;
  std::size_t bands_;
  Interleave interleave_;
  std::shared_ptr<Descriptor> file_;
  std::vector<float> turned_;  ///< [bands, pixels] of a block
};

}  // namespace assayer
