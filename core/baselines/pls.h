// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/baselines/validation.h"

namespace assayer {

/// Partial least squares. With one column to predict both give the same predictions; with several they
/// maximise different covariances from the second component on.
enum class PlsAlgorithm {
  Simpls,  ///< de Jong 1993, doi:10.1016/0169-7439(93)85002-X: deflates XᵀY; the faster one
  Nipals   ///< Wold et al. 2001, doi:10.1016/S0169-7439(01)00155-1 (PLS2): deflates X; scikit-learn's
           ///< PLSRegression
};

struct PlsOptions {
  std::size_t components = 10;  ///< at most; see PlsFit::components()
  PlsAlgorithm algorithm = PlsAlgorithm::Simpls;
  /// Divide every column by its standard deviation (divisor n − 1) as well as subtracting its mean. Columns
  /// that do not vary are left as they are.
  bool scale_x = false;
  bool scale_y = false;
};

/// y − y_mean ≈ (x − x_mean) B for every number of components up to A = components(). C columns of x, K of y.
/// The members below are in the scaled units where the options say so; functions take and give the data's
/// units.
struct PlsFit {
  PlsAlgorithm algorithm = PlsAlgorithm::Simpls;
  std::vector<double> x_mean;   ///< [C]
  std::vector<double> x_scale;  ///< [C] 1 without scaling
  std::vector<double> y_mean;   ///< [K]
  std::vector<double> y_scale;  ///< [K]
  Matrix<double> weights;       ///< [C, A] NIPALS: unit weights of the deflated x. SIMPLS: equal to rotations
  Matrix<double> rotations;     ///< [C, A] scores = x · rotations
  Matrix<double> x_loadings;    ///< [C, A] x ≈ scores · x_loadingsᵀ
  Matrix<double> y_loadings;    ///< [K, A] y ≈ scores · y_loadingsᵀ
  Matrix<double> scores;        ///< [n, A] orthogonal columns, of unit length with SIMPLS
  std::vector<double> x_shares;  ///< [A] of the variance of x that each component explains, 0 … 1
  std::vector<double> y_shares;  ///< [A] likewise of y, all columns together

  /// A. Fewer than asked for where rank is exhausted: when what is left of x, or of its covariance with y, is
  /// rounding (1e-11 ‖x‖ for the scores, 1e-13 ‖x‖ ‖y‖ for the covariance, ‖·‖ after centring), and never
  /// more than min(n − 1, C). 0 where x or y does not vary, or x has nothing to do with y: predictions are
  /// then the mean.
  [[nodiscard]] std::size_t components() const { return scores.cols(); }

  /// B [C, K] in the data's units with the first `count` components, or with all where count is larger.
  [[nodiscard]] Matrix<double> coefficients(std::size_t count) const;
  /// y_mean − x_mean B [K].
  [[nodiscard]] std::vector<double> intercept(std::size_t count) const;
  /// [m, K] for `x` [m, C], in the data's units. A row with NaN gives NaN.
  [[nodiscard]] Matrix<double> predict(MatrixView<double> x, std::size_t count) const;
  /// Scores [m, A] of other rows.
  [[nodiscard]] Matrix<double> scores_of(MatrixView<double> x) const;
};

/// `x` [n, C] against `y` [n, K], n at least 2, all finite. The dominant pair of singular vectors of XᵀY,
/// which NIPALS otherwise iterates for, comes from a decomposition of the smaller of its sides, so there is
/// no tolerance to choose. Deterministic; about 4 n C operations per component, 6 with NIPALS, and n C K once
/// (NIPALS: per component). Data error: shapes disagree, fewer than 2 rows, or something not finite. Usage
/// error: no components asked for.
Result<PlsFit> fit_pls(MatrixView<double> x, MatrixView<double> y, const PlsOptions& options = {});

/// One fit per fold. `fold_of_row` [n]: 0 … F − 1, at least two different ones (see core/numeric/folds.h).
/// Errors of fit_pls(), and Usage where the folds make no sense. `control` (may be null) is polled between
/// folds: Cancelled.
Result<ComponentValidation> cross_validate_pls(MatrixView<double> x, MatrixView<double> y,
                                               std::span<const std::uint32_t> fold_of_row,
                                               const PlsOptions& options = {},
                                               const RunControl* control = nullptr);

/// Endmembers [K, C] of an inverse fit, which explains spectra by compositions: what `fit` =
/// fit_pls(compositions [n, K], spectra [n, C]) predicts for the pure compositions e_1 … e_K.
///
/// Compositions sum to one, so that after centring they have rank K − 1 at most and the fit ends there by
/// itself. Its coefficients then map (1, …, 1) to 0, that is, they are the solution of smallest norm, and the
/// corners, which differ from the mean by vectors that sum to 0, are predicted without ambiguity if the
/// compositions span the simplex. Where they do not, a direction never seen counts as no change.
Matrix<double> inverse_pls_endmembers(const PlsFit& fit, std::size_t count);

}  // namespace assayer
