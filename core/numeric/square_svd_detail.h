// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>

namespace assayer::numeric::detail {

/// Every singular value, descending, and vector of a square matrix: m = left · diag(values) · rightᵀ.
/// A source file of its own: Eigen's templates for this alone take more than a gigabyte to compile.
void square_svd(const Eigen::MatrixXd& m, Eigen::MatrixXd& left, Eigen::VectorXd& values,
                Eigen::MatrixXd& right);

}  // namespace assayer::numeric::detail
