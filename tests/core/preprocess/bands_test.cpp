// SPDX-License-Identifier: GPL-3.0-or-later
// Resampling to bands that each have a place and a width of their own.
#include "core/preprocess/bands.h"

#include <gmock/gmock.h>

#include "../numeric/expected_json.h"
#include "preprocess_data.h"

namespace assayer {
namespace {

using test::dataset_of;
using test::fitted;
using test::pipeline_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Flags = std::vector<std::uint8_t>;

SensorBands sensor(std::vector<double> centres, WavelengthUnit unit, std::vector<double> fwhm = {}) {
  return {*WavelengthAxis::create(std::move(centres), unit), std::move(fwhm)};
}

StepSettings step_of(const std::string& text) {
  return pipeline_of({text}).steps.front();
}

std::string refusal(const std::string& text, const Dataset& data) {
  const auto pipeline = Pipeline::parse(std::vector<std::string>{text});
  if (!pipeline) return pipeline.error().message();
  const auto result = FittedPipeline::fit(*pipeline, data, {});
  return result ? "" : result.error().message();
}

TEST(Bands, AgreeWithNumpyBandByBand) {
  const auto file = test::expected_json("core/preprocess/expected_bands.json");
  const auto& rows = file["spectra"];
  for (const auto& expected : file["cases"]) {
    const auto text = expected["step"].get<std::string>();
    const bool falling = expected["axis"] == "falling";
    const bool masked = expected["masked"].get<bool>();
    SCOPED_TRACE(text + (masked ? ", masked" : "") + (falling ? ", falling" : ""));
    DatasetParts parts;
    parts.spectra = Matrix<float>(rows.size(), rows[0].size());
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::size_t c = 0; c < rows[r].size(); ++c) parts.spectra(r, c) = rows[r][c].get<float>();
    parts.wavelength =
        *WavelengthAxis::create(test::vector_of(file[falling ? "falling" : "axis"]),
                                falling ? WavelengthUnit::InverseCentimetre : WavelengthUnit::Micrometre);
    if (masked) parts.bad_channels = file["bad"].get<Flags>();
    const DatasetPtr data = dataset_of(std::move(parts));
    const auto pipeline = fitted(pipeline_of({text}), *data, {});
    ASSERT_NE(pipeline, nullptr);
    const auto applied = *pipeline->apply(data->spectra().view());
    const auto& values = expected["values"];
    ASSERT_EQ(applied.cols(), values[0].size());
    std::size_t bad = 0;
    for (std::size_t j = 0; j < applied.cols(); ++j) {
      const bool known = !values[0][j].is_null();
      EXPECT_EQ(pipeline->output().bad[j] == 0, known) << "band " << j;
      bad += known ? 0 : 1;
      for (std::size_t r = 0; known && r < applied.rows(); ++r)
        EXPECT_NEAR(applied(r, j), values[r][j].get<double>(), 1e-6) << r << ", band " << j;
    }
    // What is lost is told, too.
    EXPECT_THAT(pipeline->describe().front().english(),
                HasSubstr(std::to_string(bad) + " of 14 positions are bad channels"));
  }
}

/// Independent of any sum over channels: a Gaussian line of width a seen by a Gaussian band of width b is a
/// Gaussian of width root(a² + b²) and of the same area. So is what the step's help says of a source that has
/// a width already.
TEST(Bands, WidenALineAsTheTheoryHasIt) {
  constexpr double line = 0.03;
  constexpr double centre = 1.0;
  const auto gaussian = [](double x, double fwhm) {
    return std::exp(-4 * std::log(2.0) * (x - centre) * (x - centre) / (fwhm * fwhm));
  };
  DatasetParts parts;
  constexpr std::size_t channels = 4000;
  parts.spectra = Matrix<float>(1, channels);
  std::vector<double> axis(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    // Three times as dense at the right end as at the left.
    const double t = static_cast<double>(c) / (channels - 1);
    axis[c] = 0.7 + 0.6 * (1.5 * t - 0.5 * t * t);
    parts.spectra(0, c) = static_cast<float>(gaussian(axis[c], line));
  }
  parts.wavelength = *WavelengthAxis::create(axis, WavelengthUnit::Micrometre);
  const DatasetPtr data = dataset_of(std::move(parts));
  const std::vector<double> places = {0.93, 0.98, 1.0, 1.015, 1.06};
  const std::vector<double> widths = {0.05, 0.01, 0.02, 0.04, 0.08};
  const auto pipeline =
      fitted(pipeline_of(
                 {"resample:method=gaussian,positions=0.93+0.98+1+1.015+1.06,fwhm=0.05+0.01+0.02+0.04+0.08"}),
             *data, {});
  const auto seen = *pipeline->apply(data->spectra().view());
  for (std::size_t j = 0; j < places.size(); ++j) {
    const double wide = std::hypot(line, widths[j]);
    EXPECT_NEAR(seen(0, j), line / wide * gaussian(places[j], wide), 1e-5) << j;
  }
}

TEST(Bands, AChannelBesideAGapStandsForItsOwnShareOnly) {
  // Between 1.0 and 2.0 the channels are masked and hold nonsense; the others rise by 1 per um.
  DatasetParts parts;
  std::vector<double> axis(301);
  parts.spectra = Matrix<float>(1, axis.size());
  parts.bad_channels.assign(axis.size(), 0);
  for (std::size_t c = 0; c < axis.size(); ++c) {
    axis[c] = 0.01 * static_cast<double>(c);
    parts.bad_channels[c] = c > 100 && c < 200 ? 1 : 0;
    parts.spectra(0, c) = parts.bad_channels[c] != 0 ? 1e6F : static_cast<float>(axis[c]);
  }
  parts.wavelength = *WavelengthAxis::create(axis, WavelengthUnit::InverseCentimetre);
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto pipeline =
      fitted(pipeline_of({"resample:method=gaussian,positions=0.5+0.98+1.5,fwhm=0.1"}), *data, {});
  const auto seen = *pipeline->apply(data->spectra().view());
  EXPECT_EQ(pipeline->output().bad, (Flags{0, 0, 1}));
  EXPECT_NEAR(seen(0, 0), 0.5, 1e-6);
  // Half of the band is there. Its mean lies on the side of what is there; where the last channel stood for
  // half of the gap, it would lie above 0.99.
  EXPECT_GT(seen(0, 1), 0.93);
  EXPECT_LT(seen(0, 1), 0.975);
}

TEST(Bands, WithoutAChannelWithinTheirWidthAreBad) {
  const DatasetPtr data = dataset_of(test::smooth_parts(2, 50));  // 0.50, 0.51 … 0.99 um
  const auto bad = [&](const std::string& fwhm) {
    return fitted(pipeline_of({"resample:method=gaussian,positions=0.6+0.655+0.7025,fwhm=" + fwhm}), *data,
                  {})
        ->output()
        .bad;
  };
  EXPECT_EQ(bad("0.006"), (Flags{0, 0, 0}));
  EXPECT_EQ(bad("0.004"), (Flags{0, 1, 0}));
  EXPECT_EQ(bad("0.001+0.01+0.001"), (Flags{0, 0, 1}));
  EXPECT_EQ(bad("1e-300"), (Flags{0, 1, 1}));  // on a channel its value, whatever the width
  EXPECT_THAT(refusal("resample:method=gaussian,positions=0.655+0.7025,fwhm=0.001", *data),
              HasSubstr("no band is wide enough to see a channel"));
  EXPECT_THAT(refusal("resample:method=gaussian,positions=0.655+0.7025+0.8,fwhm=0.01+0.02", *data),
              HasSubstr("one number as fwhm, or 3 joined by +, found 2"));
  // Interpolation needs no width, so a list of other bands does not matter to it.
  EXPECT_EQ(refusal("resample:positions=0.655+0.7025+0.8,fwhm=0.01+0.02", *data), "");
  EXPECT_THAT(refusal("resample:method=gaussian,positions=0.6+0.7,fwhm=0.01+-0.02", *data),
              HasSubstr("expected numbers of at least 0 joined by +, found -0.02 as number 2"));
  EXPECT_THAT(refusal("resample:method=gaussian,positions=0.6+0.7,fwhm=0.01+wide", *data),
              HasSubstr("\"wide\" as number 2"));
  EXPECT_THAT(refusal("resample:positions=0.6+inf", *data), HasSubstr("\"inf\" as number 2"));
}

TEST(Bands, AreTakenFromASensorInTheUnitOfTheSpectra) {
  const SensorBands bands = sensor({450.938721, 550, 900}, WavelengthUnit::Nanometre, {5.55165, 0, 6.5});
  StepSettings step = step_of("resample:method=gaussian,step=0.1,from=0.5");
  ASSERT_TRUE(take_bands(step, bands, WavelengthUnit::Micrometre));
  EXPECT_EQ(step.to_text(),
            "resample:method=gaussian,positions=0.450938721+0.55+0.9,fwhm=0.00555165+0+0.0065,unit=um");
  // The same unit to the last bit, so that the axis is the sensor's.
  ASSERT_TRUE(take_bands(step = step_of("resample:unit=nm"), bands, WavelengthUnit::Micrometre));
  EXPECT_EQ(step.numbers("positions"), (std::vector<double>{450.938721, 550, 900}));
  EXPECT_EQ(step.numbers("fwhm"), bands.fwhm);
  // Wavenumbers: half-maximum points of a band of 10 nm at 1000 nm are 1e7/995 and 1e7/1005.
  ASSERT_TRUE(take_bands(step = step_of("resample"),
                         sensor({1000, 2000}, WavelengthUnit::Nanometre, {10, 10}),
                         WavelengthUnit::InverseCentimetre));
  EXPECT_THAT(step.numbers("positions"), ElementsAre(10000, 5000));
  EXPECT_NEAR(step.numbers("fwhm")[0], 1e7 / 995 - 1e7 / 1005, 1e-4 * 100);
  EXPECT_NEAR(step.numbers("fwhm")[1], 1e7 / 1995 - 1e7 / 2005, 1e-4 * 25);

  // Without widths one for all stays, and those of other bands go.
  const SensorBands bare = sensor({1, 2}, WavelengthUnit::Micrometre);
  ASSERT_TRUE(take_bands(step = step_of("resample:fwhm=0.1"), bare, WavelengthUnit::Micrometre));
  EXPECT_EQ(step.to_text(), "resample:positions=1+2,fwhm=0.1,unit=um");
  ASSERT_TRUE(take_bands(step = step_of("resample:fwhm=0.1+0.2+0.3"), bare, WavelengthUnit::Micrometre));
  EXPECT_EQ(step.to_text(), "resample:positions=1+2,unit=um");

  for (const WavelengthUnit plain : {WavelengthUnit::Channel, WavelengthUnit::Pixel}) {
    StepSettings same = step_of("resample:step=2");
    const Status refused = take_bands(same, bands, plain);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("does not convert"));
    EXPECT_EQ(same, step_of("resample:step=2"));
  }
}

TEST(Bands, AreInTheUnitThatAStepBeforeHasGoneTo) {
  Pipeline pipeline = pipeline_of({"snv", "resample:step=10,unit=nm", "resample:step=1"});
  EXPECT_EQ(unit_before(pipeline, 1, WavelengthUnit::Micrometre), WavelengthUnit::Micrometre);
  EXPECT_EQ(unit_before(pipeline, 2, WavelengthUnit::Micrometre), WavelengthUnit::Nanometre);
  pipeline.steps[1].set_enabled(false);
  EXPECT_EQ(unit_before(pipeline, 2, WavelengthUnit::Micrometre), WavelengthUnit::Micrometre);
}

TEST(Bands, LeaveNotesThatFitTheNewChannels) {
  DatasetParts parts = test::smooth_parts(2, 6);
  parts.provenance.attributes = {
      {"fwhm", "1, 2, 3, 4, 5, 6"}, {"band names", "a, b b, c, d, e, f"}, {"site", "1, 2, 3, 4, 5, 6"}};
  const DatasetPtr data = dataset_of(parts);
  const auto notes = [](const DatasetPtr& from, const std::vector<std::string>& steps) {
    const auto made = fitted(pipeline_of(steps), *from, {0, 1})->apply(*from, FittedPipeline::Leave::Out);
    EXPECT_TRUE(made.has_value());
    return made->data->provenance().attributes;
  };
  auto left = notes(data, {"mask:keep=1-2+5", "snv"});
  EXPECT_EQ(left.at("fwhm"), "2, 3, 6");
  EXPECT_EQ(left.at("band names"), "b b, c, f");
  EXPECT_EQ(left.at("site"), "1, 2, 3, 4, 5, 6");
  left = notes(data,
               {"resample:method=gaussian,positions=0.51+0.52+0.54,fwhm=0.02+0.025+0.03", "crop:from=0.515"});
  EXPECT_EQ(left.at("fwhm"), "0.025, 0.03");
  EXPECT_THAT(left, Not(testing::Contains(testing::Key("band names"))));
  left = notes(data, {"resample:step=0.007"});
  EXPECT_THAT(left, Not(testing::Contains(testing::Key("fwhm"))));
  EXPECT_EQ(notes(data, {"snv"}).at("band names"), "a, b b, c, d, e, f");
  // As numbers of HDF5 are read; and one that was wrong before.
  parts.provenance.attributes = {{"fwhm", "1 2 3 4 5 6"}, {"band names", "a, b"}};
  left = notes(dataset_of(parts), {"mask:drop=0"});
  EXPECT_EQ(left.at("fwhm"), "2, 3, 4, 5, 6");
  EXPECT_THAT(left, Not(testing::Contains(testing::Key("band names"))));
}

TEST(Bands, WidthsAreReadFromNotes) {
  EXPECT_THAT(read_widths("5.5, 4,\n+5e0 10", 4), ElementsAre(5.5, 4, 5, 10));
  EXPECT_THAT(read_widths("5, -1, 0, nan", 4), ElementsAre(5, 0, 0, 0));
  EXPECT_THAT(read_widths("5, 4", 3), IsEmpty());
  EXPECT_THAT(read_widths("5, wide", 2), IsEmpty());
  EXPECT_THAT(read_widths(widths_note(std::vector<double>{0.1, 2e-7}), 2), ElementsAre(0.1, 2e-7));
}

TEST(Bands, LongListsAreShortForPeopleAndWholeInFiles) {
  const StepSettings step = step_of("resample:positions=0.50+0.6+7e-1+0.8+0.9+1.0,fwhm=0.1+0.2");
  EXPECT_EQ(step.to_text(), "resample:positions=0.5+0.6+0.7+0.8+0.9+1,fwhm=0.1+0.2");
  EXPECT_EQ(step.to_short_text(), "resample:positions=0.5+0.6+…+1 (6 numbers),fwhm=0.1+0.2");
  EXPECT_EQ(step_of(step.to_text()), step);
  EXPECT_EQ(step_of("resample:step=1e20,positions=1e20+3").numbers("positions"),
            (std::vector<double>{1e20, 3}));
}

TEST(Bands, AreRestoredBitForBit) {
  const DatasetPtr data = dataset_of(test::smooth_parts(20, 64));
  const auto pipeline =
      fitted(pipeline_of({"resample:method=gaussian,positions=0.4+0.6+0.653+0.9,fwhm=0.1+0.03+0.001+0.2"}),
             *data, {});
  const auto restored = FittedPipeline::restore(pipeline->state());
  ASSERT_TRUE(restored.has_value()) << restored.error().message();
  EXPECT_EQ((*restored)->state(), pipeline->state());
  const auto before = *pipeline->apply(data->spectra().view());
  const auto after = *(*restored)->apply(data->spectra().view());
  EXPECT_EQ(pipeline->output().bad, (Flags{1, 0, 1, 0}));
  for (std::size_t r = 0; r < before.rows(); ++r)
    for (const std::size_t j : {1UL, 3UL}) EXPECT_EQ(before(r, j), after(r, j));
}

}  // namespace
}  // namespace assayer
