// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/termination.h"

#include <fcntl.h>
#include <unistd.h>

#include <QSocketNotifier>
#include <atomic>
#include <cerrno>

namespace assayer::gui {
namespace {

// The one variable outside a function: a signal handler is handed nothing but the signal's number.
std::atomic<int> pipe_end{-1};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void assayer_gui_on_signal(int /*signal*/) {
  const int before = errno;  // of what was interrupted
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(pipe_end.load(std::memory_order_acquire), &byte, 1);
  errno = before;
}

}  // namespace

Termination::Termination(QObject* parent) : QObject(parent) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;  // then signals end the program as they always do
  read_ = ends[0];
  write_ = ends[1];
  pipe_end.store(write_, std::memory_order_release);
  notifier_ = std::make_unique<QSocketNotifier>(read_, QSocketNotifier::Read);
  connect(notifier_.get(), &QSocketNotifier::activated, this, [this] {
    char bytes[8];
    while (::read(read_, bytes, sizeof bytes) > 0) continue;
    Q_EMIT requested();
  });
  signals_.emplace(&assayer_gui_on_signal);
}

Termination::~Termination() {
  signals_.reset();
  if (read_ < 0) return;
  pipe_end.store(-1, std::memory_order_release);
  notifier_.reset();
  ::close(read_);
  ::close(write_);
}

}  // namespace assayer::gui
