// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "core/data/selection.h"
#include "ui/views/chosen_rows.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// A plot with a dot for every row: clicks and regions ask for the rows under them, and chosen rows have
/// signs.
class RowPlot : public PlotView {
  Q_OBJECT
 public:
  explicit RowPlot(QWidget* parent = nullptr);

  void setSelection(const Rows& rows);
  /// The rows that the selection is compared with, in gold.
  void setComparison(const Rows& rows);
  /// Where a row's dot lies in the widget; nothing for rows that have none.
  [[nodiscard]] virtual std::optional<QPointF> pixelOfRow(std::uint32_t row) const = 0;

 Q_SIGNALS:
  void selectionRequested(const assayer::Rows& rows, assayer::ui::SelectMode mode);

 protected:
  [[nodiscard]] virtual std::size_t rowCount() const = 0;
  /// The row whose dot is nearest, within reach of a click.
  [[nodiscard]] virtual std::optional<std::uint32_t> rowAt(const QPointF& position) const = 0;
  /// The rows whose dots lie in the region, drawn or not. All are asked, unless the view knows better.
  [[nodiscard]] virtual Rows rowsInside(const SelectRegion& region) const;
  [[nodiscard]] bool selectsRows() const override { return true; }
  void clickedAt(const QPointF& position, SelectMode mode) override;
  void regionDrawn(const SelectRegion& region, SelectMode mode) override;
  void clearRequested() override;

  ChosenRows chosen_;
};

}  // namespace assayer::ui
