// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/preprocess/pipeline.h"

namespace assayer::cli {

/// --recipe and --step of every command that preprocesses.
struct PipelineOptions {
  std::string recipe;
  std::vector<std::string> steps;

  void add_to(CLI::App& app);
  [[nodiscard]] bool says_nothing() const { return recipe.empty() && steps.empty(); }
  /// The recipe, then the steps.
  [[nodiscard]] Result<Pipeline> read() const;
};

/// Every recipe, and every step with its settings, for a footer.
std::string steps_help();

}  // namespace assayer::cli
