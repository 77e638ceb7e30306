// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "core/io/array_container.h"
#include "core/io/importer.h"

namespace assayer {

/// What a container's arrays would become: fields for each array and the settings of array_plan.h. Of the
/// roles in `options` those of spectra count, too, for settings are about these; the field itself keeps the
/// role that it has without.
Result<ImportContents> inspect_arrays(const ArrayContainer& container, const std::string& format,
                                      const ImportOptions& options, RunControl& control);

/// Makes a data set of a container's arrays: one plan (array_plan.h), then one pass over each array. Besides
/// the spectra as float32 only a block of numbers is in memory.
Result<Imported> import_arrays(const ArrayContainer& container, const std::string& format,
                               const std::filesystem::path& path, const ImportOptions& options,
                               RunControl& control, const ProgressFn& progress);

}  // namespace assayer
