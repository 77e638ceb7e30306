// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/io/hdf5_file.h"

namespace assayer {

/// Writes the native HDF5 form. The file appears under its name only once it is complete: it is
/// written aside, fsynced and renamed. An existing file is replaced only when `overwrite` is set.
/// Reading it back gives an equal Dataset. Spectra that stay in their file are streamed; above 256 MiB they
/// are not compressed.
Status write_dataset(const Dataset& data, const std::filesystem::path& path, bool overwrite);
/// The same with progress; a stop leaves nothing behind.
Status write_dataset(const Dataset& data, const std::filesystem::path& path, bool overwrite,
                     RunControl& control, const ProgressFn& progress);

/// The same form in a group of another file (see hdf5::File::group).
Status write_dataset(const Dataset& data, hdf5::File& group, RunControl& control, const ProgressFn& progress);

}  // namespace assayer
