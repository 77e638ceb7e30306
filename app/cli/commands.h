// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <vector>

#include "app/cli/console.h"
#include "core/base/error.h"
#include "core/base/run_control.h"

namespace assayer::cli {

/// What a command does once its options are parsed.
using Action = std::function<Result<ExitCode>(Console&, RunControl&)>;

/// The subcommands of one program and what they do. An object per parse: options live in the actions.
class Commands {
 public:
  explicit Commands(CLI::App& root) : root_(&root) {}

  [[nodiscard]] CLI::App& root() { return *root_; }
  /// Adds --json and --quiet to `app`, and runs `action` when it is the one that was called.
  void add(CLI::App& app, Action action);
  [[nodiscard]] const ReportOptions& report() const { return report_; }
  /// Null where no command was named.
  [[nodiscard]] const Action* called() const;

 private:
  struct Entry {
    const CLI::App* app;
    Action action;
  };
  CLI::App* root_;
  std::vector<Entry> entries_;
  ReportOptions report_;
};

void add_simulate(Commands& commands);
void add_info(Commands& commands);
void add_convert(Commands& commands);
void add_train(Commands& commands);
void add_evaluate(Commands& commands);
void add_predict(Commands& commands);
void add_endmembers(Commands& commands);
void add_generate(Commands& commands);
void add_validate(Commands& commands);
void add_tune(Commands& commands);
void add_baseline(Commands& commands);
void add_reproduce(Commands& commands);

}  // namespace assayer::cli
