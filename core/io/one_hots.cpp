// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/one_hots.h"

#include <fmt/format.h>

#include <map>

namespace assayer {

Result<OneHots> one_hots(const std::vector<std::string>& class_of_row,
                         const std::vector<std::string>& order) {
  if (order.size() < 2 || order.size() > kMostClasses) {
    return fail({Error::Kind::Data, "the classes make no composition", "",
                 fmt::format("2 to {} different classes", kMostClasses),
                 order.size() > kMostClasses ? "more" : fmt::format("{}", order.size()),
                 "Take them for groups or metadata instead."});
  }
  std::map<std::string, std::size_t> place;
  for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = k;
  OneHots table{Matrix<double>(class_of_row.size(), order.size()), order};
  for (std::size_t r = 0; r < class_of_row.size(); ++r) table.values(r, place.at(class_of_row[r])) = 1;
  return table;
}

}  // namespace assayer
