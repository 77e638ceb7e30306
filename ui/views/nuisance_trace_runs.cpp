// SPDX-License-Identifier: GPL-3.0-or-later
// Medians of other runs than the active one, to compare with.
#include <utility>

#include "ui/views/nuisance_trace.h"
#include "ui/views/run_style.h"

namespace assayer::ui {

void NuisanceTrace::setRuns(std::vector<RunNuisance> runs) {
  runs_ = std::move(runs);
  std::erase_if(runs_, [this](const RunNuisance& run) { return run.z->rows() != order_.size(); });
  updateRuns();
  restyle();
  contentChanged();
}

bool NuisanceTrace::hasDimension(const RunNuisance& run) const {
  return dimension_ < static_cast<int>(run.z->cols());
}

void NuisanceTrace::updateRuns() {
  runMedians_.clear();
  for (const RunNuisance& run : runs_)
    runMedians_.push_back(mediansOf(hasDimension(run) ? *run.z : Matrix<double>()));
}

void NuisanceTrace::drawRuns(QCPPainter& painter) const {
  for (std::size_t r = 0; r < runs_.size(); ++r)
    drawMedians(painter, runMedians_[r],
                QPen(runColour(runs_[r].id, theme().dark), 2, runDash(runs_[r].id), Qt::FlatCap));
}

void NuisanceTrace::addRunEntries(std::vector<LegendEntry>& entries) const {
  for (const RunNuisance& run : runs_) {
    if (!hasDimension(run)) continue;
    LegendEntry entry;
    entry.text = tr("median, %1").arg(run.name);
    entry.line = QPen(runColour(run.id, theme().dark), 2, runDash(run.id), Qt::FlatCap);
    entries.push_back(std::move(entry));
  }
}

}  // namespace assayer::ui
