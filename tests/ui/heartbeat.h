// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <time.h>

#include <QElapsedTimer>
#include <QFile>
#include <QObject>
#include <QTimer>
#include <algorithm>
#include <vector>

namespace assayer::ui::testing {

/// Processor time of the calling thread, s: what others do on a busy machine does not count.
inline double threadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// How long the calling thread has waited for a processor, s; 0 where the system does not say.
inline double queuedSeconds() {
  QFile file(QStringLiteral("/proc/thread-self/schedstat"));
  if (!file.open(QIODevice::ReadOnly)) return 0;
  const QList<QByteArray> fields = file.readAll().split(' ');
  return fields.size() < 2 ? 0 : 1e-9 * fields[1].toDouble();
}

/// A timer of 5 ms on the thread of the user interface. Between two beats lies what was done for other
/// events: `longestWork` of it in processor time, and `longestAbsence` in time of the clock less the waiting
/// for a processor, which contains locks and disks, and the timer's own 5 ms.
class Heartbeat : public QObject {
 public:
  Heartbeat() {
    timer_.setTimerType(Qt::PreciseTimer);
    timer_.setInterval(5);
    connect(&timer_, &QTimer::timeout, this, [this] { beat(); });
  }
  void start() {
    longest_work_ = longest_gap_ = 0;
    spans_.clear();
    beats_ = 0;
    clock_.start();
    mark();
    timer_.start();
  }
  void stop() { timer_.stop(); }

  [[nodiscard]] double longestWork() const { return 1e3 * longest_work_; }  ///< ms
  /// ms
  [[nodiscard]] double longestAbsence() const {
    return spans_.empty() ? 0 : 1e3 * *std::ranges::max_element(spans_);
  }
  /// The median over spans of two seconds of the longest absence in each, ms: a machine that is taken away
  /// for a moment shows in one span, a lock that the window waits for in all of them.
  [[nodiscard]] double usualAbsence() const {
    std::vector<double> sorted = spans_;
    std::ranges::sort(sorted);
    return sorted.empty() ? 0 : 1e3 * sorted[sorted.size() / 2];
  }
  [[nodiscard]] double longestGap() const { return 1e3 * longest_gap_; }  ///< ms, of the clock
  [[nodiscard]] int beats() const { return beats_; }

 private:
  void mark() {
    wall_ = static_cast<double>(clock_.nsecsElapsed()) * 1e-9;
    cpu_ = threadSeconds();
    queued_ = queuedSeconds();
  }
  void beat() {
    const double wall = wall_;
    const double cpu = cpu_;
    const double queued = queued_;
    mark();
    ++beats_;
    longest_work_ = std::max(longest_work_, cpu_ - cpu);
    longest_gap_ = std::max(longest_gap_, wall_ - wall);
    const double absence = wall_ - wall - (queued_ - queued);
    spans_.resize(std::max(spans_.size(), static_cast<std::size_t>(wall_ / kSpan) + 1), absence);
    spans_.back() = std::max(spans_.back(), absence);
  }

  static constexpr double kSpan = 2;  // s

  QTimer timer_;
  QElapsedTimer clock_;
  double wall_ = 0;
  double cpu_ = 0;
  double queued_ = 0;
  double longest_work_ = 0;
  std::vector<double> spans_;  ///< longest absence in each
  double longest_gap_ = 0;
  int beats_ = 0;
};

}  // namespace assayer::ui::testing
