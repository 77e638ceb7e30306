// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/base/error.h"
#include "core/data/dataset.h"

namespace assayer {

/// Writes the native HDF5 form. The file appears under its name only once it is complete: it is
/// written aside, fsynced and renamed. An existing file is replaced only when `overwrite` is set.
/// Reading it back gives an equal Dataset.
Status write_dataset(const Dataset& data, const std::filesystem::path& path, bool overwrite);

}  // namespace assayer
