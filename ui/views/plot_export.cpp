// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/plot_export.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QPicture>
#include <QSaveFile>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "ui/views/qcp.h"
#include "ui/views/svg_figure.h"

namespace assayer::ui {
namespace {

// A figure of this width on the screen at least: narrow docks would otherwise give enormous letters.
constexpr double kNarrowest = 400;

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

bool report(QString* error, const QString& text) {
  if (error != nullptr) *error = text;
  return false;
}

bool save(const QByteArray& bytes, const QString& path, QString* error) {
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
    return report(error, tr("%1 cannot be written: %2.").arg(path, file.errorString()));
  }
  return true;
}

bool renderPdf(QCustomPlot& plot, QSize size, const QString& title, QByteArray* bytes) {
  QBuffer buffer(bytes);
  buffer.open(QIODevice::WriteOnly);
  QPdfWriter writer(&buffer);
  // One unit of the page is one pixel of the screen, so that fonts keep their proportion to the figure.
  const int dotsPerInch = plot.logicalDpiX();
  const QSizeF points = QSizeF(size) * 72.0 / dotsPerInch;
  writer.setResolution(dotsPerInch);
  writer.setPageSize(QPageSize(points, QPageSize::Point, QString(), QPageSize::ExactMatch));
  writer.setPageMargins(QMarginsF(0, 0, 0, 0));
  writer.setTitle(title);
  writer.setCreator(QStringLiteral("Assayer"));
  QCPPainter painter;
  if (!painter.begin(&writer)) return false;
  painter.setMode(QCPPainter::pmVectorized);
  plot.toPainter(&painter, size.width(), size.height());
  return painter.end();
}

/// What was drawn, to be drawn again elsewhere: a figure inside a page.
bool renderPicture(QCustomPlot& plot, QSize size, QByteArray* bytes) {
  QPicture picture;
  QCPPainter painter;
  if (!painter.begin(&picture)) return false;
  painter.setMode(QCPPainter::pmVectorized);
  plot.toPainter(&painter, size.width(), size.height());
  painter.end();
  *bytes = QByteArray(picture.data(), static_cast<qsizetype>(picture.size()));
  return !picture.isNull();
}

bool renderPng(QCustomPlot& plot, QSize size, double scale, QByteArray* bytes) {
  if (scale <= 0) scale = std::clamp(size.width() / std::max<double>(plot.width(), kNarrowest), 1.0, 8.0);
  QImage image(size, QImage::Format_ARGB32_Premultiplied);
  if (image.isNull()) return false;
  image.fill(Qt::white);
  QCPPainter painter;
  if (!painter.begin(&image)) return false;
  painter.scale(scale, scale);
  plot.toPainter(&painter, static_cast<int>(std::ceil(size.width() / scale)),
                 static_cast<int>(std::ceil(size.height() / scale)));
  painter.end();
  // Only now: letters follow the resolution of what they are painted on, and are scaled already.
  const int perMetre = static_cast<int>(std::lround(plot.logicalDpiX() * scale / 0.0254));
  image.setDotsPerMeterX(perMetre);
  image.setDotsPerMeterY(perMetre);
  QBuffer buffer(bytes);
  buffer.open(QIODevice::WriteOnly);
  return image.save(&buffer, "PNG");
}

template <class T>
QString shortest(T value) {
  if (!std::isfinite(value)) return {};
  std::array<char, 40> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return QString::fromLatin1(text.data(), end - text.data());
}

}  // namespace

QString cell(float value) {
  return shortest(value);
}
QString cell(double value) {
  return shortest(value);
}

bool writeFigure(QCustomPlot& plot, const QString& path, QSize sizePx, double scale, const QString& title,
                 QString* error) {
  if (!figureFits(sizePx)) {
    return report(error, tr("A figure of %1 × %2 pixels cannot be drawn: each side must be between "
                            "%3 and %4.")
                             .arg(sizePx.width())
                             .arg(sizePx.height())
                             .arg(kShortestFigure)
                             .arg(kLongestFigure));
  }
  const QString suffix = QFileInfo(path).suffix().toLower();
  QByteArray bytes;
  bool rendered = false;
  if (suffix == QLatin1String("pdf")) {
    rendered = renderPdf(plot, sizePx, title, &bytes);
  } else if (suffix == QLatin1String("svg")) {
    rendered = renderSvg(plot, sizePx, title, &bytes);
  } else if (suffix == QLatin1String("png")) {
    rendered = renderPng(plot, sizePx, scale, &bytes);
  } else if (suffix == QLatin1String("pic")) {
    rendered = renderPicture(plot, sizePx, &bytes);
  } else {
    return report(error, tr("%1: figures are written as .pdf, .svg or .png; give the file one of "
                            "these endings.")
                             .arg(path));
  }
  if (!rendered) return report(error, tr("%1: the figure could not be drawn.").arg(path));
  return save(bytes, path, error);
}

QByteArray toCsv(const PlotTable& table) {
  QByteArray out;
  const auto line = [&out](const QStringList& cells) {
    for (qsizetype i = 0; i < cells.size(); ++i) {
      if (i > 0) out += ',';
      QByteArray text = cells[i].toUtf8();
      if (text.contains(',') || text.contains('"') || text.contains('\n') || text.contains('\r')) {
        text.replace("\"", "\"\"");
        text = '"' + text + '"';
      }
      out += text;
    }
    out += '\n';
  };
  line(table.header);
  for (const QStringList& row : table.rows) line(row);
  return out;
}

bool writeCsv(const PlotTable& table, const QString& path, QString* error) {
  return save(toCsv(table), path, error);
}

}  // namespace assayer::ui
