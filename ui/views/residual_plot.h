// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/views/compare_data.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// Errors of left-out spectra by acquisition group: median, quartiles, and what lies beyond 1.5 times their
/// distance one by one (Tukey's boxes). Of one method and component.
class ResidualPlot : public PlotView {
  Q_OBJECT
 public:
  explicit ResidualPlot(QWidget* parent = nullptr);

  /// Null clears.
  void setValidation(ValidationPtr validation);
  void setShown(std::size_t method, std::size_t component);

  struct Box {
    QString group;
    std::size_t count = 0;
    double median = 0, lower = 0, upper = 0;  ///< quartiles
    double low = 0, high = 0;                 ///< whiskers
    std::vector<double> beyond;
  };
  /// Groups without left-out rows have none; one box where the data have no groups.
  [[nodiscard]] const std::vector<Box>& boxes() const { return boxes_; }

  [[nodiscard]] PlotTable table() const override;

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("compare-residuals"); }
  [[nodiscard]] bool isEmpty() const override { return boxes_.empty(); }
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;

 private:
  void takeRows();
  [[nodiscard]] std::vector<Box> boxesOf(std::size_t method, std::size_t component) const;
  void drawBoxes(QCPPainter& painter) const;

  ValidationPtr validation_;
  std::size_t method_ = 0;
  std::size_t component_ = 0;
  std::vector<Box> boxes_;
};

}  // namespace assayer::ui
