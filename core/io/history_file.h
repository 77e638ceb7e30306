// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/train/objective_terms.h"

namespace assayer {

/// The objective of a run in a group of a file: datasets epoch [E], total [E] and terms [E, T] with the
/// terms' names in the attribute `names`.
Status write_history(hdf5::File& file, const std::string& group, const std::vector<ObjectiveRecord>& history);
/// Terms that the file does not have are NaN; one that this version does not know is a Format error, and so
/// are lengths that differ.
Result<std::vector<ObjectiveRecord>> read_history(const hdf5::File& file, const std::string& group);

}  // namespace assayer
