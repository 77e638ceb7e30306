// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/line_marks.h"

#include <cmath>

namespace assayer::ui {

namespace {

constexpr double kFaintest = 0.003;

}  // namespace

std::vector<SpectraPlot::Mark> lineMarks(const std::vector<ElementLine>& lines,
                                         const std::function<QColor(const std::string& element)>& colourOf) {
  std::vector<SpectraPlot::Mark> marks;
  for (const ElementLine& line : lines)
    if (line.strength >= kFaintest)
      marks.push_back({line.nm, QString::fromStdString(line.element), QString::fromStdString(line.species),
                       colourOf(line.element), std::sqrt(line.strength)});
  return marks;
}

QString peakText(const NamedPeak& peak) {
  if (peak.species.empty()) return {};
  return QStringLiteral("%1 %2").arg(QString::fromStdString(peak.species)).arg(peak.line_nm, 0, 'f', 1);
}

}  // namespace assayer::ui
