// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <array>

#include "core/data/selection.h"
#include "ui/views/compare_data.h"
#include "ui/views/select_mode.h"

class QAction;
class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTabWidget;
class QToolButton;

namespace assayer::ui {

class CurvePlot;
class MethodsTable;
class PlotView;
class PredictedPlot;
class ResidualPlot;
class RunsTable;

/// Methods against each other on spectra left out of training: what to compare, how far it is, and what came
/// of it; and the finished runs beside each other. Computes nothing itself.
class ComparePage : public QWidget {
  Q_OBJECT
 public:
  explicit ComparePage(QWidget* parent = nullptr);

  /// Forgets results and runs. Null: no data.
  void setData(const DatasetPtr& data);
  /// While a comparison goes on, its button cancels it.
  void setBusy(bool busy);
  void setProgress(double fraction, const QString& what);
  /// Null clears.
  void setValidation(ValidationPtr validation);
  [[nodiscard]] const ValidationPtr& validation() const { return validation_; }
  void setSelection(const Rows& rows);
  [[nodiscard]] RunsTable& runs() { return *runs_; }

  /// As the controls say, without what the session knows (excluded rows, unfeatured points, seed).
  [[nodiscard]] ValidationSettings settings() const;
  [[nodiscard]] std::array<PlotView*, 4> plots() const;
  /// Tables of methods and runs as CSV and the validation as JSON, where there are any.
  bool exportTables(const QString& folder, QString* error) const;

 Q_SIGNALS:
  void compareRequested(const assayer::ValidationSettings& settings);
  void cancelRequested();
  void selectionRequested(const assayer::Rows& rows, assayer::ui::SelectMode mode);
  void statusText(const QString& text);

 private:
  QWidget* makeControls();
  QWidget* makeResults();
  void updateControls();
  void updateMethodsText();
  void fillCurves();
  void showChosen();
  void askExportTables();

  DatasetPtr data_;
  ValidationPtr validation_;
  bool busy_ = false;

  QToolButton* methods_;
  QComboBox* by_;
  QSpinBox* count_;
  QLabel* count_label_;
  QSpinBox* repeats_;
  QSpinBox* steps_;
  QLineEdit* set_;
  QPushButton* run_;
  QPushButton* export_;
  QProgressBar* progress_;
  QLabel* progress_text_;
  QTabWidget* tabs_;
  MethodsTable* table_;
  QLabel* words_;
  QComboBox* method_;
  QComboBox* component_;
  QComboBox* measure_;
  PredictedPlot* predicted_;
  ResidualPlot* residuals_;
  CurvePlot* calibration_;
  CurvePlot* learning_;
  RunsTable* runs_;
};

}  // namespace assayer::ui
