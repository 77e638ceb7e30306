// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "core/model/tensor.h"

namespace assayer::model {

/// Work on a device that is done again and again on the same memory.
///
/// A step of these small networks is hundreds of short kernels, and launching them one by one takes a GPU's
/// host several times as long as the GPU needs to compute them. So the first calls do the work as it comes,
/// one records it as a CUDA graph (CUDA C++ Programming Guide, "CUDA Graphs"), and all later ones replay the
/// recording. On the CPU, or where this LibTorch was built without CUDA, every call does the work.
class RepeatedWork {
 public:
  explicit RepeatedWork(at::Device device);
  ~RepeatedWork();
  RepeatedWork(const RepeatedWork&) = delete;
  RepeatedWork& operator=(const RepeatedWork&) = delete;

  /// Does `work`, the same with every call. It reads and writes the same memory every time, draws no random
  /// numbers, looks at no number of the device, and keeps no tensor for after. What cannot be recorded is
  /// done as it comes.
  void run(const std::function<void()>& work);

  /// Whether calls replay a recording.
  [[nodiscard]] bool recorded() const;

 private:
  struct Recording;
  std::unique_ptr<Recording> recording_;  ///< null where nothing can be recorded
};

}  // namespace assayer::model
