// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>

namespace assayer::ui {

/// `points` smaller, unless it is small as it is: figures along axes, names at marks.
inline QFont smallFont(QFont font, double points = 1) {
  // One that is set in pixels says −1.
  if (font.pointSizeF() > 7) font.setPointSizeF(font.pointSizeF() - points);
  return font;
}

}  // namespace assayer::ui
