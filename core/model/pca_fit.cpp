// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/pca_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/model/tensor.h"
#include "core/model/trained_model.h"

namespace assayer::model {
namespace {

/// Up to this size a symmetric eigenproblem is solved exactly.
constexpr Index kExact = 1024;
constexpr std::size_t kBlock = 4096;

/// Centred spectra of the rows that are finite, block by block, in float64.
class Blocks {
 public:
  Blocks(const Dataset& data, const Preprocessing& preprocessing, const Rows& rows)
      : data_(data), preprocessing_(preprocessing), rows_(rows) {}

  template <class Visit>
  void each(Visit&& visit) const {
    for (std::size_t first = 0; first < rows_.size(); first += kBlock) {
      const std::span<const std::uint32_t> part(rows_.data() + first, std::min(kBlock, rows_.size() - first));
      visit(preprocessing_.apply(data_.spectra(), part).to(at::kDouble), part);
    }
  }

 private:
  const Dataset& data_;
  const Preprocessing& preprocessing_;
  const Rows& rows_;
};

/// Leading eigenpairs, descending: values [r], vectors as rows [r, n].
std::pair<Tensor, Tensor> leading(const Tensor& symmetric, Index r) {
  const auto [values, vectors] = at::linalg_eigh(symmetric);
  const Index n = values.size(0);
  return {values.narrow(0, n - r, r).flip(0), vectors.narrow(1, n - r, r).flip(1).t()};
}

/// Loadings as rows [r, C] of A = [n, C], by the randomised range finder with power iterations; passes over A
/// only block by block.
std::pair<Tensor, Tensor> randomised(const Blocks& blocks, Index channels, Index r) {
  const Index width = std::min(channels, r + 10);
  at::Generator generator =
      at::detail::createCPUGenerator(0);  // fixed: the projection must not change by itself
  Tensor basis = at::empty({channels, width}, at::kDouble).normal_(0, 1, generator);
  for (int power = 0; power < 6; ++power) {
    Tensor next = at::zeros({channels, width}, at::kDouble);
    blocks.each([&](const Tensor& block, auto) { next.add_(block.t().mm(block.mm(basis))); });
    basis = std::get<0>(at::linalg_qr(next));
  }
  Tensor projected = at::zeros({width, width}, at::kDouble);
  blocks.each([&](const Tensor& block, auto) {
    const Tensor scores = block.mm(basis);
    projected.add_(scores.t().mm(scores));
  });
  const auto [values, vectors] = leading(projected, r);
  return {values, vectors.mm(basis.t())};
}

}  // namespace

Result<Pca> fit_pca(const Dataset& data, std::size_t components) {
  const at::NoGradGuard no_grad;
  const std::size_t all = data.channels();
  std::vector<std::uint8_t> used(all, 1);
  if (!data.bad_channels().empty()) {
    std::ranges::transform(data.bad_channels(), used.begin(),
                           [](std::uint8_t bad) { return bad == 0 ? 1 : 0; });
  }
  Rows rows;
  for (std::size_t i = 0; i < data.rows(); ++i) {
    if (data.row_is_finite(i)) rows.push_back(static_cast<std::uint32_t>(i));
  }
  if (rows.size() < 2) {
    return fail({Error::Kind::Data, "principal components need at least two finite spectra", "spectra",
                 "2 or more", std::to_string(rows.size()), ""});
  }

  std::vector<double> sum(all, 0.0);
  for (const std::uint32_t row : rows) {
    const auto spectrum = data.spectra().row(row);
    for (std::size_t c = 0; c < all; ++c) sum[c] += used[c] != 0 ? spectrum[c] : 0.0F;
  }
  std::vector<float> mean(all);
  std::ranges::transform(sum, mean.begin(),
                         [&](double s) { return static_cast<float>(s / static_cast<double>(rows.size())); });

  const Preprocessing preprocessing(used, mean);
  const Blocks blocks(data, preprocessing, rows);
  const auto n = static_cast<Index>(rows.size());
  const Index channels = preprocessing.channels();
  const Index r = std::min({static_cast<Index>(components), channels, n - 1});

  double total = 0;
  Tensor values;
  Tensor loadings;
  if (channels <= std::min(n, kExact)) {
    Tensor covariance = at::zeros({channels, channels}, at::kDouble);
    blocks.each([&](const Tensor& block, auto) { covariance.addmm_(block.t(), block); });
    total = covariance.trace().item<double>();
    std::tie(values, loadings) = leading(covariance, r);
  } else if (n <= kExact) {
    const Tensor x = preprocessing.apply(data.spectra(), rows).to(at::kDouble);
    const Tensor gram = x.mm(x.t());
    total = gram.trace().item<double>();
    Tensor left;
    std::tie(values, left) = leading(gram, r);
    // Rows of XᵀU / s are the loadings; directions without variance stay zero rather than 0/0.
    loadings =
        left.mm(x) / values.clamp_min(total * 1e-14 + std::numeric_limits<double>::min()).sqrt().unsqueeze(1);
  } else {
    blocks.each([&](const Tensor& block, auto) { total += block.square().sum().item<double>(); });
    std::tie(values, loadings) = randomised(blocks, channels, r);
  }

  // An eigenvector's sign is arbitrary; views and tests need it fixed.
  const Tensor largest = loadings.gather(1, loadings.abs().argmax(1, true));
  loadings = loadings * at::where(largest < 0, -1.0, 1.0).to(at::kDouble);

  Pca pca;
  pca.mean.assign(all, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t c = 0; c < all; ++c) {
    if (used[c] != 0) pca.mean[c] = mean[c];
  }
  const double divisor = static_cast<double>(n) - 1.0;
  pca.total_variance = total / divisor;
  const Tensor variance = values.clamp_min(0.0).div(divisor).contiguous();
  pca.variance.assign(variance.data_ptr<double>(), variance.data_ptr<double>() + r);

  pca.loadings = Matrix<float>(static_cast<std::size_t>(r), all, 0.0F);
  const Tensor host = loadings.to(at::kFloat).contiguous();
  for (Index j = 0; j < r; ++j) {
    const float* in = host.data_ptr<float>() + j * channels;
    for (std::size_t c = 0; c < all; ++c) {
      if (used[c] != 0) pca.loadings(static_cast<std::size_t>(j), c) = *in++;
    }
  }

  pca.scores =
      Matrix<float>(data.rows(), static_cast<std::size_t>(r), std::numeric_limits<float>::quiet_NaN());
  const Tensor projection = loadings.t().contiguous();
  blocks.each([&](const Tensor& block, std::span<const std::uint32_t> part) {
    const Tensor scores = block.mm(projection).to(at::kFloat).contiguous();
    for (std::size_t i = 0; i < part.size(); ++i) {
      std::copy_n(scores.data_ptr<float>() + static_cast<Index>(i) * r, r, pca.scores.row(part[i]).data());
    }
  });
  return pca;
}

}  // namespace assayer::model
