// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/io/array_container.h"
#include "core/io/importer.h"

namespace assayer {

/// How an array with one value, or one set of values, per spectrum lies beside the spectra.
struct RowLayout {
  std::optional<std::size_t> part_axis;  ///< the axis along which a row's values lie; none: one per row
  bool flat = true;                      ///< pixels along one axis; false: along the image's two axes
};

/// What becomes of the arrays of a container. N spectra, C channels.
struct ArrayPlan {
  std::size_t spectra = 0;
  std::size_t spectral_axis = 0;
  std::uint64_t rows = 0;      ///< N
  std::uint64_t channels = 0;  ///< C
  std::optional<ImageShape> image;
  /// Pixels along one axis run down the columns of the image, as MATLAB flattens it.
  bool by_columns = false;
  /// Of every array.
  std::vector<ImportRole> roles;
  std::vector<std::string> warnings;
};

/// Decides by what the format says, by names and by matching sizes, after what the user decided. Reads single
/// values and short vectors at most. Fails where nothing can be spectra (Format), and on decisions that the
/// file cannot follow (Usage).
Result<ArrayPlan> plan_arrays(const ArrayContainer& container, const ImportOptions& options,
                              RunControl& control);

/// How `info` goes with the spectra of `plan` as one value (`parts` false) or several per spectrum.
std::optional<RowLayout> row_layout(const ArrayInfo& info, const ArrayPlan& plan, bool parts);

/// The plan as fields and settings.
ImportContents contents_of(const ArrayContainer& container, const ArrayPlan& plan, std::string format);

/// Whether an array's name is one that unmixing benchmarks and other programs give to what has this role:
/// "A_true", "abundances" for a composition, "M", "E" for endmembers, "cood", "names" for names. Known of
/// these, of spectra and of wavelengths.
bool is_called(const ArrayInfo& info, ImportRole role);

/// An array that says something about another one and is no part of its own: wavelength_unit, group_names,
/// group_codes, image_shape, as the exporters write them. `name` is one of these without the underscore.
bool is_companion(const ArrayInfo& info);
std::optional<std::size_t> find_companion(const ArrayContainer& container, std::string_view name);

/// Names written as character codes, one text per row (the USGS library does so): whether `info` can be that.
bool may_hold_codes(const ArrayInfo& info);

}  // namespace assayer
