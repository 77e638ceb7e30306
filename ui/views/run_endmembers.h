// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QLineF>
#include <QPointF>
#include <QString>
#include <utility>
#include <vector>

#include "ui/viewmodels/shown_run.h"
#include "ui/views/legend_strip.h"
#include "ui/views/run_style.h"

namespace assayer::ui {

/// "endmembers of 1: m2", or that they have no place among these components.
inline void addEndmemberEntries(const std::vector<RunEndmembers>& runs, bool dark,
                                std::vector<LegendEntry>& entries) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("assayer::ui", text); };
  for (const RunEndmembers& run : runs) {
    LegendEntry entry;
    if (run.scores.empty()) {
      entry.text = tr("%1 has no endmembers in this space").arg(run.name);
    } else {
      entry.text = tr("endmembers of %1").arg(run.name);
      entry.marker = runEndmemberSign(run.id, dark);
    }
    entries.push_back(std::move(entry));
  }
}

/// The endmember whose sign is under `position`, in words; empty where there is none. `pixelOf(run, k)` is
/// the middle of the sign.
template <class PixelOf>
QString endmemberUnder(const QPointF& position, const Dataset* data, const std::vector<RunEndmembers>& runs,
                       PixelOf pixelOf) {
  QString nearest;
  double reach = 7;  // pixels: the sign, and a little more
  for (const RunEndmembers& run : runs)
    for (std::size_t k = 0; k < run.scores.rows(); ++k)
      if (const double away = QLineF(pixelOf(run, k), position).length(); away <= reach) {
        reach = away;
        nearest = endmemberText(*data, run, k);
      }
  return nearest;
}

}  // namespace assayer::ui
