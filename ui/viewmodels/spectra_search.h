// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/selection.h"
#include "core/data/spectra.h"

namespace assayer::ui {

/// A box drawn over spectra: the channels within its sides, and the values from its bottom to its top.
struct SpectraBox {
  std::vector<std::size_t> channels;
  double low = 0;
  double high = 0;
};

/// The rows with a value in the box, at any of its channels. Goes through a file block by block where spectra
/// stay in it, without keeping them. Cancelled by `control`.
Result<Rows> rowsThrough(const Spectra& spectra, const SpectraBox& box, RunControl& control,
                         const ProgressFn& progress);

}  // namespace assayer::ui
