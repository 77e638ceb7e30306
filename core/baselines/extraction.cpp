// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/extraction.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "core/base/random.h"
#include "core/baselines/eigen_detail.h"
#include "core/baselines/endmember_detail.h"
#include "core/numeric/linear.h"
#include "core/numeric/nnls.h"

namespace assayer {

namespace {

using namespace baselines::detail;

constexpr std::array<std::pair<Extraction, std::string_view>, 6> kNames{
    {{Extraction::Ppi, "ppi"},
     {Extraction::Nfindr, "nfindr"},
     {Extraction::Vca, "vca"},
     {Extraction::Atgp, "atgp"},
     {Extraction::Smacc, "smacc"},
     {Extraction::MinimumVolume, "minimum-volume"}}};

using Rows = std::vector<std::uint32_t>;

std::uint32_t longest(const RowMatrix& matrix, double* length) {
  Eigen::Index row = 0;
  *length = std::sqrt(matrix.rowwise().squaredNorm().maxCoeff(&row));
  return static_cast<std::uint32_t>(row);
}

Result<Rows> orthogonal_targets(const ConstMap& spectra, std::size_t endmembers, const RunControl* control) {
  RowMatrix rest = spectra;
  Rows rows;
  double first = 0;
  while (rows.size() < endmembers) {
    if (stopped(control)) return fail(Error::cancel());
    double length = 0;
    const std::uint32_t row = longest(rest, &length);
    if (rows.empty()) first = length;
    if (!(length > kRounding * first)) return too_few_dimensions(endmembers, rows.size());
    rows.push_back(row);
    const Eigen::RowVectorXd direction = rest.row(row) / length;
    const Eigen::VectorXd along = rest * direction.transpose();
    rest.noalias() -= along * direction;
  }
  return rows;
}

Result<Rows> convex_cone(const ConstMap& spectra, std::size_t endmembers, const RunControl* control) {
  Rows rows;
  RowMatrix rest = spectra;
  double first = 0;
  while (true) {
    double length = 0;
    const std::uint32_t row = longest(rest, &length);
    if (rows.empty()) first = length;
    if (!(length > kRounding * first)) return too_few_dimensions(endmembers, rows.size());
    rows.push_back(row);
    if (rows.size() == endmembers) return rows;

    RowMatrix edges(index(rows.size()), spectra.cols());
    for (std::size_t k = 0; k < rows.size(); ++k) edges.row(index(k)) = spectra.row(rows[k]);
    const Matrix<double> gram = to_matrix(edges * edges.transpose());
    constexpr Eigen::Index kBlock = 2048;
    for (Eigen::Index begin = 0; begin < spectra.rows(); begin += kBlock) {
      if (stopped(control)) return fail(Error::cancel());
      const Eigen::Index size = std::min(kBlock, spectra.rows() - begin);
      const auto block = spectra.middleRows(begin, size);
      const auto weights = nnls_normal(gram, to_matrix(block * edges.transpose()));
      if (!weights) return fail(weights.error());
      rest.middleRows(begin, size) = block - map(*weights) * edges;
    }
    // Their distance is 0 by definition; rounding must not bring one back.
    for (const std::uint32_t chosen : rows) rest.row(chosen).setZero();
  }
}

// The share of the largest count that a row needs to be chosen.
constexpr double kLeastPurity = 0.01;

struct Purity {
  Rows rows;
  std::vector<std::uint32_t> counts;
};

Result<Purity> pixel_purity(const Whitened& data, std::size_t endmembers, const ExtractionSettings& settings,
                            const RunControl* control) {
  const Eigen::MatrixXd scores = data.scores;  // columns in one piece: most of the time goes into the product
  Purity purity;
  purity.counts.assign(static_cast<std::size_t>(scores.rows()), 0);
  Random random(settings.seed);
  Eigen::VectorXd skewer(scores.cols());
  Eigen::VectorXd along(data.scores.rows());
  for (std::size_t s = 0; s < settings.skewers; ++s) {
    if (stopped(control)) return fail(Error::cancel());
    for (double& x : skewer) x = random.normal();
    along.noalias() = scores * skewer;
    Eigen::Index first = 0;
    Eigen::Index last = 0;
    along.minCoeff(&first);
    along.maxCoeff(&last);
    ++purity.counts[static_cast<std::size_t>(first)];
    ++purity.counts[static_cast<std::size_t>(last)];
  }

  const auto most = std::ranges::max_element(purity.counts);
  const auto least = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(kLeastPurity * *most));
  Eigen::VectorXd candidate(scores.rows());
  for (std::size_t i = 0; i < purity.counts.size(); ++i)
    candidate[index(i)] = purity.counts[i] >= least ? 1 : 0;
  auto row = static_cast<Eigen::Index>(most - purity.counts.begin());
  purity.rows.push_back(static_cast<std::uint32_t>(row));
  RowMatrix rest = data.scores.rowwise() - data.scores.row(row);
  while (purity.rows.size() < endmembers) {
    const Eigen::VectorXd distance = rest.rowwise().norm();
    if (!(distance.cwiseProduct(candidate).maxCoeff(&row) > kRounding)) {
      return fail({Error::Kind::Data,
                   "too few rows are extreme in any direction",
                   {},
                   std::to_string(endmembers) + " that span a simplex",
                   std::to_string(purity.rows.size()),
                   "Use more skewers or fewer endmembers"});
    }
    purity.rows.push_back(static_cast<std::uint32_t>(row));
    const Eigen::RowVectorXd direction = rest.row(row) / distance[row];
    const Eigen::VectorXd part = rest * direction.transpose();
    rest.noalias() -= part * direction;
  }
  return purity;
}

Status check(const ExtractionSettings& settings, std::size_t rows, std::size_t channels) {
  const auto usage = [](std::string what, std::string expected, std::string found) {
    return fail({Error::Kind::Usage, std::move(what), {}, std::move(expected), std::move(found), {}});
  };
  if (settings.endmembers < 2) {
    return usage("too few endmembers to extract", "at least 2", std::to_string(settings.endmembers));
  }
  if (settings.method == Extraction::Ppi && settings.skewers == 0) {
    return usage("number of skewers out of range", "at least 1", "0");
  }
  if (settings.method == Extraction::Nfindr && settings.starts == 0) {
    return usage("number of starts out of range", "at least 1", "0");
  }
  if (settings.method == Extraction::MinimumVolume && !(settings.outside >= 0 && settings.outside <= 0.5)) {
    return usage("share of rows outside out of range", "0 … 0.5", std::to_string(settings.outside));
  }
  if (rows < settings.endmembers) {
    return fail({Error::Kind::Data,
                 "fewer spectra than endmembers",
                 {},
                 "at least " + std::to_string(settings.endmembers),
                 std::to_string(rows),
                 {}});
  }
  // Methods on rays from the origin find as many as there are channels, those on simplices one more.
  const bool rays = settings.method == Extraction::Atgp || settings.method == Extraction::Smacc;
  if (settings.endmembers > channels + (rays ? 0 : 1)) {
    return too_few_dimensions(settings.endmembers, channels + (rays ? 0 : 1));
  }
  return {};
}

Result<Extracted> found_rows(MatrixView<double> spectra, Rows rows) {
  Extracted result;
  result.spectra = Matrix<double>(rows.size(), spectra.cols());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    std::ranges::copy(spectra.row(rows[k]), result.spectra.row(k).begin());
  }
  result.rows = std::move(rows);
  return result;
}

}  // namespace

std::string_view name(Extraction method) {
  for (const auto& [known, text] : kNames) {
    if (known == method) return text;
  }
  return {};
}

Result<Extraction> parse_extraction(std::string_view text) {
  for (const auto& [method, known] : kNames) {
    if (known == text) return method;
  }
  return fail({Error::Kind::Usage,
               "unknown way to extract endmembers",
               {},
               "ppi, nfindr, vca, atgp, smacc or minimum-volume",
               std::string(text),
               {}});
}

Result<Extracted> extract_endmembers(MatrixView<double> spectra, const ExtractionSettings& settings,
                                     const RunControl* control) {
  if (const Status status = check(settings, spectra.rows(), spectra.cols()); !status) {
    return fail(status.error());
  }
  const auto linear = linear_spectra(spectra, settings.link, "spectra");
  if (!linear) return fail(linear.error());
  if (stopped(control)) return fail(Error::cancel());
  const ConstMap data = map(linear->view());
  const std::size_t k = settings.endmembers;
  const auto as_result = [&](Result<Rows> rows) -> Result<Extracted> {
    if (!rows) return fail(rows.error());
    return found_rows(spectra, std::move(*rows));
  };

  switch (settings.method) {
    case Extraction::Atgp:
      return as_result(orthogonal_targets(data, k, control));
    case Extraction::Smacc:
      return as_result(convex_cone(data, k, control));
    case Extraction::Nfindr: {
      const auto scores = whitened(data, k);
      if (!scores) return fail(scores.error());
      return as_result(largest_simplex(*scores, settings.seed, settings.starts, control));
    }
    case Extraction::Ppi: {
      const auto scores = whitened(data, k);
      if (!scores) return fail(scores.error());
      auto purity = pixel_purity(*scores, k, settings, control);
      if (!purity) return fail(purity.error());
      auto result = found_rows(spectra, std::move(purity->rows));
      if (result) result->counts = std::move(purity->counts);
      return result;
    }
    case Extraction::MinimumVolume: {
      auto corners = smallest_simplex(data, k, settings, control);
      if (!corners) return fail(corners.error());
      Extracted result;
      result.spectra = from_linear(settings.link, corners->view());
      return result;
    }
    case Extraction::Vca:
      break;
  }
  auto components = vertex_components(data, k, settings.seed);
  if (!components) return fail(components.error());
  auto result = found_rows(spectra, std::move(components->rows));
  if (result) result->snr_db = components->snr_db;
  return result;
}

Result<Extracted> extract_endmembers(MatrixView<float> spectra, const ExtractionSettings& settings,
                                     const RunControl* control) {
  const std::vector<double> values(spectra.data(), spectra.data() + spectra.size());
  return extract_endmembers(MatrixView<double>(values.data(), spectra.rows(), spectra.cols()), settings,
                            control);
}

namespace baselines::detail {

std::unexpected<Error> too_few_dimensions(std::size_t wanted, std::size_t most) {
  return fail({Error::Kind::Data,
               "the spectra vary in too few dimensions",
               {},
               "enough for " + std::to_string(wanted) + " endmembers",
               most < 2 ? "spectra that do not vary" : "enough for " + std::to_string(most),
               most < 2 ? "" : "Ask for fewer endmembers"});
}

Result<Matrix<double>> linear_spectra(MatrixView<double> spectra, const LinkSettings& link,
                                      std::string_view what) {
  if (const Status status = validate(link); !status) return fail(status.error());
  if (spectra.rows() == 0 || spectra.cols() < 2) {
    return fail({Error::Kind::Data,
                 "no spectra",
                 std::string(what),
                 "at least 1 row and 2 channels",
                 std::to_string(spectra.rows()) + " × " + std::to_string(spectra.cols()),
                 {}});
  }
  Matrix<double> linear = to_linear(link, spectra);
  for (std::size_t r = 0; r < linear.rows(); ++r) {
    for (std::size_t c = 0; c < linear.cols(); ++c) {
      if (std::isfinite(linear(r, c))) continue;
      return fail({Error::Kind::Data, "not a finite number",
                   std::string(what) + ", row " + std::to_string(r) + ", channel " + std::to_string(c),
                   "numbers", std::to_string(spectra(r, c)), "Leave the row or the channel out"});
    }
  }
  return linear;
}

Subspace leading_subspace(const ConstMap& spectra, std::size_t dimensions, bool about_mean) {
  Subspace result;
  result.origin = about_mean ? Eigen::RowVectorXd(spectra.colwise().mean())
                             : Eigen::RowVectorXd(Eigen::RowVectorXd::Zero(spectra.cols()));
  const RowMatrix centred = spectra.rowwise() - result.origin;
  constexpr Eigen::Index kSmall = 400;
  const bool tall = centred.rows() >= centred.cols();
  const Eigen::Index side = std::min(centred.rows(), centred.cols());
  const Eigen::Index d = std::min(index(dimensions), side);
  const auto finish = [&] {
    // The sign of a direction is the library's whim; the draws of a seed must meet the same axes anywhere.
    for (Eigen::Index i = 0; i < d; ++i) {
      Eigen::Index at = 0;
      result.axes.row(i).cwiseAbs().maxCoeff(&at);
      if (result.axes(i, at) < 0) result.axes.row(i) *= -1;
    }
    result.scores.noalias() = centred * result.axes.transpose();
    result.largest = std::hypot(d > 0 ? result.singular[0] : 0.0,
                                std::sqrt(static_cast<double>(spectra.rows())) * result.origin.norm());
    return result;
  };
  if (side > kSmall) {
    // All directions of a large side cost too much; a few are enough.
    const MatrixView<double> view(centred.data(), static_cast<std::size_t>(centred.rows()),
                                  static_cast<std::size_t>(centred.cols()));
    if (const auto svd = leading_svd(view, static_cast<std::size_t>(d)); svd) {
      result.singular = map(std::span<const double>(svd->values));
      result.axes = map(svd->right.view());
      return finish();
    }
  }
  Eigen::MatrixXd gram(side, side);
  if (tall) {
    gram.noalias() = centred.transpose() * centred;
  } else {
    gram.noalias() = centred * centred.transpose();
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(gram);
  result.singular = eigen.eigenvalues().reverse().head(d).cwiseMax(0).cwiseSqrt();
  const Eigen::MatrixXd vectors = eigen.eigenvectors().rowwise().reverse().leftCols(d);
  if (tall) {
    result.axes = vectors.transpose();
  } else {
    result.axes.noalias() = vectors.transpose() * centred;
    for (Eigen::Index i = 0; i < d; ++i) {
      const double length = result.axes.row(i).norm();
      if (length > 0) result.axes.row(i) /= length;
    }
  }
  return finish();
}

Result<Whitened> whitened(const ConstMap& spectra, std::size_t endmembers) {
  const Subspace pcs = leading_subspace(spectra, endmembers - 1, true);
  // Two thresholds: what varies below rounding of the spectra themselves does not vary at all; what varies
  // far less than the first component is rounding of its direction.
  std::size_t rank = 0;
  for (const double s : pcs.singular) rank += s > kRounding * pcs.singular[0] && s > 1e-7 * pcs.largest;
  if (rank + 1 < endmembers) return too_few_dimensions(endmembers, rank + 1);
  Whitened result;
  result.mean = pcs.origin;
  const Eigen::ArrayXd deviation = pcs.singular.array() / std::sqrt(static_cast<double>(spectra.rows()));
  result.axes = pcs.axes.array().colwise() * deviation;
  result.scores = pcs.scores.array().rowwise() / deviation.transpose();
  return result;
}

}  // namespace baselines::detail

}  // namespace assayer
