// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/run_control.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace assayer {
namespace {

using namespace std::chrono_literals;

TEST(RunControl, StartsRunning) {
  RunControl control;
  EXPECT_FALSE(control.stop_requested());
  EXPECT_FALSE(control.paused());
  EXPECT_TRUE(control.wait_while_paused());
}

TEST(RunControl, APauseHoldsUntilItIsResumed) {
  RunControl control;
  control.pause();
  std::atomic<bool> passed{false};
  std::thread worker([&] { passed = control.wait_while_paused(); });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(passed);
  control.resume();
  worker.join();
  EXPECT_TRUE(passed);
}

TEST(RunControl, AStopEndsAPause) {
  RunControl control;
  control.pause();
  bool went_on = true;
  std::thread worker([&] { went_on = control.wait_while_paused(); });
  std::this_thread::sleep_for(20ms);
  control.request_stop();
  worker.join();
  EXPECT_FALSE(went_on);
  EXPECT_TRUE(control.stop_requested());
}

}  // namespace
}  // namespace assayer
