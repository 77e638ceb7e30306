// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/runtime.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <malloc.h>

#include <string>

namespace assayer::model {

void prepare_process() {
  // 32 MiB is the largest mmap threshold that glibc takes on 64-bit machines.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  // OpenBLAS is one of several providers of BLAS behind LibTorch: ask for its setter only if it is loaded.
  using Setter = void (*)(int);
  if (auto* setter = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) setter(1);
}

void set_threads(int threads) {
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
}

Result<at::Device> choose_device(std::string_view name) {
  // True only where LibTorch was built with CUDA and a device answers; the same call in 1.13 and 2.x.
  const bool cuda = at::hasCUDA();
  if (name == "cuda" && !cuda) {
    return fail({Error::Kind::Usage, "no CUDA device can be used", "device", "",
                 "no GPU that answers, or a LibTorch without CUDA",
                 "Use device=cpu, or device=auto to take a GPU where there is one."});
  }
  if (name == "cuda" || (name == "auto" && cuda)) return at::Device(at::kCUDA);
  return at::Device(at::kCPU);
}

}  // namespace assayer::model
