// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/numeric/folds.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "core/base/random.h"

namespace assayer {
namespace {

constexpr std::size_t kMostSplits = 100000;

Error error(Error::Kind kind, std::string what) {
  return {kind, std::move(what), "folds", {}, {}, {}};
}

/// What goes to a fold as a whole.
struct Unit {
  std::vector<std::uint32_t> rows;
  std::size_t stratum = 0;
};

/// The place of every number among the different ones, ascending.
std::vector<std::uint32_t> ranked(std::span<const std::uint32_t> numbers, std::size_t& different) {
  std::map<std::uint32_t, std::uint32_t> rank;
  for (const std::uint32_t number : numbers) rank[number] = 0;
  different = 0;
  for (auto& [number, place] : rank) place = static_cast<std::uint32_t>(different++);
  std::vector<std::uint32_t> result(numbers.size());
  std::ranges::transform(numbers, result.begin(), [&](std::uint32_t number) { return rank[number]; });
  return result;
}

/// Number of ways to choose k of n, or kMostSplits + 1 where it is larger than `enough`.
std::size_t choices(std::size_t n, std::size_t k, std::size_t enough) {
  k = std::min(k, n - k);
  double count = 1;
  for (std::size_t i = 1; i <= k; ++i) {
    count = count * static_cast<double>(n - k + i) / static_cast<double>(i);
    if (count > static_cast<double>(enough)) return enough + 1;
  }
  return static_cast<std::size_t>(std::llround(count));
}

/// The next choice of numbers below n in lexicographic order; false after the last.
bool advance(std::vector<std::uint32_t>& chosen, std::size_t n) {
  const std::size_t k = chosen.size();
  for (std::size_t i = k; i-- > 0;) {
    if (chosen[i] + (k - i) >= n) continue;
    ++chosen[i];
    for (std::size_t j = i + 1; j < k; ++j) chosen[j] = chosen[j - 1] + 1;
    return true;
  }
  return false;
}

}  // namespace

Result<std::vector<std::uint32_t>> assign_folds(std::size_t n, const FoldOptions& options) {
  const bool stratified = !options.stratify_by.empty();
  const bool grouped = !options.groups.empty();
  if (options.folds < 2) return fail(error(Error::Kind::Usage, "at least two folds are needed"));
  if ((stratified && options.stratify_by.rows() != n) || (grouped && options.groups.size() != n))
    return fail(error(Error::Kind::Usage, "a composition or group is needed for every row"));

  std::vector<Unit> units(n);
  if (grouped) {
    std::size_t different = 0;
    const std::vector<std::uint32_t> group = ranked(options.groups, different);
    units.resize(different);
    for (std::size_t i = 0; i < n; ++i) units[group[i]].rows.push_back(static_cast<std::uint32_t>(i));
  } else {
    for (std::size_t i = 0; i < n; ++i) units[i].rows = {static_cast<std::uint32_t>(i)};
  }
  if (units.size() < options.folds)
    return fail(error(Error::Kind::Usage,
                      grouped ? "there are fewer groups than folds" : "there are fewer rows than folds"));

  const std::size_t strata = stratified ? options.stratify_by.cols() : 1;
  if (stratified) {
    for (Unit& unit : units) {
      std::vector<double> sum(strata, 0.0);
      for (const std::uint32_t row : unit.rows)
        for (std::size_t k = 0; k < strata; ++k) sum[k] += options.stratify_by(row, k);
      if (std::ranges::any_of(sum, [](double s) { return std::isnan(s); }))
        return fail(error(Error::Kind::Data, "a row without a composition cannot be stratified"));
      unit.stratum = static_cast<std::size_t>(std::ranges::max_element(sum) - sum.begin());
    }
  }

  Random random(options.seed);
  std::vector<std::uint32_t> order = random.permutation(units.size());
  std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
    if (units[a].rows.size() != units[b].rows.size()) return units[a].rows.size() > units[b].rows.size();
    return units[a].stratum < units[b].stratum;
  });
  std::vector<std::vector<std::size_t>> in_stratum(strata, std::vector<std::size_t>(options.folds, 0));
  std::vector<std::size_t> in_fold(options.folds, 0);
  std::vector<std::uint32_t> result(n);
  for (const std::uint32_t u : order) {
    const Unit& unit = units[u];
    std::vector<std::size_t>& here = in_stratum[unit.stratum];
    std::size_t best = 0;
    for (std::size_t f = 1; f < options.folds; ++f)
      if (here[f] < here[best] || (here[f] == here[best] && in_fold[f] < in_fold[best])) best = f;
    here[best] += unit.rows.size();
    in_fold[best] += unit.rows.size();
    for (const std::uint32_t row : unit.rows) result[row] = static_cast<std::uint32_t>(best);
  }
  return result;
}

std::vector<std::uint32_t> groups_of_equal_rows(MatrixView<double> y) {
  std::map<std::vector<std::uint64_t>, std::uint32_t> seen;
  std::vector<std::uint32_t> result;
  result.reserve(y.rows());
  for (std::size_t i = 0; i < y.rows(); ++i) {
    std::vector<std::uint64_t> key;
    key.reserve(y.cols());
    for (const double value : y.row(i)) {
      // One bit pattern for all that counts as equal.
      const double plain = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN()
                           : value == 0      ? 0.0
                                             : value;
      std::uint64_t bits = 0;
      std::memcpy(&bits, &plain, sizeof bits);
      key.push_back(bits);
    }
    result.push_back(seen.try_emplace(std::move(key), static_cast<std::uint32_t>(seen.size())).first->second);
  }
  return result;
}

std::vector<Split> splits_of_folds(std::span<const std::uint32_t> fold_of_row) {
  std::size_t folds = 0;
  const std::vector<std::uint32_t> fold = ranked(fold_of_row, folds);
  std::vector<Split> splits(folds);
  for (std::size_t i = 0; i < fold.size(); ++i)
    for (std::size_t f = 0; f < folds; ++f)
      (fold[i] == f ? splits[f].test : splits[f].train).push_back(static_cast<std::uint32_t>(i));
  return splits;
}

Result<std::vector<Split>> leave_groups_out(std::span<const std::uint32_t> group_of_row, std::size_t left_out,
                                            std::size_t max_splits, std::uint64_t seed) {
  std::size_t groups = 0;
  const std::vector<std::uint32_t> group = ranked(group_of_row, groups);
  if (left_out == 0 || left_out >= groups)
    return fail(error(Error::Kind::Usage, "at least one group must be left out, and at least one stay"));
  const std::size_t all = choices(groups, left_out, kMostSplits);
  const std::size_t wanted = max_splits == 0 ? all : std::min(all, max_splits);
  if (wanted > kMostSplits)
    return fail(error(Error::Kind::Usage, "there are more than 100000 ways to leave that many groups out"));

  std::set<std::vector<std::uint32_t>> chosen;
  Random random(seed);
  if (all <= kMostSplits) {
    std::vector<std::uint32_t> order = random.permutation(all);
    order.resize(wanted);
    std::ranges::sort(order);
    std::vector<std::uint32_t> now(left_out);
    std::iota(now.begin(), now.end(), 0U);
    std::size_t number = 0;
    auto next = order.begin();
    do {
      if (next != order.end() && *next == number) {
        chosen.insert(now);
        ++next;
      }
      ++number;
    } while (advance(now, groups));
  } else {
    // Few of very many: a draw that was had before is drawn again.
    while (chosen.size() < wanted) {
      std::vector<std::uint32_t> draw = random.permutation(groups);
      draw.resize(left_out);
      std::ranges::sort(draw);
      chosen.insert(std::move(draw));
    }
  }

  std::vector<Split> splits;
  splits.reserve(chosen.size());
  for (const std::vector<std::uint32_t>& test : chosen) {
    Split split;
    for (std::size_t i = 0; i < group.size(); ++i)
      (std::ranges::binary_search(test, group[i]) ? split.test : split.train)
          .push_back(static_cast<std::uint32_t>(i));
    splits.push_back(std::move(split));
  }
  return splits;
}

}  // namespace assayer
