// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/raw_cube_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace assayer {

namespace {

/// Numbers of a cache line.
constexpr std::size_t kTile = 16;

/// from [pixels, bands] to [bands, pixels]. Tile by tile, and each through a small copy: the whole of a cache
/// line is used when it is touched, for both sides may jump by powers of two, where a cache can hold but a
/// few lines.
void turn(std::span<const float> from, std::size_t pixels, std::size_t bands, float* to) {
  std::array<float, kTile * kTile> tile;
  for (std::size_t p0 = 0; p0 < pixels; p0 += kTile) {
    const std::size_t some_pixels = std::min(kTile, pixels - p0);
    for (std::size_t b0 = 0; b0 < bands; b0 += kTile) {
      const std::size_t some_bands = std::min(kTile, bands - b0);
      for (std::size_t p = 0; p < some_pixels; ++p)
        std::copy_n(from.data() + (p0 + p) * bands + b0, some_bands, tile.data() + p * kTile);
      for (std::size_t b = 0; b < some_bands; ++b) {
        float* const row = to + (b0 + b) * pixels + p0;
        for (std::size_t p = 0; p < some_pixels; ++p) row[p] = tile[p * kTile + b];
      }
    }
  }
}

}  // namespace

class RawCubeWriter::Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int number() const { return number_; }
  bool close() {
    const int number = std::exchange(number_, -1);
    return number < 0 || ::close(number) == 0;
  }

 private:
  int number_;
};

RawCubeWriter::RawCubeWriter(std::filesystem::path path, const RawCube& cube,
                             std::shared_ptr<Descriptor> file)
    : path_(std::move(path)),
      samples_(cube.samples),
      pixels_(cube.lines * cube.samples),
      bands_(cube.bands),
      interleave_(cube.interleave),
      file_(std::move(file)) {}

Status RawCubeWriter::failed() const {
  return fail({Error::Kind::File, "the image cannot be written", path_.string(), "",
               std::generic_category().message(errno), "Choose a disk that has space left."});
}

Result<RawCubeWriter> RawCubeWriter::open(const std::filesystem::path& path, const RawCube& cube) {
  const int number = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  RawCubeWriter writer(path, cube, std::make_shared<Descriptor>(number));
  if (number < 0) return fail(writer.failed().error());
  return writer;
}

Status RawCubeWriter::write_at(std::uint64_t at, std::span<const float> values) {
  auto bytes = std::as_bytes(values);
  while (!bytes.empty()) {
    const auto put = ::pwrite(file_->number(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return failed();
    at += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Status RawCubeWriter::write(std::size_t first, std::span<const float> spectra) {
  constexpr std::uint64_t size = sizeof(float);
  const std::size_t count = spectra.size() / bands_;
  if (interleave_ == Interleave::Bip) return write_at(first * bands_ * size, spectra);
  turned_.resize(spectra.size());
  if (interleave_ == Interleave::Bsq) {
    turn(spectra, count, bands_, turned_.data());
    for (std::size_t b = 0; b < bands_; ++b) {
      const auto part = std::span<const float>(turned_).subspan(b * count, count);
      if (auto status = write_at((b * pixels_ + first) * size, part); !status) return status;
    }
    return {};
  }
  // Line by line; the first and the last may be there in part.
  for (std::size_t done = 0; done < count;) {
    const std::size_t line = (first + done) / samples_;
    const std::size_t sample = (first + done) % samples_;
    const std::size_t some = std::min(samples_ - sample, count - done);
    turn(spectra.subspan(done * bands_, some * bands_), some, bands_, turned_.data());
    const std::uint64_t start = line * samples_ * bands_;
    if (some == samples_) {
      if (auto status = write_at(start * size, std::span<const float>(turned_).first(some * bands_)); !status)
        return status;
    } else {
      for (std::size_t b = 0; b < bands_; ++b) {
        const auto part = std::span<const float>(turned_).subspan(b * some, some);
        if (auto status = write_at((start + b * samples_ + sample) * size, part); !status) return status;
      }
    }
    done += some;
  }
  return {};
}

Status RawCubeWriter::close() {
  return file_->close() ? Status{} : failed();
}

}  // namespace assayer
