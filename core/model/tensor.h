// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The one door to LibTorch. Only ATen and autograd are used, not the torch::nn front end: it compiles in half
// the time, and the calls here exist with the same meaning in LibTorch 1.13 and 2.x. No Qt header may be seen
// with it.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>  // 2.x no longer brings it with ATen.h

#include <cstdint>
#include <vector>

namespace assayer::model {

using at::Tensor;

/// Shapes below: M members, B rows of a mini-batch, C channels, K components, Z nuisance dimensions.
using Index = std::int64_t;

}  // namespace assayer::model
