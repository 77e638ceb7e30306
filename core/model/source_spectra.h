// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/data/spectra.h"
#include "core/model/trained_model.h"

namespace assayer::model {

/// The spectra of one source of a run, its labelled rows or its unlabelled ones, as the networks see them.
///
/// Few are kept prepared, and on a device all of them. Of many on the CPU only the row numbers are: what a
/// mini-batch takes is prepared from the data set's own spectra each time, so that a run of a million spectra
/// has no copy of them. The numbers are the same to the bit.
class SourceSpectra {
 public:
  /// Up to this size, in bytes, prepared spectra are kept on the CPU: preparing costs time in every step,
  /// softplus-gaussian ones most, which the many runs on small data need not spend.
  static constexpr std::size_t kMostKept = std::size_t{64} << 20;

  /// No spectra.
  SourceSpectra() = default;
  /// `rows` of `spectra`, which must stay where they are.
  SourceSpectra(Spectra spectra, const Preprocessing& preprocessing, std::span<const std::uint32_t> rows,
                at::Device device, std::size_t most_kept = kMostKept);

  [[nodiscard]] Index rows() const { return static_cast<Index>(rows_.size()); }
  [[nodiscard]] Index channels() const { return preprocessing_.channels(); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Whether all of them are there at once.
  [[nodiscard]] bool kept() const { return kept_.defined(); }
  /// The kept ones on the CPU, [rows, channels] row-major; null where they are not kept.
  [[nodiscard]] const float* data() const { return kept() ? kept_.data_ptr<float>() : nullptr; }

  /// Those of these numbers (int64, of any shape, each below `rows`): [numbers, channels].
  [[nodiscard]] Tensor take(const Tensor& numbers) const;
  /// Those from `first` on: [count, channels].
  [[nodiscard]] Tensor block(Index first, Index count) const;
  /// As `take`, into `out`; allocates nothing. On the CPU.
  void gather(std::span<const std::int64_t> numbers, float* out) const;

 private:
  Spectra spectra_;
  Preprocessing preprocessing_;
  std::span<const std::uint32_t> rows_;
  Tensor kept_;
};

/// How many rows of so many channels to work through at once where all of a source are: some MiB of spectra.
Index rows_at_once(Index channels);

}  // namespace assayer::model
