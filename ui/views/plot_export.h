// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>

#include "ui/views/plot_table.h"

class QCustomPlot;

namespace assayer::ui {

/// Writes what `plot` shows; see PlotView::exportFigure. The suffix pic makes a QPicture, for the report.
bool writeFigure(QCustomPlot& plot, const QString& path, QSize sizePx, const QString& title, QString* error);

/// RFC 4180 with line feeds.
QByteArray toCsv(const PlotTable& table);
bool writeCsv(const PlotTable& table, const QString& path, QString* error);

}  // namespace assayer::ui
