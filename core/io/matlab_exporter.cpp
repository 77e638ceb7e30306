// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/matlab_exporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <functional>
#include <set>
#include <utility>

#include "core/io/array_export.h"
#include "core/io/atomic_file.h"
#include "core/io/spectra_blocks.h"
#include "core/io/text.h"

namespace assayer {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

using Put = std::function<Status(std::string_view)>;

// Types of elements and classes of arrays ("MAT-File Format", tables 1-1 and 1-3).
constexpr std::uint32_t kMatrix = 14;
constexpr std::uint32_t kCharClass = 4;
constexpr std::uint32_t kCellClass = 1;
/// An element's length is a signed 32-bit number in MATLAB.
constexpr std::uint64_t kLargest = 0x7FFFFFFF;
constexpr std::size_t kStripBytes = std::size_t{64} << 20;
constexpr std::size_t kLongestName = 63;

struct Kind {
  std::uint32_t element;
  std::uint32_t array_class;
};
template <class T>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<T, float>) return {7, 7};
  if constexpr (std::is_same_v<T, double>) return {9, 6};
  if constexpr (std::is_same_v<T, std::uint8_t>) return {2, 9};
  if constexpr (std::is_same_v<T, std::int64_t>) return {12, 14};
}

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

void put32(std::string& text, std::uint64_t value) {
  for (int i = 0; i < 4; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
}

void put_element(std::string& text, std::uint32_t type, std::string_view data) {
  put32(text, type);
  put32(text, data.size());
  text += data;
  text.append(padded(data.size()) - data.size(), '\0');
}

/// Flags, dimensions and name of an array.
std::string array_start(std::uint32_t array_class, std::vector<std::uint64_t> shape, std::string_view name) {
  while (shape.size() < 2) shape.push_back(1);
  std::string flags;
  put32(flags, array_class);
  put32(flags, 0);
  std::string dimensions;
  for (const auto n : shape) put32(dimensions, n);
  std::string start;
  put_element(start, 6, flags);
  put_element(start, 5, dimensions);
  put_element(start, 1, name);
  return start;
}

std::string tag(std::uint32_t type, std::uint64_t bytes) {
  std::string text;
  put32(text, type);
  put32(text, bytes);
  return text;
}

/// Of a character beyond Unicode's first plane.
constexpr unsigned char kFourBytes = 0xF0;

bool is_in_first_plane(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < kFourBytes; });
}

/// UTF-16; what lies beyond the first plane becomes "?", because MatlabImporter does not join the pairs of
/// codes that stand for it.
std::string utf16(std::string_view text) {
  std::string codes;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::uint32_t code = byte;
    std::size_t length = 1;
    const auto next = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<std::uint32_t>(text[i + k]) & 0x3FU : 0U;
    };
    if (byte >= kFourBytes) {
      code = '?';
      length = 4;
    } else if (byte >= 0xE0) {
      code = (byte & 0x0FU) << 12 | next(1) << 6 | next(2);
      length = 3;
    } else if (byte >= 0xC0) {
      code = (byte & 0x1FU) << 6 | next(1);
      length = 2;
    }
    codes += static_cast<char>(code & 0xFF);
    codes += static_cast<char>(code >> 8);
    i += length;
  }
  return codes;
}

std::string char_array(std::string_view text, std::string_view name) {
  const std::string codes = utf16(text);
  std::string body = array_start(kCharClass, {codes.empty() ? 0U : 1U, codes.size() / 2}, name);
  put_element(body, 4, codes);
  return tag(kMatrix, body.size()) + body;
}

/// Letters, digits and underscores, a letter first, no longer than MATLAB takes; distinct.
std::string variable_name(const std::string& name, std::set<std::string>& taken) {
  std::string plain;
  for (const char c : name) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    plain += letter || (c >= '0' && c <= '9') ? c : '_';
  }
  const char first = plain.empty() ? '_' : plain.front();
  if (first == '_' || (first >= '0' && first <= '9')) plain.insert(0, "v");
  plain.resize(std::min(plain.size(), kLongestName - 6));
  std::string result = plain;
  for (int n = 2; !taken.insert(result).second; ++n) result = fmt::format("{}_{}", plain, n);
  return result;
}

Status too_large(const ExportArray& array, std::uint64_t bytes) {
  return fail({Error::Kind::Usage, "the array is too large for MATLAB 5", array.name, "less than 2 GiB",
               byte_size(static_cast<double>(bytes)), "Write HDF5 or NumPy, or fewer spectra."});
}

/// Column by column, as MATLAB lays arrays out.
template <class T>
Status put_columns(const ExportArray& array, std::span<const T> values, const Put& put) {
  const std::size_t rows = array.shape.empty() ? 1 : array.shape[0];
  const std::size_t columns = array.shape.size() < 2 ? 1 : array.shape[1];
  std::vector<T> column(rows);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t r = 0; r < rows; ++r) column[r] = values[r * columns + c];
    if (auto status = put({reinterpret_cast<const char*>(column.data()), rows * sizeof(T)}); !status)
      return status;
  }
  return {};
}

/// Spectra may be larger than the memory: as many columns at a time as kStripBytes hold.
Status put_columns(const Spectra& spectra, const Put& put) {
  const std::size_t rows = spectra.rows();
  const std::size_t most = std::clamp<std::size_t>(kStripBytes / sizeof(float) / rows, 1, spectra.cols());
  std::vector<float> strip(most * rows);
  for (std::size_t c0 = 0; c0 < spectra.cols(); c0 += most) {
    const std::size_t columns = std::min(most, spectra.cols() - c0);
    RunControl never;  // `put` fails at a stop
    auto status = for_each_block(spectra, spectra.block_rows(), never, {},
                                 [&](std::size_t first, MatrixView<float> block) -> Status {
                                   for (std::size_t r = 0; r < block.rows(); ++r)
                                     for (std::size_t c = 0; c < columns; ++c)
                                       strip[c * rows + first + r] = block(r, c0 + c);
                                   return {};
                                 });
    if (!status) return status;
    status = put({reinterpret_cast<const char*>(strip.data()), columns * rows * sizeof(float)});
    if (!status) return status;
  }
  return {};
}

/// `columns` puts what belongs between the header and the padding.
template <class T, class PutColumns>
Status write_numbers(const ExportArray& array, const std::string& name, const Put& put,
                     const PutColumns& columns) {
  constexpr Kind kind = kind_of<T>();
  const std::string start = array_start(kind.array_class, array.shape, name);
  const std::uint64_t bytes = array.size() * sizeof(T);
  const std::uint64_t all = start.size() + 8 + padded(bytes);
  if (all > kLargest) return too_large(array, bytes);
  if (auto status = put(tag(kMatrix, all) + start + tag(kind.element, bytes)); !status) return status;
  if (auto status = columns(); !status) return status;
  return put(std::string(padded(bytes) - bytes, '\0'));
}

Status write_texts(const ExportArray& array, const std::vector<std::string>& texts, const std::string& name,
                   const Put& put) {
  if (array.shape.empty()) return put(char_array(texts.front(), name));
  std::string body = array_start(kCellClass, array.shape, name);
  for (const std::string& text : texts) body += char_array(text, "");
  if (body.size() > kLargest) return too_large(array, body.size());
  return put(tag(kMatrix, body.size()) + body);
}

Status write_arrays(const std::vector<ExportArray>& arrays, std::vector<std::string>& warnings,
                    const Put& put) {
  std::string header = "MATLAB 5.0 MAT-file, written by Assayer";
  header.resize(116, ' ');
  header.append(8, '\0');
  header += '\0';
  header += '\1';
  header += "IM";
  if (auto status = put(header); !status) return status;
  std::set<std::string> taken;
  bool first_plane = true;
  for (const ExportArray& array : arrays) {
    const std::string name = variable_name(array.name, taken);
    if (name != array.name)
      warnings.push_back(
          fmt::format("\"{}\" is written as {}, because MATLAB's names differ and have letters, digits and "
                      "underscores only.",
                      array.name, name));
    if (const auto* texts = std::get_if<std::vector<std::string>>(&array.values))
      first_plane = first_plane && std::ranges::all_of(*texts, is_in_first_plane);
    auto status = std::visit(
        [&]<class V>(const V& values) {
          if constexpr (std::is_same_v<V, std::vector<std::string>>) {
            return write_texts(array, values, name, put);
          } else if constexpr (std::is_same_v<V, Spectra>) {
            return write_numbers<float>(array, name, put, [&] { return put_columns(values, put); });
          } else {
            using T = std::remove_const_t<typename V::value_type>;
            return write_numbers<T>(array, name, put,
                                    [&] { return put_columns(array, std::span<const T>(values), put); });
          }
        },
        array.values);
    if (!status) return status;
  }
  if (!first_plane)
    warnings.emplace_back(
        "Characters beyond Unicode's first plane, such as emoji, are written as question marks.");
  return {};
}

}  // namespace

Result<std::vector<std::string>> MatlabExporter::write(const Dataset& data, const std::filesystem::path& path,
                                                       const ExportOptions& options, RunControl& control,
                                                       const ProgressFn& progress) const {
  auto target = AtomicFile::create(path, options.overwrite);
  if (!target) return fail(target.error());
  auto warnings = not_in_arrays(data, name());
  const double total = static_cast<double>(data.spectra().size() * sizeof(float));
  {
    std::ofstream stream(target->aside(), std::ios::binary);
    double done = 0;
    const auto status = write_arrays(arrays_of(data), warnings, [&](std::string_view bytes) -> Status {
      if (control.stop_requested()) return fail(Error::cancel());
      stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      done += static_cast<double>(bytes.size());
      if (progress) progress(std::min(1.0, done / total), "writing");
      return {};
    });
    if (!status) return fail(status.error().cancelled() ? status.error() : status.error().in(path.string()));
    stream.close();
    if (!stream) {
      return fail({Error::Kind::File, "the file cannot be written", path.string(), "", "",
                   "Choose a folder that you may write to and that has space left."});
    }
  }
  if (auto status = target->commit(); !status) return fail(status.error());
  return warnings;
}

}  // namespace assayer
