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
/// Of spectra that stay in their file: stretches spread evenly over it. Enough for a picture, and soon read.
constexpr std::size_t kStretches = 64;
constexpr std::size_t kStretchRows = 256;

/// Centred spectra of the rows that are finite, block by block, in float64.
class Blocks {
 public:
  Blocks(MatrixView<float> spectra, const Preprocessing& preprocessing, const Rows& rows)
      : spectra_(spectra), preprocessing_(preprocessing), rows_(rows) {}

  template <class Visit>
  void each(Visit&& visit) const {
    for (std::size_t first = 0; first < rows_.size(); first += kBlock) {
      const std::span<const std::uint32_t> part(rows_.data() + first, std::min(kBlock, rows_.size() - first));
      visit(preprocessing_.apply(spectra_, part).to(at::kDouble), part);
    }
  }

 private:
  MatrixView<float> spectra_;
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

/// What components are fitted to: all spectra in place, or some of those that stay in their file.
struct Fitted {
  MatrixView<float> spectra;
  Rows rows;    ///< of `spectra`, those that are finite
  Rows places;  ///< the data set's row of each of `spectra`; empty: the same
  Matrix<float> drawn;
};

Status draw(const Dataset& data, const std::vector<std::uint8_t>& used, Fitted& fitted) {
  const std::size_t channels = data.channels();
  fitted.drawn = Matrix<float>(kStretches * kStretchRows, channels);
  std::vector<float> scratch;
  for (std::size_t s = 0; s < kStretches; ++s) {
    const std::size_t first = (data.rows() - kStretchRows) / (kStretches - 1) * s;
    const auto block = data.spectra().block(first, kStretchRows, scratch);
    if (!block) return fail(block.error());
    std::copy_n(block->data(), block->size(), fitted.drawn.row(s * kStretchRows).data());
    for (std::size_t r = 0; r < kStretchRows; ++r)
      fitted.places.push_back(static_cast<std::uint32_t>(first + r));
  }
  fitted.spectra = fitted.drawn.view();
  for (std::size_t r = 0; r < fitted.spectra.rows(); ++r) {
    bool finite = true;
    for (std::size_t c = 0; c < channels; ++c)
      finite = finite && (used[c] == 0 || std::isfinite(fitted.spectra(r, c)));
    if (finite) fitted.rows.push_back(static_cast<std::uint32_t>(r));
  }
  return {};
}

Status take(const Dataset& data, const std::vector<std::uint8_t>& used, Fitted& fitted) {
  if (data.spectra().stays_in_file() && data.rows() > kStretches * kStretchRows)
    return draw(data, used, fitted);
  fitted.spectra = data.spectra().view();
  for (std::size_t i = 0; i < data.rows(); ++i) {
    if (data.row_is_finite(i)) fitted.rows.push_back(static_cast<std::uint32_t>(i));
  }
  return {};
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
  Fitted fitted;
  if (auto status = take(data, used, fitted); !status) return fail(status.error());
  const Rows& rows = fitted.rows;
  if (rows.size() < 2) {
    return fail({Error::Kind::Data, "principal components need at least two finite spectra", "spectra",
                 "2 or more", std::to_string(rows.size()), ""});
  }

  std::vector<double> sum(all, 0.0);
  for (const std::uint32_t row : rows) {
    const auto spectrum = fitted.spectra.row(row);
    for (std::size_t c = 0; c < all; ++c) sum[c] += used[c] != 0 ? spectrum[c] : 0.0F;
  }
  std::vector<float> mean(all);
  std::ranges::transform(sum, mean.begin(),
                         [&](double s) { return static_cast<float>(s / static_cast<double>(rows.size())); });

  const Preprocessing preprocessing(used, mean);
  const Blocks blocks(fitted.spectra, preprocessing, rows);
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
    const Tensor x = preprocessing.apply(fitted.spectra, rows).to(at::kDouble);
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
      const std::size_t row = fitted.places.empty() ? part[i] : fitted.places[part[i]];
      std::copy_n(scores.data_ptr<float>() + static_cast<Index>(i) * r, r, pca.scores.row(row).data());
    }
  });
  return pca;
}

}  // namespace assayer::model
