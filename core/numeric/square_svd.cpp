// SPDX-License-Identifier: GPL-3.0-or-later
#include <Eigen/SVD>

#include "core/numeric/square_svd_detail.h"

namespace assayer::numeric::detail {

void square_svd(const Eigen::MatrixXd& m, Eigen::MatrixXd& left, Eigen::VectorXd& values,
                Eigen::MatrixXd& right) {
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(m, Eigen::ComputeThinU | Eigen::ComputeThinV);
  left = svd.matrixU();
  values = svd.singularValues();
  right = svd.matrixV();
}

}  // namespace assayer::numeric::detail
