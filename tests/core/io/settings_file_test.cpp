// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/settings_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/core/io/temporary_folder.h"

namespace assayer {
namespace {

using testing::HasSubstr;

class SettingsFile : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path place(const std::string& text) const {
    const auto path = folder_.path() / "settings.json";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  [[nodiscard]] std::string refusal(const std::string& text) const {
    const auto path = place(text);
    const auto read = read_settings(path);
    if (read) return "was read";
    EXPECT_THAT(read.error().message(), HasSubstr(path.string()));
    return read.error().message();
  }
  test::TemporaryFolder folder_;
};

TEST_F(SettingsFile, ReadsBackWhatWasWritten) {
  for (const char* preset : {"crism", "libs", "mnist", "guided"}) {
    TrainConfig config = *TrainConfig::from_preset(preset);
    ASSERT_TRUE(config.set("rate", "0.1234567890123456"));
    ASSERT_TRUE(config.set("seed", "18446744073709551615"));
    const auto path = folder_.path() / "whole.json";
    ASSERT_TRUE(write_settings(config, path));
    const auto back = read_settings(path);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, config) << preset;
  }
}

TEST_F(SettingsFile, IsAnObjectWithAMemberForEveryKeyAndALineEach) {
  const auto path = folder_.path() / "whole.json";
  ASSERT_TRUE(write_settings(TrainConfig(), path));
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json.size(), TrainConfig::keys().size());
  EXPECT_GE(std::ranges::count(text, '\n'), static_cast<std::ptrdiff_t>(json.size()));
}

TEST_F(SettingsFile, WhatIsNotNamedIsThePresets) {
  const auto guided = read_settings(place(R"({"preset": "guided", "rate": 0.25})"));
  ASSERT_TRUE(guided) << guided.error().message();
  TrainConfig expected = *TrainConfig::from_preset("guided");
  expected.rate = 0.25;
  EXPECT_EQ(*guided, expected);
  const auto crism = read_settings(place(R"({"epochs": 7})"));
  ASSERT_TRUE(crism) << crism.error().message();
  TrainConfig seven;
  seven.epochs = 7;
  EXPECT_EQ(*crism, seven);
}

TEST_F(SettingsFile, SaysWhatIsWrongAndInWhichFile) {
  EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("[1, 2]"), HasSubstr("array"));
  EXPECT_THAT(refusal(R"({"rat": 0.1})"), HasSubstr("\"rat\""));
  EXPECT_THAT(refusal(R"({"rate": "fast"})"), HasSubstr("rate"));
  EXPECT_THAT(refusal(R"({"rate": -1})"), HasSubstr("rate"));
  EXPECT_THAT(refusal(R"({"preset": "moon"})"), HasSubstr("moon"));
  EXPECT_THAT(refusal(std::string(2'000'000, ' ')), HasSubstr("megabyte"));
  const auto missing = read_settings(folder_.path() / "none.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, Error::Kind::File);
  const auto folder = read_settings(folder_.path());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, Error::Kind::File);
  const auto pipe = folder_.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(read_settings(pipe));
}

TEST_F(SettingsFile, AFolderThatIsNotThereIsSaid) {
  const Status written = write_settings(TrainConfig(), folder_.path() / "no" / "settings.json");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, Error::Kind::File);
}

}  // namespace
}  // namespace assayer
