// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/selection.h"
#include "ui/views/compare_data.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// Predicted against true share of one component, of spectra that were left out, with 95 % intervals.
class PredictedPlot : public PlotView {
  Q_OBJECT
 public:
  explicit PredictedPlot(QWidget* parent = nullptr);

  /// Null clears.
  void setValidation(ValidationPtr validation);
  void setShown(std::size_t method, std::size_t component);
  void setSelection(const Rows& rows);

  [[nodiscard]] PlotTable table() const override;
  [[nodiscard]] const std::vector<LeftOutRow>& rows() const { return rows_; }
  /// Where the first point of a row lies in the widget.
  [[nodiscard]] std::optional<QPointF> pixelOfRow(std::uint32_t row) const;

 Q_SIGNALS:
  void selectionRequested(const assayer::Rows& rows, assayer::ui::SelectMode mode);

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("compare-predicted"); }
  [[nodiscard]] bool isEmpty() const override { return rows_.empty(); }
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  [[nodiscard]] bool selectsRows() const override { return true; }
  void clickedAt(const QPointF& position, SelectMode mode) override;
  void regionDrawn(const SelectRegion& region, SelectMode mode) override;
  void clearRequested() override;

 private:
  void takeRows();
  [[nodiscard]] QPointF pixelOf(const LeftOutRow& row) const;
  [[nodiscard]] const LeftOutRow* nearest(const QPointF& position) const;
  void drawPoints(QCPPainter& painter) const;

  ValidationPtr validation_;
  std::size_t method_ = 0;
  std::size_t component_ = 0;
  std::vector<LeftOutRow> rows_;
  Rows selection_;
};

}  // namespace assayer::ui
