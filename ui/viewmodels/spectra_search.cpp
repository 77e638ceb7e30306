// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/spectra_search.h"

#include <algorithm>
#include <cstdint>

#include "core/io/spectra_blocks.h"

namespace assayer::ui {

Result<Rows> rowsThrough(const Spectra& spectra, const SpectraBox& box, RunControl& control,
                         const ProgressFn& progress) {
  Rows rows;
  const auto search = [&](std::size_t first, MatrixView<float> block) -> Status {
    for (std::size_t r = 0; r < block.rows(); ++r) {
      const auto values = block.row(r);
      // No comparison holds for NaN.
      const auto inside = [&](std::size_t channel) {
        return values[channel] >= box.low && values[channel] <= box.high;
      };
      if (std::ranges::any_of(box.channels, inside)) rows.push_back(static_cast<std::uint32_t>(first + r));
    }
    return {};
  };
  if (const Status all = for_each_block(spectra, spectra.block_rows(), control, progress, search); !all)
    return fail(all.error());
  return rows;
}

}  // namespace assayer::ui
