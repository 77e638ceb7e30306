// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/train/results.h"

/// Results as tables for other programs: UTF-8 CSV, units in the header, replaced only once complete.
namespace assayer::ui {

/// One line per channel: position, then mean and spread of each component; masked channels are empty.
Status exportEndmembersCsv(const Dataset& data, const EndmemberEstimate& endmembers, const QString& path);
/// One line per spectrum: row, group, composition and its spread, z and its spread, known composition.
Status exportCompositionCsv(const Dataset& data, const Prediction& prediction, const QString& path);

/// Writes `text` to `path`, aside first.
Status writeTextFile(const QString& path, const QByteArray& text);

}  // namespace assayer::ui
