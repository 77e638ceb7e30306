// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text_exporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

#include "core/base/letters.h"
#include "core/io/atomic_file.h"
#include "core/io/spectra_blocks.h"
#include "core/io/text.h"
#include "core/io/text_annotation.h"

namespace assayer {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

/// The shortest text that is the same number again.
template <class T>
void put_number(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "nan";
    return;
  }
  fmt::format_to(std::back_inserter(out), "{}", value);
}

class Table {
 public:
  Table(const Dataset& data, char delimiter, bool annotated)
      : data_(data), delimiter_(delimiter), annotated_(annotated), annotation_(text::annotation_of(data)) {}

  Status write(const std::filesystem::path& aside, RunControl& control, const ProgressFn& progress);
  /// Whole sentences about columns that do not have their names.
  [[nodiscard]] std::vector<std::string> renamed() const;

 private:
  void put_text(std::string_view text, bool always_quoted);
  void put_header();
  void put_row(std::size_t row, std::span<const float> spectrum);

  const Dataset& data_;
  char delimiter_;
  bool annotated_;
  text::Annotation annotation_;
  std::string out_;
};

void Table::put_text(std::string_view raw, bool always_quoted) {
  const std::string text = to_utf8(raw);
  const bool quote = always_quoted || text.find_first_of("\"\r\n#%! ") != std::string::npos ||
                     text.find(delimiter_) != std::string::npos;
  if (!quote) {
    out_ += text;
    return;
  }
  out_ += '"';
  for (const char c : text) {
    if (c == '"') out_ += '"';
    out_ += c;
  }
  out_ += '"';
}

void Table::put_header() {
  if (annotated_) out_ += fmt::format("# {} {}\n", text::kAnnotationMark, text::to_json(annotation_));
  for (const auto& column : annotation_.columns) {
    put_text(column.name, false);
    out_ += delimiter_;
  }
  const std::string_view unit = to_string(data_.wavelength().unit());
  for (std::size_t c = 0; c < data_.channels(); ++c) {
    if (c > 0) out_ += delimiter_;
    put_text(fmt::format("{} {}", data_.wavelength()[c], unit), false);
  }
  out_ += '\n';
}

void Table::put_row(std::size_t row, std::span<const float> spectrum) {
  for (const auto& column : data_.metadata()) {
    if (const auto* const texts = std::get_if<std::vector<std::string>>(&column.values))
      put_text((*texts)[row], true);
    else if (const auto* const numbers = std::get_if<std::vector<double>>(&column.values))
      put_number(out_, (*numbers)[row]);
    else
      out_ += column.text(row);
    out_ += delimiter_;
  }
  if (const auto& groups = data_.groups()) {
    // Without the comment above the table the names say more than the codes.
    const auto group = static_cast<std::size_t>(groups->of_row[row]);
    if (annotated_)
      out_ += fmt::format("{}", groups->codes[group]);
    else
      put_text(groups->names[group], false);
    out_ += delimiter_;
  }
  const auto put_numbers = [this](std::span<const double> values) {
    for (const double value : values) {
      put_number(out_, value);
      out_ += delimiter_;
    }
  };
  if (data_.abundances()) put_numbers(data_.abundances()->row(row));
  if (data_.true_abundances()) put_numbers(data_.true_abundances()->row(row));
  for (std::size_t c = 0; c < spectrum.size(); ++c) {
    if (c > 0) out_ += delimiter_;
    put_number(out_, spectrum[c]);
  }
  out_ += '\n';
}

Status Table::write(const std::filesystem::path& aside, RunControl& control, const ProgressFn& progress) {
  std::ofstream stream(aside, std::ios::binary | std::ios::trunc);
  const auto flush = [&] {
    stream.write(out_.data(), static_cast<std::streamsize>(out_.size()));
    out_.clear();
  };
  put_header();
  const std::size_t rows =
      std::clamp<std::size_t>(kBlock / sizeof(float) / data_.channels(), 1, data_.spectra().block_rows());
  const auto status = for_each_block(data_.spectra(), rows, control, progress,
                                     [&](std::size_t first, MatrixView<float> block) -> Status {
                                       for (std::size_t r = 0; r < block.rows() && stream; ++r) {
                                         put_row(first + r, block.row(r));
                                         if (out_.size() >= kBlock) flush();
                                       }
                                       return {};
                                     });
  if (!status) return status;
  flush();
  stream.close();
  if (!stream) {
    return fail({Error::Kind::File, "the file cannot be written", "", "", "",
                 "Check the space that is left on the disk."});
  }
  return {};
}

std::vector<std::string> Table::renamed() const {
  std::vector<std::string> sentences;
  for (const auto& [wanted, name] : annotation_.renamed)
    sentences.push_back(fmt::format(
        "\"{}\" is written as {}, because another column of the table has this name.", wanted, name));
  return sentences;
}

}  // namespace

std::vector<ExportSetting> TextExporter::settings() const {
  return {{"delimiter", "Fields are separated by", {"auto", "comma", "semicolon", "tab"}, "auto"},
          {"notes", "A comment above the table with what columns cannot hold", {"yes", "no"}, "yes"}};
}

Result<std::vector<std::string>> TextExporter::write(const Dataset& data, const std::filesystem::path& path,
                                                     const ExportOptions& options, RunControl& control,
                                                     const ProgressFn& progress) const {
  const auto setting = [&](const char* key, const char* standard) {
    const auto found = options.settings.find(key);
    return found == options.settings.end() ? std::string(standard) : found->second;
  };
  const std::string delimiter = setting("delimiter", "auto");
  const std::string extension = lower_extension(path);
  char sign = extension == ".csv" ? ',' : '\t';
  if (delimiter != "auto") sign = delimiter == "comma" ? ',' : delimiter == "tab" ? '\t' : ';';
  const bool notes = setting("notes", "yes") == "yes";

  auto target = AtomicFile::create(path, options.overwrite);
  if (!target) return fail(target.error());
  Table table(data, sign, notes);
  if (auto status = table.write(target->aside(), control, progress); !status)
    return fail(status.error().cancelled() ? status.error() : status.error().in(path.string()));
  if (auto status = target->commit(); !status) return fail(status.error());
  if (progress) progress(1, "writing");
  ExportCapacity capacity;
  capacity.compositions = capacity.true_compositions = capacity.groups = capacity.metadata = true;
  capacity.image_shape = capacity.endmembers = capacity.endmembers_by_group = notes;
  capacity.endmember_names = capacity.bad_channels = capacity.attributes = notes;
  auto said = parts_left_out(data, capacity, "A table without its comment");
  std::ranges::move(table.renamed(), std::back_inserter(said));
  return said;
}

}  // namespace assayer
