// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/joining.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "text_fixture.h"

namespace assayer {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Joining : public test::TextTables {
 protected:
  Result<Imported> join(const std::vector<std::pair<std::string, std::string>>& files,
                        const ImportOptions& options = {}) {
    std::vector<std::filesystem::path> paths;
    for (const auto& [name, text] : files) {
      std::ofstream(folder_ / name) << text;
      paths.push_back(folder_ / name);
    }
    RunControl control;
    return ImporterRegistry::standard().load_many(paths, options, control);
  }
};

TEST_F(Joining, SingleSpectraWithTheirFilesNames) {
  const auto joined = join({{"a_loc1.csv", "nm,x\n400,1\n500,2\n600,3\n"},
                            {"a_loc2.csv", "nm,x\n400,4\n500,5\n600,6\n"},
                            {"b_loc1.csv", "nm,x\n400,7\n500,8\n600,9\n"}});
  ASSERT_TRUE(joined) << joined.error().message();
  const Dataset& data = *joined->data;
  EXPECT_EQ(data.rows(), 3u);
  EXPECT_THAT(test::row_of(data, 2), ElementsAre(7, 8, 9));
  EXPECT_EQ(data.find_metadata("file")->text(1), "a_loc2.csv");
  ASSERT_TRUE(data.groups());
  EXPECT_THAT(data.groups()->names, ElementsAre("a", "b"));
  EXPECT_THAT(data.groups()->of_row, ElementsAre(0, 0, 1));
}

TEST_F(Joining, ColumnsAndCompositionsAreJoined) {
  const auto joined = join({{"one.csv", "id,mark,q,r,400,500,600\na,1,0.5,0.5,1,2,3\nb,2,1,0,1,2,4\n"},
                            {"two.csv", "id,400,500,600\nc,1,2,3\nd,3,1,3\n"}});
  ASSERT_TRUE(joined) << joined.error().message();
  const Dataset& data = *joined->data;
  EXPECT_EQ(data.find_metadata("id")->text(3), "d");
  const auto mark = *data.find_metadata("mark")->numbers();
  EXPECT_EQ(mark[1], 2);
  EXPECT_TRUE(std::isnan(mark[2]));
  ASSERT_TRUE(data.abundances());
  EXPECT_TRUE(data.labelled(1));
  EXPECT_FALSE(data.labelled(2));
  EXPECT_THAT(joined->warnings, Contains(HasSubstr("\"mark\"")));
}

TEST_F(Joining, DifferentComponentsStayColumns) {
  const auto joined = join({{"one.csv", "id,q,r,400,500,600\na,0.5,0.5,1,2,3\nb,1,0,1,2,4\n"},
                            {"two.csv", "id,s,t,400,500,600\nc,0.5,0.5,1,2,3\nd,1,0,3,1,3\n"}});
  ASSERT_TRUE(joined) << joined.error().message();
  EXPECT_FALSE(joined->data->abundances());
  EXPECT_EQ((*joined->data->find_metadata("s")->numbers())[3], 1);
  EXPECT_THAT(joined->warnings, Contains(HasSubstr("different components")));
}

TEST_F(Joining, OtherChannelsAreRefusedByName) {
  const auto refused =
      join({{"one.csv", "nm,x\n400,1\n500,2\n600,3\n"}, {"two.csv", "nm,x\n400,1\n510,2\n600,3\n"}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), testing::AllOf(HasSubstr("two.csv"), HasSubstr("as in one.csv")));
}

TEST_F(Joining, APreviewStopsAtItsRows) {
  ImportOptions options;
  options.max_rows = 3;
  const auto joined = join({{"one.csv", "id,400,500,600\na,1,2,3\nb,1,2,4\n"},
                            {"two.csv", "id,400,500,600\nc,1,2,3\nd,3,1,3\n"},
                            {"no-table.csv", "words\n"}},
                           options);
  ASSERT_TRUE(joined) << joined.error().message();
  EXPECT_EQ(joined->data->rows(), 3u);
}

TEST(SampleNames, AreWhatIsInFrontOfALocation) {
  EXPECT_EQ(sample_of("bhvo2_loc1"), "bhvo2");
  EXPECT_EQ(sample_of("basalt-12"), "basalt");
  EXPECT_EQ(sample_of("CCAM02013"), "CCAM02013");
  EXPECT_EQ(sample_of("bhvo2_chemcam"), "bhvo2_chemcam");
  EXPECT_EQ(sample_of("12"), "12");
}

}  // namespace
}  // namespace assayer
