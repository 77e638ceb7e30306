// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <csignal>

#include <array>

#include "core/base/run_control.h"

namespace assayer::cli {

/// While it lives, Ctrl-C (SIGINT), SIGTERM and SIGHUP ask `control` to stop instead of ending the program. A
/// second signal of the same kind ends it as usual, so that nobody is held by a computation that does not
/// listen. Signals that the caller ignores (nohup, background jobs) stay ignored. One at a time.
class InterruptGuard {
 public:
  explicit InterruptGuard(RunControl& control);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> previous_{};
};

}  // namespace assayer::cli
