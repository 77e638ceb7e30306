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

/// Linear regression of y [n, K] on x [n, C] with an intercept: least squares, ridge, principal components.
///
/// All of it serves both directions. Forward, x are spectra and y compositions. Inverse, x are compositions
/// and y are spectra (classical least squares, the "K matrix"): the predictions for the pure compositions,
/// corner_predictions(), are then the endmembers. Compositions sum to one, so that after centring they lack a
/// rank; the solution of smallest norm is taken, which maps (1, …, 1) to 0, and where the compositions span
/// the simplex the endmembers equal those of least squares without an intercept, (YᵀY)⁻¹YᵀX. With a ridge
/// they are drawn towards the mean spectrum, not towards 0.
namespace assayer {

/// y ≈ intercept + x · coefficients, in the data's units.
struct LinearFit {
  Matrix<double> coefficients;    ///< [C, K]
  std::vector<double> intercept;  ///< [K]
  double ridge = 0;               ///< λ, see fit_ridge()
  /// Effective number of parameters without the intercept, Σ σᵢ² / (σᵢ² + λ) over the singular values of
  /// centred x; its rank without a ridge.
  double freedom = 0;

  /// [m, K] for `x` [m, C].
  [[nodiscard]] Matrix<double> predict(MatrixView<double> x) const;
};

/// Minimises Σ ‖y − a − x B‖² + λ ‖B‖² with `ridge` = λ ≥ 0, a not being penalised. With `scale_x`, B is that
/// of columns divided by their standard deviation (divisor n − 1). λ = 0: ordinary least squares, the
/// solution of smallest norm where x lacks rank (singular values below max(n, C) · 2.2e-16 of the largest
/// count as 0). By the singular value decomposition of centred x: see thin_svd() for the time it takes, which
/// makes this unsuitable for both n and C above some 1000. Data error: shapes disagree, fewer than 2 rows,
/// something not finite. Usage: λ < 0.
Result<LinearFit> fit_ridge(MatrixView<double> x, MatrixView<double> y, double ridge, bool scale_x = false);
inline Result<LinearFit> fit_least_squares(MatrixView<double> x, MatrixView<double> y) {
  return fit_ridge(x, y, 0);
}

/// What `fit` predicts for e_1 … e_C: endmembers [C, K] of an inverse fit.
Matrix<double> corner_predictions(const LinearFit& fit);

struct RidgeOptions {
  /// Values to try. Empty: 0 where n > C + 1, and 41 values from 1e-10 to 10 times the largest eigenvalue of
  /// XᵀX of all rows (centred, and scaled if so), evenly in the logarithm. Ascending.
  std::vector<double> ridges{};
  bool scale_x = false;
};

struct RidgeValidation {
  std::vector<double> ridges;  ///< [L] that were tried, ascending
  Matrix<double> mse;  ///< [L, K] held-out (or generalised) mean squared errors, in the data's units squared
  std::vector<double> score;  ///< [L] as ComponentValidation::score
  double ridge = 0;           ///< that of the least score, the larger one where equal: the simpler model
  /// [n, K] every row from the fit without its fold, with that ridge. Empty for generalised cross-validation.
  Matrix<double> predicted;
};

/// One ridge for all columns, by cross-validation: one decomposition per fold serves all values.
/// `fold_of_row` [n] as for cross_validate_pls(). `control` (may be null) is polled between folds.
Result<RidgeValidation> cross_validate_ridge(MatrixView<double> x, MatrixView<double> y,
                                             std::span<const std::uint32_t> fold_of_row,
                                             const RidgeOptions& options = {},
                                             const RunControl* control = nullptr);
/// The same by generalised cross-validation (Golub, Heath & Wahba 1979, doi:10.1080/00401706.1979.10489751):
/// mse = n Σ residual² / (n − 1 − freedom)², the intercept counting as one parameter. No folds, one
/// decomposition; blind to groups of replicates. Values of λ that leave no freedom (n − 1 − freedom < 1e-6 n)
/// have an infinite mse.
Result<RidgeValidation> generalised_cross_validate_ridge(MatrixView<double> x, MatrixView<double> y,
                                                         const RidgeOptions& options = {});

struct PcrOptions {
  std::size_t components = 10;  ///< at most
  bool scale_x = false;         ///< as in PlsOptions; y needs no scaling, each column is fitted by itself
  std::uint64_t seed = 0;       ///< of leading_svd(), for large x
};

/// Least squares of y on the scores of the first principal components of x. A = components().
/// Members are in scaled units of x where the options say so; functions take and give the data's units.
struct PcrFit {
  std::vector<double> x_mean;    ///< [C]
  std::vector<double> x_scale;   ///< [C] 1 without scaling
  std::vector<double> y_mean;    ///< [K]
  Matrix<double> loadings;       ///< [A, C] orthonormal rows, the largest entry of each positive
  Matrix<double> scores;         ///< [n, A] orthogonal columns
  Matrix<double> y_loadings;     ///< [K, A] y ≈ scores · y_loadingsᵀ
  std::vector<double> x_shares;  ///< [A] of the variance of x, descending
  std::vector<double> y_shares;  ///< [A] of the variance of y, all columns together

  /// Fewer than asked for where x has less rank: singular values below 1e-11 of ‖x‖ (centred) do not count.
  [[nodiscard]] std::size_t components() const { return scores.cols(); }
  /// The model with the first `count` components, or all where count is larger. freedom = count.
  [[nodiscard]] LinearFit with(std::size_t count) const;
  [[nodiscard]] Matrix<double> scores_of(MatrixView<double> x) const;
};

/// Errors as for fit_ridge(), and Usage for no components. Takes the time of leading_svd().
Result<PcrFit> fit_pcr(MatrixView<double> x, MatrixView<double> y, const PcrOptions& options = {});
/// One fit per fold; as cross_validate_pls().
Result<ComponentValidation> cross_validate_pcr(MatrixView<double> x, MatrixView<double> y,
                                               std::span<const std::uint32_t> fold_of_row,
                                               const PcrOptions& options = {},
                                               const RunControl* control = nullptr);

}  // namespace assayer
