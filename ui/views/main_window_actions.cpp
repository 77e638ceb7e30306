// SPDX-License-Identifier: GPL-3.0-or-later
// Menus, tool bars and the dialogs that they open.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDesktopServices>
#include <QDir>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QScrollArea>
#include <QStatusBar>
#include <QStyle>
#include <QToolBar>
#include <QUndoStack>
#include <algorithm>
#include <numeric>

#include "core/io/exporter.h"
#include "core/io/importer.h"
#include "core/io/settings_file.h"
#include "core/train/train_plan.h"
#include "ui/views/counted.h"
#include "ui/views/data_dock.h"
#include "ui/views/help_window.h"
#include "ui/views/import_dialog.h"
#include "ui/views/main_window.h"
#include "ui/views/main_window_linked.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/objective_plot.h"
#include "ui/views/runs_dock.h"
#include "ui/views/sign_icon.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/unfeatured_dialog.h"

namespace assayer::ui {

namespace {

/// How far Select > Grow reaches in each component: a step of the lattice of ten.
constexpr double kGrowReach = 0.1;
constexpr std::size_t kListedGroups = 30;  // more would not fit a screen

QAction* makeAction(QObject* parent, const char* name, const QString& text, const QString& tip,
                    const QKeySequence& key = {}) {
  auto* action = new QAction(text, parent);
  action->setObjectName(QString::fromLatin1(name));
  action->setShortcut(key);
  action->setStatusTip(tip);
  QString plain = text;
  plain.remove(QLatin1Char('&'));
  action->setToolTip(
      key.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
  return action;
}

QString restoreBestTip() {
  return MainWindow::tr(
      "Show the weights of the epoch at which the objective was highest, or the last ones again");
}

QString openFilter() {
  QStringList all;
  QStringList each;
  const ImporterRegistry registry = ImporterRegistry::standard();
  for (const auto& importer : registry.importers()) {
    const QString patterns = QString::fromStdString(importer->patterns());
    all << patterns;
    each << QStringLiteral("%1 (%2)").arg(QString::fromStdString(importer->name()), patterns);
  }
  all << QStringLiteral("*.assayer");
  each.prepend(MainWindow::tr("Assayer projects (*.assayer)"));
  each.prepend(MainWindow::tr("All readable files (%1)").arg(all.join(QLatin1Char(' '))));
  each << MainWindow::tr("All files (*)");
  return each.join(QStringLiteral(";;"));
}

QString settingsFilter() {
  return MainWindow::tr("Settings (*.json)");
}

QString exportFilter() {
  QStringList each;
  const ExporterRegistry registry = ExporterRegistry::standard();
  for (const auto& exporter : registry.exporters()) {
    QStringList patterns;
    for (const std::string& extension : exporter->extensions())
      patterns << QLatin1Char('*') + QString::fromStdString(extension);
    each << QStringLiteral("%1 (%2)").arg(QString::fromStdString(exporter->name()),
                                          patterns.join(QLatin1Char(' ')));
  }
  return each.join(QStringLiteral(";;"));
}

}  // namespace

void MainWindow::createActions() {
  createFileMenu();
  createEditMenus();
  createTrainMenu();
  createViewAndHelpMenus();
  createToolBar();
  updateActions();
}

void MainWindow::createFileMenu() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  open_ = makeAction(this, "openAction", tr("&Open…"), tr("Open spectra from a file, or a project"),
                     QKeySequence::Open);
  connect(open_, &QAction::triggered, this, [this] {
    askFile(false, tr("Open"), openFilter(), {}, {}, [this](const QString& path) { openFile(path); });
  });
  import_ = makeAction(this, "importAction", tr("&Import…"),
                       tr("Open spectra and say what the parts of their file are, or several files as one"),
                       Qt::CTRL | Qt::SHIFT | Qt::Key_I);
  connect(import_, &QAction::triggered, this, &MainWindow::askImport);
  open_sample_ = makeAction(this, "openSampleAction", tr("Open &Sample"),
                            tr("Simulate the laboratory: three minerals in three geometries"),
                            Qt::CTRL | Qt::SHIFT | Qt::Key_O);
  connect(open_sample_, &QAction::triggered, this, &MainWindow::openSample);
  recent_menu_ = new QMenu(tr("Open &Recent"), this);
  recent_menu_->setObjectName(QStringLiteral("recentMenu"));
  connect(recent_menu_, &QMenu::aboutToShow, this, &MainWindow::showPictures);
  open_model_ = makeAction(this, "openModelAction", tr("Open &Model…"),
                           tr("Show a trained model on the open data, or on those that it was trained on"));
  connect(open_model_, &QAction::triggered, this, [this] {
    askFile(false, tr("Open Model"), tr("Assayer models (*.h5)"), {}, {},
            [this](const QString& path) { openModel(path); });
  });
  open_autosave_ = makeAction(this, "openAutosaveAction", tr("Open &Autosaved Run…"),
                              tr("Every run is saved as it goes; the newest runs are kept"));
  connect(open_autosave_, &QAction::triggered, this, [this] {
    askFile(false, tr("Open Autosaved Run"), tr("Assayer models (*.h5)"), {}, options_.autosave_folder,
            [this](const QString& path) { openModel(path); });
  });
  save_project_ = makeAction(this, "saveProjectAction", tr("&Save Project"),
                             tr("Save data, rows, steps, runs and layout in one file"), Qt::CTRL | Qt::Key_S);
  connect(save_project_, &QAction::triggered, this, &MainWindow::save);
  save_project_as_ = makeAction(this, "saveProjectAsAction", tr("Save Project &As…"),
                                tr("Save the project under another name"), Qt::CTRL | Qt::SHIFT | Qt::Key_S);
  connect(save_project_as_, &QAction::triggered, this, &MainWindow::saveAs);
  save_model_ = makeAction(this, "saveModelAction", tr("Save Mo&del…"),
                           tr("Save the model of the active run with its settings and rows"));
  connect(save_model_, &QAction::triggered, this, [this] {
    askFile(true, tr("Save Model"), tr("Assayer models (*.h5)"), QStringLiteral("h5"),
            beside(QStringLiteral("-model.h5")), [this](const QString& path) { saveModel(path); });
  });
  export_endmembers_ = makeAction(this, "exportEndmembersAction", tr("&Endmembers as CSV…"),
                                  tr("Write the generated endmembers as a table"));
  connect(export_endmembers_, &QAction::triggered, this, [this] {
    askFile(true, tr("Export Endmembers"), tr("Tables (*.csv)"), QStringLiteral("csv"),
            beside(QStringLiteral("-endmembers.csv")),
            [this](const QString& path) { exportEndmembers(path); });
  });
  export_composition_ = makeAction(this, "exportCompositionAction", tr("&Composition as CSV…"),
                                   tr("Write composition and nuisance of every spectrum as a table"));
  connect(export_composition_, &QAction::triggered, this, [this] {
    askFile(true, tr("Export Composition"), tr("Tables (*.csv)"), QStringLiteral("csv"),
            beside(QStringLiteral("-composition.csv")),
            [this](const QString& path) { exportComposition(path); });
  });
  export_data_ =
      makeAction(this, "exportDataAction", tr("&Data…"), tr("Write the open data in another format"));
  connect(export_data_, &QAction::triggered, this, [this] {
    askFile(true, tr("Export Data"), exportFilter(), QStringLiteral("h5"), beside(QStringLiteral("-copy.h5")),
            [this](const QString& path) { exportData(path); });
  });
  export_figure_ =
      makeAction(this, "exportFigureAction", tr("&Figure…"),
                 tr("Save the plot that has the focus as PDF, SVG or PNG"), Qt::CTRL | Qt::Key_E);
  connect(export_figure_, &QAction::triggered, this, &MainWindow::exportFocusedFigure);
  export_all_ = makeAction(this, "exportAllAction", tr("&All Figures and Tables…"),
                           tr("Write every plot and every table into a folder"));
  connect(export_all_, &QAction::triggered, this, [this] {
    auto* dialog = new QFileDialog(this, tr("Export into Folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
      QString error;
      if (exportAll(folder, &error))
        statusBar()->showMessage(
            tr("Figures and tables written to %1").arg(QDir::toNativeSeparators(folder)));
      else
        say(MessageBar::Level::Error, error);
    });
    dialog->open();
  });
  export_report_ = makeAction(this, "exportReportAction", tr("&Report…"),
                              tr("Write data, choices, results and every figure into one PDF or HTML file"),
                              Qt::CTRL | Qt::SHIFT | Qt::Key_E);
  connect(export_report_, &QAction::triggered, this, [this] {
    askFile(true, tr("Export Report"), tr("PDF (*.pdf);;Web page, one file (*.html)"), QStringLiteral("pdf"),
            beside(QStringLiteral("-report.pdf")), [this](const QString& path) { exportReport(path); });
  });
  auto* quit = makeAction(this, "quitAction", tr("&Quit"), tr("Close the program"), QKeySequence::Quit);
  if (quit->shortcut().isEmpty()) quit->setShortcut(Qt::CTRL | Qt::Key_Q);
  quit->setMenuRole(QAction::QuitRole);
  connect(quit, &QAction::triggered, this, &QWidget::close);

  file->addActions({open_, import_, open_sample_});
  file->addMenu(recent_menu_);
  file->addSeparator();
  file->addActions({save_project_, save_project_as_});
  file->addSeparator();
  file->addActions({open_model_, open_autosave_, save_model_});
  file->addSeparator();
  QMenu* exports = file->addMenu(tr("&Export"));
  exports->addActions(
      {export_data_, export_endmembers_, export_composition_, export_figure_, export_all_, export_report_});
  file->addSeparator();
  file->addAction(quit);
  updateRecentFiles();
}

void MainWindow::createEditMenus() {
  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = session_.undoStack()->createUndoAction(this, tr("&Undo"));
  undo->setObjectName(QStringLiteral("undoAction"));
  undo->setShortcut(QKeySequence::Undo);
  QAction* redo = session_.undoStack()->createRedoAction(this, tr("&Redo"));
  redo->setObjectName(QStringLiteral("redoAction"));
  redo->setShortcuts({Qt::CTRL | Qt::SHIFT | Qt::Key_Z, QKeySequence(QKeySequence::Redo)});
  edit->addActions({undo, redo});

  QMenu* select = menuBar()->addMenu(tr("&Select"));
  select_all_ =
      makeAction(this, "selectAllAction", tr("&All"), tr("Select every row"), QKeySequence::SelectAll);
  connect(select_all_, &QAction::triggered, this, [this] { selectExpression(QStringLiteral("all")); });
  select_none_ = makeAction(this, "selectNoneAction", tr("&None"), tr("Select nothing"),
                            Qt::CTRL | Qt::SHIFT | Qt::Key_A);
  connect(select_none_, &QAction::triggered, &selection_, &SelectionModel::clear);
  select_invert_ = makeAction(this, "selectInvertAction", tr("&Invert"), tr("Select every other row instead"),
                              Qt::CTRL | Qt::Key_I);
  connect(select_invert_, &QAction::triggered, this, [this] {
    Rows all(session_.data()->rows());
    std::iota(all.begin(), all.end(), 0U);
    Rows others;
    std::ranges::set_difference(all, selection_.rows(), std::back_inserter(others));
    selection_.select(std::move(others));
  });
  select_grow_ =
      makeAction(this, "selectGrowAction", tr("&Grow"),
                 tr("Add rows with neighbouring compositions, or neighbouring pixels"), Qt::CTRL | Qt::Key_G);
  connect(select_grow_, &QAction::triggered, this, [this] {
    const std::size_t before = selection_.rows().size();
    selection_.select(grow_rows(*session_.data(), selection_.rows(), kGrowReach));
    statusBar()->showMessage(
        tr("%1 added").arg(counted(selection_.rows().size() - before, tr("1 row"), tr("%L1 rows"))));
  });
  group_menu_ = new QMenu(tr("By &Group"), this);
  group_menu_->setObjectName(QStringLiteral("groupMenu"));
  select->addActions({select_all_, select_none_, select_invert_, select_grow_});
  select->addMenu(group_menu_);
  select->addSeparator();

  const auto role = [&](std::size_t i, const char* name, const QString& text, const QString& tip,
                        Qt::Key key) {
    role_actions_[i] = makeAction(this, name, text, tip, key);
    const Role value = DataDock::kShown[i];
    connect(role_actions_[i], &QAction::triggered, this, [this, value] { assignRole(value); });
    select->addAction(role_actions_[i]);
  };
  role(0, "roleLabelledAction", tr("Make &Labelled"),
       tr("Training uses spectrum and composition of the selected rows"), Qt::Key_L);
  role(1, "roleUnlabelledAction", tr("Make &Unlabelled"),
       tr("Training uses the spectrum of the selected rows, not their composition"), Qt::Key_U);
  role(2, "roleHeldOutAction", tr("&Hold Out"),
       tr("Training does not see the selected rows; they judge the model"), Qt::Key_H);
  role(3, "roleExcludedAction", tr("E&xclude"), tr("Leave the selected rows out of everything"), Qt::Key_X);
  data_dock_->setRoleActions(role_actions_);
  select->addSeparator();
  for (QAction* tool : simplex_panel_->tools()) select->addAction(tool);
  select->addSeparator();
  select->addActions(linked_->selectActions());
  select->addSeparator();
  select->addActions({simplex_panel_->generateAction(), simplex_panel_->clearAction()});
}

void MainWindow::createTrainMenu() {
  QMenu* menu = menuBar()->addMenu(tr("&Train"));
  train_ = makeAction(this, "trainAction", tr("&Train"),
                      tr("Train a model with the rows and settings on display"), Qt::CTRL | Qt::Key_R);
  train_->setIcon(signIcon(Sign::Play));
  connect(train_, &QAction::triggered, this, &MainWindow::startTraining);
  pause_ = makeAction(this, "pauseAction", tr("&Pause"), tr("Pause or resume; a paused model stays usable"),
                      Qt::Key_Space);
  pause_->setIcon(signIcon(Sign::Pause));
  connect(pause_, &QAction::triggered, this, &MainWindow::togglePause);
  stop_ = makeAction(this, "stopAction", tr("&Stop"), tr("End the run and keep what it has learnt"),
                     Qt::CTRL | Qt::Key_Period);
  stop_->setIcon(signIcon(Sign::Stop));
  connect(stop_, &QAction::triggered, this, &MainWindow::stopTraining);
  match_endmembers_ =
      makeAction(this, "matchEndmembersAction", tr("&Match Endmembers with a Library…"),
                 tr("Find the spectra of a library that are nearest to each endmember by angle"));
  connect(match_endmembers_, &QAction::triggered, this, [this] {
    askFile(false, tr("Library"), openFilter(), {}, {},
            [this](const QString& path) { matchEndmembers(path); });
  });
  restore_best_ =
      makeAction(this, "restoreBestAction", tr("Restore &Best"), restoreBestTip(), Qt::CTRL | Qt::Key_B);
  connect(restore_best_, &QAction::triggered, this, &MainWindow::restoreBest);
  save_settings_ = makeAction(this, "saveSettingsAction", tr("Save Se&ttings…"),
                              tr("Write the settings of training into a JSON file"));
  connect(save_settings_, &QAction::triggered, this, [this] {
    askFile(true, tr("Save Settings"), settingsFilter(), QStringLiteral("json"),
            beside(QStringLiteral("-settings.json")), [this](const QString& path) { saveSettings(path); });
  });
  load_settings_ = makeAction(this, "loadSettingsAction", tr("&Load Settings…"),
                              tr("Take the settings of training from a JSON file; Undo brings these back"));
  connect(load_settings_, &QAction::triggered, this, [this] {
    askFile(false, tr("Load Settings"), settingsFilter(), {}, {},
            [this](const QString& path) { loadSettings(path); });
  });
  menu->addActions({train_, pause_, stop_, restore_best_});
  menu->addSeparator();
  menu->addActions({save_settings_, load_settings_});
  menu->addSeparator();
  menu->addActions(runs_dock_->commands());
  menu->addSeparator();
  menu->addAction(match_endmembers_);
}

void MainWindow::createViewAndHelpMenus() {
  QMenu* view = menuBar()->addMenu(tr("&View"));
  view->setObjectName(QStringLiteral("viewMenu"));
  for (QDockWidget* dock : docks_) view->addAction(dock->toggleViewAction());
  view->addSeparator();
  QAction* full =
      makeAction(this, "fullScreenAction", tr("&Full Screen"), tr("Use the whole screen"), Qt::Key_F11);
  full->setCheckable(true);
  connect(full, &QAction::toggled, this, [this](bool on) {
    setWindowState(on ? windowState() | Qt::WindowFullScreen : windowState() & ~Qt::WindowFullScreen);
  });
  QMenu* themes = view->addMenu(tr("&Theme"));
  themes->setObjectName(QStringLiteral("themeMenu"));
  auto* group = new QActionGroup(this);
  const auto theme = [&](ThemeChoice choice, const char* name, const QString& text, const QString& tip) {
    QAction* action = makeAction(this, name, text, tip);
    action->setCheckable(true);
    action->setChecked(choice == theme_.choice());
    group->addAction(action);
    themes->addAction(action);
    connect(action, &QAction::triggered, this, [this, choice] { setTheme(choice); });
    theme_actions_[static_cast<std::size_t>(choice)] = action;
  };
  theme(ThemeChoice::System, "themeSystemAction", tr("As the &System"), tr("The colours of the desktop"));
  theme(ThemeChoice::Light, "themeLightAction", tr("&Light"), tr("Dark letters on white"));
  theme(ThemeChoice::Dark, "themeDarkAction", tr("&Dark"), tr("Light letters on dark"));
  QAction* reset =
      makeAction(this, "resetLayoutAction", tr("&Reset Layout"), tr("Put every panel back in its place"));
  connect(reset, &QAction::triggered, this, &MainWindow::resetLayout);
  view->addActions({full, reset});

  QMenu* help = menuBar()->addMenu(tr("&Help"));
  QAction* guide =
      makeAction(this, "helpAction", tr("&Guide"), tr("The guide's page of the view in focus"), Qt::Key_F1);
  connect(guide, &QAction::triggered, this,
          [this] { showGuide(HelpWindow::pageOf(QApplication::focusWidget())); });
  QAction* keys = makeAction(this, "keysAction", tr("&Mouse and Keys"), tr("How the plots are used"));
  connect(keys, &QAction::triggered, this, [this] { showGuide(QStringLiteral("mouse")); });
  QAction* about = makeAction(this, "aboutAction", tr("&About Assayer"), tr("Version and licence"));
  about->setMenuRole(QAction::AboutRole);
  connect(about, &QAction::triggered, this, &MainWindow::showAbout);
  help->addActions({guide, keys, about});
}

void MainWindow::createToolBar() {
  QToolBar* bar = addToolBar(tr("Training"));
  bar->setObjectName(QStringLiteral("mainToolBar"));
  bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  open_->setIcon(style()->standardIcon(QStyle::SP_DialogOpenButton));
  bar->addActions({open_, open_sample_});
  bar->addSeparator();
  bar->addActions({train_, pause_, stop_});
  bar->addWidget(run_label_);

  addToolBarBreak();
  message_row_ = addToolBar(tr("Messages"));
  message_row_->setObjectName(QStringLiteral("messageRow"));
  message_row_->setMovable(false);
  message_row_->toggleViewAction()->setVisible(false);
  // A tool bar shows and hides its widgets itself, by their actions.
  QAction* place = message_row_->addWidget(message_bar_);
  const auto show = [this, place](bool shown) {
    place->setVisible(shown);
    message_row_->setVisible(shown);
  };
  connect(message_bar_, &MessageBar::shownChanged, this, show);
  show(false);
}

void MainWindow::updateActions() {
  const bool open = session_.isOpen();
  const bool active = training_.active();
  const bool results = shownSnapshot() != nullptr;
  const TrainingController::State state = training_.state();
  open_->setEnabled(!active);
  import_->setEnabled(!active);
  export_data_->setEnabled(open);
  open_sample_->setEnabled(!active);
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
  std::shared_ptr<const ModelState> learnt;
  // Until it ends, the controller alone has what a run has learnt.
  if (shown != nullptr) learnt = paused && isLive(shown->id) ? training_.checkpoint() : shown->state;
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
