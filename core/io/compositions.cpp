// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/compositions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace assayer {

namespace {

/// An analysis that accounts for less says too little to be told from a mistake: rock without its oxygen
/// still reaches it.
constexpr double kLeastTotal = 0.5;
constexpr double kSame = 1e-4;

struct Totals {
  double low = 0;
  double high = 0;
};

/// The range of the rows' sums where the table is a partial analysis.
std::optional<Totals> partial_totals(const Matrix<double>& values) {
  std::optional<Totals> totals;
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
      totals = Totals{sum, sum};
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

std::string percent_to_fractions(Matrix<double>& values) {
  constexpr double tolerance = 0.03;
  constexpr double percent_from = 2;
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (std::size_t r = 0; r < values.rows(); ++r) {
    const auto row = values.row(r);
    if (std::ranges::all_of(row, [](double part) { return std::isnan(part); })) continue;
    double sum = 0;
    for (const double part : row) sum += std::isnan(part) ? 0 : part;
    low = std::min(low, sum);
    high = std::max(high, sum);
  }
  // Without a known row `low` is infinite.
  if (!(low > percent_from && low <= high && high <= 100 * (1 + tolerance))) return {};
  const bool whole = low >= 100 * (1 - tolerance);
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
