// SPDX-License-Identifier: GPL-3.0-or-later
// Compositions of one file for the spectra of another.
#include "core/io/attaching.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

#include "attaching_fixture.h"
#include "core/io/exporter.h"
#include "hdf5_builder.h"

namespace assayer {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Attaching : public test::AttachingTest {};

// ------------------------------------------------------------------------------------------- genuine files

TEST_F(Attaching, SamsonsAbundancesComeToItsSpectra) {
  const auto file = test::kShared / "import/matlab/Samson_A_true.mat";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  const Imported before = load(test::kShared / "samson.h5");
  const Imported after = attach(before, file);
  // The native file has the same truth by another way (SciPy, h5py, single precision).
  const Matrix<double>& known = before.data->abundances()->values();
  const Matrix<double>& attached = after.data->abundances()->values();
  ASSERT_EQ(attached.rows(), 9025U);
  double largest = 0;
  for (std::size_t i = 0; i < known.size(); ++i)
    largest = std::max(largest, std::abs(known.values()[i] - attached.values()[i]));
  EXPECT_LT(largest, 1e-6);
  EXPECT_EQ(after.data->abundances()->names(), before.data->abundances()->names());
  EXPECT_THAT(after.warnings, AllOf(Contains(HasSubstr("\"soil\", \"tree\", \"water\", in this order")),
                                    Contains(HasSubstr("are replaced"))));
  // All else stays, and the spectra are not copied.
  EXPECT_EQ(after.data->spectra().data(), before.data->spectra().data());
  EXPECT_EQ(after.data->endmembers(), before.data->endmembers());
  ASSERT_TRUE(after.data->image_shape());
  EXPECT_EQ(after.data->image_shape()->cols, 95U);
  EXPECT_EQ(after.data->provenance().attributes.at("compositions_from"), file.string());
  EXPECT_EQ(after.data->provenance().path, before.data->provenance().path);

  const Imported named = attach(without_compositions(before), file);
  EXPECT_THAT(named.data->component_names(), ElementsAre("component 1", "component 2", "component 3"));
  // scipy.io.loadmat(…)["A_true"][3, 70]
  EXPECT_THAT(composition(named, 3 * 95 + 70),
              ElementsAre(DoubleNear(0, 1e-12), DoubleNear(0.69836162, 1e-8), DoubleNear(0.30163838, 1e-8)));
}

TEST_F(Attaching, FlattenedImagesOfMatlabRunDownTheColumns) {
  const Imported image = load(test::kContainers / "benchmark.mat");
  const Imported bare = without_compositions(image);
  std::ifstream stream(test::kContainers.parent_path() / "container_files.json");
  const auto expected = nlohmann::json::parse(stream).at("generated").at("benchmark.mat").at("abundance");
  for (const char* name : {"benchmark.mat", "benchmark_packed.mat", "v73.mat"}) {
    const Imported after = attach(bare, test::kContainers / name);
    EXPECT_EQ(after.data->abundances()->values(), image.data->abundances()->values()) << name;
    // What NumPy has for the pixel in the first line and the third column.
    EXPECT_THAT(composition(after, 2), ElementsAre(DoubleEq(expected[0]), DoubleEq(expected[1]))) << name;
    EXPECT_THAT(after.warnings, Contains(HasSubstr("down the image's columns"))) << name;
  }
  EXPECT_THAT(attach(bare, test::kContainers / "benchmark.mat").data->component_names(),
              ElementsAre("tree", "water"));
}

TEST_F(Attaching, PyhatsTableComesToItsSpectraBySample) {
  const auto file = test::kShared / "import/csv/pyhat_libs_basalts.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  // It sums to 99.2 to 99.5 %, and therefore opens without compositions. The table has the same analysis
  // among dozens of numbers, settings of the instrument and spectra, and one oxide more.
  const Imported data = load(test::kShared / "libs_jsc_basalts.h5");
  ASSERT_FALSE(data.data->abundances());
  const Imported after = attach(data, file);
  const auto& names = after.data->component_names();
  ASSERT_EQ(names.size(), 11U);
  EXPECT_THAT(after.warnings, Contains(HasSubstr("column \"Sample\" to 3 of 3")));
  const auto part = [&](std::size_t row, const std::string& oxide) {
    const auto found = std::ranges::find(names, oxide);
    return composition(after, row).at(static_cast<std::size_t>(found - names.begin()));
  };
  for (std::size_t row = 0; row < 3; ++row) {
    const double silica = (*data.data->find_metadata("abundance[SiO2]")->numbers())[row];
    for (const std::string oxide : {"TiO2", "MgO", "CaO", "K2O"}) {
      const double other = (*data.data->find_metadata("abundance[" + oxide + "]")->numbers())[row];
      EXPECT_NEAR(part(row, oxide) / part(row, "SiO2"), other / silica, 1e-6) << oxide << " in " << row;
    }
  }
}

TEST_F(Attaching, AnalysesThatLeaveAPartOutAreCompletedWhereOneAsks) {
  const auto file = test::kShared / "bhvo2_chemcam.h5";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not here";
  const Imported data = load(file);
  EXPECT_FALSE(data.data->abundances());
  // The elements of the reference sum to 0.5556: what the file says of itself.
  EXPECT_THAT(refusal(data, file),
              AllOf(HasSubstr("leave a part out"), HasSubstr("0.5556"), HasSubstr("--rest")));
  const Imported whole = attach(data, file, "rest");
  ASSERT_EQ(whole.data->components(), 11U);
  EXPECT_EQ(whole.data->component_names().front(), "Si");
  EXPECT_EQ(whole.data->component_names().back(), "rest");
  EXPECT_THAT(composition(whole, 3).back(), DoubleNear(1 - 0.5556, 1e-5));
  EXPECT_THAT(whole.warnings, Contains(HasSubstr("\"rest\" completes the compositions")));
}

// ------------------------------------------------------------------------------------------------- arrays

TEST_F(Attaching, ArraysOfEitherOrientation) {
  const std::vector<double> rows = {1, 0, 0.5, 0.5, 0.25, 0.75, 0, 1, 0.1, 0.9, 0.6, 0.4};
  std::vector<double> turned(12);
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t k = 0; k < 2; ++k) turned[k * 6 + r] = rows[r * 2 + k];
  for (const auto& file : {write_npy("rows.npy", "6, 2", rows), write_npy("turned.npy", "2, 6", turned)}) {
    const Imported after = attach(shots(), file);
    EXPECT_THAT(composition(after, 2), ElementsAre(0.25, 0.75)) << file;
    EXPECT_THAT(composition(after, 4), ElementsAre(DoubleNear(0.1, 1e-15), DoubleNear(0.9, 1e-15))) << file;
    EXPECT_THAT(after.warnings, AllOf(Contains("said before"), Contains(HasSubstr("no names"))));
  }
  const Imported image = shots([](DatasetParts& parts) { parts.image_shape = ImageShape{2, 3}; });
  const Imported after = attach(image, write_npy("image.npy", "2, 3, 2", rows));
  EXPECT_THAT(composition(after, 3), ElementsAre(0, 1));
  // NumPy lays a flattened image out by rows.
  EXPECT_THAT(composition(attach(image, folder_ / "turned.npy"), 2), ElementsAre(0.25, 0.75));
}

TEST_F(Attaching, OtherSizesAreToldOnBothSides) {
  EXPECT_THAT(refusal(shots(), write_npy("short.npy", "5, 2", std::vector<double>(10, 0.5))),
              AllOf(HasSubstr("no array of the file goes with the data"), HasSubstr("[6, K]"),
                    HasSubstr("float64 [5, 2]")));
  EXPECT_THAT(refusal(shots(), write_npy("sums.npy", "6, 2", std::vector<double>(12, 0.7))),
              AllOf(HasSubstr("sums.npy"), HasSubstr("does not sum to one")));
  std::vector<double> hole(12, 0.5);
  hole[5] = NAN;
  EXPECT_THAT(refusal(shots(), write_npy("hole.npy", "6, 2", hole)), HasSubstr("partly missing"));
  EXPECT_THAT(refusal(shots(), folder_ / "hole.npy", "rest"),
              AllOf(HasSubstr("partly missing"), HasSubstr("row 2"), HasSubstr("\"component 2\"")));
  EXPECT_THAT(refusal(shots(), write_npy("nothing.npy", "6, 2", std::vector<double>(12, NAN))),
              HasSubstr("no composition for any spectrum"));
}

TEST_F(Attaching, NamesInHdf5AndTheLikeliestArray) {
  const std::vector<double> halves(12, 0.5);
  const auto path = folder_ / "known.h5";
  {
    test::Hdf5Builder builder(path);
    builder.numbers("ground", {6, 2}, halves).texts("names", {"quartz", "mica"});
  }
  EXPECT_THAT(attach(shots(), path).data->component_names(), ElementsAre("quartz", "mica"));
  {
    test::Hdf5Builder(path).numbers("first", {6, 2}, halves).numbers("second", {2, 6}, halves);
  }
  EXPECT_THAT(refusal(shots(), path),
              AllOf(HasSubstr("several arrays"), HasSubstr("\"/first\", \"/second\"")));
  {
    test::Hdf5Builder(path).numbers("first", {6, 2}, halves).numbers("abundance", {2, 6}, halves);
  }
  EXPECT_EQ(attach(shots(), path).data->components(), 2U);
}

// ------------------------------------------------------------------------------------------------- tables

TEST_F(Attaching, AColumnOfTheDataTellsTheSpectra) {
  const Imported after = attach_text(shots(), "target;SiO2;MgO\nB;60,5;39,5\nA;25;75\nE;1;99\n;50;50\n");
  EXPECT_THAT(after.data->component_names(), ElementsAre("SiO2", "MgO"));
  EXPECT_THAT(composition(after, 0), ElementsAre(0.25, 0.75));
  EXPECT_THAT(composition(after, 1), ElementsAre(0.25, 0.75));
  EXPECT_THAT(composition(after, 3), ElementsAre(DoubleNear(0.605, 1e-12), DoubleNear(0.395, 1e-12)));
  EXPECT_FALSE(after.data->labelled(4));
  EXPECT_FALSE(after.data->labelled(5));
  EXPECT_THAT(after.warnings,
              AllOf(Contains(HasSubstr("column \"target\" to 4 of 6 spectra; the others")),
                    Contains(HasSubstr("2 names in \"target\" are no spectrum's: \"E\", \"\"")),
                    Contains(HasSubstr("percent"))));
  EXPECT_NE(after.data->fingerprint(), shots().data->fingerprint());
}

TEST_F(Attaching, RowsAreNumberedFromZeroUnlessNoneIs) {
  const Imported from_zero = attach_text(shots(), "q,row,p\n0.5,5,0.5\n0.25,0,0.75\n");
  EXPECT_THAT(composition(from_zero, 0), ElementsAre(0.25, 0.75));
  EXPECT_TRUE(from_zero.data->labelled(5));
  EXPECT_FALSE(from_zero.data->labelled(1));
  EXPECT_THAT(from_zero.warnings, Contains(HasSubstr("counted from 0")));
  const Imported from_one = attach_text(shots(), "row,q,p\n6,0.5,0.5\n1,0.25,0.75\n");
  EXPECT_THAT(composition(from_one, 0), ElementsAre(0.25, 0.75));
  EXPECT_TRUE(from_one.data->labelled(5));
  EXPECT_THAT(from_one.warnings, Contains(HasSubstr("counted from 1")));
}

TEST_F(Attaching, TheFirstTextsMayBeNamesOfGroupsOrFiles) {
  const Imported grouped = shots([](DatasetParts& parts) {
    parts.metadata.clear();
    parts.groups = Groups{{0, 0, 0, 1, 1, 1}, {"basalt", "soil"}, {7, 9}};
  });
  const Imported by_name = attach_text(grouped, "rock,q,p\nsoil,0.25,0.75\n");
  EXPECT_FALSE(by_name.data->labelled(2));
  EXPECT_THAT(composition(by_name, 3), ElementsAre(0.25, 0.75));
  const Imported by_code = attach_text(grouped, "group,q,p\n7,0.25,0.75\n");
  EXPECT_THAT(composition(by_code, 2), ElementsAre(0.25, 0.75));
  EXPECT_FALSE(by_code.data->labelled(3));

  const Imported files = shots([](DatasetParts& parts) {
    parts.metadata = {
        {"file", std::vector<std::string>{"a.csv", "a.csv", "b.csv", "c.csv", "d.csv", "e.csv"}}};
  });
  const Imported by_file = attach_text(files, "spectrum,q,p\nb,0.25,0.75\ne.csv,1,0\n");
  EXPECT_THAT(composition(by_file, 2), ElementsAre(0.25, 0.75));
  EXPECT_THAT(composition(by_file, 5), ElementsAre(1, 0));
}

TEST_F(Attaching, OfSeveralColumnsTheOneThatDoesNotContradictItself) {
  // Site 1 would have two compositions; the targets tell them apart.
  const Imported after = attach_text(shots(), "site,target,q,p\n1,A,0.25,0.75\n1,B,0.5,0.5\n2,C,1,0\n");
  EXPECT_THAT(composition(after, 3), ElementsAre(0.5, 0.5));
  EXPECT_FALSE(after.data->labelled(5));
  EXPECT_THAT(text_refusal(shots(), "target,q,p\nA,0.25,0.75\nA,0.5,0.5\n"),
              AllOf(HasSubstr("different compositions"), HasSubstr("lines 2 and 3"), HasSubstr("\"A\"")));
  // The same twice is no contradiction; and a composition for each shot goes by their order.
  EXPECT_TRUE(attach_text(shots(), "target,q,p\nA,0.25,0.75\nA,0.25,0.75\n").data->labelled(1));
  const Imported each =
      attach_text(shots(), "target,q,p\nA,0,1\nA,0.2,0.8\nB,0.4,0.6\nB,0.6,0.4\nC,0.8,0.2\nD,1,0\n");
  EXPECT_THAT(composition(each, 3), ElementsAre(0.6, 0.4));
}

TEST_F(Attaching, WithoutNamesRowsAreInOrder) {
  const std::string numbers = "0.1 0.2 0.7\n0.3 0.3 0.4\n1 0 0\nnan nan nan\n0 0 1\n0 1 0\n";
  const Imported after = attach(shots(), write("known.txt", numbers));
  EXPECT_THAT(composition(after, 0),
              ElementsAre(DoubleNear(0.1, 1e-12), DoubleNear(0.2, 1e-12), DoubleNear(0.7, 1e-12)));
  EXPECT_FALSE(after.data->labelled(3));
  EXPECT_THAT(composition(after, 5), ElementsAre(0, 1, 0));
  EXPECT_EQ(after.data->component_names()[2], "component 3");
  // Components as lines, spectra as columns.
  const Imported turned =
      attach(shots(), write("turned.csv", "quartz,0.1,0.3,1,0.5,0,0\nmica,0.9,0.7,0,0.5,1,1\n"));
  EXPECT_THAT(turned.data->component_names(), ElementsAre("quartz", "mica"));
  EXPECT_THAT(composition(turned, 1), ElementsAre(DoubleNear(0.3, 1e-12), DoubleNear(0.7, 1e-12)));
  EXPECT_THAT(text_refusal(shots(), "q,p\n0.5,0.5\n0.25,0.75\n"),
              AllOf(HasSubstr("6 rows, one for each spectrum"), HasSubstr("\"target\", \"site\", \"row\""),
                    HasSubstr("2 rows with the columns \"q\", \"p\"")));
}

TEST_F(Attaching, NoMatchSaysWhatThereIsOnBothSides) {
  EXPECT_THAT(text_refusal(shots(), "target,q,p\nX1,0.5,0.5\nX2,0.25,0.75\n"),
              AllOf(HasSubstr("column \"target\""), HasSubstr("\"A\", \"B\", \"C\", \"D\""),
                    HasSubstr("\"X1\", \"X2\"")));
  EXPECT_THAT(text_refusal(shots(), "rock,q,p\nX1,0.5,0.5\nX2,0.25,0.75\n"),
              AllOf(HasSubstr("nothing tells"), HasSubstr("\"rock\" holds \"X1\", \"X2\"")));
}

TEST_F(Attaching, ColumnsThatAreNoComponentsAreLeftOut) {
  const Imported after =
      attach_text(shots(), ",target,depth,SiO2,MgO,FeO,Total\n0,A,3.5,50,30,20,100\n1,B,1.5,40,40,20,100\n");
  EXPECT_THAT(after.data->component_names(), ElementsAre("SiO2", "MgO", "FeO"));
  EXPECT_THAT(after.warnings, Contains(HasSubstr("The column \"depth\" is left out")));
  // What the program itself exports: metadata, compositions and spectra in one table.
  const Imported full =
      attach_text(shots(), "row,q,p\n0,0.25,0.75\n1,0.5,0.5\n2,1,0\n3,0,1\n4,0.3,0.7\n5,0.2,0.8\n");
  const auto exported = folder_ / "exported.csv";
  RunControl control;
  const auto written = ExporterRegistry::standard().write(*full.data, exported, {}, control, {});
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_EQ(attach(shots(), exported).data->abundances()->values(), full.data->abundances()->values());
}

TEST_F(Attaching, WhatIsNoNumberIsFoundByLineAndColumn) {
  EXPECT_THAT(text_refusal(shots(), "row,q,p\n0,0.5,0.5\n1,0.5,0.5\n2,0.25,0.75\n3,b.d.l.,1\n"),
              AllOf(HasSubstr("line 5, column \"q\""), HasSubstr("b.d.l.")));
  EXPECT_THAT(text_refusal(shots(), "row,q,p\n0,0.5,0.5\n1,,1\n"),
              AllOf(HasSubstr("line 3, column \"q\""), HasSubstr("partly missing")));
  const Imported unlabelled = attach_text(shots(), "row,q,p\n0,0.5,0.5\n1,,\n");
  EXPECT_FALSE(unlabelled.data->labelled(1));
}

TEST_F(Attaching, TheRestIsWhatIsLeftToOne) {
  const std::string table = "target,SiO2,MgO\nA,50,30\nB,60.5,39.6\nC,20,10\n";
  EXPECT_THAT(text_refusal(shots(), table),
              AllOf(HasSubstr("does not sum to one"), HasSubstr("--rest NAME")));
  const Imported after = attach_text(shots(), table, "other");
  EXPECT_THAT(after.data->component_names(), ElementsAre("SiO2", "MgO", "other"));
  EXPECT_THAT(composition(after, 1),
              ElementsAre(DoubleNear(0.5, 1e-12), DoubleNear(0.3, 1e-12), DoubleNear(0.2, 1e-12)));
  // 100.1 % is divided by its sum.
  EXPECT_THAT(composition(after, 2),
              ElementsAre(DoubleNear(60.5 / 100.1, 1e-12), DoubleNear(39.6 / 100.1, 1e-12), 0));
  EXPECT_THAT(composition(after, 4).back(), DoubleNear(0.7, 1e-12));

  EXPECT_THAT(text_refusal(shots(), table, "MgO"), HasSubstr("a component of that name already"));
  EXPECT_THAT(text_refusal(shots(), "target,q,p\nA,50,80\nB,50,50\n", "rest"),
              AllOf(HasSubstr("no rest to add"), HasSubstr("row 0")));
  const Imported complete = attach_text(shots(), "target,q,p\nA,0.5,0.5\nB,0.25,0.75\n", "rest");
  EXPECT_EQ(complete.data->components(), 2U);
  EXPECT_THAT(complete.warnings, Contains(HasSubstr("There is no component \"rest\"")));
  const Imported single = attach_text(shots(), "target,water\nA,0.25\nB,0.5\n", "dry");
  EXPECT_THAT(composition(single, 2), ElementsAre(0.5, 0.5));
}

// ----------------------------------------------------------------------------------- what belongs to it

TEST_F(Attaching, ReferenceEndmembersFollowTheComponentsOrGo) {
  const Imported data = shots([](DatasetParts& parts) {
    parts.endmembers = Matrix<float>({1, 1, 1, 1, 2, 2, 2, 2}, 2, 4);
    parts.endmember_names = {"mica", "Quartz"};
  });
  const Imported turned = attach_text(data, "target,quartz,mica\nA,0.25,0.75\n");
  EXPECT_THAT(endmember(turned, 0), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(turned.data->endmember_names(), ElementsAre("Quartz", "mica"));
  const Imported gone = attach_text(data, "target,quartz,mica\nA,0.25,0.5\n", "rest");
  EXPECT_FALSE(gone.data->endmembers());
  EXPECT_THAT(gone.warnings, Contains(HasSubstr("they are left out")));
  const Imported unnamed = attach(data, write("numbers.txt", "1 0\n0 1\n1 0\n1 0\n1 0\n1 0\n"));
  EXPECT_THAT(unnamed.data->component_names(), ElementsAre("mica", "Quartz"));
}

TEST_F(Attaching, TruthOfOtherComponentsGoes) {
  const Imported data = shots([](DatasetParts& parts) {
    parts.abundances = Abundances::create(Matrix<double>(6, 2, 0.5), {"a", "b"}).value();
    parts.true_abundances = Matrix<double>(6, 2, 0.5);
  });
  EXPECT_TRUE(attach_text(data, "target,a,b\nA,0.25,0.75\n").data->true_abundances());
  const Imported other = attach_text(data, "target,a,c\nA,0.25,0.75\n");
  EXPECT_FALSE(other.data->true_abundances());
  EXPECT_THAT(other.warnings, Contains(HasSubstr("true compositions are left out")));
}

// -------------------------------------------------------------------------------------------- bad files

TEST_F(Attaching, FilesThatHoldNoCompositions) {
  EXPECT_THAT(refusal(shots(), folder_ / "missing.csv"), HasSubstr("there is no such file"));
  EXPECT_THAT(refusal(shots(), folder_.path()), HasSubstr("this is a folder"));
  EXPECT_THAT(text_refusal(shots(), ""), HasSubstr("the file is empty"));
  EXPECT_THAT(text_refusal(shots(), "only,words\nand,more\n"), HasSubstr("no table of numbers"));
  EXPECT_THAT(text_refusal(shots(), "target,name\nA,x\n"), Not(HasSubstr("attached")));
  EXPECT_THAT(text_refusal(shots(), "target,q,p\nA,0.5,0.5\nB,0.5\nC,1,0\nD,1,0\n"),
              HasSubstr("another number of fields"));
  EXPECT_THAT(refusal(shots(), write("noise.csv", std::string("\x00\x01\x02q,p\n", 7))),
              AllOf(HasSubstr("noise.csv"), HasSubstr("cannot hold compositions")));
  std::string wide = "row";
  std::string values = "\n0";
  for (int k = 0; k < 100; ++k) {
    wide += ",part" + std::string(1, static_cast<char>('a' + k % 26)) + std::to_string(k);
    values += ",0.3";
  }
  EXPECT_THAT(text_refusal(shots(), wide + values + values + "\n"), HasSubstr("too many columns"));

  // A header that claims more than there is.
  auto npy = write_npy("cut.npy", "6, 2", {0.5});
  EXPECT_THAT(refusal(shots(), npy), AllOf(HasSubstr("cut.npy"), Not(HasSubstr("attached"))));
  std::string mat = test::content_of(test::kContainers / "benchmark_packed.mat");
  mat.resize(mat.size() / 2);
  EXPECT_THAT(refusal(shots(), write("cut.mat", mat)), HasSubstr("cut.mat"));
  EXPECT_THAT(refusal(shots(), test::kContainers / "damaged_heap.h5"), HasSubstr("damaged_heap.h5"));
  std::string hdf5 = "\x89HDF\r\n\x1a\n";
  hdf5.resize(4096, '\x7f');
  EXPECT_THAT(refusal(shots(), write("noise.h5", hdf5)), HasSubstr("noise.h5"));
}

TEST_F(Attaching, AStopIsHeard) {
  RunControl control;
  control.request_stop();
  for (const auto& file : {write("known.csv", "target,q,p\nA,0.5,0.5\n"),
                           write_npy("known.npy", "6, 2", std::vector<double>(12, 0.5))}) {
    const auto attached = attach_compositions(shots(), file, {}, control);
    ASSERT_FALSE(attached);
    EXPECT_TRUE(attached.error().cancelled()) << attached.error().message();
  }
}

}  // namespace
}  // namespace assayer
