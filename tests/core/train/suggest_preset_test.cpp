// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/io/importer.h"
#include "core/train/train_plan.h"
#include "small_data.h"

namespace assayer {
namespace {

using testing::HasSubstr;

/// `channels` from `low` to `high` nm: a weak background, and lines of height `line` where there are any.
DatasetParts emission(double low, double high, float line, std::size_t channels = 3000) {
  DatasetParts parts = test::lattice(3);
  const std::size_t rows = parts.spectra.rows();
  parts.spectra = Matrix<float>(rows, channels, 1.0F);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t c = 50; c < channels; c += 100) parts.spectra(i, c) = line;
  }
  std::vector<double> nm(channels);
  for (std::size_t c = 0; c < channels; ++c)
    nm[c] = low + (high - low) * static_cast<double>(c) / static_cast<double>(channels - 1);
  parts.wavelength = *WavelengthAxis::create(std::move(nm), WavelengthUnit::Nanometre);
  return parts;
}

std::string suggested(DatasetParts parts) {
  return suggest_preset(*test::make_data(std::move(parts))).name;
}

TEST(SuggestPreset, EmissionLinesFromTheUltravioletOnAreLibs) {
  const auto data = test::make_data(emission(240, 900, 40));
  const SuggestedPreset preset = suggest_preset(*data);
  EXPECT_EQ(preset.name, "libs");
  EXPECT_THAT(preset.reason.english(), HasSubstr("3000 channels"));
  EXPECT_THAT(suggest_plan(*data).reason.english(), HasSubstr("Preset libs"));
  EXPECT_EQ(suggest_plan(*data).unfeatured, "peak:501:0.85");
  EXPECT_EQ(suggest_plan(*data, "crism").unfeatured, "corners:501:0.05");
}

TEST(SuggestPreset, OtherSpectraAreNot) {
  EXPECT_EQ(suggested(emission(900, 2500, 40)), "guided") << "infrared";
  EXPECT_EQ(suggested(emission(240, 900, 1.5F)), "guided") << "no lines";
  EXPECT_EQ(suggested(emission(240, 900, 40, 500)), "guided") << "few channels";
  DatasetParts centred = emission(240, 900, 40);
  for (std::size_t i = 0; i < centred.spectra.rows(); ++i) {
    for (float& value : centred.spectra.row(i)) value -= 2;
  }
  EXPECT_EQ(suggested(std::move(centred)), "guided") << "mostly negative";
}

DatasetParts pixels(float white, std::size_t channels = 64) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(12, channels);
  Matrix<double> y(12, 3);
  for (std::size_t i = 0; i < 12; ++i) {
    y(i, i % 3) = 1;
    parts.spectra(i, i) = white;
  }
  parts.wavelength = WavelengthAxis::channels(channels);
  parts.abundances = *Abundances::create(std::move(y), {"0", "1", "2"});
  return parts;
}

TEST(SuggestPreset, PicturesOfClassesAreMnist) {
  for (const float white : {1.0F, 0.4F, 255.0F, 200.0F}) EXPECT_EQ(suggested(pixels(white)), "mnist");
  const auto data = test::make_data(pixels(255));
  EXPECT_THAT(suggest_preset(*data).reason.english(), HasSubstr("64 values of 0 to 255"));
  EXPECT_EQ(suggest_plan(*data).unfeatured, "one-hot:1500");
}

TEST(SuggestPreset, OtherPixelsAreNot) {
  EXPECT_EQ(suggested(pixels(1.5F)), "guided") << "neither shares nor bytes";
  EXPECT_EQ(suggested(pixels(-1)), "guided");
  EXPECT_EQ(suggested(pixels(1, 60)), "guided") << "no square";
  DatasetParts mixtures = pixels(1);
  mixtures.abundances = *Abundances::create(Matrix<double>(12, 3, 1.0 / 3), {"0", "1", "2"});
  EXPECT_EQ(suggested(std::move(mixtures)), "guided") << "mixtures, no classes";
  DatasetParts infrared = pixels(1);
  std::vector<double> nm(64);
  for (std::size_t c = 0; c < 64; ++c) nm[c] = 1000 + 10 * static_cast<double>(c);
  infrared.wavelength = *WavelengthAxis::create(std::move(nm), WavelengthUnit::Nanometre);
  EXPECT_EQ(suggested(std::move(infrared)), "guided") << "wavelengths";
}

TEST(SuggestPreset, KnowsGenuineData) {
  const std::pair<const char*, const char*> known[] = {
      {"crism_like.h5", "guided"},       {"samson.h5", "guided"},       {"tecator_meat.h5", "guided"},
      {"chemcam_ccs_sol13.h5", "libs"},  {"bhvo2_chemcam.h5", "libs"},  {"libs_jsc_basalts.h5", "libs"},
      {"relab_xp_opx_cpx.h5", "guided"}, {"usgs_fo_di_by.h5", "guided"}};
  const auto folder = std::filesystem::path(ASSAYER_SHARED_DIR) / "data";
  if (!std::filesystem::exists(folder / "bhvo2_chemcam.h5")) GTEST_SKIP() << folder << " is not there";
  for (const auto& [file, preset] : known) {
    RunControl control;
    const auto imported = ImporterRegistry::standard().load(folder / file, control);
    ASSERT_TRUE(imported) << imported.error().message();
    EXPECT_EQ(suggest_preset(*imported->data).name, preset) << file;
  }
}

}  // namespace
}  // namespace assayer
