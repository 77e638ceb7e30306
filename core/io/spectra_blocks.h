// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/spectra.h"

namespace assayer {

/// What is to be done with spectra `first` … `first` + block.rows() - 1, which are valid during the call.
using UseBlock = std::function<Status(std::size_t first, MatrixView<float> block)>;

/// Calls `use` with all spectra, `rows` at a time and in their order, for whatever streams through them. Of
/// spectra that stay in their file, the next block is read on another thread meanwhile, and at most two are
/// in memory. Progress is "writing". Ends at the first error and, with Error::cancel(), at a stop.
Status for_each_block(const Spectra& spectra, std::size_t rows, RunControl& control,
                      const ProgressFn& progress, const UseBlock& use);

}  // namespace assayer
