// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/mixing/link.h"

namespace assayer::guided {

/// What the encoder looks at.
enum class EncoderInput : std::uint8_t {
  Spectra,  ///< x as it is
  Snv,      ///< each spectrum less its mean, over its sd (Barnes et al. 1989, doi:10.1366/0003702894202201)
  Linear    ///< v = g(x), the link's domain
};
/// "spectra", "snv", "linear".
std::string_view name(EncoderInput input);
/// The inverse of `name`; Data error otherwise.
Result<EncoderInput> parse_encoder_input(std::string_view text);

/// u [n, C] of spectra [n, C].
Matrix<double> encoder_values(EncoderInput input, const LinkSettings& link, MatrixView<double> x);

/// The linear part of q(y|x): t = PLS(u), and p, the first whitened principal components of u, for the
/// correction that is learnt.
struct EncoderBase {
  EncoderInput input = EncoderInput::Spectra;
  Matrix<double> regression;      ///< [C, K]
  std::vector<double> intercept;  ///< [K]
  Matrix<double> axes;            ///< [C, R] p = u · axes + offset has unit variance on the rows fitted
  std::vector<double> offset;     ///< [R]

  /// PLS(u) [n, K].
  [[nodiscard]] Matrix<double> base(MatrixView<double> u) const;
  /// p [n, R].
  [[nodiscard]] Matrix<double> features(MatrixView<double> u) const;
};

/// Whitened principal components: p = u · axes + offset has unit variance on the rows fitted.
struct PrincipalAxes {
  Matrix<double> axes;         ///< [C, R]
  std::vector<double> offset;  ///< [R]
  /// p [n, R].
  [[nodiscard]] Matrix<double> of(MatrixView<double> u) const;
};
/// At most `most` of `u` [n, C], fewer where the rank ends.
Result<PrincipalAxes> fit_principal_axes(MatrixView<double> u, std::size_t most);

/// `u` [n, C], `y` [n, K]; at most `latent` PLS components and `principal` principal components, fewer where
/// the rank ends.
Result<EncoderBase> fit_encoder_base(EncoderInput input, MatrixView<double> u, MatrixView<double> y,
                                     std::size_t latent, std::size_t principal);

/// ŷ ∝ softplus(100 t) / 100 + 1e-6, row by row [n, K]: positive whatever t, and nearly t where that is
/// positive and sums to 1.
Matrix<double> positive_composition(MatrixView<double> t);

/// Variance (divisor n) of every column of `y` [n, K].
std::vector<double> variances(MatrixView<double> y);

/// Geometric mean over the components of mean squared error / variance [K]; components that do not vary are
/// left out. The guard's measure: an arithmetic mean would look at the worst component only.
double relative_error(MatrixView<double> truth, MatrixView<double> estimate,
                      std::span<const double> variance);

}  // namespace assayer::guided
