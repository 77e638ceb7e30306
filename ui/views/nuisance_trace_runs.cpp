// SPDX-License-Identifier: GPL-3.0-or-later
// Medians of other runs than the active one, to compare with.
#include <utility>

#include "ui/views/nuisance_trace.h"
#include "ui/views/run_style.h"

namespace assayer::ui {

void NuisanceTrace::setRuns(std::vector<RunNuisance> runs) {
  runs_ = std::move(runs);
  std::erase_if(runs_, [this](const RunNuisance& run) { return !data_ || run.z->rows() != data_->rows(); });
  arrange();
}

bool NuisanceTrace::hasDimension(const RunNuisance& run) const {
  return dimension_ < static_cast<int>(run.z->cols());
}

void NuisanceTrace::drawRuns(QCPPainter& painter) const {
  // Other runs may be wanted already than those whose medians are here.
  if (shown_->run_medians.size() != runs_.size()) return;
  for (std::size_t r = 0; r < runs_.size(); ++r)
    drawMedians(painter, shown_->run_medians[r],
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
