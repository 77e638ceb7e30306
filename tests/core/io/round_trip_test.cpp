// SPDX-License-Identifier: GPL-3.0-or-later
// What goes out in a format of named arrays comes back: bit by bit for what it can hold, with a word for the
// rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "compare_datasets.h"
#include "core/base/random.h"
#include "core/io/exporter.h"
#include "core/io/importer.h"
#include "temporary_folder.h"

namespace assayer {
namespace {

using testing::HasSubstr;

DatasetPtr everything(bool attributes) {
  Random random(3);
  constexpr std::size_t rows = 12;
  constexpr std::size_t channels = 7;
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, channels);
  for (std::size_t i = 0; i < rows * channels; ++i)
    parts.spectra.data()[i] = static_cast<float>(random.normal());
  parts.spectra(3, 2) = std::nanf("");
  std::vector<double> axis(channels);
  for (std::size_t c = 0; c < channels; ++c) axis[c] = 1000.0 - 100.1 * static_cast<double>(c);
  parts.wavelength = *WavelengthAxis::create(axis, WavelengthUnit::InverseCentimetre);
  Matrix<double> mixed(rows, 3);
  for (std::size_t r = 0; r < rows; ++r) {
    mixed(r, 0) = random.uniform(0, 0.5);
    mixed(r, 1) = random.uniform(0, 0.5);
    mixed(r, 2) = 1 - mixed(r, 0) - mixed(r, 1);
  }
  for (std::size_t k = 0; k < 3; ++k) mixed(4, k) = std::nan("");
  parts.abundances = *Abundances::create(mixed, {"olivine", "µ-pyroxène", "rest"});
  parts.endmembers = Matrix<float>(3, channels, 0.25F);
  parts.groups = Groups{{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}, {"low", "mid", "hé"}, {-5, 10, 30}};
  std::vector<double> reals(rows);
  std::vector<std::int64_t> wholes(rows);
  std::vector<std::string> texts(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    reals[r] = random.normal();
    wholes[r] = static_cast<std::int64_t>(r) - 4;
    texts[r] = r == 5 ? "" : "site " + std::to_string(r);
  }
  parts.metadata = {{"temperature", reals}, {"shot", wholes}, {"site", texts}};
  parts.image_shape = ImageShape{3, 4};
  parts.bad_channels = {0, 0, 1, 0, 0, 0, 0};
  if (attributes) parts.provenance.attributes["note"] = "a note";
  return *Dataset::create(std::move(parts));
}

class RoundTrip : public testing::TestWithParam<const char*> {};

TEST_P(RoundTrip, IsLossless) {
  const test::TemporaryFolder folder;
  const auto data = everything(false);
  RunControl control;
  const auto path = folder / GetParam();
  const auto written = ExporterRegistry::standard().write(*data, path, {}, control);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_THAT(*written, testing::IsEmpty());
  const auto again = ImporterRegistry::standard().load(path, control);
  ASSERT_TRUE(again) << again.error().message();
  test::expect_equal(*data, *again->data);
  // In the program's own form nothing needs a word.
  if (path.extension() == ".h5")
    EXPECT_THAT(again->warnings, testing::IsEmpty());
  else
    EXPECT_THAT(again->warnings, testing::ElementsAre(HasSubstr("axis descends from 1000 to 399.4 cm-1")));
}

TEST_P(RoundTrip, SaysWhatItCannotHold) {
  const test::TemporaryFolder folder;
  const auto data = everything(true);
  RunControl control;
  const auto path = folder / GetParam();
  const auto written = ExporterRegistry::standard().write(*data, path, {}, control);
  ASSERT_TRUE(written) << written.error().message();
  if (path.extension() == ".h5")
    EXPECT_THAT(*written, testing::IsEmpty());
  else
    EXPECT_THAT(*written, testing::ElementsAre(HasSubstr("the notes about the data are left out")));
  EXPECT_FALSE(ExporterRegistry::standard().write(*data, path, {}, control)) << "an existing file is kept";
  control.request_stop();
  const auto stopped =
      ExporterRegistry::standard().write(*data, folder / (std::string("x") + GetParam()), {}, control);
  ASSERT_FALSE(stopped);
  EXPECT_TRUE(stopped.error().cancelled());
}

INSTANTIATE_TEST_SUITE_P(Formats, RoundTrip, testing::Values("data.npz", "data.mat", "data.h5"),
                         [](const auto& instance) { return std::string(instance.param + 5); });

TEST(RoundTrips, ANpyFileHoldsTheSpectraAlone) {
  const test::TemporaryFolder folder;
  const auto data = everything(false);
  RunControl control;
  const auto written = ExporterRegistry::standard().write(*data, folder / "data.npy", {}, control);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_THAT(*written, testing::Contains(HasSubstr("the wavelengths are left out")));
  EXPECT_THAT(*written, testing::Contains(HasSubstr("the compositions are left out")));
  const auto again = ImporterRegistry::standard().load(folder / "data.npy", control);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->data->rows(), data->rows());
  EXPECT_EQ(again->data->spectra()(11, 6), data->spectra()(11, 6));
}

TEST(RoundTrips, NamesThatMatlabDoesNotTakeAreChangedAndSaid) {
  const test::TemporaryFolder folder;
  DatasetParts parts;
  parts.spectra = Matrix<float>(3, 5, 1.0F);
  parts.metadata = {{"depth (m)", std::vector<double>{1, 2, 3}},
                    {"2nd", std::vector<std::string>{"a", "b", "c"}}};
  const auto data = *Dataset::create(std::move(parts));
  RunControl control;
  const auto written = ExporterRegistry::standard().write(*data, folder / "data.mat", {}, control);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_THAT(*written, testing::ElementsAre(HasSubstr("depth__m_"), HasSubstr("v2nd")));
  const auto again = ImporterRegistry::standard().load(folder / "data.mat", control);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->data->find_metadata("depth__m_")->numbers()->at(2), 3);
  EXPECT_EQ(again->data->find_metadata("v2nd")->text(1), "b");
}

}  // namespace
}  // namespace assayer
