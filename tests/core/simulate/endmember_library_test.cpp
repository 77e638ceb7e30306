// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/endmember_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "lab_fixture.h"

namespace assayer {
namespace {

using lab_test::make_library;
using testing::HasSubstr;

std::vector<double> evenly(double first, double last, std::size_t n) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = first + (last - first) * static_cast<double>(i) / static_cast<double>(n - 1);
  }
  return values;
}

template <class Function>
Matrix<float> spectra_of(const std::vector<double>& axis, Function value) {
  Matrix<float> spectra(3, axis.size());
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < axis.size(); ++c) spectra(k, c) = static_cast<float>(value(k, axis[c]));
  }
  return spectra;
}

const auto kSloped = [](std::size_t k, double um) { return 0.3 + 0.1 * static_cast<double>(k) + 0.1 * um; };

TEST(EndmemberLibrary, SlopedSpectraComeThroughUnchangedToTheirEnds) {
  const auto axis = evenly(0.9, 2.5, 83);
  const auto library = make_library(axis, WavelengthUnit::Micrometre, spectra_of(axis, kSloped));
  ASSERT_TRUE(library);
  const auto channels = evenly(0.9, 2.5, 165);
  const auto result = resample_library(*library, 3, channels);
  ASSERT_TRUE(result) << result.error().message();
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t c = 0; c < channels.size(); ++c) {
      EXPECT_NEAR(result->spectra(k, c), kSloped(k, channels[c]), 1e-6);
    }
  }
  EXPECT_TRUE(result->note.empty()) << result->note;
}

TEST(EndmemberLibrary, FineSpectraAreAveragedOverTheChannel) {
  // A ripple of half a channel's period averages out; picking the nearest sample would keep all of it.
  const auto axis = evenly(0.8, 2.6, 18001);
  const auto rippled = [](std::size_t, double um) {
    return 0.5 + 0.1 * std::sin(2 * std::numbers::pi * um / 0.005);
  };
  const auto library = make_library(axis, WavelengthUnit::Micrometre, spectra_of(axis, rippled));
  ASSERT_TRUE(library);
  const auto channels = evenly(0.9, 2.5, 161);  // 10 nm apart: two periods each
  const auto result = resample_library(*library, 3, channels);
  ASSERT_TRUE(result) << result.error().message();
  for (std::size_t c = 0; c < channels.size(); ++c) EXPECT_NEAR(result->spectra(0, c), 0.5, 1e-4);
}

TEST(EndmemberLibrary, UnitsAndDirectionDoNotMatter) {
  const auto um = evenly(0.85, 2.55, 171);
  std::vector<double> nm;
  std::vector<double> wavenumber;
  for (const double w : um) {
    nm.push_back(1000 * w);
    wavenumber.push_back(1e4 / w);
  }
  const auto spectra = spectra_of(um, kSloped);
  const auto channels = evenly(0.9, 2.5, 100);
  for (const auto& [axis, unit] :
       {std::pair{nm, WavelengthUnit::Nanometre}, std::pair{wavenumber, WavelengthUnit::InverseCentimetre}}) {
    const auto library = make_library(axis, unit, spectra);
    ASSERT_TRUE(library);
    const auto result = resample_library(*library, 3, channels);
    ASSERT_TRUE(result) << result.error().message();
    for (std::size_t c = 0; c < channels.size(); ++c) {
      EXPECT_NEAR(result->spectra(1, c), kSloped(1, channels[c]), 1e-6);
    }
  }
}

TEST(EndmemberLibrary, HalfAChannelBeyondTheEndIsHeldAndSaid) {
  const auto axis = evenly(0.904, 2.5, 200);
  const auto library = make_library(axis, WavelengthUnit::Micrometre, spectra_of(axis, kSloped));
  ASSERT_TRUE(library);
  const auto result = resample_library(*library, 3, evenly(0.9, 2.5, 165));
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_NEAR(result->spectra(0, 0), kSloped(0, 0.904), 1e-6);
  EXPECT_THAT(result->note, HasSubstr("1 channel(s) at the short and 0 at the long end"));
}

TEST(EndmemberLibrary, RefusesToExtrapolate) {
  const auto axis = evenly(0.92, 2.5, 200);
  const auto library = make_library(axis, WavelengthUnit::Micrometre, spectra_of(axis, kSloped));
  ASSERT_TRUE(library);
  const auto result = resample_library(*library, 3, evenly(0.9, 2.5, 165));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("does not reach over all channels"));
  EXPECT_THAT(result.error().found, HasSubstr("0.92–2.5"));
}

TEST(EndmemberLibrary, RefusesARangeElsewhere) {
  // Micrometres taken for nanometres are the usual cause.
  const auto axis = evenly(0.9, 2.5, 200);
  const auto library = make_library(axis, WavelengthUnit::Nanometre, spectra_of(axis, kSloped));
  ASSERT_TRUE(library);
  const auto result = resample_library(*library, 3, evenly(0.9, 2.5, 165));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("does not overlap"));
  EXPECT_THAT(result.error().mend, HasSubstr("unit"));
}

TEST(EndmemberLibrary, BridgesSingleGapsButNoHoles) {
  const auto axis = evenly(0.9, 2.5, 161);  // 10 nm
  auto spectra = spectra_of(axis, kSloped);
  for (std::size_t c = 50; c < 55; ++c) spectra(1, c) = std::numeric_limits<float>::quiet_NaN();
  const auto channels = evenly(0.9, 2.5, 165);
  const auto gap = make_library(axis, WavelengthUnit::Micrometre, spectra);
  ASSERT_TRUE(gap);
  const auto bridged = resample_library(*gap, 3, channels);
  ASSERT_TRUE(bridged) << bridged.error().message();
  for (std::size_t c = 0; c < channels.size(); ++c) {
    EXPECT_NEAR(bridged->spectra(1, c), kSloped(1, channels[c]), 1e-6);
  }
  for (std::size_t c = 50; c < 65; ++c) spectra(1, c) = std::numeric_limits<float>::quiet_NaN();
  const auto hole = make_library(axis, WavelengthUnit::Micrometre, spectra);
  ASSERT_TRUE(hole);
  const auto refused = resample_library(*hole, 3, channels);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("hole"));
  EXPECT_THAT(refused.error().found, HasSubstr("1.39"));
}

TEST(EndmemberLibrary, WantsWavelengths) {
  Matrix<float> spectra(3, 50, 0.5F);
  spectra(0, 0) = 0.4F;
  const auto library = make_library(evenly(0, 49, 50), WavelengthUnit::Channel, spectra);
  ASSERT_TRUE(library);
  const auto result = resample_library(*library, 3, evenly(0.9, 2.5, 165));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("no wavelengths"));
}

}  // namespace
}  // namespace assayer
