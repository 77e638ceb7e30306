// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QBrush>
#include <QColor>
#include <QPen>
#include <QString>
#include <optional>
#include <vector>

#include "ui/views/qcp.h"

namespace assayer::ui {

/// One entry of a legend: up to three signs, drawn over each other in the order of the members.
struct LegendEntry {
  QString text;
  QBrush band;             ///< ± sd
  QPen thick = Qt::NoPen;  ///< reference
  QPen line = Qt::NoPen;
  std::optional<QCPScatterStyle> marker;
  /// Whether what it stands for is on; drawn faint when off. Only what a click turns on and off says so.
  std::optional<bool> on;
};

/// Legend in a strip of its own above the axes, wrapped to the width: it never covers data, and is part of
/// what is exported.
class LegendStrip : public QCPLayoutElement {
  Q_OBJECT
 public:
  explicit LegendStrip(QCustomPlot* plot);

  void setEntries(std::vector<LegendEntry> entries);
  [[nodiscard]] const std::vector<LegendEntry>& entries() const { return entries_; }
  void setStyle(const QFont& font, const QColor& text);
  void setCentred(bool centred) { centred_ = centred; }
  /// The entry under `position`, or −1.
  [[nodiscard]] int entryAt(const QPointF& position) const;

  void update(UpdatePhase phase) override;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  struct Cell {
    QRectF box;  ///< relative to the strip's top left
    QString text;
  };
  /// Returns the height that the entries take in `width` pixels.
  double layOut(double width, std::vector<Cell>* cells) const;
  void drawSigns(QCPPainter& painter, const LegendEntry& entry, const QRectF& box) const;

  std::vector<LegendEntry> entries_;
  QFont font_;
  QColor text_;
  bool centred_ = false;
};

}  // namespace assayer::ui
