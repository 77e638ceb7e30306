// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/main_window.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QIcon>
#include <QLabel>
#include <QMimeData>
#include <QScrollArea>
#include <QSettings>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <utility>

#include "core/io/importer.h"
#include "ui/views/compare_page.h"
#include "ui/views/compose_panel.h"
#include "ui/views/counted.h"
#include "ui/views/curve_plot.h"
#include "ui/views/data_dock.h"
#include "ui/views/help_window.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/job_bar.h"
#include "ui/views/lines_panel.h"
#include "ui/views/loadings_plot.h"
#include "ui/views/main_window_linked.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/objective_plot.h"
#include "ui/views/picture_grid.h"
#include "ui/views/pipeline_dock.h"
#include "ui/views/projection_panel.h"
#include "ui/views/projection_space.h"
#include "ui/views/projection_view.h"
#include "ui/views/redraw_turns.h"
#include "ui/views/row_table.h"
#include "ui/views/runs_dock.h"
#include "ui/views/sign_icon.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/spectra_plot.h"
#include "ui/views/status_tips.h"
#include "ui/views/training_dock.h"

// A static library's resources must be asked for, outside any namespace.
static void initResources() {
  Q_INIT_RESOURCE(assayer);
}

namespace assayer::ui {
namespace {

/// For those who listen to the window: plots and scrolled panels that have no name of their own have the
/// panel's.
void nameContents(const QDockWidget& dock) {
  const QList<QWidget*> widgets = dock.findChildren<QWidget*>();
  for (QWidget* widget : widgets) {
    const bool named = !widget->accessibleName().isEmpty();
    if (!named &&
        (qobject_cast<PlotView*>(widget) != nullptr || qobject_cast<QScrollArea*>(widget) != nullptr))
      widget->setAccessibleName(dock.windowTitle());
  }
}

}  // namespace

MainWindow::MainWindow(Options options, QWidget* parent)
    : QMainWindow(parent), options_(std::move(options)), recent_(options_.persistent, options_.cache_folder) {
  initResources();
  // Before there is anything to be drawn twice.
  if (options_.persistent)
    theme_.apply(
        parseTheme(QSettings().value(QStringLiteral("theme")).toString()).value_or(ThemeChoice::System));
  setObjectName(QStringLiteral("mainWindow"));
  setWindowIcon(QIcon(QStringLiteral(":/icons/assayer.svg")));
  setWindowTitle(tr("Assayer"));
  setAcceptDrops(true);
  setDockNestingEnabled(true);
  resize(1480, 920);

  createViews();
  createDocks();
  createActions();
  connectViews();
  connectLinked();
  connectModels();
  connectPipeline();
  connectCompare();
  connectRuns();
  connectProject();
  showSession();
  signExtensions(*this);
  for (auto* button : findChildren<QToolButton*>(QStringLiteral("qt_toolbar_ext_button")))
    button->setAccessibleName(tr("More"));
  new StatusTips(*this);
  default_state_ = saveState(kStateVersion);
  restoreLayout();
}

// The controller and the job runners stop and join their workers as members, before the widgets go.
MainWindow::~MainWindow() {
  disconnect(&training_, nullptr, this, nullptr);
  disconnect(&selection_, nullptr, this, nullptr);
  disconnect(&session_, nullptr, this, nullptr);
  disconnect(&runs_, nullptr, this, nullptr);
  disconnect(session_.undoStack(), nullptr, this, nullptr);
}

void MainWindow::createViews() {
  message_bar_ = new MessageBar;
  job_bar_ = new JobBar;
  data_dock_ = new DataDock;
  training_dock_ = new TrainingDock;
  pipeline_dock_ = new PipelineDock;
  runs_dock_ = new RunsDock;
  simplex_panel_ = new SimplexPanel;
  simplex_ = simplex_panel_->view();
  spectra_ = new SpectraPlot;
  spectra_->setObjectName(QStringLiteral("spectraPlot"));
  spectra_->setEmptyText(
      tr("Generated endmembers and selected spectra appear here.\nOpen a file, or drop one "
         "on the window."));
  nuisance_ = new NuisanceTrace;
  nuisance_->setObjectName(QStringLiteral("nuisanceTrace"));
  nuisance_->setEmptyText(tr("Train a model to see the nuisance z of every spectrum."));
  projection_panel_ = new ProjectionPanel;
  projection_panel_->plane()->setAccessibleName(tr("Projection on two axes"));
  projection_panel_->space()->setAccessibleName(tr("Projection on three components"));
  projection_panel_->scree()->setAccessibleName(tr("Explained variance"));
  projection_panel_->loadings()->setAccessibleName(tr("Loadings"));
  objective_ = new ObjectivePlot;
  objective_->setObjectName(QStringLiteral("objectivePlot"));
  objective_->setEmptyText(tr("The terms of the objective appear here\nwhile a model is being trained."));

  compare_page_ = new ComparePage;
  linked_ = new LinkedViews(
      {session_, selection_, *spectra_, *simplex_panel_, *nuisance_, *projection_panel_}, this);
  turns_ = new RedrawTurns(this);

  run_label_ = new QLabel;
  run_label_->setObjectName(QStringLiteral("runLabel"));
  run_label_->setContentsMargins(8, 0, 8, 0);
  statusBar()->addPermanentWidget(job_bar_);
}

QDockWidget* MainWindow::addDock(const char* name, const QString& title, QWidget* content) {
  auto* dock = new QDockWidget(title, this);
  dock->setObjectName(QString::fromLatin1(name));
  dock->setWidget(content);
  dock->toggleViewAction()->setStatusTip(tr("Show or hide the panel %1").arg(title));
  nameContents(*dock);
  // "simplexDockWidget" has the guide's page "simplex".
  HelpWindow::setPageOf(*dock, dock->objectName().remove(QStringLiteral("DockWidget")));
  docks_.push_back(dock);
  return dock;
}

void MainWindow::createDocks() {
  QDockWidget* dataset = addDock("dataDockWidget", tr("Data"), data_dock_);
  QDockWidget* pipeline = addDock("pipelineDockWidget", tr("Pipeline"), pipeline_dock_);
  QDockWidget* simplex = addDock("simplexDockWidget", tr("Simplex"), simplex_panel_);
  QDockWidget* spectra = addDock("spectraDockWidget", tr("Spectra"), spectra_);
  QDockWidget* nuisance = addDock("nuisanceDockWidget", tr("Nuisance z"), nuisance_);
  QDockWidget* projection = addDock("projectionDockWidget", tr("Projection"), projection_panel_);
  QDockWidget* training = addDock("trainingDockWidget", tr("Training"), training_dock_);
  QDockWidget* objective = addDock("objectiveDockWidget", tr("Objective"), objective_);
  QDockWidget* runs = addDock("runsDockWidget", tr("Runs"), runs_dock_);
  QDockWidget* compare = addDock("compareDockWidget", tr("Compare"), compare_page_);
  picture_dock_ = addDock("picturesDockWidget", tr("Pictures"), linked_->pictures());
  QDockWidget* table = addDock("tableDockWidget", tr("Table"), linked_->table());
  QDockWidget* compose = addDock("composeDockWidget", tr("Compose"), linked_->compose());
  QDockWidget* lines = addDock("linesDockWidget", tr("Lines"), linked_->lines());
  map_dock_ = addDock("mapDockWidget", tr("Map"), linked_->map());

  // Without a central widget the docks have the whole window, and every one of them can be moved or closed.
  addDockWidget(Qt::LeftDockWidgetArea, dataset);
  splitDockWidget(dataset, simplex, Qt::Horizontal);
  splitDockWidget(simplex, spectra, Qt::Horizontal);
  splitDockWidget(spectra, training, Qt::Horizontal);
  splitDockWidget(simplex, nuisance, Qt::Vertical);
  splitDockWidget(spectra, projection, Qt::Vertical);
  splitDockWidget(training, objective, Qt::Vertical);
  splitDockWidget(dataset, pipeline, Qt::Vertical);
  // Behind the objective, which is looked at while a run goes on, the list when one has ended.
  tabifyDockWidget(objective, runs);
  objective->raise();
  // Behind the spectra: wide, and out of the way until it is wanted.
  // Its tables scroll; without this the whole window could not be made narrower than they are.
  compare_page_->setMinimumWidth(320);
  tabifyDockWidget(projection, compare);
  tabifyDockWidget(projection, compose);
  tabifyDockWidget(projection, lines);
  projection->raise();
  tabifyDockWidget(nuisance, table);
  nuisance->raise();
  tabifyDockWidget(simplex, map_dock_);
  simplex->raise();
  tabifyDockWidget(simplex, picture_dock_);
  simplex->raise();
  map_dock_->hide();
  picture_dock_->hide();
  resizeDocks({dataset, simplex, spectra, training}, {230, 450, 450, 310}, Qt::Horizontal);
  resizeDocks({simplex, nuisance}, {500, 340}, Qt::Vertical);
  resizeDocks({spectra, projection}, {440, 400}, Qt::Vertical);
  resizeDocks({training, objective}, {600, 250}, Qt::Vertical);
}

void MainWindow::connectViews() {
  const auto request = [this](const Rows& rows, SelectMode mode) { selection_.select(rows, mode); };
  connect(simplex_, &SimplexView::selectionRequested, this, request);
  connect(nuisance_, &NuisanceTrace::selectionRequested, this, request);
  connect(projection_panel_, &ProjectionPanel::selectionRequested, this, request);
  connect(compare_page_, &ComparePage::selectionRequested, this, request);
  connect(&selection_, &SelectionModel::changed, this, [this](const Rows& rows) {
    simplex_->setSelection(rows);
    spectra_->setSelection(rows);
    nuisance_->setSelection(rows);
    projection_panel_->setSelection(rows);
    compare_page_->setSelection(rows);
    data_dock_->setSelection(rows);
    updateActions();
  });

  const auto status = [this](const QString& text) { statusBar()->showMessage(text); };
  for (PlotView* view : plots()) {
    connect(view, &PlotView::spaceTapped, this, &MainWindow::togglePause);
    view->setTurns(turns_);
  }
  for (PlotView* view : std::initializer_list<PlotView*>{simplex_, spectra_, nuisance_, objective_})
    connect(view, &PlotView::statusText, this, status);
  for (QAction* action : role_actions_) {
    simplex_->addAction(action);
    nuisance_->addAction(action);
  }
  connect(simplex_panel_, &SimplexPanel::statusText, this, status);
  connect(compare_page_, &ComparePage::statusText, this, status);
  connect(simplex_, &SimplexView::unfeaturedRequested, this,
          [this](const QVector<double>& composition) { session_.addUnfeatured(composition); });
  connect(simplex_, &SimplexView::unfeaturedSprayed, this, [this](const Matrix<double>& compositions) {
    session_.joinUnfeatured(compositions, tr("spray unfeatured points"));
  });
  connect(simplex_, &SimplexView::unfeaturedErased, &session_, &SessionModel::removeUnfeatured);
  connect(simplex_panel_, &SimplexPanel::interiorRequested, this, [this](double width) {
    selectExpression(QStringLiteral("interior:%1").arg(width));
    statusBar()->showMessage(
        tr("Interior ±%1/K: %2")
            .arg(width)
            .arg(counted(selection_.rows().size(), tr("1 row selected"), tr("%L1 rows selected"))));
  });
  connect(simplex_panel_->generateAction(), &QAction::triggered, this, &MainWindow::askUnfeatured);
  connect(simplex_panel_->clearAction(), &QAction::triggered, this, [this] {
    if (session_.isOpen())
      session_.setUnfeatured(Matrix<double>(0, session_.data()->components()), tr("clear unfeatured points"));
  });
  connect(data_dock_, &DataDock::expressionEntered, this, &MainWindow::selectExpression);

  connect(training_dock_, &TrainingDock::startRequested, this, &MainWindow::startTraining);
  connect(training_dock_, &TrainingDock::pauseRequested, &training_, &TrainingController::pause);
  connect(training_dock_, &TrainingDock::resumeRequested, &training_, &TrainingController::resume);
  connect(training_dock_, &TrainingDock::stopRequested, this, &MainWindow::stopTraining);
  connect(training_dock_, &TrainingDock::configEdited, &session_,
          [this](const TrainConfig& config) { session_.setConfig(config); });
  connect(training_dock_, &TrainingDock::configRejected, this,
          [this](const QString& text) { say(MessageBar::Level::Error, text); });
}

void MainWindow::connectLinked() {
  connect(linked_, &LinkedViews::statusText, this,
          [this](const QString& text) { statusBar()->showMessage(text); });
  connect(linked_, &LinkedViews::settled, this, [this] {
    if (!busy()) Q_EMIT settled();
  });
  for (PlotView* view : linked_->plots()) {
    connect(view, &PlotView::statusText, this,
            [this](const QString& text) { statusBar()->showMessage(text); });
    if (view != projection_panel_->scree() && view != projection_panel_->loadings())
      for (QAction* action : role_actions_) view->addAction(action);
  }
  // A map of data that are no image would be an empty frame; so would a grid of pictures that are none.
  const auto offer = [](QDockWidget* dock, bool offered) {
    dock->toggleViewAction()->setVisible(offered);
    dock->setVisible(offered);
    if (offered) dock->raise();
  };
  connect(linked_, &LinkedViews::imageOpened, this, [this, offer](bool image) { offer(map_dock_, image); });
  connect(linked_, &LinkedViews::picturesOpened, this,
          [this, offer](bool pictures) { offer(picture_dock_, pictures); });
  offer(map_dock_, false);
  offer(picture_dock_, false);
}

std::vector<PlotView*> MainWindow::plots() const {
  std::vector<PlotView*> plots = {simplex_, spectra_, nuisance_, objective_};
  for (PlotView* view : compare_page_->plots()) plots.push_back(view);
  for (PlotView* view : linked_->plots()) plots.push_back(view);
  return plots;
}

void MainWindow::drawNow() {
  for (PlotView* view : plots())
    if (view->isVisible()) view->drawNow();
}

void MainWindow::resetLayout() {
  for (QDockWidget* dock : docks_) {
    dock->setFloating(false);
    dock->show();
  }
  restoreState(default_state_, kStateVersion);
  for (QDockWidget* dock : {map_dock_, picture_dock_})
    dock->setVisible(dock->toggleViewAction()->isVisible());
  showRows();
}

void MainWindow::restoreLayout() {
  if (!options_.persistent) return;
  const QSettings settings;
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  // Returns false, and changes nothing, for a layout of another version.
  restoreState(settings.value(QStringLiteral("window/state")).toByteArray(), kStateVersion);
  showRows();
}

void MainWindow::saveLayout() {
  if (!options_.persistent) return;
  QSettings settings;
  settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
  settings.setValue(QStringLiteral("window/state"), saveState(kStateVersion));
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!leaving_ && modified() && options_.confirm_discard) {
    event->ignore();
    whenSaved([this] {
      leaving_ = true;
      close();
    });
    return;
  }
  saveLayout();
  keepPicture(sessionFile());
  load_jobs_.abandon();
  preview_jobs_.abandon();
  pca_jobs_.abandon();
  compare_jobs_.abandon();
  // The last checkpoint is written on the way out.
  training_.shutdown();
  autosave_->forget();
  discardRecovered();
  QMainWindow::closeEvent(event);
}

namespace {

/// The files of a drag, empty where anything else is among them.
QStringList droppedFiles(const QMimeData& data) {
  QStringList files;
  const QList<QUrl> urls = data.urls();
  for (const QUrl& url : urls) {
    if (!url.isLocalFile()) return {};
    files << url.toLocalFile();
  }
  return files;
}

}  // namespace

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!droppedFiles(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QStringList files = droppedFiles(*event->mimeData());
  if (files.isEmpty()) return;
  event->acceptProposedAction();
  openFiles(files, {});
}

}  // namespace assayer::ui
