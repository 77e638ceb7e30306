// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/train/model_state.h"

namespace assayer {

/// Model (.h5): every array of `ModelState::weights` is a dataset under its own name
/// ("q_y/hidden0/weight" [M, in, out] …), the configuration and the plan are JSON in one attribute each,
/// preprocessing state (see pipeline_file.h), component names and wavelengths are datasets; a run that can be
/// resumed has a group /training with Adam's moments, the generators, the history and, in /training/best, the
/// weights of the best epoch (best_state.h). Written aside, fsynced and renamed. A file with a newer
/// `format_version` is refused.
Status write_model(const ModelState& state, const std::filesystem::path& path, bool overwrite);
Result<ModelState> read_model(const std::filesystem::path& path);

/// The same form in a group of another file (see hdf5::File::group).
Status write_model(const ModelState& state, hdf5::File& group);
Result<ModelState> read_model(const hdf5::File& group);

}  // namespace assayer
