// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/session/project.h"

namespace assayer::ui {

/// A project with the models of its runs ready, and their measures.
struct LoadedProject {
  Project project;
  /// Runs whose model could not be made, in whole sentences; they keep what the file has of them.
  std::vector<std::string> problems;
};

/// Reads a project on a worker. Results that the file does not have (of a run that was going on when the
/// program ended) are computed from its last checkpoint.
Result<LoadedProject> loadProject(const std::filesystem::path& path, RunControl& control,
                                  const ProgressFn& progress);

}  // namespace assayer::ui
