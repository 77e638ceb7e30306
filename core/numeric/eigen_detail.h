// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>
#include <span>

#include "core/base/matrix.h"

/// Matrices of ours as Eigen sees them, without copying.
namespace assayer::numeric::detail {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const RowMatrix>;
using MutableMap = Eigen::Map<RowMatrix>;
using ConstVectorMap = Eigen::Map<const Eigen::VectorXd>;
using MutableVectorMap = Eigen::Map<Eigen::VectorXd>;

inline Eigen::Index index(std::size_t i) {
  return static_cast<Eigen::Index>(i);
}

inline ConstMap map(MatrixView<double> m) {
  return {m.data(), index(m.rows()), index(m.cols())};
}
inline MutableMap map(Matrix<double>& m) {
  return {m.data(), index(m.rows()), index(m.cols())};
}
inline ConstVectorMap map(std::span<const double> v) {
  return {v.data(), index(v.size())};
}
inline MutableVectorMap map(std::span<double> v) {
  return {v.data(), index(v.size())};
}

template <class Derived>
Matrix<double> to_matrix(const Eigen::MatrixBase<Derived>& expression) {
  Matrix<double> result(static_cast<std::size_t>(expression.rows()),
                        static_cast<std::size_t>(expression.cols()));
  map(result) = expression;
  return result;
}

template <class Derived>
std::vector<double> to_vector(const Eigen::MatrixBase<Derived>& expression) {
  std::vector<double> result(static_cast<std::size_t>(expression.size()));
  map(std::span<double>(result)) = expression;
  return result;
}

}  // namespace assayer::numeric::detail
