// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/cli/console.h"
#include "app/cli/import_options.h"
#include "core/base/run_control.h"
#include "core/io/importer.h"
#include "core/metrics/evaluation.h"
#include "core/train/engine.h"

namespace assayer::cli {

/// Reads any known format, and what other files know of its spectra; warnings go to `console`.
Result<Imported> load_data(const std::string& path, const AttachArguments& known, Console& console,
                           RunControl& control);
/// Spectra alone.
Result<Imported> load_data(const std::string& path, Console& console, RunControl& control);

/// Reads a model file and makes it answer, which loads the engine.
Result<std::shared_ptr<const Model>> load_model(const std::string& path);

/// Whether the model can be asked about these spectra: the same channels at the same wavelengths (in any
/// unit). What cannot be checked, and channels that the data mask but the model uses, are warnings.
Status check_channels(const Model& model, const Dataset& data, Console& console);

/// Whether compositions of the data and of the model are of the same components in the same order.
Status check_components(const ModelState& model, const Dataset& data, Console& console);

/// Samples to predict with, Model::predict_draws; none: Model::predict.
struct Draws {
  std::int64_t count = 0;
  std::uint64_t seed = 0;
};

/// `Model::predict` in blocks, so that an image can be followed and interrupted. `composition` as there.
Result<Prediction> predict_rows(const Model& model, const Dataset& data, const Matrix<double>* composition,
                                const Console& console, RunControl& control, Draws draws = {});

/// The measures of the model on the data: z with the row's composition where it is known (the paper's figure
/// 6). Rows count as seen in training only when the model was trained on these very data.
Result<Evaluation> evaluate_model(const Model& model, const Dataset& data, Console& console,
                                  RunControl& control);

/// "z1", "z2", …
std::string nuisance_name(std::size_t dimension);
/// The masked channels of a model in the form of a Dataset: empty where there are none.
std::vector<std::uint8_t> masked_channels(const ModelChannels& model);
/// Says, where it is so, that generated spectra are not in the unit of the data.
void tell_output_space(const Model& model, Console& console);

}  // namespace assayer::cli
