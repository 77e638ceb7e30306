// SPDX-License-Identifier: GPL-3.0-or-later
// Endmembers of other runs than the active one, to compare with.
#include <utility>

#include "ui/views/run_style.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {

void SpectraPlot::setRuns(std::vector<RunSpectra> runs) {
  runs_ = std::move(runs);
  fillRuns();
  restyle();
  contentChanged();
}

void SpectraPlot::fillRuns() {
  for (QCPGraph* graph : runGraphs_) removeGraph(graph);
  runGraphs_.clear();
  if (!data_) return;
  for (const RunSpectra& run : runs_) {
    // Generated in another space than what is shown now.
    const bool fits = run.mean.cols() == data_->channels();
    for (std::size_t k = 0; fits && k < run.mean.rows(); ++k) {
      runGraphs_.push_back(addGraph());
      setGraph(runGraphs_.back(), run.mean.row(k));
    }
  }
}

void SpectraPlot::styleRuns(std::vector<LegendEntry>& entries) {
  std::size_t next = 0;
  for (const RunSpectra& run : runs_) {
    if (!data_ || run.mean.cols() != data_->channels()) continue;
    for (std::size_t k = 0; k < run.mean.rows(); ++k) {
      const QString name =
          static_cast<qsizetype>(k) < run.names.size() ? run.names[static_cast<qsizetype>(k)] : QString();
      runGraphs_[next++]->setPen(QPen(componentColour(name), 1.1, runDash(run.id), Qt::FlatCap));
    }
    LegendEntry entry;
    entry.text = run.name;
    entry.line = QPen(theme().axis, 1.1, runDash(run.id), Qt::FlatCap);
    entries.push_back(std::move(entry));
  }
}

}  // namespace assayer::ui
