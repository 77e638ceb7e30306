// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/session/run_record.h"

/// Runs in words, the same in the list of runs, in tables and in the report. Free of widgets.
namespace assayer::ui {

/// "1:12", "2:03:40"; "–" where it is not known.
QString durationText(double seconds);

/// The settings that the run was, or is to be, trained with; null where they are not known.
const TrainConfig* configOf(const RunRecord& run);
/// "50 labelled, seed 3, 200 epochs, 1 members".
QString runSettingsText(const RunRecord& run);
/// "completed", "stopped" …; "completed, best at epoch 812" where that is the state that is shown.
QString runEndText(const RunRecord& run);
/// KL of held-out rows where there are any, else of all; "–" where there is none.
QString runKlText(const RunRecord& run);
/// Mean distance of the endmembers from the references; "–" where there is none.
QString runErrorText(const RunRecord& run);

}  // namespace assayer::ui
