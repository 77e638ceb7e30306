// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace assayer::cli {

namespace {

constexpr auto kBarInterval = std::chrono::milliseconds(100);
constexpr auto kLineInterval = std::chrono::seconds(10);
constexpr std::size_t kBarWidth = 24;

void put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string duration_text(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

Progress::Progress(const Console& console) : started_(Clock::now()) {
  if (console.quiet()) return;
  style_ = isatty(STDERR_FILENO) != 0 ? Style::Bar : Style::Lines;
  next_ = started_ + (style_ == Style::Bar ? Clock::duration(kBarInterval) : Clock::duration(kLineInterval));
}

void Progress::show(double fraction, std::string_view what) {
  if (style_ == Style::None) return;
  const auto now = Clock::now();
  fraction = std::clamp(fraction, 0.0, 1.0);
  if (first_fraction_ < 0) {
    first_fraction_ = fraction;
    started_ = now;
  }
  if (now < next_) return;
  std::string left;
  if (fraction > first_fraction_ && fraction < 1) {
    const double elapsed = std::chrono::duration<double>(now - started_).count();
    left = fmt::format(", {} left", duration_text(elapsed * (1 - fraction) / (fraction - first_fraction_)));
  }
  if (style_ == Style::Bar) {
    next_ = now + kBarInterval;
    const auto filled = static_cast<std::size_t>(fraction * static_cast<double>(kBarWidth));
    put(fmt::format("\r\x1b[K[{}{}] {:3.0f} %  {}{}", std::string(filled, '#'),
                    std::string(kBarWidth - filled, '.'), 100 * fraction, what, left));
    drawn_ = true;
  } else {
    next_ = now + kLineInterval;
    put(fmt::format("{:.0f} %  {}{}\n", 100 * fraction, what, left));
  }
}

void Progress::clear() {
  if (drawn_) put("\r\x1b[K");
  drawn_ = false;
}

ProgressFn Progress::callback() {
  if (style_ == Style::None) return {};
  return [this](double fraction, std::string_view what) { show(fraction, what); };
}

}  // namespace assayer::cli
