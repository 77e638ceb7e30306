// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/process.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace assayer {
namespace {

TEST(Process, LetsIdleThreadsSleepUnlessTheUserWantsOtherwise) {
  unsetenv("OMP_WAIT_POLICY");
  prepare_environment();
  ASSERT_NE(std::getenv("OMP_WAIT_POLICY"), nullptr);
  EXPECT_STREQ(std::getenv("OMP_WAIT_POLICY"), "passive");
  setenv("OMP_WAIT_POLICY", "active", 1);
  prepare_environment();
  EXPECT_STREQ(std::getenv("OMP_WAIT_POLICY"), "active");
  unsetenv("OMP_WAIT_POLICY");
}

}  // namespace
}  // namespace assayer
