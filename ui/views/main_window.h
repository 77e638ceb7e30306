// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/data/roles.h"
#include "core/simulate/crism_lab.h"
#include "core/validation/validation.h"
#include "ui/viewmodels/autosave.h"
#include "ui/viewmodels/job_runner.h"
#include "ui/viewmodels/recent_files.h"
#include "ui/viewmodels/run_list.h"
#include "ui/viewmodels/selection_model.h"
#include "ui/viewmodels/session_model.h"
#include "ui/viewmodels/training_controller.h"
#include "ui/views/message_bar.h"
#include "ui/views/theme_choice.h"

class QAction;
class QTimer;
class QLabel;
class QMenu;
class QToolBar;

namespace assayer {
struct FoundCompositions;
struct ImportOptions;
}  // namespace assayer

namespace assayer::ui {

class ComparePage;
class DataDock;
class HelpWindow;
class JobBar;
class LinkedViews;
class NuisanceTrace;
class ObjectivePlot;
class PipelineDock;
class PlotView;
class ProjectionPanel;
class RecoveryBar;
class RedrawTurns;
class RunsDock;
class SimplexPanel;
class SimplexView;
class SpectraPlot;
class TrainingDock;
struct Loaded;
struct LoadedModel;
struct LoadedProject;
struct MatchedCompositions;
struct RunRow;

/// The program's window: puts views and view models together, and holds no numbers of its own.
///
/// Everything that takes time runs on workers; what they find out arrives here as events.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  struct Options {
    /// Window layout and recent files are read from and written to the user's settings.
    bool persistent = true;
    /// What File > Open Sample simulates.
    CrismLabOptions sample;
    /// Folder for the checkpoints of runs; empty: none are written.
    QString autosave_folder;
    /// Where sessions are saved by themselves, to be recovered after a kill; empty: nowhere.
    QString state_folder;
    /// For pictures of recent sessions; empty: none are kept.
    QString cache_folder;
    int autosave_interval = 60000;  ///< ms between two such saves, at least
    /// Whether unsaved changes are asked about before they are lost.
    bool confirm_discard = true;
    QString commit;  ///< of the program's source, for reports; empty: not known
  };

  explicit MainWindow(Options options, QWidget* parent = nullptr);
  ~MainWindow() override;

  void openFile(const QString& path);
  /// Several files with the same channels become one data set.
  void openFiles(const QStringList& paths, const ImportOptions& options);
  /// Opens a dialog that asks what the files' parts are, then opens them.
  void importFiles(const QStringList& paths);
  /// Writes the open data; the name's extension chooses the format.
  void exportData(const QString& path);
  void openSample();
  /// Gives the open spectra the compositions of a file, or the reference endmembers: a session on them anew.
  void addCompositions(const QString& path);
  void addEndmembers(const QString& path);
  /// Shows a trained model on the open data, or on those that it was trained on.
  void openModel(const QString& path);
  /// Opens a saved project; `openFile` does so too for files that end with .assayer.
  void openProject(const QString& path);
  /// Writes all that is open into one file, on a worker.
  void saveProject(const QString& path);
  /// The same under the name that the project has, or under one that is asked for.
  void save();
  void saveAs();
  /// Ends the program without asking anybody, as the system wants at logout: what is not saved is kept, and
  /// offered at the next start.
  void endForRecovery();
  /// Whether something has changed since the data were opened or the project was saved.
  [[nodiscard]] bool modified() const;
  /// Empty where the session was never saved.
  [[nodiscard]] const QString& projectPath() const { return project_path_; }

  /// False, with a message in the bar, where the roles or settings make no run.
  bool startTraining();
  void togglePause();
  void stopTraining();

  /// Shows the best state of the active run instead of its last one, or the last one again; undoable. A
  /// paused run is stopped and kept first. Nothing where the run is going on or has no such state.
  void restoreBest();
  /// Of the whole program, at once; kept in the user's settings.
  void setTheme(ThemeChoice choice);

  /// Validates methods on the open data with a worker; false where that is not possible now.
  bool startComparison(ValidationSettings settings);

  void saveModel(const QString& path);
  /// The settings of training as a JSON file, and back; Undo takes a load back.
  void saveSettings(const QString& path);
  void loadSettings(const QString& path);
  /// Compares the endmembers on display with a library file; the results tree shows the nearest.
  void matchEndmembers(const QString& path);
  bool exportEndmembers(const QString& path);
  bool exportComposition(const QString& path);
  /// Every view as PDF, SVG, PNG and CSV, the results as tables; `folder` is made if need be.
  bool exportAll(const QString& folder, QString* error);
  /// Data, choices, results and every figure in one PDF or HTML file, written on a worker.
  void exportReport(const QString& path);
  /// No plot waits for its turn to draw any longer: before a picture is taken of the window.
  void drawNow();

  /// Something is being read, written or computed besides training.
  [[nodiscard]] bool busy() const;

  [[nodiscard]] SessionModel& session() { return session_; }
  [[nodiscard]] SelectionModel& selection() { return selection_; }
  [[nodiscard]] TrainingController& training() { return training_; }
  [[nodiscard]] RunList& runs() { return runs_; }
  [[nodiscard]] MessageBar& messageBar() { return *message_bar_; }
  [[nodiscard]] ComparePage& comparePage() { return *compare_page_; }

 Q_SIGNALS:
  void sessionOpened();
  void modelShown();
  void modelSaved(const QString& path);
  void projectSaved(const QString& path);
  /// The session was saved by itself.
  void autosaved(const QString& file);
  /// Endmembers were compared with a library.
  void matched();
  /// A comparison ended, with results, an error in the bar, or cancelled.
  void compared();
  /// Opening or saving failed; the message is in the bar too. A cancelled job says an empty message.
  void failed(const QString& message);
  void dataExported(const QString& path);
  void reportWritten(const QString& path);
  /// The best state of a run is shown, or its last one again.
  void stateRestored();
  /// `busy()` became false.
  void settled();

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  static constexpr int kStateVersion = 3;  ///< of the saved layout: an older one is not restored

  // main_window.cpp
  [[nodiscard]] std::vector<PlotView*> plots() const;
  void createViews();
  void createDocks();
  void connectViews();
  void connectLinked();
  QDockWidget* addDock(const char* name, const QString& title, QWidget* content);
  void resetLayout();
  void restoreLayout();
  void saveLayout();

  // main_window_menus.cpp
  void createActions();
  void createFileMenu();
  void createEditMenus();
  void createTrainMenu();
  void createViewAndHelpMenus();
  void createToolBar();

  // main_window_settings.cpp
  void updateRecentFiles();
  void rememberFile(const QString& path);
  /// The file that the session is found under in the list of recent ones; empty where there is none.
  [[nodiscard]] QString sessionFile() const;
  /// A small picture of what is open, for the list of recent files.
  void keepPicture(const QString& path);
  void showPictures();

  // main_window_actions.cpp
  void updateActions();
  void updateGroupMenu();
  void askFile(bool save, const QString& title, const QString& filter, const QString& suffix,
               const QString& place, std::function<void(const QString&)> accepted);
  void askImport();
  void askUnfeatured();
  void assignRole(Role role);
  void selectExpression(const QString& expression);
  void exportFocusedFigure();
  void showAbout();
  void showGuide(const QString& page);

  // main_window_pipeline.cpp
  void connectPipeline();
  void updatePreview();
  /// The steps of a model that is shown become the session's.
  void adoptPipeline(const ModelState& state);
  /// Draws the spectra of a data set with the session's rows: its own, or preprocessed.
  void showSpectraOf(const DatasetPtr& shown);
  // main_window_compare.cpp
  void connectCompare();

  // main_window_runs.cpp
  void connectRuns();
  [[nodiscard]] RunRow rowOf(const RunRecord& run) const;
  /// Whether the training controller has to do with this run.
  [[nodiscard]] bool isLive(std::uint64_t id) const { return id != 0 && id == live_run_; }
  /// Whether it is the run that is paused.
  [[nodiscard]] bool waits(const RunRecord& run) const;
  /// What it has learnt so far; null: nothing that could be kept.
  [[nodiscard]] std::shared_ptr<const ModelState> learntOf(const RunRecord& run) const;
  /// `setup`: what the run is made from; null: the session as it is.
  void beginRun(const TrainingRequest& request, const QString& name, std::shared_ptr<const RunSetup> setup);
  void noteLiveResults();
  void endRun();
  void fillRunsTable();
  void showActiveRun();
  void drawActiveRun();
  void showOtherRuns();
  void forkRun(quint64 id);
  void continueRun(quint64 id);
  // Of the active run; null where it has none.
  [[nodiscard]] std::shared_ptr<const Snapshot> shownSnapshot() const;
  [[nodiscard]] std::shared_ptr<const Evaluation> shownEvaluation() const;
  [[nodiscard]] std::shared_ptr<const ModelState> shownModel() const;
  [[nodiscard]] bool hasShownModel() const;

  // main_window_project.cpp
  static bool isProject(const QString& path);
  static QString projectFilter();
  void connectProject();
  [[nodiscard]] QString projectName() const;
  /// Where a file of this session goes unless the user says otherwise: beside the project, or the data.
  [[nodiscard]] QString beside(const QString& ending) const;
  /// After a change that cannot be undone, and after one that can.
  void touched();
  void edited();
  void updateTitle();
  /// What was opened just now stands in `path`, and nothing has changed.
  void startProject(const QString& path);
  [[nodiscard]] Project captureProject() const;
  void takeProject(LoadedProject& loaded, const QString& path);
  void showRows();
  void offerLost();
  void recover();
  void discardRecovered();
  /// Calls `go` once nothing is lost by it: at once, or after the user has saved what is open or given it up.
  void whenSaved(std::function<void()> go);

  // main_window_attach.cpp
  void askRest(const MatchedCompositions& matched, const QString& name, const DatasetPtr& basis);
  void attachCompositions(const std::shared_ptr<const FoundCompositions>& found, const QString& rest,
                          const DatasetPtr& basis);
  void takeAttached(Result<Loaded>& loaded, bool same_compositions);

  // main_window_report.cpp
  struct Figure {
    PlotView* view = nullptr;
    const char* name = "";  ///< of its files
    QString title;
  };
  [[nodiscard]] std::vector<Figure> shownFigures() const;
  /// Program and libraries, name and version.
  [[nodiscard]] std::vector<std::pair<QString, QString>> versions() const;

  // main_window_session.cpp
  void connectModels();
  bool mayReplaceSession();
  /// Whether a run may begin; says why not. What is being read may take the place of the session, and a run
  /// would go with it.
  bool mayTrain();
  void readFiles(const QStringList& paths, const ImportOptions& options);
  void simulateSample();
  void takeLoaded(Loaded loaded, bool reopen);
  /// Closes what is open, runs included, and opens `session`. Only where mayReplaceSession().
  void replaceSession(Session session, const std::string& format, const std::vector<std::string>& warnings,
                      bool reopen);
  void takeModel(const LoadedModel& loaded);
  void showSession();
  void fitProjection();
  void onTrainingState(TrainingController::State state);
  void onTrainingFinished();
  void showSnapshot();
  void showError(const Error& error);
  QString newAutosavePath() const;
  void say(MessageBar::Level level, const QString& text);

  Options options_;
  ThemeSwitch theme_;
  RecentFiles recent_;
  SessionModel session_;
  SelectionModel selection_;
  RunList runs_{*session_.undoStack()};
  TrainingController training_;
  JobRunner load_jobs_;
  JobRunner save_jobs_;
  JobRunner project_jobs_;
  JobRunner pca_jobs_;
  JobRunner preview_jobs_;
  JobRunner compare_jobs_;
  std::unique_ptr<Autosave> autosave_;
  QString project_path_;
  bool data_reopen_ = false;          ///< see Project
  std::uint64_t session_number_ = 0;  ///< of what is open, for results that come late
  std::uint64_t changes_ = 0;         ///< that cannot be undone
  std::uint64_t saved_changes_ = 0;
  std::uint64_t edits_ = 0;  ///< done and undone
  std::function<void()> after_save_;
  bool leaving_ = false;
  std::uint64_t live_run_ =
      0;  ///< the run that the controller trains or has trained last; 0: none of the list
  std::vector<LostSession> lost_;
  std::optional<LostSession> recovered_;  ///< open, and not saved elsewhere yet

  MessageBar* message_bar_ = nullptr;
  QToolBar* message_row_ = nullptr;
  JobBar* job_bar_ = nullptr;
  DataDock* data_dock_ = nullptr;
  TrainingDock* training_dock_ = nullptr;
  PipelineDock* pipeline_dock_ = nullptr;
  RunsDock* runs_dock_ = nullptr;
  RecoveryBar* recovery_bar_ = nullptr;
  QToolBar* recovery_row_ = nullptr;
  QTimer* preview_timer_ = nullptr;
  SimplexPanel* simplex_panel_ = nullptr;
  SimplexView* simplex_ = nullptr;
  SpectraPlot* spectra_ = nullptr;
  NuisanceTrace* nuisance_ = nullptr;
  ProjectionPanel* projection_panel_ = nullptr;
  ObjectivePlot* objective_ = nullptr;
  ComparePage* compare_page_ = nullptr;
  LinkedViews* linked_ = nullptr;
  RedrawTurns* turns_ = nullptr;
  HelpWindow* help_ = nullptr;
  QDockWidget* map_dock_ = nullptr;
  QDockWidget* picture_dock_ = nullptr;
  std::vector<QDockWidget*> docks_;
  QByteArray default_state_;

  QAction* open_ = nullptr;
  QAction* import_ = nullptr;
  QAction* export_data_ = nullptr;
  QAction* open_sample_ = nullptr;
  QAction* add_compositions_ = nullptr;
  QAction* add_endmembers_ = nullptr;
  QAction* open_model_ = nullptr;
  QAction* open_autosave_ = nullptr;
  QMenu* recent_menu_ = nullptr;
  std::array<QAction*, 3> theme_actions_{};  ///< in the order of ThemeChoice
  QAction* save_project_ = nullptr;
  QAction* save_project_as_ = nullptr;
  QAction* save_model_ = nullptr;
  QAction* match_endmembers_ = nullptr;
  QAction* export_endmembers_ = nullptr;
  QAction* export_composition_ = nullptr;
  QAction* export_figure_ = nullptr;
  QAction* export_all_ = nullptr;
  QAction* export_report_ = nullptr;
  QAction* select_all_ = nullptr;
  QAction* select_none_ = nullptr;
  QAction* select_invert_ = nullptr;
  QAction* select_grow_ = nullptr;
  QMenu* group_menu_ = nullptr;
  std::array<QAction*, 4> role_actions_{};  ///< in the order of DataDock::kShown
  QAction* train_ = nullptr;
  QAction* pause_ = nullptr;
  QAction* stop_ = nullptr;
  QAction* restore_best_ = nullptr;
  QAction* save_settings_ = nullptr;
  QAction* load_settings_ = nullptr;
  QLabel* run_label_ = nullptr;
};

}  // namespace assayer::ui
