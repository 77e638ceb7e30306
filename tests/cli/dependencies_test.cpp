// SPDX-License-Identifier: GPL-3.0-or-later
// The promise that the headless program needs no Qt, and LibTorch only through the engine, is kept by the
// binaries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli_fixture.h"

namespace assayer::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The NEEDED lines of the dynamic section.
std::string needed(const std::string& binary) {
  const TemporaryFolder folder;
  const Outcome outcome = Process("readelf", {"-d", "-W", binary}, folder.path()).wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  std::string text;
  for (const std::string& line : lines(outcome.out)) {
    if (line.find("(NEEDED)") != std::string::npos) text += line + "\n";
  }
  return text;
}

/// Everything that the loader would map, through all libraries.
std::string mapped(const std::string& binary) {
  const TemporaryFolder folder;
  const Outcome outcome = Process("ldd", {binary}, folder.path()).wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.out;
}

TEST(Dependencies, NoQtInTheProgramTheCoreOrTheEngine) {
  for (const std::string binary : {ASSAYER_CLI, ASSAYER_CORE, ASSAYER_ENGINE}) {
    EXPECT_THAT(needed(binary), HasSubstr("libstdc++")) << "readelf reads it";
    EXPECT_THAT(needed(binary), Not(HasSubstr("libQt"))) << binary;
  }
  // Through all libraries, but for the engine's: some distributions build LibTorch with OpenCV, whose windows
  // bring a Qt of their own.
  for (const std::string binary : {ASSAYER_CLI, ASSAYER_CORE}) {
    EXPECT_THAT(mapped(binary), Not(HasSubstr("libQt"))) << binary;
  }
}

TEST(Dependencies, LibTorchOnlyThroughTheEngine) {
  EXPECT_THAT(needed(ASSAYER_ENGINE), HasSubstr("libtorch"));
  for (const std::string binary : {ASSAYER_CLI, ASSAYER_CORE}) {
    EXPECT_THAT(mapped(binary), HasSubstr("libc.so")) << "ldd reads it";
    EXPECT_THAT(mapped(binary), Not(HasSubstr("libtorch"))) << binary;
    EXPECT_THAT(mapped(binary), Not(HasSubstr("libc10"))) << binary;
    EXPECT_THAT(mapped(binary), Not(HasSubstr("assayer_engine")))
        << binary << ": it is loaded when asked for";
  }
}

}  // namespace
}  // namespace assayer::test
