// SPDX-License-Identifier: GPL-3.0-or-later
// Reference endmembers of one file for the spectra of another.
#include <cmath>

#include "attaching_fixture.h"
#include "core/io/dataset_writer.h"

namespace assayer {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Not;

class AttachingEndmembers : public test::AttachingTest {
 protected:
  static Imported labelled(const Change& change = {}) {
    return shots([&](DatasetParts& parts) {
      parts.abundances = Abundances::create(Matrix<double>(6, 2, 0.5), {"quartz", "mica"}).value();
      if (change) change(parts);
    });
  }
  Imported add_text(const Imported& data, const std::string& text) {
    return add_endmembers(data, write("known.csv", text));
  }
  std::string text_refused(const Imported& data, const std::string& text) {
    return endmember_refusal(data, write("known.csv", text));
  }
};

TEST_F(AttachingEndmembers, SamsonsOwnComeToItsSpectra) {
  const auto file = test::kShared / "import/matlab/Samson_E.mat";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  const Imported before = load(test::kShared / "samson.h5");
  const Imported bare = without_compositions(before);
  const Imported after = add_endmembers(before, file);
  for (const Imported& each : {after, add_endmembers(bare, file)}) {
    ASSERT_EQ(each.data->endmembers()->rows(), 3U);
    for (std::size_t i = 0; i < 3 * 156; ++i)
      ASSERT_NEAR(each.data->endmembers()->values()[i], before.data->endmembers()->values()[i], 1e-6) << i;
    EXPECT_EQ(each.data->spectra().data(), before.data->spectra().data());
    EXPECT_EQ(each.data->provenance().attributes.at("endmembers_from"), file.string());
  }
  EXPECT_THAT(after.data->endmember_names(), ElementsAre("soil", "tree", "water"));
  EXPECT_THAT(after.warnings, AllOf(Contains(HasSubstr("\"soil\", \"tree\", \"water\" in this order")),
                                    Contains(HasSubstr("are replaced"))));
  EXPECT_THAT(add_endmembers(bare, file).data->component_names(),
              ElementsAre("component 1", "component 2", "component 3"));
  // One after the other, as one does with the benchmark's files: the names of the first stay.
  const Imported both = attach(add_endmembers(bare, file), test::kShared / "import/matlab/Samson_A_true.mat");
  EXPECT_EQ(both.data->abundances()->names(), both.data->endmember_names());
  EXPECT_EQ(both.data->endmembers()->rows(), 3U);
}

TEST_F(AttachingEndmembers, OfABenchmarkWithNames) {
  const Imported image = load(test::kContainers / "benchmark.mat");
  const Imported after = add_endmembers(without_compositions(image), test::kContainers / "benchmark.mat");
  EXPECT_EQ(after.data->endmembers(), image.data->endmembers());
  EXPECT_THAT(after.data->endmember_names(), ElementsAre("tree", "water"));
}

TEST_F(AttachingEndmembers, ArraysOfEitherOrientation) {
  const auto rows = write_npy("rows.npy", "2, 4", {1, 2, 3, 4, 5, 6, 7, 8});
  const auto columns = write_npy("columns.npy", "4, 2", {1, 5, 2, 6, 3, 7, 4, 8});
  for (const auto& file : {rows, columns}) {
    const Imported after = add_endmembers(labelled(), file);
    EXPECT_THAT(endmember(after, 1), ElementsAre(5, 6, 7, 8)) << file;
    EXPECT_THAT(after.data->endmember_names(), ElementsAre("quartz", "mica"));
  }
  EXPECT_THAT(endmember_refusal(labelled(), write_npy("three.npy", "3, 4", std::vector<double>(12, 1))),
              AllOf(HasSubstr("\"quartz\", \"mica\""), HasSubstr("3 endmembers without names")));
  EXPECT_THAT(endmember_refusal(labelled(), write_npy("five.npy", "2, 5", std::vector<double>(10, 1))),
              AllOf(HasSubstr("[K, 4]"), HasSubstr("[2, 5]")));
}

TEST_F(AttachingEndmembers, SpectraAreInterpolatedInTheDatasUnitAndFoundByName) {
  // Micrometres, finer, running down, one mineral more: two straight lines, 10 x and 1000 - x in nm.
  std::string table = "um,mica,olivine,Quartz\n";
  for (int nm = 730; nm >= 370; nm -= 30)
    table +=
        "0." + std::to_string(nm) + "," + std::to_string(10 * nm) + ",1," + std::to_string(1000 - nm) + "\n";
  const Imported after = add_text(labelled(), table);
  EXPECT_THAT(after.data->endmember_names(), ElementsAre("Quartz", "mica"));
  EXPECT_THAT(endmember(after, 0), ElementsAre(FloatNear(600, 1e-2F), FloatNear(500, 1e-2F),
                                               FloatNear(400, 1e-2F), FloatNear(300, 1e-2F)));
  EXPECT_THAT(endmember(after, 1), ElementsAre(FloatNear(4000, 1e-1F), FloatNear(5000, 1e-1F),
                                               FloatNear(6000, 1e-1F), FloatNear(7000, 1e-1F)));
  EXPECT_THAT(after.warnings, AllOf(Contains(HasSubstr("interpolated linearly")),
                                    Contains(HasSubstr("Of the file's 3 spectra"))));
}

TEST_F(AttachingEndmembers, WavelengthsMustCoverThoseThatAreNotMasked) {
  const std::string table = "nm,quartz,mica\n400,1,2\n500,2,3\n600,3,4\n";
  EXPECT_THAT(text_refused(labelled(), table),
              AllOf(HasSubstr("do not cover"), HasSubstr("400 to 700 nm"), HasSubstr("400 to 600 nm")));
  const Imported masked = labelled([](DatasetParts& parts) { parts.bad_channels = {0, 0, 0, 1}; });
  EXPECT_THAT(endmember(add_text(masked, table), 1), ElementsAre(2, 3, 4, 4));
  // As many channels at other places are not the same channels.
  EXPECT_THAT(text_refused(labelled(), "nm,quartz,mica\n1400,1,2\n1500,2,3\n1600,3,4\n1700,4,5\n"),
              HasSubstr("do not cover"));
}

TEST_F(AttachingEndmembers, WhatTheLibraryMasksIsNoValue) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(2, 4, 7.0F);
  parts.spectra(0, 2) = parts.spectra(1, 2) = 0;
  parts.wavelength = WavelengthAxis::create({400, 500, 600, 700}, WavelengthUnit::Nanometre).value();
  parts.metadata.push_back({"name", std::vector<std::string>{"mica", "quartz"}});
  parts.bad_channels = {0, 0, 1, 0};
  const auto library = Dataset::create(std::move(parts));
  ASSERT_TRUE(library);
  const auto file = folder_ / "library.h5";
  ASSERT_TRUE(write_dataset(**library, file, false));
  EXPECT_THAT(endmember_refusal(labelled(), file), HasSubstr("channel 2"));
  const Imported masked = labelled([](DatasetParts& changed) { changed.bad_channels = {0, 0, 1, 0}; });
  EXPECT_THAT(endmember(add_endmembers(masked, file), 0), ElementsAre(7, 7, 0, 7));
}

TEST_F(AttachingEndmembers, AtTheSamePlacesTheyAreTakenAsTheyAre) {
  const Imported after = add_text(labelled(), "nm,mica,quartz\n400,1,5\n500,2,6\n600,3,7\n700,4,8\n");
  EXPECT_THAT(endmember(after, 0), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(after.warnings, Not(Contains(HasSubstr("interpolated"))));
  const Imported ordered = add_text(labelled(), "nm,a,b\n400,1,5\n500,2,6\n600,3,7\n700,4,8\n");
  EXPECT_THAT(endmember(ordered, 0), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(ordered.warnings,
              Contains(HasSubstr("\"a\", \"b\" go to the components \"quartz\", \"mica\"")));
  // One of them elsewhere: no order can be right.
  EXPECT_THAT(text_refused(labelled(), "nm,b,quartz\n400,1,5\n500,2,6\n600,3,7\n700,4,8\n"),
              AllOf(HasSubstr("not those of the data's components"), HasSubstr("\"b\", \"quartz\"")));
}

TEST_F(AttachingEndmembers, MissingValuesAreRefused) {
  EXPECT_THAT(text_refused(labelled(), "nm,quartz,mica\n400,1,5\n500,2,\n600,3,7\n700,4,8\n"),
              AllOf(HasSubstr("\"mica\", channel 1"), HasSubstr("known.csv")));
  EXPECT_THAT(endmember_refusal(labelled(), write_npy("hole.npy", "2, 4", {1, 2, NAN, 4, 5, 6, 7, 8})),
              HasSubstr("\"quartz\", channel 2"));
  EXPECT_THAT(text_refused(labelled(), ""), HasSubstr("the file is empty"));
  EXPECT_THAT(text_refused(labelled(), "only,words\nand,more\n"), HasSubstr("no table of numbers"));
  EXPECT_THAT(endmember_refusal(labelled(), folder_ / "missing.mat"), HasSubstr("there is no such file"));
}

TEST_F(AttachingEndmembers, ThoseOfGroupsGoWithTheOldOnes) {
  const Imported data = labelled([](DatasetParts& parts) {
    parts.groups = Groups{{0, 0, 0, 1, 1, 1}, {"x", "y"}, {0, 1}};
    parts.endmembers = Matrix<float>(2, 4, 9);
    parts.endmembers_by_group = {Matrix<float>(2, 4, 8), Matrix<float>(2, 4, 7)};
  });
  const Imported after = add_endmembers(data, write_npy("rows.npy", "2, 4", {1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_TRUE(after.data->endmembers_by_group().empty());
  EXPECT_THAT(endmember(after, 0), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(after.warnings, Contains(HasSubstr("for each group are left out")));
}

TEST_F(AttachingEndmembers, NamesThatDifferInTheirCapitalsAloneAreTwo) {
  const Imported data = shots([](DatasetParts& parts) {
    parts.abundances = Abundances::create(Matrix<double>(6, 2, 0.5), {"CO", "Co"}).value();
  });
  const Imported after = add_text(data, "nm,Co,CO\n400,1,5\n500,2,6\n600,3,7\n700,4,8\n");
  EXPECT_THAT(endmember(after, 0), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(endmember(add_endmembers(data, write_npy("rows.npy", "2, 4", {1, 2, 3, 4, 5, 6, 7, 8})), 1),
              ElementsAre(5, 6, 7, 8));
}

TEST_F(AttachingEndmembers, ThoseOfGroupsAloneGoWithAWord) {
  const Imported data = labelled([](DatasetParts& parts) {
    parts.groups = Groups{{0, 0, 0, 1, 1, 1}, {"x", "y"}, {0, 1}};
    parts.endmembers_by_group = {Matrix<float>(2, 4, 8), Matrix<float>(2, 4, 7)};
  });
  const Imported after = attach(data, write("known.csv", "target,quartz,mica\nA,0.25,0.75\nC,0.5,0.5\n"));
  EXPECT_TRUE(after.data->endmembers_by_group().empty());
  EXPECT_THAT(after.warnings, Contains(HasSubstr("endmembers by group are left out")));
}

}  // namespace
}  // namespace assayer
