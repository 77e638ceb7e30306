// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/ranks/ranks.h"

namespace assayer::test {

/// Ranks that are threads of the test.
class ThreadRanks final : public Ranks {
 public:
  /// What they tell each other.
  class Table {
   public:
    explicit Table(std::size_t size) : texts_(size) {}
    std::vector<std::string> exchange(std::size_t rank, const std::string& text) {
      std::unique_lock lock(mutex_);
      texts_[rank] = text;
      const std::size_t round = round_;
      if (++arrived_ == texts_.size()) {
        told_ = texts_;
        arrived_ = 0;
        ++round_;
        changed_.notify_all();
      }
      changed_.wait(lock, [&] { return round_ != round; });
      return told_;
    }
    [[nodiscard]] std::size_t size() const { return texts_.size(); }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> texts_, told_;
    std::size_t arrived_ = 0;
    std::size_t round_ = 0;
  };

  ThreadRanks(Table& table, std::size_t rank) : table_(table), rank_(rank) {}
  [[nodiscard]] std::size_t rank() const override { return rank_; }
  [[nodiscard]] std::size_t size() const override { return table_.size(); }
  Result<std::vector<std::string>> exchange(const std::string& mine, RunControl& /*control*/) override {
    return table_.exchange(rank_, mine);
  }
  void end_all(int /*status*/) override {}
  void leave() override {}

 private:
  Table& table_;
  std::size_t rank_;
};

/// Calls `work` on every one of `size` ranks at once.
inline void on_ranks(std::size_t size, const std::function<void(Ranks&)>& work) {
  ThreadRanks::Table table(size);
  std::vector<std::thread> threads;
  threads.reserve(size);
  for (std::size_t rank = 0; rank < size; ++rank) {
    threads.emplace_back([&table, &work, rank] {
      ThreadRanks ranks(table, rank);
      work(ranks);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace assayer::test
