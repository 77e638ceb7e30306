// SPDX-License-Identifier: GPL-3.0-or-later
// Compositions that runs predict, to compare them with each other and with what is known.
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/views/run_style.h"
#include "ui/views/simplex_view.h"

namespace assayer::ui {

namespace {

bool fits(const RunCompositions& run, const Dataset& data) {
  return run.composition->rows() == data.rows() && run.composition->cols() == data.component_names().size();
}

}  // namespace

void SimplexView::setRuns(std::vector<RunCompositions> runs) {
  runs_ = std::move(runs);
  placeRuns();
  restyle();
  refresh();
}

std::size_t SimplexView::runStep() const {
  return runSignStep(rowCount());
}

void SimplexView::placeRuns() {
  if (!isEmpty()) std::erase_if(runs_, [this](const RunCompositions& run) { return !fits(run, *data_); });
  runsAt_.assign(isEmpty() ? 0 : runs_.size(), {});
  for (std::size_t r = 0; r < runsAt_.size(); ++r) {
    for (std::size_t row = 0; row < rowCount(); row += runStep()) {
      const auto composition = runs_[r].composition->row(row);
      const bool finite = std::ranges::all_of(composition, [](double part) { return std::isfinite(part); });
      if (finite && shows(composition)) runsAt_[r].push_back(geometry_.position(composition));
    }
  }
}

void SimplexView::addRunEntries(std::vector<LegendEntry>& entries) const {
  for (std::size_t r = 0; r < runsAt_.size(); ++r) {
    LegendEntry entry;
    entry.text = runStep() == 1 ? tr("predicted by %1").arg(runs_[r].name)
                                : tr("predicted by %1 (%2 of %L3 rows)")
                                      .arg(runs_[r].name)
                                      .arg(runsAt_[r].size())
                                      .arg(static_cast<qulonglong>(rowCount()));
    entry.marker = runSign(runs_[r].id, theme().dark);
    entries.push_back(std::move(entry));
  }
}

void SimplexView::addRunRows(PlotTable& table) const {
  for (std::size_t r = 0; r < runsAt_.size(); ++r) {
    const Matrix<double>& composition = *runs_[r].composition;
    for (std::size_t row = 0; row < composition.rows(); ++row) {
      QStringList cells{QString::number(row), tr("predicted by %1").arg(runs_[r].name)};
      for (const double part : composition.row(row)) cells << cell(part);
      table.rows << cells;
    }
  }
}

void SimplexView::drawRuns(QCPPainter& painter) const {
  const QRectF visible = QRectF(axisRect()->rect()).adjusted(-20, -20, 20, 20);
  for (std::size_t r = 0; r < runsAt_.size(); ++r)
    drawRunSigns(painter, visible, runSign(runs_[r].id, theme().dark), runsAt_[r],
                 [this](const QPointF& at) { return toPixel(at); });
}

}  // namespace assayer::ui
