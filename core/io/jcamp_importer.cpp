// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/jcamp_importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/letters.h"
#include "core/data/wavelength_axis.h"
#include "core/io/byte_source.h"
#include "core/io/jcamp_text.h"
#include "core/io/spectrum_set.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

/// Units that others than spectral axes have. From the size of such numbers no unit could be guessed.
bool is_no_spectral_unit(const JcampBlock& block, std::string_view unit) {
  constexpr std::array<std::string_view, 15> others = {
      "PPM",     "SECONDS", "SECOND", "MILLISECONDS", "MICROSECONDS",
      "MINUTES", "HOURS",   "TIME",   "MASS UNITS",   "M/Z",
      "VOLTS",   "DEGREES", "KELVIN", "ARBITRARY",    "ARBITRARY UNITS"};
  if (std::ranges::find(others, upper(unit)) != others.end()) return true;
  // Those of nuclear magnetic resonance are counted from the spectrometer's frequency.
  const bool resonance =
      upper(block.text("DATATYPE")).contains("NMR") || block.records.contains(".OBSERVEFREQUENCY");
  const auto foreign = parse_foreign_unit(unit, true);
  return resonance && foreign && foreign->unit == WavelengthUnit::InverseCentimetre;
}

/// What of a block's records is worth keeping beside its numbers.
std::map<std::string, std::string> notes_of(const JcampBlock& block) {
  constexpr std::array<std::string_view, 12> numbers = {"FIRSTX",  "LASTX",   "DELTAX", "NPOINTS",
                                                        "XFACTOR", "YFACTOR", "FIRSTY", "MAXX",
                                                        "MINX",    "MAXY",    "MINY",   "TITLE"};
  std::map<std::string, std::string> notes;
  for (const auto& [label, value] : block.records)
    if (!value.empty() && std::ranges::find(numbers, label) == numbers.end()) notes[label] = value;
  return notes;
}

/// The blocks of a file that hold spectra, as they come.
class Loader {
 public:
  Loader(JcampReader reader, std::uint64_t file_bytes)
      : reader_(std::move(reader)),
        file_bytes_(file_bytes),
        left_(kFreeValues + kValuesPerByte * file_bytes) {}

  Status read(RunControl& control, const ProgressFn& progress);
  Result<Imported> make(const fs::path& path, const std::string& format, const ImportOptions& options);

 private:
  // A letter can stand for many values, but no spectrum is made of repetitions alone.
  static constexpr std::uint64_t kFreeValues = 4'000'000;
  static constexpr std::uint64_t kValuesPerByte = 64;

  /// `bytes`: of the block's text.
  Status take(const JcampBlock& block, std::uint64_t bytes);

  JcampReader reader_;
  std::uint64_t file_bytes_;
  std::uint64_t left_;  ///< values that may still come
  SpectrumSet set_;
  std::vector<std::string> warnings_;
  std::size_t blocks_ = 0;
  std::size_t left_out_ = 0;
  std::optional<Error> refused_;
};

Status Loader::read(RunControl& control, const ProgressFn& progress) {
  while (true) {
    if (control.stop_requested()) return fail(Error::cancel());
    const std::uint64_t before = reader_.bytes_read();
    if (progress) progress(static_cast<double>(before) / static_cast<double>(file_bytes_), "reading");
    const auto block = reader_.next();
    if (!block) return fail(block.error());
    if (!*block) return {};
    ++blocks_;
    if ((*block)->data_label.empty()) continue;
    if (auto status = take(**block, reader_.bytes_read() - before); !status) return status;
  }
}

Status Loader::take(const JcampBlock& block, std::uint64_t bytes) {
  auto data = jcamp_data(block, left_);
  if (!data) {
    if (jcamp_is_spectrum(block)) return fail(data.error());
    ++left_out_;
    if (!refused_) refused_ = data.error();
    return {};
  }
  left_ -= std::min<std::uint64_t>(left_, data->y.size());
  if (data->y.empty())
    return fail({Error::Kind::Data, "the block has no points",
                 fmt::format("block at line {}", block.first_line), "at least two", "none",
                 "Write the file again from its source."});
  std::ranges::move(data->warnings, std::back_inserter(warnings_));
  if (set_.empty()) {
    // Packed, others may be half as long as the first one. Unpacked, a value takes more than a byte.
    const std::uint64_t blocks = 2 * (file_bytes_ / std::max<std::uint64_t>(bytes, 1)) + 1;
    set_.expect(blocks, file_bytes_);
  }
  SpectrumSet::Axis axis{std::move(data->x), block.text("XUNITS"), std::nullopt};
  if (is_no_spectral_unit(block, axis.unit)) axis.forced = WavelengthUnit::Channel;
  const std::size_t place = set_.add_axis(std::move(axis));
  const auto row = set_.add({place, block.text("TITLE"), notes_of(block)});
  std::ranges::transform(data->y, row.begin(), [](double y) { return static_cast<float>(y); });
  return {};
}

Result<Imported> Loader::make(const fs::path& path, const std::string& format, const ImportOptions& options) {
  if (set_.empty()) {
    if (refused_) return fail(*refused_);
    return fail({Error::Kind::Format, "the file has no spectrum", "", "a block with XYDATA or XYPOINTS",
                 fmt::format("{} blocks without", blocks_), "Export the spectrum itself as XYDATA."});
  }
  if (left_out_ > 0)
    warnings_.push_back(
        left_out_ == 1
            ? "1 block that holds no spectrum (peaks, NTUPLES) is left out."
            : fmt::format("{} blocks that hold no spectra (peaks, NTUPLES) are left out.", left_out_));
  return set_.make(format, path, options, std::move(warnings_));
}

Result<Imported> load_text(const fs::path& path, const std::string& format, const ImportOptions& options,
                           RunControl& control, const ProgressFn& progress) {
  if (!options.roles.empty() || !options.settings.empty()) {
    return fail({Error::Kind::Usage, "a JCAMP-DX file has no fields or settings to decide about", "", "", "",
                 "Leave the mapping out."});
  }
  std::error_code code;
  const std::uint64_t size = fs::file_size(path, code);
  if (code) return fail({Error::Kind::File, "the file cannot be read", "", "", code.message(), ""});
  auto bytes = open_bytes(path, 0, size);
  if (!bytes) return fail(bytes.error());
  Loader loader(JcampReader(*std::move(bytes)), std::max<std::uint64_t>(size, 1));
  if (auto status = loader.read(control, progress); !status) return fail(status.error());
  return loader.make(path, format, options);
}

}  // namespace

bool JcampImporter::sniff(const fs::path& /*path*/, std::string_view head) const {
  // Comments and a byte order mark may stand before the first record.
  constexpr std::size_t looked_at = 4096;
  const std::string_view start = head.substr(0, looked_at);
  if (start.find('\0') != std::string_view::npos) return false;
  const auto record = start.find("##");
  if (record == std::string_view::npos) return false;
  std::string label;
  for (const char c : start.substr(record + 2, 24)) {
    if (c == '=') return label == "TITLE";
    if (c == ' ') continue;
    label += upper(c);
  }
  return false;
}

Result<Imported> JcampImporter::load(const fs::path& path, const ImportOptions& options, RunControl& control,
                                     const ProgressFn& progress) const {
  try {
    auto imported = load_text(path, name(), options, control, progress);
    if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
    return imported;
  } catch (const std::bad_alloc&) {
    return fail(
        {Error::Kind::File, "the data do not fit into the memory", path.string(), "", "", "Split the file."});
  }
}

}  // namespace assayer
