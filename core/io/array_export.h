// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/data/dataset.h"
#include "core/io/exporter.h"

namespace assayer {

/// A part of a data set as a named array, row-major.
struct ExportArray {
  std::string name;
  std::vector<std::uint64_t> shape;  ///< empty: a single value
  std::variant<Spectra, std::span<const float>, std::span<const double>, std::vector<std::int64_t>,
               std::vector<std::uint8_t>, std::vector<std::string>>
      values;

  [[nodiscard]] std::size_t size() const;
};

/// Everything of `data` that named arrays can hold, by the names that array_plan.h knows: spectra, wavelength
/// with wavelength_unit, abundance with component_names, endmembers, group with group_names and group_codes,
/// bad_channel, image_shape, and the metadata columns. The arrays refer to `data`; spectra that stay in their
/// file are written block by block (spectra_blocks.h).
std::vector<ExportArray> arrays_of(const Dataset& data);
/// What `arrays_of` leaves out.
std::vector<std::string> not_in_arrays(const Dataset& data, std::string_view format);

}  // namespace assayer
