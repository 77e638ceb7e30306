// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/project_loading.h"

#include <QCoreApplication>
#include <utility>

#include "core/train/methods.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/loading.h"

namespace assayer::ui {

Result<LoadedProject> loadProject(const std::filesystem::path& path, RunControl& control,
                                  const ProgressFn& progress) {
  auto project = read_project(path, control, progress);
  if (!project) return fail(project.error());
  LoadedProject loaded{*std::move(project), {}};
  const Dataset& data = *loaded.project.session.data();
  const auto count = static_cast<double>(loaded.project.runs.size());
  double done = 0;
  for (RunRecord& run : loaded.project.runs) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress) progress(done++ / count, "making the models");
    if (!run.state) continue;
    auto model = make_model(*run.shown_state());
    auto results =
        model ? resultsOf(*model, run.snapshot, data, control) : Result<LoadedModel>(fail(model.error()));
    if (!results) {
      if (results.error().cancelled()) return fail(results.error());
      loaded.problems.push_back(QCoreApplication::translate("assayer::ui", "The run \"%1\" is incomplete: %2")
                                    .arg(QString::fromStdString(run.name), errorText(results.error()))
                                    .toStdString());
      continue;
    }
    // The last state stays what a run is continued from.
    if (!run.best) run.state = results->state;
    run.snapshot = results->snapshot;
    run.evaluation = results->evaluation;
    run.shown_data = results->shown_data;
  }
  return loaded;
}

}  // namespace assayer::ui
