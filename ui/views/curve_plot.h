// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <vector>

#include "ui/views/plot_view.h"

namespace assayer::ui {

/// One line per method through a few points with error bars. A click on the legend hides or shows a line.
class CurvePlot : public PlotView {
  Q_OBJECT
 public:
  struct Point {
    double x = 0;
    double y = 0;              ///< NaN: no point
    double low = 0, high = 0;  ///< of the bar; NaN: none
  };
  struct Line {
    QString name;
    std::vector<Point> points;
  };
  struct Axes {
    QString x, y;  ///< labels
    bool logarithmic_x = false;
    bool logarithmic_y = false;
    bool diagonal = false;  ///< y = x as a dashed line, both axes from 0 to 1
    QString diagonal_name;
  };

  /// `name`: base of file names.
  explicit CurvePlot(QString name, QWidget* parent = nullptr);

  void setAxes(const Axes& axes);
  void setLines(std::vector<Line> lines);
  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

  [[nodiscard]] PlotTable table() const override;

 protected:
  [[nodiscard]] QString plotName() const override { return name_; }
  [[nodiscard]] bool isEmpty() const override;
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void legendClicked(int entry) override;

 private:
  [[nodiscard]] bool drawn(const Point& point) const;
  void draw(QCPPainter& painter) const;

  QString name_;
  Axes axes_;
  std::vector<Line> lines_;
  std::vector<bool> shown_;
};

}  // namespace assayer::ui
