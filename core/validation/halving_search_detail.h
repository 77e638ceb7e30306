// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/validation/halving.h"
#include "core/validation/kept_fits.h"
#include "core/validation/validation_plan_detail.h"

namespace assayer {

/// Which variant of the plan halving leaves. On every split the candidates are trained on a part of its
/// training rows and judged on the rest of them, by the first of the splits that `inner` makes of them; the
/// test rows have no part in it. The same on all ranks. Errors as compute_shared.
Result<Halving> halve(const DatasetPtr& data, const ValidationPlan& plan, const KeptFits& kept, Ranks& ranks,
                      RunControl& control, const ProgressFn& progress);

}  // namespace assayer
