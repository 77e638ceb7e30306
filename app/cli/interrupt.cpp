// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interrupt.h"

#include <atomic>
#include <cassert>

namespace assayer::cli {

namespace {

// The one variable outside a function: a signal handler is handed nothing but the signal's number.
std::atomic<RunControl*> active_control{nullptr};
static_assert(std::atomic<RunControl*>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

extern "C" void assayer_cli_on_signal(int /*signal*/) {
  if (RunControl* control = active_control.load(std::memory_order_acquire))
    control->request_stop_from_signal();
}

}  // namespace

InterruptGuard::InterruptGuard(RunControl& control) {
  [[maybe_unused]] RunControl* before = active_control.exchange(&control, std::memory_order_acq_rel);
  assert(before == nullptr);
  signals_.emplace(&assayer_cli_on_signal);
}

InterruptGuard::~InterruptGuard() {
  signals_.reset();
  active_control.store(nullptr, std::memory_order_release);
}

}  // namespace assayer::cli
