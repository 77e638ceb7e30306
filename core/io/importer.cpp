// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/importer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <span>

#include "core/io/chemcam_importer.h"
#include "core/io/envi_importer.h"
#include "core/io/file_head.h"
#include "core/io/gdal_importer.h"
#include "core/io/hdf5_importer.h"
#include "core/io/hdf5_tree_importer.h"
#include "core/io/idx_importer.h"
#include "core/io/jcamp_importer.h"
#include "core/io/joining.h"
#include "core/io/matlab_importer.h"
#include "core/io/numpy_importer.h"
#include "core/io/spc_importer.h"
#include "core/io/text.h"
#include "core/io/text_importer.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

/// In the order of ImportRole.
constexpr std::array<std::string_view, 9> kRoleNames = {"ignore",       "spectra",    "wavelength",
                                                        "composition",  "group",      "metadata",
                                                        "bad-channels", "endmembers", "names"};

}  // namespace

std::string_view to_string(ImportRole role) {
  return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<ImportRole> parse_import_role(std::string_view text) {
  const auto* const found = std::ranges::find(kRoleNames, text);
  if (found == kRoleNames.end()) return std::nullopt;
  return static_cast<ImportRole>(found - kRoleNames.begin());
}

Status check_options(const ImportContents& contents, const ImportOptions& options) {
  const auto unknown = [&](std::string_view kind, const std::string& name,
                           const std::vector<std::string>& known) {
    constexpr std::size_t shown = 12;
    std::string list =
        known.empty()
            ? "none: the format has no such choices"
            : fmt::format("{}", fmt::join(std::span(known).first(std::min(shown, known.size())), ", "));
    if (known.size() > shown) list += fmt::format(" and {} more", known.size() - shown);
    return fail({Error::Kind::Usage, fmt::format("the file has no {} of that name", kind), name,
                 std::move(list), "", ""});
  };
  for (const auto& [name, role] : options.roles) {
    if (std::ranges::find(contents.fields, name, &ImportField::name) != contents.fields.end()) continue;
    std::vector<std::string> known;
    known.reserve(contents.fields.size());
    for (const auto& field : contents.fields) known.push_back(field.name);
    return unknown("field", name, known);
  }
  for (const auto& [key, value] : options.settings) {
    const auto setting = std::ranges::find(contents.settings, key, &ImportSetting::key);
    if (setting == contents.settings.end()) {
      std::vector<std::string> known;
      known.reserve(contents.settings.size());
      for (const auto& each : contents.settings) known.push_back(each.key);
      return unknown("setting", key, known);
    }
    if (!setting->choices.empty() && std::ranges::find(setting->choices, value) == setting->choices.end()) {
      return fail({Error::Kind::Usage, "the setting has no such value", key,
                   fmt::format("{}", fmt::join(setting->choices, ", ")), fmt::format("\"{}\"", value), ""});
    }
  }
  return {};
}

Result<ImportContents> Importer::inspect(const fs::path& /*path*/, const ImportOptions& /*options*/,
                                         RunControl& /*control*/) const {
  return ImportContents{name(), {}, {}};
}

ImporterRegistry ImporterRegistry::standard() {
  ImporterRegistry registry;
  registry.add(std::make_unique<Hdf5Importer>());
  registry.add(std::make_unique<Hdf5TreeImporter>());
  registry.add(std::make_unique<NumpyImporter>());
  registry.add(std::make_unique<IdxImporter>());
  registry.add(std::make_unique<MatlabImporter>());
  registry.add(std::make_unique<JcampImporter>());
  registry.add(std::make_unique<SpcImporter>());
  registry.add(std::make_unique<EnviImporter>());
  registry.add(std::make_unique<ChemCamImporter>());
  registry.add(std::make_unique<GdalImporter>());
  // Last: almost any text has numbers.
  registry.add(std::make_unique<TextImporter>());
  return registry;
}

template <class T, class Ask>
Result<T> ImporterRegistry::first_that_knows(const fs::path& path, const Ask& ask) const {
  const auto head = read_head(path);
  if (!head) return fail(head.error());

  // The first importer that knows the format and finds it broken says most.
  std::optional<Error> said;
  for (const auto& importer : importers_) {
    if (!importer->sniff(path, *head)) continue;
    Result<T> answer = ask(*importer);
    if (answer || answer.error().cancelled()) return answer;
    const bool knows = answer.error().kind != Error::Kind::NotThisFormat;
    if (!said || (knows && said->kind == Error::Kind::NotThisFormat)) said = std::move(answer).error();
  }
  if (said) return fail(*std::move(said));

  std::vector<std::string> formats;
  formats.reserve(importers_.size());
  for (const auto& importer : importers_)
    formats.push_back(fmt::format("{} ({})", importer->name(), importer->patterns()));
  return fail({Error::Kind::NotThisFormat, "the format is not known", path.string(),
               fmt::format("{}", fmt::join(formats, ", ")), describe_bytes(*head),
               "Convert the data into one of these formats."});
}

Result<Imported> ImporterRegistry::load(const fs::path& path, const ImportOptions& options,
                                        RunControl& control, const ProgressFn& progress) const {
  return first_that_knows<Imported>(
      path, [&](const Importer& importer) { return importer.load(path, options, control, progress); });
}

Result<Imported> ImporterRegistry::load_many(std::span<const fs::path> paths, const ImportOptions& options,
                                             RunControl& control, const ProgressFn& progress) const {
  if (paths.size() == 1) return load(paths.front(), options, control, progress);
  DatasetJoiner joiner;
  ImportOptions rest = options;
  try {
    for (std::size_t i = 0; i < paths.size() && rest.max_rows > 0; ++i) {
      const auto part = [&](double fraction, std::string_view what) {
        const auto count = static_cast<double>(paths.size());
        if (progress) progress((static_cast<double>(i) + fraction) / count, what);
      };
      auto imported = load(paths[i], rest, control, part);
      if (!imported) return fail(imported.error());
      rest.max_rows -= std::min(rest.max_rows, imported->data->rows());
      if (auto status = joiner.add(*std::move(imported), paths[i], control); !status)
        return fail(status.error());
    }
    return joiner.finish();
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the data do not fit into the memory",
                 fmt::format("{} files", paths.size()), "", "", "Take fewer files."});
  }
}

Result<ImportContents> ImporterRegistry::inspect(const fs::path& path, const ImportOptions& options,
                                                 RunControl& control) const {
  return first_that_knows<ImportContents>(
      path, [&](const Importer& importer) { return importer.inspect(path, options, control); });
}

}  // namespace assayer
