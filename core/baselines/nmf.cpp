// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/nmf.h"

#include <Eigen/Cholesky>
#include <cmath>
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

Status check(const NmfSettings& settings, std::size_t rows) {
  const auto usage = [](std::string where, std::string expected, std::string found) {
    return fail({Error::Kind::Usage,
                 "setting out of range",
                 std::move(where),
                 std::move(expected),
                 std::move(found),
                 {}});
  };
  if (settings.endmembers < 2) return usage("endmembers", "at least 2", std::to_string(settings.endmembers));
  if (!(settings.volume_weight >= 0) || !std::isfinite(settings.volume_weight)) {
    return usage("volume_weight", "a number, 0 or more", std::to_string(settings.volume_weight));
  }
  if (!(settings.tolerance > 0)) return usage("tolerance", "above 0", std::to_string(settings.tolerance));
  if (settings.max_iterations == 0) return usage("max_iterations", "at least 1", "0");
  if (rows < settings.endmembers) {
    return fail({Error::Kind::Data,
                 "fewer spectra than endmembers",
                 {},
                 "at least " + std::to_string(settings.endmembers),
                 std::to_string(rows),
                 {}});
  }
  return {};
}

// ln det(H M Mᵀ Hᵀ + δ I) and its tangent.
class Volume {
 public:
  explicit Volume(const RowMatrix& corners) : edges_(contrasts(corners.rows())) {
    const MatrixXd spread = edges_ * corners;
    delta_ = 1e-8 * spread.squaredNorm() / static_cast<double>(spread.rows());
  }
  [[nodiscard]] double log_determinant(const RowMatrix& corners) const {
    const MatrixXd lower = factor(corners).matrixL();
    return 2 * lower.diagonal().array().log().sum();
  }
  // P [K, K] such that ln det <= tr(P M Mᵀ) + a constant, equal at `corners`.
  [[nodiscard]] MatrixXd tangent(const RowMatrix& corners) const {
    return edges_.transpose() * factor(corners).solve(edges_);
  }

 private:
  [[nodiscard]] Eigen::LLT<MatrixXd> factor(const RowMatrix& corners) const {
    const MatrixXd spread = edges_ * corners;
    MatrixXd gram = spread * spread.transpose();
    gram.diagonal().array() += delta_;
    return gram.llt();
  }
  MatrixXd edges_;
  double delta_ = 0;
};

struct State {
  RowMatrix corners;     // [K, C]
  RowMatrix abundances;  // [N, K], the best for these corners
  double squares = 0;    // ‖V − A M‖²
  double objective = 0;
};

// The objective as a function of the corners alone.
class Problem {
 public:
  Problem(const ConstMap& spectra, double volume_weight, const RowMatrix& start)
      : spectra_(spectra),
        volume_(start),
        lambda_(volume_weight * (spectra.rowwise() - spectra.colwise().mean()).squaredNorm()),
        rounding_(1e-15 * spectra.squaredNorm()) {}

  [[nodiscard]] Result<State> explained(RowMatrix corners, const RowMatrix* guess) const {
    const CentredNormal normal = centred_normal(ConstMap(corners.data(), corners.rows(), corners.cols()));
    auto a = simplex_least_squares(normal.gram,
                                   (spectra_.rowwise() - normal.origin) * normal.centred.transpose(), guess);
    if (!a) return fail(a.error());
    State state;
    state.squares = (spectra_ - *a * corners).squaredNorm();
    state.objective = 0.5 * state.squares + lambda_ * volume_.log_determinant(corners);
    state.corners = std::move(corners);
    state.abundances = std::move(*a);
    return state;
  }

  // One exact step in M and one in A.
  [[nodiscard]] Result<State> improved(const State& state) const {
    // Columns of M are independent: a non-negative least squares of K unknowns each.
    MatrixXd gram =
        state.abundances.transpose() * state.abundances + 2 * lambda_ * volume_.tangent(state.corners);
    gram.diagonal().array() += 1e-14 * gram.trace();
    const auto columns = nnls_normal(to_matrix(gram), to_matrix(spectra_.transpose() * state.abundances));
    if (!columns) return fail(columns.error());
    return explained(map(columns->view()).transpose(), &state.abundances);
  }

  // Two such steps, and a third from where they seem to lead (SQUAREM: Varadhan & Roland 2008,
  // doi:10.1111/j.1467-9469.2007.00585.x) where that is better.
  [[nodiscard]] Result<State> accelerated(const State& state) const {
    const auto first = improved(state);
    if (!first) return fail(first.error());
    auto second = improved(*first);
    if (!second) return fail(second.error());
    const RowMatrix step = first->corners - state.corners;
    const RowMatrix bend = second->corners - first->corners - step;
    const double length = step.norm() / bend.norm();
    if (!(length > 1) || !std::isfinite(length)) return second;
    const RowMatrix ahead = state.corners + 2 * length * step + length * length * bend;
    const auto there = explained(ahead.cwiseMax(0), &second->abundances);
    if (!there) return second;
    auto third = improved(*there);
    if (third && third->objective < second->objective) return third;
    return second;
  }

  // In units of the squares and of the price of the volume, so that a factor of V does not matter.
  [[nodiscard]] bool settled(const State& before, const State& after, double tolerance) const {
    const double decrease = before.objective - after.objective;
    return decrease <= tolerance * (0.5 * after.squares + lambda_) + rounding_;
  }

 private:
  const ConstMap& spectra_;
  Volume volume_;
  double lambda_;
  double rounding_;
};

}  // namespace

Result<Nmf> minimum_volume_nmf(MatrixView<double> spectra, const NmfSettings& settings,
                               const RunControl* control, const ProgressFn& progress) {
  if (const Status status = check(settings, spectra.rows()); !status) return fail(status.error());
  const auto linear = linear_spectra(spectra, settings.link, "spectra");
  if (!linear) return fail(linear.error());
  const ConstMap v = map(linear->view());
  if (stopped(control)) return fail(Error::cancel());
  const auto start = vertex_components(v, settings.endmembers, settings.seed);
  if (!start) return fail(start.error());
  RowMatrix corners(index(settings.endmembers), v.cols());
  for (std::size_t k = 0; k < start->rows.size(); ++k) {
    corners.row(index(k)) = v.row(start->rows[k]).cwiseMax(0);
  }

  const Problem problem(v, settings.volume_weight, corners);
  auto now = problem.explained(std::move(corners), nullptr);
  Nmf result;
  for (std::size_t iteration = 0; now && iteration < settings.max_iterations && !result.converged;
       ++iteration) {
    result.objective.push_back(now->objective);
    if (stopped(control)) return fail(Error::cancel());
    auto next = problem.accelerated(*now);
    if (!next) return fail(next.error());
    result.converged = problem.settled(*now, *next, settings.tolerance);
    now = std::move(next);
    if (progress) {
      progress(static_cast<double>(iteration + 1) / static_cast<double>(settings.max_iterations),
               "minimum-volume factorisation");
    }
  }
  if (!now) return fail(now.error());
  result.objective.push_back(now->objective);
  result.residual_rms = std::sqrt(now->squares / static_cast<double>(v.size()));
  result.endmembers = from_linear(settings.link, to_matrix(now->corners).view());
  result.abundances = to_matrix(now->abundances);
  return result;
}

Result<Nmf> minimum_volume_nmf(MatrixView<float> spectra, const NmfSettings& settings,
                               const RunControl* control, const ProgressFn& progress) {
  const std::vector<double> values(spectra.data(), spectra.data() + spectra.size());
  return minimum_volume_nmf(MatrixView<double>(values.data(), spectra.rows(), spectra.cols()), settings,
                            control, progress);
}

}  // namespace assayer
