// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>
#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "ui/viewmodels/job_runner.h"
#include "ui/viewmodels/postbox.h"
#include "ui/viewmodels/selection_model.h"
#include "ui/viewmodels/snapshot_mailbox.h"

namespace assayer::ui {
namespace {

ObjectiveRecord record(std::int64_t epoch) {
  ObjectiveRecord r;
  r.epoch = epoch;
  return r;
}

TEST(SnapshotMailbox, KeepsEveryRecordAndTheNewestSnapshot) {
  std::atomic<int> wakes = 0;
  SnapshotMailbox box([&] { ++wakes; });
  box.begin(1);
  std::thread producer([&] {
    for (int i = 1; i <= 10000; ++i) {
      box.post(1, record(i));
      auto snapshot = std::make_shared<Snapshot>();
      snapshot->epoch = i;
      box.post(1, std::shared_ptr<const Snapshot>(std::move(snapshot)), nullptr);
    }
  });
  std::int64_t next = 1;
  std::int64_t newest = 0;
  int takes = 0;
  while (next <= 10000) {
    const auto contents = box.take();
    ++takes;
    for (const ObjectiveRecord& r : contents.records) ASSERT_EQ(r.epoch, next++);
    if (contents.snapshot) {
      ASSERT_GT(contents.snapshot->epoch, newest);
      newest = contents.snapshot->epoch;
    }
    std::this_thread::yield();
  }
  producer.join();
  if (const auto rest = box.take(); rest.snapshot) newest = rest.snapshot->epoch;
  EXPECT_EQ(newest, 10000);
  // One wake-up per take at most, plus the one after the last.
  EXPECT_LE(wakes.load(), takes + 2);
}

TEST(SnapshotMailbox, WakesOnceUntilItIsEmptied) {
  int wakes = 0;
  SnapshotMailbox box([&] { ++wakes; });
  box.begin(1);
  for (int i = 0; i < 5; ++i) box.post(1, record(i));
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(box.take().records.size(), 5U);
  box.post(1, record(6));
  EXPECT_EQ(wakes, 2);
}

TEST(SnapshotMailbox, AnOlderRunCannotLand) {
  int wakes = 0;
  SnapshotMailbox box([&] { ++wakes; });
  box.begin(1);
  box.post(1, record(1));
  box.begin(2);
  box.post(1, record(2));
  box.post(1, std::make_shared<const Snapshot>(), nullptr);
  const auto contents = box.take();
  EXPECT_TRUE(contents.records.empty());
  EXPECT_EQ(contents.snapshot, nullptr);
  EXPECT_EQ(wakes, 1);
}

TEST(Postbox, RunsWhatOtherThreadsPostHereAndInTheirOrder) {
  Postbox box;
  std::vector<std::vector<int>> received(3);
  std::set<std::thread::id> where;
  std::vector<std::thread> threads;
  threads.reserve(received.size());
  for (std::size_t t = 0; t < received.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        box.post([&, t, i] {
          received[t].push_back(i);
          where.insert(std::this_thread::get_id());
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(where.empty()) << "ran before this thread looked at its events";
  ASSERT_TRUE(QTest::qWaitFor([&] {
    return std::ranges::all_of(received, [](const auto& numbers) { return numbers.size() == 1000; });
  }));
  for (const auto& numbers : received) EXPECT_TRUE(std::ranges::is_sorted(numbers));
  EXPECT_EQ(where, std::set{std::this_thread::get_id()});
}

TEST(Postbox, WhatIsStillInsideDiesWithIt) {
  auto box = std::make_unique<Postbox>();
  int ran = 0;
  const auto held = std::make_shared<int>(0);
  // The first takes the box away under the others.
  box->post([&] {
    ++ran;
    box.reset();
  });
  for (int i = 0; i < 3; ++i) box->post([&ran, held] { ++ran; });
  EXPECT_EQ(held.use_count(), 4);
  QTest::qWait(20);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(SelectionModel, SortsJoinsAndTellsOnlyOfChanges) {
  SelectionModel model;
  int changes = 0;
  QObject::connect(&model, &SelectionModel::changed, &model, [&] { ++changes; });
  model.select({5, 1, 5, 3});
  EXPECT_EQ(model.rows(), (Rows{1, 3, 5}));
  model.select({1, 3, 5});
  EXPECT_EQ(changes, 1);
  model.select({4, 3}, SelectMode::Add);
  EXPECT_EQ(model.rows(), (Rows{1, 3, 4, 5}));
  model.clear();
  EXPECT_TRUE(model.rows().empty());
  EXPECT_EQ(changes, 3);
}

TEST(JobRunner, DeliversOnTheThreadThatAsked) {
  JobRunner runner;
  QSignalSpy progressed(&runner, &JobRunner::progressed);
  std::thread::id worker;
  std::thread::id receiver;
  int value = 0;
  runner.start<int>(
      QStringLiteral("job"),
      [&](RunControl&, const ProgressFn& progress) -> Result<int> {
        worker = std::this_thread::get_id();
        progress(0.5, "half");
        return 42;
      },
      [&](Result<int>& result) {
        receiver = std::this_thread::get_id();
        value = result.value_or(-1);
      });
  EXPECT_TRUE(runner.busy());
  ASSERT_TRUE(QTest::qWaitFor([&] { return value != 0; }));
  EXPECT_EQ(value, 42);
  EXPECT_FALSE(runner.busy());
  EXPECT_EQ(receiver, std::this_thread::get_id());
  EXPECT_NE(worker, receiver);
  ASSERT_EQ(progressed.count(), 1);
  EXPECT_EQ(progressed.first().at(0).toDouble(), 0.5);
  EXPECT_EQ(progressed.first().at(1).toString(), QStringLiteral("half"));
}

TEST(JobRunner, ASupersededJobCannotLand) {
  JobRunner runner;
  std::vector<int> landed;
  const auto job = [](int value, bool wait) {
    return [value, wait](RunControl& control, const ProgressFn&) -> Result<int> {
      while (wait && !control.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return value;
    };
  };
  const auto land = [&](Result<int>& result) { landed.push_back(*result); };
  runner.start<int>(QStringLiteral("slow"), job(1, true), land);
  runner.start<int>(QStringLiteral("quick"), job(2, false), land);
  ASSERT_TRUE(QTest::qWaitFor([&] { return !landed.empty(); }));
  QTest::qWait(50);
  EXPECT_EQ(landed, std::vector<int>{2});
}

TEST(JobRunner, DestructionStopsTheWorkerAndDeliversNothing) {
  bool landed = false;
  {
    JobRunner runner;
    runner.start<int>(
        QStringLiteral("endless"),
        [](RunControl& control, const ProgressFn&) -> Result<int> {
          while (!control.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          return fail(Error::cancel());
        },
        [&](Result<int>&) { landed = true; });
  }
  QTest::qWait(20);
  EXPECT_FALSE(landed);
}

}  // namespace
}  // namespace assayer::ui
