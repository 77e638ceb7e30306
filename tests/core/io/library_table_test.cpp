// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/library_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "temporary_folder.h"

namespace assayer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LibraryTableTest : public testing::Test {
 protected:
  Result<LibraryTable> read(const std::string& text, const std::vector<std::string>& names) {
    std::ofstream(folder_ / "lib.csv", std::ios::binary) << text;
    return read_library_table(folder_ / "lib.csv", names);
  }
  static std::vector<std::string> texts(const MetadataColumn& column) {
    std::vector<std::string> result;
    result.reserve(column.size());
    for (std::size_t i = 0; i < column.size(); ++i) result.push_back(column.text(i));
    return result;
  }
  test::TemporaryFolder folder_;
};

TEST_F(LibraryTableTest, LinesGoByTheNameAndEqualNamesInTurn) {
  const auto table =
      read("\xEF\xBB\xBFspectra names,class,grain\r\nb,\"soil, dry\",3\r\na,tree,1\r\nb,water,2\r\n",
           {"a", "b", "b"});
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_THAT(table->warnings, IsEmpty());
  ASSERT_EQ(table->columns.size(), 2u);
  EXPECT_EQ(table->columns[0].name, "class");
  EXPECT_THAT(texts(table->columns[0]), ElementsAre("tree", "soil, dry", "water"));
  EXPECT_EQ(table->columns[1].numbers(), (std::vector<double>{1, 3, 2}));
}

TEST_F(LibraryTableTest, WhatDoesNotFitIsSaid) {
  const auto table = read("Spectra Names;class;class;\na;tree;1;2\nnobody;soil;1;2\n", {"a", "b"});
  ASSERT_TRUE(table) << table.error().message();
  ASSERT_EQ(table->columns.size(), 1u);
  EXPECT_THAT(texts(table->columns[0]), ElementsAre("tree", ""));
  EXPECT_THAT(table->warnings,
              ElementsAre(HasSubstr("1 lines of lib.csv"), HasSubstr("1 of 2 spectra have no line"),
                          HasSubstr("Column 3"), HasSubstr("Column 4")));
}

TEST_F(LibraryTableTest, AnotherTableIsNotTakenForIt) {
  const auto other = read("sample,class\na,tree\n", {"a"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, Error::Kind::NotThisFormat);
  const auto strangers = read("spectra names,class\nx,tree\n", {"a"});
  ASSERT_TRUE(strangers);
  EXPECT_THAT(strangers->columns, IsEmpty());
  EXPECT_THAT(strangers->warnings, ElementsAre(HasSubstr("names none")));
}

TEST_F(LibraryTableTest, OnlyBesideALibrary) {
  const std::string head = "spectra names,class\na,tree\n";
  EXPECT_FALSE(is_library_table(folder_ / "lib.csv", head));
  std::ofstream(folder_ / "lib.hdr") << "ENVI\n";
  EXPECT_TRUE(is_library_table(folder_ / "lib.csv", head));
  EXPECT_FALSE(is_library_table(folder_ / "lib.txt", head));
  EXPECT_FALSE(is_library_table(folder_ / "lib.csv", "name,class\n"));
}

}  // namespace
}  // namespace assayer
