// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/pipeline_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "app/cli/fault.h"
#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "core/io/band_file.h"
#include "core/preprocess/bands.h"

namespace assayer::cli {

namespace {

constexpr std::string_view kLike = "like";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Several steps may stand in one text.
std::vector<std::string> one_by_one(const std::vector<std::string>& texts) {
  std::vector<std::string> steps;
  for (const std::string& text : texts) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find_first_of(";\n", begin), text.size());
      std::string one = text.substr(begin, end - begin);
      begin = end + 1;
      if (!trimmed(one).empty()) steps.push_back(std::move(one));
    }
  }
  return steps;
}

/// Takes like=FILE out of a step "resample": a setting of the command line, not of the step, which keeps what
/// the file says.
std::optional<std::string> take_like(std::string& step) {
  const std::size_t colon = step.find(':');
  if (colon == std::string::npos || trimmed(std::string_view(step).substr(0, colon)) != kResample)
    return std::nullopt;
  std::optional<std::string> file;
  std::vector<std::string> others;
  for (std::size_t at = colon + 1; at <= step.size();) {
    const std::size_t comma = std::min(step.find(',', at), step.size());
    const std::string_view setting(step.data() + at, comma - at);
    at = comma + 1;
    const std::size_t equals = setting.find('=');
    if (equals != std::string_view::npos && trimmed(setting.substr(0, equals)) == kLike)
      file = trimmed(setting.substr(equals + 1));
    else
      others.emplace_back(setting);
  }
  if (!file) return std::nullopt;
  step.resize(colon);
  if (!others.empty()) step += fmt::format(":{}", fmt::join(others, ","));
  return file;
}

/// The bands of a file for a step that says nothing of them itself.
Result<SensorBands> bands_like(const std::string& file, const StepSettings& step, Console& console,
                               RunControl& control) {
  const std::string where = fmt::format("step {}: {}", kResample, kLike);
  if (file.empty()) return refuse({.what = "names no file", .where = where, .expected = "like=FILE"});
  for (const auto* key : {"positions", "step", "from", "to"}) {
    if (!step.changed().contains(key)) continue;
    return refuse({.what = "the file's positions are not the only ones",
                   .where = where,
                   .expected = "no positions, step, from or to beside it",
                   .found = fmt::format("{}={}", key, step.text(key)),
                   .mend = "Cut the spectra afterwards, by the step crop."});
  }
  Progress progress(console);
  auto read = read_bands(file, control, progress.callback());
  if (!read) return fail(about_file(read.error(), file));
  for (const std::string& warning : read->warnings) console.warn(fmt::format("{}: {}", file, warning));
  if (step.is("method", "gaussian") && read->bands.fwhm.empty() && !step.changed().contains("fwhm"))
    console.warn(fmt::format(
        "{}: the file tells no fwhm of its bands, so each is taken to be as wide as their distance.", file));
  return std::move(read->bands);
}

}  // namespace

void PipelineOptions::add_to(CLI::App& app) {
  app.add_option("--recipe", recipe, "A named pipeline; see `preprocess --help`")->type_name("NAME");
  app.add_option("--step", steps, "A step of preprocessing, in this order; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME[:KEY=VALUE,...]");
}

Result<Pipeline> StepsRead::on(const WavelengthAxis& axis) const {
  Pipeline pipeline = steps;
  for (const auto& [number, sensor] : bands) {
    StepSettings& step = pipeline.steps[number];
    // A width that is given beside the file is meant.
    const auto given = step.changed().find("fwhm");
    const std::string fwhm = given != step.changed().end() ? given->second : "";
    if (auto taken = take_bands(step, sensor, unit_before(pipeline, number, axis.unit())); !taken)
      return fail(taken.error());
    if (fwhm.empty()) continue;
    if (auto set = step.set("fwhm", fwhm); !set) return fail(set.error());
  }
  return pipeline;
}

Result<StepsRead> PipelineOptions::read(Console& console, RunControl& control) const {
  StepsRead read;
  if (!recipe.empty()) {
    auto named = Pipeline::recipe(recipe);
    if (!named) return fail(named.error());
    read.steps = *std::move(named);
  }
  for (const std::string& text : one_by_one(steps)) {
    std::string step = text;
    const auto file = take_like(step);
    auto parsed = Pipeline::parse(std::array{step});
    if (!parsed) return fail(parsed.error());
    if (file) {
      auto bands = bands_like(*file, parsed->steps.front(), console, control);
      if (!bands) return fail(bands.error());
      read.bands[read.steps.steps.size()] = *std::move(bands);
    }
    std::ranges::move(parsed->steps, std::back_inserter(read.steps.steps));
  }
  return read;
}

std::string steps_help() {
  std::string text = "\nRecipes:\n";
  for (const Recipe& recipe : recipes())
    text += fmt::format("  {:<18} {}\n  {:<18} = {}\n", recipe.name, recipe.meaning, "", recipe.steps);
  text += "\nSteps, with settings and their defaults:\n";
  for (const StepInfo& kind : step_kinds()) {
    text += fmt::format("  {:<15} {}\n", kind.name, kind.meaning);
    for (const ParameterInfo& parameter : kind.parameters) {
      std::string range;
      if (!parameter.choices.empty())
        range = fmt::format("{}: ", fmt::join(parameter.choices, "|"));
      else if (parameter.kind != ParameterInfo::Kind::Text && std::isfinite(parameter.high))
        range = fmt::format("{:g} to {:g}: ", parameter.low, parameter.high);
      text += fmt::format("      {:<18} {}{}\n", fmt::format("{}={}", parameter.key, parameter.initial),
                          range, parameter.meaning);
    }
    if (kind.name == kResample)
      text +=
          fmt::format("      {:<18} {}\n", "like=FILE",
                      "positions and, where the file has them, widths of its bands, in the data's unit; any "
                      "readable file, or an ENVI header alone; no , or ; in its name");
    if (!kind.source.empty()) text += fmt::format("      [{}]\n", kind.source);
  }
  return text;
}

}  // namespace assayer::cli
