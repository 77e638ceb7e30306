// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/model/tensor.h"
#include "core/train/model_state.h"
#include "core/train/train_config.h"
#include "core/train/train_plan.h"

namespace assayer::model {

/// Process-wide settings that the model's small products need; called once, when the engine is made, so that
/// no user has to know of environment variables.
///
/// glibc returns large freed blocks to the kernel at once, so that every temporary of a training step would
/// be mapped and zeroed anew: its thresholds are raised. Costs: freed memory up to the threshold stays with
/// the process until `give_back_memory`. OpenBLAS, where it is in use, gets one thread: its threads spin on
/// small products, and members are what is spread over cores.
void prepare_process();

/// Hands memory that was freed and stayed with the process back to the kernel, where it is much. For when a
/// start was made or a run has ended, not for the steps of a run.
void give_back_memory();

/// Sets the number of threads of LibTorch for the calling thread.
void set_threads(int threads);

/// Whether a step of the run is faster on a CUDA device than on the CPU: where it has more than a core can
/// compute in the time that a device needs for nothing, or where the CPU has no fused step (`fused`) for the
/// settings.
bool worth_a_device(const TrainConfig& config, const TrainPlan& plan, std::size_t channels, bool fused);
/// Where a run computes. device=auto is CUDA where this LibTorch has it, a device answers and the run is
/// worth it, else the CPU; device=cuda without one that answers is a Usage error.
Result<at::Device> choose_device(const TrainConfig& config, const TrainPlan& plan, std::size_t channels,
                                 bool fused);

/// Notes in the frame of a run where it computes, if that is not the CPU.
void note_device(ModelState& frame, at::Device device);

}  // namespace assayer::model
