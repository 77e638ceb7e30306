// SPDX-License-Identifier: GPL-3.0-or-later
// What happens between the models and the window: opening, training, saving.
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QStatusBar>
#include <span>
#include <utility>

#include "core/io/exporter.h"
#include "core/io/model_file.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/loading.h"
#include "ui/viewmodels/result_export.h"
#include "ui/viewmodels/run_words.h"
#include "ui/viewmodels/texts.h"
#include "ui/views/compare_page.h"
#include "ui/views/counted.h"
#include "ui/views/curve_plot.h"
#include "ui/views/data_dock.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/job_bar.h"
#include "ui/views/loadings_plot.h"
#include "ui/views/main_window.h"
#include "ui/views/main_window_linked.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/objective_plot.h"
#include "ui/views/picture_grid.h"
#include "ui/views/pipeline_dock.h"
#include "ui/views/projection_panel.h"
#include "ui/views/projection_view.h"
#include "ui/views/runs_dock.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/training_dock.h"

namespace assayer::ui {

namespace {

/// Autosaved runs that are kept; older ones go when a new run starts.
constexpr int kKeptRuns = 20;
/// Principal components on display.
constexpr std::size_t kPrincipalComponents = 10;

std::filesystem::path toPath(const QString& path) {
  return QFileInfo(path).filesystemAbsoluteFilePath();
}

/// What a model job brings: the model, and its data where none were open.
struct ModelJob {
  std::shared_ptr<Loaded> data;
  LoadedModel model;
};

}  // namespace

void MainWindow::connectModels() {
  connect(&load_jobs_, &JobRunner::started, job_bar_, &JobBar::begin);
  connect(&load_jobs_, &JobRunner::progressed, job_bar_, &JobBar::setProgress);
  connect(&load_jobs_, &JobRunner::ended, job_bar_, &JobBar::end);
  connect(job_bar_, &JobBar::cancelRequested, &load_jobs_, &JobRunner::cancel);

  connect(&session_, &SessionModel::opened, this, &MainWindow::showSession);
  connect(&session_, &SessionModel::rolesChanged, this, [this] {
    simplex_->setRoles(session_.session().roles());
    data_dock_->setRoles(session_.session().roles());
  });
  connect(&session_, &SessionModel::unfeaturedChanged, this, [this] {
    simplex_->setUnfeatured(session_.session().unfeatured());
    data_dock_->setUnfeatured(session_.session().unfeatured().rows());
  });
  connect(&session_, &SessionModel::configChanged, this,
          [this] { training_dock_->setConfig(session_.session().config()); });

  connect(&training_, &TrainingController::stateChanged, this, &MainWindow::onTrainingState);
  connect(&training_, &TrainingController::finished, this, &MainWindow::onTrainingFinished);
  connect(&training_, &TrainingController::cleared, this, [this] {
    objective_->clear();
    spectra_->clearEndmembers();
    showSpectraOf(session_.data());
    nuisance_->setValues({}, 0);
    training_dock_->setMatches(nullptr);
    training_dock_->setEvaluation(nullptr);
    training_dock_->setProgress({});
    training_dock_->setProgressText({});
    run_label_->clear();
    updateActions();
  });
  connect(&training_, &TrainingController::recordsAdded, this, [this](std::size_t first) {
    if (isLive(runs_.activeId())) objective_->append(std::span(training_.history()).subspan(first));
  });
  connect(&training_, &TrainingController::snapshotChanged, this, &MainWindow::showSnapshot);
  connect(&training_, &TrainingController::evaluationChanged, this, [this] {
    noteLiveResults();
    if (isLive(runs_.activeId()))
      training_dock_->setEvaluation(training_.evaluation());
    else
      showOtherRuns();
  });
  connect(&training_, &TrainingController::warned, this,
          [this](const QString& text) { say(MessageBar::Level::Warning, text); });
}

bool MainWindow::mayReplaceSession() {
  if (!training_.active()) return true;
  say(MessageBar::Level::Warning,
      tr("A model is being trained. Stop the run before you open something else."));
  Q_EMIT failed(message_bar_->text());
  return false;
}

void MainWindow::openFile(const QString& path) {
  openFiles({path}, {});
}

void MainWindow::openFiles(const QStringList& paths, const ImportOptions& options) {
  if (paths.isEmpty() || !mayReplaceSession()) return;
  if (paths.size() == 1 && isProject(paths.first()))
    openProject(paths.first());
  else
    whenSaved([this, paths, options] { readFiles(paths, options); });
}

void MainWindow::readFiles(const QStringList& paths, const ImportOptions& options) {
  std::vector<std::filesystem::path> files;
  for (const QString& path : paths) files.push_back(toPath(path));
  const QString name = QFileInfo(paths.first()).fileName();
  load_jobs_.start<Loaded>(
      paths.size() == 1 ? tr("Opening %1").arg(name)
                        : tr("Opening %1 and %L2 more").arg(name).arg(paths.size() - 1),
      [files = std::move(files), options](RunControl& control, const ProgressFn& progress) {
        return loadFiles(files, options, control, progress);
      },
      [this, paths, plain = options.is_default()](Result<Loaded>& loaded) {
        if (!loaded) {
          showError(loaded.error());
          return;
        }
        takeLoaded(std::move(*loaded), paths.size() == 1 && plain);
        // File > Open Recent opens without asking: it would read other data than these.
        if (paths.size() == 1 && plain) rememberFile(paths.first());
      });
}

void MainWindow::exportData(const QString& path) {
  if (!session_.isOpen()) return;
  save_jobs_.start<std::vector<std::string>>(
      tr("Writing %1").arg(QFileInfo(path).fileName()),
      [file = toPath(path), data = session_.data()](RunControl& control, const ProgressFn& progress) {
        // The file dialog has asked whether an existing file may be replaced.
        return ExporterRegistry::standard().write(*data, file, {true, {}}, control, progress);
      },
      [this, path](Result<std::vector<std::string>>& lost) {
        if (!lost) {
          showError(lost.error());
          return;
        }
        if (!lost->empty()) say(MessageBar::Level::Warning, toStrings(*lost).join(QLatin1Char(' ')));
        Q_EMIT dataExported(path);
      });
}

void MainWindow::openSample() {
  if (mayReplaceSession()) whenSaved([this] { simulateSample(); });
}

void MainWindow::simulateSample() {
  load_jobs_.start<Loaded>(
      tr("Simulating the laboratory"),
      [options = options_.sample](RunControl& control, const ProgressFn& progress) {
        return loadSample(options, control, progress);
      },
      [this](Result<Loaded>& loaded) {
        if (loaded)
          takeLoaded(std::move(*loaded), false);
        else
          showError(loaded.error());
      });
}

void MainWindow::openModel(const QString& path) {
  if (!mayReplaceSession()) return;
  load_jobs_.start<ModelJob>(
      tr("Opening %1").arg(QFileInfo(path).fileName()),
      [file = toPath(path), data = session_.data()](RunControl& control,
                                                    const ProgressFn& progress) -> Result<ModelJob> {
        ModelJob job;
        DatasetPtr on = data;
        if (!on) {
          auto state = read_model(file);
          if (!state) return fail(state.error());
          if (state->data_path.empty())
            return fail({Error::Kind::Usage,
                         "the model does not say which file it was trained on",
                         file.string(),
                         {},
                         {},
                         "Open the data first, then the model."});
          auto loaded = loadFile(state->data_path, control, progress);
          if (!loaded) return fail(loaded.error());
          job.data = std::make_shared<Loaded>(std::move(*loaded));
          on = job.data->imported.data;
        }
        auto model = loadModel(file, *on, control, progress);
        if (!model) return fail(model.error());
        job.model = std::move(*model);
        return job;
      },
      [this](Result<ModelJob>& job) {
        if (!job) {
          showError(job.error());
          return;
        }
        if (job->data) takeLoaded(std::move(*job->data), true);
        takeModel(job->model);
      });
}

void MainWindow::takeLoaded(Loaded loaded, bool reopen) {
  // A run that was started while the file was being read keeps the session that it belongs to.
  if (!mayReplaceSession()) return;
  replaceSession(std::move(loaded.session), loaded.imported.format, loaded.imported.warnings, reopen);
  startProject({});
  Q_EMIT sessionOpened();
}

void MainWindow::replaceSession(Session session, const std::string& format,
                                const std::vector<std::string>& warnings, bool reopen) {
  keepPicture(sessionFile());
  message_bar_->dismiss();
  live_run_ = 0;
  training_.reset();
  compare_jobs_.abandon();
  selection_.clear();
  data_reopen_ = reopen;
  runs_.restore({}, 1, 0);
  session_.open(std::move(session), QString::fromStdString(format), toStrings(warnings));
}

void MainWindow::takeModel(const LoadedModel& loaded) {
  if (!mayReplaceSession()) return;
  message_bar_->dismiss();
  if (loaded.same_data) session_.adoptPlan(loaded.state->plan);
  session_.setConfig(loaded.state->config);
  adoptPipeline(*loaded.state);
  live_run_ = 0;
  training_.adopt(loaded.state, loaded.snapshot, loaded.evaluation,
                  loaded.shown_data ? loaded.shown_data : session_.data());
  RunRecord run;
  run.name = tr("%1: %2 (opened)")
                 .arg(runs_.nextId())
                 .arg(QString::fromStdString(loaded.state->config.method))
                 .toStdString();
  run.end = RunEnd::Completed;
  run.seconds = loaded.snapshot->seconds;
  run.state = loaded.state;
  run.snapshot = loaded.snapshot;
  run.evaluation = loaded.evaluation;
  run.shown_data = loaded.shown_data;
  runs_.add(std::move(run));
  touched();
  QStringList notes;
  if (!loaded.same_data)
    notes << tr("The model was trained on other data; roles and measures are not its own.");
  if (!loaded.evaluation_problem.empty()) notes << QString::fromStdString(loaded.evaluation_problem);
  if (!notes.isEmpty()) say(MessageBar::Level::Information, notes.join(QLatin1Char(' ')));
  training_dock_->setProgressText(tr("Trained for %L1 epochs in %2")
                                      .arg(loaded.snapshot->epoch)
                                      .arg(durationText(loaded.snapshot->seconds)));
  updateActions();
  Q_EMIT modelShown();
}

void MainWindow::showSession() {
  const DatasetPtr& spectra = session_.data();
  updateTitle();
  const Session& session = session_.session();
  data_dock_->setData(spectra, session_.name(), session_.format(), session_.warnings(),
                      coreText(session.suggestion()));
  data_dock_->setRoles(session.roles());
  data_dock_->setUnfeatured(session.unfeatured().rows());
  data_dock_->setSelection(selection_.rows());
  training_dock_->setPhase(session_.isOpen() ? TrainingDock::Phase::Ready : TrainingDock::Phase::Unavailable);
  updateGroupMenu();
  updateActions();
  compare_page_->setData(spectra);
  if (!spectra) return;
  simplex_panel_->setData(spectra);
  simplex_->setRoles(session.roles());
  simplex_->setUnfeatured(session.unfeatured());
  spectra_->setData(spectra);
  nuisance_->setData(spectra);
  projection_panel_->setData(spectra);
  training_dock_->setConfig(session.config());
  training_dock_->setSuggested(session.suggested_preset());
  pipeline_dock_->setPipeline(session.pipeline());
  fitProjection();
}

void MainWindow::fitProjection() {
  pca_jobs_.start<std::shared_ptr<const Pca>>(
      tr("Principal components"),
      [data = session_.data()](RunControl& control, const ProgressFn&) -> Result<std::shared_ptr<const Pca>> {
        auto engine = Engine::load();
        if (!engine) return fail(engine.error());
        if (control.stop_requested()) return fail(Error::cancel());
        auto pca = (*engine)->fit_pca(*data, kPrincipalComponents);
        if (!pca) return fail(pca.error());
        return std::make_shared<const Pca>(std::move(*pca));
      },
      [this](Result<std::shared_ptr<const Pca>>& pca) {
        if (pca)
          projection_panel_->setPca(std::move(*pca));
        else if (!pca.error().cancelled())
          say(MessageBar::Level::Warning, errorText(pca.error()));
        if (!busy()) Q_EMIT settled();
      });
}

bool MainWindow::mayTrain() {
  if (training_.active()) return false;
  if (!load_jobs_.busy()) return true;
  say(MessageBar::Level::Warning,
      tr("“%1” is not done yet. Wait for it, or cancel it, and train then.").arg(load_jobs_.title()));
  return false;
}

bool MainWindow::startTraining() {
  if (!session_.isOpen() || !mayTrain()) return false;
  const Session& session = session_.session();
  if (const Status valid = session.config().validate(); !valid) {
    showError(valid.error());
    return false;
  }
  auto planned = session.plan();
  if (!planned) {
    showError(planned.error());
    return false;
  }
  message_bar_->dismiss();
  if (!planned->warnings.empty())
    say(MessageBar::Level::Warning, coreTexts(planned->warnings).join(QLatin1Char('\n')));
  // The worker plans anew once it knows which rows are finite after preprocessing.
  const PlanMaker replan = [roles = session.roles(), unfeatured = session.unfeatured(),
                            config = session.config()](const Dataset& seen) -> Result<TrainPlan> {
    auto plan = make_plan(seen, roles, unfeatured, config);
    if (!plan) return fail(plan.error());
    return std::move(plan->plan);
  };
  const TrainingRequest request{session_.data(),   std::move(planned->plan), session.config(),
                                newAutosavePath(), session.pipeline(),       replan};
  // The run before keeps what it has; from here on the controller works for another.
  live_run_ = 0;
  if (!training_.start(request)) return false;
  beginRun(request, tr("%1: %2").arg(runs_.nextId()).arg(QString::fromStdString(request.config.method)),
           nullptr);
  return true;
}

QString MainWindow::newAutosavePath() const {
  if (options_.autosave_folder.isEmpty() || !QDir().mkpath(options_.autosave_folder)) return {};
  QDir folder(options_.autosave_folder);
  const QStringList runs = folder.entryList({QStringLiteral("run-*.h5")}, QDir::Files, QDir::Name);
  for (qsizetype i = 0; i + kKeptRuns <= runs.size(); ++i) folder.remove(runs[i]);
  return folder.filePath(
      QStringLiteral("run-%1.h5")
          .arg(QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss-zzz"))));
}

void MainWindow::togglePause() {
  if (training_.state() == TrainingController::State::Paused)
    training_.resume();
  else
    training_.pause();
}

void MainWindow::stopTraining() {
  training_.stop();
}

void MainWindow::onTrainingState(TrainingController::State state) {
  using State = TrainingController::State;
  using Phase = TrainingDock::Phase;
  const Phase idle = session_.isOpen() ? Phase::Ready : Phase::Unavailable;
  switch (state) {
    case State::Preparing:
      training_dock_->setPhase(Phase::Preparing);
      training_dock_->setProgressText(tr("Preparing…"));
      run_label_->setText(tr("Preparing…"));
      break;
    case State::Running:
      training_dock_->setPhase(Phase::Running);
      break;
    case State::Paused:
      training_dock_->setPhase(Phase::Paused);
      run_label_->setText(tr("Paused"));
      break;
    case State::Stopping:
      training_dock_->setPhase(Phase::Stopping);
      run_label_->setText(tr("Stopping…"));
      break;
    case State::Idle:
    case State::Finished:
      training_dock_->setPhase(idle);
      break;
  }
  if (const RunRecord* run = runs_.find(live_run_)) runs_dock_->updateRun(rowOf(*run));
  updateActions();
}

void MainWindow::onTrainingFinished() {
  endRun();
  updateActions();
  if (training_.error()) {
    training_dock_->setProgressText({});
    run_label_->clear();
    if (training_.error()->cancelled())
      statusBar()->showMessage(tr("Stopped before training began"));
    else
      say(MessageBar::Level::Error, errorText(*training_.error()));
    return;
  }
  const TrainReport& report = *training_.report();
  const QString epochs = counted(static_cast<std::size_t>(report.epochs), tr("1 epoch"), tr("%L1 epochs"));
  QString text;
  switch (report.stopped_by) {
    case StopReason::Completed:
      // A baseline takes no steps.
      text = report.steps > 0 ? tr("Completed: %1 in %2").arg(epochs, durationText(report.seconds))
                              : tr("Fitted in %1").arg(durationText(report.seconds));
      break;
    case StopReason::Stopped:
      text = tr("Stopped after %1, %2; the model is kept").arg(epochs, durationText(report.seconds));
      break;
    case StopReason::Numeric:
      text = tr("Ended after %1").arg(epochs);
      say(MessageBar::Level::Error, QString::fromStdString(report.message));
      break;
  }
  const QString step = tr("%1 ms per step").arg(report.step_seconds_median * 1e3, 0, 'f', 2);
  training_dock_->setProgressText(report.steps > 0 ? QStringLiteral("%1 · %2").arg(text, step) : text);
  run_label_->setText(text);
}

void MainWindow::showSnapshot() {
  const Snapshot& snapshot = *training_.snapshot();
  noteLiveResults();
  if (isLive(runs_.activeId())) drawActiveRun();
  training_dock_->setProgress(
      {snapshot.epoch, snapshot.epochs, snapshot.epochs_per_second, snapshot.seconds});
  if (training_.state() == TrainingController::State::Running && snapshot.epochs_per_second > 0) {
    const auto left = static_cast<double>(snapshot.epochs - snapshot.epoch) / snapshot.epochs_per_second;
    run_label_->setText(tr("%1 % · %2 left")
                            .arg(100 * snapshot.epoch / std::max<std::int64_t>(1, snapshot.epochs))
                            .arg(durationText(left)));
  }
  if (!save_model_->isEnabled() || !export_endmembers_->isEnabled()) updateActions();
}

void MainWindow::saveModel(const QString& path) {
  const std::shared_ptr<const ModelState> state = shownModel();
  if (!state) return;
  save_jobs_.start<QString>(
      tr("Saving %1").arg(QFileInfo(path).fileName()),
      [state, path](RunControl&, const ProgressFn&) -> Result<QString> {
        // The file dialog has asked about an existing file.
        if (const Status written = write_model(*state, toPath(path), true); !written)
          return fail(written.error());
        return path;
      },
      [this](Result<QString>& saved) {
        if (!saved) {
          showError(saved.error());
          return;
        }
        statusBar()->showMessage(tr("Model saved as %1").arg(QDir::toNativeSeparators(*saved)));
        Q_EMIT modelSaved(*saved);
      });
}

bool MainWindow::exportEndmembers(const QString& path) {
  const std::shared_ptr<const Snapshot> shown = shownSnapshot();
  if (!shown) return false;
  const Status written = exportEndmembersCsv(*spectra_->data(), shown->endmembers, path);
  if (!written) showError(written.error());
  return written.has_value();
}

bool MainWindow::exportComposition(const QString& path) {
  const std::shared_ptr<const Snapshot> shown = shownSnapshot();
  if (!shown) return false;
  const Status written = exportCompositionCsv(*session_.data(), shown->prediction, path);
  if (!written) showError(written.error());
  return written.has_value();
}

bool MainWindow::busy() const {
  return load_jobs_.busy() || save_jobs_.busy() || project_jobs_.busy() || pca_jobs_.busy() ||
         preview_jobs_.busy() || compare_jobs_.busy() || linked_->busy() || spectra_->busy();
}

void MainWindow::showError(const Error& error) {
  if (error.cancelled()) {
    statusBar()->showMessage(tr("Cancelled"));
    Q_EMIT failed({});
    return;
  }
  const QString text = errorText(error);
  say(MessageBar::Level::Error, text);
  Q_EMIT failed(text);
}

void MainWindow::say(MessageBar::Level level, const QString& text) {
  message_bar_->showMessage(level, text);
}

}  // namespace assayer::ui
