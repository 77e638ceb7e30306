// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/ending_signals.h"

namespace assayer {

EndingSignals::EndingSignals(void (*handler)(int)) {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &previous_[i]);
    if (previous_[i].sa_handler == SIG_IGN) continue;
    struct sigaction action{};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    // Reset: the second signal has its default effect. Restart: a read or write under way is not broken off.
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    sigaction(kSignals[i], &action, nullptr);
  }
}

EndingSignals::~EndingSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &previous_[i], nullptr);
}

}  // namespace assayer
