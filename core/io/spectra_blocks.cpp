// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/spectra_blocks.h"

#include <algorithm>
#include <array>
#include <future>
#include <utility>
#include <vector>

namespace assayer {

Status for_each_block(const Spectra& spectra, std::size_t rows, RunControl& control,
                      const ProgressFn& progress, const UseBlock& use) {
  std::array<std::vector<float>, 2> buffers;
  const auto block_at = [&spectra, rows, &buffers](std::size_t first) {
    return spectra.block(first, std::min(rows, spectra.rows() - first), buffers[first / rows % 2]);
  };
  // In memory there is nothing to wait for.
  const auto policy = spectra.stays_in_file() ? std::launch::async : std::launch::deferred;
  std::future<Result<MatrixView<float>>> next;
  for (std::size_t first = 0; first < spectra.rows(); first += rows) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress) progress(static_cast<double>(first) / static_cast<double>(spectra.rows()), "writing");
    const auto block = next.valid() ? next.get() : block_at(first);
    if (!block) return fail(block.error());
    // A future of std::async waits for its thread when it goes, so that leaving early is safe.
    if (first + rows < spectra.rows()) next = std::async(policy, block_at, first + rows);
    if (auto status = use(first, *block); !status) return status;
  }
  return {};
}

}  // namespace assayer
