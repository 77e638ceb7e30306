// SPDX-License-Identifier: GPL-3.0-or-later
// Menus and tool bars.
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QStyle>
#include <QToolBar>
#include <QUndoStack>
#include <algorithm>
#include <iterator>
#include <numeric>

#include "ui/views/counted.h"
#include "ui/views/data_dock.h"
#include "ui/views/help_window.h"
#include "ui/views/main_window.h"
#include "ui/views/main_window_filters.h"
#include "ui/views/main_window_linked.h"
#include "ui/views/runs_dock.h"
#include "ui/views/sign_icon.h"
#include "ui/views/simplex_panel.h"

namespace assayer::ui {

namespace {

/// How far Select > Grow reaches in each component: a step of the lattice of ten.
constexpr double kGrowReach = 0.1;

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
  add_compositions_ = makeAction(
      this, "addCompositionsAction", tr("Add &Compositions…"),
      tr("Give the open spectra compositions that lie in a file of their own, by name or in order"));
  connect(add_compositions_, &QAction::triggered, this, [this] {
    askFile(false, tr("Add Compositions"), compositionFilter(), {}, {},
            [this](const QString& path) { addCompositions(path); });
  });
  add_endmembers_ =
      makeAction(this, "addEndmembersAction", tr("Add Reference E&ndmembers…"),
                 tr("Give the open data reference spectra of their components from another file"));
  connect(add_endmembers_, &QAction::triggered, this, [this] {
    askFile(false, tr("Add Reference Endmembers"), openFilter(), {}, {},
            [this](const QString& path) { addEndmembers(path); });
  });
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
  file->addActions({add_compositions_, add_endmembers_});
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
}  // namespace assayer::ui
