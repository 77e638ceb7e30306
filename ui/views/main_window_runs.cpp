// SPDX-License-Identifier: GPL-3.0-or-later
// The runs of the session: how a training becomes one of them, and which of them the views show.
#include <QDateTime>
#include <QLocale>
#include <QStatusBar>
#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "core/train/best_state.h"
#include "ui/viewmodels/loading.h"
#include "ui/viewmodels/run_words.h"
#include "ui/viewmodels/texts.h"
#include "ui/views/compare_page.h"
#include "ui/views/main_window.h"
#include "ui/views/main_window_linked.h"
#include "ui/views/methods_table.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/objective_plot.h"
#include "ui/views/runs_dock.h"
#include "ui/views/simplex_view.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/training_dock.h"

namespace assayer::ui {

namespace {

/// The vector that `objective` refers to, kept alive by what holds it.
std::shared_ptr<const std::vector<ObjectiveRecord>> objectiveOf(const RunRecord& run) {
  if (run.history) return run.history;
  if (run.state && run.state->training) return {run.state, &run.state->training->history};
  return std::make_shared<const std::vector<ObjectiveRecord>>();
}

/// Ends the run that is paused, which is kept, and goes on once the list has it as one that was stopped.
void stopFirst(TrainingController& training, QObject* window, std::function<void()> then) {
  // Connected later than what enters the end in the list, hence called after it. That of a run which ends
  // with the window is told to nobody.
  QObject::connect(
      &training, &TrainingController::finished, window,
      [&training, run = training.run(), then = std::move(then)] {
        if (training.run() == run) then();
      },
      Qt::SingleShotConnection);
  training.stop();
}

}  // namespace

void MainWindow::connectRuns() {
  const auto refill = [this] {
    std::vector<RunRow> rows;
    for (const RunRecord& run : runs_.runs()) rows.push_back(rowOf(run));
    runs_dock_->setRuns(rows, runs_.activeId());
    fillRunsTable();
    showOtherRuns();
    updateActions();
  };
  connect(&runs_, &RunList::listChanged, this, refill);
  connect(&runs_, &RunList::runChanged, this, [this](quint64 id) {
    if (const RunRecord* run = runs_.find(id)) runs_dock_->updateRun(rowOf(*run));
  });
  connect(&runs_, &RunList::shownChanged, this, refill);
  connect(&runs_, &RunList::activeChanged, this, [this] {
    runs_dock_->setActive(runs_.activeId());
    showActiveRun();
    showOtherRuns();
  });
  connect(runs_dock_, &RunsDock::activated, &runs_, &RunList::activate);
  connect(runs_dock_, &RunsDock::shownToggled, &runs_, &RunList::setShown);
  connect(runs_dock_, &RunsDock::renamed, &runs_, &RunList::rename);
  connect(runs_dock_, &RunsDock::forkRequested, this, &MainWindow::forkRun);
  connect(runs_dock_, &RunsDock::continueRequested, this, &MainWindow::continueRun);
  connect(runs_dock_, &RunsDock::removeRequested, this, [this](quint64 id) {
    if (isLive(id) && training_.active()) return;
    runs_.remove(id);
    statusBar()->showMessage(tr("The run is deleted; Undo brings it back"));
  });
  // It says whether a run that is paused has a best state.
  connect(&training_, &TrainingController::checkpointChanged, this, [this] {
    if (training_.state() == TrainingController::State::Paused) updateActions();
  });
  connect(&training_, &TrainingController::withdrawn, this, [this](const QString& text) {
    if (message_bar_->text() == text) message_bar_->dismiss();
  });
}

RunRow MainWindow::rowOf(const RunRecord& run) const {
  RunRow row;
  row.id = run.id;
  row.name = QString::fromStdString(run.name);
  row.shown = run.shown;
  row.going = isLive(run.id) && training_.active();
  row.paused = row.going && training_.state() == TrainingController::State::Paused;
  row.resumes = run.state && run.state->training.has_value();
  if (const TrainConfig* config = configOf(run)) row.method = QString::fromStdString(config->method);
  if (!row.going)
    row.state = runEndText(run);
  else if (row.paused)
    row.state = tr("paused");
  else if (run.snapshot)
    row.state = tr("epoch %L1 of %L2").arg(run.snapshot->epoch).arg(run.snapshot->epochs);
  else
    row.state = tr("preparing");
  row.kl = runKlText(run);
  row.error = runErrorText(run);
  row.time = run.seconds > 0 ? durationText(run.seconds) : QStringLiteral("–");
  QStringList details;
  details << runSettingsText(run);
  if (!run.began.empty())
    details << tr("Started %1")
                   .arg(QLocale().toString(
                       QDateTime::fromString(QString::fromStdString(run.began), Qt::ISODate).toLocalTime(),
                       QLocale::ShortFormat));
  if (!run.message.empty()) details << QString::fromStdString(run.message);
  row.details = details.join(QLatin1Char('\n'));
  return row;
}

void MainWindow::beginRun(const TrainingRequest& request, const QString& name,
                          std::shared_ptr<const RunSetup> setup) {
  const Session& session = session_.session();
  RunRecord run;
  run.name = name.toStdString();
  run.began = QDateTime::currentDateTimeUtc().toString(Qt::ISODate).toStdString();
  run.setup = setup ? std::move(setup)
                    : std::make_shared<const RunSetup>(
                          RunSetup{session.roles(), session.unfeatured(), request.pipeline, request.config});
  live_run_ = runs_.nextId();
  runs_.add(std::move(run));
  touched();
}

void MainWindow::noteLiveResults() {
  const RunRecord* mine = runs_.find(live_run_);
  // What is shown instead of the last state stays.
  if (mine == nullptr || mine->best) return;
  RunRecord run = *mine;
  run.snapshot = training_.snapshot();
  run.evaluation = training_.evaluation();
  if (run.snapshot) run.seconds = run.snapshot->seconds;
  if (training_.shown_data() != session_.data()) run.shown_data = training_.shown_data();
  runs_.update(run);
  autosave_->touch();
}

void MainWindow::endRun() {
  const RunRecord* mine = runs_.find(live_run_);
  if (mine == nullptr) return;
  RunRecord run = *mine;
  if (training_.error()) {
    if (training_.error()->cancelled()) {
      // Nothing was learnt, so there is nothing to list.
      runs_.drop(run.id);
      return;
    }
    run.end = RunEnd::Failed;
    run.message = training_.error()->message();
  } else {
    const TrainReport& report = *training_.report();
    run.end = report.stopped_by == StopReason::Completed ? RunEnd::Completed
              : report.stopped_by == StopReason::Stopped ? RunEnd::Stopped
                                                         : RunEnd::Numeric;
    run.message = report.message;
    run.seconds = report.seconds;
    run.state = training_.model_state();
    run.snapshot = training_.snapshot();
    run.evaluation = training_.evaluation();
  }
  runs_.update(run);
  fillRunsTable();
  showOtherRuns();
  touched();
  // What a training took is more than a minute's clicks.
  autosave_->hurry();
}

void MainWindow::fillRunsTable() {
  RunsTable& table = compare_page_->runs();
  table.clearRuns();
  for (const RunRecord& run : runs_.runs())
    if (run.evaluation && !(isLive(run.id) && training_.active()))
      table.addRun(QString::fromStdString(run.name), runSettingsText(run), *run.evaluation, run.seconds);
}

void MainWindow::showActiveRun() {
  const RunRecord* run = runs_.active();
  training_dock_->setMatches(nullptr);
  objective_->clear();
  if (run != nullptr)
    objective_->append(isLive(run->id) ? std::span(training_.history()) : std::span(run->objective()));
  training_dock_->setEvaluation(run != nullptr ? run->evaluation : nullptr);
  // While a run goes on, its progress is what is told there.
  if (!training_.active()) {
    const bool trained = run != nullptr && run->snapshot;
    training_dock_->setProgress(trained ? TrainingDock::Progress{run->snapshot->epoch, run->snapshot->epochs,
                                                                 0, run->snapshot->seconds}
                                        : TrainingDock::Progress{});
    QString text;
    if (trained)
      text = tr("%1: %2, %L3 epochs in %4")
                 .arg(QString::fromStdString(run->name), runEndText(*run))
                 .arg(run->snapshot->epoch)
                 .arg(durationText(run->seconds > 0 ? run->seconds : run->snapshot->seconds));
    training_dock_->setProgressText(text);
  }
  drawActiveRun();
  updateActions();
}

void MainWindow::drawActiveRun() {
  const RunRecord* run = runs_.active();
  if (run == nullptr || !run->snapshot) {
    showSpectraOf(session_.data());
    spectra_->clearEndmembers();
    nuisance_->setValues({}, 0);
    linked_->setModel(nullptr, nullptr);
    return;
  }
  showSpectraOf(run->shown_data ? run->shown_data : session_.data());
  spectra_->setEndmembers(run->snapshot->endmembers, toStrings(session_.data()->component_names()));
  nuisance_->shareValues({run->snapshot, &run->snapshot->prediction.z}, nuisance_->dimension());
  linked_->setModel(run->snapshot, run->shown_data);
}

void MainWindow::showOtherRuns() {
  std::vector<RunSpectra> spectra;
  std::vector<RunObjective> objectives;
  std::vector<RunCompositions> compositions;
  std::vector<RunNuisance> nuisances;
  std::vector<ShownRun> shown;
  const auto asShown = [this](const RunRecord& run) {
    return ShownRun{run.id, QString::fromStdString(run.name), run.snapshot,
                    run.shown_data ? run.shown_data : session_.data()};
  };
  for (const RunRecord& run : runs_.runs()) {
    if (!run.shown || run.id == runs_.activeId()) continue;
    const QString name = QString::fromStdString(run.name);
    objectives.push_back({run.id, name, objectiveOf(run)});
    if (!run.snapshot) continue;
    spectra.push_back(
        {run.id, name,
         run.state ? toStrings(run.state->components) : toStrings(session_.data()->component_names()),
         run.snapshot->endmembers.mean});
    const auto part = [&run](const Matrix<double>& of) {
      return std::shared_ptr<const Matrix<double>>(run.snapshot, &of);
    };
    compositions.push_back({run.id, name, part(run.snapshot->prediction.composition)});
    nuisances.push_back({run.id, name, part(run.snapshot->prediction.z)});
    shown.push_back(asShown(run));
  }
  // Two clouds are compared, so the active one is there too; one that still moves would be drawn all the
  // time.
  const RunRecord* active = runs_.active();
  const bool moves = active != nullptr && isLive(active->id) && training_.active();
  if (!compositions.empty() && active != nullptr && active->snapshot && !moves)
    compositions.push_back({active->id,
                            QString::fromStdString(active->name),
                            {active->snapshot, &active->snapshot->prediction.composition}});
  // Most changes concern no other run, and drawing costs.
  if (!spectra.empty() || !spectra_->runs().empty()) spectra_->setRuns(std::move(spectra));
  if (!compositions.empty() || !simplex_->runs().empty()) simplex_->setRuns(std::move(compositions));
  if (!nuisances.empty() || !nuisance_->runs().empty()) nuisance_->setRuns(std::move(nuisances));
  if (!objectives.empty() || !objective_->runs().empty()) objective_->setRuns(std::move(objectives));
  std::optional<ShownRun> front;
  if (active != nullptr) front = asShown(*active);
  if (front && moves) front->snapshot.reset();
  linked_->setRuns(std::move(shown), std::move(front));
}

void MainWindow::forkRun(quint64 id) {
  const RunRecord* run = runs_.find(id);
  const bool paused = training_.state() == TrainingController::State::Paused;
  if (run == nullptr || (training_.active() && !paused)) return;
  if (paused && isLive(id)) {
    // The new run takes its place, and a run without a setup has a plan only once it has ended.
    stopFirst(training_, this, [this, id] { forkRun(id); });
    return;
  }
  const QString name = QString::fromStdString(run->name);
  if (run->setup) {
    session_.adoptSetup(*run->setup, tr("take over the rows and steps of “%1”").arg(name));
  } else if (run->state) {
    session_.adoptPlan(run->state->plan);
    adoptPipeline(*run->state);
    session_.setConfig(run->state->config);
  }
  if (const RunRecord* waiting = paused ? runs_.find(live_run_) : nullptr)
    statusBar()->showMessage(
        tr("Rows, steps and settings of “%1” are taken over for the next run; stop “%2”, which is paused, to "
           "train it")
            .arg(name, QString::fromStdString(waiting->name)));
  else
    statusBar()->showMessage(
        tr("Rows, steps and settings of “%1” are taken over: change them and train; the run stays")
            .arg(name));
}

void MainWindow::continueRun(quint64 id) {
  const RunRecord* run = runs_.find(id);
  if (run == nullptr || !run->state || !run->state->training || !mayTrain()) return;
  TrainConfig config = run->state->config;
  config.epochs = std::max(config.epochs, session_.session().config().epochs);
  if (run->state->training->epoch >= config.epochs) {
    say(MessageBar::Level::Information,
        tr("The run “%1” is complete. Set more epochs than %L2 to continue it.")
            .arg(QString::fromStdString(run->name))
            .arg(run->state->training->epoch));
    return;
  }
  TrainingRequest request{session_.data(), run->state->plan, config, newAutosavePath()};
  request.resume = run->state;
  const QString name = tr("%1: %2, continued").arg(runs_.nextId()).arg(QString::fromStdString(run->name));
  const std::shared_ptr<const RunSetup> setup = run->setup;
  message_bar_->dismiss();
  live_run_ = 0;
  if (training_.start(request)) beginRun(request, name, setup);
}

void MainWindow::restoreBest() {
  const RunRecord* run = runs_.active();
  const bool paused = training_.state() == TrainingController::State::Paused;
  if (run == nullptr || (training_.active() && !paused)) return;
  const std::shared_ptr<const ModelState> learnt = learntOf(*run);
  if (!learnt) return;
  if (!learnt->training || !learnt->training->best) {
    say(MessageBar::Level::Information,
        tr("“%1” has no best state besides its last one: it takes %2 epochs to tell.")
            .arg(QString::fromStdString(run->name))
            .arg(kBestSpan));
    return;
  }
  if (waits(*run)) {
    // What is shown of a run that may go on at any moment is what it has learnt last.
    stopFirst(training_, this, [this, id = run->id] {
      // Whoever has chosen another run since then looks at that.
      if (runs_.activeId() == id) restoreBest();
    });
    return;
  }
  load_jobs_.start<RunRecord>(
      tr("Restoring a state"),
      [run = *run, data = session_.data()](RunControl& control, const ProgressFn& progress) {
        return withState(run, !run.best, *data, control, progress);
      },
      [this](Result<RunRecord>& restored) {
        if (!restored) {
          showError(restored.error());
          return;
        }
        const QString name = QString::fromStdString(restored->name);
        runs_.showState(*restored, restored->best ? tr("restore the best state of “%1”").arg(name)
                                                  : tr("restore the last state of “%1”").arg(name));
        if (restored->best)
          say(MessageBar::Level::Information,
              tr("“%1” is shown as it was at %2. Continue goes on from the last epoch; Undo shows that "
                 "again.")
                  .arg(name, QString::fromStdString(best_words(*restored->state))));
        else
          message_bar_->dismiss();
        Q_EMIT stateRestored();
      });
}

bool MainWindow::waits(const RunRecord& run) const {
  return isLive(run.id) && training_.state() == TrainingController::State::Paused;
}

std::shared_ptr<const ModelState> MainWindow::learntOf(const RunRecord& run) const {
  // Until it ends, the controller alone has it.
  return waits(run) ? training_.checkpoint() : run.state;
}

std::shared_ptr<const Snapshot> MainWindow::shownSnapshot() const {
  const RunRecord* run = runs_.active();
  return run != nullptr ? run->snapshot : nullptr;
}

std::shared_ptr<const Evaluation> MainWindow::shownEvaluation() const {
  const RunRecord* run = runs_.active();
  return run != nullptr ? run->evaluation : nullptr;
}

bool MainWindow::hasShownModel() const {
  const RunRecord* run = runs_.active();
  if (run == nullptr) return false;
  return isLive(run->id) && training_.active() ? training_.model_state() != nullptr : run->state != nullptr;
}

std::shared_ptr<const ModelState> MainWindow::shownModel() const {
  const RunRecord* run = runs_.active();
  if (run == nullptr) return nullptr;
  return isLive(run->id) && training_.active() ? training_.model_state() : run->shown_state();
}

}  // namespace assayer::ui
