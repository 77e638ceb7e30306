// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/model_access.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "core/io/model_file.h"
#include "core/train/advice.h"
#include "core/train/methods.h"
#include "core/train/prediction_blocks.h"

#include "app/cli/fault.h"

namespace assayer::cli {

namespace {

/// Large enough that a laboratory data set is one block, hence the same numbers as asking at once.
constexpr std::size_t kBlockRows = 65536;

bool plain_positions(WavelengthUnit unit) {
  return unit == WavelengthUnit::Channel || unit == WavelengthUnit::Pixel;
}

/// The first channel whose position differs by more than a hundredth of the model's channel spacing.
std::optional<std::size_t> first_difference(std::span<const double> model, std::span<const double> data) {
  for (std::size_t c = 0; c < model.size(); ++c) {
    const std::size_t other = c + 1 < model.size() ? c + 1 : c - 1;
    if (!(std::abs(model[c] - data[c]) <= 0.01 * std::abs(model[other] - model[c]))) return c;
  }
  return std::nullopt;
}

}  // namespace

Result<Imported> load_data(const std::string& path, const AttachArguments& known, Console& console,
                           RunControl& control) {
  Progress progress(console);
  auto imported = ImporterRegistry::standard().load(path, control, progress.callback());
  if (!imported) return fail(about_file(imported.error(), path));
  auto attached = attach(*std::move(imported), known, control, progress.callback());
  if (attached) console.warn(attached->warnings);
  return attached;
}

Result<Imported> load_data(const std::string& path, Console& console, RunControl& control) {
  return load_data(path, {}, console, control);
}

Result<std::shared_ptr<const Model>> load_model(const std::string& path) {
  auto state = read_model(path);
  if (!state) return fail(about_file(state.error(), path));
  auto model = make_model(std::move(*state));
  if (!model) return fail(about_file(model.error(), path));
  return model;
}

Status check_channels(const Model& any, const Dataset& data, Console& console) {
  const ModelChannels model = any.input();
  if (data.channels() != model.used.size()) {
    return refuse({.kind = Error::Kind::Data,
                   .what = "the spectra do not have the model's channels",
                   .expected = fmt::format("{} channels", model.used.size()),
                   .found = fmt::format("{}", data.channels()),
                   .mend = "Resample the spectra to the model's wavelengths."});
  }
  const WavelengthAxis& wanted = model.wavelength;
  const WavelengthAxis& given = data.wavelength();
  if (plain_positions(wanted.unit()) != plain_positions(given.unit())) {
    console.warn(
        fmt::format("the {} no wavelengths; the {} channels are taken to be the same, in the same order",
                    plain_positions(given.unit()) ? "data have" : "model has", data.channels()));
  } else if (const auto positions = given.values_in(wanted.unit())) {
    if (const auto c = first_difference(wanted.values(), *positions)) {
      return refuse({.kind = Error::Kind::Data,
                     .what = "the spectra are not at the model's wavelengths",
                     .where = fmt::format("channel {}", *c),
                     .expected = fmt::format("{} {}", wanted[*c], to_string(wanted.unit())),
                     .found = fmt::format("{} {}", (*positions)[*c], to_string(wanted.unit())),
                     .mend = "Resample the spectra to the model's wavelengths."});
    }
  }
  std::size_t masked = 0;
  for (std::size_t c = 0; c < data.bad_channels().size(); ++c) {
    if (data.bad_channels()[c] != 0 && model.used[c] != 0) ++masked;
  }
  if (masked > 0) {
    console.warn(fmt::format("{} channels that the data mask as bad are used by the model", masked));
  }
  return {};
}

Status check_components(const ModelState& model, const Dataset& data, Console& console) {
  if (!data.abundances() && !data.endmembers()) return {};
  const std::vector<std::string>& given = data.component_names();
  if (given == model.components) return {};
  const bool shared = std::any_of(given.begin(), given.end(), [&](const std::string& name) {
    return std::find(model.components.begin(), model.components.end(), name) != model.components.end();
  });
  if (given.size() != model.components.size() || shared) {
    return refuse({.kind = Error::Kind::Data,
                   .what = "the data's components are not the model's",
                   .expected = fmt::format("{}", fmt::join(model.components, ", ")),
                   .found = given.empty() ? "none" : fmt::format("{}", fmt::join(given, ", ")),
                   .mend = "Give the data the model's components in the model's order."});
  }
  console.warn(fmt::format("the data's components {} are taken for the model's {}, in this order",
                           fmt::join(given, ", "), fmt::join(model.components, ", ")));
  return {};
}

Result<Prediction> predict_rows(const Model& model, const Dataset& data, const Matrix<double>* composition,
                                const Console& console, RunControl& control, Draws draws) {
  const std::size_t rows = data.rows();
  Progress progress(console);
  Prediction all;
  std::vector<float> scratch;
  for (std::size_t first = 0; first < rows; first += kBlockRows) {
    if (control.stop_requested()) return fail(Error::cancel());
    progress.show(static_cast<double>(first) / static_cast<double>(rows), "predicting");
    const std::size_t count = std::min(kBlockRows, rows - first);
    const auto spectra = data.spectra().block(first, count, scratch);
    if (!spectra) return fail(spectra.error());
    Matrix<double> part;
    if (composition != nullptr) part = block_of(*composition, first, count);
    const Matrix<double>* given = composition != nullptr ? &part : nullptr;
    // Another block, other draws.
    auto block = draws.count > 0 ? model.predict_draws(*spectra, given, draws.count, draws.seed + first)
                                 : model.predict(*spectra, given);
    if (!block) return block;
    if (count == rows) return block;
    put_block(*block, first, rows, all);
  }
  if (control.stop_requested()) return fail(Error::cancel());
  return all;
}

Result<Evaluation> evaluate_model(const Model& model, const Dataset& data, Console& console,
                                  RunControl& control) {
  const ModelState& state = model.state();
  const Matrix<double>* known = data.abundances() ? &data.abundances()->values() : nullptr;
  auto prediction = predict_rows(model, data, known, console, control);
  if (!prediction) return fail(prediction.error());
  Rows labelled;
  Rows seen;
  if (state.data_fingerprint == data.fingerprint()) {
    labelled = state.plan.labelled;
    std::set_union(state.plan.labelled.begin(), state.plan.labelled.end(), state.plan.unlabelled.begin(),
                   state.plan.unlabelled.end(), std::back_inserter(seen));
    if (known != nullptr)
      console.warn(english(advise_after(data, state.plan, *prediction, model.endmembers())));
  } else {
    console.warn("the model was trained on other data; every row counts as held out");
  }
  const auto preprocessed = model.in_output_space(data, &control);
  if (!preprocessed) return fail(preprocessed.error());
  auto evaluation = evaluate(*preprocessed ? **preprocessed : data, *prediction, model.endmembers(), labelled,
                             seen, static_cast<std::size_t>(state.config.members));
  if (evaluation) evaluation->facts = state.facts;
  return evaluation;
}

std::string nuisance_name(std::size_t dimension) {
  return fmt::format("z{}", dimension + 1);
}

void tell_output_space(const Model& model, Console& console) {
  if (const std::string steps = model.output_space(); !steps.empty())
    console.remark(fmt::format("the spectra are as they are after {}, not in the unit of the data", steps));
}

std::vector<std::uint8_t> masked_channels(const ModelChannels& model) {
  std::vector<std::uint8_t> masked(model.used.size());
  std::transform(model.used.begin(), model.used.end(), masked.begin(),
                 [](std::uint8_t used) { return static_cast<std::uint8_t>(used == 0); });
  if (std::find(masked.begin(), masked.end(), std::uint8_t{1}) == masked.end()) masked.clear();
  return masked;
}

}  // namespace assayer::cli
