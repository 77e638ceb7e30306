// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/numpy_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "core/io/text.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
/// Before the header: magic, version, length (2 or 4 bytes).
constexpr std::size_t kPrefix = 8;
constexpr std::uint32_t kLongestHeader = 1U << 20;
constexpr std::size_t kMostAxes = 32;

std::unexpected<Error> damaged(std::string what, std::string expected, std::string found) {
  return fail({Error::Kind::Format, std::move(what), "", std::move(expected), std::move(found),
               "Write the file again with numpy.save."});
}

/// What stands after `'key':` in the header, a Python dictionary.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  auto at = header.find(fmt::format("'{}'", key));
  if (at == std::string_view::npos) at = header.find(fmt::format("\"{}\"", key));
  if (at == std::string_view::npos) return std::nullopt;
  at = header.find(':', at + key.size() + 2);
  if (at == std::string_view::npos) return std::nullopt;
  at = header.find_first_not_of(' ', at + 1);
  return at == std::string_view::npos ? std::nullopt : std::optional(header.substr(at));
}

std::optional<std::vector<std::uint64_t>> parse_shape(std::string_view text) {
  if (!text.starts_with('(')) return std::nullopt;
  text = text.substr(1, text.find(')') - 1);
  std::vector<std::uint64_t> shape;
  while (true) {
    const auto digit = text.find_first_not_of(" ,");
    if (digit == std::string_view::npos) return shape;
    text.remove_prefix(digit);
    std::uint64_t length = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (code != std::errc() || shape.size() == kMostAxes) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with('L')) text.remove_prefix(1);  // Python 2
    shape.push_back(length);
  }
}

std::optional<NumberType> number_type(char kind, std::size_t size) {
  using enum NumberType;
  if (kind == 'b' && size == 1) return UInt8;
  if (kind == 'i' || kind == 'u') {
    const bool u = kind == 'u';
    if (size == 1) return u ? UInt8 : Int8;
    if (size == 2) return u ? UInt16 : Int16;
    if (size == 4) return u ? UInt32 : Int32;
    if (size == 8) return u ? UInt64 : Int64;
  }
  if (kind == 'f') {
    if (size == 2) return Float16;
    if (size == 4) return Float32;
    if (size == 8) return Float64;
  }
  return std::nullopt;
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&text](std::uint32_t byte) {
    text += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x110000) {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    text += '?';
  }
}

}  // namespace

Result<std::unique_ptr<ByteSource>> NumpyFile::source(const std::optional<ZipEntry>& entry) const {
  if (entry) return open_entry(path_, *entry);
  return open_bytes(path_, 0, std::numeric_limits<std::uint64_t>::max());
}

Status NumpyFile::add(std::string name, std::optional<ZipEntry> entry, std::uint64_t unpacked_size) {
  auto bytes = source(entry);
  if (!bytes) return fail(bytes.error());
  std::vector<std::byte> prefix(kPrefix);
  if (auto status = (*bytes)->read_all(prefix); !status) return fail(status.error());
  if (std::string_view(reinterpret_cast<const char*>(prefix.data()), kMagic.size()) != kMagic)
    return damaged("this is no NumPy array", "the NumPy signature at its start", "other bytes");
  const auto major = number_at<std::uint8_t>(prefix, kMagic.size());
  if (major < 1 || major > 3)
    return damaged("this version of the NumPy format is not known", "1 to 3", fmt::format("{}", major));
  std::vector<std::byte> length(major == 1 ? 2 : 4);
  if (auto status = (*bytes)->read_all(length); !status) return fail(status.error());
  const std::uint32_t header_size =
      major == 1 ? number_at<std::uint16_t>(length, 0) : number_at<std::uint32_t>(length, 0);
  if (header_size > kLongestHeader || header_size > unpacked_size)
    return damaged("the header is damaged", "at most 1 MiB of text", fmt::format("{} bytes", header_size));
  std::string header(header_size, '\0');
  if (auto status = (*bytes)->read_all(std::as_writable_bytes(std::span(header))); !status)
    return fail(status.error());

  const auto descr = value_of(header, "descr");
  const auto order = value_of(header, "fortran_order");
  const auto shape_text = value_of(header, "shape");
  auto shape = shape_text ? parse_shape(*shape_text) : std::nullopt;
  if (!descr || !order || !shape)
    return damaged("the header is damaged", "descr, fortran_order and shape", to_utf8(header.substr(0, 80)));

  Stored stored;
  stored.entry = std::move(entry);
  stored.data = kPrefix + length.size() + header_size;
  ArrayInfo info;
  info.name = std::move(name);
  info.shape = *std::move(shape);
  info.first_axis_fastest = order->starts_with("True");
  info.type = "structure or Python object";
  std::size_t element = 0;
  const char quote = descr->front();
  if (quote == '\'' || quote == '"') {
    const std::string_view code = descr->substr(1, descr->find(quote, 1) - 1);
    if (code.size() >= 3) {
      const auto [end, error] = std::from_chars(code.data() + 2, code.data() + code.size(), element);
      const char kind = code[1];
      stored.big_endian = code[0] == '>';
      constexpr std::size_t longest_text = 1U << 20;
      if (error != std::errc() || end != code.data() + code.size() || element > longest_text) element = 0;
      if (const auto type = number_type(kind, element)) {
        stored.type = *type;
        info.kind = ArrayInfo::Kind::Number;
        info.type = kind == 'b' ? "bool" : std::string(to_string(*type));
        info.integer = is_integer(*type);
      } else if ((kind == 'S' || kind == 'U') && element > 0) {
        stored.text = kind;
        stored.text_length = element;
        if (kind == 'U') element *= sizeof(std::uint32_t);
        info.kind = ArrayInfo::Kind::Text;
        info.type = "text";
      } else {
        info.type = fmt::format("type {}", to_utf8(code));
      }
    }
  }
  if (info.kind != ArrayInfo::Kind::Other) {
    std::vector<std::uint64_t> sizes = info.shape;
    sizes.push_back(element);
    const std::uint64_t wanted = saturated_product(sizes);
    if (unpacked_size < stored.data || wanted > unpacked_size - stored.data) {
      return fail({Error::Kind::Format, "the file ends too early", info.name,
                   byte_size(static_cast<double>(wanted)) + " for " + info.form(),
                   byte_size(static_cast<double>(unpacked_size - std::min(unpacked_size, stored.data))),
                   "The file is incomplete: copy or write it again."});
    }
  }
  arrays_.push_back(std::move(info));
  stored_.push_back(std::move(stored));
  return {};
}

Result<std::unique_ptr<NumpyFile>> NumpyFile::open(const fs::path& path) {
  std::unique_ptr<NumpyFile> file(new NumpyFile(path));
  const auto bytes = open_bytes(path, 0, 4);
  if (!bytes) return fail(bytes.error());
  std::string magic(4, '\0');
  if (auto status = (*bytes)->read_all(std::as_writable_bytes(std::span(magic))); !status)
    return fail(status.error());
  if (magic != std::string_view("PK\x03\x04", 4)) {
    std::error_code code;
    const auto size = fs::file_size(path, code);
    if (auto status = file->add(path.stem().string(), std::nullopt, code ? 0 : size); !status)
      return fail(status.error());
    return file;
  }
  auto entries = zip_entries(path);
  if (!entries) return fail(entries.error());
  for (ZipEntry& entry : *entries) {
    if (!entry.name.ends_with(".npy")) continue;
    const std::string name = entry.name.substr(0, entry.name.size() - 4);
    if (!entry.readable) {
      return damaged("an array is packed in a way that NumPy does not use",
                     "stored or deflated, not encrypted", name);
    }
    const std::uint64_t size = entry.size;
    if (auto status = file->add(name, std::move(entry), size); !status) return fail(status.error().in(name));
  }
  return file;
}

Status NumpyFile::stream(std::size_t array, std::span<const std::uint64_t> limits, RunControl& control,
                         const Sink& sink) const {
  const Stored& stored = stored_[array];
  auto bytes = source(stored.entry);
  if (!bytes) return fail(bytes.error());
  if (auto status = (*bytes)->skip(stored.data); !status) return status;
  return stream_numbers(**bytes, arrays_[array], stored.type, stored.big_endian, limits, control, sink);
}

Result<std::vector<std::string>> NumpyFile::texts(std::size_t array) const {
  const Stored& stored = stored_[array];
  auto bytes = source(stored.entry);
  if (!bytes) return fail(bytes.error());
  if (auto status = (*bytes)->skip(stored.data); !status) return fail(status.error());
  const std::size_t width = stored.text_length * (stored.text == 'U' ? sizeof(std::uint32_t) : 1);
  const std::vector<std::uint64_t> sizes = {arrays_[array].size(), width + sizeof(std::string)};
  if (auto status = check_memory(saturated_product(sizes), "the texts"); !status) return fail(status.error());
  std::vector<std::byte> raw(width);
  std::vector<std::string> texts(arrays_[array].size());
  // Texts of more than one axis are listed in the order of the file.
  for (std::string& text : texts) {
    if (auto status = (*bytes)->read_all(raw); !status) return fail(status.error());
    if (stored.text == 'S') {
      text.assign(reinterpret_cast<const char*>(raw.data()), raw.size());
      text.erase(std::min(text.find('\0'), text.size()));
      text = to_utf8(text);
      continue;
    }
    for (std::size_t i = 0; i < stored.text_length; ++i) {
      const auto code = number_at<std::uint32_t>(raw, i * sizeof(std::uint32_t), stored.big_endian);
      if (code == 0) break;
      append_utf8(text, code);
    }
    text = to_utf8(text);
  }
  return texts;
}

}  // namespace assayer
