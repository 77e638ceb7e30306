// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/abundances.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace assayer {

namespace {

constexpr double kPercent = 100;
/// Rounding of K quotients: closer sums are left alone, so that normalising twice changes nothing.
constexpr double kRounding = 1e-12;

enum class RowState { Missing, OnSimplex, PartlyMissing, Negative, NotOne };

struct RowCheck {
  RowState state = RowState::Missing;
  double sum = 0;
  std::size_t component = 0;  ///< the offending entry of PartlyMissing and Negative
};

RowCheck check_row(std::span<const double> row) {
  RowCheck check;
  std::size_t missing = 0;
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (std::isnan(row[k])) {
      ++missing;
      check.component = k;
      continue;
    }
    check.sum += row[k];
  }
  if (missing == row.size()) return check;
  if (missing > 0) {
    check.state = RowState::PartlyMissing;
    return check;
  }
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (row[k] >= -Abundances::kTolerance) continue;
    check.state = RowState::Negative;
    check.component = k;
    return check;
  }
  // Written so that an infinite sum fails too.
  const bool one = std::abs(check.sum - 1) <= Abundances::kTolerance;
  check.state = one ? RowState::OnSimplex : RowState::NotOne;
  return check;
}

void normalise(std::span<double> row) {
  double sum = 0;
  for (double& value : row) {
    value = std::max(value, 0.0);
    sum += value;
  }
  if (std::abs(sum - 1) <= kRounding) return;
  for (double& value : row) value /= sum;
}

Error row_error(const RowCheck& check, std::size_t row, std::span<const double> values,
                const std::vector<std::string>& names, std::size_t others) {
  Error error;
  error.kind = Error::Kind::Data;
  error.where = fmt::format("row {} (counted from 0)", row);
  error.expected =
      fmt::format("entries of at least 0 that sum to 1 within {}, or only NaN for an unlabelled row",
                  Abundances::kTolerance);
  switch (check.state) {
    case RowState::PartlyMissing:
      error.what = "the composition is partly missing";
      error.found = fmt::format("NaN for \"{}\" beside known components", names[check.component]);
      error.mend = "Fill in the missing component, or set the whole row to NaN.";
      break;
    case RowState::Negative:
      error.what = "the composition has a negative component";
      error.found = fmt::format("{:.6g} for \"{}\"", values[check.component], names[check.component]);
      error.mend = "Set negative components to 0 and divide the row by its sum.";
      break;
    default:
      error.what = "the composition does not sum to one";
      error.found = fmt::format("a sum of {:.6g}", check.sum);
      error.mend = std::abs(check.sum - kPercent) <= kPercent * Abundances::kTolerance
                       ? "These are percentages: divide them by 100."
                       : "Divide each row by its sum, or add a component for the part that was not measured.";
  }
  if (others > 0)
    error.found += fmt::format(" (and {} more {} off)", others, others == 1 ? "row is" : "rows are");
  return error;
}

Status check_names(const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (names[k].empty()) {
      return fail({Error::Kind::Data, "a component has no name", "", "a name for every component",
                   fmt::format("an empty one for component {} (counted from 0)", k), "Name the component."});
    }
    if (!seen.insert(names[k]).second) {
      return fail({Error::Kind::Data, "two components have the same name", "", "distinct names",
                   fmt::format("\"{}\" twice", names[k]), "Rename one of them."});
    }
  }
  return {};
}

}  // namespace

Result<Abundances> Abundances::create(Matrix<double> values, std::vector<std::string> components) {
  if (components.size() < 2) {
    return fail(
        {Error::Kind::Data, "a composition needs at least two components", "", "two or more",
         fmt::format("{}", components.size()),
         "Add the rest as a component of its own (1 minus the other), or leave the compositions out."});
  }
  if (values.cols() != components.size()) {
    return fail({Error::Kind::Data, "components and names do not match", "",
                 fmt::format("{} names, one per column", values.cols()), fmt::format("{}", components.size()),
                 "Give every component one name."});
  }
  if (auto status = check_names(components); !status) return fail(status.error());

  std::size_t first_row = 0;
  RowCheck first_check;
  std::size_t off = 0;
  for (std::size_t r = 0; r < values.rows(); ++r) {
    const RowCheck check = check_row(std::as_const(values).row(r));
    if (check.state == RowState::Missing) continue;
    if (check.state == RowState::OnSimplex) {
      normalise(values.row(r));
      continue;
    }
    if (off++ == 0) {
      first_row = r;
      first_check = check;
    }
  }
  if (off > 0)
    return fail(row_error(first_check, first_row, std::as_const(values).row(first_row), components, off - 1));
  return Abundances(std::move(values), std::move(components));
}

bool Abundances::known(std::size_t row) const {
  // One entry tells: a row is either complete or wholly missing.
  return !std::isnan(values_(row, 0));
}

}  // namespace assayer
