// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/spectra_search.h"

#include <algorithm>
#include <cstdint>

namespace assayer::ui {

Result<Rows> rowsThrough(const Spectra& spectra, const SpectraBox& box, const RunControl& control,
                         const ProgressFn& progress) {
  Rows rows;
  std::vector<float> scratch;
  const std::size_t most = spectra.block_rows();
  for (std::size_t first = 0; first < spectra.rows(); first += most) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (progress)
      progress(static_cast<double>(first) / static_cast<double>(spectra.rows()), "searching spectra");
    const std::size_t count = std::min(most, spectra.rows() - first);
    auto block = spectra.block(first, count, scratch);
    if (!block) return fail(block.error());
    for (std::size_t r = 0; r < count; ++r) {
      const auto values = block->row(r);
      // No comparison holds for NaN.
      const auto inside = [&](std::size_t channel) {
        return values[channel] >= box.low && values[channel] <= box.high;
      };
      if (std::ranges::any_of(box.channels, inside)) rows.push_back(static_cast<std::uint32_t>(first + r));
    }
  }
  return rows;
}

}  // namespace assayer::ui
