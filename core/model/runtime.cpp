// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/runtime.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>

namespace assayer::model {

void prepare_process() {
  // 32 MiB is the largest mmap threshold that glibc takes on 64-bit machines.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  // OpenBLAS is one of several providers of BLAS behind LibTorch: ask for its setter only if it is loaded.
  using Setter = void (*)(int);
  if (auto* setter = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) setter(1);
}

void give_back_memory() {
  // Less is soon used again, and would have to be mapped anew.
  constexpr std::size_t kMuch = std::size_t{64} << 20;
  if (mallinfo2().fordblks > kMuch) malloc_trim(0);
}

void set_threads(int threads) {
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
}

bool worth_a_device(const TrainConfig& config, const TrainPlan& plan, std::size_t channels, bool fused) {
  if (!fused) return true;  // autograd on the CPU is slower at once
  // A step's kernels follow each other in one and a half milliseconds on the fastest device, however little
  // each has to do; a core needs that time for this many spectral values (resources/guide/speed.md).
  constexpr double kValuesOfACore = 60'000;
  const auto rows = static_cast<std::int64_t>(std::max(plan.labelled.size(), plan.unlabelled.size()));
  const double values = static_cast<double>(config.members) *
                        static_cast<double>(std::min(config.batch, rows)) * static_cast<double>(channels);
  return values > kValuesOfACore * static_cast<double>(config.threads);
}

Result<at::Device> choose_device(const TrainConfig& config, const TrainPlan& plan, std::size_t channels,
                                 bool fused) {
  // True only where LibTorch was built with CUDA and a device answers; the same call in 1.13 and 2.x.
  const bool cuda = at::hasCUDA();
  if (config.device == "cuda" && !cuda) {
    return fail({Error::Kind::Usage, "no CUDA device can be used", "device", "",
                 "no GPU that answers, or a LibTorch without CUDA",
                 "Use device=cpu, or device=auto to take a GPU where there is one."});
  }
  if (config.device == "cuda") return at::Device(at::kCUDA);
  // Who asks for the fused step asks for the CPU.
  const bool automatic = config.device == "auto" && config.step != "fused";
  return at::Device(automatic && cuda && worth_a_device(config, plan, channels, fused) ? at::kCUDA
                                                                                       : at::kCPU);
}

void note_device(ModelState& frame, at::Device device) {
  if (!device.is_cpu()) frame.facts["device"] = "cuda";
}

}  // namespace assayer::model
