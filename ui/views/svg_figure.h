// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QSize>
#include <QString>

class QCustomPlot;

namespace assayer::ui {

/// What `plot` shows as SVG, on white; false where it could not be drawn. QSvgGenerator leaves clipping out
/// until Qt 6.7, so that what lies outside of the axes of a zoomed plot would be drawn over everything else:
/// the plot is drawn in parts here, and those that have to stay inside of their axes are put behind clip
/// paths (SVG 1.1, section 14.3.5).
bool renderSvg(QCustomPlot& plot, QSize size, const QString& title, QByteArray* bytes);

}  // namespace assayer::ui
