// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "core/train/objective_terms.h"

namespace assayer::kernels {

/// J of (15) and its terms, each a mean over the rows of its mini-batch; NaN where a term does not enter.
struct StepValues {
  double total = 0;
  std::array<double, kTermCount> terms{};
  std::array<bool, kTermCount> entered{};
};

}  // namespace assayer::kernels
