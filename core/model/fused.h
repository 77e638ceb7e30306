// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/tensor.h"

namespace assayer::model {

/// Autograd functions that each stand for a chain of element-wise kernels over [M, B, C]: at a few thousand
/// elements the kernels' calls and temporaries cost more than their arithmetic. Values and gradients are
/// those of the plain expressions in the comments, which the tests hold them to. CPU, float or double, any
/// strides.

/// −½ Σ_c [raw + (value − mean)² exp(−raw)] over the last dimension: the Gaussian log-density with
/// log-variance `raw`, less its constant. [M, B, C] → [M, B].
Tensor fused_log_density(const Tensor& mean, const Tensor& raw, const Tensor& value);

/// mean + exp(raw / 2) · noise. No gradient flows into `noise`.
Tensor fused_sample(const Tensor& mean, const Tensor& raw, const Tensor& noise);

}  // namespace assayer::model
