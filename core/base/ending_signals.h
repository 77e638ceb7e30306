// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <csignal>

namespace assayer {

/// While it lives, the signals by which a program is asked to end - SIGINT (Ctrl-C), SIGTERM and SIGHUP -
/// call a handler instead. A second signal of the same kind ends the program as usual, so that nobody is held
/// by what does not listen. Signals that whoever started the program has it ignore (nohup, background jobs)
/// stay ignored. One at a time.
class EndingSignals {
 public:
  /// `handler` has C linkage and does only what is allowed in a signal handler (signal-safety(7)).
  explicit EndingSignals(void (*handler)(int));
  ~EndingSignals();
  EndingSignals(const EndingSignals&) = delete;
  EndingSignals& operator=(const EndingSignals&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> previous_{};
};

}  // namespace assayer
