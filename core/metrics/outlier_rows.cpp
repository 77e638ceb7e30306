// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/outlier_rows.h"

#include <cstdint>

namespace assayer {

OutlierRows outlier_rows(const Dataset& data) {
  constexpr std::size_t kStep = 97;
  OutlierRows found;
  const MetadataColumn* column = data.find_metadata("outlier");
  const auto flags = column != nullptr ? column->numbers() : std::nullopt;
  if (!flags || !data.groups()) return found;
  for (std::size_t row = 0; row < data.rows(); ++row)
    if ((*flags)[row] > 0) found.outlying.push_back(static_cast<std::uint32_t>(row));
  if (found.outlying.empty()) return found;
  const auto& of_row = data.groups()->of_row;
  const std::int32_t group = of_row[found.outlying.front()];
  found.group = static_cast<std::size_t>(group);
  for (std::size_t row = 0; row < data.rows() && found.ordinary.size() < found.outlying.size(); row += kStep)
    if ((*flags)[row] == 0 && of_row[row] == group) found.ordinary.push_back(static_cast<std::uint32_t>(row));
  return found;
}

}  // namespace assayer
