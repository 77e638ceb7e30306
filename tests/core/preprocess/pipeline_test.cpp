// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preprocess/pipeline.h"

#include <gmock/gmock.h>

#include "core/preprocess/fitted_pipeline.h"
#include "preprocess_data.h"

namespace assayer {
namespace {

using test::dataset_of;
using test::fitted;
using test::pipeline_of;
using test::smooth_parts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Long enough that several threads work, and of every sort of step that learns.
const std::vector<std::string> kLearning = {"despike", "msc", "savgol:window=7,derivative=1", "bad",
                                            "standardise"};

TEST(Pipeline, IsWrittenAsTheCommandLineTakesIt) {
  const Pipeline pipeline = pipeline_of({"clip:low=0.0", " savgol : window=7, derivative=1 ", "snv;centre"});
  EXPECT_THAT(pipeline.to_texts(), ElementsAre("clip", "savgol:window=7,derivative=1", "snv", "centre"));
  EXPECT_EQ(pipeline_of(pipeline.to_texts()), pipeline);
  Pipeline off = pipeline;
  off.steps[2].set_enabled(false);
  EXPECT_THAT(off.to_texts(), ElementsAre("clip", "savgol:window=7,derivative=1", "centre"));
  const auto read = Pipeline::from_json(off.to_json());
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(*read, off);
  EXPECT_NE(*read, pipeline);
}

TEST(Pipeline, EveryKindExplainsItselfAndItsSettings) {
  for (const StepInfo& kind : step_kinds()) {
    SCOPED_TRACE(kind.name);
    EXPECT_FALSE(kind.title.empty());
    EXPECT_FALSE(kind.meaning.empty());
    auto step = StepSettings::of_kind(kind.name);
    ASSERT_TRUE(step.has_value());
    for (const ParameterInfo& parameter : kind.parameters) {
      EXPECT_FALSE(parameter.meaning.empty()) << parameter.key;
      // The default is in its own range.
      EXPECT_TRUE(step->set(parameter.key, parameter.initial).has_value()) << parameter.key;
    }
    EXPECT_EQ(step->to_text(), kind.name);
  }
}

TEST(Pipeline, RefusesJsonThatIsNone) {
  for (const char* text : {"", "{", "{}", "[1]", R"([{"step":1}])", R"([{"step":"nope"}])",
                           R"([{"step":"snv","settings":[]}])", R"([{"step":"clip","settings":{"low":1}}])",
                           R"([{"step":"clip","settings":{"low":"x"}}])", R"([{"step":"snv","on":2}])"})
    EXPECT_FALSE(Pipeline::from_json(text).has_value()) << text;
}

TEST(Pipeline, LearnsFromTrainingRowsOnly) {
  DatasetParts parts = smooth_parts(60, 50);
  DatasetParts other = parts;
  Rows training;
  for (std::uint32_t r = 0; r < 60; ++r) {
    if (r % 3 != 0) {
      training.push_back(r);
      continue;
    }
    for (std::size_t c = 0; c < 50; ++c) other.spectra(r, c) = 17 - 3 * other.spectra(r, c);
  }
  const DatasetPtr data = dataset_of(std::move(parts));
  const DatasetPtr leaky = dataset_of(std::move(other));
  const Pipeline steps = pipeline_of(kLearning);
  const auto a = fitted(steps, *data, training);
  const auto b = fitted(steps, *leaky, training);
  EXPECT_EQ(a->state(), b->state());
  // The test sees a leak where there is one.
  EXPECT_NE(a->state(), fitted(steps, *leaky, test::all_rows(*leaky))->state());
  EXPECT_EQ(a->fitted_rows(), training);
}

TEST(Pipeline, IsRestoredBitForBit) {
  const DatasetPtr data = dataset_of(smooth_parts(300, 64));
  for (const auto& texts : std::vector<std::vector<std::string>>{
           kLearning,
           {"nan:how=mean", "resample:step=0.013,method=cubic", "wavelet", "snv"},
           {"bad:action=remove,ranges=0.6-0.65", "moving-average", "baseline:lambda=100"},
           {"crop:from=0.6", "absorbance", "centre"}}) {
    const auto pipeline = fitted(pipeline_of(texts), *data, {1, 2, 3, 5, 8, 13});
    ASSERT_NE(pipeline, nullptr);
    const PipelineState state = pipeline->state();
    const auto restored = FittedPipeline::restore(state);
    ASSERT_TRUE(restored.has_value()) << restored.error().message();
    EXPECT_EQ((*restored)->state(), state);
    EXPECT_EQ(*(*restored)->apply(data->spectra().view()), *pipeline->apply(data->spectra().view()));
    // Any array that is missing or short is noticed.
    for (std::size_t i = 0; i < state.arrays.size(); ++i) {
      const std::string& name = state.arrays[i].name;
      if (name.ends_with("/channels") || name == "output/bad") continue;  // only told, not needed
      PipelineState broken = state;
      broken.arrays[i].values.pop_back();
      EXPECT_FALSE(FittedPipeline::restore(broken).has_value()) << name;
      broken.arrays.erase(broken.arrays.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(FittedPipeline::restore(broken).has_value()) << name;
    }
  }
  PipelineState newer = fitted(pipeline_of({"snv"}), *data, {})->state();
  newer.json.replace(newer.json.find("\"version\":1"), 11, "\"version\":9");
  EXPECT_THAT(FittedPipeline::restore(newer).error().message(), HasSubstr("newer"));
}

TEST(Pipeline, ARowDoesNotDependOnTheOthers) {
  const DatasetPtr data = dataset_of(smooth_parts(3000, 60));
  const auto pipeline = fitted(pipeline_of(kLearning), *data, {0, 10, 20, 30});
  const auto all = *pipeline->apply(data->spectra().view());  // many threads
  for (const std::size_t row : {0UL, 63UL, 64UL, 1777UL, 2999UL}) {
    const auto alone = *pipeline->apply({data->spectra().row(row).data(), 1, 60});
    EXPECT_TRUE(std::ranges::equal(alone.row(0), all.row(row))) << row;
  }
}

TEST(Pipeline, EndmembersGroupsAndCompositionsFollow) {
  DatasetParts parts = smooth_parts(6, 30);
  Matrix<double> y(6, 2, 0.5);
  parts.abundances = *Abundances::create(y, {"a", "b"});
  parts.groups = Groups{{0, 0, 0, 1, 1, 1}, {"x", "y"}, {4, 7}};
  parts.metadata.push_back({"sample", std::vector<std::string>{"a", "b", "c", "d", "e", "f"}});
  parts.endmembers = Matrix<float>(2, 30);
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t c = 0; c < 30; ++c) (*parts.endmembers)(k, c) = parts.spectra(3 * k + 1, c);
  parts.endmembers_by_group = {*parts.endmembers, *parts.endmembers};
  parts.image_shape = ImageShape{2, 3};
  parts.spectra(2, 4) = std::numeric_limits<float>::quiet_NaN();
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto pipeline =
      fitted(pipeline_of({"nan:how=drop", "mask:keep=3-20", "snv"}), *data, test::all_rows(*data));
  const auto out = pipeline->apply(*data, FittedPipeline::Leave::Out);
  ASSERT_TRUE(out.has_value()) << out.error().message();
  const Dataset& made = *out->data;
  EXPECT_EQ(made.rows(), 5U);
  EXPECT_EQ(made.channels(), 18U);
  EXPECT_FALSE(made.image_shape().has_value());
  EXPECT_THAT(english(out->warnings), testing::Contains(HasSubstr("shape")));
  EXPECT_EQ(made.groups()->of_row, (std::vector<std::int32_t>{0, 0, 1, 1, 1}));
  EXPECT_EQ(made.find_metadata("sample")->text(2), "d");
  EXPECT_EQ(made.abundances()->rows(), 5U);
  // Row 4 of the original is the second endmember.
  EXPECT_TRUE(std::ranges::equal(made.endmembers()->row(1), made.spectra().row(3)));
  EXPECT_TRUE(std::ranges::equal(made.endmembers_by_group()[1].row(1), made.spectra().row(3)));
  EXPECT_EQ(made.provenance().attributes.at("preprocessing"), "nan:how=drop; mask:keep=3-20; snv");
  EXPECT_EQ(made.provenance().attributes.at("quantity"), "Signal after snv");
}

TEST(Pipeline, IsUndoneWhereEveryStepCanBe) {
  const DatasetPtr data = dataset_of(smooth_parts(20, 30));
  const auto pipeline =
      fitted(pipeline_of({"crop:from=0.55", "absorbance", "standardise"}), *data, {0, 1, 2, 3, 4});
  ASSERT_TRUE(pipeline->invertible());
  const auto there = *pipeline->apply(data->spectra().view());
  const auto back = pipeline->invert(there.view());
  for (std::size_t r = 0; r < 20; ++r)
    for (std::size_t c = 0; c < 30; ++c) {
      if (c < 5)
        EXPECT_TRUE(std::isnan(back(r, c)));
      else
        EXPECT_NEAR(back(r, c), data->spectra()(r, c), 1e-5);
    }
  // Small deviations about a spectrum: to first order the slope of the inverse, here by its closed form.
  const Matrix<float> sd(20, there.cols(), 1e-3F);
  const auto spread = pipeline->invert_deviation(there.view(), sd.view());
  const auto arrays = pipeline->state().arrays;
  const auto found = std::ranges::find(arrays, std::string("3-standardise/sd"), &PipelineArray::name);
  ASSERT_NE(found, arrays.end());
  EXPECT_NEAR(spread(2, 10), 1e-3 * found->values[5] * std::log(10.0) * data->spectra()(2, 10), 1e-6);
  EXPECT_FALSE(fitted(pipeline_of({"centre", "snv"}), *data, {0, 1})->invertible());
}

TEST(Pipeline, WarnsInWordsOfCombinationsThatMakeNoSense) {
  const auto warnings = [](const std::vector<std::string>& texts) {
    return english(pipeline_of(texts).warnings());
  };
  EXPECT_THAT(warnings({"centre", "log"}), ElementsAre(HasSubstr("log after centre")));
  EXPECT_THAT(warnings({"snv", "absorbance"}), ElementsAre(HasSubstr("no logarithm")));
  EXPECT_THAT(warnings({"log", "absorbance"}), ElementsAre(HasSubstr("logarithm of a logarithm")));
  EXPECT_THAT(warnings({"snv", "albedo"}), ElementsAre(HasSubstr("Hapke")));
  EXPECT_THAT(warnings({"centre", "msc"}), ElementsAre(HasSubstr("msc after centre")));
  EXPECT_THAT(warnings({"centre", "norm3"}), ElementsAre(HasSubstr("cancel")));
  EXPECT_THAT(warnings({"savgol:derivative=1", "continuum"}), ElementsAre(HasSubstr("positive line")));
  EXPECT_THAT(warnings({"savgol", "despike"}), ElementsAre(HasSubstr("smeared")));
  EXPECT_THAT(warnings({"moving-average", "nan"}), ElementsAre(HasSubstr("spread")));
  EXPECT_THAT(warnings({"snv", "clip"}), ElementsAre(HasSubstr("would be lost")));
  EXPECT_THAT(warnings({"reflectance"}), ElementsAre(HasSubstr("albedo")));
  EXPECT_THAT(warnings({"log", "centre", "savgol"}), IsEmpty());
  EXPECT_THAT(warnings({"savgol", "continuum"}), IsEmpty());
  Pipeline off = pipeline_of({"centre", "log"});
  off.steps[0].set_enabled(false);
  EXPECT_THAT(off.warnings(), IsEmpty());
  // What only the data tell: logarithms of values that have none.
  DatasetParts parts = smooth_parts(3, 10);
  parts.spectra(1, 2) = -0.1F;
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto log = fitted(pipeline_of({"absorbance"}), *data, {0})->apply(*data, FittedPipeline::Leave::Out);
  EXPECT_THAT(english(log->warnings), ElementsAre(HasSubstr("absorbance: 1 values were below")));
}

TEST(Pipeline, TheRecipeForLibsIsThePapers) {
  const auto recipe = Pipeline::recipe("libs-norm3");
  ASSERT_TRUE(recipe.has_value());
  EXPECT_THAT(recipe->warnings(), IsEmpty());
  DatasetParts parts;
  parts.spectra = Matrix<float>(3, 6144);
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 6144; ++c)
      parts.spectra(r, c) = static_cast<float>(static_cast<int>((c * 7919 + r * 104729) % 1000) - 200);
  const DatasetPtr data = dataset_of(std::move(parts));
  const auto pipeline = fitted(*recipe, *data, {});
  EXPECT_EQ(pipeline->output().size(), 5485U);
  const auto out = *pipeline->apply(data->spectra().view());
  // By hand: clipped, then each spectrometer by its sum over all of its channels, then masked.
  double sum = 0;
  for (std::size_t c = 2048; c < 4098; ++c) sum += std::max(0.0F, data->spectra()(1, c));
  const std::size_t at = (1993 - 110 + 1) + (3000 - 2169);
  EXPECT_NEAR(out(1, at), std::max(0.0F, data->spectra()(1, 3000)) / sum, 1e-9);
  EXPECT_DOUBLE_EQ(pipeline->output().axis[at], 3000);
  EXPECT_DOUBLE_EQ(pipeline->output().axis[5484], 5855);
  for (const Recipe& known : recipes()) {
    EXPECT_TRUE(Pipeline::recipe(known.name).has_value()) << known.name;
    EXPECT_THAT(Pipeline::recipe(known.name)->warnings(), IsEmpty()) << known.name;
  }
  EXPECT_THAT(Pipeline::recipe("libs").error().message(), HasSubstr("libs-norm3"));
}

TEST(Pipeline, StopsWhenAsked) {
  const DatasetPtr data = dataset_of(smooth_parts(2000, 60));
  const auto pipeline = fitted(pipeline_of({"baseline"}), *data, {});
  RunControl control;
  control.request_stop();
  const auto applied = pipeline->apply(*data, FittedPipeline::Leave::Out, &control);
  ASSERT_FALSE(applied.has_value());
  EXPECT_TRUE(applied.error().cancelled());
  const auto fit = FittedPipeline::fit(pipeline_of({"msc"}), *data, test::all_rows(*data), &control);
  ASSERT_FALSE(fit.has_value());
  EXPECT_TRUE(fit.error().cancelled());
}

TEST(Pipeline, StagesShowASpectrumStepByStep) {
  const DatasetPtr data = dataset_of(smooth_parts(4, 30));
  const auto pipeline = fitted(pipeline_of({"mask:keep=0-19", "centre"}), *data, test::all_rows(*data));
  const auto stages = pipeline->stages(data->spectra().row(2));
  ASSERT_EQ(stages.size(), 3U);
  EXPECT_EQ(stages[0].values.size(), 30U);
  EXPECT_EQ(stages[1].values.size(), 20U);
  EXPECT_EQ(stages[1].values[7], data->spectra()(2, 7));
  EXPECT_FLOAT_EQ(static_cast<float>(stages[2].values[7]), (*pipeline->apply(data->spectra().view()))(2, 7));
}

}  // namespace
}  // namespace assayer
