// SPDX-License-Identifier: GPL-3.0-or-later
// Projects: saving and opening all that is open, what is saved by itself, and what a killed program left.
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <utility>

#include "ui/viewmodels/project_loading.h"
#include "ui/viewmodels/texts.h"
#include "ui/views/job_bar.h"
#include "ui/views/main_window.h"
#include "ui/views/recovery_bar.h"

namespace assayer::ui {

namespace {

std::filesystem::path toPath(const QString& path) {
  return QFileInfo(path).filesystemAbsoluteFilePath();
}

std::vector<std::string> fromStrings(const QStringList& texts) {
  std::vector<std::string> list;
  for (const QString& text : texts) list.push_back(text.toStdString());
  return list;
}

}  // namespace

bool MainWindow::isProject(const QString& path) {
  return QFileInfo(path).suffix().compare(QStringLiteral("assayer"), Qt::CaseInsensitive) == 0;
}

QString MainWindow::projectFilter() {
  return tr("Assayer projects (*.assayer)");
}

void MainWindow::connectProject() {
  connect(&project_jobs_, &JobRunner::started, job_bar_, &JobBar::begin);
  connect(&project_jobs_, &JobRunner::progressed, job_bar_, &JobBar::setProgress);
  connect(&project_jobs_, &JobRunner::ended, job_bar_, &JobBar::end);
  connect(job_bar_, &JobBar::cancelRequested, &project_jobs_, &JobRunner::cancel);

  connect(session_.undoStack(), &QUndoStack::indexChanged, this, &MainWindow::edited);
  connect(&runs_, &RunList::shownChanged, this, &MainWindow::touched);

  recovery_bar_ = new RecoveryBar;
  addToolBarBreak();
  recovery_row_ = addToolBar(tr("Recovery"));
  recovery_row_->setObjectName(QStringLiteral("recoveryRow"));
  recovery_row_->setMovable(false);
  recovery_row_->toggleViewAction()->setVisible(false);
  recovery_row_->addWidget(recovery_bar_);
  recovery_row_->hide();
  connect(recovery_bar_, &RecoveryBar::recoverRequested, this, &MainWindow::recover);
  connect(recovery_bar_, &RecoveryBar::discardRequested, this, [this] {
    if (lost_.empty()) return;
    Autosave::discard(lost_.front());
    lost_.erase(lost_.begin());
    offerLost();
  });
  connect(recovery_bar_, &RecoveryBar::laterRequested, this, [this] {
    lost_.clear();
    offerLost();
  });

  autosave_ = std::make_unique<Autosave>(
      options_.state_folder, options_.autosave_interval, [this]() -> std::optional<Autosave::Contents> {
        if (!session_.isOpen()) return std::nullopt;
        return Autosave::Contents{captureProject(), project_path_, projectName()};
      });
  connect(autosave_.get(), &Autosave::failed, this,
          [this](const QString& text) { say(MessageBar::Level::Warning, text); });
  connect(autosave_.get(), &Autosave::saved, this, [this](const QString& file) {
    // Now there is another copy of it.
    discardRecovered();
    Q_EMIT autosaved(file);
  });
  lost_ = autosave_->lost();
  offerLost();
}

QString MainWindow::projectName() const {
  return project_path_.isEmpty() ? session_.name() : QFileInfo(project_path_).fileName();
}

bool MainWindow::modified() const {
  return session_.isOpen() && (changes_ != saved_changes_ || !session_.undoStack()->isClean());
}

void MainWindow::touched() {
  if (!session_.isOpen()) return;
  ++changes_;
  autosave_->touch();
  updateTitle();
}

void MainWindow::edited() {
  if (!session_.isOpen()) return;
  ++edits_;
  autosave_->touch();
  updateTitle();
}

void MainWindow::updateTitle() {
  setWindowTitle(session_.isOpen() ? tr("%1[*] — Assayer").arg(projectName()) : tr("Assayer"));
  setWindowModified(modified());
}

void MainWindow::startProject(const QString& path) {
  project_path_ = path;
  ++session_number_;
  saved_changes_ = changes_;
  session_.undoStack()->setClean();
  discardRecovered();
  autosave_->forget();
  updateTitle();
}

Project MainWindow::captureProject() const {
  Project project;
  project.session = session_.session();
  project.format = session_.format().toStdString();
  project.warnings = fromStrings(session_.warnings());
  project.data_reopen = data_reopen_;
  project.runs = runs_.runs();
  project.next_run = runs_.nextId();
  project.active_run = runs_.activeId();
  project.selection = selection_.rows();
  const QByteArray layout = saveState(kStateVersion);
  project.layout.assign(layout.begin(), layout.end());
  for (RunRecord& run : project.runs) {
    if (isLive(run.id) && run.end == RunEnd::Unfinished) {
      // A checkpoint can be continued; what was learnt since the last one would not fit to it.
      run.state = training_.checkpoint();
      if (!run.state) {
        run.state = training_.model_state();
        run.history = std::make_shared<const std::vector<ObjectiveRecord>>(training_.history());
      }
    }
    const bool current =
        run.snapshot && run.state && (!run.state->training || run.shown_epoch() == run.snapshot->epoch);
    if (!current) run.snapshot.reset();
    if (!current) run.evaluation.reset();
  }
  return project;
}

void MainWindow::save() {
  if (!session_.isOpen()) return;
  // What waited for a save that the user then gave up waits no longer.
  after_save_ = {};
  if (project_path_.isEmpty())
    saveAs();
  else
    saveProject(project_path_);
}

void MainWindow::saveAs() {
  after_save_ = {};
  askFile(true, tr("Save Project"), projectFilter(), QStringLiteral("assayer"),
          beside(QStringLiteral(".assayer")), [this](const QString& path) { saveProject(path); });
}

QString MainWindow::beside(const QString& ending) const {
  if (!session_.isOpen()) return {};
  const QString source = QString::fromStdString(session_.data()->provenance().path);
  const QFileInfo from(!project_path_.isEmpty() ? project_path_ : source);
  const QString name = from.completeBaseName().isEmpty() ? QFileInfo(session_.name()).completeBaseName()
                                                         : from.completeBaseName();
  // Where nothing can be written, the dialog starts where the user began.
  const bool fits = !from.filePath().isEmpty() && QFileInfo(from.path()).isWritable();
  return QDir(fits ? from.path() : QDir::currentPath()).filePath(name + ending);
}

void MainWindow::saveProject(const QString& path) {
  if (!session_.isOpen()) return;
  project_jobs_.start<QString>(
      tr("Saving %1").arg(QFileInfo(path).fileName()),
      [project = captureProject(), path](RunControl& control, const ProgressFn& progress) -> Result<QString> {
        // The file dialog has asked about an existing file.
        ProjectOptions options;
        options.overwrite = true;
        if (const Status written = write_project(project, toPath(path), options, control, progress); !written)
          return fail(written.error());
        return path;
      },
      [this, changes = changes_, edits = edits_, session = session_number_](Result<QString>& saved) {
        const std::function<void()> then = std::exchange(after_save_, {});
        if (!saved) {
          showError(saved.error());
          return;
        }
        rememberFile(*saved);
        // Another session may have been opened meanwhile.
        if (session == session_number_) {
          project_path_ = *saved;
          saved_changes_ = changes;
          // Whoever undoes back to what was saved has nothing to save. Edits made while it was written leave
          // no place in the stack that is known to be it.
          if (edits == edits_)
            session_.undoStack()->setClean();
          else
            session_.undoStack()->resetClean();
          discardRecovered();
          if (!modified()) autosave_->forget();
          updateTitle();
          keepPicture(*saved);
        }
        statusBar()->showMessage(tr("Project saved as %1").arg(QDir::toNativeSeparators(*saved)));
        Q_EMIT projectSaved(*saved);
        if (then) then();
      });
}

void MainWindow::openProject(const QString& path) {
  if (!mayReplaceSession()) return;
  whenSaved([this, path] {
    load_jobs_.start<LoadedProject>(
        tr("Opening %1").arg(QFileInfo(path).fileName()),
        [file = toPath(path)](RunControl& control, const ProgressFn& progress) {
          return loadProject(file, control, progress);
        },
        [this, path](Result<LoadedProject>& loaded) {
          if (!loaded) {
            showError(loaded.error());
            return;
          }
          takeProject(*loaded, QFileInfo(path).absoluteFilePath());
          rememberFile(path);
        });
  });
}

void MainWindow::takeProject(LoadedProject& loaded, const QString& path) {
  if (!mayReplaceSession()) return;
  Project& project = loaded.project;
  replaceSession(std::move(project.session), project.format, project.warnings, project.data_reopen);
  runs_.restore(std::move(project.runs), project.next_run, project.active_run);
  selection_.select(std::move(project.selection));
  startProject(path);
  if (!project.layout.empty()) {
    restoreState(QByteArray(reinterpret_cast<const char*>(project.layout.data()),
                            static_cast<qsizetype>(project.layout.size())),
                 kStateVersion);
    showRows();
  }
  if (!loaded.problems.empty())
    say(MessageBar::Level::Warning, toStrings(loaded.problems).join(QLatin1Char('\n')));
  Q_EMIT sessionOpened();
}

void MainWindow::endForRecovery() {
  if (leaving_) return;
  leaving_ = true;
  const auto end = [this] {
    close();
    // A dialog may still be open.
    QCoreApplication::quit();
  };
  if (!modified()) return end();
  // The last checkpoint is written, which is the state of its run.
  training_.endNow();
  autosave_->keep(end);
}

void MainWindow::showRows() {
  message_row_->setVisible(!message_bar_->text().isEmpty());
  recovery_row_->setVisible(!lost_.empty());
}

void MainWindow::offerLost() {
  if (!lost_.empty()) {
    const LostSession& session = lost_.front();
    QString text =
        tr("The program ended before “%1” was saved. What was saved by itself at %2 is still there.")
            .arg(session.name, QLocale().toString(session.saved, QLocale::ShortFormat));
    if (lost_.size() > 1)
      text += QLatin1Char(' ') +
              tr("Others that wait behind it: %1.").arg(static_cast<qulonglong>(lost_.size() - 1));
    recovery_bar_->offer(text);
  }
  recovery_row_->setVisible(!lost_.empty());
}

void MainWindow::recover() {
  if (lost_.empty() || !mayReplaceSession()) return;
  whenSaved([this] {
    load_jobs_.start<LoadedProject>(
        tr("Recovering %1").arg(lost_.front().name),
        [file = toPath(lost_.front().file)](RunControl& control, const ProgressFn& progress) {
          return loadProject(file, control, progress);
        },
        [this, session = lost_.front()](Result<LoadedProject>& loaded) {
          if (!loaded) {
            showError(loaded.error());
            return;
          }
          takeProject(*loaded, session.project);
          std::erase_if(lost_, [&](const LostSession& other) { return other.folder == session.folder; });
          offerLost();
          // It is nowhere else yet.
          recovered_ = session;
          touched();
        });
  });
}

void MainWindow::discardRecovered() {
  if (const auto session = std::exchange(recovered_, std::nullopt)) Autosave::discard(*session);
}

void MainWindow::whenSaved(std::function<void()> go) {
  if (!modified() || !options_.confirm_discard) {
    go();
    return;
  }
  auto* box = new QMessageBox(QMessageBox::Question, tr("Unsaved Changes"),
                              tr("“%1” has changes that are not saved.").arg(projectName()),
                              QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
  box->setObjectName(QStringLiteral("unsavedBox"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setInformativeText(tr("Save them into a project first?"));
  box->setDefaultButton(QMessageBox::Save);
  connect(box, &QMessageBox::buttonClicked, this, [this, box, go = std::move(go)](QAbstractButton* button) {
    switch (box->standardButton(button)) {
      case QMessageBox::Save:
        save();
        after_save_ = go;
        break;
      case QMessageBox::Discard:
        go();
        break;
      default:
        break;
    }
  });
  box->open();
}

}  // namespace assayer::ui
