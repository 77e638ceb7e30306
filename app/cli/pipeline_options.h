// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "app/cli/console.h"
#include "core/base/error.h"
#include "core/base/run_control.h"
#include "core/data/sensor_bands.h"
#include "core/preprocess/pipeline.h"

namespace assayer::cli {

/// Steps as the command line has them, before the data are there. Steps with like=FILE have their bands by
/// then, but lack positions until the unit of the data's axis is known.
struct StepsRead {
  Pipeline steps;
  std::map<std::size_t, SensorBands> bands;  ///< by the number of the step

  /// With the positions of those bands. Data error where the units do not convert.
  [[nodiscard]] Result<Pipeline> on(const WavelengthAxis& axis) const;
};

/// --recipe and --step of every command that preprocesses.
struct PipelineOptions {
  std::string recipe;
  std::vector<std::string> steps;

  void add_to(CLI::App& app);
  [[nodiscard]] bool says_nothing() const { return recipe.empty() && steps.empty(); }
  /// The recipe, then the steps. Files that steps are to be like are read here; their warnings go to
  /// `console`.
  [[nodiscard]] Result<StepsRead> read(Console& console, RunControl& control) const;
};

/// Every recipe, and every step with its settings, for a footer.
std::string steps_help();

}  // namespace assayer::cli
