// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/pool.h"

#include <algorithm>

namespace assayer::kernels {

Pool::Pool(std::size_t threads) {
  for (std::size_t thread = 1; thread < std::max<std::size_t>(threads, 1); ++thread)
    workers_.emplace_back([this, thread] { serve(thread); });
}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  called_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Pool::run(std::size_t pieces, const std::function<void(std::size_t, std::size_t)>& work) {
  if (workers_.empty() || pieces < 2) {
    for (std::size_t piece = 0; piece < pieces; ++piece) work(piece, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    pieces_ = pieces;
    next_.store(0, std::memory_order_relaxed);
    working_ = workers_.size();
    ++call_;
  }
  called_.notify_all();
  take(0);
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return working_ == 0; });
}

void Pool::serve(std::size_t thread) {
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    called_.wait(lock, [&] { return closing_ || call_ != seen; });
    if (closing_) return;
    seen = call_;
    lock.unlock();
    take(thread);
    lock.lock();
    if (--working_ == 0) finished_.notify_one();
  }
}

void Pool::take(std::size_t thread) {
  for (std::size_t piece = next_.fetch_add(1); piece < pieces_; piece = next_.fetch_add(1))
    (*work_)(piece, thread);
}

}  // namespace assayer::kernels
