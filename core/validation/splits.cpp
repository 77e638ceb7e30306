// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "core/base/random.h"
#include "core/validation/validation.h"

namespace assayer {
namespace {

Error bad_by(std::string_view by, std::string expected) {
  return {.kind = Error::Kind::Usage,
          .what = "the way of splitting makes no sense",
          .where = "by",
          .expected = std::move(expected),
          .found = fmt::format("\"{}\"", by),
          .mend = {}};
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Splits of positions in `rows` as splits of the data's rows.
std::vector<Split> in_data(std::vector<Split> splits, const Rows& rows) {
  for (Split& split : splits)
    for (auto* side : {&split.train, &split.test})
      for (std::uint32_t& row : *side) row = rows[row];
  return splits;
}

/// Group (0 without groups) and largest component.
using Stratum = std::pair<std::int32_t, std::size_t>;

Stratum stratum_of(const Dataset& data, std::uint32_t row) {
  const auto y = data.abundances()->row(row);
  const auto largest = static_cast<std::size_t>(std::ranges::max_element(y) - y.begin());
  return {data.groups() ? data.groups()->of_row[row] : 0, largest};
}

/// The fold of every position of `rows`: those of one stratum in the order of their largest component, F by F
/// dealt to the F folds.
std::vector<std::uint32_t> stratified_folds(const Dataset& data, const Rows& rows, std::size_t folds,
                                            std::uint64_t seed) {
  Random random(seed);
  std::vector<std::uint32_t> order = random.permutation(rows.size());
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) {
    const Stratum stratum = stratum_of(data, rows[i]);
    return std::tuple(stratum, data.abundances()->row(rows[i])[stratum.second]);
  });
  std::vector<std::uint32_t> fold(rows.size());
  std::vector<std::uint32_t> deal;
  for (std::size_t place = 0; place < order.size(); ++place) {
    if (place % folds == 0) deal = random.permutation(folds);
    fold[order[place]] = deal[place % folds];
  }
  return fold;
}

}  // namespace

Rows stratified_order(const Dataset& data, const Rows& rows, std::uint64_t seed) {
  Random random(seed);
  std::map<Stratum, Rows> strata;
  for (const std::uint32_t place : random.permutation(rows.size()))
    strata[stratum_of(data, rows[place])].push_back(rows[place]);
  // Row i of n at (i + u) / n: every stretch of the line has its share of every stratum.
  std::vector<std::pair<double, std::uint32_t>> line;
  for (const auto& [stratum, members] : strata) {
    const double offset = random.uniform();
    for (std::size_t i = 0; i < members.size(); ++i)
      line.emplace_back((static_cast<double>(i) + offset) / static_cast<double>(members.size()), members[i]);
  }
  std::ranges::sort(line);
  Rows order;
  for (const auto& [at, row] : line) order.push_back(row);
  return order;
}

std::vector<std::size_t> learning_steps(std::size_t components, std::size_t all, std::size_t steps) {
  const std::size_t first = std::min(all, std::max<std::size_t>(8, components + 2));
  std::vector<std::size_t> counts;
  for (std::size_t step = 0; step + 1 < steps; ++step) {
    const double share = static_cast<double>(step) / static_cast<double>(steps - 1);
    const double count =
        static_cast<double>(first) * std::pow(static_cast<double>(all) / static_cast<double>(first), share);
    const auto whole = static_cast<std::size_t>(std::llround(count));
    if (whole < all && (counts.empty() || counts.back() < whole)) counts.push_back(whole);
  }
  counts.push_back(all);
  return counts;
}

Result<std::vector<Split>> make_splits(const Dataset& data, const Rows& rows, std::string_view by,
                                       std::size_t repeats, std::uint64_t seed) {
  constexpr std::string_view kForms = "kfold:F, stratified:F, compositions:F, group or leave-groups:P[:M]";
  const std::string_view kind = by.substr(0, by.find(':'));
  const std::string_view rest = by.size() > kind.size() ? by.substr(kind.size() + 1) : std::string_view{};
  if (kind == "kfold" || kind == "compositions" || kind == "stratified") {
    const auto folds = number(rest);
    if (!folds || *folds < 2) return fail(bad_by(by, fmt::format("{}:F with F at least 2", kind)));
    if (repeats < 1) return fail(bad_by(by, "at least 1 repeat"));
    Matrix<double> y(rows.size(), data.components());
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::ranges::copy(data.abundances()->row(rows[i]), y.row(i).begin());
    const auto groups = groups_of_equal_rows(y);
    if (kind == "stratified" && rows.size() < *folds) return fail(bad_by(by, "no fewer rows than folds"));
    std::vector<Split> all;
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
      if (kind == "stratified") {
        const auto dealt = stratified_folds(data, rows, *folds, seed + repeat);
        for (Split& split : in_data(splits_of_folds(dealt), rows)) all.push_back(std::move(split));
        continue;
      }
      FoldOptions options{.folds = *folds, .seed = seed + repeat, .stratify_by = y, .groups = {}};
      if (kind == "compositions") options.groups = groups;
      const auto assigned = assign_folds(rows.size(), options);
      if (!assigned) return fail(assigned.error());
      for (Split& split : in_data(splits_of_folds(*assigned), rows)) all.push_back(std::move(split));
    }
    return all;
  }
  if (by != "group" && kind != "leave-groups") return fail(bad_by(by, std::string(kForms)));
  if (!data.groups()) {
    return fail({.kind = Error::Kind::Data,
                 .what = "the data have no groups to leave out",
                 .where = "/group",
                 .expected = "an acquisition group per spectrum",
                 .found = "none",
                 .mend = "Use kfold:5 or compositions:5"});
  }
  std::size_t left_out = 1;
  std::size_t most = 0;
  if (kind == "leave-groups") {
    const auto count = number(rest.substr(0, rest.find(':')));
    if (!count || *count < 1) return fail(bad_by(by, "leave-groups:P[:M] with P at least 1"));
    left_out = *count;
    if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
      const auto limit = number(rest.substr(colon + 1));
      if (!limit || *limit < 1) return fail(bad_by(by, "leave-groups:P:M with M at least 1"));
      most = *limit;
    }
  }
  std::vector<std::uint32_t> of_row;
  for (const std::uint32_t row : rows)
    of_row.push_back(static_cast<std::uint32_t>(data.groups()->of_row[row]));
  auto splits = leave_groups_out(of_row, left_out, most, seed);
  if (!splits) return fail(splits.error());
  return in_data(*std::move(splits), rows);
}

Status check_no_leak(const TrainPlan& plan, const Rows& test) {
  for (const auto& [name, used] : {std::pair{"labelled", &plan.labelled}, {"unlabelled", &plan.unlabelled}}) {
    Rows sorted = *used;
    std::ranges::sort(sorted);
    const auto leaked = std::ranges::find_if(
        test, [&](std::uint32_t row) { return std::ranges::binary_search(sorted, row); });
    if (leaked == test.end()) continue;
    return fail({.kind = Error::Kind::Data,
                 .what = "a row that judges is also learnt from",
                 .where = fmt::format("row {}", *leaked),
                 .expected = "test rows that training does not see",
                 .found = fmt::format("the row among the {} ones", name),
                 .mend = "This is a fault of the program: please report it"});
  }
  return {};
}

double student_975(std::size_t degrees_of_freedom) {
  constexpr std::array<double, 30> kTable = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060,
                                             2.2622,  2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199,
                                             2.1098,  2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639,
                                             2.0595,  2.0555, 2.0518, 2.0484, 2.0452, 2.0423};
  if (degrees_of_freedom == 0) return std::numeric_limits<double>::quiet_NaN();
  if (degrees_of_freedom <= kTable.size()) return kTable[degrees_of_freedom - 1];
  // Cornish-Fisher about the normal quantile; good to 1e-4 from 30 on.
  const double z = 1.959964;
  const auto n = static_cast<double>(degrees_of_freedom);
  return z + (z * z * z + z) / (4 * n) + (5 * std::pow(z, 5) + 16 * std::pow(z, 3) + 3 * z) / (96 * n * n);
}

}  // namespace assayer
