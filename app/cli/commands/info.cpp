// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/import_options.h"
#include "app/cli/model_access.h"
#include "app/cli/output.h"
#include "core/io/model_file.h"
#include "core/preprocess/fitted_pipeline.h"

namespace assayer::cli {

namespace {

using Json = nlohmann::ordered_json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr auto kFooter = R"(
Examples:
  assayer-cli info lab.h5
  assayer-cli info model.h5
  assayer-cli info lab.h5 --json
  assayer-cli info table.csv --set spectra_in=columns
  assayer-cli info shots.h5 --compositions oxides.csv --rest other)";

struct Options {
  std::string file;
  ImportArguments import;
};

/// What `info` counts in a data set.
struct Summary {
  std::size_t nan_rows = 0;
  std::size_t labelled = 0;
  std::size_t bad_channels = 0;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  std::vector<std::size_t> group_rows;
};

Result<Summary> summarise(const Dataset& data, RunControl& control) {
  Summary summary;
  const auto& bad = data.bad_channels();
  summary.bad_channels =
      static_cast<std::size_t>(std::count_if(bad.begin(), bad.end(), [](auto flag) { return flag != 0; }));
  if (data.groups()) summary.group_rows.resize(data.groups()->names.size());
  for (std::size_t r = 0; r < data.rows(); ++r) {
    if (data.labelled(r)) ++summary.labelled;
    if (data.groups()) ++summary.group_rows[static_cast<std::size_t>(data.groups()->of_row[r])];
  }
  std::vector<float> scratch;
  const std::size_t most = data.spectra().block_rows();
  for (std::size_t first = 0; first < data.rows(); first += most) {
    if (control.stop_requested()) return fail(Error::cancel());
    const auto block = data.spectra().block(first, std::min(most, data.rows() - first), scratch);
    if (!block) return fail(block.error());
    for (std::size_t r = 0; r < block->rows(); ++r) {
      const auto spectrum = block->row(r);
      bool finite = true;
      for (std::size_t c = 0; c < spectrum.size(); ++c) {
        // Masked channels often hold fill values such as 65535: they are no part of the range.
        if (!bad.empty() && bad[c] != 0) continue;
        if (!std::isfinite(spectrum[c])) {
          finite = false;
          continue;
        }
        summary.low = std::min(summary.low, static_cast<double>(spectrum[c]));
        summary.high = std::max(summary.high, static_cast<double>(spectrum[c]));
      }
      if (!finite) ++summary.nan_rows;
    }
  }
  return summary;
}

Json wavelength_json(const WavelengthAxis& axis) {
  return {{"unit", to_string(axis.unit())}, {"first", axis.values().front()}, {"last", axis.values().back()}};
}

std::string wavelength_words(const WavelengthAxis& axis) {
  return fmt::format("{:g} to {:g} {}", axis.values().front(), axis.values().back(), to_string(axis.unit()));
}

Json fields_json(const ImportContents& contents) {
  Json fields = Json::array();
  for (const ImportField& field : contents.fields)
    fields.push_back({{"name", field.name}, {"form", field.form}, {"role", to_string(field.role)}});
  return fields;
}

Json settings_json(const ImportContents& contents) {
  Json settings = Json::object();
  for (const ImportSetting& setting : contents.settings) settings[setting.key] = setting.value;
  return settings;
}

Json data_json(const Dataset& data, const Imported& imported, const ImportContents& contents,
               const Summary& summary) {
  Json groups = Json::array();
  if (data.groups()) {
    for (std::size_t g = 0; g < data.groups()->names.size(); ++g) {
      groups.push_back({{"name", data.groups()->names[g]},
                        {"code", data.groups()->codes[g]},
                        {"rows", summary.group_rows[g]}});
    }
  }
  Json metadata = Json::array();
  for (const MetadataColumn& column : data.metadata()) metadata.push_back(column.name);
  Json shape;
  if (data.image_shape()) shape = {data.image_shape()->rows, data.image_shape()->cols};
  return {{"format", imported.format},
          {"rows", data.rows()},
          {"channels", data.channels()},
          {"components", data.component_names()},
          {"wavelength", wavelength_json(data.wavelength())},
          {"groups", groups},
          {"image_shape", shape},
          {"nan_rows", summary.nan_rows},
          {"bad_channels", summary.bad_channels},
          {"warnings", imported.warnings},
          {"labelled", summary.labelled},
          {"range", {summary.low, summary.high}},
          {"endmembers", data.endmembers() ? data.endmembers()->rows() : 0},
          {"metadata", metadata},
          {"attributes", data.provenance().attributes},
          {"fields", fields_json(contents)},
          {"settings", settings_json(contents)},
          {"fingerprint", data.fingerprint()}};
}

/// A list of a value per channel is for --json.
std::string shortened(const std::string& text) {
  constexpr std::size_t most = 400;
  if (text.size() <= most) return text;
  std::size_t end = most;
  // Not within a character of UTF-8.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end) + " …";
}

/// What --map and --set can name.
void add_contents(Pairs& pairs, const ImportContents& contents) {
  constexpr std::size_t shown = 24;
  for (std::size_t i = 0; i < std::min(shown, contents.fields.size()); ++i) {
    const ImportField& field = contents.fields[i];
    pairs.emplace_back("field", fmt::format("{} = {} ({})", field.name, to_string(field.role), field.form));
  }
  if (contents.fields.size() > shown)
    pairs.emplace_back("field", fmt::format("and {} more", contents.fields.size() - shown));
  for (const ImportSetting& setting : contents.settings)
    pairs.emplace_back("setting", fmt::format("{}={}", setting.key, setting.value));
}

std::string data_words(const Dataset& data, const Imported& imported, const ImportContents& contents,
                       const Summary& summary) {
  Pairs pairs = {{"format", imported.format},
                 {"spectra", fmt::format("{} of {} channels", data.rows(), data.channels())},
                 {"wavelength", wavelength_words(data.wavelength())},
                 {"range", fmt::format("{:g} to {:g}", summary.low, summary.high)}};
  if (data.image_shape()) {
    pairs.emplace_back(
        "image", fmt::format("{} rows × {} columns", data.image_shape()->rows, data.image_shape()->cols));
  }
  pairs.emplace_back("components", data.component_names().empty()
                                       ? "none"
                                       : fmt::format("{}", fmt::join(data.component_names(), ", ")));
  pairs.emplace_back("with composition", fmt::format("{} of {}", summary.labelled, data.rows()));
  if (data.groups()) {
    std::vector<std::string> groups;
    groups.reserve(data.groups()->names.size());
    for (std::size_t g = 0; g < data.groups()->names.size(); ++g) {
      groups.push_back(fmt::format("{} ({} rows, code {})", data.groups()->names[g], summary.group_rows[g],
                                   data.groups()->codes[g]));
    }
    pairs.emplace_back("groups", fmt::format("{}", fmt::join(groups, ", ")));
  }
  pairs.emplace_back("reference spectra",
                     data.endmembers() ? fmt::format("{}", data.endmembers()->rows()) : "none");
  pairs.emplace_back("rows with NaN", fmt::format("{}", summary.nan_rows));
  pairs.emplace_back("masked channels", fmt::format("{}", summary.bad_channels));
  if (!data.metadata().empty()) {
    std::vector<std::string> names;
    for (const MetadataColumn& column : data.metadata()) names.push_back(column.name);
    pairs.emplace_back("columns", fmt::format("{}", fmt::join(names, ", ")));
  }
  for (const auto& [name, value] : data.provenance().attributes) pairs.emplace_back(name, shortened(value));
  add_contents(pairs, contents);
  for (const std::string& warning : imported.warnings) pairs.emplace_back("warning", warning);
  return aligned_pairs(pairs);
}

/// Those that are on; none where they cannot be read, which making the model will say.
Pipeline steps_of(const ModelState& model) {
  if (!model.preprocessing) return {};
  const auto fitted = FittedPipeline::restore(*model.preprocessing);
  return fitted ? (*fitted)->pipeline() : Pipeline{};
}

Json model_json(const ModelState& model) {
  std::int64_t epochs = model.config.epochs;
  if (model.training) epochs = model.training->epoch;
  return {{"format", "Assayer model"},
          {"channels", model.channel_used.size()},
          {"components", model.components},
          {"wavelength", wavelength_json(model.wavelength)},
          {"epochs", epochs},
          {"labelled", model.plan.labelled.size()},
          {"unlabelled", model.plan.unlabelled.size()},
          {"unfeatured", model.plan.unfeatured.rows()},
          {"data_path", model.data_path},
          {"data_fingerprint", model.data_fingerprint},
          {"preprocessing", steps_of(model).to_texts()},
          {"config", Json::parse(model.config.to_json())}};
}

std::string model_words(const ModelState& model) {
  const TrainConfig& config = model.config;
  const std::int64_t epochs = model.training ? model.training->epoch : config.epochs;
  std::vector<std::string> steps;
  for (const StepSettings& step : steps_of(model).steps)
    if (step.enabled()) steps.push_back(step.to_short_text());
  return aligned_pairs({{"format", "Assayer model"},
                        {"preprocessing", steps.empty() ? "none" : fmt::format("{}", fmt::join(steps, "; "))},
                        {"method", fmt::format("{} (preset {})", config.method, config.preset)},
                        {"components", fmt::format("{}", fmt::join(model.components, ", "))},
                        {"channels", fmt::format("{}", model.channel_used.size())},
                        {"wavelength", wavelength_words(model.wavelength)},
                        {"epochs", fmt::format("{} of {}", epochs, config.epochs)},
                        {"members", fmt::format("{}", config.members)},
                        {"seed", fmt::format("{}", config.seed)},
                        {"learned from", fmt::format("{} labelled and {} unlabelled spectra, {} compositions",
                                                     model.plan.labelled.size(), model.plan.unlabelled.size(),
                                                     model.plan.unfeatured.rows())},
                        {"data", model.data_path}});
}

Result<ExitCode> run(const Options& options, Console& console, RunControl& control) {
  // Warnings are part of what `info` tells, not remarks on standard error: the registry is asked directly.
  const auto reading = import_options(options.import);
  if (!reading) return fail(reading.error());
  const auto registry = ImporterRegistry::standard();
  auto imported = registry.load(options.file, *reading, control);
  if (imported) {
    imported = attach(*std::move(imported), options.import.attach, control);
    if (!imported) return fail(imported.error());
  }
  Status printed;
  if (imported) {
    const Dataset& data = *imported->data;
    const auto summary = summarise(data, control);
    if (!summary) return fail(about_file(summary.error(), options.file));
    // A file that could be loaded by hand may still be one that cannot be guessed at.
    const auto contents = registry.inspect(options.file, *reading, control).value_or(ImportContents{});
    printed = console.json() ? print_json(data_json(data, *imported, contents, *summary))
                             : Console::print(data_words(data, *imported, contents, *summary));
  } else {
    if (imported.error().cancelled()) return fail(imported.error());
    if (imported.error().kind == Error::Kind::Usage) return fail(about_file(imported.error(), options.file));
    const auto model = read_model(options.file);
    if (!model) {
      // A model that is broken says more than "no spectra in it"; a file that is no model does not.
      const bool is_model =
          model.error().kind == Error::Kind::Format && imported.error().kind == Error::Kind::NotThisFormat;
      return fail(about_file(is_model ? model.error() : imported.error(), options.file));
    }
    printed = console.json() ? print_json(model_json(*model)) : Console::print(model_words(*model));
  }
  if (!printed) return fail(printed.error());
  return ExitCode::Done;
}

}  // namespace

void add_info(Commands& commands) {
  CLI::App* app = commands.root().add_subcommand("info", "Tell what is in a file: data set or model");
  app->footer(kFooter);
  const auto options = std::make_shared<Options>();
  app->add_option("FILE", options->file, "File in any readable format")->required();
  add_import_options(*app, options->import);
  commands.add(*app,
               [options](Console& console, RunControl& control) { return run(*options, console, control); });
}

}  // namespace assayer::cli
