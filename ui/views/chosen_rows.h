// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QRectF>
#include <optional>

#include "core/data/selection.h"
#include "ui/views/dots.h"
#include "ui/views/legend_strip.h"
#include "ui/views/palette.h"

namespace assayer::ui {

/// "40,000 of 2,000,000 rows drawn", where some are left out.
inline void addDrawnEntry(std::size_t drawn, std::size_t rows, std::vector<LegendEntry>& entries) {
  if (drawn >= rows) return;
  LegendEntry entry;
  entry.text = QCoreApplication::translate("ChosenRows", "%L1 of %L2 rows drawn").arg(drawn).arg(rows);
  entries.push_back(std::move(entry));
}

/// Selected rows, and those that they are compared with: signs over the dots of all rows, the same in every
/// view.
struct ChosenRows {
  /// So many rows have a sign with an outline each.
  static constexpr std::size_t kSigns = 300;

  Rows selected;
  Rows compared;

  void clear() {
    selected.clear();
    compared.clear();
  }

  /// `pixelOf(row)` yields an optional QPointF.
  template <class PixelOf>
  void draw(QCPPainter& painter, const Theme& theme, const QRectF& visible, PixelOf pixelOf) const {
    const auto all = [&](const Rows& rows, const QCPScatterStyle& style, Qt::PenCapStyle cap) {
      if (rows.size() <= kSigns) {
        style.applyTo(&painter, style.pen());
        for (const std::uint32_t row : rows) {
          const std::optional<QPointF> at = pixelOf(row);
          if (at && visible.contains(*at)) style.drawShape(&painter, *at);
        }
        return;
      }
      // So many outlines would cover each other, and take longer than the view may.
      QColor colour = style.pen().color();
      colour.setAlpha(190);
      drawCrowd(painter, visible, rows, QPen(colour, 4.5, Qt::SolidLine, cap), pixelOf);
    };
    if (!compared.empty()) all(compared, comparedStyle(theme.comparison), Qt::RoundCap);
    if (!selected.empty()) all(selected, selectedStyle(theme.selection), Qt::SquareCap);
  }

  void addEntries(const Theme& theme, std::vector<LegendEntry>& entries) const {
    const auto add = [&entries](const Rows& rows, const QCPScatterStyle& style, const char* many) {
      if (rows.empty()) return;
      LegendEntry entry;
      entry.text = rows.size() == 1 ? QCoreApplication::translate("ChosenRows", "row %1").arg(rows.front())
                                    : QCoreApplication::translate("ChosenRows", many).arg(rows.size());
      entry.marker = style;
      entries.push_back(std::move(entry));
    };
    add(selected, selectedStyle(theme.selection), QT_TRANSLATE_NOOP("ChosenRows", "%1 selected rows"));
    add(compared, comparedStyle(theme.comparison),
        QT_TRANSLATE_NOOP("ChosenRows", "%1 rows to compare with"));
  }
};

}  // namespace assayer::ui
