// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/train/model_state.h"

namespace assayer {

/// The parts of a run's state that data, plan and settings decide: components, axis, channels in use, and the
/// mean of each channel over every spectrum that training sees. Data and Usage errors where the plan does not
/// fit the data.
Result<ModelState> make_frame(const Dataset& data, TrainPlan plan, TrainConfig config);

/// Spectra of rows over the channels with used[c] != 0: [n, C used].
Matrix<double> spectra_of(const Dataset& data, const Rows& rows, const std::vector<std::uint8_t>& used);
/// Compositions of rows [n, K]; the data must have some.
Matrix<double> compositions_of(const Dataset& data, const Rows& rows);

/// Name of the array in ModelState::fixed that holds the unit of the spectra inside the model, [1].
inline constexpr const char* kSpectrumScale = "spectrum_scale";
/// That unit: 1 where the state does not say. Spectra enter the networks divided by it.
double spectrum_scale(const ModelState& state);

}  // namespace assayer
