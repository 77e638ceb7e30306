// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/objective.h"

namespace assayer::model {

/// What the authors' code maximises instead of (15), with every z on (−π/2, π/2):
///   (7), (8)   without the constants log p(y), log p(z)
///   (9), (20)  without log q(z|x,y); the Jacobian of log q(y|x) is taken at a sampled y, not at the label
///   (13)       KL of the label from a sample of q(y|x), not from ȳ
///   (14)       ‖x − x_l‖₂, not squared, of a sample x ~ p(x|y_l, z), z ~ q(z|x_l, y_l)
/// Logarithms of compositions are floored at 1e-5 where that code floors them. The code's mean over all
/// spectra, held-out ones included, is not taken over: only rows that training sees are averaged here.
Objective published_objective(const Networks& networks, const Batch& batch, const Noise& noise,
                              const ObjectiveOptions& options);

}  // namespace assayer::model
