// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QStringList>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>

#include "core/train/engine.h"
#include "ui/views/row_table.h"

namespace assayer::ui::testing {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
// With colours of their own, which dots of data without groups do not have.
inline constexpr std::uint64_t kOne = 4;
inline constexpr std::uint64_t kTwo = 5;

/// Results that are others in every row, and others for every `start`.
inline std::shared_ptr<Snapshot> results(std::size_t rows, std::size_t dimensions, double start) {
  auto snapshot = std::make_shared<Snapshot>();
  Prediction& told = snapshot->prediction;
  told.composition = Matrix<double>(rows, 3);
  told.z = Matrix<double>(dimensions > 0 ? rows : 0, dimensions);
  for (std::size_t row = 0; row < rows; ++row) {
    const double share = (static_cast<double>(row) + 0.5) / static_cast<double>(rows);
    told.composition(row, 0) = start * share;
    told.composition(row, 1) = start * (1 - share);
    told.composition(row, 2) = 1 - start;
    for (std::size_t d = 0; d < dimensions; ++d)
      told.z(row, d) = 10 * start + (d == 0 ? share : std::sin(static_cast<double>((d + 1) * row)));
  }
  return snapshot;
}

inline QStringList headersOf(const RowTable& table) {
  QStringList texts;
  for (int c = 0; c < table.model()->columnCount(); ++c)
    texts << table.model()->headerData(c, Qt::Horizontal, Qt::DisplayRole).toString();
  return texts;
}

}  // namespace assayer::ui::testing
