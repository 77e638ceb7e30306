// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

namespace assayer::cli {

void Commands::add(CLI::App& app, Action action) {
  app.add_flag("--json", report_.json, "Print one JSON object and nothing else on standard output");
  app.add_flag("-q,--quiet", report_.quiet, "No progress and no remarks on standard error");
  entries_.push_back({&app, std::move(action)});
}

const Action* Commands::called() const {
  for (const Entry& entry : entries_) {
    if (entry.app->parsed()) return &entry.action;
  }
  return nullptr;
}

}  // namespace assayer::cli
