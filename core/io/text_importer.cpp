// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text_importer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <utility>

#include "core/base/letters.h"
#include "core/io/envi_importer.h"
#include "core/io/jcamp_importer.h"
#include "core/io/text_layout.h"
#include "core/io/text_reading.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

bool has_own_extension(const fs::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".csv" || extension == ".tsv";
}

/// "There is no table" is a fault of a file that calls itself one.
Error judged(Error error, const fs::path& path) {
  if (error.kind == Error::Kind::NotThisFormat && has_own_extension(path)) error.kind = Error::Kind::Format;
  return error.in(path.string());
}

}  // namespace

bool TextImporter::sniff(const fs::path& path, std::string_view head) const {
  // UTF-16 is text, too: `load` says what to do about it.
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) return has_own_extension(path);
  // A broken JCAMP-DX file must not pass for a table: its lines begin with abscissae. Nor must the header of
  // a broken ENVI image: it lists wavelengths.
  if (JcampImporter().sniff(path, head) || EnviImporter().sniff(path, head)) return false;
  // JSON, whose lists of numbers are no table.
  const auto first = head.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && head[first] == '{') return false;
  std::size_t control = 0;
  bool digit = false;
  for (const char c : head) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte == 0) return false;
    if (byte < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') ++control;
    digit = digit || (c >= '0' && c <= '9');
  }
  return control == 0 && (digit || has_own_extension(path));
}

Result<ImportContents> TextImporter::inspect(const fs::path& path, const ImportOptions& options,
                                             RunControl& control) const {
  const auto layout = text::find_layout(path, {{}, options.settings, {}}, control);
  if (!layout) return fail(layout.error().cancelled() ? layout.error() : judged(layout.error(), path));
  return text::contents_of(*layout, name());
}

Result<Imported> TextImporter::load(const fs::path& path, const ImportOptions& options, RunControl& control,
                                    const ProgressFn& progress) const {
  const auto load_checked = [&]() -> Result<Imported> {
    auto layout = text::find_layout(path, options, control);
    if (!layout) return fail(layout.error());
    auto table = layout->spectra_in == text::SpectraIn::Rows
                     ? text::read_rows(path, *layout, options, control, progress)
                     : text::read_columns(path, *layout, options, control, progress);
    if (!table) return fail(table.error());
    auto& provenance = table->parts.provenance;
    provenance.path = path.string();
    provenance.format = name();
    if (layout->annotation.empty()) provenance.attributes = std::move(layout->notes);
    auto data = Dataset::create(std::move(table->parts));
    if (!data) return fail(data.error());
    std::vector<std::string> warnings = std::move(layout->warnings);
    std::ranges::move(table->warnings, std::back_inserter(warnings));
    return Imported{*std::move(data), name(), std::move(warnings)};
  };
  try {
    auto imported = load_checked();
    if (!imported && !imported.error().cancelled()) return fail(judged(imported.error(), path));
    return imported;
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the data do not fit into the memory", path.string(), "", "",
                 "Take fewer spectra or channels."});
  }
}

}  // namespace assayer
