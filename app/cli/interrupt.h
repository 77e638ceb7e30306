// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/base/ending_signals.h"
#include "core/base/run_control.h"

namespace assayer::cli {

/// While it lives, Ctrl-C and the other signals that end a program (EndingSignals) ask `control` to stop
/// instead. One at a time.
class InterruptGuard {
 public:
  explicit InterruptGuard(RunControl& control);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  std::optional<EndingSignals> signals_;
};

}  // namespace assayer::cli
