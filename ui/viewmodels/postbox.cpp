// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/postbox.h"

#include <utility>

namespace assayer::ui {

void Postbox::post(std::function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(function));
  }
  // By name: for a function or a slot's address, Qt's headers make an object here that the other thread
  // reads.
  QMetaObject::invokeMethod(this, "deliver", Qt::QueuedConnection);
}

void Postbox::deliver() {
  std::function<void()> function;
  {
    const std::lock_guard lock(mutex_);
    function = std::move(waiting_.front());
    waiting_.pop_front();
  }
  // Last: it may destroy this object.
  function();
}

}  // namespace assayer::ui
