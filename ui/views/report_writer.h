// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QPicture>
#include <QSize>
#include <QString>
#include <vector>

#include "core/base/error.h"
#include "ui/viewmodels/report.h"

namespace assayer::ui {

class PlotView;

/// What a plot shows, taken off its widget: from here on any thread can draw it.
struct ReportFigure {
  QString title;
  QSize size;        ///< that it was laid out in
  QPicture drawing;  ///< for PDF
  QByteArray image;  ///< for HTML
  QByteArray type;   ///< of `image`: "image/svg+xml", or "image/png" where there would be too much to draw
};

enum class ReportForm { Pdf, Html };
/// By the file's suffix; a Usage error that says which there are.
Result<ReportForm> reportForm(const QString& path);

/// On the UI thread. Draws for one of the two forms; on white, as every exported figure.
Result<ReportFigure> captureFigure(PlotView& view, const QString& title, ReportForm form);

/// One file with nothing outside it, on light and dark screens.
QByteArray reportHtml(const Report& report, const std::vector<ReportFigure>& figures);
/// A4, figures as vectors.
Result<QByteArray> reportPdf(const Report& report, const std::vector<ReportFigure>& figures);

/// Written aside and put in its place when it is complete. On a worker.
Status writeReport(const Report& report, const std::vector<ReportFigure>& figures, ReportForm form,
                   const QString& path);

}  // namespace assayer::ui
