// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/termination.h"

#include <fcntl.h>
#include <unistd.h>

#include <QSocketNotifier>
#include <csignal>

namespace assayer::gui {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP};

// A handler can reach nothing else: the two ends of a pipe that lives as long as the program.
int g_read = -1;   // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
int g_write = -1;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

extern "C" void noteSignal(int /*signal*/) {
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(g_write, &byte, 1);
}

}  // namespace

Termination::Termination(QObject* parent) : QObject(parent) {
  int ends[2];
  if (g_read < 0) {
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;  // then signals end the program as they always do
    g_read = ends[0];
    g_write = ends[1];
  }
  auto* notifier = new QSocketNotifier(g_read, QSocketNotifier::Read, this);
  connect(notifier, &QSocketNotifier::activated, this, [this] {
    char bytes[8];
    while (::read(g_read, bytes, sizeof bytes) > 0) continue;
    Q_EMIT requested();
  });
  struct sigaction action{};
  action.sa_handler = &noteSignal;
  // With the second one the default is back.
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  for (const int signal : kSignals) {
    struct sigaction before{};
    // Whoever started the program may have it ignore a signal (nohup).
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      ::sigaction(signal, &action, nullptr);
  }
}

Termination::~Termination() {
  for (const int signal : kSignals) {
    struct sigaction now{};
    if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == &noteSignal) ::signal(signal, SIG_DFL);
  }
}

}  // namespace assayer::gui
