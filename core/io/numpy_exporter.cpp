// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/numpy_exporter.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <functional>
#include <set>
#include <utility>

#include "core/base/letters.h"
#include "core/io/array_export.h"
#include "core/io/atomic_file.h"
#include "core/io/spectra_blocks.h"

namespace assayer {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

constexpr std::size_t kBlock = std::size_t{1} << 22;
constexpr std::uint64_t kMost32 = 0xFFFFFFFF;

using Put = std::function<Status(std::string_view)>;

/// The code points of UTF-8 that is known to be sound (to_utf8).
std::vector<std::uint32_t> code_points(std::string_view text) {
  std::vector<std::uint32_t> codes;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = 1;
    std::uint32_t code = byte;
    if (byte >= 0xF0) {
      length = 4;
      code = byte & 0x07;
    } else if (byte >= 0xE0) {
      length = 3;
      code = byte & 0x0F;
    } else if (byte >= 0xC0) {
      length = 2;
      code = byte & 0x1F;
    }
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k)
      code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    codes.push_back(code);
    i += length;
  }
  return codes;
}

template <class T>
Status put_all(std::span<const T> values, const Put& put) {
  std::string_view all(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  for (; !all.empty(); all.remove_prefix(std::min(kBlock, all.size())))
    if (auto status = put(all.substr(0, kBlock)); !status) return status;
  return {};
}

/// One array in the form of a .npy file.
class Npy {
 public:
  explicit Npy(const ExportArray& array) : array_(array) {
    std::string type;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&array.values)) {
      for (const std::string& text : *texts) width_ = std::max(width_, code_points(text).size());
      type = fmt::format("<U{}", width_);
    } else if (std::holds_alternative<Spectra>(array.values) ||
               std::holds_alternative<std::span<const float>>(array.values)) {
      type = "<f4";
    } else if (std::holds_alternative<std::span<const double>>(array.values)) {
      type = "<f8";
    } else {
      type = std::holds_alternative<std::vector<std::uint8_t>>(array.values) ? "|u1" : "<i8";
    }
    std::string shape;
    for (const auto n : array.shape) shape += fmt::format("{},", n);
    header_ = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
    // The data begin at a multiple of 64 (NEP 1).
    constexpr std::size_t prefix = 10;
    constexpr std::size_t alignment = 64;
    header_.append(alignment - (prefix + header_.size() + 1) % alignment, ' ');
    header_ += '\n';
    std::string start("\x93NUMPY\x01\x00", 8);
    start += static_cast<char>(header_.size() & 0xFF);
    start += static_cast<char>(header_.size() >> 8);
    header_.insert(0, start);
  }

  [[nodiscard]] std::uint64_t bytes() const {
    return header_.size() + std::visit(
                                [this]<class V>(const V& values) -> std::uint64_t {
                                  if constexpr (std::is_same_v<V, std::vector<std::string>>)
                                    return values.size() * width_ * sizeof(std::uint32_t);
                                  else if constexpr (std::is_same_v<V, Spectra>)
                                    return values.size() * sizeof(float);
                                  else
                                    return values.size() * sizeof(typename V::value_type);
                                },
                                array_.values);
  }

  Status write(const Put& put) const {
    if (auto status = put(header_); !status) return status;
    return std::visit(
        [&]<class V>(const V& values) -> Status {
          if constexpr (std::is_same_v<V, Spectra>) {
            RunControl never;  // `put` fails at a stop
            return for_each_block(values, values.block_rows(), never, {},
                                  [&put](std::size_t /*first*/, MatrixView<float> block) {
                                    return put_all(std::span(block.data(), block.size()), put);
                                  });
          } else if constexpr (std::is_same_v<V, std::vector<std::string>>) {
            for (const std::string& text : values) {
              auto codes = code_points(text);
              codes.resize(width_);
              if (auto status = put(
                      {reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(std::uint32_t)});
                  !status)
                return status;
            }
            return {};
          } else {
            return put_all(std::span<const typename V::value_type>(values), put);
          }
        },
        array_.values);
  }

 private:
  const ExportArray& array_;
  std::size_t width_ = 1;
  std::string header_;
};

void put_number(std::string& record, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) record += static_cast<char>((value >> (8 * i)) & 0xFF);
}

/// A zip archive of stored files, with 64-bit sizes where they are needed.
class ZipWriter {
 public:
  explicit ZipWriter(Put put) : put_(std::move(put)) {}

  Status add(const std::string& name, const Npy& npy) {
    uLong crc = crc32(0, nullptr, 0);
    const auto checked = npy.write([&crc](std::string_view bytes) -> Status {
      crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
      return {};
    });
    if (!checked) return checked;
    const std::uint64_t start = at_;
    const std::uint64_t size = npy.bytes();
    if (auto status = emit(local_header(name, crc, size)); !status) return status;
    if (auto status = npy.write([this](std::string_view bytes) { return emit(bytes); }); !status)
      return status;
    central_ += central_header(name, crc, size, start);
    ++count_;
    return {};
  }

  Status finish() {
    const std::uint64_t start = at_;
    const std::uint64_t size = central_.size();
    if (auto status = emit(central_); !status) return status;
    std::string end;
    if (start > kMost32 || count_ > 0xFFFE) {
      const std::uint64_t record = at_;
      put_number(end, 0x06064B50, 4);
      put_number(end, 44, 8);
      put_number(end, 45, 2);
      put_number(end, 45, 2);
      put_number(end, 0, 8);
      put_number(end, count_, 8);
      put_number(end, count_, 8);
      put_number(end, size, 8);
      put_number(end, start, 8);
      put_number(end, 0x07064B50, 4);
      put_number(end, 0, 4);
      put_number(end, record, 8);
      put_number(end, 1, 4);
    }
    put_number(end, 0x06054B50, 4);
    put_number(end, 0, 4);
    put_number(end, std::min<std::uint64_t>(count_, 0xFFFF), 2);
    put_number(end, std::min<std::uint64_t>(count_, 0xFFFF), 2);
    put_number(end, std::min(size, kMost32), 4);
    put_number(end, std::min(start, kMost32), 4);
    put_number(end, 0, 2);
    return emit(end);
  }

 private:
  static constexpr std::uint16_t kUtf8Names = 0x0800;

  Status emit(std::string_view bytes) {
    at_ += bytes.size();
    return put_(bytes);
  }

  static void common(std::string& record, uLong crc, std::uint64_t size, std::size_t name,
                     std::size_t extra) {
    put_number(record, 45, 2);  // version that is needed: 4.5, zip64
    put_number(record, kUtf8Names, 2);
    put_number(record, 0, 2);           // stored
    put_number(record, 0x00210000, 4);  // 1980-01-01, as NumPy does
    put_number(record, crc, 4);
    put_number(record, std::min(size, kMost32), 4);
    put_number(record, std::min(size, kMost32), 4);
    put_number(record, name, 2);
    put_number(record, extra, 2);
  }

  static std::string local_header(const std::string& name, uLong crc, std::uint64_t size) {
    std::string extra;
    if (size >= kMost32) {
      put_number(extra, 1, 2);
      put_number(extra, 16, 2);
      put_number(extra, size, 8);
      put_number(extra, size, 8);
    }
    std::string record;
    put_number(record, 0x04034B50, 4);
    common(record, crc, size, name.size(), extra.size());
    return record + name + extra;
  }

  static std::string central_header(const std::string& name, uLong crc, std::uint64_t size,
                                    std::uint64_t start) {
    std::string fields;
    if (size >= kMost32) {
      put_number(fields, size, 8);
      put_number(fields, size, 8);
    }
    if (start >= kMost32) put_number(fields, start, 8);
    std::string extra;
    if (!fields.empty()) {
      put_number(extra, 1, 2);
      put_number(extra, fields.size(), 2);
      extra += fields;
    }
    std::string record;
    put_number(record, 0x02014B50, 4);
    put_number(record, 45, 2);
    common(record, crc, size, name.size(), extra.size());
    put_number(record, 0, 2);  // comment
    put_number(record, 0, 2);  // disk
    put_number(record, 0, 2);
    put_number(record, 0, 4);
    put_number(record, std::min(start, kMost32), 4);
    return record + name + extra;
  }

  Put put_;
  std::uint64_t at_ = 0;
  std::uint64_t count_ = 0;
  std::string central_;
};

Status write_arrays(const std::vector<ExportArray>& arrays, bool archive, std::vector<std::string>& warnings,
                    const Put& put) {
  if (!archive) return Npy(arrays.front()).write(put);
  ZipWriter zip(put);
  std::set<std::string> taken;
  for (const ExportArray& array : arrays) {
    std::string name = array.name;
    for (int n = 2; !taken.insert(name).second; ++n) name = fmt::format("{} ({})", array.name, n);
    if (name != array.name)
      warnings.push_back(
          fmt::format("\"{}\" is written as {}, because another array has this name.", array.name, name));
    if (auto status = zip.add(name + ".npy", Npy(array)); !status) return status;
  }
  return zip.finish();
}

}  // namespace

Result<std::vector<std::string>> NumpyExporter::write(const Dataset& data, const std::filesystem::path& path,
                                                      const ExportOptions& options, RunControl& control,
                                                      const ProgressFn& progress) const {
  auto target = AtomicFile::create(path, options.overwrite);
  if (!target) return fail(target.error());
  const bool archive = lower_extension(path) == ".npz";
  const auto arrays = arrays_of(data);
  auto said = archive ? not_in_arrays(data, name()) : parts_left_out(data, {}, "A .npy file");
  const double total = static_cast<double>(data.spectra().size() * sizeof(float));
  {
    std::ofstream stream(target->aside(), std::ios::binary);
    double done = 0;
    const auto status = write_arrays(arrays, archive, said, [&](std::string_view bytes) -> Status {
      if (control.stop_requested()) return fail(Error::cancel());
      stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      done += static_cast<double>(bytes.size());
      if (progress) progress(std::min(1.0, done / total), "writing");
      return {};
    });
    if (!status) return fail(status.error());
    stream.close();
    if (!stream) {
      return fail({Error::Kind::File, "the file cannot be written", path.string(), "", "",
                   "Choose a folder that you may write to and that has space left."});
    }
  }
  if (auto status = target->commit(); !status) return fail(status.error());
  if (!archive && data.wavelength() != WavelengthAxis::channels(data.channels()))
    said.emplace_back(
        "A .npy file cannot hold all of the data: the wavelengths are left out. Write .npz to keep them.");
  return said;
}

}  // namespace assayer
