// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer {

/// Compositions of N spectra over K named components: each row lies on the simplex (entries >= 0,
/// sum 1) or is missing (all NaN). K >= 2; the names are distinct and not empty.
class Abundances {
 public:
  /// How far a row's sum may be from 1 (float32 files, rounded percentages), and an entry below 0.
  /// Rows within it are renormalised to sum exactly 1.
  static constexpr double kTolerance = 1e-3;

  /// Fails on the first row that is neither on the simplex nor wholly missing, naming it and its sum.
  static Result<Abundances> create(Matrix<double> values, std::vector<std::string> components);

  [[nodiscard]] std::size_t rows() const { return values_.rows(); }
  [[nodiscard]] std::size_t components() const { return names_.size(); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] bool known(std::size_t row) const;
  [[nodiscard]] std::span<const double> row(std::size_t r) const { return values_.row(r); }
  [[nodiscard]] const Matrix<double>& values() const { return values_; }

 private:
  Abundances(Matrix<double> values, std::vector<std::string> names)
      : values_(std::move(values)), names_(std::move(names)) {}
  Matrix<double> values_;
  std::vector<std::string> names_;
};

}  // namespace assayer
