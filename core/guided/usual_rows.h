// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer::guided {

/// [y, y_i y_j …] [n, K or K (K + 1) / 2]: with the products where there are rows enough to fit them, at
/// least 2 K (K + 1).
Matrix<double> flexible_design(MatrixView<double> y);

/// The labelled rows whose spectra are what their compositions let one expect, ascending: without the rim of
/// a container, saturated or mislabelled spectra. At least four fifths of the rows; all of fewer than 8.
///
/// A regression of x on the flexible design that minimises Σ ‖e_i‖, not Σ ‖e_i‖² (the spatial median's
/// criterion, by iteratively reweighted least squares: one row pulls no harder however far it is off). Then,
/// until the rows stay the same: q_i = root mean square over the 10 leading principal axes of e of
/// (score − median) / MAD; rows whose q is 4 MADs or more above the median are left out; least squares on the
/// others. It needs no link, so that it cannot favour one. `x` [n, C], `y` [n, K], finite.
Result<std::vector<std::uint32_t>> usual_rows(MatrixView<double> x, MatrixView<double> y);

}  // namespace assayer::guided
