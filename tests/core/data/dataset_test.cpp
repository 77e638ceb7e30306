// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>

namespace assayer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// 4 spectra of 3 channels, 2 components, 2 groups: everything present and consistent.
DatasetParts complete() {
  DatasetParts parts;
  parts.spectra = Matrix<float>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 4, 3);
  parts.wavelength = *WavelengthAxis::create({400, 500, 600}, WavelengthUnit::Nanometre);
  parts.abundances = *Abundances::create(Matrix<double>({1, 0, 0, 1, 0.5, 0.5, NAN, NAN}, 4, 2), {"x", "y"});
  parts.true_abundances = Matrix<double>({1, 0, 0, 1, 0.4, 0.6, 0.5, 0.5}, 4, 2);
  parts.groups = Groups{{0, 1, 0, 1}, {"lab", "field"}, {3, 7}};
  parts.metadata = {{"depth", std::vector<double>{0.1, 0.2, 0.25, 1e-7}},
                    {"flag", std::vector<std::int64_t>{0, 1, 0, -5}},
                    {"sample", std::vector<std::string>{"a", "b", "c", "d"}}};
  parts.image_shape = ImageShape{2, 2};
  parts.endmembers = Matrix<float>({1, 2, 3, 4, 5, 6}, 2, 3);
  parts.endmembers_by_group = {*parts.endmembers, *parts.endmembers};
  parts.bad_channels = {0, 1, 0};
  return parts;
}

TEST(Dataset, HoldsWhatItWasGiven) {
  const auto made = Dataset::create(complete());
  ASSERT_TRUE(made) << made.error().message();
  const Dataset& data = **made;
  EXPECT_EQ(data.rows(), 4U);
  EXPECT_EQ(data.channels(), 3U);
  EXPECT_EQ(data.components(), 2U);
  EXPECT_THAT(data.component_names(), ElementsAre("x", "y"));
  EXPECT_THAT(data.endmember_names(), ElementsAre("x", "y"));
  EXPECT_TRUE(data.labelled(0));
  EXPECT_FALSE(data.labelled(3));
  ASSERT_NE(data.find_metadata("flag"), nullptr);
  EXPECT_EQ(data.find_metadata("nothing"), nullptr);
}

TEST(Dataset, SpectraAloneAreEnough) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(1, 2, 0.5F);
  const auto data = Dataset::create(std::move(parts));
  ASSERT_TRUE(data) << data.error().message();
  EXPECT_EQ((*data)->components(), 0U);
  EXPECT_TRUE((*data)->component_names().empty());
  EXPECT_EQ((*data)->wavelength(), WavelengthAxis::channels(2));
  EXPECT_FALSE((*data)->labelled(0));
}

TEST(Dataset, EndmembersNameTheComponentsOfUnlabelledSpectra) {
  auto parts = complete();
  parts.abundances.reset();
  EXPECT_THAT((*Dataset::create(parts))->component_names(), ElementsAre("endmember 1", "endmember 2"));
  parts.endmember_names = {"olivine", "diopside"};
  const auto data = *Dataset::create(parts);
  EXPECT_THAT(data->component_names(), ElementsAre("olivine", "diopside"));
  EXPECT_EQ(data->components(), 2U);
}

TEST(Dataset, MaskedChannelsDoNotCountForFiniteness) {
  auto parts = complete();
  parts.spectra(0, 1) = kNan;  // masked
  parts.spectra(1, 0) = kNan;
  parts.spectra(2, 2) = std::numeric_limits<float>::infinity();
  const auto data = *Dataset::create(parts);
  EXPECT_TRUE(data->row_is_finite(0));
  EXPECT_FALSE(data->row_is_finite(1));
  EXPECT_FALSE(data->row_is_finite(2));
  EXPECT_TRUE(data->row_is_finite(3));
}

TEST(Dataset, MetadataAsTextAndNumbers) {
  const auto data = *Dataset::create(complete());
  EXPECT_EQ(data->find_metadata("depth")->text(0), "0.1");
  EXPECT_EQ(data->find_metadata("depth")->text(3), "1e-07");
  EXPECT_EQ(data->find_metadata("flag")->text(3), "-5");
  EXPECT_EQ(data->find_metadata("sample")->text(1), "b");
  EXPECT_THAT(*data->find_metadata("flag")->numbers(), ElementsAre(0, 1, 0, -5));
  EXPECT_EQ(data->find_metadata("sample")->numbers(), std::nullopt);
}

TEST(Dataset, FingerprintFollowsSpectraAxisAndCompositions) {
  const auto print = [](const std::function<void(DatasetParts&)>& change) {
    auto parts = complete();
    change(parts);
    return (*Dataset::create(parts))->fingerprint();
  };
  const std::string same = print([](DatasetParts&) {});
  EXPECT_THAT(same, testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_EQ(same, print([](DatasetParts& p) {
              p.metadata.clear();
              p.image_shape.reset();
              p.provenance.path = "elsewhere.h5";
            }));
  std::set<std::string> prints = {same};
  // The sign alone, and an exchange of two values, must show.
  prints.insert(print([](DatasetParts& p) { p.spectra(3, 2) = -p.spectra(3, 2); }));
  prints.insert(print([](DatasetParts& p) { p.spectra(0, 0) = -p.spectra(0, 0); }));
  prints.insert(print([](DatasetParts& p) { std::swap(p.spectra(0, 0), p.spectra(2, 0)); }));
  prints.insert(print([](DatasetParts& p) {
    p.wavelength = *WavelengthAxis::create({400, 500, 601}, WavelengthUnit::Nanometre);
  }));
  prints.insert(print([](DatasetParts& p) {
    p.wavelength = *WavelengthAxis::create({400, 500, 600}, WavelengthUnit::InverseCentimetre);
  }));
  prints.insert(print([](DatasetParts& p) { p.abundances.reset(); }));
  prints.insert(
      print([](DatasetParts& p) { p.abundances = *Abundances::create(p.abundances->values(), {"x", "z"}); }));
  EXPECT_EQ(prints.size(), 8U);
}

struct Broken {
  const char* name;
  void (*change)(DatasetParts&);
  const char* where;
  const char* says;
};

class DatasetBroken : public testing::TestWithParam<Broken> {};

TEST_P(DatasetBroken, IsRefusedWithItsPlaceAndNumbers) {
  auto parts = complete();
  GetParam().change(parts);
  const auto data = Dataset::create(std::move(parts));
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().kind, Error::Kind::Data);
  EXPECT_EQ(data.error().where, GetParam().where);
  EXPECT_THAT(data.error().message(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, DatasetBroken,
    testing::Values(
        Broken{"no_rows", [](DatasetParts& p) { p.spectra = Matrix<float>(0, 3); }, "/spectra", "no spectra"},
        Broken{"one_channel", [](DatasetParts& p) { p.spectra = Matrix<float>(4, 1); }, "/spectra", "[4, 1]"},
        Broken{"all_missing", [](DatasetParts& p) { p.spectra = Matrix<float>(4, 3, kNan); }, "/spectra",
               "each of 4 rows"},
        Broken{"axis", [](DatasetParts& p) { p.wavelength = WavelengthAxis::channels(5); }, "/wavelength",
               "found 5"},
        Broken{"mask_length", [](DatasetParts& p) { p.bad_channels = {0}; }, "/bad_channel", "found 1"},
        Broken{"mask_all", [](DatasetParts& p) { p.bad_channels = {1, 1, 1}; }, "/bad_channel",
               "every channel"},
        Broken{"image", [](DatasetParts& p) { p.image_shape = ImageShape{3, 2}; }, "image_shape", "3 x 2"},
        Broken{"image_overflow",
               [](DatasetParts& p) { p.image_shape = ImageShape{std::size_t{1} << 62, 16}; }, "image_shape",
               "x 16"},
        Broken{"abundance_rows",
               [](DatasetParts& p) {
                 p.abundances = *Abundances::create(Matrix<double>(3, 2, 0.5), {"x", "y"});
               },
               "/abundance", "[3, 2]"},
        Broken{"truth_rows", [](DatasetParts& p) { p.true_abundances = Matrix<double>(3, 2); },
               "/abundance_true", "[3, 2]"},
        Broken{"truth_components", [](DatasetParts& p) { p.true_abundances = Matrix<double>(4, 3); },
               "/abundance_true", "2 components"},
        Broken{"group_rows", [](DatasetParts& p) { p.groups->of_row.pop_back(); }, "/group", "found 3"},
        Broken{"group_range", [](DatasetParts& p) { p.groups->of_row[2] = 2; }, "/group", "row 2"},
        Broken{"group_names", [](DatasetParts& p) { p.groups->names.pop_back(); }, "/group_names", "found 1"},
        Broken{"group_codes", [](DatasetParts& p) { p.groups->codes = {3, 3}; }, "/group_codes", "same code"},
        Broken{"endmember_channels", [](DatasetParts& p) { p.endmembers = Matrix<float>(2, 4); },
               "/endmembers", "[2, 4]"},
        Broken{"endmember_rows", [](DatasetParts& p) { p.endmembers = Matrix<float>(3, 3); }, "/endmembers",
               "2 rows"},
        Broken{"endmember_names", [](DatasetParts& p) { p.endmember_names = {"one"}; }, "/endmember_names",
               "found 1"},
        Broken{"by_group_blocks", [](DatasetParts& p) { p.endmembers_by_group.pop_back(); },
               "/endmembers_by_group", "1 blocks"},
        Broken{"by_group_shape", [](DatasetParts& p) { p.endmembers_by_group[1] = Matrix<float>(1, 3); },
               "/endmembers_by_group", "[1, 3]"},
        Broken{"column_length", [](DatasetParts& p) { p.metadata[0].values = std::vector<double>{1}; },
               "/depth", "found 1"},
        Broken{"column_twice", [](DatasetParts& p) { p.metadata[1].name = "depth"; }, "/depth", "same name"},
        Broken{"column_unnamed", [](DatasetParts& p) { p.metadata[1].name.clear(); }, "metadata", "no name"}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace assayer
