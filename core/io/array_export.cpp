// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/array_export.h"

#include <algorithm>
#include <array>
#include <utility>

namespace assayer {

std::size_t ExportArray::size() const {
  return std::visit([](const auto& each) { return each.size(); }, values);
}

std::vector<ExportArray> arrays_of(const Dataset& data) {
  std::vector<ExportArray> arrays;
  const auto add = [&](std::string name, std::vector<std::uint64_t> shape, auto values) {
    arrays.push_back({std::move(name), std::move(shape), std::move(values)});
  };
  const std::uint64_t rows = data.rows();
  const std::uint64_t channels = data.channels();
  add("spectra", {rows, channels}, data.spectra());
  add("wavelength", {channels}, data.wavelength().values());
  add("wavelength_unit", {}, std::vector<std::string>{std::string(to_string(data.wavelength().unit()))});
  if (const auto& abundances = data.abundances()) {
    add("abundance", {rows, abundances->components()}, abundances->values().values());
    add("component_names", {abundances->components()}, abundances->names());
  } else if (data.endmembers()) {
    add("component_names", {data.endmember_names().size()}, data.endmember_names());
  }
  if (const auto& endmembers = data.endmembers())
    add("endmembers", {endmembers->rows(), channels}, endmembers->values());
  if (const auto& groups = data.groups()) {
    std::vector<std::int64_t> codes;
    codes.reserve(rows);
    for (const auto group : groups->of_row) codes.push_back(groups->codes[static_cast<std::size_t>(group)]);
    add("group", {rows}, std::move(codes));
    add("group_codes", {groups->codes.size()}, groups->codes);
    add("group_names", {groups->names.size()}, groups->names);
  }
  if (!data.bad_channels().empty()) add("bad_channel", {channels}, data.bad_channels());
  if (const auto& shape = data.image_shape()) {
    add("image_shape", {2},
        std::vector<std::int64_t>{static_cast<std::int64_t>(shape->rows),
                                  static_cast<std::int64_t>(shape->cols)});
  }
  for (const MetadataColumn& column : data.metadata()) {
    std::visit(
        [&]<class T>(const std::vector<T>& values) {
          if constexpr (std::is_same_v<T, double>)
            add(column.name, {rows}, std::span<const double>(values));
          else
            add(column.name, {rows}, values);
        },
        column.values);
  }
  return arrays;
}

std::vector<std::string> not_in_arrays(const Dataset& data, std::string_view format) {
  ExportCapacity capacity;
  capacity.compositions = capacity.groups = capacity.metadata = capacity.image_shape = true;
  capacity.endmembers = capacity.bad_channels = true;
  // They take the place of the components' names.
  capacity.endmember_names = data.endmembers() && !data.abundances();
  return parts_left_out(data, capacity, format);
}

}  // namespace assayer
