// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace assayer {

/// The caller's hand on a long computation: stop and pause, from any thread.
///
/// A computation polls `stop_requested()` at least every 100 ms of work and calls
/// `wait_while_paused()` between steps; a stop also ends a pause.
class RunControl {
 public:
  RunControl() = default;
  RunControl(const RunControl&) = delete;
  RunControl& operator=(const RunControl&) = delete;

  void request_stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_.store(true, std::memory_order_release);
    }
    changed_.notify_all();
  }
  void pause() {
    const std::lock_guard lock(mutex_);
    paused_.store(true, std::memory_order_release);
  }
  void resume() {
    {
      const std::lock_guard lock(mutex_);
      paused_.store(false, std::memory_order_release);
    }
    changed_.notify_all();
  }

  [[nodiscard]] bool stop_requested() const { return stop_.load(std::memory_order_acquire); }
  [[nodiscard]] bool paused() const { return paused_.load(std::memory_order_acquire); }

  /// Blocks while paused; returns false once a stop is requested.
  bool wait_while_paused() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stop_requested() || !paused(); });
    return !stop_requested();
  }

  /// Async-signal-safe form of `request_stop()` for a signal handler: it does not wake a paused run.
  void request_stop_from_signal() noexcept { stop_.store(true, std::memory_order_release); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> paused_{false};
};

}  // namespace assayer
