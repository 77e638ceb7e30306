// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/exporter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <new>
#include <utility>

#include "core/base/letters.h"
#include "core/io/dataset_writer.h"
#include "core/io/envi_exporter.h"
#include "core/io/matlab_exporter.h"
#include "core/io/numpy_exporter.h"
#include "core/io/text_exporter.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

Status check_settings(const Exporter& exporter, const ExportOptions& options) {
  const auto known = exporter.settings();
  for (const auto& [key, value] : options.settings) {
    const auto setting = std::ranges::find(known, key, &ExportSetting::key);
    if (setting == known.end()) {
      std::vector<std::string> keys;
      keys.reserve(known.size());
      for (const auto& each : known) keys.push_back(each.key);
      return fail(
          {Error::Kind::Usage, "there is no such setting of this format", key,
           keys.empty() ? "none: the format has no settings" : fmt::format("{}", fmt::join(keys, ", ")), "",
           ""});
    }
    const auto& choices = setting->choices;
    if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
      return fail({Error::Kind::Usage, "the setting has no such value", key,
                   fmt::format("{}", fmt::join(choices, ", ")), fmt::format("\"{}\"", value), ""});
    }
  }
  return {};
}

}  // namespace

ExporterRegistry ExporterRegistry::standard() {
  ExporterRegistry registry;
  registry.add(std::make_unique<Hdf5Exporter>());
  registry.add(std::make_unique<EnviExporter>());
  registry.add(std::make_unique<TextExporter>());
  registry.add(std::make_unique<NumpyExporter>());
  registry.add(std::make_unique<MatlabExporter>());
  return registry;
}

Result<const Exporter*> ExporterRegistry::find(const fs::path& path) const {
  const std::string extension = lower_extension(path);
  std::vector<std::string> known;
  for (const auto& exporter : exporters_) {
    for (const auto& each : exporter->extensions()) {
      if (each == extension) return exporter.get();
      known.push_back(fmt::format("{} ({})", each, exporter->name()));
    }
  }
  return fail({Error::Kind::Usage, "the name does not say in which format to write", path.string(),
               fmt::format("an extension out of {}", fmt::join(known, ", ")),
               extension.empty() ? "none" : extension, "Change the extension of the name."});
}

Result<std::vector<std::string>> ExporterRegistry::write(const Dataset& data, const fs::path& path,
                                                         const ExportOptions& options, RunControl& control,
                                                         const ProgressFn& progress) const {
  const auto exporter = find(path);
  if (!exporter) return fail(exporter.error());
  if (auto status = check_settings(**exporter, options); !status) return fail(status.error());
  try {
    return (*exporter)->write(data, path, options, control, progress);
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "writing needs more memory than there is", path.string(), "", "",
                 "Write fewer spectra, or another format."});
  }
}

Result<std::vector<std::string>> Hdf5Exporter::write(const Dataset& data, const fs::path& path,
                                                     const ExportOptions& options, RunControl& control,
                                                     const ProgressFn& progress) const {
  if (control.stop_requested()) return fail(Error::cancel());
  if (auto status = write_dataset(data, path, options.overwrite, control, progress); !status)
    return fail(status.error());
  return std::vector<std::string>{};
}

std::vector<std::string> parts_left_out(const Dataset& data, const ExportCapacity& capacity,
                                        std::string_view format) {
  const auto& names = data.endmember_names();
  const bool in_compositions =
      capacity.compositions && data.abundances() && data.abundances()->names() == names;
  // Those of endmembers that are left out go without a word of their own.
  const bool names_lost = !names.empty() && !capacity.endmember_names && !in_compositions &&
                          (!data.endmembers() || capacity.endmembers);
  const std::pair<bool, std::string_view> parts[] = {
      {data.abundances() && !capacity.compositions, "the compositions are"},
      {data.true_abundances() && !capacity.true_compositions, "the true compositions are"},
      {data.groups() && !capacity.groups, "the groups are"},
      {!data.metadata().empty() && !capacity.metadata, "the metadata columns are"},
      {data.image_shape() && !capacity.image_shape, "the shape of the image is"},
      {data.endmembers() && !capacity.endmembers, "the reference endmembers are"},
      {!data.endmembers_by_group().empty() && !capacity.endmembers_by_group,
       "the reference endmembers of each group are"},
      {!data.bad_channels().empty() && !capacity.bad_channels, "the mask of bad channels is"},
      {!data.provenance().attributes.empty() && !capacity.attributes, "the notes about the data are"},
      {names_lost, "the endmembers' own names are"}};
  std::vector<std::string> sentences;
  for (const auto& [lost, subject] : parts) {
    if (!lost) continue;
    sentences.push_back(fmt::format("{} cannot hold all of the data: {} left out.", format, subject));
  }
  return sentences;
}

}  // namespace assayer
