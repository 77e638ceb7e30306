// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/pipeline_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace assayer::cli {

void PipelineOptions::add_to(CLI::App& app) {
  app.add_option("--recipe", recipe, "A named pipeline; see `preprocess --help`")->type_name("NAME");
  app.add_option("--step", steps, "A step of preprocessing, in this order; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME[:KEY=VALUE,...]");
}

Result<Pipeline> PipelineOptions::read() const {
  Pipeline pipeline;
  if (!recipe.empty()) {
    auto named = Pipeline::recipe(recipe);
    if (!named) return named;
    pipeline = *std::move(named);
  }
  auto own = Pipeline::parse(steps);
  if (!own) return own;
  pipeline.steps.insert(pipeline.steps.end(), own->steps.begin(), own->steps.end());
  return pipeline;
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
    if (!kind.source.empty()) text += fmt::format("      [{}]\n", kind.source);
  }
  return text;
}

}  // namespace assayer::cli
