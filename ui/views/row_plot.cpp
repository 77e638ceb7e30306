// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/row_plot.h"

namespace assayer::ui {

RowPlot::RowPlot(QWidget* parent) : PlotView(parent) {}

void RowPlot::setSelection(const Rows& rows) {
  chosen_.selected = rows;
  restyle();
  refresh();
}

void RowPlot::setComparison(const Rows& rows) {
  chosen_.compared = rows;
  restyle();
  refresh();
}

void RowPlot::clickedAt(const QPointF& position, SelectMode mode) {
  if (const std::optional<std::uint32_t> row = rowAt(position)) Q_EMIT selectionRequested({*row}, mode);
}

Rows RowPlot::rowsInside(const SelectRegion& region) const {
  Rows rows;
  for (std::uint32_t row = 0; row < rowCount(); ++row) {
    const std::optional<QPointF> at = pixelOfRow(row);
    if (at && region.contains(*at)) rows.push_back(row);
  }
  return rows;
}

void RowPlot::regionDrawn(const SelectRegion& region, SelectMode mode) {
  Q_EMIT selectionRequested(rowsInside(region), mode);
}

void RowPlot::clearRequested() {
  Q_EMIT selectionRequested({}, SelectMode::Replace);
}

}  // namespace assayer::ui
