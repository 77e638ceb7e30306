// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace assayer::ui {

/// What a plot shows as a table; an empty cell is a missing value.
struct PlotTable {
  QStringList header;  ///< with units: "Wavelength (µm)"
  QList<QStringList> rows;
};

/// The shortest text that reads back as the same float or double; "" for values that are not finite.
QString cell(float value);
QString cell(double value);

}  // namespace assayer::ui
