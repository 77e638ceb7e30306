// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <optional>
#include <vector>

#include "core/train/engine.h"
#include "ui/viewmodels/image_map_model.h"
#include "ui/viewmodels/job_runner.h"
#include "ui/viewmodels/selection_model.h"
#include "ui/viewmodels/session_model.h"
#include "ui/viewmodels/shown_run.h"

class QAction;
class QTimer;

namespace assayer::ui {

class ComposePanel;
class ImageMapPanel;
class LinesPanel;
class NuisanceTrace;
class PictureGrid;
class PlotView;
class ProjectionPanel;
class RowTable;
class SimplexPanel;
class SpectraPlot;

/// The window's part that ties the views beside the first five to session, selection and model: image map,
/// table of rows, composed spectra, element lines, bad channels, what a run makes of the selected rows, and
/// the rows that the selection is compared with. It owns no widget but what it hands over to docks.
class LinkedViews : public QObject {
  Q_OBJECT
 public:
  /// What the window already has, and all of which outlives this.
  struct Shared {
    SessionModel& session;
    SelectionModel& selection;
    SpectraPlot& spectra;
    SimplexPanel& simplex;
    NuisanceTrace& nuisance;
    ProjectionPanel& projection;
  };
  explicit LinkedViews(const Shared& shared, QObject* parent = nullptr);

  /// Shows what a model says, null: there is none. `learnt`: the data that it took, preprocessed perhaps;
  /// null: the session's.
  void setModel(std::shared_ptr<const Snapshot> snapshot, const DatasetPtr& learnt);

  /// Runs that are shown beside the one on display, in projection, map, table and pictures. `active` is that
  /// one, without a snapshot where its results still change; nothing: there is none.
  void setRuns(std::vector<ShownRun> runs, std::optional<ShownRun> active);

  [[nodiscard]] ImageMapPanel* map() { return map_; }
  [[nodiscard]] RowTable* table() { return table_; }
  [[nodiscard]] ComposePanel* compose() { return compose_; }
  [[nodiscard]] LinesPanel* lines() { return lines_; }
  [[nodiscard]] PictureGrid* pictures() { return pictures_; }
  [[nodiscard]] SelectionModel& comparison() { return comparison_; }
  /// For the Select menu: the rows to compare with, the threshold of z, and the tool for bad channels.
  [[nodiscard]] QList<QAction*> selectActions() const;
  /// Plots of these views, for what the window does with every one of its own.
  [[nodiscard]] std::vector<PlotView*> plots();
  /// Something is being read or computed for these views.
  [[nodiscard]] bool busy() const;

 Q_SIGNALS:
  void statusText(const QString& text);
  /// Whether the data are an image: its dock is of no use otherwise.
  void imageOpened(bool image);
  /// Likewise whether the rows are pictures.
  void picturesOpened(bool pictures);
  void settled();

 private:
  struct Wanted {
    std::vector<double> composition;
    std::vector<double> z;
    std::shared_ptr<const Model> model;
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  /// What is to be reconstructed: these rows of the data on display, as a run has them.
  struct Rebuilt {
    Rows rows;
    DatasetPtr shown;
    std::shared_ptr<const Snapshot> snapshot;
    friend bool operator==(const Rebuilt&, const Rebuilt&) = default;
  };

  void createActions();
  void connectMap();
  void connectTable();
  void connectCompose();
  void connectLines();
  void connectPictures();
  void showPictures();
  void connectSpectra();
  void connectMask();
  void connectComparison();
  void connectThreshold();
  void showSession();
  void showMask();
  void followCursor(qint64 row);
  void generate();
  void reconstruct();
  void showLines();
  /// Whether peaks are to be named, with the elements that are chosen and the channels that there are.
  [[nodiscard]] bool wantsPeaks() const;
  void namePeaks();
  void settle();

  SessionModel& session_;
  SelectionModel& selection_;
  SpectraPlot& spectra_;
  SimplexPanel& simplex_;
  NuisanceTrace& nuisance_;
  ProjectionPanel& projection_;

  ImageMapPanel* map_;
  RowTable* table_;
  ComposePanel* compose_;
  LinesPanel* lines_;
  PictureGrid* pictures_;
  QAction* mask_tool_ = nullptr;
  QAction* compare_ = nullptr;
  QAction* swap_ = nullptr;
  QAction* forget_ = nullptr;
  QAction* threshold_ = nullptr;

  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<ShownRun> runs_;
  std::optional<ShownRun> active_;
  SelectionModel comparison_;
  ImageMapModel map_model_;
  JobRunner cursor_jobs_;
  JobRunner compose_jobs_;
  JobRunner rebuild_jobs_;
  JobRunner peak_jobs_;
  JobRunner picture_jobs_;
  JobRunner chosen_jobs_;
  QTimer* peak_timer_;
  bool tells_lines_apart_ = false;  ///< the channels on display are so near that any line may name a peak
  bool reading_ = false;            ///< the status bar says how far a map is
  qint64 cursor_ = -1;              ///< the row that the cursor is at, and whose spectrum is wanted
  Wanted pictured_;                 ///< what the generated pictures are of
  std::optional<Wanted> wanted_;    ///< the spectrum that is wanted; what is being generated may be older
  std::optional<Rebuilt> rebuilt_;  ///< likewise
};

}  // namespace assayer::ui
