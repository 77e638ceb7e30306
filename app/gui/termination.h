// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace assayer::gui {

/// Hears that the system wants the program to end - SIGTERM, SIGINT or SIGHUP, as at logout, at shutdown or
/// in a terminal - and says so on the thread of this object. A second signal ends the program at once. One
/// object at a time.
class Termination : public QObject {
  Q_OBJECT
 public:
  explicit Termination(QObject* parent = nullptr);
  ~Termination() override;
  Termination(const Termination&) = delete;
  Termination& operator=(const Termination&) = delete;

 Q_SIGNALS:
  void requested();
};

}  // namespace assayer::gui
