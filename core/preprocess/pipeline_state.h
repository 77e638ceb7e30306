// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assayer {

/// Numbers that a fitted step needs, under a name; row-major.
struct PipelineArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  friend bool operator==(const PipelineArray&, const PipelineArray&) = default;
};

/// A fitted pipeline as plain values: what a model file holds.
///
/// `json`: {"version": 1, "input_unit": U, "output_unit": U, "steps": [{"step", "settings", "on"}, …]}.
/// `arrays`: "input/wavelength", "input/bad", "output/wavelength", "output/bad", and for the n-th step
/// (counted from 1, those that are off too) "n-NAME/ARRAY". To repeat it with NumPy, for a row x in double
/// precision:
///   mask, crop           x[channels]
///   bad                  x, or x[bad == 0] with action=remove
///   nan (how=mean)       where(isfinite(x), x, mean)
///   msc                  b, a = polyfit(reference[good], x[good], 1); (x − a) / b
///   centre, standardise  (x − mean) / sd
///   savgol, moving-average, resample   coo_array((weight, (row, column))) @ x, NaN in rows without entries
/// and the formula of the step's header for all others, which learn nothing. Round to float32 at the end.
struct PipelineState {
  std::string json;
  std::vector<PipelineArray> arrays;
  friend bool operator==(const PipelineState&, const PipelineState&) = default;
};

}  // namespace assayer
