// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/data/abundances.h"
#include "core/data/dataset.h"

namespace assayer {

/// What a file's table of compositions turns into.
struct ReadCompositions {
  std::optional<Abundances> abundances;
  std::vector<MetadataColumn> columns;  ///< of a partial analysis
  std::string warning;                  ///< a sentence, or empty
};

/// Divides rows that all sum to more than 2 and to at most about 100 by 100, or by their sums where all are
/// about 100, unless `keep_sums`. What was done as a sentence; empty where nothing was.
std::string percent_to_fractions(Matrix<double>& values, bool keep_sums = false);

/// The smallest and the largest sum of compositions.
struct SumRange {
  double low = 0;
  double high = 0;
};
/// The sums of the known rows, in parts of one, where a further component can complete them: every one has
/// entries of at least 0 and sums to at most about 1 or 100, and at least one of them to clearly less. Else
/// nullopt: complete, or to be mended otherwise.
std::optional<SumRange> incomplete_sums(const Matrix<double>& values);

/// Completes parts of one, or percent, by the component `name`, which is what each known row leaves to one.
/// Rows that sum to slightly more are divided by their sum, as analyses are. What was done as sentences. Data
/// error for a row that sums to more than that, Usage error where there is such a component already.
Result<std::vector<std::string>> add_rest(Matrix<double>& values, std::vector<std::string>& components,
                                          const std::string& name);

/// Compositions must sum to one (Abundances). One exception serves chemical analyses, which leave out what
/// they cannot measure (oxygen, water, traces): where every known row has entries of at least 0 that sum to
/// more than one half and clearly less than one, the data open without compositions, the analysis is kept as
/// metadata columns "NAME[component]", and a warning says so. Different compositions with one and the same
/// sum are no analysis but a mistake of scale, and an error like any other row that does not sum to one.
Result<ReadCompositions> read_compositions(Matrix<double> values, std::vector<std::string> components,
                                           std::string_view name);

}  // namespace assayer
