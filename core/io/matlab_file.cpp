// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/matlab_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/io/matlab_names.h"
#include "core/io/text.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kHeaderBytes = 128;
constexpr std::size_t kMostVariables = 2000;
constexpr std::uint64_t kMostAxes = 16;
constexpr std::uint64_t kLongestName = 4096;
constexpr std::uint64_t kMostCells = 1U << 22;
constexpr std::uint64_t kLongestText = 4096;
// Fields of a structure (times its elements) and cells of a cell array that are listed one by one.
constexpr std::uint64_t kMostParts = 256;
constexpr unsigned kDeepest = 8;

// Types of data elements (table 1-1 of the format's description).
constexpr std::uint32_t kInt8 = 1;
constexpr std::uint32_t kInt32 = 5;
constexpr std::uint32_t kUInt32 = 6;
constexpr std::uint32_t kMatrix = 14;
constexpr std::uint32_t kCompressed = 15;

// Classes of arrays (table 1-3).
constexpr std::uint8_t kCellClass = 1;
constexpr std::uint8_t kStructureClass = 2;
constexpr std::uint8_t kObjectClass = 3;
constexpr std::uint8_t kCharClass = 4;
constexpr std::uint8_t kSparseClass = 5;
constexpr std::uint8_t kDoubleClass = 6;
constexpr std::uint8_t kUInt64Class = 15;
constexpr std::uint8_t kComplexFlag = 0x08;
constexpr std::uint8_t kLogicalFlag = 0x02;

constexpr std::array<std::string_view, 19> kClassNames = {
    "nothing", "cell array", "structure",       "object",        "text",   "sparse array", "double",
    "single",  "int8",       "uint8",           "int16",         "uint16", "int32",        "uint32",
    "int64",   "uint64",     "function handle", "opaque object", "object"};

std::optional<NumberType> number_type(std::uint32_t type) {
  using enum NumberType;
  switch (type) {
    case 1:
      return Int8;
    case 2:
    case 16:  // UTF-8
      return UInt8;
    case 3:
      return Int16;
    case 4:
    case 17:  // UTF-16
      return UInt16;
    case 5:
      return Int32;
    case 6:
    case 18:  // UTF-32
      return UInt32;
    case 7:
      return Float32;
    case 9:
      return Float64;
    case 12:
      return Int64;
    case 13:
      return UInt64;
    default:
      return std::nullopt;
  }
}

std::unexpected<Error> damaged(std::string what, std::string found) {
  return fail({Error::Kind::Format, std::move(what), "", "", std::move(found),
               "The file is incomplete or damaged: save it again in MATLAB."});
}

/// The tag of a data element: 8 bytes, or 4 with up to 4 bytes of data behind them.
struct Tag {
  std::uint32_t type = 0;
  std::uint64_t bytes = 0;
  bool small = false;

  /// Bytes from the end of the tag's first 8 to the next element, which begins at a multiple of 8.
  [[nodiscard]] std::uint64_t rest() const { return small ? 0 : (bytes + 7) / 8 * 8; }
};

/// Counts what was read, and never reads more than an element declares.
class Cursor {
 public:
  Cursor(ByteSource& source, std::uint64_t limit, bool big_endian)
      : source_(source), limit_(limit), big_endian_(big_endian) {}

  [[nodiscard]] std::uint64_t at() const { return at_; }
  [[nodiscard]] std::uint64_t left() const { return limit_ - at_; }
  [[nodiscard]] bool big_endian() const { return big_endian_; }
  /// Nothing from `end` on is read any more; what the limit was, to be set again.
  std::uint64_t limit_to(std::uint64_t end) { return std::exchange(limit_, end); }

  Status take(std::span<std::byte> bytes) {
    if (bytes.size() > left()) return damaged("an element ends too early", fmt::format("{} bytes", left()));
    at_ += bytes.size();
    return source_.read_all(bytes);
  }
  Status pass(std::uint64_t count) {
    if (count > left()) return damaged("an element ends too early", fmt::format("{} bytes", left()));
    at_ += count;
    return source_.skip(count);
  }

  /// The tag, and for a small element its data in `small`.
  Result<Tag> tag(std::array<std::byte, 4>& small) {
    std::array<std::byte, 8> raw;
    if (auto status = take(raw); !status) return fail(status.error());
    const auto first = number_at<std::uint32_t>(raw, 0, big_endian_);
    Tag tag;
    constexpr std::uint32_t half = 16;
    if ((first >> half) != 0) {
      tag.small = true;
      tag.type = first & 0xFFFF;
      tag.bytes = first >> half;
      if (tag.bytes > small.size())
        return damaged("a small element is too long", fmt::format("{} bytes", tag.bytes));
      std::copy_n(raw.begin() + 4, 4, small.begin());
    } else {
      tag.type = first;
      tag.bytes = number_at<std::uint32_t>(raw, 4, big_endian_);
    }
    return tag;
  }

  /// An element of at most `most` bytes, whole.
  Result<std::pair<Tag, std::vector<std::byte>>> element(std::uint64_t most) {
    std::array<std::byte, 4> small{};
    const auto tag = this->tag(small);
    if (!tag) return fail(tag.error());
    if (tag->bytes > most) return damaged("an element is too long", fmt::format("{} bytes", tag->bytes));
    std::vector<std::byte> bytes(tag->bytes);
    if (tag->small) {
      std::copy_n(small.begin(), tag->bytes, bytes.begin());
    } else {
      if (auto status = take(bytes); !status) return fail(status.error());
      if (auto status = pass(std::min(tag->rest() - tag->bytes, left())); !status)
        return fail(status.error());
    }
    return std::pair{*tag, std::move(bytes)};
  }

 private:
  ByteSource& source_;
  std::uint64_t limit_;
  bool big_endian_;
  std::uint64_t at_ = 0;
};

struct ArrayHeader {
  std::uint8_t array_class = 0;
  std::uint8_t flags = 0;
  std::vector<std::uint64_t> shape;
  std::string name;
};

Result<ArrayHeader> read_array_header(Cursor& cursor) {
  ArrayHeader header;
  const auto flags = cursor.element(64);
  if (!flags) return fail(flags.error());
  if (flags->first.type != kUInt32 || flags->second.size() < 8)
    return damaged("an array has no flags", fmt::format("element type {}", flags->first.type));
  const auto word = number_at<std::uint32_t>(flags->second, 0, cursor.big_endian());
  header.array_class = static_cast<std::uint8_t>(word & 0xFF);
  header.flags = static_cast<std::uint8_t>((word >> 8) & 0xFF);
  // Objects of newer MATLABs have no dimensions.
  constexpr std::uint8_t opaque = 17;
  if (header.array_class == opaque) return header;
  const auto dimensions = cursor.element(kMostAxes * 4);
  if (!dimensions) return fail(dimensions.error());
  if (dimensions->first.type != kInt32 || dimensions->second.size() < 8)
    return damaged("an array has no dimensions", fmt::format("element type {}", dimensions->first.type));
  for (std::size_t at = 0; at + 4 <= dimensions->second.size(); at += 4) {
    const auto length = number_at<std::int32_t>(dimensions->second, at, cursor.big_endian());
    if (length < 0) return damaged("an array has a negative dimension", fmt::format("{}", length));
    header.shape.push_back(static_cast<std::uint64_t>(length));
  }
  const auto name = cursor.element(kLongestName);
  if (!name) return fail(name.error());
  if (name->first.type != kInt8 && !name->second.empty())
    return damaged("an array has no name", fmt::format("element type {}", name->first.type));
  header.name = to_utf8({reinterpret_cast<const char*>(name->second.data()), name->second.size()});
  return header;
}

/// The rows of a char array of any stored type.
std::vector<std::string> rows_of_chars(std::span<const double> codes, std::size_t rows) {
  std::vector<std::string> texts(rows);
  if (rows == 0) return texts;
  for (std::size_t i = 0; i < codes.size(); ++i)
    append_matlab_char(texts[i % rows], static_cast<std::int64_t>(codes[i]));
  for (std::string& text : texts) {
    text.erase(std::min(text.find('\0'), text.size()));
    text.erase(text.find_last_not_of(' ') + 1);
  }
  return texts;
}

}  // namespace

class MatlabFile::Scan {
 public:
  Scan(MatlabFile& file, std::uint64_t file_bytes) : file_(file), file_bytes_(file_bytes) {}

  Status run() {
    std::uint64_t at = kHeaderBytes;
    while (file_bytes_ - at >= 8 && file_.arrays_.size() < kMostVariables) {
      auto bytes = open_bytes(file_.path_, at, 8);
      if (!bytes) return fail(bytes.error());
      Cursor cursor(**bytes, 8, file_.big_endian_);
      std::array<std::byte, 4> small{};
      const auto tag = cursor.tag(small);
      if (!tag) return fail(tag.error());
      at += 8;
      if (tag->small) continue;
      if (tag->bytes > file_bytes_ - at) {
        return fail({Error::Kind::Format, "the file ends inside a variable", "",
                     byte_size(static_cast<double>(tag->bytes)),
                     byte_size(static_cast<double>(file_bytes_ - at)),
                     "The file is incomplete: copy or save it again."});
      }
      if (tag->type == kMatrix || tag->type == kCompressed)
        if (auto status = variable(at, *tag); !status) return status;
      // Compressed elements are not padded.
      at += tag->type == kCompressed ? tag->bytes : std::min(tag->rest(), file_bytes_ - at);
    }
    return {};
  }

 private:
  Status variable(std::uint64_t at, const Tag& tag) {
    Stored stored;
    stored.element = at;
    stored.element_bytes = tag.bytes;
    if (tag.type == kCompressed) stored.packing = Packing::Zlib;
    auto bytes = file_.source(stored);
    if (!bytes) return fail(bytes.error());
    std::uint64_t limit = largest_unpacked(tag.bytes, stored.packing);
    std::uint64_t before = 0;
    if (stored.packing == Packing::Zlib) {
      Cursor outer(**bytes, limit, file_.big_endian_);
      std::array<std::byte, 4> small{};
      const auto inner = outer.tag(small);
      if (!inner) return fail(inner.error());
      if (inner->type != kMatrix) return {};
      if (inner->bytes > limit)
        return damaged("a variable cannot unpack to what it declares",
                       byte_size(static_cast<double>(inner->bytes)));
      limit = inner->bytes;
      before = outer.at();
    }
    Cursor cursor(**bytes, limit, file_.big_endian_);
    auto header = read_array_header(cursor);
    if (!header) return fail(header.error());
    stored.data = before;
    const std::string name = header->name;
    return array(cursor, *header, name, stored, 0);
  }

  [[nodiscard]] bool full() const { return file_.arrays_.size() >= kMostVariables; }

  void add(ArrayInfo info, Stored stored) {
    if (full()) return;
    if (info.name.empty() ||
        std::ranges::find(file_.arrays_, info.name, &ArrayInfo::name) != file_.arrays_.end())
      info.name = fmt::format("{}#{}", info.name, file_.arrays_.size() + 1);
    file_.arrays_.push_back(std::move(info));
    file_.stored_.push_back(std::move(stored));
  }

  /// What stands behind an array's header. `place`: the top-level element, with where the cursor began as
  /// `data`.
  Status array(Cursor& cursor, const ArrayHeader& header, const std::string& name, const Stored& place,
               unsigned depth) {
    ArrayInfo info;
    info.name = name;
    info.shape = header.shape;
    info.first_axis_fastest = true;
    info.type = header.array_class < kClassNames.size() ? kClassNames[header.array_class] : "unknown";
    Stored stored = place;
    const bool numeric = header.array_class >= kDoubleClass && header.array_class <= kUInt64Class;
    if (header.array_class == kCellClass) return cells(cursor, std::move(info), place, depth);
    if (header.array_class == kStructureClass || header.array_class == kObjectClass)
      return fields(cursor, header, std::move(info), place, depth);
    if ((header.flags & kComplexFlag) != 0) {
      info.type = "complex " + info.type;
    } else if (numeric || header.array_class == kCharClass) {
      if (auto status = numbers(cursor, info, stored, header); !status)
        return fail(status.error().in(info.name));
      stored.data += place.data;
    }
    add(std::move(info), std::move(stored));
    return {};
  }

  Status numbers(Cursor& cursor, ArrayInfo& info, Stored& stored, const ArrayHeader& header) {
    std::array<std::byte, 4> small{};
    const auto tag = cursor.tag(small);
    if (!tag) return fail(tag.error());
    const auto type = number_type(tag->type);
    if (!type) return damaged("the numbers have an unknown type", fmt::format("{}", tag->type));
    stored.type = *type;
    stored.data = cursor.at() - (tag->small ? 4 : 0);
    stored.data_bytes = tag->bytes;
    const std::array<std::uint64_t, 2> wanted = {info.size(), size_of(*type)};
    if (saturated_product(wanted) > tag->bytes || (!tag->small && tag->bytes > cursor.left())) {
      return fail({Error::Kind::Format, "the array is larger than its data", "",
                   byte_size(static_cast<double>(saturated_product(wanted))) + " for " + info.shape_text(),
                   byte_size(static_cast<double>(std::min(tag->bytes, cursor.left()))),
                   "The file is incomplete or damaged: save it again in MATLAB."});
    }
    if (header.array_class == kCharClass) {
      info.kind = ArrayInfo::Kind::Text;
      // One text per row.
      if (info.shape.size() != 2) info.kind = ArrayInfo::Kind::Other;
      if (info.kind == ArrayInfo::Kind::Text) info.shape.pop_back();
      return {};
    }
    info.kind = ArrayInfo::Kind::Number;
    info.integer = header.array_class > kDoubleClass + 1 || (header.flags & kLogicalFlag) != 0;
    if ((header.flags & kLogicalFlag) != 0) info.type = "logical";
    return {};
  }

  /// The header of an array inside another one, whose end becomes the cursor's limit until `leave`.
  struct Inner {
    ArrayHeader header;
    std::uint64_t end = 0;
    std::uint64_t outer_limit = 0;
    bool nothing = false;  ///< an element of no bytes stands for []
  };
  Result<Inner> enter(Cursor& cursor) {
    std::array<std::byte, 4> small{};
    const auto tag = cursor.tag(small);
    if (!tag) return fail(tag.error());
    if (tag->type != kMatrix || tag->small || tag->bytes > cursor.left())
      return damaged("an array inside another one does not fit into it",
                     fmt::format("element type {}, {} bytes", tag->type, tag->bytes));
    Inner inner;
    inner.end = cursor.at() + std::min(tag->rest(), cursor.left());
    inner.outer_limit = cursor.limit_to(inner.end);
    inner.nothing = tag->bytes == 0;
    if (inner.nothing) return inner;
    auto header = read_array_header(cursor);
    if (!header) return fail(header.error());
    inner.header = *std::move(header);
    return inner;
  }
  static Status leave(Cursor& cursor, const Inner& inner) {
    if (auto status = cursor.pass(cursor.left()); !status) return status;
    cursor.limit_to(inner.outer_limit);
    return {};
  }

  /// A structure, or an object, which is one with the name of its class: its fields, each by the name
  /// "structure.field", or "structure(2).field" where it has several elements.
  Status fields(Cursor& cursor, const ArrayHeader& header, ArrayInfo info, const Stored& place,
                unsigned depth) {
    if (header.array_class == kObjectClass) {
      const auto class_name = cursor.element(kLongestName);
      if (!class_name) return fail(class_name.error().in(info.name));
    }
    const auto length = cursor.element(4);
    if (!length) return fail(length.error().in(info.name));
    if (length->first.type != kInt32 || length->second.size() != 4)
      return fail(damaged("a structure does not say how long its fields' names are",
                          fmt::format("element type {}", length->first.type))
                      .error()
                      .in(info.name));
    const auto longest = number_at<std::int32_t>(length->second, 0, cursor.big_endian());
    const auto names = cursor.element(kMostParts * 64);
    if (!names) return fail(names.error().in(info.name));
    const std::size_t width = longest > 0 ? static_cast<std::size_t>(longest) : 0;
    const std::uint64_t count = width == 0 ? 0 : names->second.size() / width;
    const std::uint64_t elements = info.size();
    if (depth >= kDeepest || count == 0 ||
        saturated_product(std::array<std::uint64_t, 2>{count, elements}) > kMostParts) {
      add(std::move(info), place);
      return {};
    }
    const std::string_view all(reinterpret_cast<const char*>(names->second.data()), names->second.size());
    for (std::uint64_t element = 0; element < elements; ++element) {
      for (std::uint64_t field = 0; field < count && !full(); ++field) {
        std::string_view name = all.substr(field * width, width);
        name = name.substr(0, name.find('\0'));
        const std::string whole = elements == 1
                                      ? fmt::format("{}.{}", info.name, to_utf8(name))
                                      : fmt::format("{}({}).{}", info.name, element + 1, to_utf8(name));
        if (auto status = part(cursor, whole, place, depth); !status) return status;
      }
    }
    return {};
  }

  /// An array inside another one, unless it is empty.
  Status part(Cursor& cursor, const std::string& name, const Stored& place, unsigned depth) {
    auto inner = enter(cursor);
    if (!inner) return fail(inner.error().in(name));
    if (auto status = listed(cursor, *inner, name, place, depth); !status) return status;
    return leave(cursor, *inner);
  }
  Status listed(Cursor& cursor, const Inner& inner, const std::string& name, const Stored& place,
                unsigned depth) {
    const bool empty = inner.nothing || std::ranges::find(inner.header.shape, 0U) != inner.header.shape.end();
    return empty ? Status{} : array(cursor, inner.header, name, place, depth + 1);
  }

  /// A cell array of single char rows is a list of texts. Of any other the cells are listed, as "name{2}".
  Status cells(Cursor& cursor, ArrayInfo info, const Stored& place, unsigned depth) {
    const std::uint64_t count = info.size();
    if (count == 0 || count > kMostCells || depth >= kDeepest) {
      add(std::move(info), place);
      return {};
    }
    const auto cell_name = [&info](std::uint64_t cell) {
      return fmt::format("{}{{{}}}", info.name, cell + 1);
    };
    std::vector<std::string> texts;
    for (std::uint64_t cell = 0; cell < count; ++cell) {
      auto inner = enter(cursor);
      if (!inner) return fail(inner.error().in(info.name));
      auto text = inner->nothing ? Result<std::optional<std::string>>{} : only_text(cursor, inner->header);
      if (!text) return fail(text.error().in(info.name));
      if (*text) {
        texts.push_back(**std::move(text));
        if (auto status = leave(cursor, *inner); !status) return status;
        continue;
      }
      if (count > kMostParts) {
        add(std::move(info), place);
        return {};
      }
      for (std::uint64_t before = 0; before < texts.size(); ++before)
        if (!texts[before].empty()) add_texts(cell_name(before), {texts[before]}, info, place);
      if (auto status = listed(cursor, *inner, cell_name(cell), place, depth); !status) return status;
      if (auto status = leave(cursor, *inner); !status) return status;
      for (++cell; cell < count && !full(); ++cell)
        if (auto status = part(cursor, cell_name(cell), place, depth); !status) return status;
      return {};
    }
    add_texts(info.name, std::move(texts), info, place);
    return {};
  }

  void add_texts(std::string name, std::vector<std::string> texts, const ArrayInfo& cell_array,
                 const Stored& place) {
    ArrayInfo info = cell_array;
    info.name = std::move(name);
    info.kind = ArrayInfo::Kind::Text;
    info.type = "text";
    // A list has one axis.
    if (texts.size() != info.size() || info.vector_length()) info.shape = {texts.size()};
    Stored stored = place;
    stored.texts = std::move(texts);
    add(std::move(info), std::move(stored));
  }

  /// The text of an array that is one short row of chars; nothing is read of any other.
  static Result<std::optional<std::string>> only_text(Cursor& cursor, const ArrayHeader& header) {
    const bool row = header.array_class == kCharClass && header.shape.size() == 2 && header.shape[0] <= 1;
    if (!row || header.shape[1] > kLongestText / 4) return std::nullopt;
    const auto chars = cursor.element(kLongestText);
    if (!chars) return fail(chars.error());
    const auto type = number_type(chars->first.type);
    if (!type) return damaged("a text has an unknown type", fmt::format("{}", chars->first.type));
    std::vector<double> codes(chars->second.size() / size_of(*type));
    to_doubles(chars->second, *type, cursor.big_endian(), codes);
    return std::optional(std::move(rows_of_chars(codes, 1).front()));
  }

  MatlabFile& file_;
  std::uint64_t file_bytes_;
};

Result<std::unique_ptr<ByteSource>> MatlabFile::source(const Stored& stored) const {
  auto bytes = open_bytes(path_, stored.element, stored.element_bytes);
  if (!bytes) return fail(bytes.error());
  return unpack(*std::move(bytes), stored.packing);
}

Result<std::unique_ptr<MatlabFile>> MatlabFile::open(const fs::path& path) {
  std::unique_ptr<MatlabFile> file(new MatlabFile(path));
  std::error_code code;
  const std::uint64_t size = fs::file_size(path, code);
  if (code || size < kHeaderBytes)
    return damaged("the file is too short for MATLAB's header", fmt::format("{} bytes", code ? 0 : size));
  auto bytes = open_bytes(path, 0, kHeaderBytes);
  if (!bytes) return fail(bytes.error());
  std::array<std::byte, kHeaderBytes> header;
  if (auto status = (*bytes)->read_all(header); !status) return fail(status.error());
  const auto a = static_cast<char>(header[126]);
  const auto b = static_cast<char>(header[127]);
  if (!((a == 'I' && b == 'M') || (a == 'M' && b == 'I')))
    return damaged("the header has no mark of the byte order", "neither MI nor IM");
  file->big_endian_ = a == 'M';
  const auto version = number_at<std::uint16_t>(header, 124, file->big_endian_);
  constexpr std::uint16_t five = 0x0100;
  if (version != five) {
    return fail({Error::Kind::Format, "this version of MATLAB's format is not known", "", "0x0100",
                 fmt::format("0x{:04x}", version), "Save it with -v7 or -v7.3 in MATLAB."});
  }
  Scan scan(*file, size);
  if (auto status = scan.run(); !status) return fail(status.error());
  return file;
}

bool MatlabFile::channels_come_first(const std::string& name) const {
  return matlab_channels_come_first(name);
}

Status MatlabFile::stream(std::size_t array, std::span<const std::uint64_t> limits, RunControl& control,
                          const Sink& sink) const {
  const Stored& stored = stored_[array];
  auto bytes = source(stored);
  if (!bytes) return fail(bytes.error());
  if (auto status = (*bytes)->skip(stored.data); !status) return status;
  return stream_numbers(**bytes, arrays_[array], stored.type, big_endian_, limits, control, sink);
}

Result<std::vector<std::string>> MatlabFile::texts(std::size_t array) const {
  const Stored& stored = stored_[array];
  if (!stored.texts.empty()) return stored.texts;
  if (auto status =
          check_memory(saturated_product(std::array<std::uint64_t, 2>{stored.data_bytes, 10}), "the texts");
      !status)
    return fail(status.error());
  auto bytes = source(stored);
  if (!bytes) return fail(bytes.error());
  if (auto status = (*bytes)->skip(stored.data); !status) return fail(status.error());
  std::vector<std::byte> raw(stored.data_bytes);
  if (auto status = (*bytes)->read_all(raw); !status) return fail(status.error());
  std::vector<double> codes(raw.size() / size_of(stored.type));
  to_doubles(raw, stored.type, big_endian_, codes);
  return rows_of_chars(codes, arrays_[array].shape.empty() ? 1 : arrays_[array].shape[0]);
}

}  // namespace assayer
