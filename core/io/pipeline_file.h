// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/preprocess/pipeline_state.h"

namespace assayer {

/// A fitted pipeline in the group /preprocessing of a file: its JSON in the attribute "pipeline", the names
/// of its arrays in "arrays", each array [float64] below the group under its name.
Status write_pipeline(hdf5::File& file, const PipelineState& state);
/// Absent where the file has none.
Result<std::optional<PipelineState>> read_pipeline(const hdf5::File& file);

}  // namespace assayer
