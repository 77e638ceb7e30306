// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/data/dataset.h"

namespace assayer {

/// Row numbers, ascending, without repeats.
using Rows = std::vector<std::uint32_t>;

/// Evaluates a selection expression (the command line's SEL) on a data set:
///
///   all · none · labelled (has a composition) · interior:W (every component strictly within ±W/K of the
///   centre 1/K, the paper's rule, §4) · group=CODE|NAME,… · rows=A-B,C,… (counted from 0) ·
///   max<=V (largest component at most V; also max<V, max>=V, max>V) · COLUMN=V,… for any metadata column ·
///   not:SEL;  `+` joins, `&` intersects and binds tighter, `not:` binds tightest.
///
/// Rows without a composition satisfy neither `interior` nor `max`. An expression that does not parse, or
/// that names a group, column, row or value of a text column that the data do not have, is a Usage error that
/// lists what there is. Values with the grammar's own signs stand in double quotes: `kind="a,b+c"`.
/// `interior` and `max` compare to within 1e-6, the rounding of compositions stored as float32.
Result<Rows> select_rows(const Dataset& data, std::string_view expression);

/// The selection and what lies next to it: rows whose composition differs by at most `reach` (above 0) in
/// every component from that of a row in `rows`, and in an image the pixels above, below and beside.
Rows grow_rows(const Dataset& data, const Rows& rows, double reach);

/// The paper's centre rule for one composition: every component in (1/K − w/K, 1/K + w/K).
bool in_interior(std::span<const double> composition, double width);

}  // namespace assayer
