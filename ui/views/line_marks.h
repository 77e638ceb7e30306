// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <functional>
#include <string>
#include <vector>

#include "ui/viewmodels/element_lines.h"
#include "ui/views/spectra_plot.h"

/// How element lines and the peaks that they explain look over spectra.
namespace assayer::ui {

/// One mark for each line that is not too faint beside its element's strongest: iron alone has a hundred.
std::vector<SpectraPlot::Mark> lineMarks(const std::vector<ElementLine>& lines,
                                         const std::function<QColor(const std::string& element)>& colourOf);

/// "Si I 288.2"; empty for a peak that no line explains.
QString peakText(const NamedPeak& peak);

}  // namespace assayer::ui
