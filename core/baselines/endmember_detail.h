// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/baselines/eigen_detail.h"
#include "core/baselines/extraction.h"
#include "core/mixing/link.h"

/// What extraction, unmixing and factorisation share. All spectra are in the link's domain.
namespace assayer::baselines::detail {

/// A direction whose singular value is below this share of the largest is taken for rounding (float32 data).
constexpr double kRounding = 1e-6;

inline bool stopped(const RunControl* control) {
  return control != nullptr && control->stop_requested();
}

/// `spectra` through `link`; `what` names them in errors. Usage error for a bad link; Data error for no rows,
/// fewer than 2 columns or a value that is not finite, before or after.
Result<Matrix<double>> linear_spectra(MatrixView<double> spectra, const LinkSettings& link,
                                      std::string_view what);

/// Directions of largest spread, about the mean or about 0.
struct Subspace {
  Eigen::RowVectorXd origin;  ///< [C] the mean, or zeros
  RowMatrix axes;             ///< [d, C] orthonormal
  Eigen::VectorXd singular;   ///< [d] singular values of spectra − origin, descending
  RowMatrix scores;           ///< [N, d] (spectra − origin) axesᵀ
  double largest = 0;         ///< the largest singular value of the spectra as they are
};

/// The first `dimensions` (cut to min(N, C)), by the smaller of the two Gram matrices, or by leading_svd()
/// where both are large.
Subspace leading_subspace(const ConstMap& spectra, std::size_t dimensions, bool about_mean);

/// The K − 1 principal components that K endmembers span, scores in units of their standard deviation.
/// Data error where the spectra vary in fewer dimensions.
struct Whitened {
  Eigen::RowVectorXd mean;  ///< [C]
  RowMatrix axes;           ///< [K − 1, C], a row times the component's standard deviation
  RowMatrix scores;         ///< [N, K − 1]
};
Result<Whitened> whitened(const ConstMap& spectra, std::size_t endmembers);

/// Rows of the largest simplex [K] (N-FINDR).
Result<std::vector<std::uint32_t>> largest_simplex(const Whitened& data, std::uint64_t seed,
                                                   std::size_t starts, const RunControl* control);

struct VertexComponents {
  std::vector<std::uint32_t> rows;  ///< [K]
  double snr_db = 0;
};
Result<VertexComponents> vertex_components(const ConstMap& spectra, std::size_t endmembers,
                                           std::uint64_t seed);

/// Corners [K, C] of the smallest simplex (MinimumVolume).
Result<Matrix<double>> smallest_simplex(const ConstMap& spectra, std::size_t endmembers,
                                        const ExtractionSettings& settings, const RunControl* control);

/// [k − 1, k] orthonormal rows, each of sum 0 (Helmert).
RowMatrix contrasts(Eigen::Index k);

/// Data error: how many endmembers the spectra allow at most.
std::unexpected<Error> too_few_dimensions(std::size_t wanted, std::size_t most);

/// a [n, K] >= 0 with rows of sum 1 that minimise ½ a G aᵀ − b aᵀ row by row, for G [K, K] positive definite
/// where rows sum to 0, and b [n, K]; exactly, by an active-set method. `guess` (may be null), [n, K] on the
/// simplex, saves time. Numeric error when it does not end.
Result<RowMatrix> simplex_least_squares(const Eigen::MatrixXd& gram, const RowMatrix& rhs,
                                        const RowMatrix* guess = nullptr);

/// The two of `simplex_least_squares` for endmembers [K, C] and rows of spectra: both relative to the mean
/// endmember, which leaves the minimum where it is and keeps digits where spectra lie on a large offset.
struct CentredNormal {
  Eigen::RowVectorXd origin;  ///< [C] the mean endmember
  RowMatrix centred;          ///< [K, C]
  Eigen::MatrixXd gram;       ///< [K, K]
};
CentredNormal centred_normal(const ConstMap& endmembers);

}  // namespace assayer::baselines::detail
