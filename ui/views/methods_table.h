// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableWidget>

#include "core/metrics/evaluation.h"
#include "ui/views/compare_data.h"
#include "ui/views/plot_table.h"

namespace assayer::ui {

/// Methods against measures, mean ± sd over the splits. The best method of a measure is marked only where it
/// is better than every other one with a paired interval that excludes 0.
class MethodsTable : public QTableWidget {
  Q_OBJECT
 public:
  explicit MethodsTable(QWidget* parent = nullptr);
  /// Null clears.
  void setValidation(const ValidationPtr& validation);
  [[nodiscard]] PlotTable table() const;
};

/// The finished runs of the open data beside each other, by what they reached on rows that they had not seen.
class RunsTable : public QTableWidget {
  Q_OBJECT
 public:
  explicit RunsTable(QWidget* parent = nullptr);
  void addRun(const QString& name, const QString& settings, const Evaluation& evaluation, double seconds);
  void clearRuns();
  [[nodiscard]] PlotTable table() const;
};

/// Differences of KL between every two methods with their 95 % intervals, warnings and failures, in
/// sentences.
QString validationText(const Validation& validation);

}  // namespace assayer::ui
