// SPDX-License-Identifier: GPL-3.0-or-later
// Mean ± standard deviation by group, of the selected rows or of all.
#include <utility>

#include "ui/views/counted.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {

void SpectraPlot::setByGroup(bool on) {
  if (on == byGroup_) return;
  byGroup_ = on;
  if (!data_) return;
  choose(chosen_[0], Rows(chosen_[0].rows));
  if (on && data_->groups() && chosen_[0].rows.empty() && data_->spectra().stays_in_file())
    Q_EMIT statusText(tr("These spectra stay in their file: select rows to see their means by group."));
}

void SpectraPlot::fillGroups() {
  const std::vector<GroupSpectra>& wanted = chosen_[0].read.groups;
  while (groups_.size() > wanted.size()) {
    removeTrace(groups_.back());
    groups_.pop_back();
  }
  while (groups_.size() < wanted.size()) groups_.push_back(addTrace(chosen_[0].mean.line->layer()->name()));
  for (std::size_t g = 0; g < wanted.size(); ++g) setTrace(groups_[g], {wanted[g].mean, wanted[g].sd});
}

QString SpectraPlot::groupName(const GroupSpectra& group) const {
  return tr("%1 (%2)").arg(QString::fromStdString(data_->groups()->names[group.group]),
                           counted(group.rows, tr("1 row"), tr("%L1 rows")));
}

void SpectraPlot::styleGroups(std::vector<LegendEntry>& entries) {
  const SelectionSpectra& read = chosen_[0].read;
  for (std::size_t g = 0; g < groups_.size() && g < read.groups.size(); ++g) {
    // As everywhere: the group's own colour, whichever others are there. Long dashes, for endmembers have
    // colours of the same set.
    const QColor colour = categoryColour(read.groups[g].group, theme().dark);
    QPen pen(colour, 2, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
    pen.setDashPattern({5, 1.2});
    groups_[g].line->setPen(pen);
    groups_[g].high->setBrush(faded(colour, 40));
    LegendEntry entry;
    entry.text = groupName(read.groups[g]);
    entry.line = pen;
    if (!read.groups[g].sd.empty()) {
      entry.text = tr("mean ± sd of %1").arg(entry.text);
      entry.band = faded(colour, 40);
    }
    entries.push_back(std::move(entry));
  }
  if (read.groups_in_all <= read.groups.size()) return;
  LegendEntry rest;
  rest.text = tr("the %1 largest of %L2 groups").arg(read.groups.size()).arg(read.groups_in_all);
  entries.push_back(std::move(rest));
}

}  // namespace assayer::ui
