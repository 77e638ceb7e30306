// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/m1_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "core/numeric/linear.h"
#include "core/numeric/simplex.h"

namespace assayer::model {
namespace {

constexpr double kRidge = 1e-6;  // of the sum of squares: fewer labelled rows than h has dimensions

Matrix<double> with_ones(const Matrix<double>& h) {
  Matrix<double> result(h.rows(), h.cols() + 1, 1.0);
  for (std::size_t i = 0; i < h.rows(); ++i) std::ranges::copy(h.row(i), result.row(i).begin());
  return result;
}

/// A penalty that decides only where the rows do not.
double little(const Matrix<double>& x) {
  double sum = 0;
  for (const double value : x.values()) sum += value * value;
  return kRidge * sum / static_cast<double>(std::max<std::size_t>(1, x.cols())) + 1e-12;
}

NamedArray array(std::string name, const Matrix<double>& values) {
  NamedArray result{std::move(name),
                    {static_cast<std::int64_t>(values.rows()), static_cast<std::int64_t>(values.cols())},
                    {}};
  for (const double value : values.values()) result.values.push_back(static_cast<float>(value));
  return result;
}

std::string name_of(Index member, const char* part) {
  return fmt::format("readout/{}/{}", member, part);
}

}  // namespace

M1Networks::M1Networks(const TrainConfig& config, Sizes sizes, const at::TensorOptions& options)
    : sizes_(sizes),
      families_(Families::of(config, sizes.components, options)),
      q_h_(parameters_, "q_h", sizes.channels, config.hidden_z, latent(), nonlinearity_of(config),
           spread_of(config)),
      p_x_(parameters_, "p_x", latent(), config.hidden_x, sizes.channels, nonlinearity_of(config),
           spread_of(config),
           families_.x == Families::X::Bernoulli ? Mlp::Heads::Logits : Mlp::Heads::MeanAndScale) {
  parameters_.allocate(sizes.members, options);
}

void M1Networks::initialise(Index member, at::Generator& generator) {
  q_h_.initialise(parameters_, member, generator);
  p_x_.initialise(parameters_, member, generator);
}

Tensor terms::l_x(const M1Networks& networks, const Tensor& x, const Tensor& noise) {
  const Families& families = networks.families();
  const Index samples = noise.size(1) / x.size(1);
  const Tensor spectra = samples == 1 ? x : x.repeat({1, samples, 1});
  const auto [h, log_q] = families.draw_z(networks.q_h(spectra), noise);
  return families.plus_log_p_z(families.log_p_x(networks.p_x(h), spectra) - log_q, h, 1);
}

Result<M1Readout> M1Readout::fit(const Matrix<double>& h, const Matrix<double>& y, std::size_t nuisance) {
  M1Readout readout;
  const Matrix<double> design = with_ones(h);
  auto read = least_squares(design, y, little(design));
  if (!read) return fail(read.error());
  auto place = least_squares(y, h, little(y));
  if (!place) return fail(place.error());
  readout.read = std::move(read->coefficients);
  readout.place = std::move(place->coefficients);
  const Matrix<double> left = product(design, readout.read);
  const double freedom = std::max(1.0, static_cast<double>(h.rows()) - static_cast<double>(design.cols()));
  for (std::size_t k = 0; k < y.cols(); ++k) {
    double sum = 0;
    for (std::size_t i = 0; i < y.rows(); ++i) sum += std::pow(y(i, k) - left(i, k), 2);
    readout.spread.push_back(std::sqrt(sum / freedom));
  }
  Matrix<double> rest = product(y, readout.place);
  for (std::size_t i = 0; i < rest.values().size(); ++i) rest.data()[i] = h.data()[i] - rest.data()[i];
  auto eigen = symmetric_eigen(transposed_product(rest, rest));
  if (!eigen) return fail(eigen.error());
  readout.axes = Matrix<double>(nuisance, h.cols());
  for (std::size_t d = 0; d < nuisance; ++d)
    std::ranges::copy(eigen->vectors.row(d), readout.axes.row(d).begin());
  return readout;
}

Matrix<double> M1Readout::compositions(const Matrix<double>& h) const {
  Matrix<double> y = product(with_ones(h), read);
  return to_simplex(std::move(y), {.closure = SimplexClosure::Projection});
}

Matrix<double> M1Readout::nuisance(const Matrix<double>& h, const Matrix<double>& y) const {
  Matrix<double> rest = product(y, place);
  for (std::size_t i = 0; i < rest.values().size(); ++i) rest.data()[i] = h.data()[i] - rest.data()[i];
  return product_transposed(rest, axes);
}

Matrix<double> M1Readout::latent(const Matrix<double>& y, const Matrix<double>& z) const {
  Matrix<double> h = product(y, place);
  if (z.empty()) return h;
  const Matrix<double> shift = product(z, axes);
  for (std::size_t i = 0; i < h.values().size(); ++i) h.data()[i] += shift.data()[i];
  return h;
}

void M1Readout::add_to(std::vector<NamedArray>& arrays, Index member) const {
  arrays.push_back(array(name_of(member, "read"), read));
  arrays.push_back(array(name_of(member, "place"), place));
  arrays.push_back(array(name_of(member, "axes"), axes));
  arrays.push_back(array(name_of(member, "spread"), Matrix<double>(spread, 1, spread.size())));
}

Result<M1Readout> M1Readout::from(const std::vector<NamedArray>& arrays, Index member, Index components,
                                  Index nuisance) {
  const Index latent = components - 1 + nuisance;
  M1Readout readout;
  Matrix<double> spread;
  const std::tuple<const char*, Matrix<double>*, Index, Index> parts[] = {
      {"read", &readout.read, latent + 1, components},
      {"place", &readout.place, components, latent},
      {"axes", &readout.axes, nuisance, latent},
      {"spread", &spread, 1, components}};
  for (const auto& [part, target, rows, cols] : parts) {
    const std::string name = name_of(member, part);
    const auto found = std::ranges::find(arrays, name, &NamedArray::name);
    const std::vector<std::int64_t> shape = {rows, cols};
    if (found == arrays.end() || found->shape != shape ||
        found->values.size() != static_cast<std::size_t>(rows * cols))
      return fail(
          {Error::Kind::Data, "what reads compositions from the latent is missing or has another shape", name,
           fmt::format("[{}, {}]", rows, cols), "", "The file was not written by Assayer, or is damaged."});
    *target = Matrix<double>({found->values.begin(), found->values.end()}, static_cast<std::size_t>(rows),
                             static_cast<std::size_t>(cols));
  }
  readout.spread.assign(spread.values().begin(), spread.values().end());
  return readout;
}

}  // namespace assayer::model
