// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/spectra.h"

namespace assayer {

/// Of complex numbers, pairs of float32 or float64, the magnitudes are read.
enum class SampleType {
  Uint8,
  Int16,
  Int32,
  Float32,
  Float64,
  Uint16,
  Uint32,
  Int64,
  Uint64,
  Complex64,
  Complex128
};
[[nodiscard]] std::size_t bytes_of(SampleType type);

/// The order of a cube's dimensions, slowest first: band, line, sample · line, band, sample · line, sample,
/// band (whole spectra).
enum class Interleave { Bsq, Bil, Bip };

/// How plain binary numbers form an image, and what they mean: value = number * gain + bias, of a complex
/// number its magnitude.
struct RawCube {
  std::size_t lines = 0;
  std::size_t samples = 0;  ///< pixels per line
  std::size_t bands = 0;
  SampleType type = SampleType::Float32;
  Interleave interleave = Interleave::Bip;
  bool big_endian = false;
  std::uint64_t offset = 0;  ///< bytes before the first number
  /// Channel i of a spectrum is band channels[i]; empty: all in their order.
  std::vector<std::size_t> channels;
  std::vector<double> gain;      ///< [bands], or empty: 1
  std::vector<double> bias;      ///< [bands], or empty: 0
  std::optional<double> ignore;  ///< the number that stands for "no value": NaN

  /// lines * samples and the bytes of all numbers; nullopt where 64 bits do not hold them.
  [[nodiscard]] std::optional<std::uint64_t> pixels() const;
  [[nodiscard]] std::optional<std::uint64_t> bytes() const;
  /// Whether the file's bytes are the spectra as they are: float32 of this machine's byte order, whole
  /// spectra of all bands, neither scaled nor with an ignored value, at a multiple of 4.
  [[nodiscard]] bool is_plain() const;
};

/// Reads spectra of an image out of its file, pixel by pixel in row-major order of lines. Threads may read
/// at the same time: the file has no position.
class RawCubeReader {
 public:
  /// Holds the sizes against the file's; fails where it is shorter.
  static Result<RawCubeReader> open(const std::filesystem::path& path, RawCube cube);

  [[nodiscard]] std::size_t rows() const { return cube_.lines * cube_.samples; }
  [[nodiscard]] std::size_t channels() const {
    return cube_.channels.empty() ? cube_.bands : cube_.channels.size();
  }
  [[nodiscard]] const RawCube& cube() const { return cube_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// What the file holds beyond the image.
  [[nodiscard]] std::uint64_t bytes_left_over() const { return left_over_; }

  /// Spectra `first` … `first` + `count` − 1 into `out`, [count, channels] row-major. Takes as much memory
  /// besides as these spectra take in the file.
  Status read(std::size_t first, std::size_t count, std::span<float> out) const;
  /// The first `count` spectra, in blocks of some MiB, with progress.
  Status read_all(std::size_t count, std::span<float> out, RunControl& control,
                  const ProgressFn& progress) const;
  /// Spectra of about `bytes` in the file, whole lines where that is possible: what to read at once.
  [[nodiscard]] std::size_t block_rows(std::size_t bytes) const;

  /// For spectra that stay in the file, which is kept open and read piece by piece. It is not mapped, not
  /// even where `is_plain`: another program that shortens a mapped file brings this one down.
  [[nodiscard]] std::shared_ptr<const SpectraSource> source() const;

 private:
  class Descriptor;
  class Piecewise;
  RawCubeReader(std::filesystem::path path, RawCube cube, std::shared_ptr<const Descriptor> file,
                std::uint64_t left_over);
  Status read_bytes(std::uint64_t at, std::span<std::byte> out) const;

  std::filesystem::path path_;
  RawCube cube_;
  std::shared_ptr<const Descriptor> file_;
  std::uint64_t left_over_ = 0;
};

}  // namespace assayer
