// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/svg_figure.h"

#include <QBuffer>
#include <QPicture>
#include <QSvgGenerator>
#include <optional>
#include <utility>
#include <vector>

#include "ui/views/qcp.h"

namespace assayer::ui {
namespace {

/// A layer's child to be drawn by itself; QCustomPlot draws whole layers alone.
class Child : public QCPLayerable {
 public:
  static QRect clipOf(const QCPLayerable* child) { return (child->*&Child::clipRect)(); }
  static void drawAlone(QCPLayerable* child, QCPPainter* painter) {
    painter->save();
    (child->*&Child::applyDefaultAntialiasingHint)(painter);
    (child->*&Child::draw)(painter);
    painter->restore();
  }
};

/// Children that follow each other and have to stay within the same rectangle; none: within the figure.
struct Part {
  std::optional<QRect> clip;
  std::vector<QCPLayerable*> children;
};

std::vector<Part> partsOf(QCustomPlot& plot) {
  std::vector<Part> parts;
  for (int l = 0; l < plot.layerCount(); ++l) {
    const QList<QCPLayerable*> children = plot.layer(l)->children();
    for (QCPLayerable* child : children) {
      if (!child->realVisibility()) continue;
      const QRect rect = Child::clipOf(child);
      const std::optional<QRect> clip =
          rect.contains(plot.viewport()) ? std::nullopt : std::optional<QRect>(rect);
      if (parts.empty() || parts.back().clip != clip) parts.push_back({clip, {}});
      parts.back().children.push_back(child);
    }
  }
  return parts;
}

/// What a plot shows is laid out for a figure of another size while this lives.
class LaidOut {
 public:
  LaidOut(QCustomPlot& plot, QSize size) : plot_(plot), viewport_(plot.viewport()) {
    QPicture nowhere;
    QCPPainter painter(&nowhere);
    plot.toPainter(&painter, size.width(), size.height());
    plot.setViewport(QRect(QPoint(0, 0), size));
  }
  LaidOut(const LaidOut&) = delete;
  LaidOut& operator=(const LaidOut&) = delete;
  ~LaidOut() { plot_.setViewport(viewport_); }

 private:
  QCustomPlot& plot_;
  QRect viewport_;
};

bool generate(const QCustomPlot& plot, const Part& part, QSize size, const QString& title,
              QByteArray* bytes) {
  QBuffer buffer(bytes);
  buffer.open(QIODevice::WriteOnly);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setResolution(plot.logicalDpiX());
  generator.setSize(size);
  generator.setViewBox(QRect(QPoint(0, 0), size));
  generator.setTitle(title);
  QCPPainter painter;
  if (!painter.begin(&generator)) return false;
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  for (QCPLayerable* child : part.children) Child::drawAlone(child, &painter);
  return painter.end();
}

/// A generated file in its three parts.
struct Pieces {
  QByteArray head;  ///< up to the definitions
  QByteArray definitions;
  QByteArray body;
};

std::optional<Pieces> cut(QByteArray svg, const QByteArray& number) {
  // The generator counts gradients and patterns anew in every file.
  const QByteArray prefix = 'p' + number + '-';
  svg.replace("url(#", "url(#" + prefix);
  svg.replace(" id=\"", " id=\"" + prefix);
  svg.replace(":id=\"", ":id=\"" + prefix);
  const qsizetype begin = svg.indexOf("<defs>");
  const qsizetype end = svg.indexOf("</defs>", begin);
  const qsizetype close = svg.lastIndexOf("</svg>");
  if (begin < 0 || end < 0 || close < end) return std::nullopt;
  const qsizetype inside = begin + qsizetype{6};
  const qsizetype behind = end + qsizetype{7};
  return Pieces{svg.first(begin), svg.sliced(inside, end - inside), svg.sliced(behind, close - behind)};
}

/// Where a reader lacks the font, its letters have no serifs either: the generator names the font alone, for
/// which browsers then take one with serifs.
QByteArray withFallback(const QByteArray& svg) {
  const QByteArray key = "font-family=\"";
  QByteArray out;
  qsizetype from = 0;
  for (qsizetype at = svg.indexOf(key); at >= 0; at = svg.indexOf(key, from)) {
    const qsizetype name = at + key.size();
    const qsizetype end = svg.indexOf('"', name);
    out += svg.sliced(from, name - from) + '\'' + svg.sliced(name, end - name) + "', sans-serif";
    from = end;
  }
  return out + svg.sliced(from);
}

QByteArray clipPath(const QByteArray& number, const QRect& rect) {
  return "<clipPath id=\"axes" + number + "\"><rect x=\"" + QByteArray::number(rect.x()) + "\" y=\"" +
         QByteArray::number(rect.y()) + "\" width=\"" + QByteArray::number(rect.width()) + "\" height=\"" +
         QByteArray::number(rect.height()) + "\"/></clipPath>\n";
}

}  // namespace

bool renderSvg(QCustomPlot& plot, QSize size, const QString& title, QByteArray* bytes) {
  const LaidOut laid_out(plot, size);
  QByteArray head;
  QByteArray definitions;
  QByteArray body;
  const std::vector<Part> parts = partsOf(plot);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    QByteArray svg;
    if (!generate(plot, parts[p], size, title, &svg)) return false;
    const QByteArray number = QByteArray::number(static_cast<qulonglong>(p));
    const std::optional<Pieces> pieces = cut(std::move(svg), number);
    if (!pieces) return false;
    if (head.isEmpty()) head = pieces->head;
    definitions += pieces->definitions;
    if (parts[p].clip) {
      definitions += clipPath(number, *parts[p].clip);
      body += "<g clip-path=\"url(#axes" + number + ")\">" + pieces->body + "</g>\n";
    } else {
      body += pieces->body;
    }
  }
  const QByteArray paper = "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  *bytes = head + "<defs>" + definitions + "</defs>" + paper + withFallback(body) + "</svg>\n";
  return true;
}

}  // namespace assayer::ui
