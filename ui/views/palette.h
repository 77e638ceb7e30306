// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

namespace assayer::ui {

/// Colours of a plot, derived from the widget's palette so that views follow the desktop's light or dark
/// theme.
struct Theme {
  bool dark = false;
  QColor background;
  QColor text;        ///< titles, names
  QColor muted;       ///< tick labels, hints
  QColor axis;        ///< axis lines, ticks
  QColor grid;        ///< barely there
  QColor accent;      ///< the one accent: tools, labelled rows
  QColor unlabelled;  ///< rows in that role: beside those in the accent, on the simplex
  QColor selection;   ///< selected rows, in every view
  QColor comparison;  ///< rows that they are compared with

  static Theme from(const QPalette& palette);
  /// For files: figures are exported on white whatever the screen shows.
  static Theme print();

  friend bool operator==(const Theme&, const Theme&) = default;
};

/// Okabe & Ito's colour-blind-safe set in an order that keeps the strongest apart, repeated from the start
/// after `categoryCount()`. Dark themes get the same hues, lifted where they would sink. Vermilion is left
/// out: it is too near to the colour of the selection.
QColor categoryColour(std::size_t index, bool dark);
std::size_t categoryCount();

/// The opaque colour at `share` of the way between two, from 0 to 1.
QColor mixed(const QColor& from, const QColor& to, double share);

/// viridis (perceptually uniform, by Smith & van der Walt) at `fraction` in [0, 1]; out of range is clamped.
QColor viridis(double fraction);

/// For differences, 0 in the middle: purple over near-white to orange and brown (PuOr of ColorBrewer, by
/// Brewer & Harrower; colour-blind-safe, and without the red of the selection) at `fraction` in [0, 1]; out
/// of range is clamped.
QColor diverging(double fraction);

}  // namespace assayer::ui
