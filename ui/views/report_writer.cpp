// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/report_writer.h"

#include <QAbstractTextDocumentLayout>
#include <QBuffer>
#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QTemporaryDir>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextObjectInterface>
#include <QThread>
#include <algorithm>
#include <future>
#include <memory>

#include "ui/viewmodels/result_export.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

namespace {

/// Every figure is laid out in that many pixels of the screen: letters are then about as large as text.
constexpr QSize kLayout(720, 450);
/// Pixels of HTML's pictures for each of the layout.
constexpr int kSharpness = 2;
/// HTML has its figures as SVG up to so many bytes; beyond, as pictures where these are smaller: thousands of
/// signs would make the page large, and slow to show.
constexpr qsizetype kLightSvg = 200'000;

constexpr int kDotsPerInch = 600;
constexpr double kMargin = 18;  ///< mm, on every side
constexpr double kFooter = 8;   ///< mm, of the lower margin
constexpr double kInch = 25.4;  ///< mm

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

/// `scale`: see PlotView::exportFigure.
Result<QByteArray> exported(PlotView& view, const QString& suffix, QSize size, double scale = 0) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("figure.") + suffix);
  QString problem;
  QFile file(path);
  if (folder.isValid() && view.exportFigure(path, size, &problem, scale) && file.open(QIODevice::ReadOnly))
    return file.readAll();
  return fail({Error::Kind::File,
               "a figure cannot be drawn",
               folder.path().toStdString(),
               {},
               (problem.isEmpty() ? file.errorString() : problem).toStdString(),
               "Free some space in the folder of temporary files"});
}

// ----------------------------------------------------------------------------------------------- HTML

/// Column `index` of `table` as the attributes of a cell: rich text knows no CSS for it.
QString aligned(const ReportTable& table, int index) {
  return std::ranges::binary_search(table.numbers, index)
             ? QStringLiteral(" align=\"right\" class=\"number\"")
             : QString();
}

QString paragraphs(const QString& text) {
  return text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
}

QString tableHtml(const ReportTable& table) {
  QString html;
  if (!table.title.isEmpty()) html += QStringLiteral("<h3>%1</h3>\n").arg(table.title.toHtmlEscaped());
  html += QStringLiteral("<table%1 cellspacing=\"0\" cellpadding=\"3\">\n")
              .arg(table.header.isEmpty() ? QStringLiteral(" class=\"facts\"")
                                          : QStringLiteral(" width=\"100%\""));
  if (!table.header.isEmpty()) {
    html += QStringLiteral("<thead><tr>");
    for (int c = 0; c < table.header.size(); ++c)
      html += QStringLiteral("<th%1>%2</th>")
                  .arg(std::ranges::binary_search(table.numbers, c) ? QStringLiteral(" align=\"right\"")
                                                                    : QStringLiteral(" align=\"left\""),
                       table.header[c].toHtmlEscaped());
    html += QStringLiteral("</tr></thead>\n<tbody>\n");
  }
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const bool marked = std::ranges::binary_search(table.marked, r);
    html += marked ? QStringLiteral("<tr class=\"marked\">") : QStringLiteral("<tr>");
    for (int c = 0; c < table.rows[r].size(); ++c) {
      QString cell = paragraphs(table.rows[r][c]);
      if (marked) cell = QStringLiteral("<b>%1</b>").arg(cell);
      html += QStringLiteral("<td%1>%2</td>").arg(aligned(table, c), cell);
    }
    html += QStringLiteral("</tr>\n");
  }
  return html +
         (table.header.isEmpty() ? QStringLiteral("</table>\n") : QStringLiteral("</tbody></table>\n"));
}

QString sectionsHtml(const Report& report) {
  QString html = QStringLiteral("<h1>%1</h1>\n<p class=\"subtitle\">%2</p>\n")
                     .arg(report.title.toHtmlEscaped(), report.subtitle.toHtmlEscaped());
  for (const ReportSection& section : report.sections) {
    html += QStringLiteral("<h2>%1</h2>\n").arg(section.title.toHtmlEscaped());
    for (const QString& paragraph : section.paragraphs)
      html += QStringLiteral("<p>%1</p>\n").arg(paragraphs(paragraph));
    for (const ReportTable& table : section.tables) html += tableHtml(table);
  }
  return html;
}

constexpr const char* kScreenStyle = R"(
:root { color-scheme: light dark; --back: #ffffff; --text: #1a1a1a; --muted: #5c5c5c; --line: #dcdcdc;
  --accent: #0072b2; --mark: #eef5fa; }
@media (prefers-color-scheme: dark) { :root { --back: #1c1d1f; --text: #e6e6e6; --muted: #a8a8a8;
  --line: #3c3e41; --accent: #56b4e9; --mark: #23303a; } }
body { background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: 0; }
h2 { font-size: 1.25rem; margin-top: 2.2rem; border-bottom: 2px solid var(--accent); padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
.subtitle { color: var(--muted); margin-top: .2rem; }
table { border-collapse: collapse; font-size: .92rem; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .7rem .25rem 0; vertical-align: top; }
.number { font-variant-numeric: tabular-nums; }
.facts td:first-child { color: var(--muted); white-space: nowrap; }
.marked td { background: var(--mark); }
figure { margin: 1.5rem 0; break-inside: avoid; }
figcaption { color: var(--muted); margin-top: .3rem; }
figure img { background: #ffffff; width: 100%; height: auto; border-radius: 4px; }
)";

// ------------------------------------------------------------------------------------------------ PDF

constexpr const char* kPaperStyle = R"(
body, p, td, th { font-size: 8.5pt; color: #1a1a1a; }
h1 { font-size: 18pt; }
h2 { font-size: 13pt; color: #0072b2; margin-top: 18px; }
h3 { font-size: 9.5pt; margin-top: 12px; margin-bottom: 3px; }
td, th { border-bottom: 1px solid #dcdcdc; border-bottom-style: solid; }
p.subtitle, p.caption { color: #5c5c5c; }
)";

const QString kFigureName = QStringLiteral("figure:");

/// Draws the figures as what they are, lines and letters, in the place of the pictures that HTML has there.
class FigureHandler : public QObject, public QTextObjectInterface {
  Q_OBJECT
  Q_INTERFACES(QTextObjectInterface)
 public:
  FigureHandler(const std::vector<ReportFigure>& figures, double width) : figures_(figures), width_(width) {}

  QSizeF intrinsicSize(QTextDocument* /*document*/, int /*position*/, const QTextFormat& format) override {
    const ReportFigure* figure = find(format);
    if (figure == nullptr) return {};
    return {width_, width_ * figure->size.height() / figure->size.width()};
  }

  void drawObject(QPainter* painter, const QRectF& place, QTextDocument* /*document*/, int /*position*/,
                  const QTextFormat& format) override {
    const ReportFigure* figure = find(format);
    if (figure == nullptr) return;
    painter->save();
    painter->translate(place.topLeft());
    painter->scale(place.width() / figure->size.width(), place.height() / figure->size.height());
    painter->setClipRect(QRect(QPoint(0, 0), figure->size), Qt::IntersectClip);
    // Playing reads from the picture's place in it, and makes up for the resolutions of the devices.
    QPicture drawing = figure->drawing;
    const double resolution = static_cast<double>(drawing.logicalDpiX()) / painter->device()->logicalDpiX();
    painter->scale(resolution, resolution);
    drawing.play(painter);
    painter->restore();
  }

 private:
  [[nodiscard]] const ReportFigure* find(const QTextFormat& format) const {
    const QString name = format.toImageFormat().name();
    bool number = false;
    const auto index = name.mid(kFigureName.size()).toUInt(&number);
    return number && index < figures_.size() ? &figures_[index] : nullptr;
  }

  const std::vector<ReportFigure>& figures_;
  double width_;
};

QString paperHtml(const Report& report, const std::vector<ReportFigure>& figures) {
  QString html = QStringLiteral("<body>") + sectionsHtml(report);
  for (std::size_t f = 0; f < figures.size(); ++f) {
    // Two fill a page, and a caption stays with its figure.
    const QString start =
        f % 2 == 0 ? QStringLiteral(" style=\"page-break-before: always; margin-top: 0\"") : QString();
    const QString title =
        f == 0 ? QStringLiteral("<h2%1>%2</h2>\n").arg(start, tr("Figures").toHtmlEscaped()) : QString();
    html += title + QStringLiteral("<p%1><img src=\"%2%3\"></p>\n<p class=\"caption\">%4</p>\n")
                        .arg(f == 0 ? QString() : start, kFigureName)
                        .arg(f)
                        .arg(figures[f].title.toHtmlEscaped());
  }
  return html + QStringLiteral("</body>");
}

/// Rich text has an empty line after each table; at the end of a page it would make a page of its own.
void flattenEmptyLines(QTextDocument& document) {
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    QTextCursor cursor(block);
    if (block.length() > 1 || cursor.currentTable() != nullptr) continue;
    QTextBlockFormat format = block.blockFormat();
    format.setLineHeight(1, QTextBlockFormat::FixedHeight);
    format.setTopMargin(0);
    format.setBottomMargin(0);
    cursor.setBlockFormat(format);
  }
}

/// Pages with something on them. A table that ends with its page leaves an empty one before what begins a
/// new page anyway.
std::vector<int> filledPages(const QTextDocument& document, qreal height) {
  // What begins a page may be laid out a hair's breadth above it.
  const qreal hair = height / 100;
  std::vector<bool> filled(static_cast<std::size_t>(document.pageCount()), false);
  for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
    if (block.length() <= 1) continue;
    const QRectF place = document.documentLayout()->blockBoundingRect(block);
    const int first = static_cast<int>((place.top() + hair) / height);
    const int last = std::max(first, static_cast<int>((place.bottom() - hair) / height));
    for (int page = first; page <= std::min(last, document.pageCount() - 1); ++page)
      filled[static_cast<std::size_t>(page)] = true;
  }
  std::vector<int> pages;
  for (int page = 0; page < document.pageCount(); ++page)
    if (filled[static_cast<std::size_t>(page)]) pages.push_back(page);
  return pages;
}

}  // namespace

Result<ReportForm> reportForm(const QString& path) {
  const QString suffix = QFileInfo(path).suffix().toLower();
  if (suffix == QLatin1String("pdf")) return ReportForm::Pdf;
  if (suffix == QLatin1String("html") || suffix == QLatin1String("htm")) return ReportForm::Html;
  return fail({Error::Kind::Usage,
               "a report is not written in this form",
               path.toStdString(),
               "a name that ends with .pdf or .html",
               {},
               "Give the file one of these endings"});
}

Result<ReportFigure> captureFigure(PlotView& view, const QString& title, ReportForm form) {
  ReportFigure figure;
  figure.title = title;
  figure.size = kLayout;
  if (form == ReportForm::Pdf) {
    auto bytes = exported(view, QStringLiteral("pic"), kLayout);
    if (!bytes) return fail(bytes.error());
    figure.drawing.setData(bytes->constData(), static_cast<uint>(bytes->size()));
    return figure;
  }
  auto vectors = exported(view, QStringLiteral("svg"), kLayout);
  if (!vectors) return fail(vectors.error());
  figure.image = *std::move(vectors);
  figure.type = "image/svg+xml";
  if (figure.image.size() <= kLightSvg) return figure;
  auto picture = exported(view, QStringLiteral("png"), kLayout * kSharpness, kSharpness);
  if (!picture) return fail(picture.error());
  if (picture->size() >= figure.image.size()) return figure;
  figure.image = *std::move(picture);
  figure.type = "image/png";
  return figure;
}

QByteArray reportHtml(const Report& report, const std::vector<ReportFigure>& figures) {
  QString html = QStringLiteral(
                     "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width\">\n"
                     "<meta name=\"generator\" content=\"Assayer\">\n<title>%1</title>\n<style>")
                     .arg(report.title.toHtmlEscaped()) +
                 QLatin1String(kScreenStyle) + QStringLiteral("</style>\n</head>\n<body>\n") +
                 sectionsHtml(report);
  if (!figures.empty()) html += QStringLiteral("<h2>%1</h2>\n").arg(tr("Figures").toHtmlEscaped());
  for (const ReportFigure& figure : figures) {
    const QString title = figure.title.toHtmlEscaped();
    html += QStringLiteral("<figure><img alt=\"%1\" width=\"%2\" height=\"%3\" src=\"data:%4;base64,")
                .arg(title)
                .arg(figure.size.width())
                .arg(figure.size.height())
                .arg(QLatin1String(figure.type)) +
            QString::fromLatin1(figure.image.toBase64()) +
            QStringLiteral("\">\n<figcaption>%1</figcaption></figure>\n").arg(title);
  }
  return (html + QStringLiteral("</body>\n</html>\n")).toUtf8();
}

Result<QByteArray> reportPdf(const Report& report, const std::vector<ReportFigure>& figures) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  buffer.open(QIODevice::WriteOnly);
  QPdfWriter writer(&buffer);
  writer.setResolution(kDotsPerInch);
  writer.setPageSize(QPageSize(QPageSize::A4));
  writer.setPageMargins(QMarginsF(0, 0, 0, 0));
  writer.setTitle(report.title);
  writer.setCreator(QStringLiteral("Assayer"));
  const auto dots = [](double millimetres) { return millimetres / kInch * kDotsPerInch; };
  const QSizeF paper = QSizeF(writer.width(), writer.height());
  const QSizeF page(paper.width() - 2 * dots(kMargin), paper.height() - 2 * dots(kMargin));

  FigureHandler handler(figures, page.width());
  QTextDocument document;
  document.documentLayout()->setPaintDevice(&writer);
  document.documentLayout()->registerHandler(QTextFormat::ImageObject, &handler);
  document.setDocumentMargin(0);
  document.setDefaultStyleSheet(QLatin1String(kPaperStyle));
  document.setHtml(paperHtml(report, figures));
  flattenEmptyLines(document);
  document.setPageSize(page);

  QPainter painter;
  if (!painter.begin(&writer))
    return fail({Error::Kind::File, "the report cannot be drawn", {}, {}, {}, "Try again as HTML"});
  const std::vector<int> pages = filledPages(document, page.height());
  QFont small = document.defaultFont();
  small.setPointSizeF(7.5);
  for (std::size_t p = 0; p < pages.size(); ++p) {
    if (p > 0) writer.newPage();
    const QRectF part(0, pages[p] * page.height(), page.width(), page.height());
    painter.save();
    painter.translate(dots(kMargin), dots(kMargin) - part.top());
    document.drawContents(&painter, part);
    painter.restore();
    painter.setFont(small);
    painter.setPen(QColor(0x5C, 0x5C, 0x5C));
    const QRectF foot(dots(kMargin), paper.height() - dots(kMargin) + dots(kFooter) / 2, page.width(),
                      dots(kFooter));
    painter.drawText(foot, Qt::AlignLeft | Qt::AlignTop, report.title);
    painter.drawText(foot, Qt::AlignRight | Qt::AlignTop, tr("%1 of %2").arg(p + 1).arg(pages.size()));
  }
  painter.end();
  return bytes;
}

Status writeReport(const Report& report, const std::vector<ReportFigure>& figures, ReportForm form,
                   const QString& path) {
  if (form == ReportForm::Html) return writeTextFile(path, reportHtml(report, figures));
  // The layout of a text document has timers, which want a thread that Qt has started. What it made comes by
  // a promise, whose order everybody sees who watches threads from outside of Qt.
  std::promise<Result<QByteArray>> made;
  const std::unique_ptr<QThread> thread(QThread::create([&] { made.set_value(reportPdf(report, figures)); }));
  thread->start();
  thread->wait();
  const Result<QByteArray> bytes = made.get_future().get();
  if (!bytes) return fail(bytes.error());
  return writeTextFile(path, *bytes);
}

}  // namespace assayer::ui

#include "report_writer.moc"
