// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "core/data/spectra.h"

namespace assayer::ui {

/// The rows of one group among those that were read.
struct GroupSpectra {
  std::size_t group = 0;    ///< of the data's groups
  std::size_t rows = 0;     ///< how many of them were read
  std::vector<float> mean;  ///< [C], as in SelectionSpectra
  std::vector<float> sd;    ///< [C]; empty of a single row, which has no spread
};

/// Spectra of selected rows as they are drawn: a few one by one, many as mean ± sd. Free of widgets.
struct SelectionSpectra {
  /// Means of more groups could not be told apart; the largest are taken.
  static constexpr std::size_t kMostGroups = 12;

  Rows rows;
  Matrix<float> spectra;  ///< [rows, C] of a few; else empty
  /// Of many, by channel over the finite values [C]; NaN where there is none. Else empty.
  std::vector<float> mean;
  std::vector<float> sd;             ///< divisor n − 1
  std::vector<GroupSpectra> groups;  ///< in the data's order; empty unless they were asked for
  std::size_t groups_in_all = 0;     ///< that the rows belong to
};

/// `most`: how many are "a few"; nothing: neither the rows' spectra nor their mean ± sd are wanted. Goes
/// through the file where spectra stay in it, without keeping them. `groups`: besides, mean ± sd of each
/// group's rows; null: not.
Result<SelectionSpectra> readSelection(const Spectra& spectra, Rows rows, std::optional<std::size_t> most,
                                       const RunControl& control, const Groups* groups = nullptr);

}  // namespace assayer::ui
