// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/selection_spectra.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace assayer::ui {

namespace {

/// Neighbouring rows that are read at once.
constexpr std::size_t kRun = 512;

/// Calls `take(index in rows, spectrum)` for all of them, runs of neighbours together.
template <class Take>
Status for_each(const Spectra& spectra, const Rows& rows, const RunControl& control, Take take) {
  std::vector<float> scratch;
  for (std::size_t i = 0; i < rows.size();) {
    if (control.stop_requested()) return fail(Error::cancel());
    std::size_t count = 1;
    while (i + count < rows.size() && count < kRun && rows[i + count] == rows[i] + count) ++count;
    auto block = spectra.block(rows[i], count, scratch);
    if (!block) return fail(block.error());
    for (std::size_t r = 0; r < count; ++r) take(i + r, block->row(r));
    i += count;
  }
  return {};
}

}  // namespace

Result<SelectionSpectra> readSelection(const Spectra& spectra, Rows rows, std::size_t most,
                                       const RunControl& control) {
  const std::size_t channels = spectra.cols();
  SelectionSpectra read;
  read.rows = std::move(rows);
  if (read.rows.empty()) return read;
  if (read.rows.size() <= most) {
    read.spectra = Matrix<float>(read.rows.size(), channels);
    const Status status =
        for_each(spectra, read.rows, control, [&](std::size_t i, std::span<const float> values) {
          std::ranges::copy(values, read.spectra.row(i).begin());
        });
    if (!status) return fail(status.error());
    return read;
  }
  std::vector<double> sum(channels);
  std::vector<double> squares(channels);
  std::vector<std::uint32_t> count(channels);
  // Deviations from the first row: sums of squares of large signals would cancel.
  std::vector<float> origin;
  const Status status =
      for_each(spectra, read.rows, control, [&](std::size_t i, std::span<const float> values) {
        if (i == 0) {
          origin.assign(values.begin(), values.end());
          for (float& value : origin)
            if (!std::isfinite(value)) value = 0;
        }
        for (std::size_t c = 0; c < channels; ++c) {
          if (!std::isfinite(values[c])) continue;
          const double from = static_cast<double>(values[c]) - origin[c];
          sum[c] += from;
          squares[c] += from * from;
          ++count[c];
        }
      });
  if (!status) return fail(status.error());
  read.mean.assign(channels, std::numeric_limits<float>::quiet_NaN());
  read.sd.assign(channels, 0);
  for (std::size_t c = 0; c < channels; ++c) {
    if (count[c] == 0) continue;
    const double mean = sum[c] / count[c];
    const double rest = count[c] > 1 ? std::max(0.0, (squares[c] - sum[c] * mean) / (count[c] - 1)) : 0;
    read.mean[c] = static_cast<float>(mean + origin[c]);
    read.sd[c] = static_cast<float>(std::sqrt(rest));
  }
  return read;
}

}  // namespace assayer::ui
