// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/mixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/numeric/few_values.h"
#include "core/numeric/nelder_mead.h"

namespace assayer::guided {
namespace {

constexpr double kLeastSpreadX = 3e-3;
/// Components of v that decide q; what lies beyond is noise that no q explains.
constexpr std::size_t kCompressed = 40;

double sum_of_squares(const Matrix<double>& values) {
  double sum = 0;
  for (const double value : values.values()) sum += value * value;
  return sum;
}

Matrix<double> difference(const Matrix<double>& a, const Matrix<double>& b) {
  Matrix<double> result = a;
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] -= b.data()[i];
  return result;
}

Matrix<double> fractions_of(MatrixView<double> composition, std::span<const double> efficiency) {
  Matrix<double> f(composition.rows(), composition.cols());
  for (std::size_t i = 0; i < f.rows(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < f.cols(); ++k) sum += f(i, k) = composition(i, k) * efficiency[k];
    for (double& part : f.row(i)) part /= sum;
  }
  return f;
}

/// exp of the numbers and of minus their sum: efficiencies whose logarithms sum to 0.
std::vector<double> efficiencies(std::span<const double> free_logarithms) {
  std::vector<double> q;
  double sum = 0;
  for (const double logarithm : free_logarithms) {
    q.push_back(std::exp(logarithm));
    sum += logarithm;
  }
  q.push_back(std::exp(-sum));
  return q;
}

/// Sample standard deviation (divisor n) per column.
std::vector<double> deviations(const Matrix<double>& values) {
  const std::vector<double> mean = column_means(values);
  std::vector<double> result(values.cols(), 0.0);
  for (std::size_t i = 0; i < values.rows(); ++i) {
    const auto row = values.row(i);
    for (std::size_t c = 0; c < row.size(); ++c) result[c] += (row[c] - mean[c]) * (row[c] - mean[c]);
  }
  for (double& sum : result) sum = std::sqrt(sum / static_cast<double>(values.rows()));
  return result;
}

Result<Matrix<double>> directions_of(const Matrix<double>& v) {
  auto svd = leading_svd(v, std::min({kCompressed, v.rows(), v.cols()}));
  if (!svd) return fail(svd.error());
  return std::move(svd->right);
}

/// q by variable projection, on scores of v in the given directions.
Result<std::vector<double>> fit_efficiency(const Matrix<double>& v, MatrixView<double> y,
                                           MatrixView<double> directions, std::size_t nuisance,
                                           const RunControl* control) {
  const std::size_t n = v.rows();
  const std::size_t k = y.cols();
  const Matrix<double> scores = product_transposed(v, directions);
  const Matrix<double> gram = transposed_product(scores, scores);
  double kept = 0;
  for (std::size_t r = 0; r < gram.rows(); ++r) kept += gram(r, r);
  const double beyond = std::max(sum_of_squares(v) - kept, 0.0);
  const std::vector<double> mean = column_means(v);
  double centre = 0;
  for (const double value : mean) centre += value * value;
  const double total = std::max(sum_of_squares(v) - static_cast<double>(n) * centre, 1e-300);

  // With e the scores less their projection on f: eᵀe = SᵀS − (fᵀS)ᵀ (fᵀf)⁺ (fᵀS), which is small.
  const auto misfit = [&](std::span<const double> free) {
    const std::vector<double> q = efficiencies(free);
    const Matrix<double> f = fractions_of(y, q);
    const auto axes = symmetric_eigen(transposed_product(f, f));
    if (!axes) return std::numeric_limits<double>::infinity();
    Matrix<double> along = product(axes->vectors, transposed_product(f, scores));
    for (std::size_t i = 0; i < k; ++i) {
      const double value = axes->values[i];
      const double factor = value > 1e-14 * axes->values.front() ? 1 / std::sqrt(value) : 0.0;
      for (double& part : along.row(i)) part *= factor;
    }
    const Matrix<double> rest_gram = difference(gram, transposed_product(along, along));
    double rest = 0;
    for (std::size_t r = 0; r < gram.rows(); ++r) rest += rest_gram(r, r);
    if (n > 4 * k) {
      const auto values = symmetric_eigenvalues(rest_gram);
      if (!values) return std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < std::min(nuisance, values->size()); ++j) rest -= (*values)[j];
    }
    double penalty = 0;
    for (const double part : q) penalty += std::log(part) * std::log(part);
    // Squares that cancel are known to rounding of their sum.
    return std::log(std::max(rest + beyond, 1e-14 * total) / total) + penalty;
  };
  NelderMeadOptions options;
  options.initial_step = 0.3;
  options.tolerance = 1e-6;
  const std::vector<double> start(k - 1, 0.0);
  return efficiencies(minimise(misfit, start, options, control).x);
}

/// e without its part in the span of the differences of the rows of `endmembers`.
Result<Matrix<double>> beside_mixing(const Matrix<double>& e, const Matrix<double>& endmembers) {
  const std::size_t k = endmembers.rows();
  Matrix<double> differences(k - 1, endmembers.cols());
  for (std::size_t i = 0; i + 1 < k; ++i)
    for (std::size_t c = 0; c < endmembers.cols(); ++c)
      differences(i, c) = endmembers(i, c) - endmembers(k - 1, c);
  auto svd = thin_svd(differences);
  if (!svd) return fail(svd.error());
  // Directions that are rounding would remove something arbitrary.
  std::size_t rank = 0;
  while (rank < svd->values.size() && svd->values[rank] > 1e-9 * svd->values.front()) ++rank;
  Matrix<double> basis(rank, endmembers.cols());
  for (std::size_t r = 0; r < rank; ++r) std::ranges::copy(svd->right.row(r), basis.row(r).begin());
  return difference(e, product(product_transposed(e, basis), basis));
}

}  // namespace

double default_scale(Link link) {
  return link == Link::Hapke ? 1.2 : 1.0;
}

Result<Matrix<double>> efficiency_directions(Link link, MatrixView<double> x) {
  return directions_of(to_linear({.link = link, .scale = default_scale(link)}, x));
}

Matrix<double> Mixture::fractions(MatrixView<double> composition) const {
  return fractions_of(composition, efficiency);
}

Matrix<double> Mixture::linear_spectra(MatrixView<double> composition, MatrixView<double> z) const {
  const std::size_t k = components();
  const Matrix<double> f = fractions(composition);
  Matrix<double> v = product(f, endmembers);
  for (std::size_t i = 0; i < v.rows(); ++i) {
    auto row = v.row(i);
    for (std::size_t j = 0; j < nuisance(); ++j) {
      const double shift = z(i, j) - z_centre[j];
      const auto common = tilt.row(j);
      for (std::size_t c = 0; c < row.size(); ++c) row[c] += shift * common[c];
      for (std::size_t part = 0; part < k; ++part) {
        const double share = shift * f(i, part);
        const auto own = tilt_part.row(j * k + part);
        for (std::size_t c = 0; c < row.size(); ++c) row[c] += share * own[c];
      }
    }
  }
  return v;
}

Matrix<double> Mixture::spectra(MatrixView<double> composition, MatrixView<double> z) const {
  Matrix<double> v = linear_spectra(composition, z);
  const std::span<double> values(v.data(), v.size());
  from_linear(link, values, values);
  return v;
}

Matrix<double> Mixture::pure_spectra(MatrixView<double> z) const {
  Matrix<double> result(components(), channels());
  for (std::size_t k = 0; k < components(); ++k) {
    Matrix<double> corner(z.rows(), components());
    for (std::size_t i = 0; i < z.rows(); ++i) corner(i, k) = 1;
    std::ranges::copy(column_means(spectra(corner, z)), result.row(k).begin());
  }
  return result;
}

Result<MixtureStart> fit_mixture(MatrixView<double> x, MatrixView<double> y, const MixtureOptions& options,
                                 const RunControl* control) {
  const std::size_t n = x.rows();
  const std::size_t k = y.cols();
  const std::size_t z = options.nuisance;
  if (n < 2 || k < 2 || y.rows() != n || x.cols() < 2) {
    return fail({Error::Kind::Data, "too little to fit a mixture to", "labelled",
                 "at least two spectra of two channels with compositions of two components",
                 fmt::format("spectra [{}, {}], compositions [{}, {}]", n, x.cols(), y.rows(), k), ""});
  }
  MixtureStart start;
  Mixture& mixture = start.mixture;
  mixture.link.link = options.link;
  mixture.link.scale = default_scale(options.link);
  const Matrix<double> v = to_linear(mixture.link, x);

  mixture.efficiency.assign(k, 1.0);
  // Where spectra add as they are, fractions are what adds.
  if (options.link != Link::Identity) {
    Matrix<double> directions = options.directions;
    if (directions.empty()) {
      auto found = directions_of(v);
      if (!found) return fail(found.error());
      directions = *std::move(found);
    }
    auto q = fit_efficiency(v, y, directions, z, control);
    if (!q) return fail(q.error());
    mixture.efficiency = *std::move(q);
  }
  if (control != nullptr && control->stop_requested()) return fail(Error::cancel());
  const Matrix<double> f = mixture.fractions(y);
  auto fit = least_squares(f, v);
  if (!fit) return fail(fit.error());
  mixture.endmembers = std::move(fit->coefficients);
  const Matrix<double> e = difference(v, product(f, mixture.endmembers));

  Matrix<double> nuisance_part = e;
  if (n > k + z && x.cols() > k + z) {
    auto beside = beside_mixing(e, mixture.endmembers);
    if (!beside) return fail(beside.error());
    nuisance_part = *std::move(beside);
  }
  auto svd = few_leading_values(nuisance_part, z);
  if (!svd) return fail(svd.error());
  start.t = Matrix<double>(n, z);
  start.z = Matrix<double>(n, z);
  for (std::size_t j = 0; j < std::min(z, svd->values.size()); ++j) {
    Matrix<double> score(n, 1);
    for (std::size_t i = 0; i < n; ++i) score(i, 0) = svd->left(i, j) * svd->values[j];
    const double sd = deviations(score).front();
    if (sd <= 1e-12 * std::sqrt(sum_of_squares(v))) continue;  // no residual to speak of
    for (std::size_t i = 0; i < n; ++i) {
      start.t(i, j) = score(i, 0) / sd;
      start.z(i, j) = kHalfWidth * std::tanh(0.6 * start.t(i, j));
    }
  }
  mixture.z_centre = column_means(start.z);

  // [z, f z] with the penalty on the second part only: what all components share is the common tilt's.
  Matrix<double> design(n, z + z * k);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < z; ++j) {
      const double shift = start.z(i, j) - mixture.z_centre[j];
      design(i, j) = shift;
      for (std::size_t part = 0; part < k; ++part) design(i, z + j * k + part) = shift * f(i, part);
    }
  }
  std::vector<double> penalties(z + z * k, options.tilt_penalty * static_cast<double>(n));
  std::fill_n(penalties.begin(), z, 0.0);
  auto tilts = least_squares(design, e, penalties);
  if (!tilts) return fail(tilts.error());
  mixture.tilt = Matrix<double>(z, x.cols());
  mixture.tilt_part = Matrix<double>(z * k, x.cols());
  for (std::size_t j = 0; j < z; ++j)
    std::ranges::copy(tilts->coefficients.row(j), mixture.tilt.row(j).begin());
  for (std::size_t j = 0; j < z * k; ++j)
    std::ranges::copy(tilts->coefficients.row(z + j), mixture.tilt_part.row(j).begin());

  const Matrix<double> fitted = mixture.linear_spectra(y, start.z);
  mixture.spread_v = deviations(difference(v, fitted));
  Matrix<double> residual = from_linear(mixture.link, fitted);
  for (std::size_t i = 0; i < residual.size(); ++i) residual.data()[i] = x.data()[i] - residual.data()[i];
  mixture.spread_x = deviations(residual);
  for (double& sd : mixture.spread_x) sd = std::max(sd, kLeastSpreadX);
  return start;
}

}  // namespace assayer::guided
