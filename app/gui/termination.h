// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <memory>
#include <optional>

#include "core/base/ending_signals.h"

class QSocketNotifier;

namespace assayer::gui {

/// Hears that the system wants the program to end (EndingSignals) - at logout, at shutdown, or in a terminal
/// - and says so on the thread of this object. One object at a time.
class Termination : public QObject {
  Q_OBJECT
 public:
  explicit Termination(QObject* parent = nullptr);
  ~Termination() override;
  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

 Q_SIGNALS:
  void requested();

 private:
  // The two ends of the pipe from the handler to the thread of this object.
  int read_ = -1;
  int write_ = -1;
  std::unique_ptr<QSocketNotifier> notifier_;
  std::optional<EndingSignals> signals_;
};

}  // namespace assayer::gui
