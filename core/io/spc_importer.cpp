// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/spc_importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <new>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "core/base/letters.h"
#include "core/data/wavelength_axis.h"
#include "core/io/byte_source.h"
#include "core/io/number_type.h"
#include "core/io/spectrum_set.h"
#include "core/io/text.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

constexpr std::uint8_t kNew = 0x4B;
constexpr std::uint8_t kNewBigEndian = 0x4C;
constexpr std::uint8_t kOld = 0x4D;
constexpr std::size_t kHeaderBytes = 512;
constexpr std::size_t kSubheaderBytes = 32;
constexpr std::size_t kDirectoryEntry = 12;
constexpr std::size_t kLogHeader = 64;

// Flags of the file (ftflgs).
constexpr std::uint8_t k16Bit = 0x01;
constexpr std::uint8_t kMultiple = 0x04;
constexpr std::uint8_t kOwnLabels = 0x20;
constexpr std::uint8_t kOwnX = 0x40;
constexpr std::uint8_t kXArray = 0x80;

/// Nuclear magnetic resonance, of the techniques (fexper).
constexpr std::uint8_t kResonance = 10;
/// Of the ordinates (fytype).
constexpr std::uint8_t kInterferogram = 1;

/// Of the types of an axis (fxtype, fztype); empty: not known.
std::string_view axis_unit(std::uint8_t type) {
  constexpr std::array<std::string_view, 31> units = {
      "arbitrary", "cm-1",  "um",   "nm", "seconds", "minutes", "Hz",      "kHz",     "MHz",   "m/z",   "ppm",
      "days",      "years", "cm-1", "eV", "",        "diode",   "channel", "degrees", "deg F", "deg C", "K",
      "points",    "ms",    "us",   "ns", "GHz",     "cm",      "m",       "mm",      "hours"};
  return type < units.size() ? units[type] : std::string_view{};
}

std::string_view ordinate(std::uint8_t type) {
  constexpr std::array<std::string_view, 15> low = {"arbitrary intensity",
                                                    "interferogram",
                                                    "absorbance",
                                                    "Kubelka-Munk",
                                                    "counts",
                                                    "volts",
                                                    "degrees",
                                                    "milliamperes",
                                                    "millimetres",
                                                    "millivolts",
                                                    "log(1/R)",
                                                    "percent",
                                                    "intensity",
                                                    "relative intensity",
                                                    "energy"};
  constexpr std::array<std::string_view, 4> high = {"transmission", "reflectance", "single beam", "emission"};
  constexpr std::uint8_t first_high = 128;
  if (type < low.size()) return low[type];
  if (type >= first_high && type < first_high + high.size()) return high[type - first_high];
  return "not known";
}

std::unexpected<Error> broken(std::string what, std::string expected, std::string found) {
  return fail({Error::Kind::Format, std::move(what), "", std::move(expected), std::move(found),
               "The file is incomplete or damaged: export it again."});
}

/// A file whose parts refer to each other by offsets. What follows a part that was read is there already.
class FileParts {
 public:
  static Result<FileParts> open(const fs::path& path) {
    std::error_code code;
    const std::uint64_t size = fs::file_size(path, code);
    std::ifstream stream(path, std::ios::binary);
    if (code || !stream) {
      return fail({Error::Kind::File, "the file cannot be read", "", "", code ? code.message() : "",
                   "Check its permissions."});
    }
    return FileParts(std::move(stream), size);
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool inside(std::uint64_t offset, std::uint64_t length) const {
    return offset <= size_ && length <= size_ - offset;
  }
  /// Bytes that are inside; valid until the next call.
  Result<std::span<const std::byte>> at(std::uint64_t offset, std::size_t length) {
    if (offset < first_ || offset + length > first_ + bytes_.size()) {
      bytes_.resize(std::min<std::uint64_t>(std::max(length, kPiece), size_ - offset));
      first_ = offset;
      stream_.clear();
      stream_.seekg(static_cast<std::streamoff>(offset));
      stream_.read(reinterpret_cast<char*>(bytes_.data()), static_cast<std::streamsize>(bytes_.size()));
      if (static_cast<std::size_t>(stream_.gcount()) != bytes_.size()) {
        bytes_.clear();
        return fail({Error::Kind::File, "the file cannot be read", "", "", "",
                     "Check the disk, and copy the file again."});
      }
    }
    return std::span<const std::byte>(bytes_).subspan(offset - first_, length);
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{256} << 10;

  FileParts(std::ifstream stream, std::uint64_t size) : stream_(std::move(stream)), size_(size) {}

  std::ifstream stream_;
  std::uint64_t size_;
  std::vector<std::byte> bytes_;
  std::uint64_t first_ = 0;
};

std::string text_of(std::span<const std::byte> bytes) {
  const std::string_view raw(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string text = to_utf8(raw.substr(0, raw.find('\0')));
  text.erase(text.find_last_not_of(" \r\n\t") + 1);
  return text;
}

class SpcReader {
 public:
  SpcReader(FileParts file, RunControl& control, const ProgressFn& progress)
      : file_(std::move(file)), control_(control), progress_(progress) {}

  Result<Imported> read(const fs::path& path, const std::string& format, const ImportOptions& options) {
    if (auto status = read_header(); !status) return fail(status.error());
    if (auto status = read_log(); !status) return fail(status.error());
    set_.note(notes_);
    if (auto status = read_subfiles(options.max_rows); !status) return fail(status.error());
    return set_.make(format, path, options, std::move(warnings_));
  }

 private:
  /// Of the file's header.
  template <class T>
  [[nodiscard]] T at(std::size_t offset) const {
    return number_at<T>(header_, offset, big_endian_);
  }
  [[nodiscard]] std::string text_at(std::size_t offset, std::size_t length) const {
    return text_of(std::span(header_).subspan(offset, length));
  }

  Status read_header();
  /// Whether numbers in a spectral unit are no positions in a spectrum all the same: frequencies that are
  /// counted from a spectrometer's own, or the ways of an interferometer's mirror.
  [[nodiscard]] bool counts_otherwise(const ForeignUnit& unit) const {
    if (unit.unit == WavelengthUnit::InverseCentimetre) return at<std::uint8_t>(2) == kResonance;
    return at<std::uint8_t>(29) == kInterferogram;
  }
  Status read_log();
  Status read_common_axis();
  Result<std::vector<std::uint64_t>> read_directory();
  Status read_subfiles(std::size_t most);
  Status read_subfile(std::uint64_t offset, std::size_t number);
  Status numbers(std::uint64_t offset, NumberType type, std::span<double> values);
  Result<std::vector<double>> floats(std::uint64_t offset, std::uint64_t count);
  Status ordinates(std::uint64_t offset, std::int8_t exponent, std::span<float> values);
  [[nodiscard]] SpectrumSet::Axis axis(std::vector<double> values) const;
  [[nodiscard]] std::size_t value_bytes(std::int8_t exponent) const {
    return exponent != kFloats && (flags_ & k16Bit) != 0 ? 2 : 4;
  }

  static constexpr std::int8_t kFloats = -128;
  /// Converted at once.
  static constexpr std::size_t kBlockValues = std::size_t{32} << 10;

  FileParts file_;
  std::vector<std::byte> header_;
  RunControl& control_;
  const ProgressFn& progress_;
  bool big_endian_ = false;
  std::uint8_t flags_ = 0;
  std::int8_t exponent_ = 0;
  std::uint32_t points_ = 0;
  double first_ = 0;
  double last_ = 0;
  std::uint32_t subfiles_ = 1;
  std::string x_unit_;
  bool foreign_unit_ = false;
  std::map<std::string, std::string> notes_;
  std::uint64_t next_ = kHeaderBytes;
  std::uint64_t left_ = file_.size();  ///< bytes of points that may still come
  std::optional<std::size_t> common_axis_;
  SpectrumSet set_;
  std::vector<std::string> warnings_;
};

Status SpcReader::read_header() {
  const auto head = file_.at(0, std::min<std::uint64_t>(file_.size(), kHeaderBytes));
  if (!head) return fail(head.error());
  header_.assign(head->begin(), head->end());
  const auto version = header_.size() > 1 ? at<std::uint8_t>(1) : std::uint8_t{0};
  if (version == kOld) {
    return fail({Error::Kind::Format, "this is the old format of SPC files", "", "version 0x4B or 0x4C",
                 "0x4D",
                 "Open it in the instrument's program and save it in the new format, or as JCAMP-DX."});
  }
  if (version != kNew && version != kNewBigEndian)
    return fail({Error::Kind::NotThisFormat, "this is no SPC file of Galactic's", "", "version 0x4B or 0x4C",
                 fmt::format("0x{:02x}", version), ""});
  if (file_.size() < kHeaderBytes + kSubheaderBytes)
    return broken("the file is too short", fmt::format("at least {} bytes", kHeaderBytes + kSubheaderBytes),
                  fmt::format("{}", file_.size()));
  big_endian_ = version == kNewBigEndian;
  flags_ = at<std::uint8_t>(0);
  exponent_ = at<std::int8_t>(3);
  points_ = at<std::uint32_t>(4);
  first_ = at<double>(8);
  last_ = at<double>(16);
  subfiles_ = (flags_ & kMultiple) != 0 ? at<std::uint32_t>(24) : 1;
  const auto x_type = at<std::uint8_t>(28);
  constexpr std::size_t labels_at = 218;
  const std::string labels = text_at(labels_at, 30);
  x_unit_ = axis_unit(x_type);
  constexpr std::uint8_t named = 15;
  if ((flags_ & kOwnLabels) != 0 || x_type == named) {
    // Three texts, each with its end; the first is that of x.
    if (!labels.empty()) x_unit_ = labels;
  } else if (!x_unit_.empty() && !parse_wavelength_unit(x_unit_) && x_type != 0) {
    foreign_unit_ = !parse_foreign_unit(x_unit_, true);
  }
  if (const auto unit = parse_foreign_unit(x_unit_, true); unit && counts_otherwise(*unit))
    foreign_unit_ = true;
  constexpr std::uint8_t arbitrary = 0;
  if (x_unit_ == axis_unit(arbitrary)) x_unit_.clear();

  notes_["ordinate"] = ordinate(at<std::uint8_t>(29));
  const auto note = [this](const char* name, std::string text) {
    if (!text.empty()) notes_[name] = std::move(text);
  };
  note("memo", text_at(88, 130));
  note("resolution", text_at(36, 9));
  note("instrument", text_at(45, 9));
  note("method", text_at(264, 48));
  const auto date = at<std::uint32_t>(32);
  if (date != 0) {
    // Packed as minute:6 hour:5 day:5 month:4 year:12 from the lowest bit.
    notes_["date"] = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", date >> 20, (date >> 16) & 15,
                                 (date >> 11) & 31, (date >> 6) & 31, date & 63);
  }
  return {};
}

Status SpcReader::read_log() {
  const std::uint64_t offset = at<std::uint32_t>(248);
  if (offset == 0) return {};
  if (offset < kHeaderBytes || !file_.inside(offset, kLogHeader)) {
    warnings_.emplace_back("The file's log lies outside of it and is left out.");
    return {};
  }
  const auto head = file_.at(offset, kLogHeader);
  if (!head) return fail(head.error());
  const std::uint64_t size = number_at<std::uint32_t>(*head, 0, big_endian_);
  const std::uint64_t text = number_at<std::uint32_t>(*head, 8, big_endian_);
  constexpr std::uint64_t longest = 256 * 1024;
  if (text < kLogHeader || size <= text || !file_.inside(offset + text, 1)) return {};
  const auto bytes = file_.at(offset + text, std::min({size - text, file_.size() - offset - text, longest}));
  if (!bytes) return fail(bytes.error());
  std::string log = text_of(*bytes);
  std::erase(log, '\r');
  if (!log.empty()) notes_["log"] = std::move(log);
  return {};
}

SpectrumSet::Axis SpcReader::axis(std::vector<double> values) const {
  SpectrumSet::Axis result{std::move(values), x_unit_, std::nullopt};
  if (foreign_unit_) result.forced = WavelengthUnit::Channel;
  return result;
}

/// Numbers that are inside the file.
Status SpcReader::numbers(std::uint64_t offset, NumberType type, std::span<double> values) {
  while (!values.empty()) {
    const auto block = values.first(std::min(values.size(), kBlockValues));
    const auto bytes = file_.at(offset, block.size() * size_of(type));
    if (!bytes) return fail(bytes.error());
    to_doubles(*bytes, type, big_endian_, block);
    offset += bytes->size();
    values = values.subspan(block.size());
  }
  return {};
}

Result<std::vector<double>> SpcReader::floats(std::uint64_t offset, std::uint64_t count) {
  std::vector<double> values(count);
  if (auto status = numbers(offset, NumberType::Float32, values); !status) return fail(status.error());
  return values;
}

Status SpcReader::ordinates(std::uint64_t offset, std::int8_t exponent, std::span<float> values) {
  const bool integers = exponent != kFloats;
  const bool small = integers && (flags_ & k16Bit) != 0;
  NumberType type = NumberType::Float32;
  if (integers) type = small ? NumberType::Int16 : NumberType::Int32;
  // Integers are fractions of 2^exponent.
  const double scale = integers ? std::ldexp(1.0, exponent - (small ? 16 : 32)) : 1;
  std::vector<double> block(std::min(values.size(), kBlockValues));
  while (!values.empty()) {
    if (control_.stop_requested()) return fail(Error::cancel());
    block.resize(std::min(values.size(), kBlockValues));
    if (auto status = numbers(offset, type, block); !status) return status;
    std::ranges::transform(block, values.begin(),
                           [scale](double value) { return static_cast<float>(value * scale); });
    offset += block.size() * size_of(type);
    values = values.subspan(block.size());
  }
  return {};
}

Status SpcReader::read_subfile(std::uint64_t offset, std::size_t number) {
  const std::string where = fmt::format("subfile {}", number + 1);
  if (!file_.inside(offset, kSubheaderBytes))
    return fail(
        broken("the file ends too early", fmt::format("{} subfiles", subfiles_), fmt::format("{}", number))
            .error()
            .in(where));
  const auto head = file_.at(offset, kSubheaderBytes);
  if (!head) return fail(head.error());
  const bool own_x = (flags_ & kOwnX) != 0;
  const bool multiple = (flags_ & kMultiple) != 0;
  const auto exponent = multiple ? number_at<std::int8_t>(*head, 1) : exponent_;
  const auto z = number_at<float>(*head, 4, big_endian_);
  const std::uint64_t count = own_x ? number_at<std::uint32_t>(*head, 16, big_endian_) : points_;
  std::uint64_t data = offset + kSubheaderBytes;
  const std::uint64_t x_bytes = own_x ? count * 4 : 0;
  const std::uint64_t y_bytes = count * value_bytes(exponent);
  if (count < 2 || !file_.inside(data, x_bytes + y_bytes)) {
    return fail(
        broken("the points lie outside the file", fmt::format("{} points", count),
               byte_size(static_cast<double>(file_.size() - std::min<std::uint64_t>(data, file_.size()))))
            .error()
            .in(where));
  }
  // Entries of the directory may name one place many times, and make a gigabyte of a kilobyte.
  if (x_bytes + y_bytes > left_)
    return fail(broken("the subfiles lie over each other", "points that are in one subfile each",
                       byte_size(static_cast<double>(file_.size())) + " named more than once")
                    .error()
                    .in(where));
  left_ -= x_bytes + y_bytes;
  SpectrumSet::Spectrum spectrum;
  if (own_x) {
    auto x = floats(data, count);
    if (!x) return fail(x.error());
    spectrum.axis = set_.add_axis(axis(*std::move(x)));
  } else {
    spectrum.axis = *common_axis_;
  }
  data += x_bytes;
  if (multiple) spectrum.notes = {{"subfile", fmt::format("{}", number)}, {"z", fmt::format("{}", z)}};
  next_ = data + y_bytes;
  return ordinates(data, exponent, set_.add(std::move(spectrum)));
}

Status SpcReader::read_common_axis() {
  if (points_ < 2 || points_ > file_.size())
    return broken("the number of points is impossible", "2 to the size of the file",
                  fmt::format("{}", points_));
  if ((flags_ & kXArray) != 0) {
    if (!file_.inside(kHeaderBytes, std::uint64_t{points_} * 4))
      return broken("the file ends too early", fmt::format("{} positions", points_),
                    byte_size(static_cast<double>(file_.size())));
    auto x = floats(kHeaderBytes, points_);
    if (!x) return fail(x.error());
    next_ += std::uint64_t{points_} * 4;
    common_axis_ = set_.add_axis(axis(*std::move(x)));
    return {};
  }
  std::vector<double> x(points_);
  for (std::uint32_t i = 0; i < points_; ++i)
    x[i] = first_ + (last_ - first_) * i / static_cast<double>(points_ - 1);
  common_axis_ = set_.add_axis(axis(std::move(x)));
  return {};
}

/// Where the subfiles begin; empty where they follow each other.
Result<std::vector<std::uint64_t>> SpcReader::read_directory() {
  std::vector<std::uint64_t> places;
  const std::uint64_t directory = points_;
  if (directory == 0) return places;
  if (!file_.inside(directory, std::uint64_t{subfiles_} * kDirectoryEntry))
    return broken("the directory of subfiles lies outside the file", fmt::format("{} entries", subfiles_),
                  fmt::format("offset {}", directory));
  places.reserve(subfiles_);
  for (std::uint32_t i = 0; i < subfiles_; ++i) {
    const auto entry = file_.at(directory + std::uint64_t{i} * kDirectoryEntry, kDirectoryEntry);
    if (!entry) return fail(entry.error());
    places.push_back(number_at<std::uint32_t>(*entry, 0, big_endian_));
  }
  return places;
}

Status SpcReader::read_subfiles(std::size_t most) {
  const bool own_x = (flags_ & kOwnX) != 0;
  if (subfiles_ == 0) return broken("the file has no spectra", "at least one subfile", "0");
  std::vector<std::uint64_t> places;
  // With x of its own, each subfile is found through a directory, where there is one.
  if (own_x) {
    auto directory = read_directory();
    if (!directory) return fail(directory.error());
    places = *std::move(directory);
  } else if (auto status = read_common_axis(); !status) {
    return status;
  }
  // A preview too needs all of them, to know the axis that most have.
  const std::size_t wanted = own_x ? subfiles_ : std::min<std::size_t>(subfiles_, most);
  const std::uint64_t values = file_.size() / ((flags_ & k16Bit) != 0 ? 2 : 4);
  const std::array<std::uint64_t, 2> sides = {wanted, own_x ? values : points_};
  const std::uint64_t bytes = std::min(values, saturated_product(sides)) * sizeof(float);
  if (auto status = check_memory(bytes, "the spectra"); !status) return status;
  set_.expect(wanted, values);
  for (std::size_t i = 0; i < wanted; ++i) {
    if (control_.stop_requested()) return fail(Error::cancel());
    if (progress_) progress_(static_cast<double>(i) / static_cast<double>(wanted), "reading");
    if (auto status = read_subfile(places.empty() ? next_ : places[i], i); !status) return status;
  }
  return {};
}

}  // namespace

bool SpcImporter::sniff(const fs::path& path, std::string_view head) const {
  if (head.size() < 2) return false;
  // One byte is no signature: the name has to agree.
  const auto version = static_cast<std::uint8_t>(head[1]);
  return lower_extension(path) == ".spc" && (version == kNew || version == kNewBigEndian || version == kOld);
}

Result<Imported> SpcImporter::load(const fs::path& path, const ImportOptions& options, RunControl& control,
                                   const ProgressFn& progress) const {
  try {
    if (!options.roles.empty() || !options.settings.empty()) {
      return fail({Error::Kind::Usage, "an SPC file has no fields or settings to decide about", path.string(),
                   "", "", "Leave the mapping out."});
    }
    auto file = FileParts::open(path);
    if (!file) return fail(file.error().in(path.string()));
    SpcReader reader(*std::move(file), control, progress);
    auto imported = reader.read(path, name(), options);
    if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
    return imported;
  } catch (const std::bad_alloc&) {
    return fail(
        {Error::Kind::File, "the data do not fit into the memory", path.string(), "", "", "Split the file."});
  }
}

}  // namespace assayer
