// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/loading.h"

#include <algorithm>
#include <utility>

#include "core/io/model_file.h"
#include "core/train/methods.h"
#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {

namespace {

Result<Loaded> start(Imported imported) {
  auto session = Session::start(imported.data);
  if (!session) return fail(session.error());
  return Loaded{std::move(imported), std::move(*session)};
}

/// The composition of each row where it is known, NaN where not: z is inferred with it, as in training.
Matrix<double> knownCompositions(const Dataset& data) {
  return data.abundances() ? data.abundances()->values() : Matrix<double>{};
}

}  // namespace

Result<Loaded> loadFile(const std::filesystem::path& path, RunControl& control, const ProgressFn& progress) {
  return loadFiles({path}, {}, control, progress);
}

Result<Loaded> loadFiles(const std::vector<std::filesystem::path>& paths, const ImportOptions& options,
                         RunControl& control, const ProgressFn& progress) {
  auto imported = ImporterRegistry::standard().load_many(paths, options, control, progress);
  if (!imported) return fail(imported.error());
  if (control.stop_requested()) return fail(Error::cancel());
  auto loaded = start(std::move(*imported));
  if (!loaded) return fail(loaded.error().in(paths.front().string()));
  return loaded;
}

Result<Loaded> loadSample(const CrismLabOptions& options, RunControl& control, const ProgressFn& progress) {
  auto data = simulate_crism_lab(options, control, progress);
  if (!data) return fail(data.error());
  if (control.stop_requested()) return fail(Error::cancel());
  Imported imported;
  imported.format = (*data)->provenance().format;
  imported.data = std::move(*data);
  return start(std::move(imported));
}

Result<LoadedModel> resultsOf(const std::shared_ptr<const Model>& model,
                              const std::shared_ptr<const Snapshot>& known, const Dataset& data,
                              RunControl& control, const ProgressFn& progress) {
  const auto report = [&](double fraction, std::string_view what) {
    if (progress) progress(fraction, what);
  };
  const ModelState& held = model->state();
  auto snapshot = std::make_shared<Snapshot>();
  if (known) {
    *snapshot = *known;
    if (snapshot->endmembers.mean.cols() != model->output().used.size())
      return fail({Error::Kind::Data,
                   "the endmembers have other channels than the model",
                   {},
                   std::to_string(model->output().used.size()),
                   std::to_string(snapshot->endmembers.mean.cols()),
                   {}});
  } else {
    report(0.6, "predicting");
    const Matrix<double> compositions = knownCompositions(data);
    const bool fits = compositions.rows() > 0 && compositions.cols() == held.components.size();
    auto prediction = model->predict(data.spectra(), fits ? &compositions : nullptr);
    if (!prediction) return fail(prediction.error());
    if (control.stop_requested()) return fail(Error::cancel());
    if (held.training) {
      snapshot->epoch = held.training->epoch;
      snapshot->steps = held.training->step;
      snapshot->seconds = held.training->seconds;
    }
    snapshot->epochs = held.config.epochs;
    snapshot->endmembers = model->endmembers();
    snapshot->prediction = std::move(*prediction);
  }
  snapshot->model = model;

  report(0.9, "computing the measures");
  LoadedModel loaded;
  loaded.same_data = held.data_fingerprint == data.fingerprint();
  Rows training;
  Rows seen;
  if (loaded.same_data) {
    training = held.plan.labelled;
    seen = held.plan.unlabelled;
    seen.insert(seen.end(), training.begin(), training.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  }
  auto preprocessed = model->in_output_space(data, &control);
  if (!preprocessed) return fail(preprocessed.error());
  loaded.shown_data = *std::move(preprocessed);
  auto evaluation =
      evaluate(loaded.shown_data ? *loaded.shown_data : data, snapshot->prediction, snapshot->endmembers,
               training, seen, static_cast<std::size_t>(held.config.members));
  if (evaluation) {
    evaluation->facts = held.facts;
    loaded.evaluation = std::make_shared<Evaluation>(std::move(*evaluation));
  } else {
    loaded.evaluation_problem = errorText(evaluation.error()).toStdString();
  }
  loaded.state = std::shared_ptr<const ModelState>(model, &held);
  loaded.snapshot = std::move(snapshot);
  return loaded;
}

Result<RunRecord> withState(RunRecord run, bool best, const Dataset& data, RunControl& control,
                            const ProgressFn& progress) {
  run.best = best;
  auto model = make_model(*run.shown_state());
  if (!model) return fail(model.error());
  if (control.stop_requested()) return fail(Error::cancel());
  auto results = resultsOf(*model, nullptr, data, control, progress);
  if (!results) return fail(results.error());
  Snapshot snapshot = *results->snapshot;
  snapshot.epoch = run.shown_epoch();
  if (run.snapshot) {
    snapshot.steps = run.snapshot->steps;
    snapshot.seconds = run.snapshot->seconds;
  }
  run.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  run.evaluation = results->evaluation;
  run.shown_data = results->shown_data;
  return run;
}

Result<LoadedModel> loadModel(const std::filesystem::path& path, const Dataset& data, RunControl& control,
                              const ProgressFn& progress) {
  const auto report = [&](double fraction, std::string_view what) {
    if (progress) progress(fraction, what);
  };
  report(0, "reading the model");
  auto state = read_model(path);
  if (!state) return fail(state.error());
  report(0.2, "making the model");
  auto model = make_model(std::move(*state));
  if (!model) return fail(model.error().in(path.string()));
  if (control.stop_requested()) return fail(Error::cancel());
  auto loaded = resultsOf(*model, nullptr, data, control, progress);
  if (!loaded && !loaded.error().cancelled()) return fail(loaded.error().in(path.string()));
  return loaded;
}

}  // namespace assayer::ui
