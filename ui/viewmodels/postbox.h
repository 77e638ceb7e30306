// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <deque>
#include <functional>
#include <mutex>

namespace assayer::ui {

/// Runs functions that other threads post on the thread of this object, in the order of posting, each from an
/// event of its own. What has not run when this object dies never does.
///
/// A queued QMetaObject::invokeMethod would do the same. Here the functions wait under a mutex of ours and
/// nothing but a bare event goes through Qt, whose locks the thread sanitizer cannot see: it would take every
/// result that a worker hands over for a race, and true races would drown among those.
class Postbox final : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  /// From any thread, while this object lives.
  void post(std::function<void()> function);

 private:
  Q_INVOKABLE void deliver();

  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace assayer::ui
