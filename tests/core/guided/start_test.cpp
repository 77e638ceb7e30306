// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/core/guided/simulated.h"

namespace assayer::guided {
namespace {

constexpr std::size_t kComponents = 3;
constexpr std::size_t kChannels = 5;

/// Everything filled with numbers that floats hold exactly, each array with its own.
Start sample() {
  double next = 0;
  const auto matrix = [&](std::size_t rows, std::size_t cols) {
    Matrix<double> made(rows, cols);
    for (std::size_t i = 0; i < made.size(); ++i) made.data()[i] = next += 0.125;
    return made;
  };
  const auto vector = [&](std::size_t size) {
    const Matrix<double> made = matrix(1, size);
    return std::vector<double>(made.values().begin(), made.values().end());
  };
  Start start;
  start.mixture = {.link = {.link = Link::Hapke, .scale = 1.25, .cos_incidence = 0.75, .cos_emission = 0.5},
                   .efficiency = vector(3),
                   .endmembers = matrix(3, 5),
                   .tilt = matrix(2, 5),
                   .tilt_part = matrix(6, 5),
                   .z_centre = vector(2),
                   .spread_v = vector(5),
                   .spread_x = vector(5)};
  start.y_encoder = {EncoderInput::Snv, matrix(5, 3), vector(3), matrix(5, 4), vector(4)};
  start.correction = true;
  start.z_encoder = {EncoderInput::Linear, {}, {}, matrix(5, 2), vector(2)};
  start.z_slope = matrix(5, 2);  // two features and three components
  start.z_intercept = vector(2);
  start.z_spread = vector(2);
  start.scale = 0.375;
  start.label_sd = vector(3);
  start.task = Task::Calibration;
  start.intervals = {.variance = vector(3), .growth = 2.5, .gram = matrix(3, 3)};
  start.misfit = {.median = -1.5,
                  .mad = 0.25,
                  .axes = matrix(2, 5),
                  .hidden_median = -2,
                  .hidden_mad = 0.5,
                  .growth = {0.5, 0.125},
                  .hidden_growth = {2, 0.25}};
  start.endmember_sd = matrix(3, 5);
  start.facts = {{"link", "hapke"},
                 {"encoder_input", "snv"},
                 {"encoder_correction", "yes"},
                 {"task", "calibration"},
                 {"link_reason", "because"}};
  return start;
}

Result<Start> read(const std::vector<NamedArray>& arrays,
                   const std::map<std::string, std::string>& facts = sample().facts,
                   std::size_t components = kComponents, std::size_t channels = kChannels) {
  return Start::from(arrays, facts, components, channels);
}

void expect_data_error(const Result<Start>& start, const std::string& what) {
  ASSERT_FALSE(start) << what;
  EXPECT_EQ(start.error().kind, Error::Kind::Data) << what;
  EXPECT_FALSE(start.error().message().empty());
}

TEST(Start, ReturnsFromItsArrays) {
  const Start start = sample();
  const auto again = read(start.arrays());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->mixture.link, start.mixture.link);
  EXPECT_EQ(again->mixture.efficiency, start.mixture.efficiency);
  EXPECT_EQ(again->mixture.endmembers, start.mixture.endmembers);
  EXPECT_EQ(again->mixture.tilt, start.mixture.tilt);
  EXPECT_EQ(again->mixture.tilt_part, start.mixture.tilt_part);
  EXPECT_EQ(again->mixture.z_centre, start.mixture.z_centre);
  EXPECT_EQ(again->mixture.spread_v, start.mixture.spread_v);
  EXPECT_EQ(again->mixture.spread_x, start.mixture.spread_x);
  EXPECT_EQ(again->y_encoder.input, EncoderInput::Snv);
  EXPECT_EQ(again->y_encoder.regression, start.y_encoder.regression);
  EXPECT_EQ(again->y_encoder.intercept, start.y_encoder.intercept);
  EXPECT_EQ(again->y_encoder.axes, start.y_encoder.axes);
  EXPECT_EQ(again->y_encoder.offset, start.y_encoder.offset);
  EXPECT_TRUE(again->correction);
  EXPECT_EQ(again->z_encoder.input, EncoderInput::Linear);
  EXPECT_EQ(again->z_encoder.axes, start.z_encoder.axes);
  EXPECT_EQ(again->z_encoder.offset, start.z_encoder.offset);
  EXPECT_EQ(again->z_slope, start.z_slope);
  EXPECT_EQ(again->z_intercept, start.z_intercept);
  EXPECT_EQ(again->z_spread, start.z_spread);
  EXPECT_EQ(again->scale, start.scale);
  EXPECT_EQ(again->label_sd, start.label_sd);
  EXPECT_EQ(again->task, Task::Calibration);
  EXPECT_EQ(again->intervals.variance, start.intervals.variance);
  EXPECT_EQ(again->intervals.growth, start.intervals.growth);
  EXPECT_EQ(again->intervals.gram, start.intervals.gram);
  EXPECT_EQ(again->misfit.median, start.misfit.median);
  EXPECT_EQ(again->misfit.mad, start.misfit.mad);
  EXPECT_EQ(again->misfit.axes, start.misfit.axes);
  EXPECT_EQ(again->misfit.hidden_median, start.misfit.hidden_median);
  EXPECT_EQ(again->misfit.hidden_mad, start.misfit.hidden_mad);
  EXPECT_EQ(again->misfit.growth, start.misfit.growth);
  EXPECT_EQ(again->misfit.hidden_growth, start.misfit.hidden_growth);
  EXPECT_EQ(again->endmember_sd, start.endmember_sd);
  EXPECT_EQ(again->facts, start.facts);
  EXPECT_EQ(again->arrays(), start.arrays());
}

TEST(Start, EveryArrayIsNeeded) {
  const std::vector<NamedArray> whole = sample().arrays();
  ASSERT_EQ(whole.size(), 23U);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<NamedArray> arrays = whole;
    arrays.erase(arrays.begin() + static_cast<std::ptrdiff_t>(i));
    const auto start = read(arrays);
    if (whole[i].name == "start/misfit/growth") {
      // Models of before it was known are read as they were meant.
      ASSERT_TRUE(start);
      EXPECT_EQ(start->misfit.growth, MisfitGrowth());
      continue;
    }
    expect_data_error(start, whole[i].name);
    EXPECT_THAT(start.error().message(), testing::HasSubstr(whole[i].name));
  }
}

TEST(Start, EveryShapeIsLookedAt) {
  const std::vector<NamedArray> whole = sample().arrays();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    {
      std::vector<NamedArray> arrays = whole;
      NamedArray& longer = arrays[i];
      if (longer.shape.size() == 1) {
        longer.values.push_back(1);
        ++longer.shape[0];
      } else {  // a column more; one row more of misfit axes would be sense
        longer.values.resize(longer.values.size() + static_cast<std::size_t>(longer.shape[0]), 1.0F);
        ++longer.shape[1];
      }
      expect_data_error(read(arrays), whole[i].name + " is longer");
    }
    {
      std::vector<NamedArray> arrays = whole;
      arrays[i].shape.push_back(1);
      if (whole[i].shape.size() == 2)
        expect_data_error(read(arrays), whole[i].name + " has three dimensions");
      arrays[i].shape = {};
      expect_data_error(read(arrays), whole[i].name + " has no dimension");
    }
    {
      std::vector<NamedArray> arrays = whole;
      arrays[i].values.pop_back();
      expect_data_error(read(arrays), whole[i].name + " has fewer values than its shape says");
    }
  }
}

TEST(Start, EveryNumberMustBeFinite) {
  const std::vector<NamedArray> whole = sample().arrays();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::vector<NamedArray> arrays = whole;
      arrays[i].values.back() = bad;
      expect_data_error(read(arrays), whole[i].name);
    }
  }
}

TEST(Start, ImpossibleNumbersAreRefused) {
  const auto changed = [](auto&& change) {
    Start start = sample();
    change(start);
    return read(start.arrays());
  };
  expect_data_error(changed([](Start& s) { s.mixture.efficiency[1] = 0; }), "efficiency");
  expect_data_error(changed([](Start& s) { s.scale = 0; }), "scale");
  EXPECT_FALSE(changed([](Start& s) { s.mixture.link.scale = -1; }));
  EXPECT_FALSE(changed([](Start& s) { s.mixture.link.cos_emission = 1.5; }));
}

TEST(Start, MustFitTheModel) {
  const std::vector<NamedArray> arrays = sample().arrays();
  expect_data_error(read(arrays, sample().facts, 4, 5), "components");
  expect_data_error(read(arrays, sample().facts, 3, 6), "channels");
}

TEST(Start, FactsNameWhatArraysCannot) {
  const Start start = sample();
  for (const char* key : {"link", "encoder_input"}) {
    auto facts = start.facts;
    facts.erase(key);
    expect_data_error(read(start.arrays(), facts), key);
    facts[key] = "nonsense";
    expect_data_error(read(start.arrays(), facts), key);
  }
  auto facts = start.facts;
  facts["task"] = "unmixing";
  facts["encoder_correction"] = "no";
  const auto other = read(start.arrays(), facts);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->task, Task::Unmixing);
  EXPECT_FALSE(other->correction);
}

TEST(Task, HasNames) {
  EXPECT_EQ(name(Task::Unmixing), "unmixing");
  EXPECT_EQ(name(Task::Calibration), "calibration");
}

}  // namespace
}  // namespace assayer::guided
