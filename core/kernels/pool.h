// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace assayer::kernels {

/// A fixed number of threads that share out independent pieces of work. Not reentrant.
class Pool {
 public:
  /// `threads` in all, the caller's own among them; at least 1.
  explicit Pool(std::size_t threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] std::size_t threads() const { return workers_.size() + 1; }
  /// Calls work(piece, thread) for every piece below `pieces`, thread < threads(), and returns when all are
  /// done. `work` must not throw. Which thread takes which piece is left to chance.
  void run(std::size_t pieces, const std::function<void(std::size_t piece, std::size_t thread)>& work);

 private:
  void serve(std::size_t thread);
  void take(std::size_t thread);

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable called_;
  std::condition_variable finished_;
  std::size_t call_ = 0;     ///< number of the present call of run
  std::size_t working_ = 0;  ///< workers that have not finished it
  bool closing_ = false;
  const std::function<void(std::size_t, std::size_t)>* work_ = nullptr;
  std::size_t pieces_ = 0;
  std::atomic<std::size_t> next_{0};
};

}  // namespace assayer::kernels
