// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

#include <gtest/gtest.h>

namespace assayer {
namespace {

TEST(Error, MessageIsOneLineInTheDocumentedOrder) {
  const Error error{Error::Kind::Format, "wrong rank", "a.h5: /spectra", "[N, C]", "[3]", "Reshape it."};
  EXPECT_EQ(error.message(), "a.h5: /spectra: wrong rank: expected [N, C], found [3]. Reshape it.");
}

TEST(Error, MessageLeavesOutWhatIsEmpty) {
  EXPECT_EQ((Error{Error::Kind::File, "gone", "", "", "", ""}).message(), "gone");
  EXPECT_EQ((Error{Error::Kind::File, "gone", "a", "", "b", ""}).message(), "a: gone: found b");
  EXPECT_EQ((Error{Error::Kind::File, "gone", "", "b", "", "Do c."}).message(), "gone: expected b. Do c.");
}

TEST(Error, InPutsThePrefixBeforeThePlace) {
  const Error error{Error::Kind::Data, "bad", "row 3", "", "", ""};
  EXPECT_EQ(error.in("/abundance").in("x.h5").where, "x.h5: /abundance: row 3");
  EXPECT_EQ((Error{Error::Kind::Data, "bad", "", "", "", ""}).in("x.h5").where, "x.h5");
}

TEST(Error, OnlyCancelIsCancelled) {
  EXPECT_TRUE(Error::cancel().cancelled());
  EXPECT_FALSE(Error{}.cancelled());
}

}  // namespace
}  // namespace assayer
