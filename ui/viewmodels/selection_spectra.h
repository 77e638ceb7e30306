// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/data/selection.h"
#include "core/data/spectra.h"

namespace assayer::ui {

/// Spectra of selected rows as they are drawn: a few one by one, many as mean ± sd. Free of widgets.
struct SelectionSpectra {
  Rows rows;
  Matrix<float> spectra;  ///< [rows, C] of a few; else empty
  /// Of many, by channel over the finite values [C]; NaN where there is none. Else empty.
  std::vector<float> mean;
  std::vector<float> sd;  ///< divisor n − 1
};

/// `most`: how many are "a few". Goes through the file where spectra stay in it, without keeping them.
Result<SelectionSpectra> readSelection(const Spectra& spectra, Rows rows, std::size_t most,
                                       const RunControl& control);

}  // namespace assayer::ui
