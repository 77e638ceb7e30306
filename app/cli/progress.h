// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "app/cli/console.h"
#include "core/base/progress.h"

namespace assayer::cli {

/// How far a computation is, on standard error: a bar that redraws itself on a terminal, a line every ten
/// seconds elsewhere, nothing with --quiet. Calls are cheap; it throttles itself.
class Progress {
 public:
  explicit Progress(const Console& console);
  /// Takes the bar off the screen.
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `fraction` in [0, 1] of the whole; `what` names the stage. The time left is guessed from the time since
  /// the first call.
  void show(double fraction, std::string_view what);
  void clear();
  /// For the core's functions; valid as long as this object.
  [[nodiscard]] ProgressFn callback();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Style { None, Lines, Bar };
  Style style_ = Style::None;
  Clock::time_point next_;
  Clock::time_point started_;
  double first_fraction_ = -1;  ///< of the first call: a resumed run does not start at 0
  bool drawn_ = false;
};

/// "45 s", "1:12", "2:03:00".
std::string duration_text(double seconds);

}  // namespace assayer::cli
