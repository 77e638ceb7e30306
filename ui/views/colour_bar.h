// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <functional>

#include "ui/views/palette.h"
#include "ui/views/qcp.h"

namespace assayer::ui {

/// A bar of colours to the right of the plot's axes, as high as they are. Belongs to the plot.
QCPColorScale* addColourBar(QCustomPlot& plot);
/// Takes it out again.
void removeColourBar(QCustomPlot& plot, QCPColorScale* bar);
/// Colours by `shade` of a fraction, title and the look of the plot's other axes; after every change of
/// theme.
void styleColourBar(QCPColorScale& bar, const Theme& theme, const QString& title,
                    const std::function<QColor(double)>& shade);

}  // namespace assayer::ui
