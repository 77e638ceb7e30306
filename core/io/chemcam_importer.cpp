// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/chemcam_importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>
#include <utility>

#include "core/base/letters.h"
#include "core/base/message.h"
#include "core/io/text_layout.h"
#include "core/io/text_reading.h"

namespace assayer {

namespace {

ImportContents contents(const std::string& format) {
  return {format,
          {},
          {{"take", Message::marked("Spectra to take"), {"shots", "mean", "median", "all"}, "shots"}}};
}

std::optional<std::int64_t> shot_number(std::string_view column) {
  if (!column.starts_with("shot")) return std::nullopt;
  std::int64_t number = 0;
  const auto [at, code] = std::from_chars(column.data() + 4, column.data() + column.size(), number);
  if (code != std::errc{} || at != column.data() + column.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t number = 0;
  const auto [at, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc{} || at != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

void add_name_columns(DatasetParts& parts, const ChemCamName& name) {
  const std::size_t n = parts.spectra.rows();
  parts.metadata.push_back({"target", std::vector<std::string>(n, name.sequence)});
  for (const auto& [key, value] :
       {std::pair{"sol", name.sol}, {"site", name.site}, {"drive", name.drive}, {"clock", name.clock}})
    parts.metadata.push_back({key, std::vector<std::int64_t>(n, value)});
}

/// Marks the columns that are wanted, in the layout that the comments and the numbers gave.
Result<std::vector<std::string>> take(text::Layout& layout, const std::string& what) {
  std::vector<std::string> taken;
  bool axis = false;
  for (auto& column : layout.columns) {
    if (column.role == ImportRole::Wavelength) {
      axis = true;
      continue;
    }
    const bool shot = shot_number(column.name).has_value();
    const bool average = column.name == "mean" || column.name == "median";
    const bool wanted = what == "all" ? shot || average : what == "shots" ? shot : column.name == what;
    column.role = wanted ? ImportRole::Spectra : ImportRole::Ignore;
    if (wanted) taken.push_back(column.name);
  }
  if (taken.empty() || !axis) {
    std::vector<std::string> names;
    names.reserve(layout.columns.size());
    for (const auto& column : layout.columns) names.push_back(column.name);
    return fail(
        {Error::Kind::Format, "this ChemCam table has no such columns", "its header",
         fmt::format("wave, and {}", what == "shots" ? "shot1, shot2 …" : what),
         fmt::format("{} columns, the first \"{}\"", names.size(), names.empty() ? "" : names.front()),
         "Download the CCS product again."});
  }
  return taken;
}

}  // namespace

std::optional<ChemCamName> parse_chemcam_name(std::string_view file_name) {
  const std::string name = upper(file_name.substr(0, file_name.find('.')));
  // CL5_ 398645626 CCS _F 003 0004 CCAM02013 P3
  constexpr std::size_t length = 34;
  if (name.size() < length || !name.starts_with("CL") || name[3] != '_' || name.substr(16, 1) != "_")
    return std::nullopt;
  const std::string_view view = name;
  const auto clock = digits(view.substr(4, 9));
  const auto site = digits(view.substr(18, 3));
  const auto drive = digits(view.substr(21, 4));
  if (!clock || !site || !drive || view.substr(25, 4) != "CCAM") return std::nullopt;
  // Midnight (local mean solar time) at the landing site on sol 0, and the length of a sol.
  constexpr double first_midnight = 397446600;
  constexpr double seconds_per_sol = 88775.244;
  const double sols = (static_cast<double>(*clock) - first_midnight) / seconds_per_sol;
  return ChemCamName{*clock, static_cast<std::int64_t>(std::floor(sols)), *site, *drive,
                     std::string(view.substr(25, 9))};
}

bool ChemCamImporter::sniff(const std::filesystem::path& /*path*/, std::string_view head) const {
  return head.starts_with("#") && head.find("wave") != std::string_view::npos &&
         head.find("shot1") != std::string_view::npos;
}

Result<ImportContents> ChemCamImporter::inspect(const std::filesystem::path& path,
                                                const ImportOptions& options, RunControl& /*control*/) const {
  ImportContents asked = contents(name());
  if (auto status = check_options(asked, {{}, options.settings, {}}); !status)
    return fail(status.error().in(path.string()));
  for (ImportSetting& setting : asked.settings)
    if (const auto chosen = options.settings.find(setting.key); chosen != options.settings.end())
      setting.value = chosen->second;
  return asked;
}

Result<Imported> ChemCamImporter::load(const std::filesystem::path& path, const ImportOptions& options,
                                       RunControl& control, const ProgressFn& progress) const {
  if (auto status = check_options(contents(name()), options); !status)
    return fail(status.error().in(path.string()));
  const auto load_checked = [&]() -> Result<Imported> {
    auto layout = text::find_layout(path, {}, control);
    if (!layout) {
      Error error = layout.error();
      if (error.kind == Error::Kind::NotThisFormat) error.kind = Error::Kind::Format;
      return fail(std::move(error));
    }
    const auto chosen = options.settings.find("take");
    const auto taken = take(*layout, chosen == options.settings.end() ? "shots" : chosen->second);
    if (!taken) return fail(taken.error());
    ImportOptions reading = options;
    if (!reading.unit) reading.unit = WavelengthUnit::Nanometre;
    auto table = text::read_columns(path, *layout, reading, control, progress);
    if (!table) return fail(table.error());
    DatasetParts& parts = table->parts;
    const std::vector<std::string> rows(taken->begin(),
                                        taken->begin() + static_cast<std::ptrdiff_t>(parts.spectra.rows()));
    parts.metadata.clear();
    std::vector<std::int64_t> numbers;
    for (const auto& row : rows)
      if (const auto number = shot_number(row)) numbers.push_back(*number);
    if (numbers.size() == rows.size())
      parts.metadata.push_back({"shot", std::move(numbers)});
    else
      parts.metadata.push_back({"spectrum", rows});
    if (const auto product = parse_chemcam_name(path.filename().string()))
      add_name_columns(parts, *product);
    else
      table->warnings.push_back(
          fmt::format("The name {} is not that of a ChemCam product: target and sol are not known.",
                      path.filename().string()));
    parts.provenance.path = path.string();
    parts.provenance.format = name();
    parts.provenance.attributes = std::move(layout->notes);
    auto data = Dataset::create(std::move(parts));
    if (!data) return fail(data.error());
    return Imported{*std::move(data), name(), std::move(table->warnings)};
  };
  try {
    auto imported = load_checked();
    if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
    return imported;
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the data do not fit into the memory", path.string(), "", "",
                 "Take the mean instead of the shots."});
  }
}

}  // namespace assayer
