// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/numeric/nnls.h"

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/numeric/eigen_detail.h"

namespace assayer {
namespace {

using namespace numeric::detail;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kRounding = std::numeric_limits<double>::epsilon();

Error error(Error::Kind kind, std::string what) {
  return {kind, std::move(what), "non-negative least squares", {}, {}, {}};
}

bool finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
}

/// A problem as the active-set method sees it.
class Problem {
 public:
  Problem() = default;
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;
  virtual ~Problem() = default;
  [[nodiscard]] virtual Index size() const = 0;
  /// Aᵀ(b − A x), and below which of its values each counts as 0.
  virtual void gradient(const VectorXd& x, VectorXd& gradient, VectorXd& zero) const = 0;
  /// The unconstrained solution with the variables `free` only; false where they depend on each other.
  virtual bool solve(const std::vector<Index>& free, VectorXd& solution) const = 0;
};

class Rectangular final : public Problem {
 public:
  Rectangular(const ConstMap& a, const ConstVectorMap& b) : a_(a), b_(b), column_norms_(a.colwise().norm()) {}
  [[nodiscard]] Index size() const override { return a_.cols(); }
  void gradient(const VectorXd& x, VectorXd& gradient, VectorXd& zero) const override {
    gradient = a_.transpose() * (b_ - a_ * x);
    const double length = b_.norm() + column_norms_.cwiseAbs().dot(x.cwiseAbs());
    zero = column_norms_ * (10 * kRounding * std::sqrt(static_cast<double>(a_.rows())) * length);
  }
  bool solve(const std::vector<Index>& free, VectorXd& solution) const override {
    MatrixXd some(a_.rows(), index(free.size()));
    for (std::size_t i = 0; i < free.size(); ++i) some.col(index(i)) = a_.col(free[i]);
    const Eigen::ColPivHouseholderQR<MatrixXd> qr(some);
    if (qr.rank() < some.cols()) return false;
    solution = qr.solve(b_);
    return true;
  }

 private:
  ConstMap a_;
  ConstVectorMap b_;
  VectorXd column_norms_;
};

class Normal final : public Problem {
 public:
  Normal(const ConstMap& ata, const ConstVectorMap& atb) : ata_(ata), atb_(atb) {}
  [[nodiscard]] Index size() const override { return ata_.cols(); }
  void gradient(const VectorXd& x, VectorXd& gradient, VectorXd& zero) const override {
    gradient = atb_ - ata_ * x;
    zero = (atb_.cwiseAbs() + ata_.cwiseAbs() * x) * (10 * kRounding * static_cast<double>(size()));
  }
  bool solve(const std::vector<Index>& free, VectorXd& solution) const override {
    const Index n = index(free.size());
    MatrixXd some(n, n);
    VectorXd right(n);
    VectorXd scale(n);
    // Unit diagonal, so that the test of the pivots does not depend on the units of the columns.
    for (Index i = 0; i < n; ++i) {
      const Index row = free[static_cast<std::size_t>(i)];
      if (!(ata_(row, row) > 0)) return false;
      scale(i) = 1 / std::sqrt(ata_(row, row));
      right(i) = atb_(row) * scale(i);
      for (Index j = 0; j <= i; ++j)
        some(i, j) = ata_(row, free[static_cast<std::size_t>(j)]) * scale(i) * scale(j);
    }
    const Eigen::LLT<MatrixXd> cholesky(some);
    if (cholesky.info() != Eigen::Success) return false;
    const auto pivots = cholesky.matrixLLT().diagonal();
    if (pivots.minCoeff() * pivots.minCoeff() < 10 * kRounding * static_cast<double>(n)) return false;
    solution = cholesky.solve(right).cwiseProduct(scale);
    return true;
  }

 private:
  ConstMap ata_;
  ConstVectorMap atb_;
};

/// Lawson & Hanson's algorithm. `x` is the result; false when it did not end.
bool active_set(const Problem& problem, VectorXd& x) {
  const Index p = problem.size();
  x = VectorXd::Zero(p);
  std::vector<Index> free;
  std::vector<char> is_free(static_cast<std::size_t>(p), 0);
  // Variables that rounding or dependence keeps from leaving 0, until x moves.
  std::vector<char> barred(static_cast<std::size_t>(p), 0);
  VectorXd gradient;
  VectorXd zero;
  VectorXd solution;
  problem.gradient(x, gradient, zero);
  const Index limit = 30 * p;
  Index step = 0;
  while (true) {
    Index best = -1;
    for (Index j = 0; j < p; ++j) {
      const auto at = static_cast<std::size_t>(j);
      if (is_free[at] == 0 && barred[at] == 0 && gradient(j) > zero(j) &&
          (best < 0 || gradient(j) > gradient(best)))
        best = j;
    }
    if (best < 0) return true;
    if (++step > limit) return false;

    free.push_back(best);
    // A variable that enters with a descent direction must come out positive; where it does not, its gradient
    // was rounding (Lawson & Hanson's own test).
    if (!problem.solve(free, solution) || !(solution(solution.size() - 1) > 0)) {
      free.pop_back();
      barred[static_cast<std::size_t>(best)] = 1;
      continue;
    }
    is_free[static_cast<std::size_t>(best)] = 1;
    // A part of an independent set is independent; should rounding deny it, x stays where it is, which is
    // allowed.
    bool solved = true;
    while (solved && solution.minCoeff() <= 0) {
      if (++step > limit) return false;
      // As far towards the solution as x stays non-negative; what arrives at 0 is fixed there.
      double fraction = 1;
      std::size_t first = 0;
      for (std::size_t i = 0; i < free.size(); ++i) {
        const double now = x(free[i]);
        const double wanted = solution(index(i));
        if (wanted > 0) continue;
        const double reach = now > 0 ? now / (now - wanted) : 0;
        if (reach >= fraction) continue;
        fraction = reach;
        first = i;
      }
      for (std::size_t i = 0; i < free.size(); ++i) {
        double& now = x(free[i]);
        now = i == first ? 0 : std::max(0.0, now + fraction * (solution(index(i)) - now));
      }
      std::erase_if(free, [&](Index j) {
        if (x(j) > 0) return false;
        x(j) = 0;
        is_free[static_cast<std::size_t>(j)] = 0;
        return true;
      });
      solved = !free.empty() && problem.solve(free, solution);
    }
    for (std::size_t i = 0; solved && i < free.size(); ++i) x(free[i]) = solution(index(i));
    std::ranges::fill(barred, 0);
    problem.gradient(x, gradient, zero);
  }
}

}  // namespace

Result<NonNegativeSolution> nnls(MatrixView<double> a, std::span<const double> b) {
  if (a.rows() != b.size())
    return fail(
        error(Error::Kind::Data, "the right-hand side has not as many values as the matrix has rows"));
  if (!finite({a.data(), a.size()}) || !finite(b))
    return fail(error(Error::Kind::Data, "there are values that are not finite"));
  VectorXd x = VectorXd::Zero(index(a.cols()));
  if (!a.empty() && !active_set(Rectangular(map(a), map(b)), x))
    return fail(error(Error::Kind::Numeric, "the active set did not settle"));
  return NonNegativeSolution{to_vector(x), (map(b) - map(a) * x).norm()};
}

Result<Matrix<double>> nnls_normal(MatrixView<double> ata, MatrixView<double> atb) {
  if (ata.rows() != ata.cols() || atb.cols() != ata.cols())
    return fail(error(Error::Kind::Data, "the normal equations do not fit their right-hand sides"));
  if (!finite({ata.data(), ata.size()}) || !finite({atb.data(), atb.size()}))
    return fail(error(Error::Kind::Data, "there are values that are not finite"));
  Matrix<double> result(atb.rows(), atb.cols());
  VectorXd x;
  for (std::size_t i = 0; i < atb.rows() && !ata.empty(); ++i) {
    if (!active_set(Normal(map(ata), map(atb.row(i))), x))
      return fail(error(Error::Kind::Numeric, "the active set did not settle"));
    map(result.row(i)) = x;
  }
  return result;
}

}  // namespace assayer
