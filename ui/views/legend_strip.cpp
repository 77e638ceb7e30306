// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/legend_strip.h"

#include <QFontMetricsF>
#include <algorithm>

namespace assayer::ui {
namespace {

constexpr double kInset = 14;  // left and right of the strip
constexpr double kTop = 8;
constexpr double kBottom = 4;
constexpr double kLineSign = 24;  // width of a sign with a line
constexpr double kMarkerSign = 12;
constexpr double kSignGap = 6;  // sign to text
constexpr double kEntryGap = 18;

double signWidth(const LegendEntry& entry) {
  const bool lines = entry.line.style() != Qt::NoPen || entry.thick.style() != Qt::NoPen ||
                     entry.band.style() != Qt::NoBrush;
  return lines ? kLineSign : entry.marker ? kMarkerSign : -kSignGap;
}

}  // namespace

LegendStrip::LegendStrip(QCustomPlot* plot) : QCPLayoutElement(plot) {
  setAutoMargins(QCP::msNone);
  setMargins(QMargins(0, 0, 0, 0));
  setMinimumMargins(QMargins(0, 0, 0, 0));
  setSizeConstraintRect(scrOuterRect);
  setLayer(QStringLiteral("legend"));
}

void LegendStrip::setEntries(std::vector<LegendEntry> entries) {
  entries_ = std::move(entries);
}

void LegendStrip::setStyle(const QFont& font, const QColor& text) {
  font_ = font;
  text_ = text;
}

double LegendStrip::layOut(double width, std::vector<Cell>* cells) const {
  if (entries_.empty()) return 0;
  const QFontMetricsF metrics(font_);
  const double room = std::max(40.0, width - 2 * kInset);
  const double lineHeight = std::ceil(metrics.height()) + 2;
  std::vector<Cell> line;
  double x = 0;
  double y = kTop;
  const auto finishLine = [&] {
    const double used = line.empty() ? 0 : line.back().box.right();
    const double shift = kInset + (centred_ ? std::max(0.0, (room - used) / 2) : 0);
    for (Cell& cell : line) cell.box.translate(shift, 0);
    if (cells != nullptr) cells->insert(cells->end(), line.begin(), line.end());
    line.clear();
  };
  for (const LegendEntry& entry : entries_) {
    const double sign = signWidth(entry) + kSignGap;
    const QString text = metrics.elidedText(entry.text, Qt::ElideMiddle, std::max(10.0, room - sign));
    const double entryWidth = std::min(room, sign + metrics.horizontalAdvance(text) + 1);
    if (x > 0 && x + entryWidth > room) {
      finishLine();
      x = 0;
      y += lineHeight;
    }
    line.push_back({QRectF(x, y, entryWidth, lineHeight), text});
    x += entryWidth + kEntryGap;
  }
  finishLine();
  return y + lineHeight + kBottom;
}

int LegendStrip::entryAt(const QPointF& position) const {
  if (!realVisibility()) return -1;
  std::vector<Cell> cells;
  layOut(rect().width(), &cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].box.translated(rect().topLeft()).contains(position)) return static_cast<int>(i);
  }
  return -1;
}

void LegendStrip::update(UpdatePhase phase) {
  QCPLayoutElement::update(phase);
  if (phase != upPreparation) return;
  // The height depends on the width by wrapping; the grid above knows fixed heights only.
  const int height =
      realVisibility() ? static_cast<int>(std::ceil(layOut(mParentPlot->viewport().width(), nullptr))) : 0;
  if (minimumSize().height() != height || maximumSize().height() != height) {
    setMaximumSize(QWIDGETSIZE_MAX, height);
    setMinimumSize(0, height);
  }
}

void LegendStrip::applyDefaultAntialiasingHint(QCPPainter* painter) const {
  painter->setAntialiasing(true);
}

void LegendStrip::draw(QCPPainter* painter) {
  std::vector<Cell> cells;
  layOut(rect().width(), &cells);
  painter->setFont(font_);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const LegendEntry& entry = entries_[i];
    const QRectF box = cells[i].box.translated(rect().topLeft());
    painter->setOpacity(entry.on.value_or(true) ? 1.0 : 0.35);
    drawSigns(*painter, entry, box);
    painter->setPen(text_);
    painter->drawText(box.adjusted(signWidth(entry) + kSignGap, 0, 4, 0),
                      Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, cells[i].text);
  }
  painter->setOpacity(1);
}

void LegendStrip::drawSigns(QCPPainter& painter, const LegendEntry& entry, const QRectF& box) const {
  const double width = signWidth(entry);
  const double middle = box.center().y();
  if (entry.band.style() != Qt::NoBrush) {
    painter.fillRect(QRectF(box.left(), middle - 5, width, 10), entry.band);
  }
  for (const QPen& pen : {entry.thick, entry.line}) {
    if (pen.style() == Qt::NoPen) continue;
    painter.setPen(pen);
    painter.drawLine(QLineF(box.left() + 1, middle, box.left() + width - 1, middle));
  }
  if (entry.marker) {
    entry.marker->applyTo(&painter, entry.marker->pen());
    entry.marker->drawShape(&painter, QPointF(box.left() + width / 2, middle));
  }
}

}  // namespace assayer::ui
