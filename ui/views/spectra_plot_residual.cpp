// SPDX-License-Identifier: GPL-3.0-or-later
// What a run makes of the selected rows, and what is left of them about zero.
#include <span>
#include <utility>

#include "ui/views/spectra_plot.h"

namespace assayer::ui {

void SpectraPlot::setReconstructs(bool on) {
  if (on == reconstructs_) return;
  reconstructs_ = on;
  if (!on) setReconstruction(std::nullopt, {});
  Q_EMIT reconstructionToggled(on);
}

void SpectraPlot::setReconstruction(std::optional<Reconstruction> reconstruction, const QString& note) {
  if (!reconstruction && !reconstruction_ && note == reconstructionNote_) return;
  if (reconstruction && (!data_ || reconstruction->generated.size() != data_->channels()))
    reconstruction.reset();
  reconstruction_ = std::move(reconstruction);
  reconstructionNote_ = note;
  fillReconstruction();
  restyle();
  contentChanged();
}

void SpectraPlot::fillReconstruction() {
  setGraph(generatedRow_,
           reconstruction_ ? std::span<const float>(reconstruction_->generated) : std::span<const float>());
  setGraph(residual_,
           reconstruction_ ? std::span<const float>(reconstruction_->residual) : std::span<const float>());
}

QString SpectraPlot::reconstructionName() const {
  const Rows& rows = reconstruction_->rows;
  return rows.size() == 1 ? tr("reconstruction of row %1").arg(rows.front())
                          : tr("mean reconstruction of %1 rows").arg(rows.size());
}

QString SpectraPlot::residualName() const {
  const auto number = [](double value) { return QString::number(value, 'g', 3); };
  if (reconstruction_->rows.size() == 1) return tr("residual, rms %1").arg(number(reconstruction_->rms));
  return tr("mean residual, rms %1 (of each row: %2)")
      .arg(number(reconstruction_->rms), number(reconstruction_->rms_of_rows));
}

void SpectraPlot::styleReconstruction(std::vector<LegendEntry>& entries) {
  const QPen dashed(theme().accent, 1.8, Qt::DashLine, Qt::FlatCap, Qt::RoundJoin);
  const QPen solid(theme().accent, 1.2, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
  generatedRow_->setPen(dashed);
  residual_->setPen(solid);
  // Filled down to zero, so that it is not taken for a spectrum.
  residual_->setBrush(faded(theme().accent, 45));
  LegendEntry entry;
  if (!reconstruction_) {
    entry.text = reconstructionNote_;
    if (!entry.text.isEmpty()) entries.push_back(std::move(entry));
    return;
  }
  entry.text = reconstructionName();
  entry.line = dashed;
  entries.push_back(std::move(entry));
  LegendEntry rest;
  rest.text = residualName();
  rest.line = solid;
  rest.band = faded(theme().accent, 45);
  entries.push_back(std::move(rest));
}

void SpectraPlot::drawZero(QCPPainter& painter) const {
  if (!reconstruction_ || isEmpty()) return;
  const QRectF frame = axisRect()->rect();
  const double y = yAxis->coordToPixel(0);
  painter.setPen(QPen(theme().axis, 1));
  painter.drawLine(QLineF(frame.left(), y, frame.right(), y));
}

}  // namespace assayer::ui
