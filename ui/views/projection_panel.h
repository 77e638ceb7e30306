// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "core/baselines/pca.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "ui/viewmodels/shown_run.h"
#include "ui/views/select_mode.h"

class QComboBox;
class QLabel;
class QStackedWidget;
class QToolButton;

namespace assayer::ui {

class CurvePlot;
class LoadingsPlot;
class PlotView;
class ProjectionSpace;
class ProjectionView;

/// Principal components in four pictures: scores of two (or what a model says of the rows), scores of three
/// that turn, how much each explains, and their loadings.
class ProjectionPanel : public QWidget {
  Q_OBJECT
 public:
  enum class Page { Plane, Space, Scree, Loadings };

  explicit ProjectionPanel(QWidget* parent = nullptr);

  void setData(DatasetPtr source);
  void setPca(std::shared_ptr<const Pca> pca);
  /// What the model on display says of the rows: more to draw against. Null: no model.
  void setSnapshot(const std::shared_ptr<const Snapshot>& snapshot);
  /// Runs beside the one on display: what they say of the rows, and their endmembers among the scores, with
  /// those of `active` to compare them with; that one without results, or nothing, where it has none.
  void setRuns(std::vector<ShownRun> runs, const std::optional<ShownRun>& active);
  void setSelection(const Rows& rows);
  void setComparison(const Rows& rows);
  void showPage(Page page);

  [[nodiscard]] ProjectionView* plane() { return plane_; }
  [[nodiscard]] ProjectionSpace* space() { return space_; }
  [[nodiscard]] CurvePlot* scree() { return scree_; }
  [[nodiscard]] LoadingsPlot* loadings() { return loadings_; }
  [[nodiscard]] std::vector<PlotView*> plots();

 Q_SIGNALS:
  void selectionRequested(const assayer::Rows& rows, assayer::ui::SelectMode mode);

 private:
  void followAxes(int x, int y);
  void showEndmembers();

  DatasetPtr data_;
  std::shared_ptr<const Pca> pca_;
  std::vector<ShownRun> compared_;  ///< whose endmembers are shown
  Rows selection_;
  Rows comparison_;
  QComboBox* page_;
  QLabel* against_;
  std::array<QComboBox*, 2> axes_{};
  QStringList names_;  ///< of the axes that can be chosen
  QToolButton* turn_;
  QStackedWidget* stack_;
  ProjectionView* plane_;
  ProjectionSpace* space_;
  CurvePlot* scree_;
  LoadingsPlot* loadings_;
};

}  // namespace assayer::ui
