// SPDX-License-Identifier: GPL-3.0-or-later
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/random.h"
#include "core/baselines/eigen_detail.h"
#include "core/baselines/endmember_detail.h"

namespace assayer::baselines::detail {

namespace {

using Rows = std::vector<std::uint32_t>;

// Rows far from the plane through those before, by deflation of homogeneous coordinates [N, K].
Rows spread_rows(const RowMatrix& points) {
  RowMatrix rest = points;
  Rows rows;
  while (rows.size() < static_cast<std::size_t>(points.cols())) {
    Eigen::Index row = 0;
    const double length = std::sqrt(rest.rowwise().squaredNorm().maxCoeff(&row));
    rows.push_back(static_cast<std::uint32_t>(row));
    if (length <= 0) break;
    const Eigen::RowVectorXd direction = rest.row(row) / length;
    const Eigen::VectorXd along = rest * direction.transpose();
    rest.noalias() -= along * direction;
  }
  return rows;
}

Rows drawn_rows(Random& random, std::size_t n, std::size_t count) {
  Rows rows;
  while (rows.size() < count) {
    const auto row = static_cast<std::uint32_t>(random.below(n));
    if (std::ranges::find(rows, row) == rows.end()) rows.push_back(row);
  }
  return rows;
}

Eigen::MatrixXd corners(const RowMatrix& points, const Rows& rows) {
  Eigen::MatrixXd result(points.cols(), index(rows.size()));
  for (std::size_t k = 0; k < rows.size(); ++k) result.col(index(k)) = points.row(rows[k]).transpose();
  return result;
}

}  // namespace

Result<Rows> largest_simplex(const Whitened& data, std::uint64_t seed, std::size_t starts,
                             const RunControl* control) {
  const Eigen::Index n = data.scores.rows();
  const Eigen::Index k = data.scores.cols() + 1;
  RowMatrix points(n, k);
  points.leftCols(k - 1) = data.scores;
  points.col(k - 1).setOnes();

  Random random(seed);
  Rows best;
  double best_volume = 0;
  for (std::size_t start = 0; start < starts; ++start) {
    Rows rows = start == 0 ? spread_rows(points)
                           : drawn_rows(random, static_cast<std::size_t>(n), static_cast<std::size_t>(k));
    if (rows.size() < static_cast<std::size_t>(k)) continue;
    Eigen::PartialPivLU<Eigen::MatrixXd> factors(corners(points, rows));
    // A flat start has no cofactors to go by. 1 is of the order of the volume of the whole, in these units.
    if (!(std::abs(factors.determinant()) > 1e-12)) continue;
    // Put in place of corner j, a point changes the volume by its j-th barycentric coordinate.
    for (Eigen::Index unchanged = 0, j = 0; unchanged < k; j = (j + 1) % k) {
      if (stopped(control)) return fail(Error::cancel());
      const Eigen::RowVectorXd cofactors = factors.inverse().row(j);
      const Eigen::VectorXd growth = (points * cofactors.transpose()).cwiseAbs();
      Eigen::Index row = 0;
      if (growth.maxCoeff(&row) > 1 + 1e-9) {
        rows[static_cast<std::size_t>(j)] = static_cast<std::uint32_t>(row);
        factors.compute(corners(points, rows));
        unchanged = 0;
      } else {
        ++unchanged;
      }
    }
    const double volume = std::abs(factors.determinant());
    if (volume > best_volume * (1 + 1e-9)) {
      best_volume = volume;
      best = std::move(rows);
    }
  }
  if (best.empty()) {
    return fail({Error::Kind::Numeric,
                 "no simplex with a volume to start from",
                 {},
                 {},
                 {},
                 "Ask for fewer endmembers"});
  }
  return best;
}

namespace {

// Signal-to-noise ratio [Nascimento & Dias 2005]: the power in the first K principal components, less the
// noise's share of it, over the rest.
double estimated_snr_db(const ConstMap& spectra, const Subspace& components, std::size_t endmembers) {
  const auto n = static_cast<double>(spectra.rows());
  const double total = spectra.squaredNorm() / n;
  const double kept = components.scores.squaredNorm() / n + components.origin.squaredNorm();
  const double share = static_cast<double>(endmembers) / static_cast<double>(spectra.cols());
  const double noise = total - kept;
  if (noise <= 1e-15 * total) return std::numeric_limits<double>::infinity();
  const double signal = kept - share * total;
  return signal > 0 ? 10 * std::log10(signal / noise) : -std::numeric_limits<double>::infinity();
}

// K coordinates per row, in which the rows' simplex has K corners in general position; empty where the rays
// do not allow it.
RowMatrix projected_along_rays(const ConstMap& spectra, std::size_t endmembers) {
  const Subspace space = leading_subspace(spectra, endmembers, false);
  const Eigen::Index k = index(endmembers);
  if (space.singular.size() < k || space.singular[k - 1] <= kRounding * space.singular[0]) return {};
  const Eigen::RowVectorXd mean = space.scores.colwise().mean();
  const Eigen::VectorXd depth = space.scores * mean.transpose();
  if (depth.minCoeff() <= 1e-6 * mean.squaredNorm()) return {};
  return space.scores.array().colwise() / depth.array();
}

}  // namespace

Result<VertexComponents> vertex_components(const ConstMap& spectra, std::size_t endmembers,
                                           std::uint64_t seed) {
  const auto flat = whitened(spectra, endmembers);
  if (!flat) return fail(flat.error());
  VertexComponents result;
  const Eigen::Index k = index(endmembers);
  const Subspace components = leading_subspace(spectra, endmembers, true);
  result.snr_db = estimated_snr_db(spectra, components, endmembers);

  RowMatrix points;
  if (result.snr_db > 15 + 10 * std::log10(static_cast<double>(endmembers))) {
    points = projected_along_rays(spectra, endmembers);
  }
  if (points.size() == 0) {
    const RowMatrix scores = components.scores.leftCols(k - 1);
    points.resize(spectra.rows(), k);
    points.leftCols(k - 1) = scores;
    points.col(k - 1).setConstant(std::sqrt(scores.rowwise().squaredNorm().maxCoeff()));
  }

  Random random(seed);
  // Orthonormal basis of what the next direction must be orthogonal to: the last axis at first, then the
  // corners found.
  RowMatrix basis = RowMatrix::Zero(1, k);
  basis(0, k - 1) = 1;
  RowMatrix found(0, k);
  while (result.rows.size() < endmembers) {
    Eigen::RowVectorXd direction(k);
    for (double& x : direction) x = random.normal();
    // Twice: the first pass leaves rounding of the order of what it took away.
    for (int pass = 0; pass < 2; ++pass) direction -= (direction * basis.transpose()) * basis;
    const double length = direction.norm();
    if (!(length > 1e-9)) return too_few_dimensions(endmembers, result.rows.size());
    direction /= length;
    Eigen::Index row = 0;
    const double extreme = (points * direction.transpose()).cwiseAbs().maxCoeff(&row);
    if (!(extreme > 1e-9 * points.row(row).norm())) return too_few_dimensions(endmembers, result.rows.size());
    result.rows.push_back(static_cast<std::uint32_t>(row));

    Eigen::RowVectorXd corner = points.row(row);
    for (int pass = 0; pass < 2; ++pass) corner -= (corner * found.transpose()) * found;
    found.conservativeResize(found.rows() + 1, Eigen::NoChange);
    found.row(found.rows() - 1) = corner.normalized();
    basis = found;
  }
  return result;
}

}  // namespace assayer::baselines::detail
