// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/source_spectra.h"

#include <algorithm>
#include <utility>

namespace assayer::model {
namespace {

constexpr Index kBlockBytes = Index{8} << 20;

}  // namespace

Index rows_at_once(Index channels) {
  return std::max<Index>(1, kBlockBytes / (static_cast<Index>(sizeof(float)) * std::max<Index>(channels, 1)));
}

SourceSpectra::SourceSpectra(Spectra spectra, const Preprocessing& preprocessing,
                             std::span<const std::uint32_t> rows, at::Device device, std::size_t most_kept)
    : spectra_(std::move(spectra)), preprocessing_(preprocessing), rows_(rows) {
  const std::size_t bytes = rows.size() * static_cast<std::size_t>(channels()) * sizeof(float);
  if (empty() || (device.is_cpu() && bytes > most_kept)) return;
  if (device.is_cpu()) {
    kept_ = block(0, this->rows());
    return;
  }
  // Block by block: the host needs no copy of what the device holds.
  const Tensor all = at::empty({this->rows(), channels()}, at::TensorOptions(at::kFloat).device(device));
  const Index at_once = rows_at_once(channels());
  for (Index first = 0; first < this->rows(); first += at_once) {
    const Index count = std::min(at_once, this->rows() - first);
    all.narrow(0, first, count).copy_(block(first, count));
  }
  kept_ = all;
}

Tensor SourceSpectra::take(const Tensor& numbers) const {
  const Tensor flat = numbers.flatten().contiguous();
  if (kept()) return kept_.index_select(0, flat);
  Tensor result = at::empty({flat.numel(), channels()}, at::kFloat);
  gather({flat.data_ptr<std::int64_t>(), static_cast<std::size_t>(flat.numel())}, result.data_ptr<float>());
  return result;
}

Tensor SourceSpectra::block(Index first, Index count) const {
  if (kept()) return kept_.narrow(0, first, count);
  Tensor result = at::empty({count, channels()}, at::kFloat);
  auto* out = result.data_ptr<float>();
  for (Index i = 0; i < count; ++i)
    preprocessing_.apply(spectra_.row(rows_[static_cast<std::size_t>(first + i)]), out + i * channels());
  return result;
}

void SourceSpectra::gather(std::span<const std::int64_t> numbers, float* out) const {
  for (const std::int64_t number : numbers) {
    preprocessing_.apply(spectra_.row(rows_[static_cast<std::size_t>(number)]), out);
    out += channels();
  }
}

}  // namespace assayer::model
