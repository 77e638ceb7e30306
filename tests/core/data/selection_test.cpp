// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace assayer {
namespace {

using testing::HasSubstr;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Eight spectra of three components: two corners, an edge, the centre, two inside, one on the border of
/// interior:0.7, one without composition.
DatasetPtr example() {
  DatasetParts parts;
  parts.spectra = Matrix<float>(8, 2, 1.0F);
  parts.abundances = *Abundances::create(Matrix<double>({1,       0,       0,        //
                                                         0,       1,       0,        //
                                                         0.8F,    0.2F,    0,        //
                                                         1.0 / 3, 1.0 / 3, 1.0 / 3,  //
                                                         0.5,     0.3,     0.2,      //
                                                         0.2,     0.5,     0.3,      //
                                                         0.1F,    0.5F,    0.4F,     //
                                                         kNan,    kNan,    kNan},
                                                        8, 3),
                                         {"a", "b", "c"});
  parts.groups = Groups{{0, 0, 1, 1, 2, 2, 0, 1}, {"Position 1", "Position 2", "0"}, {0, 2, -3}};
  parts.metadata = {
      {"split", std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1}},
      {"depth", std::vector<double>{0.1, 0.2, 0.1F, 1e3, kNan, 0, 0, 0}},
      {"kind", std::vector<std::string>{"rock", "soil", "rock", "a,b", "x+y&z", "soil", "dust", ""}},
      {"chem[1]", std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}}};
  return *Dataset::create(std::move(parts));
}

struct Case {
  const char* expression;
  Rows rows;
};

class Selection : public testing::TestWithParam<Case> {};

TEST_P(Selection, GivesTheRows) {
  const auto rows = select_rows(*example(), GetParam().expression);
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ(*rows, GetParam().rows);
}

INSTANTIATE_TEST_SUITE_P(
    Terms, Selection,
    testing::Values(
        Case{"all", {0, 1, 2, 3, 4, 5, 6, 7}}, Case{"none", {}}, Case{" labelled ", {0, 1, 2, 3, 4, 5, 6}},
        // The border of 0.7 is 0.1: stored as float32 it lies a rounding inside, and stays out.
        Case{"interior:0.7", {3, 4, 5}}, Case{"interior:0.71", {3, 4, 5, 6}}, Case{"interior:0.01", {3}},
        Case{"interior:2", {2, 3, 4, 5, 6}}, Case{"interior:2.1", {0, 1, 2, 3, 4, 5, 6}},
        Case{"group=0", {0, 1, 6}}, Case{"group=2", {2, 3, 7}}, Case{"group=-3", {4, 5}},
        Case{"group=0,2", {0, 1, 2, 3, 6, 7}}, Case{"group=Position 2", {2, 3, 7}},
        Case{"group= 2 , Position 1", {0, 1, 2, 3, 6, 7}}, Case{"rows=0-2,5", {0, 1, 2, 5}},
        Case{"rows=7", {7}}, Case{"rows= 3 - 4 , 3", {3, 4}}, Case{"max<=0.8", {2, 3, 4, 5, 6}},
        Case{"depth<=0.1", {0, 2, 5, 6, 7}}, Case{"depth<0.1", {5, 6, 7}}, Case{"depth > 0.1", {1, 3}},
        Case{"split>=1", {4, 5, 6, 7}}, Case{"\"chem[1]\">6 & depth<1", {6, 7}},
        Case{"max<0.8", {3, 4, 5, 6}}, Case{"max>=0.8", {0, 1, 2}}, Case{"max>0.8", {0, 1}},
        Case{"max <= 0.8", {2, 3, 4, 5, 6}}));

INSTANTIATE_TEST_SUITE_P(Columns, Selection,
                         testing::Values(Case{"split=1", {4, 5, 6, 7}},
                                         Case{"split=0,1", {0, 1, 2, 3, 4, 5, 6, 7}}, Case{"split=9", {}},
                                         Case{"split=1.0", {4, 5, 6, 7}}, Case{"depth=0.1", {0, 2}},
                                         Case{"depth=1e3", {3}}, Case{"depth=nan", {4}},
                                         Case{"kind=rock", {0, 2}}, Case{"kind=rock, soil", {0, 1, 2, 5}},
                                         Case{"kind=\"a,b\"", {3}}, Case{"kind=\"x+y&z\"", {4}},
                                         Case{"kind=", {7}}, Case{"chem[1]=3,4", {2, 3}},
                                         Case{"\"kind\"=dust", {6}}));

INSTANTIATE_TEST_SUITE_P(
    Operators, Selection,
    testing::Values(Case{"rows=0+rows=5", {0, 5}}, Case{"split=0&group=0", {0, 1}},
                    Case{"rows=7+split=0&group=0", {0, 1, 7}}, Case{"split=0&group=0+rows=7", {0, 1, 7}},
                    Case{"not:split=0", {4, 5, 6, 7}}, Case{"not:split=0&group=2", {7}},
                    Case{"group=2&not:split=0", {7}}, Case{"not:not:rows=1", {1}}, Case{"not: labelled", {7}},
                    Case{"not:rows=0+rows=0", {0, 1, 2, 3, 4, 5, 6, 7}}, Case{"not:max<=0.8", {0, 1, 7}},
                    Case{"all & none + rows=2 & not:none", {2}}));

struct Wrong {
  const char* expression;
  std::vector<const char*> says;
};

class SelectionError : public testing::TestWithParam<Wrong> {};

TEST_P(SelectionError, IsAUsageErrorThatListsWhatThereIs) {
  const auto rows = select_rows(*example(), GetParam().expression);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, Error::Kind::Usage);
  for (const char* part : GetParam().says) EXPECT_THAT(rows.error().message(), HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    All, SelectionError,
    testing::Values(Wrong{"", {"empty", "interior:W"}}, Wrong{"all+", {"empty"}}, Wrong{"&all", {"empty"}},
                    Wrong{"not:", {"empty"}}, Wrong{"al", {"\"al\"", "COLUMN=VALUE", "split, depth, kind"}},
                    Wrong{"interior:", {"interior:W"}}, Wrong{"interior:wide", {"\"wide\""}},
                    Wrong{"interior:-1", {"above 0", "\"-1\""}}, Wrong{"interior:inf", {"\"inf\""}},
                    Wrong{"group=1", {"no such group", "\"1\"", "0 (Position 1), 2 (Position 2), -3 (0)"}},
                    Wrong{"group=0,nowhere", {"\"nowhere\"", "Position 2"}},
                    Wrong{"group=", {"no such group"}}, Wrong{"rows=8", {"rows 0 to 7", "found 8"}},
                    Wrong{"rows=0-8", {"rows 0 to 7"}}, Wrong{"rows=3-1", {"\"3-1\""}},
                    Wrong{"rows=", {"no range"}}, Wrong{"rows=-1", {"\"-1\""}},
                    Wrong{"rows=1.5", {"\"1.5\""}}, Wrong{"rows=99999999999999999999", {"no range"}},
                    Wrong{"max<=", {"not a number"}}, Wrong{"max>x", {"\"x\""}},
                    Wrong{"grain=3", {"no such column", "\"grain\"", "group, split, depth, kind, chem[1]"}},
                    Wrong{"grain<3", {"no such column", "\"grain\""}}, Wrong{"depth<", {"not a number"}},
                    Wrong{"kind<3", {"texts", "\"kind\""}},
                    Wrong{"split=first", {"holds numbers", "\"first\"", "0, 1"}},
                    Wrong{"kind=moss", {"\"moss\"", "dust, rock, soil"}}, Wrong{"kind=\"rock", {"quote"}}));

TEST(SelectionError, DataWithoutGroupsOrLabels) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(2, 2, 1.0F);
  const auto data = *Dataset::create(std::move(parts));
  const auto rows = select_rows(*data, "group=0");
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().message(), HasSubstr("no groups"));
  for (const char* expression : {"labelled", "interior:0.7", "max<=1", "max>0"})
    EXPECT_TRUE(select_rows(*data, expression)->empty()) << expression;
}

TEST(Grow, TakesNeighbouringCompositions) {
  const auto data = example();
  EXPECT_EQ(grow_rows(*data, {5}, 0.1), (Rows{5, 6}));
  EXPECT_EQ(grow_rows(*data, {5}, 0.09), (Rows{5}));
  EXPECT_EQ(grow_rows(*data, {3}, 0.17), (Rows{3, 4, 5}));
  EXPECT_EQ(grow_rows(*data, {3, 7}, 0.17), (Rows{3, 4, 5, 7}))
      << "a row without composition has no neighbours";
  EXPECT_EQ(grow_rows(*data, {0}, 1), (Rows{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(grow_rows(*data, {}, 1).empty());
}

TEST(Grow, TakesNeighbouringPixels) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(12, 2, 1.0F);
  parts.image_shape = ImageShape{3, 4};
  const auto data = *Dataset::create(std::move(parts));
  EXPECT_EQ(grow_rows(*data, {5}, 0.1), (Rows{1, 4, 5, 6, 9}));
  EXPECT_EQ(grow_rows(*data, {0}, 0.1), (Rows{0, 1, 4}));
  EXPECT_EQ(grow_rows(*data, {11}, 0.1), (Rows{7, 10, 11}));
  // The end of one line is no neighbour of the start of the next.
  EXPECT_EQ(grow_rows(*data, {3}, 0.1), (Rows{2, 3, 7}));
}

TEST(Interior, IsOpen) {
  EXPECT_TRUE(in_interior(std::array{0.5, 0.5}, 0.1));
  EXPECT_TRUE(in_interior(std::array{0.54, 0.46}, 0.1));
  EXPECT_FALSE(in_interior(std::array{0.55, 0.45}, 0.1));
  EXPECT_FALSE(in_interior(std::array{0.1, 0.45, 0.45}, 0.7));
}

}  // namespace
}  // namespace assayer
