// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>
#include <vector>

#include "core/base/error.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/train/results.h"
#include "ui/viewmodels/row_columns.h"

/// Results as tables for other programs: UTF-8 CSV, units in the header, replaced only once complete.
namespace assayer::ui {

/// One line per channel: position, then mean and spread of each component; masked channels are empty.
Status exportEndmembersCsv(const Dataset& data, const EndmemberEstimate& endmembers, const QString& path);
/// One line per spectrum: row, group, composition and its spread, z and its spread, known composition.
Status exportCompositionCsv(const Dataset& data, const Prediction& prediction, const QString& path);

/// One line per row with what the table says of it: `columns`, in full; rows in the order `order`, empty: in
/// their own. Cancelled by `control`, which leaves the file as it was.
Status exportRowsCsv(const RowSource& source, const std::vector<RowColumn>& columns,
                     const std::vector<std::uint32_t>& order, const QString& path, const RunControl& control);

/// Writes `text` to `path`, aside first.
Status writeTextFile(const QString& path, const QByteArray& text);

}  // namespace assayer::ui
