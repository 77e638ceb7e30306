// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/mixing/link.h"

namespace assayer::guided {

/// How a link did.
struct LinkTrial {
  Link link = Link::Identity;
  std::string objection;  ///< why the data rule it out; empty where they do not
  /// ln S: mean over the extrapolating splits of ln ‖Σ^−½ (x − x̂)‖², absent without splits.
  std::optional<double> score;
};

struct LinkChoice {
  Link link = Link::Identity;
  std::vector<LinkTrial> trials;  ///< identity, hapke, log
  std::size_t unusual = 0;        ///< labelled rows that were left out, see usual_rows
  std::string reason;             ///< in whole sentences
};

/// Chooses the link by how well least squares in its domain *extrapolates* (see extrapolating_splits), with
/// errors weighed by the residual covariance of a flexible regression of x on y, in the first 10 principal
/// components of x: an error in a direction in which replicates scatter anyway counts little. Scores are
/// those of usual_rows(): of 72 laboratory spectra, the three with a container's rim in them decided
/// otherwise.
///
/// Ruled out: hapke where more than 0.1 % of x is negative or max x / 1.2 reaches .98; log where any x is not
/// positive or max x exceeds 1.2. hapke is taken if ln(S_identity / S_hapke) > −(.05 + 10 / n): intimate
/// mixing is what reflectance of particulate samples does, so that a dozen labels must speak clearly to
/// overrule it. log is taken only if it is ahead of the better of both by .3. `x` [n, C], `y` [n, K], finite.
Result<LinkChoice> choose_link(MatrixView<double> x, MatrixView<double> y);

}  // namespace assayer::guided
