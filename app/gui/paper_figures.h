// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/data/dataset.h"
#include "core/session/session.h"
#include "core/train/engine.h"

namespace assayer::gui {

/// What `assayer-cli reproduce` left in a folder, as the window has it open.
struct Reproduced {
  QString folder;
  DatasetPtr data;
  const Session& session;
  const Snapshot& untapped;
};

/// Draws the paper's figures from it, each under its number as PDF, SVG, PNG and CSV: 4 to 6 where spectra
/// are marked as outliers, 7 where a component is SiO2, 8 and 9 where spectra are pictures (with m2.h5 of the
/// folder beside Untapped). False with a message where it has none of them, or a file cannot be written.
bool writePaperFigures(const Reproduced& run, const QString& into, QString* error);

}  // namespace assayer::gui
