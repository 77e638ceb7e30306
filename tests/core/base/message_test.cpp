// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assayer {
namespace {

/// Every text of ours in capitals, as a translation that leaves the places where they are.
std::string loud(const std::string& text) {
  std::string shouted = text;
  for (char& c : shouted)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return shouted;
}

TEST(Message, FillsItsPlacesInTheirOrder) {
  EXPECT_EQ(Message::sentence("no place").english(), "no place");
  EXPECT_EQ(Message::sentence("{} of the {} rows {}", {2U, std::size_t{10}, "are \"odd\""}).english(),
            "2 of the 10 rows are \"odd\"");
  EXPECT_EQ(Message::sentence("-1 {}", {std::int64_t{-1}}).english(), "-1 -1");
  EXPECT_EQ(Message::sentence("{}{}", {std::string("a"), std::string_view("b")}).english(), "ab");
}

TEST(Message, WhatIsNoPlaceStays) {
  EXPECT_EQ(Message::sentence("a set {1, 2}").english(), "a set {1, 2}");
  EXPECT_EQ(Message::sentence("{} {x} {", {"a"}).english(), "a {x} {");
  // A translation that asks for more than there is must not read past the end.
  EXPECT_EQ(Message::sentence("{} {} {7} {99999999999999999999}", {"a"}).english(),
            "a {} {7} {99999999999999999999}");
  // What is filled in is not read again.
  EXPECT_EQ(Message::sentence("{} {}", {"{1}", "b"}).english(), "{1} b");
}

TEST(Message, ATranslationMayTurnItsValuesRound) {
  const Message message = Message::sentence("{} of {}", {"alpha", "beta"});
  const auto turned = [](const std::string& text) { return text == "{} of {}" ? "{1}: {0}, {0}" : text; };
  EXPECT_EQ(message.in(turned), "beta: alpha, alpha");
  EXPECT_EQ(message.english(), "alpha of beta");
}

TEST(Message, NamesAreNotTranslatedButMessagesInsideAre) {
  const Message inner = Message::sentence("it has {}", {"olivine"});
  const Message message = Message::sentence("{}: {}", {"step", inner});
  EXPECT_EQ(message.english(), "step: it has olivine");
  EXPECT_EQ(message.in(loud), "step: IT HAS olivine");
  EXPECT_EQ(Message::verbatim("a {} b").in(loud), "a {} b");
}

TEST(Message, SentencesFollowEachOther) {
  Message message;
  EXPECT_TRUE(message.empty());
  EXPECT_EQ(message.english(), "");
  message += Message();
  EXPECT_TRUE(message.empty());
  message += Message::sentence("One {}.", {1});
  EXPECT_FALSE(message.empty());
  message += Message::verbatim("two.");
  message += Message();
  message += Message::sentence("Three.");
  EXPECT_EQ(message.english(), "One 1. two. Three.");
  EXPECT_EQ(message.in(loud), "ONE 1. two. THREE.");
  Message whole = Message::sentence("Zero.");
  whole += message;
  EXPECT_EQ(whole.in(loud), "ZERO. ONE 1. two. THREE.");
}

TEST(Message, IsEqualWhereItSaysTheSame) {
  EXPECT_EQ(Message::sentence("{} b", {"a"}), Message::verbatim("a b"));
  EXPECT_FALSE(Message::sentence("a") == Message::sentence("b"));
  EXPECT_THAT(english(std::vector<Message>{Message::sentence("{}", {1}), Message::verbatim("x")}),
              testing::ElementsAre("1", "x"));
}

TEST(Message, AMarkedTextStaysWhatItIs) {
  static_assert(std::string_view(Message::marked("Resample")) == "Resample");
}

}  // namespace
}  // namespace assayer
