// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/row_table_model.h"

#include <algorithm>
#include <utility>

#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/result_export.h"

namespace assayer::ui {

RowTableModel::RowTableModel(QObject* parent) : QAbstractTableModel(parent) {}

void RowTableModel::setData(const DatasetPtr& source) {
  beginResetModel();
  jobs_.abandon();
  source_ = {source, nullptr, nullptr, {}};
  columns_ = rowColumns(source_);
  order_.clear();
  place_.clear();
  selected_.clear();
  sort_by_.reset();
  endResetModel();
}

void RowTableModel::setRoles(const Roles& roles) {
  source_.roles = std::make_shared<const Roles>(roles);
  refreshColumns();
}

void RowTableModel::setSnapshot(std::shared_ptr<const Snapshot> snapshot) {
  if (snapshot && source_.data && snapshot->prediction.composition.rows() != source_.data->rows()) return;
  source_.snapshot = std::move(snapshot);
  refreshColumns();
}

void RowTableModel::setRuns(std::vector<ShownRun> runs) {
  source_.runs = std::move(runs);
  keepFitting(source_.runs, source_.data.get());
  refreshColumns();
}

void RowTableModel::refreshColumns() {
  if (!source_.data) return;
  std::vector<RowColumn> columns = rowColumns(source_);
  if (columns != columns_) {
    beginResetModel();
    columns_ = std::move(columns);
    endResetModel();
    return;
  }
  Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void RowTableModel::setSelection(const Rows& rows, const QColor& colour) {
  selected_.assign(source_.data ? source_.data->rows() : 0, false);
  for (const std::uint32_t row : rows)
    if (row < selected_.size()) selected_[row] = true;
  colour_ = colour;
  colour_.setAlpha(70);
}

std::uint32_t RowTableModel::rowAt(int place) const {
  const auto p = static_cast<std::size_t>(place);
  return p < order_.size() ? order_[p] : static_cast<std::uint32_t>(place);
}

int RowTableModel::placeOf(std::uint32_t row) const {
  return static_cast<int>(row < place_.size() ? place_[row] : row);
}

int RowTableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() || !source_.data ? 0 : static_cast<int>(source_.data->rows());
}

int RowTableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QVariant RowTableModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !source_.data) return {};
  const RowColumn& column = columns_[static_cast<std::size_t>(index.column())];
  switch (role) {
    case Qt::DisplayRole:
      return rowText(source_, column, rowAt(index.row()));
    case Qt::TextAlignmentRole:
      return QVariant::fromValue(Qt::AlignVCenter | (column.number ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::BackgroundRole:
      return selected(rowAt(index.row())) ? QVariant(colour_) : QVariant();
    default:
      return {};
  }
}

QVariant RowTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || static_cast<std::size_t>(section) >= columns_.size())
    return {};
  if (role == Qt::DisplayRole || role == Qt::ToolTipRole)
    return columns_[static_cast<std::size_t>(section)].title;
  return {};
}

void RowTableModel::sort(int column, Qt::SortOrder order) {
  if (column < 0 || static_cast<std::size_t>(column) >= columns_.size()) return;
  sort_by_ = columns_[static_cast<std::size_t>(column)];
  descending_ = order == Qt::DescendingOrder;
  startSort();
}

int RowTableModel::sortColumn() const {
  if (!sort_by_) return 0;
  const auto found =
      std::ranges::find_if(columns_, [this](const RowColumn& column) { return column.same(*sort_by_); });
  return found == columns_.end() ? -1 : static_cast<int>(found - columns_.begin());
}

Qt::SortOrder RowTableModel::sortOrder() const {
  return sort_by_ && descending_ ? Qt::DescendingOrder : Qt::AscendingOrder;
}

void RowTableModel::exportCsv(const QString& path) {
  if (!source_.data) return;
  // Another one would end the one that is being written.
  if (export_jobs_.busy()) {
    Q_EMIT exportFailed(tr("Another table is being written. Export again when it is done."));
    return;
  }
  export_jobs_.start<QString>(
      tr("Writing the table"),
      [source = source_, columns = columns_, order = order_, path](RunControl& control,
                                                                   const ProgressFn&) -> Result<QString> {
        if (const Status written = exportRowsCsv(source, columns, order, path, control); !written)
          return fail(written.error());
        return path;
      },
      [this](Result<QString>& written) {
        if (written)
          Q_EMIT exported(*written);
        else if (!written.error().cancelled())
          Q_EMIT exportFailed(errorText(written.error()));
      });
}

void RowTableModel::startSort() {
  jobs_.start<std::vector<std::uint32_t>>(
      tr("Sorting"),
      [source = source_, column = *sort_by_, descending = descending_](
          RunControl& control, const ProgressFn&) { return sortedRows(source, column, descending, control); },
      [this](Result<std::vector<std::uint32_t>>& order) {
        if (!order || order->size() != static_cast<std::size_t>(rowCount())) return;
        Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
        order_ = std::move(*order);
        place_.resize(order_.size());
        for (std::size_t p = 0; p < order_.size(); ++p) place_[order_[p]] = static_cast<std::uint32_t>(p);
        Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
        Q_EMIT sorted();
      });
}

}  // namespace assayer::ui
