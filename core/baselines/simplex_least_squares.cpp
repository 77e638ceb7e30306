// SPDX-License-Identifier: GPL-3.0-or-later
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/baselines/eigen_detail.h"
#include "core/baselines/endmember_detail.h"

namespace assayer::baselines::detail {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

// One row at a time: min ½ aᵀGa − bᵀa, a >= 0, 1ᵀa = 1, from the best corner on, freeing one component after
// the other as Lawson & Hanson do without the sum.
class ActiveSet {
 public:
  explicit ActiveSet(const Eigen::MatrixXd& gram)
      : gram_(gram),
        // ½ ρ (1ᵀa)² is constant where 1ᵀa = 1, and makes G positive definite off that plane, too.
        firm_(gram.array() + std::max(gram.diagonal().mean(), 1e-300)),
        a_(VectorXd::Zero(gram.rows())),
        refused_(static_cast<std::size_t>(gram.rows())) {}

  // From the best corner, or from a guess on the simplex. False when it does not end.
  bool solve(const VectorXd& b, const VectorXd* guess) {
    const Index k = gram_.rows();
    if (guess == nullptr || !resume(b, *guess)) {
      Index corner = 0;
      (0.5 * gram_.diagonal() - b).minCoeff(&corner);
      a_.setZero();
      a_[corner] = 1;
      free_.assign(1, corner);
    }
    std::ranges::fill(refused_, char{0});
    const double tolerance = 1e-13 * (gram_.diagonal().maxCoeff() + b.cwiseAbs().maxCoeff());

    for (Index step = 0; step < 50 * k + 100; ++step) {
      const VectorXd slope = gram_ * a_ - b;
      double level = 0;
      for (const Index i : free_) level += slope[i];
      level /= static_cast<double>(free_.size());
      Index enter = -1;
      double steepest = -tolerance;
      for (Index j = 0; j < k; ++j) {
        if (a_[j] > 0 || refused_[static_cast<std::size_t>(j)] != 0) continue;
        if (slope[j] - level < steepest) {
          steepest = slope[j] - level;
          enter = j;
        }
      }
      if (enter < 0) return true;
      free_.push_back(enter);
      if (descend(b, true)) {
        std::ranges::fill(refused_, char{0});
      } else {
        refused_[static_cast<std::size_t>(enter)] = 1;  // its slope was rounding
      }
    }
    return false;
  }

  [[nodiscard]] const VectorXd& solution() const { return a_; }

  // The minimum with sum 1 alone, of every row.
  [[nodiscard]] RowMatrix all_free(const RowMatrix& rhs) const {
    const Eigen::LLT<Eigen::MatrixXd> factor = firm_.llt();
    RowMatrix a = factor.solve(rhs.transpose()).transpose();
    const Eigen::RowVectorXd ones = factor.solve(VectorXd::Ones(gram_.rows())).transpose();
    a += ((1 - a.rowwise().sum().array()) / ones.sum()).matrix() * ones;
    return a;
  }

 private:
  bool resume(const VectorXd& b, const VectorXd& guess) {
    a_ = guess.cwiseMax(0);
    free_.clear();
    for (Index i = 0; i < a_.size(); ++i) {
      if (a_[i] > 0) free_.push_back(i);
    }
    return !free_.empty() && on_plane(b).allFinite() && descend(b, false);
  }

  // To the minimum over the free components, on the way fixing those that would become negative. False when
  // the one that `entered` last, at 0, does not grow; it is then fixed again.
  bool descend(const VectorXd& b, bool entered) {
    while (true) {
      const VectorXd target = on_plane(b);
      if (entered && !(target[index(free_.size()) - 1] > 0)) {
        free_.pop_back();
        return false;
      }
      entered = false;
      double length = 1;
      for (std::size_t i = 0; i < free_.size(); ++i) {
        const double now = a_[free_[i]];
        const double then = target[index(i)];
        if (then <= 0) length = std::min(length, now / (now - then));
      }
      for (std::size_t i = 0; i < free_.size(); ++i) {
        double& x = a_[free_[i]];
        const double then = target[index(i)];
        const bool blocks = then <= 0 && x / (x - then) <= length;
        x = blocks ? 0 : x + length * (then - x);
      }
      if (length >= 1) return true;
      std::erase_if(free_, [&](Index i) { return !(a_[i] > 0); });
    }
  }

  // The minimum over the free components with sum 1 alone, in their order.
  [[nodiscard]] VectorXd on_plane(const VectorXd& b) const {
    const Index n = index(free_.size());
    Eigen::MatrixXd gram(n, n);
    Eigen::MatrixXd rhs(n, 2);
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) {
        gram(i, j) = firm_(free_[static_cast<std::size_t>(i)], free_[static_cast<std::size_t>(j)]);
      }
      rhs(i, 0) = b[free_[static_cast<std::size_t>(i)]];
      rhs(i, 1) = 1;
    }
    gram.llt().solveInPlace(rhs);
    return rhs.col(0) + (1 - rhs.col(0).sum()) / rhs.col(1).sum() * rhs.col(1);
  }

  const Eigen::MatrixXd& gram_;
  Eigen::MatrixXd firm_;
  VectorXd a_;
  std::vector<Index> free_;
  std::vector<char> refused_;
};

}  // namespace

CentredNormal centred_normal(const ConstMap& endmembers) {
  CentredNormal normal;
  normal.origin = endmembers.colwise().mean();
  normal.centred = endmembers.rowwise() - normal.origin;
  normal.gram = normal.centred * normal.centred.transpose();
  return normal;
}

Result<RowMatrix> simplex_least_squares(const Eigen::MatrixXd& gram, const RowMatrix& rhs,
                                        const RowMatrix* guess) {
  ActiveSet rows(gram);
  // Most rows of many data sets lie inside the simplex, where the sum is the only constraint that matters.
  RowMatrix a = rows.all_free(rhs);
  for (Index i = 0; i < rhs.rows(); ++i) {
    if (a.row(i).minCoeff() >= 0) continue;
    const VectorXd from = guess == nullptr ? VectorXd() : VectorXd(guess->row(i).transpose());
    if (!rows.solve(rhs.row(i).transpose(), guess == nullptr ? nullptr : &from)) {
      return fail({Error::Kind::Numeric,
                   "fully constrained least squares did not end",
                   "row " + std::to_string(i),
                   {},
                   {},
                   "The endmembers may be too alike"});
    }
    a.row(i) = rows.solution().transpose() / rows.solution().sum();
  }
  return a;
}

}  // namespace assayer::baselines::detail
