// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text.h"

#include <gtest/gtest.h>

namespace assayer {
namespace {

TEST(Text, Utf8StaysAndLatin1IsConverted) {
  for (const char* text : {"", "plain", "µm", "日本", "𝛼", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(to_utf8(text), text);
  EXPECT_EQ(to_utf8("\xB5m"), "µm");
  EXPECT_EQ(to_utf8("caf\xE9"), "café");
  // Overlong, surrogate, beyond U+10FFFF, cut short: not UTF-8, hence Latin-1.
  EXPECT_EQ(to_utf8("\xC0\x80"), "À\xC2\x80");
  EXPECT_EQ(to_utf8("\xED\xA0\x80"), "í\xC2\xA0\xC2\x80");
  EXPECT_EQ(to_utf8("\xF4\x90\x80\x80"), "ô\xC2\x90\xC2\x80\xC2\x80");
  EXPECT_EQ(to_utf8("\xE6\x97"), "æ\xC2\x97");
}

TEST(Text, ByteSizes) {
  EXPECT_EQ(byte_size(0), "0 bytes");
  EXPECT_EQ(byte_size(1023), "1023 bytes");
  EXPECT_EQ(byte_size(1536), "1.5 KiB");
  EXPECT_EQ(byte_size(3.0 * 1024 * 1024 * 1024), "3.0 GiB");
}

TEST(Text, DescribesTheFirstBytes) {
  EXPECT_EQ(describe_bytes(""), "nothing");
  EXPECT_EQ(describe_bytes("a,b\nc"), "text that begins \"a,b\"");
  EXPECT_EQ(describe_bytes("\x1f\x8b\x08"), "a gzip archive");
  EXPECT_EQ(describe_bytes(std::string_view("\0\1\2", 3)), "bytes 00 01 02");
}

}  // namespace
}  // namespace assayer
