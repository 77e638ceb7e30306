// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/model/tensor.h"

#include <string_view>

namespace assayer::model {

/// Process-wide settings that the model's small products need; called once, when the engine is made, so that
/// no user has to know of environment variables.
///
/// glibc returns large freed blocks to the kernel at once, so that every temporary of a training step would
/// be mapped and zeroed anew: its thresholds are raised. Costs: freed memory up to the threshold stays with
/// the process. OpenBLAS, where it is in use, gets one thread: its threads spin on small products, and
/// members are what is spread over cores.
void prepare_process();

/// Sets the number of threads of LibTorch for the calling thread.
void set_threads(int threads);

/// "auto" is CUDA where this LibTorch has it and a device answers, else the CPU; "cuda" without one is a
/// Usage error.
Result<at::Device> choose_device(std::string_view name);

}  // namespace assayer::model
