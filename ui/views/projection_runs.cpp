// SPDX-License-Identifier: GPL-3.0-or-later
// What other runs than the active one say of the rows, and their endmembers among the scores.
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/viewmodels/texts.h"
#include "ui/views/projection_view.h"
#include "ui/views/run_endmembers.h"

namespace assayer::ui {

void ProjectionView::setRuns(std::vector<ShownRun> runs) {
  runs_ = std::move(runs);
  keepFitting(runs_, data_.get());
  placeRuns();
  restyle();
  contentChanged();
}

void ProjectionView::setEndmembers(std::vector<RunEndmembers> endmembers) {
  endmembers_ = std::move(endmembers);
  restyle();
  contentChanged();
}

bool ProjectionView::betweenScores() const {
  return !isEmpty() && x_.kind == RowAxis::Kind::Score && y_.kind == RowAxis::Kind::Score;
}

void ProjectionView::placeRuns() {
  run_rows_.assign(isEmpty() ? 0 : runs_.size(), {});
  for (std::size_t r = 0; r < run_rows_.size(); ++r) {
    RunRows& mine = run_rows_[r];
    mine.axes = RowAxes(pca_, runs_[r].snapshot, toStrings(data_->component_names()));
    // Scores are the rows' own, whatever a run says.
    if (betweenScores()) continue;
    for (const RowAxis& axis : {y_, x_})
      if (mine.axes.indexOf(axis) < 0) mine.missing = axes_.name(axis);
    if (!mine.missing.isEmpty()) continue;
    for (std::size_t row = 0; row < data_->rows(); row += runSignStep(data_->rows())) {
      const QPointF at(mine.axes.value(x_, row), mine.axes.value(y_, row));
      if (std::isfinite(at.x()) && std::isfinite(at.y())) mine.at.push_back(at);
    }
  }
}

void ProjectionView::addRunEntries(std::vector<LegendEntry>& entries) const {
  const bool dark = theme().dark;
  if (betweenScores()) {
    addEndmemberEntries(endmembers_, dark, entries);
    return;
  }
  for (std::size_t r = 0; r < run_rows_.size(); ++r) {
    const RunRows& mine = run_rows_[r];
    LegendEntry entry;
    if (!mine.missing.isEmpty()) {
      entry.text = tr("%1 has no %2").arg(runs_[r].name, mine.missing);
    } else {
      entry.text = runSignStep(data_->rows()) == 1 ? runs_[r].name
                                                   : tr("%1 (%2 of %L3 rows)")
                                                         .arg(runs_[r].name)
                                                         .arg(mine.at.size())
                                                         .arg(static_cast<qulonglong>(data_->rows()));
      entry.marker = runSign(runs_[r].id, dark);
    }
    entries.push_back(std::move(entry));
  }
}

void ProjectionView::addRunHeaders(QStringList& header) const {
  for (std::size_t r = 0; r < run_rows_.size(); ++r)
    for (const RowAxis& axis : run_rows_[r].axes.all())
      if (axis.kind != RowAxis::Kind::Score)
        header << tr("%1 of %2").arg(columnTitle(run_rows_[r].axes, axis), runs_[r].name);
}

void ProjectionView::addRunCells(std::size_t row, QStringList& cells) const {
  for (const RunRows& run : run_rows_)
    for (const RowAxis& axis : run.axes.all())
      if (axis.kind != RowAxis::Kind::Score) cells << cell(run.axes.value(axis, row));
}

void ProjectionView::addEndmemberRows(PlotTable& table) const {
  for (const RunEndmembers& run : endmembers_)
    for (std::size_t k = 0; k < run.scores.rows(); ++k) {
      QStringList cells{QString(), endmemberText(*data_, run, k)};
      for (const RowAxis& axis : axes_.all())
        cells << (axis.kind == RowAxis::Kind::Score ? cell(static_cast<float>(run.scores(k, axis.index)))
                                                    : QString());
      while (cells.size() < table.header.size()) cells << QString();
      table.rows << cells;
    }
}

void ProjectionView::drawRuns(QCPPainter& painter, const QRectF& visible) const {
  const auto pixel = [this](const QPointF& at) { return toPixel(at.x(), at.y()); };
  for (std::size_t r = 0; r < run_rows_.size(); ++r)
    drawRunSigns(painter, visible, runSign(runs_[r].id, theme().dark), run_rows_[r].at, pixel);
  if (!betweenScores()) return;
  for (const RunEndmembers& run : endmembers_) {
    std::vector<QPointF> at;
    for (std::size_t k = 0; k < run.scores.rows(); ++k)
      at.emplace_back(run.scores(k, x_.index), run.scores(k, y_.index));
    drawRunSigns(painter, visible, runEndmemberSign(run.id, theme().dark), at, pixel);
  }
}

QString ProjectionView::endmemberAt(const QPointF& position) const {
  if (!betweenScores()) return {};
  return endmemberUnder(position, data_.get(), endmembers_, [this](const RunEndmembers& run, std::size_t k) {
    return toPixel(run.scores(k, x_.index), run.scores(k, y_.index));
  });
}

}  // namespace assayer::ui
