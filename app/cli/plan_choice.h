// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/data/dataset.h"
#include "core/train/train_config.h"
#include "core/train/train_plan.h"

namespace assayer::cli {

/// What the command line says about the rows; empty: not said.
struct PlanRequest {
  std::string labelled;    ///< SEL
  std::string unlabelled;  ///< SEL
  std::string unfeatured;  ///< SPEC
  std::string holdout;     ///< SEL
  std::string preset;      ///< by name: crism has the paper's own selections where the data have them, and
                           ///< each its own unfeatured compositions

  [[nodiscard]] bool says_nothing() const {
    return labelled.empty() && unlabelled.empty() && unfeatured.empty() && holdout.empty();
  }
};

struct ChosenPlan {
  PlannedRun run;
  std::string labelled;  ///< the expressions in force
  std::string unlabelled;
  std::string unfeatured;
  std::string holdout;
  std::string reason;  ///< a sentence where something was chosen for the user; else empty
};

/// Fills in what was not said:
///   nothing said           the paper's interior for preset crism, else `suggest_plan`
///   only --labelled SEL    the unlabelled rows are SEL and every row without a composition. The paper does
///   so: its
///                          x_u is the region from which the labelled rows are drawn. Rows whose composition
///                          is known but that were not named stay unseen, so that the model can be judged by
///                          them.
///   only --unlabelled      the labelled rows are those suggested for the data
///   no --unfeatured        the suggestion's, or the paper's
/// and takes the rows of --holdout out of both.
Result<ChosenPlan> choose_plan(const Dataset& data, const PlanRequest& request, const TrainConfig& config);

/// "rows=0-99,120", or "none".
std::string rows_expression(const Rows& rows);

/// Whether two plans train on the same rows and compositions.
bool same_plan(const TrainPlan& a, const TrainPlan& b);

}  // namespace assayer::cli
