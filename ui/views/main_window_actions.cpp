// SPDX-License-Identifier: GPL-3.0-or-later
// What the menus' entries do, when they can, and the dialogs that they open.
#include <QAction>
#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QScrollArea>
#include <QStatusBar>
#include <algorithm>

#include "core/io/settings_file.h"
#include "core/train/train_plan.h"
#include "ui/views/counted.h"
#include "ui/views/data_dock.h"
#include "ui/views/help_window.h"
#include "ui/views/import_dialog.h"
#include "ui/views/main_window.h"
#include "ui/views/main_window_filters.h"
#include "ui/views/sign_icon.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/unfeatured_dialog.h"

namespace assayer::ui {

namespace {

constexpr std::size_t kListedGroups = 30;  // more would not fit a screen

}  // namespace

void MainWindow::updateActions() {
  const bool open = session_.isOpen();
  const bool active = training_.active();
  const bool results = shownSnapshot() != nullptr;
  const TrainingController::State state = training_.state();
  open_->setEnabled(!active);
  import_->setEnabled(!active);
  export_data_->setEnabled(open);
  open_sample_->setEnabled(!active);
  add_compositions_->setEnabled(open && !active);
  add_endmembers_->setEnabled(open && !active);
  recent_menu_->setEnabled(!active && !recent_menu_->isEmpty());
  open_model_->setEnabled(!active);
  open_autosave_->setEnabled(!active && !options_.autosave_folder.isEmpty());
  save_project_->setEnabled(open);
  save_project_as_->setEnabled(open);
  // Asked for at every selection: whether there is one, without making it.
  save_model_->setEnabled(hasShownModel());
  export_endmembers_->setEnabled(results);
  match_endmembers_->setEnabled(results && !active);
  export_composition_->setEnabled(results);
  export_figure_->setEnabled(open);
  export_all_->setEnabled(open);
  export_report_->setEnabled(open);
  select_all_->setEnabled(open);
  select_invert_->setEnabled(open);
  select_grow_->setEnabled(open && !selection_.rows().empty());
  group_menu_->setEnabled(!group_menu_->isEmpty());
  select_none_->setEnabled(!selection_.rows().empty());
  // A run has the rows that it was started with; edits while it goes on are for the next one.
  for (QAction* action : role_actions_) action->setEnabled(!selection_.rows().empty());
  simplex_panel_->setEditable(open && session_.data()->components() >= 2);
  train_->setEnabled(open && !active);
  const bool paused = state == TrainingController::State::Paused;
  pause_->setEnabled(paused || state == TrainingController::State::Running);
  pause_->setText(paused ? tr("&Resume") : tr("&Pause"));
  pause_->setIcon(signIcon(paused ? Sign::Play : Sign::Pause));
  const RunRecord* shown = runs_.active();
  const std::shared_ptr<const ModelState> learnt = shown != nullptr ? learntOf(*shown) : nullptr;
  const bool best = learnt && learnt->training && learnt->training->best;
  restore_best_->setEnabled(best && (!active || paused));
  restore_best_->setText(best && shown->best ? tr("Restore &Last") : tr("Restore &Best"));
  save_settings_->setEnabled(open);
  load_settings_->setEnabled(open && !active);
  stop_->setEnabled(active && state != TrainingController::State::Stopping);
}

void MainWindow::updateGroupMenu() {
  group_menu_->clear();
  if (!session_.isOpen() || !session_.data()->groups()) return;
  const Groups& groups = *session_.data()->groups();
  for (std::size_t g = 0; g < std::min(groups.names.size(), kListedGroups); ++g) {
    const QString name = QString::fromStdString(groups.names[g]);
    // The code, because a name may hold the signs of expressions.
    group_menu_->addAction(name, this, [this, code = groups.codes[g]] {
      selectExpression(QStringLiteral("group=%1").arg(static_cast<qlonglong>(code)));
    });
  }
  if (groups.names.size() <= kListedGroups) return;
  group_menu_->addSeparator();
  group_menu_->addAction(tr("More groups: type group=…"), this, [this] {
    auto* field = data_dock_->findChild<QLineEdit*>(QStringLiteral("selectionExpression"));
    // It may be scrolled away, in a dock that is closed, behind another one or a window of its own.
    for (QWidget* around = field; around != this; around = around->parentWidget()) {
      if (auto* dock = qobject_cast<QDockWidget*>(around)) {
        dock->show();
        dock->raise();
      } else if (auto* scroll = qobject_cast<QScrollArea*>(around)) {
        scroll->ensureWidgetVisible(field);
      }
    }
    field->activateWindow();
    // Not as by a shortcut, which selects what is typed in.
    field->setFocus(Qt::OtherFocusReason);
    field->setText(QStringLiteral("group="));
  });
}

void MainWindow::askFile(bool save, const QString& title, const QString& filter, const QString& suffix,
                         const QString& place, std::function<void(const QString&)> accepted) {
  auto* dialog = new QFileDialog(this, title, place, filter);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(save ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
  dialog->setFileMode(save ? QFileDialog::AnyFile : QFileDialog::ExistingFile);
  if (!suffix.isEmpty()) dialog->setDefaultSuffix(suffix);
  connect(dialog, &QFileDialog::fileSelected, this, std::move(accepted));
  dialog->open();
}

void MainWindow::askImport() {
  auto* dialog = new QFileDialog(this, tr("Import Spectra"), {}, openFilter());
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFiles);
  connect(dialog, &QFileDialog::filesSelected, this, &MainWindow::importFiles);
  dialog->open();
}

void MainWindow::importFiles(const QStringList& paths) {
  if (paths.isEmpty() || !mayReplaceSession()) return;
  auto* dialog = new ImportDialog(paths, options_.persistent, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &QDialog::accepted, this,
          [this, dialog] { openFiles(dialog->paths(), dialog->options()); });
  dialog->open();
}

void MainWindow::askUnfeatured() {
  if (!session_.isOpen()) return;
  auto* dialog =
      new UnfeaturedDialog(session_.data()->components(), session_.session().unfeatured().rows(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &UnfeaturedDialog::specAccepted, this, [this](const QString& spec, bool joins) {
    // The data may have changed while the dialog was open.
    if (!session_.isOpen()) return;
    auto points =
        make_unfeatured(spec.toStdString(), session_.data()->components(), session_.session().config().seed);
    if (!points) {
      showError(points.error());
      return;
    }
    const QString what = tr("unfeatured points %1").arg(spec);
    if (joins)
      session_.joinUnfeatured(*points, what);
    else
      session_.setUnfeatured(std::move(*points), what);
  });
  dialog->open();
}

void MainWindow::assignRole(Role role) {
  const Rows& rows = selection_.rows();
  if (rows.empty()) return;
  const std::size_t changed = session_.setRole(rows, role);
  QString text = tr("%1 now %2").arg(counted(changed, tr("1 row is"), tr("%L1 rows are")), roleName(role));
  if (role == Role::Labelled) {
    const auto unknown = static_cast<std::size_t>(
        std::ranges::count_if(rows, [&](std::uint32_t row) { return !session_.data()->labelled(row); }));
    if (unknown > 0)
      text += tr("; %1 skipped")
                  .arg(counted(unknown, tr("1 row without a composition was"),
                               tr("%L1 rows without a composition were")));
  }
  if (training_.active()) text += tr("; the run that is going on keeps the rows that it was started with");
  statusBar()->showMessage(text);
}

void MainWindow::selectExpression(const QString& expression) {
  if (!session_.isOpen()) return;
  if (expression.isEmpty()) {
    selection_.clear();
    return;
  }
  auto rows = select_rows(*session_.data(), expression.toStdString());
  if (rows)
    selection_.select(std::move(*rows));
  else
    showError(rows.error());
}

void MainWindow::saveSettings(const QString& path) {
  const Status written = write_settings(session_.session().config(), path.toStdString());
  if (!written)
    showError(written.error());
  else
    statusBar()->showMessage(tr("Settings written to %1").arg(QDir::toNativeSeparators(path)));
}

void MainWindow::loadSettings(const QString& path) {
  const auto config = read_settings(path.toStdString());
  if (!config) {
    showError(config.error());
    return;
  }
  const QString name = QFileInfo(path).fileName();
  session_.setConfig(*config, tr("load settings of %1").arg(name));
  const auto changed = static_cast<int>(config->changed().size());
  statusBar()->showMessage(tr("Settings of %1: preset %2; changed: %L3")
                               .arg(name, QString::fromStdString(config->preset))
                               .arg(changed));
}

void MainWindow::exportFocusedFigure() {
  PlotView* view = nullptr;
  for (QWidget* widget = QApplication::focusWidget(); widget != nullptr && view == nullptr;
       widget = widget->parentWidget())
    view = qobject_cast<PlotView*>(widget);
  (view != nullptr ? view : spectra_)->askExportFigure();
}

void MainWindow::showGuide(const QString& page) {
  if (help_ == nullptr) help_ = new HelpWindow(this);
  help_->showPage(page);
}

void MainWindow::showAbout() {
  auto* box = new QMessageBox(this);
  box->setObjectName(QStringLiteral("aboutBox"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setWindowTitle(tr("About Assayer"));
  box->setIconPixmap(windowIcon().pixmap(64));
  box->setText(tr("Assayer %1").arg(QLatin1String(ASSAYER_VERSION)));
  QString details =
      tr("Compositions and endmembers from spectra of mixtures, learnt from labelled, unlabelled "
         "and unfeatured data.\n\nFree software under the GNU General Public License, version 3 or "
         "later; without any warranty.\n\nQt %1")
          .arg(QLatin1String(qVersion()));
  if (!training_.engine_description().isEmpty())
    details += QStringLiteral(" · ") + training_.engine_description();
  if (!options_.autosave_folder.isEmpty())
    details += tr("\nRuns are saved in %1").arg(QDir::toNativeSeparators(options_.autosave_folder));
  box->setInformativeText(details);
  box->open();
}

}  // namespace assayer::ui
