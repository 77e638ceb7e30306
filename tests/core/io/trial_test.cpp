// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <thread>

#include "core/io/hdf5_lock.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

using testing::HasSubstr;

constexpr std::uintmax_t kNoBytes = 0;

TEST(Trial, WhatDoesNoHarmPasses) {
  RunControl control;
  EXPECT_TRUE(try_in_copy("a library", kNoBytes, control, [] {}));
  EXPECT_TRUE(try_in_copy("a library", kNoBytes, control, [] { const hdf5::Lock lock; }));
  // The caller meets what it throws itself.
  EXPECT_TRUE(try_in_copy("a library", kNoBytes, control, [] { throw std::bad_alloc(); }));
}

TEST(Trial, WhatEndsTheCopyIsAnErrorAndThisProcessGoesOn) {
  RunControl control;
  for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE}) {
    const Status outlived = try_in_copy("a library", kNoBytes, control, [number] { std::raise(number); });
    ASSERT_FALSE(outlived) << number;
    EXPECT_EQ(outlived.error().kind, Error::Kind::Format);
    EXPECT_THAT(outlived.error().message(), HasSubstr("damaged: a library"));
    EXPECT_THAT(outlived.error().message(), HasSubstr("another copy"));
  }
}

TEST(Trial, WhatTheUserOrTheSystemEndedSaysNothingOfTheFile) {
  RunControl control;
  for (const int number : {SIGINT, SIGTERM, SIGKILL})
    EXPECT_TRUE(try_in_copy("a library", kNoBytes, control, [number] { std::raise(number); })) << number;
}

TEST(Trial, NothingThatTheCopyChangesIsSeenHere) {
  RunControl control;
  int value = 1;
  const pid_t here = ::getpid();
  pid_t there = here;
  ASSERT_TRUE(try_in_copy("a library", kNoBytes, control, [&] {
    value = 2;
    there = ::getpid();
    if (there == here) std::abort();
  }));
  EXPECT_EQ(value, 1);
  EXPECT_EQ(there, here);
  EXPECT_FALSE(hdf5::Lock::is_only_thread());
}

TEST(Trial, ACopyMakesNoCopies) {
  RunControl control;
  EXPECT_FALSE(try_in_copy("a library", kNoBytes, control, [&] {
    const pid_t copy = ::getpid();
    const Status inner = try_in_copy("a library", kNoBytes, control, [] { std::abort(); });
    // Reached, and by the same process: nothing was tried.
    if (inner && ::getpid() == copy) std::raise(SIGSEGV);
  }));
}

TEST(Trial, WhatGoesRoundInCirclesIsAnError) {
  RunControl control;
  const Status outlived = try_in_copy("a library", kNoBytes, control, [] {
    volatile unsigned turns = 0;
    while (true) turns = turns + 1;
  });
  ASSERT_FALSE(outlived);
  EXPECT_EQ(outlived.error().kind, Error::Kind::Format);
  EXPECT_THAT(outlived.error().message(), HasSubstr("without end"));
}

TEST(Trial, AnImageBesideItsLabelCounts) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "scene.lbl") << "label";
  std::ofstream(folder / "scene.img") << std::string(1000, 'x');
  std::ofstream(folder / "other.img") << std::string(5000, 'x');
  EXPECT_EQ(bytes_of(folder / "scene.lbl"), 5U);
  EXPECT_EQ(bytes_beside(folder / "scene.lbl"), 1000U);
  EXPECT_EQ(bytes_of(folder / "none.lbl"), 0U);
}

TEST(Trial, IsCancelled) {
  RunControl control;
  std::jthread later([&control] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    control.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const Status outlived =
      try_in_copy("a library", kNoBytes, control, [] { std::this_thread::sleep_for(std::chrono::hours(1)); });
  ASSERT_FALSE(outlived);
  EXPECT_TRUE(outlived.error().cancelled());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(Trial, AnotherThreadMayHoldTheLibraryBefore) {
  RunControl control;
  std::jthread other([] {
    for (int i = 0; i < 2000; ++i) const hdf5::Lock lock;
  });
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(try_in_copy("a library", kNoBytes, control, [] { const hdf5::Lock lock; }));
}

}  // namespace
}  // namespace assayer
