// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/compositions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace assayer {

namespace {

/// An analysis that accounts for less says too little to be told from a mistake: rock without its oxygen
/// still reaches it.
constexpr double kLeastTotal = 0.5;
constexpr double kSame = 1e-4;

/// How far the sum of an analysis may be above one.
constexpr double kTolerance = 0.03;

bool is_missing(std::span<const double> row) {
  return std::ranges::all_of(row, [](double part) { return std::isnan(part); });
}

/// The range of the rows' sums where the table is a partial analysis.
std::optional<SumRange> partial_totals(const Matrix<double>& values) {
  std::optional<SumRange> totals;
  std::optional<std::size_t> first;
  bool differ = false;
  for (std::size_t r = 0; r < values.rows(); ++r) {
    const auto row = values.row(r);
    const auto missing = std::ranges::count_if(row, [](double part) { return std::isnan(part); });
    if (missing == std::ssize(row)) continue;
    double sum = 0;
    for (const double part : row) {
      if (!(part >= 0)) return std::nullopt;  // also a NaN beside numbers
      sum += part;
    }
    if (sum <= kLeastTotal || sum >= 1 - Abundances::kTolerance) return std::nullopt;
    if (!first) {
      first = r;
      totals = SumRange{sum, sum};
      continue;
    }
    totals->low = std::min(totals->low, sum);
    totals->high = std::max(totals->high, sum);
    for (std::size_t k = 0; k < row.size(); ++k)
      differ = differ || std::abs(row[k] - values(*first, k)) > kSame;
  }
  if (totals && differ && totals->high - totals->low <= kSame) return std::nullopt;
  return totals;
}

}  // namespace

std::string percent_to_fractions(Matrix<double>& values, bool keep_sums) {
  constexpr double percent_from = 2;
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (std::size_t r = 0; r < values.rows(); ++r) {
    const auto row = values.row(r);
    if (is_missing(row)) continue;
    double sum = 0;
    for (const double part : row) sum += std::isnan(part) ? 0 : part;
    low = std::min(low, sum);
    high = std::max(high, sum);
  }
  // Without a known row `low` is infinite.
  if (!(low > percent_from && low <= high && high <= 100 * (1 + kTolerance))) return {};
  const bool whole = !keep_sums && low >= 100 * (1 - kTolerance);
  for (std::size_t r = 0; r < values.rows(); ++r) {
    const auto row = values.row(r);
    double sum = 0;
    for (const double part : row) sum += part;  // NaN stays NaN
    // A partial analysis keeps its scale; read_compositions tells it from a whole.
    for (double& part : row) part /= whole && !std::isnan(sum) ? sum : 100;
  }
  const std::string sums = fmt::format("{:g}", low) == fmt::format("{:g}", high)
                               ? fmt::format("{:g}", low)
                               : fmt::format("{:g} to {:g}", low, high);
  return whole ? fmt::format(
                     "The compositions sum to {} and are taken for percent: every row is divided by its sum.",
                     sums)
               : fmt::format("The compositions sum to {} and are taken for percent.", sums);
}

std::optional<SumRange> incomplete_sums(const Matrix<double>& values) {
  Matrix<double> parts = values;
  percent_to_fractions(parts);
  std::optional<SumRange> sums;
  for (std::size_t r = 0; r < parts.rows(); ++r) {
    const auto row = std::as_const(parts).row(r);
    if (is_missing(row)) continue;
    double sum = 0;
    for (const double part : row) {
      if (!(part >= 0)) return std::nullopt;  // also a NaN beside numbers
      sum += part;
    }
    if (!(sum <= 1 + kTolerance)) return std::nullopt;
    if (!sums) sums = SumRange{sum, sum};
    sums->low = std::min(sums->low, sum);
    sums->high = std::max(sums->high, sum);
  }
  return sums && sums->low < 1 - Abundances::kTolerance ? sums : std::nullopt;
}

Result<std::vector<std::string>> add_rest(Matrix<double>& values, std::vector<std::string>& components,
                                          const std::string& name) {
  if (std::ranges::find(components, name) != components.end()) {
    return fail({Error::Kind::Usage, "there is a component of that name already", name, "another name",
                 fmt::format("{}", fmt::join(components, ", ")), "Give the rest a name of its own."});
  }
  std::vector<std::string> sentences;
  if (auto percent = percent_to_fractions(values, true); !percent.empty())
    sentences.push_back(std::move(percent));
  std::vector<double> rest(values.rows(), std::numeric_limits<double>::quiet_NaN());
  SumRange range{1, 0};
  std::size_t divided = 0;
  for (std::size_t r = 0; r < values.rows(); ++r) {
    const auto row = values.row(r);
    if (is_missing(row)) continue;
    double sum = 0;
    for (const double part : row) sum += part;
    if (std::isnan(sum)) {
      // Partly missing: for Abundances to tell, by the component that is.
      rest[r] = 0;
      continue;
    }
    if (sum > 1 + kTolerance) {
      return fail({Error::Kind::Data, "there is no rest to add: the composition sums to more than one",
                   fmt::format("row {} (counted from 0)", r), "a sum of at most 1, or 100 for percent",
                   fmt::format("{:.6g}", sum),
                   "Correct the row, or leave out the columns that are no components."});
    }
    if (sum > 1 + Abundances::kTolerance) ++divided;
    for (double& part : row) part /= std::max(sum, 1.0);
    rest[r] = std::max(0.0, 1 - sum);
    range.low = std::min(range.low, rest[r]);
    range.high = std::max(range.high, rest[r]);
  }
  if (divided > 0)
    sentences.push_back(
        fmt::format("{} to more than one: divided by the sum.",
                    divided == 1 ? "1 composition sums" : fmt::format("{} compositions sum", divided)));
  if (range.high <= Abundances::kTolerance) {
    // A component that is always 0 would be learnt.
    sentences.push_back(
        fmt::format("There is no component \"{}\": the compositions leave nothing out.", name));
    return sentences;
  }
  Matrix<double> wider(values.rows(), values.cols() + 1);
  for (std::size_t r = 0; r < values.rows(); ++r) {
    std::ranges::copy(values.row(r), wider.row(r).begin());
    wider.row(r).back() = rest[r];
  }
  values = std::move(wider);
  components.push_back(name);
  sentences.push_back(fmt::format("The component \"{}\" completes the compositions; it is {:.4g} to {:.4g}.",
                                  name, range.low, range.high));
  return sentences;
}

Result<ReadCompositions> read_compositions(Matrix<double> values, std::vector<std::string> components,
                                           std::string_view name) {
  ReadCompositions result;
  const std::string place = name.starts_with('/') ? std::string(name) : fmt::format("/{}", name);
  const auto totals =
      values.cols() == components.size() && values.cols() >= 2 ? partial_totals(values) : std::nullopt;
  if (!totals) {
    auto abundances = Abundances::create(std::move(values), std::move(components));
    if (!abundances) return fail(abundances.error().in(place));
    result.abundances = *std::move(abundances);
    return result;
  }
  for (std::size_t k = 0; k < components.size(); ++k) {
    std::vector<double> column(values.rows());
    for (std::size_t r = 0; r < column.size(); ++r) column[r] = values(r, k);
    result.columns.push_back({fmt::format("{}[{}]", name, components[k]), std::move(column)});
  }
  const std::string sums = totals->high - totals->low <= kSame
                               ? fmt::format("{:.4f}", totals->low)
                               : fmt::format("{:.4f} to {:.4f}", totals->low, totals->high);
  result.warning = fmt::format(
      "{}: every known row sums to less than 1 ({}), as chemical analyses do that leave a part unmeasured; "
      "the "
      "spectra are taken as unlabelled and the analysis is kept as the columns {} and so on. To train on it, "
      "add "
      "the rest as a component or divide each row by its sum.",
      place, sums, result.columns.front().name);
  return result;
}

}  // namespace assayer
