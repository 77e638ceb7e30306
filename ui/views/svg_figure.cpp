// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/svg_figure.h"

#include <QBuffer>
#include <QSvgGenerator>
#include <optional>
#include <utility>
#include <vector>

#include "ui/views/painted.h"
#include "ui/views/qcp.h"

namespace assayer::ui {
namespace {

/// Where a layer's child must stay within its axes: their rectangle as it lies now.
std::optional<QRect> axesOf(QCPLayerable* child) {
  if (const auto* plottable = qobject_cast<const QCPAbstractPlottable*>(child)) {
    const QCPAxis* key = plottable->keyAxis();
    const QCPAxis* value = plottable->valueAxis();
    if (key == nullptr || value == nullptr) return std::nullopt;
    return key->axisRect()->rect() & value->axisRect()->rect();
  }
  if (const auto* item = qobject_cast<const QCPAbstractItem*>(child)) {
    if (item->clipToAxisRect() && item->clipAxisRect() != nullptr) return item->clipAxisRect()->rect();
    return std::nullopt;
  }
  const auto* painted = dynamic_cast<const Painted*>(child);
  if (painted != nullptr && painted->clip() == Painted::Clip::AxisRect)
    return painted->parentPlot()->axisRect()->rect();
  return std::nullopt;
}

/// Neighbours in a layer that are all clipped, or none of them.
struct Part {
  QCPLayer* layer = nullptr;
  bool clipped = false;
  QList<QCPLayerable*> children;
};

std::vector<Part> partsOf(QCustomPlot& plot) {
  std::vector<Part> parts;
  for (int l = 0; l < plot.layerCount(); ++l) {
    QCPLayer* layer = plot.layer(l);
    if (!layer->visible()) continue;
    const QList<QCPLayerable*> children = layer->children();
    for (QCPLayerable* child : children) {
      if (!child->realVisibility()) continue;
      const bool clipped = axesOf(child).has_value();
      if (parts.empty() || parts.back().layer != layer || parts.back().clipped != clipped)
        parts.push_back({layer, clipped, {}});
      parts.back().children << child;
    }
  }
  return parts;
}

/// While it lives, a plot shows one part of itself and nothing else.
class Only {
 public:
  Only(QCustomPlot& plot, const Part& part) {
    for (int l = 0; l < plot.layerCount(); ++l) {
      QCPLayer* layer = plot.layer(l);
      if (layer == part.layer || !layer->visible()) continue;
      layer->setVisible(false);
      layers_.push_back(layer);
    }
    // By layer as far as possible: an axis that is hidden itself gives up its room.
    const QList<QCPLayerable*> children = part.layer->children();
    for (QCPLayerable* child : children) {
      if (!child->visible() || part.children.contains(child)) continue;
      child->setVisible(false);
      children_.push_back(child);
    }
  }
  Only(const Only&) = delete;
  Only& operator=(const Only&) = delete;
  ~Only() {
    for (QCPLayer* layer : layers_) layer->setVisible(true);
    for (QCPLayerable* child : children_) child->setVisible(true);
  }

 private:
  std::vector<QCPLayer*> layers_;
  std::vector<QCPLayerable*> children_;
};

bool generate(QCustomPlot& plot, QSize size, const QString& title, QByteArray* bytes) {
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
  plot.toPainter(&painter, size.width(), size.height());
  return painter.end();
}

/// A generated file in its three parts.
struct Pieces {
  QByteArray head;  ///< up to the definitions
  QByteArray definitions;
  QByteArray body;
};

std::optional<Pieces> cut(QByteArray svg, qsizetype part) {
  // The generator counts gradients and patterns anew in every file.
  const QByteArray prefix = 'p' + QByteArray::number(part) + '-';
  svg.replace("url(#", "url(#" + prefix)
      .replace(" id=\"", " id=\"" + prefix)
      .replace(":id=\"", ":id=\"" + prefix);
  const qsizetype begin = svg.indexOf("<defs>");
  const qsizetype end = svg.indexOf("</defs>", begin);
  const qsizetype close = svg.lastIndexOf("</svg>");
  if (begin < 0 || end < 0 || close < end) return std::nullopt;
  const qsizetype inside = begin + qsizetype{6};
  const qsizetype behind = end + qsizetype{7};
  return Pieces{svg.first(begin), svg.sliced(inside, end - inside), svg.sliced(behind, close - behind)};
}

}  // namespace

bool renderSvg(QCustomPlot& plot, QSize size, const QString& title, QByteArray* bytes) {
  plot.setBackground(QBrush(Qt::NoBrush));
  QByteArray head, definitions, body;
  bool drawn = true;
  const std::vector<Part> parts = partsOf(plot);
  for (std::size_t p = 0; p < parts.size() && drawn; ++p) {
    const auto number = static_cast<qsizetype>(p);
    const Only only(plot, parts[p]);
    QByteArray svg;
    drawn = generate(plot, size, title, &svg);
    const std::optional<Pieces> pieces = drawn ? cut(std::move(svg), number) : std::nullopt;
    drawn = pieces.has_value();
    if (!drawn) break;
    if (head.isEmpty()) head = pieces->head;
    definitions += pieces->definitions;
    if (!parts[p].clipped) {
      body += pieces->body;
      continue;
    }
    QRect axes;
    for (QCPLayerable* child : parts[p].children) axes |= axesOf(child).value_or(QRect());
    definitions += "<clipPath id=\"axes" + QByteArray::number(number) + "\"><rect x=\"" +
                   QByteArray::number(axes.x()) + "\" y=\"" + QByteArray::number(axes.y()) + "\" width=\"" +
                   QByteArray::number(axes.width()) + "\" height=\"" + QByteArray::number(axes.height()) +
                   "\"/></clipPath>\n";
    body += "<g clip-path=\"url(#axes" + QByteArray::number(number) + ")\">" + pieces->body + "</g>\n";
  }
  plot.setBackground(QBrush(Qt::white));
  const QByteArray paper = "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  if (drawn) *bytes = head + "<defs>" + definitions + "</defs>" + paper + body + "</svg>\n";
  return drawn;
}

}  // namespace assayer::ui
