// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/repeated_work.h"

// The one place that sees CUDA: its build defines this where LibTorch brings it.
#ifdef ASSAYER_WITH_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace assayer::model {

#ifdef ASSAYER_WITH_CUDA

struct RepeatedWork::Recording {
  explicit Recording(at::Device device) : stream(c10::cuda::getStreamFromPool(false, device.index())) {}

  /// Libraries make their workspaces in these, which must not happen in a recording.
  static constexpr int kWarming = 3;

  c10::cuda::CUDAStream stream;  ///< recording is not allowed on the default one
  int warm = 0;
  std::unique_ptr<at::cuda::CUDAGraph> graph;
  bool failed = false;

  /// `work` on `stream`, in order with what the caller's stream has before and after it.
  void on_own_stream(const std::function<void()>& work) {
    stream.synchronize();
    c10::cuda::getCurrentCUDAStream(stream.device_index()).synchronize();
    {
      const c10::cuda::CUDAStreamGuard guard(stream);
      work();
    }
    stream.synchronize();
  }

  void record(const std::function<void()>& work) {
    graph = std::make_unique<at::cuda::CUDAGraph>();
    on_own_stream([&] {
      graph->capture_begin();
      try {
        work();
      } catch (...) {
        // The capture must be ended before anything else can use the device.
        try {
          graph->capture_end();
        } catch (const c10::Error&) {
        }
        throw;
      }
      graph->capture_end();
    });
  }
};

RepeatedWork::RepeatedWork(at::Device device)
    : recording_(device.is_cuda() ? std::make_unique<Recording>(device) : nullptr) {}

void RepeatedWork::run(const std::function<void()>& work) {
  if (!recording_ || recording_->failed) return work();
  Recording& recording = *recording_;
  if (recording.graph) return recording.graph->replay();
  if (recording.warm < Recording::kWarming) {
    ++recording.warm;
    return recording.on_own_stream(work);
  }
  try {
    recording.record(work);
  } catch (const c10::Error&) {
    // LibTorch's allocator keeps a pointer to a graph whose recording failed, so that it must outlive the
    // process.
    (void)recording.graph.release();
    recording.failed = true;
    return work();
  }
  recording.graph->replay();
}

bool RepeatedWork::recorded() const {
  return recording_ != nullptr && recording_->graph != nullptr;
}

#else

struct RepeatedWork::Recording {};

RepeatedWork::RepeatedWork(at::Device /*device*/) {}

void RepeatedWork::run(const std::function<void()>& work) {
  work();
}

bool RepeatedWork::recorded() const {
  return false;
}

#endif

RepeatedWork::~RepeatedWork() = default;

}  // namespace assayer::model
