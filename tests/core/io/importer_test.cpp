// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <limits>
#include <numeric>
#include <thread>

#include "core/io/hdf5_importer.h"
#include "hdf5_builder.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

using test::Hdf5Builder;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> counting(std::size_t n) {
  std::vector<double> values(n);
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

class NativeForm : public testing::Test {
 protected:
  template <class Build>
  Imported load(const Build& build) {
    const auto path = folder_ / "data.h5";
    {
      Hdf5Builder file(path);
      build(file);
    }
    RunControl control;
    auto imported = ImporterRegistry::standard().load(path, control);
    if (!imported) throw std::runtime_error(imported.error().message());
    return *std::move(imported);
  }

  TemporaryFolder folder_;
};

TEST_F(NativeForm, SpectraOfAnyNumberType) {
  // 1 … 12 are exact in each; big-endian and half-width types go through HDF5's conversion.
  for (const hid_t type : {H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_STD_I16BE, H5T_STD_U8LE, H5T_STD_I64LE}) {
    const auto imported = load([type](Hdf5Builder& f) { f.numbers("spectra", {4, 3}, counting(12), type); });
    const auto values = imported.data->spectra().values();
    EXPECT_EQ(std::vector<double>(values.begin(), values.end()), counting(12));
  }
}

TEST_F(NativeForm, SpectraAloneGetChannelNumbersAndAWarning) {
  const auto imported = load([](Hdf5Builder& f) { f.numbers("spectra", {4, 3}, counting(12)); });
  EXPECT_EQ(imported.data->wavelength(), WavelengthAxis::channels(3));
  EXPECT_THAT(imported.warnings, ElementsAre(HasSubstr("no /wavelength")));
  EXPECT_EQ(imported.data->provenance().path, (folder_ / "data.h5").string());
  EXPECT_EQ(imported.data->provenance().format, "Assayer HDF5");
}

TEST_F(NativeForm, AMissingUnitIsAssumedAndSaid) {
  using Case = std::pair<std::vector<double>, WavelengthUnit>;
  for (const Case& made : {Case{{0.4, 0.5, 2.5}, WavelengthUnit::Micrometre},
                           Case{{400, 500, 2500}, WavelengthUnit::Nanometre}}) {
    const auto imported = load([&made](Hdf5Builder& f) {
      f.numbers("spectra", {4, 3}, counting(12)).numbers("wavelength", {3}, made.first);
    });
    EXPECT_EQ(imported.data->wavelength().unit(), made.second);
    EXPECT_THAT(imported.warnings, ElementsAre(HasSubstr("no attribute units")));
  }
}

TEST_F(NativeForm, WavelengthsInAForeignUnitAreConverted) {
  const auto imported = load([](Hdf5Builder& f) {
    f.numbers("spectra", {4, 3}, counting(12)).numbers("wavelength", {3}, {4005, 5000, 6000});
    f.text_attribute("wavelength", "units", "Angstrom");
  });
  EXPECT_THAT(imported.data->wavelength().values(), ElementsAre(400.5, 500, 600));
  EXPECT_EQ(imported.data->wavelength().unit(), WavelengthUnit::Nanometre);
  EXPECT_THAT(imported.warnings, ElementsAre(HasSubstr("/wavelength: 4005 to 6000")));
}

/// Files of other programs that call their spectra so, too.
class ForeignSpectra : public NativeForm {
 protected:
  template <class Build>
  ImportContents inspect(const Build& build) {
    {
      Hdf5Builder file(folder_ / "data.h5");
      build(file);
    }
    RunControl control;
    auto contents = ImporterRegistry::standard().inspect(folder_ / "data.h5", control);
    if (!contents) throw std::runtime_error(contents.error().message());
    return *std::move(contents);
  }
};

TEST_F(ForeignSpectra, ACubeIsAnImageWithFields) {
  const auto build = [](Hdf5Builder& f) {
    f.numbers("spectra", {2, 2, 3}, counting(12)).numbers("wavelength", {3}, {4000, 5000, 6000});
    f.text_attribute("wavelength", "units", "angstrom");
  };
  const auto imported = load(build);
  EXPECT_EQ(imported.format, "HDF5");
  ASSERT_EQ(imported.data->rows(), 4U);
  EXPECT_THAT(imported.data->spectra().row(1), ElementsAre(4, 5, 6));
  EXPECT_EQ(imported.data->image_shape()->cols, 2U);
  EXPECT_THAT(imported.data->wavelength().values(), ElementsAre(400, 500, 600));
  EXPECT_THAT(imported.warnings, ElementsAre(HasSubstr("are read as 400 to 600 nm")));
  const auto contents = inspect(build);
  EXPECT_EQ(contents.fields.size(), 2U);
  EXPECT_EQ(contents.settings.size(), 3U);
}

TEST_F(ForeignSpectra, AVectorIsOneSpectrum) {
  const auto imported = load([](Hdf5Builder& f) { f.numbers("spectra", {12}, counting(12)); });
  EXPECT_EQ(imported.format, "HDF5");
  EXPECT_EQ(imported.data->rows(), 1U);
  EXPECT_EQ(imported.data->channels(), 12U);
}

TEST_F(ForeignSpectra, ATableWithTheAxisOfAnotherNameHasIt) {
  const auto build = [](Hdf5Builder& f) {
    f.numbers("spectra", {4, 3}, counting(12)).numbers("wl", {3}, {400, 500, 600}, H5T_NATIVE_DOUBLE);
  };
  const auto imported = load(build);
  EXPECT_EQ(imported.format, "HDF5");
  EXPECT_EQ(imported.data->rows(), 4U);
  EXPECT_THAT(imported.data->wavelength().values(), ElementsAre(400, 500, 600));
  EXPECT_EQ(inspect(build).fields.size(), 2U);
}

// One more part, and it is the native form as it always was.
TEST_F(ForeignSpectra, PartsOfTheNativeFormMarkIt) {
  const std::vector<std::function<void(Hdf5Builder&)>> parts = {
      [](Hdf5Builder& f) { f.numbers("wavelength", {3}, {400, 500, 600}); },
      [](Hdf5Builder& f) { f.numbers("group", {4}, {0, 0, 1, 1}, H5T_NATIVE_INT); },
      [](Hdf5Builder& f) { f.numbers_attribute("/", "image_shape", {2, 2}); },
      [](Hdf5Builder& f) { f.numbers("abundance", {4, 2}, std::vector<double>(8, 0.5)); }};
  for (const auto& part : parts) {
    const auto build = [&](Hdf5Builder& f) {
      f.numbers("spectra", {4, 3}, counting(12)).numbers("wl", {3}, {400, 500, 600});
      part(f);
    };
    EXPECT_EQ(load(build).format, "Assayer HDF5");
    EXPECT_TRUE(inspect(build).fields.empty());
  }
}

/// Files with the mark that the writer sets.
class MarkedForm : public ForeignSpectra {
 protected:
  static void mark(Hdf5Builder& f, double version) {
    f.text_attribute("/", "format", "assayer-dataset").numbers_attribute("/", "format_version", {version});
  }
  template <class Build>
  Error refused(const Build& build) {
    {
      Hdf5Builder file(folder_ / "data.h5");
      build(file);
    }
    RunControl control;
    const auto imported = ImporterRegistry::standard().load(folder_ / "data.h5", control);
    if (imported) throw std::runtime_error("the file was read as " + imported->format);
    return imported.error();
  }
};

TEST_F(MarkedForm, IsTrusted) {
  // Without the mark a table whose axis has another name is another program's.
  const auto build = [](Hdf5Builder& f) {
    mark(f, 1);
    f.numbers("spectra", {4, 3}, counting(12)).numbers("wl", {3}, {400, 500, 600});
    f.text_attribute("/", "note:format", "a note").text_attribute("/", "site", "here");
  };
  const auto imported = load(build);
  EXPECT_EQ(imported.format, "Assayer HDF5");
  EXPECT_THAT(imported.data->provenance().attributes,
              ElementsAre(testing::Pair("format", "a note"), testing::Pair("site", "here")));
  EXPECT_TRUE(inspect(build).fields.empty());
  // What is wrong in it is not read some other way: a cube, or no spectra.
  const auto cube = refused([](Hdf5Builder& f) {
    mark(f, 1);
    f.numbers("spectra", {2, 2, 3}, counting(12));
  });
  EXPECT_EQ(cube.kind, Error::Kind::Format);
  EXPECT_THAT(cube.message(), HasSubstr("the spectra are no table"));
  const auto none = refused([](Hdf5Builder& f) {
    mark(f, 1);
    f.numbers("other", {4, 3}, counting(12));
  });
  EXPECT_EQ(none.kind, Error::Kind::Format);
  EXPECT_THAT(none.message(), HasSubstr("lacks its spectra"));
}

TEST_F(MarkedForm, OfANewerVersionIsRefused) {
  const auto of = [this](double version) {
    return refused([version](Hdf5Builder& f) {
      mark(f, version);
      f.numbers("spectra", {4, 3}, counting(12)).numbers("wavelength", {3}, {400, 500, 600});
    });
  };
  EXPECT_EQ(of(2).kind, Error::Kind::Format);
  EXPECT_THAT(of(2).message(), testing::AllOf(HasSubstr("newer version"), HasSubstr("at most 1"),
                                              HasSubstr("2"), HasSubstr("Update this program")));
  EXPECT_THAT(of(0).message(), HasSubstr("the version is impossible"));
  const auto without = refused([](Hdf5Builder& f) {
    f.text_attribute("/", "format", "assayer-dataset").numbers("spectra", {4, 3}, counting(12));
  });
  EXPECT_EQ(without.kind, Error::Kind::Format);
}

// Another program's word of the same name says nothing, and stays.
TEST_F(ForeignSpectra, AnotherFormatsNameIsANote) {
  const auto imported = load([](Hdf5Builder& f) {
    f.numbers("spectra", {4, 3}, counting(12)).numbers("wavelength", {3}, {400, 500, 600});
    f.text_attribute("/", "format", "lab 7").text_attribute("/", "note:x", "kept");
  });
  EXPECT_EQ(imported.format, "Assayer HDF5");
  EXPECT_THAT(imported.data->provenance().attributes,
              ElementsAre(testing::Pair("format", "lab 7"), testing::Pair("note:x", "kept")));
}

TEST_F(NativeForm, ComponentNamesFromAttributeOrDatasets) {
  const std::vector<double> halves(8, 0.5);
  const auto names = [&](const auto& add) {
    return load([&](Hdf5Builder& f) {
             f.numbers("spectra", {4, 3}, counting(12)).numbers("abundance", {4, 2}, halves);
             add(f);
           })
        .data->component_names();
  };
  EXPECT_THAT(names([](Hdf5Builder& f) { f.texts_attribute("abundance", "components", {"a", "b"}); }),
              ElementsAre("a", "b"));
  EXPECT_THAT(names([](Hdf5Builder& f) { f.texts("components", {"c", "d"}); }), ElementsAre("c", "d"));
  EXPECT_THAT(names([](Hdf5Builder& f) { f.texts("endmember_names", {"e", "é"}); }), ElementsAre("e", "é"));
  EXPECT_THAT(names([](Hdf5Builder&) {}), ElementsAre("component 1", "component 2"));
}

TEST_F(NativeForm, TextsOfEveryKind) {
  const auto imported = load([](Hdf5Builder& f) {
    f.numbers("spectra", {4, 3}, counting(12));
    f.texts("variable", {"", "b", "µ", "long text"});
    f.fixed_texts("null_padded", {"a", "bc", "", "defg"}, 4, H5T_STR_NULLPAD);
    f.fixed_texts("space_padded", {"a", "b c", "", "d"}, 4, H5T_STR_SPACEPAD);
    f.fixed_texts("terminated", {"a", "bc", "", "def"}, 4, H5T_STR_NULLTERM);
    f.texts("latin1", {"\xB5m", "ok", "\xE9", "\xFF"});
  });
  const auto column = [&](const char* name) {
    return std::get<std::vector<std::string>>(imported.data->find_metadata(name)->values);
  };
  EXPECT_THAT(column("variable"), ElementsAre("", "b", "µ", "long text"));
  EXPECT_THAT(column("null_padded"), ElementsAre("a", "bc", "", "defg"));
  EXPECT_THAT(column("space_padded"), ElementsAre("a", "b c", "", "d"));
  EXPECT_THAT(column("terminated"), ElementsAre("a", "bc", "", "def"));
  EXPECT_THAT(column("latin1"), ElementsAre("µm", "ok", "é", "ÿ"));
}

TEST_F(NativeForm, OtherDatasetsBecomeColumnsOrWarnings) {
  const auto imported = load([](Hdf5Builder& f) {
    f.numbers("spectra", {4, 3}, counting(12)).numbers("wavelength", {3}, {1, 2, 3});
    f.text_attribute("wavelength", "units", "channel");
    f.numbers("whole", {4}, {1, -2, 3, 4}, H5T_STD_I8LE)
        .numbers("real", {4}, {0.5, 1, 2, kNan}, H5T_IEEE_F64LE);
    f.numbers("table", {4, 2}, counting(8), H5T_NATIVE_INT).numbers("one", {4, 1}, counting(4));
    f.numbers("per_channel", {3}, counting(3))
        .numbers("cube", {4, 2, 2}, counting(16))
        .numbers("scalar", {}, {1});
    f.numbers("wide", {4, 65}, counting(260));
    H5Gclose(H5Gcreate2(f.id(), "folder", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const hid_t yes_no = H5Tenum_create(H5T_NATIVE_INT8);
    std::int8_t value = 0;
    H5Tenum_insert(yes_no, "FALSE", &value);
    value = 1;
    H5Tenum_insert(yes_no, "TRUE", &value);
    const hsize_t rows = 4;
    const hid_t space = H5Screate_simple(1, &rows, nullptr);
    const hid_t set = H5Dcreate2(f.id(), "boolean", yes_no, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const std::array<std::int8_t, 4> flags = {0, 1, 1, 0};
    H5Dwrite(set, yes_no, H5S_ALL, H5S_ALL, H5P_DEFAULT, flags.data());
    H5Dclose(set);
    H5Sclose(space);
    H5Tclose(yes_no);
  });
  const Dataset& data = *imported.data;
  using Whole = std::vector<std::int64_t>;
  EXPECT_EQ(std::get<Whole>(data.find_metadata("whole")->values), (Whole{1, -2, 3, 4}));
  EXPECT_EQ(std::get<Whole>(data.find_metadata("boolean")->values), (Whole{0, 1, 1, 0}));
  EXPECT_EQ(std::get<Whole>(data.find_metadata("table[0]")->values), (Whole{1, 3, 5, 7}));
  EXPECT_EQ(std::get<Whole>(data.find_metadata("table[1]")->values), (Whole{2, 4, 6, 8}));
  EXPECT_EQ(data.find_metadata("real")->numbers()->at(0), 0.5);
  EXPECT_TRUE(std::isnan(data.find_metadata("real")->numbers()->at(3)));
  EXPECT_NE(data.find_metadata("one"), nullptr);
  EXPECT_EQ(data.metadata().size(), 6U);
  EXPECT_THAT(imported.warnings,
              testing::UnorderedElementsAre(HasSubstr("/per_channel is left out: its shape is [3]"),
                                            HasSubstr("/cube is left out: its shape is [4, 2, 2]"),
                                            HasSubstr("/scalar is left out"), HasSubstr("/wide is left out"),
                                            HasSubstr("/folder is left out: it is no dataset")));
}

TEST_F(NativeForm, GroupCodesOfAnyKind) {
  const auto groups = [&](const auto& add) {
    return *load([&](Hdf5Builder& f) {
              f.numbers("spectra", {4, 3}, counting(12));
              add(f);
            }).data->groups();
  };
  auto some = groups([](Hdf5Builder& f) { f.numbers("group", {4}, {7, -3, 7, 12}, H5T_NATIVE_INT); });
  EXPECT_THAT(some.codes, ElementsAre(-3, 7, 12));
  EXPECT_THAT(some.of_row, ElementsAre(1, 0, 1, 2));
  EXPECT_THAT(some.names, ElementsAre("group -3", "group 7", "group 12"));
  // Codes that index the names: a group without spectra keeps its place.
  some = groups(
      [](Hdf5Builder& f) { f.numbers("group", {4}, {0, 2, 0, 2}).texts("group_names", {"a", "b", "c"}); });
  EXPECT_THAT(some.codes, ElementsAre(0, 1, 2));
  EXPECT_THAT(some.of_row, ElementsAre(0, 2, 0, 2));
  EXPECT_THAT(some.names, ElementsAre("a", "b", "c"));
  // Others: names in ascending order of the codes.
  some = groups(
      [](Hdf5Builder& f) { f.numbers("group", {4}, {20, 10, 10, 20}).texts("group_names", {"a", "b"}); });
  EXPECT_THAT(some.codes, ElementsAre(10, 20));
  EXPECT_THAT(some.of_row, ElementsAre(1, 0, 0, 1));
  some = groups([](Hdf5Builder& f) { f.texts("group", {"lab", "field", "lab", "air"}); });
  EXPECT_THAT(some.names, ElementsAre("air", "field", "lab"));
  EXPECT_THAT(some.of_row, ElementsAre(2, 1, 2, 0));
}

TEST_F(NativeForm, RowsOfNanAreUnlabelledAndFloat32SumsAreNormalised) {
  const auto imported = load([](Hdf5Builder& f) {
    f.numbers("spectra", {4, 3}, counting(12));
    f.numbers("abundance", {4, 3}, {0.1, 0.2, 0.7, kNan, kNan, kNan, 1, 0, 0, 0.333, 0.333, 0.3334});
    f.numbers("abundance_true", {4, 3}, {0.1, 0.2, 0.7, kNan, kNan, kNan, 1, 0, 0, 0.3, 0.3, 0.4});
  });
  const Dataset& data = *imported.data;
  EXPECT_TRUE(data.labelled(0));
  EXPECT_FALSE(data.labelled(1));
  for (const std::size_t r : {std::size_t{0}, std::size_t{3}}) {
    const auto row = data.abundances()->row(r);
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-15);
  }
  EXPECT_TRUE(std::isnan((*data.true_abundances())(1, 0)));
}

TEST_F(NativeForm, AttributesBecomeProvenance) {
  const auto imported = load([](Hdf5Builder& f) {
    f.numbers("spectra", {4, 3}, counting(12)).text_attribute("/", "licence", "CC0-1.0");
    f.numbers_attribute("/", "gain", {1.5, 2}).texts_attribute("/", "authors", {"A", "B"});
    f.numbers_attribute("/", "image_shape", {2, 2});
  });
  EXPECT_THAT(imported.data->provenance().attributes,
              ElementsAre(testing::Pair("authors", "A B"), testing::Pair("gain", "1.5 2"),
                          testing::Pair("licence", "CC0-1.0")));
  ASSERT_TRUE(imported.data->image_shape());
  EXPECT_EQ(imported.data->image_shape()->rows, 2U);
}

TEST_F(NativeForm, ChunksOfEveryShapeAreReadAlike) {
  const auto values = counting(40 * 30);
  const std::vector<std::vector<hsize_t>> chunks = {{1, 30}, {40, 1}, {7, 11}, {40, 30}, {3, 30}};
  for (const auto& chunk : chunks) {
    const auto imported = load([&](Hdf5Builder& f) {
      const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
      H5Pset_chunk(properties, 2, chunk.data());
      H5Pset_shuffle(properties);
      H5Pset_deflate(properties, 6);
      f.numbers("spectra", {40, 30}, values, H5T_IEEE_F32LE, properties);
    });
    const auto read = imported.data->spectra().values();
    EXPECT_EQ(std::vector<double>(read.begin(), read.end()), values);
  }
}

/// 64 MiB of spectra in column-wise chunks, so that tiles matter.
std::filesystem::path large_file(const TemporaryFolder& folder) {
  const auto path = folder / "large.h5";
  Hdf5Builder file(path);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[2] = {1024, 64};
  H5Pset_chunk(properties, 2, chunk);
  H5Pset_deflate(properties, 1);
  std::vector<double> values(16384 * 1024);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 1000);
  file.numbers("spectra", {16384, 1024}, values, H5T_NATIVE_FLOAT, properties);
  return path;
}

TEST_F(NativeForm, ProgressRisesAndAStopIsNoticedWithin100Milliseconds) {
  const auto path = large_file(folder_);
  const auto registry = ImporterRegistry::standard();
  {
    RunControl control;
    std::vector<double> fractions;
    const auto imported = registry.load(
        path, control, [&](double fraction, std::string_view) { fractions.push_back(fraction); });
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_EQ(imported->data->spectra()(16383, 1023), static_cast<float>((16384 * 1024 - 1) % 1000));
    EXPECT_GT(fractions.size(), 8U);
    EXPECT_TRUE(std::ranges::is_sorted(fractions));
    EXPECT_EQ(fractions.front(), 0);
    EXPECT_EQ(fractions.back(), 1);
  }
  // Processor time, because on a busy machine the clock on the wall also measures what others do.
  RunControl control;
  std::clock_t stopped = 0;
  const auto imported = registry.load(path, control, [&](double fraction, std::string_view) {
    if (fraction < 0.25 || control.stop_requested()) return;
    stopped = std::clock();
    control.request_stop();
  });
  const double delay = static_cast<double>(std::clock() - stopped) / CLOCKS_PER_SEC;
  ASSERT_FALSE(imported);
  EXPECT_TRUE(imported.error().cancelled());
  EXPECT_LT(delay, 0.1);
}

TEST_F(NativeForm, ManyThreadsMayReadAtOnce) {
  for (int i = 0; i < 4; ++i) {
    Hdf5Builder file(folder_ / ("part" + std::to_string(i) + ".h5"));
    std::vector<double> values(5000, i);
    file.numbers("spectra", {500, 10}, values).text_attribute("/", "note", std::to_string(i));
  }
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int repeat = 0; repeat < 20; ++repeat) {
        RunControl control;
        const auto imported =
            ImporterRegistry::standard().load(folder_ / ("part" + std::to_string(i) + ".h5"), control);
        if (imported && imported->data->spectra()(499, 9) == static_cast<float>(i) &&
            imported->data->provenance().attributes.at("note") == std::to_string(i))
          ++good[static_cast<std::size_t>(i)];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(good, ElementsAre(20, 20, 20, 20));
}

/// A format that knows the file but finds it broken, or does not know it.
class Fails final : public Importer {
 public:
  explicit Fails(Error::Kind kind) : kind_(kind) {}
  [[nodiscard]] std::string name() const override { return "Fails"; }
  [[nodiscard]] std::string patterns() const override { return "*.x"; }
  [[nodiscard]] bool sniff(const std::filesystem::path&, std::string_view) const override { return true; }
  Result<Imported> load(const std::filesystem::path&, const ImportOptions&, RunControl&,
                        const ProgressFn&) const override {
    return fail({kind_, kind_ == Error::Kind::Format ? "broken" : "not mine", "", "", "", ""});
  }

 private:
  Error::Kind kind_;
};

TEST_F(NativeForm, TheRegistryKeepsTheErrorThatSaysMost) {
  Hdf5Builder(folder_ / "a.x").numbers("spectra", {4, 3}, counting(12));
  RunControl control;
  ImporterRegistry registry;
  registry.add(std::make_unique<Fails>(Error::Kind::NotThisFormat));
  registry.add(std::make_unique<Fails>(Error::Kind::Format));
  registry.add(std::make_unique<Fails>(Error::Kind::NotThisFormat));
  const auto broken = registry.load(folder_ / "a.x", control);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().what, "broken");
  registry.add(std::make_unique<Hdf5Importer>());
  EXPECT_TRUE(registry.load(folder_ / "a.x", control)) << "a later importer reads it";
}

}  // namespace
}  // namespace assayer
