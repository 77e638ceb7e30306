// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guided/encoder_base.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/baselines/pls.h"
#include "core/numeric/linear.h"

namespace assayer::guided {
namespace {

constexpr std::array<std::pair<EncoderInput, std::string_view>, 3> kNames = {
    {{EncoderInput::Spectra, "spectra"}, {EncoderInput::Snv, "snv"}, {EncoderInput::Linear, "linear"}}};

double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

Matrix<double> affine(MatrixView<double> u, const Matrix<double>& slope, std::span<const double> offset) {
  Matrix<double> result = product(u, slope);
  for (std::size_t i = 0; i < result.rows(); ++i)
    for (std::size_t c = 0; c < result.cols(); ++c) result(i, c) += offset[c];
  return result;
}

}  // namespace

std::string_view name(EncoderInput input) {
  return std::ranges::find(kNames, input, &decltype(kNames)::value_type::first)->second;
}

Result<EncoderInput> parse_encoder_input(std::string_view text) {
  const auto found = std::ranges::find(kNames, text, &decltype(kNames)::value_type::second);
  if (found != kNames.end()) return found->first;
  return fail({Error::Kind::Data, "the encoder's input is not known", "encoder_input",
               "spectra, snv or linear", std::string(text), "The model file is damaged."});
}

Matrix<double> encoder_values(EncoderInput input, const LinkSettings& link, MatrixView<double> x) {
  if (input == EncoderInput::Linear) return to_linear(link, x);
  Matrix<double> u(std::vector<double>(x.data(), x.data() + x.size()), x.rows(), x.cols());
  if (input == EncoderInput::Spectra) return u;
  for (std::size_t i = 0; i < u.rows(); ++i) {
    auto row = u.row(i);
    const auto count = static_cast<double>(row.size());
    double mean = 0;
    for (const double value : row) mean += value / count;
    double square = 0;
    for (const double value : row) square += (value - mean) * (value - mean) / count;
    // A flat spectrum has no shape.
    const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
    for (double& value : row) value = (value - mean) * scale;
  }
  return u;
}

Matrix<double> EncoderBase::base(MatrixView<double> u) const {
  return affine(u, regression, intercept);
}

Matrix<double> EncoderBase::features(MatrixView<double> u) const {
  return affine(u, axes, offset);
}

Matrix<double> PrincipalAxes::of(MatrixView<double> u) const {
  return affine(u, axes, offset);
}

Result<PrincipalAxes> fit_principal_axes(MatrixView<double> u, std::size_t most) {
  PrincipalAxes result;
  const std::vector<double> mean = column_means(u);
  Matrix<double> centred(u.rows(), u.cols());
  for (std::size_t i = 0; i < u.rows(); ++i)
    for (std::size_t c = 0; c < u.cols(); ++c) centred(i, c) = u(i, c) - mean[c];
  const auto svd = leading_svd(centred, most);
  if (!svd) return fail(svd.error());
  std::size_t rank = 0;
  while (rank < svd->values.size() && svd->values[rank] > 1e-6 * svd->values.front()) ++rank;
  result.axes = Matrix<double>(u.cols(), rank);
  result.offset.assign(rank, 0.0);
  const double root = std::sqrt(static_cast<double>(u.rows()));
  for (std::size_t r = 0; r < rank; ++r) {
    for (std::size_t c = 0; c < u.cols(); ++c) {
      result.axes(c, r) = svd->right(r, c) * root / svd->values[r];
      result.offset[r] -= mean[c] * result.axes(c, r);
    }
  }
  return result;
}

Result<EncoderBase> fit_encoder_base(EncoderInput input, MatrixView<double> u, MatrixView<double> y,
                                     std::size_t latent, std::size_t principal) {
  EncoderBase encoder;
  encoder.input = input;
  PlsOptions options;
  options.components = std::max<std::size_t>(latent, 1);
  const auto pls = fit_pls(u, y, options);
  if (!pls) return fail(pls.error());
  encoder.regression = pls->coefficients(latent);
  encoder.intercept = pls->intercept(latent);

  auto principal_axes = fit_principal_axes(u, principal);
  if (!principal_axes) return fail(principal_axes.error());
  encoder.axes = std::move(principal_axes->axes);
  encoder.offset = std::move(principal_axes->offset);
  return encoder;
}

Matrix<double> positive_composition(MatrixView<double> t) {
  Matrix<double> y(t.rows(), t.cols());
  for (std::size_t i = 0; i < t.rows(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < t.cols(); ++k) sum += y(i, k) = softplus(100 * t(i, k)) / 100 + 1e-6;
    for (double& part : y.row(i)) part /= sum;
  }
  return y;
}

std::vector<double> variances(MatrixView<double> y) {
  const auto n = static_cast<double>(y.rows());
  const std::vector<double> mean = column_means(y);
  std::vector<double> result(y.cols(), 0.0);
  for (std::size_t i = 0; i < y.rows(); ++i)
    for (std::size_t k = 0; k < y.cols(); ++k) result[k] += (y(i, k) - mean[k]) * (y(i, k) - mean[k]) / n;
  return result;
}

double relative_error(MatrixView<double> truth, MatrixView<double> estimate,
                      std::span<const double> variance) {
  const auto n = static_cast<double>(truth.rows());
  double logarithms = 0;
  std::size_t counted = 0;
  for (std::size_t k = 0; k < truth.cols(); ++k) {
    if (variance[k] <= 1e-24) continue;
    double error = 0;
    for (std::size_t i = 0; i < truth.rows(); ++i)
      error += (estimate(i, k) - truth(i, k)) * (estimate(i, k) - truth(i, k)) / n;
    logarithms += std::log(std::max(error / variance[k], 1e-12));
    ++counted;
  }
  return counted > 0 ? std::exp(logarithms / static_cast<double>(counted)) : 1.0;
}

}  // namespace assayer::guided
