// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/train/model_state.h"

namespace assayer {

/// Epochs whose mean is compared: the objective of one is that of its mini-batches and its draws.
inline constexpr std::int64_t kBestSpan = 20;

/// What tells how good the state after the last of these epochs is: the mean of the objective J, equation
/// (15), over the last kBestSpan epochs, all later than `after`. Larger is better. It is made of the rows
/// that training sees and of nothing else: rows that are held out judge the model and must not choose it, and
/// none of the few labelled rows is set aside for choosing. Absent for fewer epochs.
std::optional<double> smoothed_objective(std::span<const ObjectiveRecord> history, std::int64_t after = 0);

/// The model with its best weights instead of the last; it cannot be resumed from there, and its facts say
/// under "state" which epoch it is and why. Absent where none was kept.
std::optional<ModelState> best_of(const ModelState& state);

/// "epoch 812 of 1000, where the objective J, mean over 20 epochs, was highest: 12.31; at the end it was
/// 11.94". Empty where none was kept.
std::string best_words(const ModelState& state);

}  // namespace assayer
