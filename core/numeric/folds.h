// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer {

struct FoldOptions {
  std::size_t folds = 5;
  std::uint64_t seed = 0;
  /// Compositions [n, K], or empty: rows whose largest component is the same (the first of equal ones) are
  /// dealt evenly to the folds.
  MatrixView<double> stratify_by{};
  /// [n], or empty: rows of one group go to one fold. With stratify_by too, a group's stratum is the largest
  /// component of the sum of its rows.
  std::span<const std::uint32_t> groups{};
};

/// The fold of every one of `n` rows, 0 … folds − 1; every fold has a row.
///
/// Rows (or groups, the larger ones first) are shuffled and dealt one by one to the fold with the fewest rows
/// of their stratum, of these to the one with the fewest rows. Without groups the folds of a stratum
/// therefore differ by at most one row, and so do the folds of everything if there is one stratum. Usage
/// error: fewer than 2 folds, fewer rows (groups) than folds, or shapes that disagree. Data error:
/// stratify_by has a row without a largest component (NaN).
Result<std::vector<std::uint32_t>> assign_folds(std::size_t n, const FoldOptions& options = {});

/// A number for every row of `y` [n, K], the same for rows that are equal in all columns (NaN equals NaN, −0
/// equals 0), counted up from 0 in order of first appearance. For compositions of replicates that must not be
/// torn apart.
std::vector<std::uint32_t> groups_of_equal_rows(MatrixView<double> y);

struct Split {
  std::vector<std::uint32_t> train;  ///< rows, ascending
  std::vector<std::uint32_t> test;   ///< rows, ascending
};

/// The splits of a fold assignment: split f tests fold f.
std::vector<Split> splits_of_folds(std::span<const std::uint32_t> fold_of_row);

/// Splits that test `left_out` whole groups each. All of them, in lexicographic order of the groups' numbers,
/// or where `max_splits` is not 0 and there are more, that many different ones drawn uniformly, in the same
/// order. `group_of_row` [n]: any numbers, one per row. Usage error: left_out is 0 or not below the number of
/// groups, or there are more than 100000 splits and no smaller max_splits.
Result<std::vector<Split>> leave_groups_out(std::span<const std::uint32_t> group_of_row, std::size_t left_out,
                                            std::size_t max_splits = 0, std::uint64_t seed = 0);

}  // namespace assayer
