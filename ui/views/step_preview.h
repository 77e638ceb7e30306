// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "ui/viewmodels/pipeline_preview.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// Spectra before a step (thin, left axis) and after it (right axis): a step may change their scale and their
/// axis.
class StepPreview : public PlotView {
  Q_OBJECT
 public:
  explicit StepPreview(QWidget* parent = nullptr);

  /// Null: nothing to show.
  void setPreview(std::shared_ptr<const PipelinePreview> preview);
  [[nodiscard]] PlotTable table() const override;

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("preprocessing"); }
  [[nodiscard]] bool isEmpty() const override;
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;

 private:
  std::shared_ptr<const PipelinePreview> preview_;
  std::vector<QCPGraph*> before_;
  std::vector<QCPGraph*> after_;
};

}  // namespace assayer::ui
