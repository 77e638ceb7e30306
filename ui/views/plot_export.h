// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>
#include <algorithm>

#include "ui/views/plot_table.h"

class QCustomPlot;

namespace assayer::ui {

inline constexpr int kShortestFigure = 50;    ///< pixels
inline constexpr int kLongestFigure = 20000;  ///< pixels
/// Whether a figure can be as large as that.
inline bool figureFits(QSize pixels) {
  return std::min(pixels.width(), pixels.height()) >= kShortestFigure &&
         std::max(pixels.width(), pixels.height()) <= kLongestFigure;
}

/// Writes what `plot` shows; see PlotView::exportFigure. The suffix pic makes a QPicture, for the report.
bool writeFigure(QCustomPlot& plot, const QString& path, QSize sizePx, double scale, const QString& title,
                 QString* error);

/// RFC 4180 with line feeds.
QByteArray toCsv(const PlotTable& table);
bool writeCsv(const PlotTable& table, const QString& path, QString* error);

}  // namespace assayer::ui
