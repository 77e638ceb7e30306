// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preprocess/fitted_pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <new>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/preprocess/band_notes_detail.h"
#include "core/preprocess/steps_detail.h"

namespace assayer {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kVersion = 1;
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
/// Rows that one thread takes at a time: long enough to cost nothing, short enough to stop within 100 ms.
constexpr std::size_t kBlock = 64;
/// Values below which a second thread costs more than it brings.
constexpr std::size_t kFewValues = 100'000;
constexpr std::size_t kMostThreads = 16;

/// Calls work(first, last, worker) for blocks of rows on as many threads as pay. False when it was stopped.
/// What a worker throws (memory) is thrown here.
template <class Work>
bool for_blocks(std::size_t rows, std::size_t width, const RunControl* control, const ProgressFn& progress,
                const Work& work) {
  const std::size_t blocks = (rows + kBlock - 1) / kBlock;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t threads = std::min({cores, blocks, kMostThreads, rows * width / kFewValues + 1});
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stopped{false};
  std::exception_ptr thrown;
  std::mutex mutex;
  const auto loop = [&](std::size_t worker) {
    try {
      for (std::size_t block = next++; block < blocks && !stopped; block = next++) {
        if (control != nullptr && control->stop_requested()) {
          stopped = true;
          return;
        }
        work(block * kBlock, std::min(rows, (block + 1) * kBlock), worker);
        // One voice is enough, and callers need not expect several.
        if (worker == 0 && progress)
          progress(static_cast<double>(block) / static_cast<double>(blocks), "preprocessing");
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      thrown = std::current_exception();
      stopped = true;
    }
  };
  std::vector<std::thread> others;
  for (std::size_t t = 1; t < threads; ++t) others.emplace_back(loop, t);
  loop(0);
  for (std::thread& other : others) other.join();
  if (thrown) std::rethrow_exception(thrown);
  return !stopped;
}

std::string step_name(const Pipeline& pipeline, std::size_t on) {
  for (std::size_t i = 0, count = 0; i < pipeline.steps.size(); ++i)
    if (pipeline.steps[i].enabled() && count++ == on)
      return fmt::format("{}-{}", i + 1, pipeline.steps[i].info().name);
  return {};
}

Channels channels_of(const Dataset& data) {
  Channels channels{data.wavelength(), data.bad_channels()};
  if (channels.bad.empty()) channels.bad.assign(data.channels(), 0);
  return channels;
}

std::unexpected<Error> out_of_memory() {
  return fail({Error::Kind::Numeric, "not enough memory for preprocessing", "", "", "",
               "Close other programs, or take fewer rows."});
}

std::unexpected<Error> damaged(std::string what, std::string expected, std::string found) {
  return fail({Error::Kind::Format, std::move(what), "preprocessing", std::move(expected), std::move(found),
               "The file is damaged, or was written by a newer version of this program."});
}

}  // namespace

std::size_t FittedPipeline::widest() const {
  std::size_t width = input_.size();
  for (const auto& step : steps_) width = std::max(width, step->output().size());
  return width;
}

std::span<double> FittedPipeline::run(std::size_t count, std::vector<double>& from, std::vector<double>& to,
                                      Scratch& scratch, std::span<std::uint64_t> replaced) const {
  std::size_t width = input_.size();
  for (std::size_t s = 0; s < count; ++s) {
    const std::size_t next = steps_[s]->output().size();
    scratch.replaced = 0;
    steps_[s]->apply({from.data(), width}, {to.data(), next}, scratch);
    if (!replaced.empty()) replaced[s] += scratch.replaced;
    from.swap(to);
    width = next;
  }
  return {from.data(), width};
}

Result<std::shared_ptr<const FittedPipeline>> FittedPipeline::fit(const Pipeline& pipeline,
                                                                  const Dataset& data, const Rows& training,
                                                                  const RunControl* control,
                                                                  const ProgressFn& progress) {
  for (const std::uint32_t row : training) {
    if (row < data.rows()) continue;
    return fail({Error::Kind::Usage, "a training row is not in the data", "preprocessing",
                 fmt::format("rows below {}", data.rows()), fmt::format("{}", row), ""});
  }
  try {
    std::shared_ptr<FittedPipeline> fitted(new FittedPipeline(pipeline, channels_of(data)));
    fitted->fitted_rows_ = training;
    for (const StepSettings& settings : pipeline.steps) {
      if (!settings.enabled()) continue;
      auto made = make_step(settings, fitted->output());
      if (!made) return fail(made.error());
      Step& step = **made;
      std::size_t seen = 0;
      if (step.learns()) {
        // Rows reach this step through those before it, many at once, and are shown to it in their order:
        // sums then do not depend on the threads.
        const std::size_t width = std::max(fitted->widest(), step.input().size());
        const std::size_t together =
            std::max<std::size_t>(kBlock, std::min<std::size_t>(4096, 2'000'000 / width));
        Matrix<double> rows(std::min(together, std::max<std::size_t>(training.size(), 1)),
                            step.input().size());
        std::vector<std::uint8_t> dropped(rows.rows());
        for (std::size_t begin = 0; begin < training.size(); begin += together) {
          const std::size_t count = std::min(together, training.size() - begin);
          const bool whole =
              for_blocks(count, width, control, {}, [&](std::size_t first, std::size_t last, std::size_t) {
                Scratch scratch;
                std::vector<double> from(width);
                std::vector<double> to(width);
                for (std::size_t i = first; i < last; ++i) {
                  std::ranges::copy(data.spectra().row(training[begin + i]), from.begin());
                  scratch.dropped = false;
                  const auto result = fitted->run(fitted->steps_.size(), from, to, scratch, {});
                  std::ranges::copy(result, rows.row(i).begin());
                  dropped[i] = scratch.dropped ? 1 : 0;
                }
              });
          if (!whole) return fail(Error::cancel());
          for (std::size_t i = 0; i < count; ++i) {
            if (dropped[i] != 0) continue;
            step.see(std::as_const(rows).row(i));
            ++seen;
          }
          if (progress)
            progress(static_cast<double>(begin) / static_cast<double>(training.size()),
                     "fitting preprocessing");
        }
      }
      if (auto finished = step.finish(seen); !finished) return fail(finished.error());
      fitted->steps_.push_back(*std::move(made));
    }
    return fitted;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

Result<Matrix<float>> FittedPipeline::apply(MatrixView<float> spectra, const RunControl* control,
                                            const ProgressFn& progress, std::vector<std::uint8_t>* dropped,
                                            std::vector<std::uint64_t>* replaced) const {
  if (spectra.cols() != input_.size()) {
    return fail({Error::Kind::Data,
                 "the spectra do not have the channels that the preprocessing was fitted on", "preprocessing",
                 fmt::format("{} channels", input_.size()), fmt::format("{}", spectra.cols()),
                 "Resample the spectra first."});
  }
  try {
    const std::size_t width = widest();
    Matrix<float> result(spectra.rows(), output().size());
    std::vector<std::uint8_t> left_out(spectra.rows(), 0);
    std::vector<std::vector<std::uint64_t>> counts(kMostThreads,
                                                   std::vector<std::uint64_t>(steps_.size(), 0));
    const bool whole =
        for_blocks(spectra.rows(), width * std::max<std::size_t>(steps_.size(), 1), control, progress,
                   [&](std::size_t first, std::size_t last, std::size_t worker) {
                     Scratch scratch;
                     std::vector<double> from(width);
                     std::vector<double> to(width);
                     for (std::size_t i = first; i < last; ++i) {
                       std::ranges::copy(spectra.row(i), from.begin());
                       scratch.dropped = false;
                       const auto values = run(steps_.size(), from, to, scratch, counts[worker]);
                       left_out[i] = scratch.dropped ? 1 : 0;
                       if (scratch.dropped)
                         std::ranges::fill(result.row(i), kUnknown);
                       else
                         std::ranges::transform(values, result.row(i).begin(),
                                                [](double value) { return static_cast<float>(value); });
                     }
                   });
    if (!whole) return fail(Error::cancel());
    if (dropped != nullptr) *dropped = std::move(left_out);
    if (replaced != nullptr) {
      replaced->assign(steps_.size(), 0);
      for (const auto& count : counts)
        for (std::size_t s = 0; s < steps_.size(); ++s) (*replaced)[s] += count[s];
    }
    return result;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

namespace {

/// The rows of a column that stay.
MetadataColumn kept_rows(const MetadataColumn& column, const Rows& rows) {
  return std::visit(
      [&](const auto& values) {
        std::remove_cvref_t<decltype(values)> kept;
        kept.reserve(rows.size());
        for (const std::uint32_t row : rows) kept.push_back(values[row]);
        return MetadataColumn{column.name, std::move(kept)};
      },
      column.values);
}

template <class T>
Matrix<T> kept_rows(const Matrix<T>& matrix, const Rows& rows) {
  Matrix<T> kept(rows.size(), matrix.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(matrix.row(rows[i]), kept.row(i).begin());
  return kept;
}

/// Everything of the data but spectra, axis and mask, for the rows that stay.
Result<DatasetParts> other_parts(const Dataset& data, const Rows& rows) {
  DatasetParts parts;
  parts.endmember_names = data.endmember_names();
  parts.provenance = data.provenance();
  if (rows.size() == data.rows()) {
    parts.abundances = data.abundances();
    parts.true_abundances = data.true_abundances();
    parts.groups = data.groups();
    parts.metadata = data.metadata();
    parts.image_shape = data.image_shape();
    return parts;
  }
  if (data.abundances()) {
    auto abundances =
        Abundances::create(kept_rows(data.abundances()->values(), rows), data.abundances()->names());
    if (!abundances) return fail(abundances.error());
    parts.abundances = *std::move(abundances);
  }
  if (data.true_abundances()) parts.true_abundances = kept_rows(*data.true_abundances(), rows);
  if (data.groups()) {
    parts.groups = Groups{{}, data.groups()->names, data.groups()->codes};
    for (const std::uint32_t row : rows) parts.groups->of_row.push_back(data.groups()->of_row[row]);
  }
  for (const MetadataColumn& column : data.metadata()) parts.metadata.push_back(kept_rows(column, rows));
  return parts;
}

}  // namespace

Result<Preprocessed> FittedPipeline::apply(const Dataset& data, Leave leave, const RunControl* control,
                                           const ProgressFn& progress) const {
  std::vector<std::uint8_t> dropped;
  std::vector<std::uint64_t> replaced;
  auto spectra = apply(data.spectra().view(), control, progress, &dropped, &replaced);
  if (!spectra) return fail(spectra.error());
  try {
    Preprocessed result;
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < dropped.size(); ++i) {
      if (dropped[i] != 0) ++left_out;
      if (dropped[i] == 0 || leave == Leave::AsMissing) result.rows.push_back(static_cast<std::uint32_t>(i));
    }
    for (std::size_t s = 0; s < steps_.size(); ++s) {
      if (replaced[s] > 0)
        result.warnings.push_back(Message::sentence(
            "{}: {}", {steps_[s]->settings().info().name, steps_[s]->replacement(replaced[s])}));
    }
    if (left_out > 0) {
      result.warnings.push_back(Message::sentence("{} of {} spectra are left out because values are missing.",
                                                  {left_out, data.rows()}));
      if (leave == Leave::Out && data.image_shape())
        result.warnings.push_back(
            Message::sentence("The image has lost its shape with the spectra that were left out."));
    }
    auto parts = other_parts(data, result.rows);
    if (!parts) return fail(parts.error());
    parts->spectra =
        result.rows.size() == data.rows() ? *std::move(spectra) : kept_rows(*spectra, result.rows);
    parts->wavelength = output().axis;
    parts->bad_channels = output().bad;
    if (std::ranges::none_of(parts->bad_channels, [](std::uint8_t b) { return b != 0; }))
      parts->bad_channels.clear();
    const auto through = [&](const Matrix<float>& endmembers) { return apply(endmembers.view(), control); };
    if (data.endmembers()) {
      auto endmembers = through(*data.endmembers());
      if (!endmembers) return fail(endmembers.error());
      parts->endmembers = *std::move(endmembers);
    }
    for (const Matrix<float>& of_group : data.endmembers_by_group()) {
      auto endmembers = through(of_group);
      if (!endmembers) return fail(endmembers.error());
      parts->endmembers_by_group.push_back(*std::move(endmembers));
    }
    preprocess::carry_band_notes(parts->provenance.attributes, steps_);
    if (const auto texts = pipeline_.to_texts(); !texts.empty()) {
      auto& attributes = parts->provenance.attributes;
      const auto before = attributes.find("preprocessing");
      attributes["preprocessing"] = fmt::format(
          "{}{}", before != attributes.end() ? before->second + "; " : "", fmt::join(texts, "; "));
      if (!pipeline_.keeps_quantity()) {
        const auto quantity = attributes.find("quantity");
        attributes["quantity"] =
            fmt::format("{} after {}", quantity != attributes.end() ? quantity->second : "Signal",
                        pipeline_.short_text());
      }
    }
    auto made = Dataset::create(*std::move(parts));
    if (!made) return fail(made.error().in("after preprocessing"));
    result.data = *std::move(made);
    return result;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

bool FittedPipeline::learns() const {
  return std::ranges::any_of(steps_, [](const auto& step) { return step->learns(); });
}

bool FittedPipeline::invertible() const {
  return std::ranges::all_of(steps_, [](const auto& step) { return step->invertible(); });
}

void FittedPipeline::invert_row(std::vector<double>& row, std::vector<double>& spare) const {
  for (std::size_t s = steps_.size(); s-- > 0;) {
    const Step& step = *steps_[s];
    step.invert({row.data(), step.output().size()}, {spare.data(), step.input().size()});
    row.swap(spare);
  }
}

Matrix<float> FittedPipeline::invert(MatrixView<float> spectra) const {
  Matrix<float> result(spectra.rows(), input_.size());
  std::vector<double> row(widest());
  std::vector<double> spare(widest());
  for (std::size_t i = 0; i < spectra.rows(); ++i) {
    std::ranges::copy(spectra.row(i), row.begin());
    invert_row(row, spare);
    for (std::size_t c = 0; c < input_.size(); ++c) result(i, c) = static_cast<float>(row[c]);
  }
  return result;
}

Matrix<float> FittedPipeline::invert_deviation(MatrixView<float> mean, MatrixView<float> sd) const {
  Matrix<float> result(mean.rows(), input_.size());
  const std::size_t width = widest();
  std::vector<double> above(width);
  std::vector<double> below(width);
  std::vector<double> spare(width);
  for (std::size_t i = 0; i < mean.rows(); ++i) {
    for (std::size_t c = 0; c < mean.cols(); ++c) {
      above[c] = static_cast<double>(mean(i, c)) + static_cast<double>(sd(i, c));
      below[c] = static_cast<double>(mean(i, c)) - static_cast<double>(sd(i, c));
    }
    invert_row(above, spare);
    invert_row(below, spare);
    for (std::size_t c = 0; c < input_.size(); ++c)
      result(i, c) = static_cast<float>(std::abs(above[c] - below[c]) / 2);
  }
  return result;
}

std::vector<FittedPipeline::Stage> FittedPipeline::stages(std::span<const float> spectrum) const {
  std::vector<Stage> result;
  result.push_back({input_, {spectrum.begin(), spectrum.end()}});
  result.front().values.resize(input_.size(), kUnknown);
  Scratch scratch;
  for (const auto& step : steps_) {
    Stage next{step->output(), std::vector<double>(step->output().size())};
    step->apply(result.back().values, next.values, scratch);
    if (scratch.dropped) std::ranges::fill(next.values, kUnknown);
    result.push_back(std::move(next));
  }
  return result;
}

std::vector<Message> FittedPipeline::describe() const {
  std::vector<Message> result;
  for (const auto& step : steps_) {
    const StepInfo& info = step->settings().info();
    Message text =
        Message::sentence("{} ({}).", {Message::sentence(info.title), step->settings().to_short_text()});
    text += step->outcome();
    if (!info.source.empty()) text += Message::sentence("Source: {}.", {info.source});
    result.push_back(std::move(text));
  }
  return result;
}

PipelineState FittedPipeline::state() const {
  PipelineState state;
  const Json json = {{"version", kVersion},
                     {"input_unit", to_string(input_.axis.unit())},
                     {"output_unit", to_string(output().axis.unit())},
                     {"steps", Json::parse(pipeline_.to_json())}};
  state.json = json.dump();
  const auto add = [&](const std::string& name, const Channels& channels) {
    state.arrays.push_back(preprocess::array_of(name + "/wavelength", channels.axis.values()));
    const std::vector<double> bad(channels.bad.begin(), channels.bad.end());
    state.arrays.push_back(preprocess::array_of(name + "/bad", bad));
  };
  add("input", input_);
  add("output", output());
  for (std::size_t s = 0; s < steps_.size(); ++s) {
    for (PipelineArray& array : steps_[s]->arrays()) {
      array.name = fmt::format("{}/{}", step_name(pipeline_, s), array.name);
      state.arrays.push_back(std::move(array));
    }
  }
  return state;
}

Result<std::shared_ptr<const FittedPipeline>> FittedPipeline::restore(const PipelineState& state) {
  try {
    const Json json = Json::parse(state.json, nullptr, false);
    if (!json.is_object() || !json.contains("version") || !json.at("version").is_number_integer() ||
        !json.contains("input_unit") || !json.at("input_unit").is_string() || !json.contains("steps"))
      return damaged("the preprocessing cannot be read", "an object with version, input_unit and steps",
                     "something else");
    if (json.at("version").get<std::int64_t>() > kVersion)
      return damaged("the preprocessing is of a newer version", fmt::format("at most {}", kVersion),
                     json.at("version").dump());
    auto pipeline = Pipeline::from_json(json.at("steps").dump());
    if (!pipeline) return fail(pipeline.error());

    const auto named = [&](std::string_view name) -> const PipelineArray* {
      const auto found = std::ranges::find(state.arrays, name, &PipelineArray::name);
      return found == state.arrays.end() ? nullptr : &*found;
    };
    const PipelineArray* wavelength = named("input/wavelength");
    const PipelineArray* bad = named("input/bad");
    const auto unit = parse_wavelength_unit(json.at("input_unit").get<std::string>());
    if (wavelength == nullptr || bad == nullptr || !unit || wavelength->values.size() != bad->values.size())
      return damaged("the preprocessing does not say which spectra it is for",
                     "input/wavelength and input/bad of one length", "others");
    auto axis = WavelengthAxis::create(wavelength->values, *unit);
    if (!axis) return fail(axis.error().in("preprocessing: input/wavelength"));
    Channels input{*std::move(axis), {}};
    for (const double b : bad->values) input.bad.push_back(b != 0 ? 1 : 0);

    std::shared_ptr<FittedPipeline> fitted(new FittedPipeline(*std::move(pipeline), std::move(input)));
    for (const StepSettings& settings : fitted->pipeline_.steps) {
      if (!settings.enabled()) continue;
      auto made = make_step(settings, fitted->output());
      if (!made) return fail(made.error());
      const std::string prefix = step_name(fitted->pipeline_, fitted->steps_.size()) + "/";
      std::vector<PipelineArray> own;
      for (const PipelineArray& array : state.arrays) {
        if (!array.name.starts_with(prefix)) continue;
        own.push_back(array);
        own.back().name.erase(0, prefix.size());
      }
      if (auto restored = (*made)->restore(own); !restored) return fail(restored.error());
      fitted->steps_.push_back(*std::move(made));
    }
    const PipelineArray* last = named("output/wavelength");
    if (last == nullptr || !std::ranges::equal(last->values, fitted->output().axis.values()))
      return damaged("the steps lead to another axis than the file says", "output/wavelength as stored",
                     fmt::format("{} channels", fitted->output().size()));
    return fitted;
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  }
}

}  // namespace assayer
