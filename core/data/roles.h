// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/selection.h"

namespace assayer {

/// What training does with a row.
enum class Role : std::uint8_t {
  HeldOut,     ///< not seen by training; used to judge the model where its composition is known
  Unlabelled,  ///< the spectrum is used, a known composition is not
  Labelled,    ///< spectrum and composition are used
  Excluded     ///< outside everything: training, measures, axes ranges
};

/// One role per row.
using Roles = std::vector<Role>;

/// Rows of one role, ascending.
Rows rows_with(const Roles& roles, Role role);

}  // namespace assayer
