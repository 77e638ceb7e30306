// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QVector>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "core/data/wavelength_axis.h"
#include "core/train/results.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// Generated endmembers of a run that is shown beside the active one.
struct RunSpectra {
  std::uint64_t id = 0;  ///< decides the pattern of its lines
  QString name;
  QStringList names;   ///< [K] of the components
  Matrix<float> mean;  ///< [K, C]
};

/// Endmembers, generated over reference (the paper's figure 5), and the spectra of the selected rows.
class SpectraPlot : public PlotView {
  Q_OBJECT
 public:
  /// So many selected spectra are drawn one by one; of more, mean ± sd.
  static constexpr std::size_t kMaxSpectra = 50;

  explicit SpectraPlot(QWidget* parent = nullptr);

  /// References come from the data's endmembers. Keeps the unit on display if the new axis converts to it.
  void setData(DatasetPtr data);
  [[nodiscard]] const DatasetPtr& data() const { return data_; }
  /// `names` decides colours: a component that the references have too gets its colour.
  void setEndmembers(const EndmemberEstimate& estimate, const QStringList& names);
  void clearEndmembers();
  /// Other runs to compare with; those with other channels than the data are left out.
  void setRuns(std::vector<RunSpectra> runs);
  [[nodiscard]] const std::vector<RunSpectra>& runs() const { return runs_; }
  void setSelection(const Rows& rows);
  /// Ignored where the axis does not convert to `unit`.
  void setUnit(WavelengthUnit unit);
  [[nodiscard]] WavelengthUnit unit() const { return unit_; }
  /// What the spectra are, on the y axis; "Signal" unless the file has an attribute `quantity`.
  void setValueTitle(const QString& title);

  [[nodiscard]] PlotTable table() const override;

 Q_SIGNALS:
  void unitChanged(assayer::WavelengthUnit unit);

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("spectra"); }
  [[nodiscard]] bool isEmpty() const override;
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void extendMenu(QMenu& menu) override;

 private:
  /// Mean and sd of a set of spectra, by channel; NaN where nothing is finite.
  struct Curve {
    std::vector<float> mean;
    std::vector<float> sd;  ///< empty: no band
  };
  struct Trace {
    QCPGraph* line = nullptr;
    QCPGraph* low = nullptr;
    QCPGraph* high = nullptr;
  };

  void rebuildAxis();
  void fillReferences();
  void fillGenerated();
  void fillSelection();
  // spectra_plot_runs.cpp
  void fillRuns();
  void styleRuns(std::vector<LegendEntry>& entries);
  void setGraph(QCPGraph* graph, std::span<const float> values) const;
  void setTrace(Trace& trace, const Curve& curve);
  Trace addTrace(const QString& layer);
  void removeTrace(Trace& trace);
  QColor componentColour(const QString& name) const;
  void drawMasked(QCPPainter& painter) const;
  [[nodiscard]] bool masked(std::size_t channel) const;

  DatasetPtr data_;
  /// As measures compare with: the mean over groups where they are known per group.
  std::optional<Matrix<float>> referenceSpectra_;
  WavelengthUnit unit_ = WavelengthUnit::Channel;
  std::vector<double> position_;         ///< by channel, in `unit_`
  std::vector<std::size_t> order_;       ///< channels by ascending position
  std::vector<std::uint8_t> gapBefore_;  ///< by place in order_: a jump in the axis, no line across it
  QString valueTitle_;

  EndmemberEstimate estimate_;
  QStringList estimateNames_;
  Rows selection_;
  Curve selectionCurve_;

  std::vector<QCPGraph*> references_;
  std::vector<Trace> generated_;
  std::vector<QCPGraph*> spectra_;  ///< pool for the selected rows
  Trace selectionMean_;
  std::vector<RunSpectra> runs_;
  std::vector<QCPGraph*> runGraphs_;
};

}  // namespace assayer::ui
