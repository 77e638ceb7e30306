// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/unmixing.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "core/baselines/eigen_detail.h"
#include "core/baselines/endmember_detail.h"
#include "core/numeric/nnls.h"

namespace assayer {

namespace {

using namespace baselines::detail;
using Eigen::Index;
using Eigen::MatrixXd;

constexpr std::array<std::pair<Unmixing, std::string_view>, 5> kNames{
    {{Unmixing::LeastSquares, "least-squares"},
     {Unmixing::NonNegative, "non-negative"},
     {Unmixing::SumToOne, "sum-to-one"},
     {Unmixing::FullyConstrained, "fully-constrained"},
     {Unmixing::Sunsal, "sunsal"}}};

// A function of a few thousand rows [n, C] at a time, made once from the endmembers.
class Solver {
 public:
  Solver() = default;
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;
  virtual ~Solver() = default;
  virtual Result<RowMatrix> solve(const RowMatrix& spectra) = 0;
  [[nodiscard]] std::size_t unconverged() const { return unconverged_; }

 protected:
  std::size_t unconverged_ = 0;
};

// Of independent rows [K, C], as [C, K]: x · inverse are the coefficients of x.
MatrixXd pseudo_inverse(const RowMatrix& rows) {
  if (rows.rows() == 0) return MatrixXd(rows.cols(), 0);
  const Eigen::HouseholderQR<MatrixXd> qr(rows.transpose());
  const MatrixXd q = qr.householderQ() * MatrixXd::Identity(rows.cols(), rows.rows());
  const MatrixXd r = qr.matrixQR().topRows(rows.rows()).triangularView<Eigen::Upper>();
  return r.triangularView<Eigen::Upper>().solve(q.transpose()).transpose();
}

class LeastSquaresSolver final : public Solver {
 public:
  explicit LeastSquaresSolver(const ConstMap& endmembers) : inverse_(pseudo_inverse(endmembers)) {}
  Result<RowMatrix> solve(const RowMatrix& spectra) override { return RowMatrix(spectra * inverse_); }

 private:
  MatrixXd inverse_;  // [C, K]
};

// Relative to the last endmember the sum is free to be what it must.
class SumToOneSolver final : public Solver {
 public:
  explicit SumToOneSolver(const ConstMap& endmembers)
      : last_(endmembers.bottomRows(1)),
        inverse_(pseudo_inverse(endmembers.topRows(endmembers.rows() - 1).rowwise() - last_)) {}
  Result<RowMatrix> solve(const RowMatrix& spectra) override {
    RowMatrix a(spectra.rows(), inverse_.cols() + 1);
    a.leftCols(inverse_.cols()) = (spectra.rowwise() - last_) * inverse_;
    a.rightCols(1) = 1 - a.leftCols(inverse_.cols()).rowwise().sum().array();
    return a;
  }

 private:
  Eigen::RowVectorXd last_;
  MatrixXd inverse_;  // [C, K − 1]
};

class NonNegativeSolver final : public Solver {
 public:
  explicit NonNegativeSolver(const ConstMap& endmembers)
      : endmembers_(endmembers), gram_(to_matrix(endmembers * endmembers.transpose())) {}
  Result<RowMatrix> solve(const RowMatrix& spectra) override {
    const auto a = nnls_normal(gram_, to_matrix(spectra * endmembers_.transpose()));
    if (!a) return fail(a.error());
    return RowMatrix(map(a->view()));
  }

 private:
  RowMatrix endmembers_;
  Matrix<double> gram_;
};

class FullyConstrainedSolver final : public Solver {
 public:
  explicit FullyConstrainedSolver(const ConstMap& endmembers) : normal_(centred_normal(endmembers)) {}
  Result<RowMatrix> solve(const RowMatrix& spectra) override {
    return simplex_least_squares(normal_.gram,
                                 (spectra.rowwise() - normal_.origin) * normal_.centred.transpose());
  }

 private:
  CentredNormal normal_;
};

// Alternating directions: u solves the quadratic part with the sum, v the bounds and the absolute values, and
// the scaled multiplier d pulls them together.
class SunsalSolver final : public Solver {
 public:
  SunsalSolver(const ConstMap& endmembers, const SunsalSettings& settings)
      : settings_(settings),
        endmembers_(endmembers),
        eigen_(MatrixXd(endmembers * endmembers.transpose())),
        values_(eigen_.eigenvalues().cwiseMax(0)) {}

  Result<RowMatrix> solve(const RowMatrix& spectra) override {
    const Index n = spectra.rows();
    const Index k = endmembers_.rows();
    const double largest = std::max(values_.maxCoeff(), 1e-300);
    const RowMatrix rhs = spectra * endmembers_.transpose();
    double mu = std::sqrt(largest * std::max(values_.minCoeff(), 1e-6 * largest));
    penalise(mu);
    RowMatrix v = RowMatrix::Zero(n, k);
    RowMatrix d = RowMatrix::Zero(n, k);
    for (std::size_t iteration = 1; iteration <= settings_.max_iterations; ++iteration) {
      RowMatrix u = (rhs + mu * (v + d)) * inverse_;
      if (settings_.sum_to_one) {
        u += ((1 - u.rowwise().sum().array()) / towards_one_.sum()).matrix() * towards_one_.transpose();
      }
      const RowMatrix before = v;
      // Over-relaxation by 1.6 (Boyd et al. 2011, doi:10.1561/2200000016, section 3.4.3).
      const RowMatrix relaxed = 1.6 * u - 0.6 * v;
      v = shrunk(relaxed - d, settings_.lambda / mu);
      d -= relaxed - v;
      const Eigen::VectorXd apart = (u - v).cwiseAbs().rowwise().maxCoeff();
      const Eigen::VectorXd change = (v - before).cwiseAbs().rowwise().maxCoeff();
      const Index open =
          ((apart.array() > settings_.tolerance) || (change.array() > settings_.tolerance)).count();
      if (open == 0) break;
      if (iteration == settings_.max_iterations) unconverged_ += static_cast<std::size_t>(open);
      // A balance of the two speeds up by orders of magnitude; ever more rarely, so that it comes to rest.
      if (iteration == adapt_at(iteration)) {
        const double factor =
            apart.norm() > 5 * change.norm() ? 3 : (change.norm() > 5 * apart.norm() ? 1.0 / 3 : 1);
        mu *= factor;
        d /= factor;
        if (factor != 1) penalise(mu);
      }
    }
    if (settings_.sum_to_one && settings_.non_negative) {
      const Eigen::VectorXd sums = v.rowwise().sum();
      for (Index i = 0; i < n; ++i) {
        if (sums[i] > 0) v.row(i) /= sums[i];
      }
    }
    return v;
  }

 private:
  static std::size_t adapt_at(std::size_t iteration) {
    std::size_t at = 10;
    while (at < iteration) at += std::max<std::size_t>(10, at / 4);
    return at;
  }
  void penalise(double mu) {
    const MatrixXd& vectors = eigen_.eigenvectors();
    inverse_ = vectors * (values_.array() + mu).inverse().matrix().asDiagonal() * vectors.transpose();
    towards_one_ = inverse_.rowwise().sum();
  }
  [[nodiscard]] RowMatrix shrunk(const RowMatrix& x, double by) const {
    if (settings_.non_negative) return (x.array() - by).cwiseMax(0);
    return x.array().sign() * (x.array().abs() - by).cwiseMax(0);
  }

  SunsalSettings settings_;
  RowMatrix endmembers_;
  Eigen::SelfAdjointEigenSolver<MatrixXd> eigen_;
  Eigen::VectorXd values_;
  MatrixXd inverse_;
  Eigen::VectorXd towards_one_;
};

// Whether one of the rows is a combination of the others, up to rounding.
bool dependent(const RowMatrix& rows) {
  if (rows.rows() == 0) return false;
  if (rows.rows() > rows.cols()) return true;
  // Rows of unit length: a dark endmember is not a dependent one.
  RowMatrix unit = rows;
  for (Index i = 0; i < unit.rows(); ++i) {
    const double length = unit.row(i).norm();
    if (!(length > 0)) return true;
    unit.row(i) /= length;
  }
  Eigen::ColPivHouseholderQR<MatrixXd> qr(unit.transpose());
  qr.setThreshold(1e-7);
  return qr.rank() < unit.rows();
}

Status check(const UnmixingSettings& settings) {
  const auto usage = [](std::string_view where, std::string expected, double found) {
    return fail({Error::Kind::Usage,
                 "setting out of range",
                 std::string(where),
                 std::move(expected),
                 std::to_string(found),
                 {}});
  };
  if (settings.method != Unmixing::Sunsal) return {};
  if (!(settings.sunsal.lambda >= 0) || !std::isfinite(settings.sunsal.lambda)) {
    return usage("lambda", "a number, 0 or more", settings.sunsal.lambda);
  }
  if (!(settings.sunsal.tolerance > 0)) return usage("tolerance", "above 0", settings.sunsal.tolerance);
  if (settings.sunsal.max_iterations == 0) return usage("max_iterations", "at least 1", 0);
  return {};
}

Status check(const ConstMap& endmembers, Unmixing method) {
  const bool sums = method == Unmixing::SumToOne || method == Unmixing::FullyConstrained;
  if (method == Unmixing::Sunsal) return {};
  const RowMatrix spanning = sums ? RowMatrix(endmembers.topRows(endmembers.rows() - 1).rowwise() -
                                              endmembers.row(endmembers.rows() - 1))
                                  : RowMatrix(endmembers);
  if (!dependent(spanning)) return {};
  return fail({Error::Kind::Data, "abundances are not determined", "endmembers",
               sums ? "spectra of which none is a mixture of the others"
                    : "spectra of which none is a linear combination of the others",
               std::to_string(endmembers.rows()) + " over " + std::to_string(endmembers.cols()) + " channels",
               "Leave an endmember out, or unmix sparsely (sunsal)"});
}

std::unique_ptr<Solver> solver_for(const ConstMap& endmembers, const UnmixingSettings& settings) {
  switch (settings.method) {
    case Unmixing::LeastSquares:
      return std::make_unique<LeastSquaresSolver>(endmembers);
    case Unmixing::NonNegative:
      return std::make_unique<NonNegativeSolver>(endmembers);
    case Unmixing::SumToOne:
      return std::make_unique<SumToOneSolver>(endmembers);
    case Unmixing::Sunsal:
      return std::make_unique<SunsalSolver>(endmembers, settings.sunsal);
    case Unmixing::FullyConstrained:
      break;
  }
  return std::make_unique<FullyConstrainedSolver>(endmembers);
}

}  // namespace

std::string_view name(Unmixing method) {
  for (const auto& [known, text] : kNames) {
    if (known == method) return text;
  }
  return {};
}

Result<Unmixing> parse_unmixing(std::string_view text) {
  for (const auto& [method, known] : kNames) {
    if (known == text) return method;
  }
  return fail({Error::Kind::Usage,
               "unknown way to unmix",
               {},
               "least-squares, non-negative, sum-to-one, fully-constrained or sunsal",
               std::string(text),
               {}});
}

Result<Unmixed> unmix(MatrixView<double> spectra, MatrixView<double> endmembers,
                      const UnmixingSettings& settings, const RunControl* control) {
  if (const Status status = check(settings); !status) return fail(status.error());
  const auto linear = linear_spectra(spectra, settings.link, "spectra");
  if (!linear) return fail(linear.error());
  const auto library = linear_spectra(endmembers, settings.link, "endmembers");
  if (!library) return fail(library.error());
  if (spectra.cols() != endmembers.cols()) {
    return fail({Error::Kind::Data,
                 "spectra and endmembers differ in their channels",
                 {},
                 std::to_string(spectra.cols()),
                 std::to_string(endmembers.cols()),
                 {}});
  }
  const ConstMap m = map(library->view());
  const ConstMap v = map(linear->view());
  if (const Status status = check(m, settings.method); !status) return fail(status.error());

  const std::unique_ptr<Solver> solver = solver_for(m, settings);
  Unmixed result;
  result.abundances = Matrix<double>(spectra.rows(), endmembers.rows());
  result.residual_rms.resize(spectra.rows());
  constexpr Index kBlock = 1024;
  for (Index begin = 0; begin < v.rows(); begin += kBlock) {
    if (stopped(control)) return fail(Error::cancel());
    const Index size = std::min(kBlock, v.rows() - begin);
    const RowMatrix block = v.middleRows(begin, size);
    const auto a = solver->solve(block);
    if (!a) return fail(a.error());
    map(result.abundances).middleRows(begin, size) = *a;
    map(std::span<double>(result.residual_rms)).segment(begin, size) =
        (block - *a * m).rowwise().norm() / std::sqrt(static_cast<double>(v.cols()));
  }
  result.unconverged = solver->unconverged();
  return result;
}

Result<Unmixed> unmix(MatrixView<float> spectra, MatrixView<double> endmembers,
                      const UnmixingSettings& settings, const RunControl* control) {
  const std::vector<double> values(spectra.data(), spectra.data() + spectra.size());
  return unmix(MatrixView<double>(values.data(), spectra.rows(), spectra.cols()), endmembers, settings,
               control);
}

}  // namespace assayer
