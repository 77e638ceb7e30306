// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QColor>
#include <memory>
#include <optional>
#include <vector>

#include "core/data/selection.h"
#include "ui/viewmodels/job_runner.h"
#include "ui/viewmodels/row_columns.h"

namespace assayer::ui {

/// The rows of a data set for a table: a million of them cost an index each. Cells are made as they are
/// looked at; sorting runs on a worker.
class RowTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit RowTableModel(QObject* parent = nullptr);

  void setData(const DatasetPtr& source);
  void setRoles(const Roles& roles);
  /// Null takes the predictions away.
  void setSnapshot(std::shared_ptr<const Snapshot> snapshot);
  /// Runs beside the one of the snapshot; those with other rows than the data are left out.
  void setRuns(std::vector<ShownRun> runs);
  /// Rows with a background of their own, and its colour.
  void setSelection(const Rows& rows, const QColor& colour);

  /// The data's row at a place of the table, and the place of a row.
  [[nodiscard]] std::uint32_t rowAt(int place) const;
  [[nodiscard]] int placeOf(std::uint32_t row) const;
  [[nodiscard]] const std::vector<RowColumn>& columns() const { return columns_; }
  [[nodiscard]] bool selected(std::uint32_t row) const { return row < selected_.size() && selected_[row]; }
  /// The column that the rows are sorted by; −1 where it is not there any more, and 0 as long as nobody
  /// sorts.
  [[nodiscard]] int sortColumn() const;
  [[nodiscard]] Qt::SortOrder sortOrder() const;
  [[nodiscard]] bool busy() const { return jobs_.busy() || export_jobs_.busy(); }

  /// Writes all columns and rows, in their order here and with all their digits, as CSV on a worker.
  void exportCsv(const QString& path);

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 Q_SIGNALS:
  void sorted();
  void exported(const QString& path);
  void exportFailed(const QString& message);

 private:
  void refreshColumns();
  void startSort();

  RowSource source_;
  std::vector<RowColumn> columns_;
  std::vector<std::uint32_t> order_;  ///< by place; empty: the data's order
  std::vector<std::uint32_t> place_;  ///< by row; empty likewise
  std::vector<bool> selected_;
  QColor colour_;
  std::optional<RowColumn> sort_by_;
  bool descending_ = false;
  JobRunner jobs_;
  JobRunner export_jobs_;
};

}  // namespace assayer::ui
