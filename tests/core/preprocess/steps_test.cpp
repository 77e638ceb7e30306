// SPDX-License-Identifier: GPL-3.0-or-later
// Every step against an independent implementation: expected_steps.py says which.
#include <gmock/gmock.h>

#include <set>

#include "../numeric/expected_json.h"
#include "preprocess_data.h"

namespace assayer {
namespace {

using test::dataset_of;
using test::fitted;
using test::pipeline_of;
using testing::HasSubstr;

/// `null` is a missing value.
DatasetPtr expected_data(const nlohmann::json& file, const std::string& data, const std::string& axis,
                         bool masked) {
  const auto& rows = file[data];
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows.size(), rows[0].size(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < rows[r].size(); ++c)
      if (!rows[r][c].is_null()) parts.spectra(r, c) = rows[r][c].get<float>();
  parts.wavelength = *WavelengthAxis::create(test::vector_of(file[axis]), WavelengthUnit::Micrometre);
  if (masked) parts.bad_channels = file["bad"].get<std::vector<std::uint8_t>>();
  return dataset_of(std::move(parts));
}

TEST(PreprocessSteps, AgreeWithIndependentImplementations) {
  const auto file = test::expected_json("core/preprocess/expected_steps.json");
  std::set<std::string> kinds;
  for (const auto& expected : file["cases"]) {
    const auto text = expected["step"].get<std::string>();
    const bool masked = expected["masked"].get<bool>();
    SCOPED_TRACE(text + ", " + expected["data"].get<std::string>() + ", axis " +
                 expected["axis"].get<std::string>() + (masked ? ", masked" : ""));
    const DatasetPtr data =
        expected_data(file, expected["data"].get<std::string>(), expected["axis"].get<std::string>(), masked);
    const auto pipeline = fitted(pipeline_of({text}), *data, test::all_rows(*data));
    ASSERT_NE(pipeline, nullptr);
    kinds.insert(std::string(pipeline->pipeline().steps.front().info().name));
    const auto applied = pipeline->apply(data->spectra().view());
    ASSERT_TRUE(applied.has_value()) << applied.error().message();
    const auto& values = expected["values"];
    ASSERT_EQ(applied->rows(), values.size());
    ASSERT_EQ(applied->cols(), values[0].size());
    const double tolerance = expected["tolerance"].get<double>();
    for (std::size_t r = 0; r < values.size(); ++r) {
      for (std::size_t c = 0; c < values[r].size(); ++c) {
        const double found = (*applied)(r, c);
        if (values[r][c].is_null()) {
          // A bad channel, or a position outside the spectra.
          EXPECT_NE(pipeline->output().bad[c], 0) << "channel " << c;
          continue;
        }
        if (pipeline->output().bad[c] != 0 && masked) continue;
        EXPECT_EQ(pipeline->output().bad[c], 0) << "channel " << c;
        if (values[r][c].is_string()) {
          // Missing in a channel that is not bad.
          EXPECT_TRUE(std::isnan(found)) << r << ", " << c;
          continue;
        }
        const double wanted = values[r][c].get<double>();
        EXPECT_NEAR(found, wanted, tolerance * std::max(1.0, std::abs(wanted))) << r << ", " << c;
      }
    }
    if (expected.contains("new_axis")) {
      for (std::size_t c = 0; c < expected["new_axis"].size(); ++c)
        EXPECT_NEAR(pipeline->output().axis[c], expected["new_axis"][c].get<double>(), 1e-9);
    }
  }
  for (const StepInfo& kind : step_kinds()) {
    EXPECT_TRUE(kinds.contains(std::string(kind.name))) << kind.name;
    EXPECT_FALSE(kind.source.empty()) << kind.name;
  }
}

TEST(PreprocessSteps, MaskAndCropTakeChannelsAxisAndFlagsAlong) {
  DatasetParts parts = test::smooth_parts(4, 20);
  parts.bad_channels.assign(20, 0);
  parts.bad_channels[6] = 1;
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto masked = fitted(pipeline_of({"mask:keep=2-7+15-17,drop=3"}), *data, {});
  EXPECT_EQ(masked->output().size(), 8U);  // 2 4 5 6 7 15 16 17
  EXPECT_DOUBLE_EQ(masked->output().axis[1], data->wavelength()[4]);
  EXPECT_EQ(masked->output().bad, (std::vector<std::uint8_t>{0, 0, 0, 1, 0, 0, 0, 0}));
  const auto values = *masked->apply(data->spectra().view());
  EXPECT_EQ(values(3, 5), data->spectra()(3, 15));

  const auto cropped = fitted(pipeline_of({"crop:from=545,to=600,unit=nm"}), *data, {});
  EXPECT_EQ(cropped->output().size(), 6U);  // 0.55 … 0.60 µm
  EXPECT_DOUBLE_EQ(cropped->output().axis[0], 0.55);
}

TEST(PreprocessSteps, AxesThatFallAndHaveAnotherUnitAreUnderstood) {
  DatasetParts parts = test::smooth_parts(2, 30);
  std::vector<double> wavenumbers(30);
  for (std::size_t c = 0; c < 30; ++c) wavenumbers[c] = 4000 - 50.0 * static_cast<double>(c);
  parts.wavelength = *WavelengthAxis::create(wavenumbers, WavelengthUnit::InverseCentimetre);
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto micrometres = fitted(pipeline_of({"resample:from=2.6,to=3.8,step=0.1,unit=um"}), *data, {});
  ASSERT_EQ(micrometres->output().size(), 13U);
  EXPECT_EQ(micrometres->output().axis.unit(), WavelengthUnit::Micrometre);
  // 2.5 µm is 4000 / cm; 2.6 µm lies between 3850 and 3800 / cm: linear in µm.
  const double left = 1e4 / 3850;
  const double right = 1e4 / 3800;
  const double wanted = data->spectra()(1, 3) + (data->spectra()(1, 4) - data->spectra()(1, 3)) *
                                                    static_cast<float>((2.6 - left) / (right - left));
  EXPECT_NEAR((*micrometres->apply(data->spectra().view()))(1, 0), wanted, 1e-6);
  // The derivative is per unit of the axis, so it changes its sign with the axis' direction.
  const auto slope = fitted(pipeline_of({"savgol:window=3,order=2,derivative=1"}), *data, {});
  const double central = (data->spectra()(0, 11) - data->spectra()(0, 9)) / -100.0;
  EXPECT_NEAR((*slope->apply(data->spectra().view()))(0, 10), central, 1e-7);
  // The hull does not depend on the direction in which the spectrum is stored.
  const auto hull = fitted(pipeline_of({"continuum"}), *data, {});
  const auto removed = *hull->apply(data->spectra().view());
  for (std::size_t c = 0; c < 30; ++c) EXPECT_LE(removed(0, c), 1.0F + 1e-6F);
  EXPECT_FLOAT_EQ(removed(0, 0), 1);
  EXPECT_FLOAT_EQ(removed(0, 29), 1);
}

TEST(PreprocessSteps, BadChannelsAreFoundInTrainingRowsOnly) {
  DatasetParts parts = test::smooth_parts(10, 12);
  for (std::size_t r = 0; r < 10; ++r) {
    if (r < 8) parts.spectra(r, 3) = 0.25F;  // constant, but not in the rows that are not trained on
    parts.spectra(r, 5) = 2;                 // constant and the largest of all
    if (r == 2) parts.spectra(r, 7) = std::numeric_limits<float>::quiet_NaN();
    if (r < 5) parts.spectra(r, 9) = 2;  // saturated in half of the spectra
  }
  const DatasetPtr data = dataset_of(std::move(parts));
  const Rows training = {0, 1, 2, 3, 4, 5, 6, 7};
  const auto bad = [&](const std::string& step, const Rows& rows) {
    std::vector<std::size_t> found;
    const auto pipeline = fitted(pipeline_of({step}), *data, rows);
    for (std::size_t c = 0; c < 12; ++c)
      if (pipeline->output().bad[c] != 0) found.push_back(c);
    return found;
  };
  using List = std::vector<std::size_t>;
  EXPECT_EQ(bad("bad:missing=1", training), (List{3, 5}));
  EXPECT_EQ(bad("bad:missing=1", test::all_rows(*data)), (List{5}));
  EXPECT_EQ(bad("bad:constant=no", training), (List{7}));
  EXPECT_EQ(bad("bad:constant=no,missing=0.2,saturated=0.4", training), (List{5, 9}));
  EXPECT_EQ(bad("bad:ranges=0-1+11,unit=channel,constant=no,missing=1", training), (List{0, 1, 11}));
  const auto removed = fitted(pipeline_of({"bad:action=remove"}), *data, training);
  EXPECT_EQ(removed->output().size(), 9U);
  EXPECT_DOUBLE_EQ(removed->output().axis[3], data->wavelength()[4]);
}

TEST(PreprocessSteps, MissingValuesAreFilledOrLeaveTheirSpectrumOut) {
  const float unknown = std::numeric_limits<float>::quiet_NaN();
  DatasetParts parts = test::smooth_parts(4, 10);
  parts.spectra(1, 0) = parts.spectra(1, 4) = parts.spectra(1, 5) = unknown;
  parts.spectra(2, 9) = std::numeric_limits<float>::infinity();
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto line = *fitted(pipeline_of({"nan"}), *data, {})->apply(data->spectra().view());
  EXPECT_FLOAT_EQ(line(1, 0), line(1, 1));
  EXPECT_NEAR(line(1, 4), (2 * line(1, 3) + line(1, 6)) / 3, 1e-6);
  EXPECT_NEAR(line(1, 5), (line(1, 3) + 2 * line(1, 6)) / 3, 1e-6);
  EXPECT_FLOAT_EQ(line(2, 9), line(2, 8));
  const auto mean = *fitted(pipeline_of({"nan:how=mean"}), *data, {0, 3})->apply(data->spectra().view());
  EXPECT_FLOAT_EQ(mean(1, 4), (data->spectra()(0, 4) + data->spectra()(3, 4)) / 2);

  const auto drop = fitted(pipeline_of({"nan:how=drop"}), *data, {});
  const auto left = drop->apply(*data, FittedPipeline::Leave::Out);
  ASSERT_TRUE(left.has_value()) << left.error().message();
  EXPECT_EQ(left->rows, (Rows{0, 3}));
  EXPECT_EQ(left->data->rows(), 2U);
  ASSERT_FALSE(left->warnings.empty());
  EXPECT_THAT(left->warnings.front().english(), HasSubstr("2 of 4 spectra"));
  const auto kept = drop->apply(*data, FittedPipeline::Leave::AsMissing);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->data->rows(), 4U);
  EXPECT_FALSE(kept->data->row_is_finite(1));
  EXPECT_TRUE(kept->data->row_is_finite(3));
  const auto most = fitted(pipeline_of({"nan:most=0.2"}), *data, {});
  EXPECT_EQ(most->apply(*data, FittedPipeline::Leave::Out)->rows, (Rows{0, 2, 3}));
}

TEST(PreprocessSteps, BadChannelsTouchNobodyElse) {
  // Whatever a masked channel holds, the others come out the same.
  DatasetParts parts = test::smooth_parts(5, 40);
  parts.bad_channels.assign(40, 0);
  parts.bad_channels[0] = parts.bad_channels[17] = parts.bad_channels[18] = 1;
  DatasetParts wild = parts;
  for (std::size_t r = 0; r < 5; ++r) {
    wild.spectra(r, 0) = 1e6F;
    wild.spectra(r, 17) = -1e6F;
    wild.spectra(r, 18) = std::numeric_limits<float>::quiet_NaN();
  }
  const DatasetPtr calm = dataset_of(std::move(parts));
  const DatasetPtr rough = dataset_of(std::move(wild));
  for (const StepInfo& kind : step_kinds()) {
    std::string text(kind.name);
    if (text == "norm3") text += ":splits=10+25";
    if (text == "resample") text += ":step=0.013";
    if (text == "wavelet") text += ":wavelet=db2";
    if (text == "reflectance") continue;  // takes albedo
    SCOPED_TRACE(text);
    const auto a = fitted(pipeline_of({text}), *calm, test::all_rows(*calm));
    const auto b = fitted(pipeline_of({text}), *rough, test::all_rows(*rough));
    ASSERT_TRUE(a && b);
    ASSERT_EQ(a->output(), b->output());
    const auto x = *a->apply(calm->spectra().view());
    const auto y = *b->apply(rough->spectra().view());
    for (std::size_t r = 0; r < x.rows(); ++r)
      for (std::size_t c = 0; c < x.cols(); ++c)
        if (a->output().bad[c] == 0) {
          EXPECT_TRUE(std::isfinite(x(r, c)));
          EXPECT_EQ(x(r, c), y(r, c));
        }
  }
}

TEST(PreprocessSteps, AnyNumbersAreSurvived) {
  const float inf = std::numeric_limits<float>::infinity();
  DatasetParts parts = test::smooth_parts(8, 40);
  for (std::size_t c = 0; c < 40; ++c) {
    parts.spectra(1, c) = 0;
    parts.spectra(2, c) = -1;
    parts.spectra(3, c) = c % 2 == 0 ? inf : -inf;
    parts.spectra(4, c) = std::numeric_limits<float>::quiet_NaN();
    parts.spectra(5, c) = c == 7 ? 3e38F : 1e-40F;
    parts.spectra(6, c) = c == 7 ? 1.0F : std::numeric_limits<float>::quiet_NaN();
  }
  const DatasetPtr data = dataset_of(std::move(parts));
  for (const StepInfo& kind : step_kinds()) {
    std::string text(kind.name);
    if (text == "norm3") text += ":splits=10+25";
    if (text == "resample") text += ":step=0.013,method=cubic";
    if (text == "wavelet") text += ":wavelet=db2";
    SCOPED_TRACE(text);
    // One broken training row must not spoil the good ones.
    const auto pipeline = fitted(pipeline_of({text}), *data, {0, 4, 7});
    ASSERT_NE(pipeline, nullptr);
    const auto applied = pipeline->apply(data->spectra().view());
    ASSERT_TRUE(applied.has_value());
    for (std::size_t c = 0; c < applied->cols(); ++c)
      EXPECT_TRUE(pipeline->output().bad[c] != 0 || std::isfinite((*applied)(7, c))) << c;
  }
}

TEST(PreprocessSteps, HapkeThereAndBack) {
  DatasetParts parts = test::smooth_parts(5, 30);
  // Dark enough for the link, which gives up exactness near the albedo 1.
  for (std::size_t i = 0; i < parts.spectra.size(); ++i) parts.spectra.data()[i] *= 0.4F;
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto both = fitted(pipeline_of({"albedo:incidence=40", "reflectance:incidence=40"}), *data, {});
  const auto back = *both->apply(data->spectra().view());
  for (std::size_t i = 0; i < back.size(); ++i) EXPECT_NEAR(back.data()[i], data->spectra().data()[i], 2e-6);
}

TEST(PreprocessSteps, SettingsThatMakeNoSenseAreRefusedInWords) {
  const DatasetPtr data = dataset_of(test::smooth_parts(3, 20));
  const auto refused = [&](const std::string& text) -> std::string {
    const std::vector<std::string> texts{text};
    const auto pipeline = Pipeline::parse(texts);
    if (!pipeline) return pipeline.error().message();
    const auto result = FittedPipeline::fit(*pipeline, *data, test::all_rows(*data));
    EXPECT_FALSE(result.has_value()) << text;
    return result ? "" : result.error().message();
  };
  EXPECT_THAT(refused("savgoal"), HasSubstr("savgol"));
  EXPECT_THAT(refused("savgol:width=3"), HasSubstr("window, order, derivative"));
  EXPECT_THAT(refused("savgol:window=x"), HasSubstr("whole number"));
  EXPECT_THAT(refused("savgol:window=4"), HasSubstr("odd"));
  EXPECT_THAT(refused("savgol:window=21"), HasSubstr("longer than the spectrum"));
  EXPECT_THAT(refused("savgol:window=5,order=5"), HasSubstr("at most 4"));
  EXPECT_THAT(refused("savgol:order=1,derivative=2"), HasSubstr("no such derivative"));
  EXPECT_THAT(refused("savgol:window"), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(refused("mask:keep=30-40"), HasSubstr("too few channels"));
  EXPECT_THAT(refused("mask:keep=5-2"), HasSubstr("FIRST-LAST"));
  EXPECT_THAT(refused("crop:from=19,unit=channel"), HasSubstr("too few channels"));
  EXPECT_THAT(refused("norm3"), HasSubstr("before channels are masked"));
  EXPECT_THAT(refused("normalise:ranges=0-9+5-12"), HasSubstr("overlap"));
  EXPECT_THAT(refused("clip:low=2,high=1"), HasSubstr("wrong way round"));
  EXPECT_THAT(refused("resample:step=1e-30"), HasSubstr("impossible number"));
  EXPECT_THAT(refused("resample"), HasSubstr("step="));
  EXPECT_THAT(refused("resample:step=0.1,from=50,to=60"), HasSubstr("within the spectra"));
  EXPECT_THAT(refused("resample:positions=0.6+x"), HasSubstr("joined by +"));
  EXPECT_THAT(refused("baseline:lambda=-1"), HasSubstr("lambda"));
  EXPECT_THAT(refused("clip:low=nan"), HasSubstr("number"));
}

}  // namespace
}  // namespace assayer
