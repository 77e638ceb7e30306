// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/raw_cube.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include "core/io/text.h"

namespace assayer {

namespace {

/// Large enough that a band's part of a block is a long read, small enough to notice a stop.
constexpr std::size_t kBlockBytes = std::size_t{8} << 20;
/// What is read for one spectrum: of 1000 bands one after another, a page each.
constexpr std::size_t kFewBytes = std::size_t{1} << 20;
/// A tile is a cache line of float32 wide and long, or several; all of it stays in the first-level cache.
constexpr std::size_t kTileBands = 16;
constexpr std::size_t kTilePixels = 64;

std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) return std::nullopt;
  return a * b;
}

template <class T>
constexpr bool kIsComplex = false;
template <class R>
constexpr bool kIsComplex<std::complex<R>> = true;

template <class T, bool Swap>
T number_at(const std::byte* at) {
  if constexpr (kIsComplex<T>) {
    // Each part has its own order of bytes.
    using Real = typename T::value_type;
    return {number_at<Real, Swap>(at), number_at<Real, Swap>(at + sizeof(Real))};
  } else {
    using Word = std::conditional_t<
        sizeof(T) == 1, std::uint8_t,
        std::conditional_t<sizeof(T) == 2, std::uint16_t,
                           std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;
    Word word;
    std::memcpy(&word, at, sizeof word);
    if constexpr (Swap && sizeof(T) == 2) word = __builtin_bswap16(word);
    if constexpr (Swap && sizeof(T) == 4) word = __builtin_bswap32(word);
    if constexpr (Swap && sizeof(T) == 8) word = __builtin_bswap64(word);
    return std::bit_cast<T>(word);
  }
}

/// The real number that is read: of a complex one its magnitude.
template <class T>
auto real_of(T number) {
  if constexpr (kIsComplex<T>)
    return std::abs(number);
  else
    return number;
}

/// Pixels in a file's form: either their bands lie side by side, or a band's pixels do.
struct Plane {
  const std::byte* from;
  std::size_t from_band;   ///< bytes between bands
  std::size_t from_pixel;  ///< bytes between pixels
  std::size_t pixels;
};

/// The number that stands for "no value", as the file holds it: -1.23e34 is no float32, and 0.5 no integer.
template <class T>
std::optional<T> ignored_number(const RawCube& cube) {
  if (!cube.ignore) return std::nullopt;
  if constexpr (std::is_integral_v<T>) {
    constexpr auto low = static_cast<double>(std::numeric_limits<T>::lowest());
    constexpr auto high = static_cast<double>(std::numeric_limits<T>::max());
    if (!(*cube.ignore >= low && *cube.ignore < high + 1) || *cube.ignore != std::trunc(*cube.ignore))
      return std::nullopt;
  }
  if constexpr (kIsComplex<T>)
    return T(static_cast<typename T::value_type>(*cube.ignore));
  else
    return static_cast<T>(*cube.ignore);
}

/// What becomes of a channel's numbers.
template <class T>
struct Scaling {
  explicit Scaling(const RawCube& of)
      : cube(of), ignored(ignored_number<T>(of)), plain(of.gain.empty() && of.bias.empty() && !ignored) {}
  [[nodiscard]] std::size_t band(std::size_t channel) const {
    return cube.channels.empty() ? channel : cube.channels[channel];
  }

  const RawCube& cube;
  std::optional<T> ignored;
  bool plain;  ///< the numbers as they are
};

template <class T, bool Swap>
void convert_numbers(const std::byte* from, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<float>(real_of(number_at<T, Swap>(from + i * sizeof(T))));
}

template <class T, bool Swap>
float scaled_number(const std::byte* from, double gain, double bias, std::optional<T> ignored) {
  const T number = number_at<T, Swap>(from);
  return ignored && number == *ignored
             ? std::numeric_limits<float>::quiet_NaN()
             : static_cast<float>(static_cast<double>(real_of(number)) * gain + bias);
}

/// Spectra whose bands lie side by side: one after another.
template <class T, bool Swap>
void convert_spectra(const Scaling<T>& scaling, const Plane& plane, std::size_t channels, float* out) {
  const RawCube& cube = scaling.cube;
  for (std::size_t p = 0; p < plane.pixels; ++p, out += channels) {
    const std::byte* const from = plane.from + p * plane.from_pixel;
    if (scaling.plain && cube.channels.empty()) {
      convert_numbers<T, Swap>(from, channels, out);
      continue;
    }
    if (scaling.plain) {
      for (std::size_t c = 0; c < channels; ++c)
        out[c] = static_cast<float>(real_of(number_at<T, Swap>(from + cube.channels[c] * sizeof(T))));
      continue;
    }
    for (std::size_t c = 0; c < channels; ++c) {
      const std::size_t band = scaling.band(c);
      out[c] = scaled_number<T, Swap>(from + band * plane.from_band, cube.gain.empty() ? 1 : cube.gain[band],
                                      cube.bias.empty() ? 0 : cube.bias[band], scaling.ignored);
    }
  }
}

/// Spectra whose bands lie apart. Tile by tile, and a tile band by band: the whole of a cache line is used
/// when it is fetched, for bands are often a power of two apart, where a cache can hold but a few of their
/// lines.
template <class T, bool Swap>
void convert_bands(const Scaling<T>& scaling, const Plane& plane, std::size_t channels, float* out) {
  const RawCube& cube = scaling.cube;
  // [bands, pixels], then turned: both loops over contiguous numbers.
  std::array<float, kTileBands * kTilePixels> tile;
  for (std::size_t p0 = 0; p0 < plane.pixels; p0 += kTilePixels) {
    const std::size_t pixels = std::min(kTilePixels, plane.pixels - p0);
    for (std::size_t c0 = 0; c0 < channels; c0 += kTileBands) {
      const std::size_t bands = std::min(kTileBands, channels - c0);
      for (std::size_t c = 0; c < bands; ++c) {
        const std::size_t band = scaling.band(c0 + c);
        const std::byte* const from = plane.from + band * plane.from_band + p0 * sizeof(T);
        float* const to = tile.data() + c * kTilePixels;
        if (scaling.plain) {
          convert_numbers<T, Swap>(from, pixels, to);
          continue;
        }
        const double gain = cube.gain.empty() ? 1 : cube.gain[band];
        const double bias = cube.bias.empty() ? 0 : cube.bias[band];
        for (std::size_t p = 0; p < pixels; ++p)
          to[p] = scaled_number<T, Swap>(from + p * sizeof(T), gain, bias, scaling.ignored);
      }
      float* to = out + p0 * channels + c0;
      if (bands == kTileBands) {
        // The same with a length that the compiler knows.
        for (std::size_t p = 0; p < pixels; ++p, to += channels)
          for (std::size_t c = 0; c < kTileBands; ++c) to[c] = tile[c * kTilePixels + p];
      } else {
        for (std::size_t p = 0; p < pixels; ++p, to += channels)
          for (std::size_t c = 0; c < bands; ++c) to[c] = tile[c * kTilePixels + p];
      }
    }
  }
}

template <class T, bool Swap>
void convert(const RawCube& cube, const Plane& plane, float* out) {
  const std::size_t channels = cube.channels.empty() ? cube.bands : cube.channels.size();
  const Scaling<T> scaling(cube);
  if (plane.from_band == sizeof(T))
    convert_spectra<T, Swap>(scaling, plane, channels, out);
  else
    convert_bands<T, Swap>(scaling, plane, channels, out);
}

template <class T>
void convert(const RawCube& cube, const Plane& plane, float* out) {
  constexpr bool big_machine = std::endian::native == std::endian::big;
  if (cube.big_endian != big_machine && sizeof(T) > 1)
    convert<T, true>(cube, plane, out);
  else
    convert<T, false>(cube, plane, out);
}

void convert(const RawCube& cube, const Plane& plane, float* out) {
  switch (cube.type) {
    case SampleType::Uint8:
      return convert<std::uint8_t>(cube, plane, out);
    case SampleType::Int16:
      return convert<std::int16_t>(cube, plane, out);
    case SampleType::Int32:
      return convert<std::int32_t>(cube, plane, out);
    case SampleType::Float32:
      return convert<float>(cube, plane, out);
    case SampleType::Float64:
      return convert<double>(cube, plane, out);
    case SampleType::Uint16:
      return convert<std::uint16_t>(cube, plane, out);
    case SampleType::Uint32:
      return convert<std::uint32_t>(cube, plane, out);
    case SampleType::Int64:
      return convert<std::int64_t>(cube, plane, out);
    case SampleType::Uint64:
      return convert<std::uint64_t>(cube, plane, out);
    case SampleType::Complex64:
      return convert<std::complex<float>>(cube, plane, out);
    case SampleType::Complex128:
      return convert<std::complex<double>>(cube, plane, out);
  }
}

}  // namespace

std::size_t bytes_of(SampleType type) {
  switch (type) {
    case SampleType::Uint8:
      return 1;
    case SampleType::Int16:
    case SampleType::Uint16:
      return 2;
    case SampleType::Int32:
    case SampleType::Float32:
    case SampleType::Uint32:
      return 4;
    case SampleType::Float64:
    case SampleType::Int64:
    case SampleType::Uint64:
    case SampleType::Complex64:
      return 8;
    case SampleType::Complex128:
      return 16;
  }
  return 8;
}

std::optional<std::uint64_t> RawCube::pixels() const {
  return product(lines, samples);
}

std::optional<std::uint64_t> RawCube::bytes() const {
  const auto count = pixels();
  const auto spectrum = product(bands, bytes_of(type));
  return count && spectrum ? product(*count, *spectrum) : std::nullopt;
}

bool RawCube::is_plain() const {
  constexpr bool big_machine = std::endian::native == std::endian::big;
  // One band, or one pixel, is the same in every order.
  return type == SampleType::Float32 && big_endian == big_machine && channels.empty() && gain.empty() &&
         bias.empty() && !ignore && offset % sizeof(float) == 0 &&
         (interleave == Interleave::Bip || lines * samples == 1);
}

class RawCubeReader::Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number_); }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

RawCubeReader::RawCubeReader(std::filesystem::path path, RawCube cube, std::shared_ptr<const Descriptor> file,
                             std::uint64_t left_over)
    : path_(std::move(path)), cube_(std::move(cube)), file_(std::move(file)), left_over_(left_over) {}

Result<RawCubeReader> RawCubeReader::open(const std::filesystem::path& path, RawCube cube) {
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (number < 0) {
    return fail({Error::Kind::File, "the image's data cannot be opened", path.string(), "",
                 std::generic_category().message(errno), "Check the permissions of the file."});
  }
  auto file = std::make_shared<const Descriptor>(number);
  struct stat status{};
  if (::fstat(number, &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail({Error::Kind::File, "the image's data are no ordinary file", path.string(), "", "",
                 "Copy the data into a file first."});
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::string shape = fmt::format("{} lines x {} samples x {} bands of {} bytes", cube.lines,
                                        cube.samples, cube.bands, bytes_of(cube.type));
  const auto bytes = cube.bytes();
  const auto floats = bytes ? product(*bytes / bytes_of(cube.type), sizeof(float)) : std::nullopt;
  if (!bytes || !floats || *bytes > std::numeric_limits<std::uint64_t>::max() - cube.offset) {
    return fail({Error::Kind::Format, "the image's size cannot be", path.string(),
                 "fewer than 2^64 bytes in all", shape, "Correct the header's lines, samples and bands."});
  }
  if (cube.offset + *bytes > size) {
    return fail({Error::Kind::Format, "the image's data are shorter than its header says", path.string(),
                 fmt::format("{} bytes ({}{})", cube.offset + *bytes, shape,
                             cube.offset > 0 ? fmt::format(" after {} bytes", cube.offset) : ""),
                 fmt::format("{} bytes", size),
                 "Copy the data file again, or correct the header's sizes and data type."});
  }
  const auto left_over = size - cube.offset - *bytes;
  return RawCubeReader(path, std::move(cube), std::move(file), left_over);
}

Status RawCubeReader::read_bytes(std::uint64_t at, std::span<std::byte> out) const {
  while (!out.empty()) {
    const auto got = ::pread(file_->number(), out.data(), out.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return fail({Error::Kind::File, "the image's data cannot be read", path_.string(),
                   fmt::format("{} bytes from byte {} on", out.size(), at),
                   got < 0 ? std::generic_category().message(errno) : "the end of the file",
                   "Check the disk, and that no other program writes the file."});
    }
    at += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Status RawCubeReader::read(std::size_t first, std::size_t count, std::span<float> out) const {
  assert(first + count <= rows() && out.size() == count * channels());
  const std::size_t size = bytes_of(cube_.type);
  const std::size_t spectrum = cube_.bands * size;
  if (cube_.is_plain())
    return read_bytes(cube_.offset + static_cast<std::uint64_t>(first) * spectrum,
                      std::as_writable_bytes(out));

  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(count * spectrum);
  const std::span bytes(buffer.get(), count * spectrum);
  switch (cube_.interleave) {
    case Interleave::Bip: {
      if (auto status = read_bytes(cube_.offset + static_cast<std::uint64_t>(first) * spectrum, bytes);
          !status)
        return status;
      convert(cube_, {bytes.data(), size, spectrum, count}, out.data());
      return {};
    }
    case Interleave::Bsq: {
      for (std::size_t b = 0; b < cube_.bands; ++b) {
        const std::uint64_t at = cube_.offset + (static_cast<std::uint64_t>(b) * rows() + first) * size;
        const auto part = bytes.subspan(b * count * size, count * size);
        if (auto status = read_bytes(at, part); !status) return status;
      }
      convert(cube_, {bytes.data(), count * size, size, count}, out.data());
      return {};
    }
    case Interleave::Bil:
      break;
  }
  // Lines one after another; the first and the last may be wanted in part.
  for (std::size_t done = 0; done < count;) {
    const std::size_t line = (first + done) / cube_.samples;
    const std::size_t sample = (first + done) % cube_.samples;
    const std::size_t pixels = std::min(cube_.samples - sample, count - done);
    const std::uint64_t start = cube_.offset + static_cast<std::uint64_t>(line) * cube_.samples * spectrum;
    const auto part = bytes.first(pixels * spectrum);
    if (pixels == cube_.samples) {
      if (auto status = read_bytes(start, part); !status) return status;
    } else {
      for (std::size_t b = 0; b < cube_.bands; ++b) {
        const std::uint64_t at = start + (static_cast<std::uint64_t>(b) * cube_.samples + sample) * size;
        if (auto status = read_bytes(at, part.subspan(b * pixels * size, pixels * size)); !status)
          return status;
      }
    }
    convert(cube_, {bytes.data(), pixels * size, size, pixels}, out.data() + done * channels());
    done += pixels;
  }
  return {};
}

std::size_t RawCubeReader::block_rows(std::size_t bytes) const {
  const std::size_t rows = std::max<std::size_t>(bytes / (cube_.bands * bytes_of(cube_.type)), 1);
  return rows < cube_.samples ? rows : rows / cube_.samples * cube_.samples;
}

Status RawCubeReader::read_all(std::size_t count, std::span<float> out, RunControl& control,
                               const ProgressFn& progress) const {
  const std::size_t block = block_rows(kBlockBytes);
  for (std::size_t first = 0; first < count; first += block) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress) progress(static_cast<double>(first) / static_cast<double>(count), "reading the image");
    const std::size_t some = std::min(block, count - first);
    if (auto status = read(first, some, out.subspan(first * channels(), some * channels())); !status)
      return status;
  }
  if (progress) progress(1, "reading the image");
  return {};
}

class RawCubeReader::Piecewise : public SpectraSource {
 public:
  explicit Piecewise(RawCubeReader reader) : reader_(std::move(reader)) {}
  [[nodiscard]] std::size_t rows() const override { return reader_.rows(); }
  [[nodiscard]] std::size_t channels() const override { return reader_.channels(); }
  Status read(std::size_t first, std::size_t count, std::span<float> out) const override {
    return reader_.read(first, count, out);
  }
  [[nodiscard]] std::size_t block_rows() const override { return reader_.block_rows(kBlockBytes); }
  [[nodiscard]] std::size_t few_rows() const override { return reader_.block_rows(kFewBytes); }

 private:
  RawCubeReader reader_;
};

std::shared_ptr<const SpectraSource> RawCubeReader::source() const {
  return std::make_shared<const Piecewise>(*this);
}

}  // namespace assayer
