// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles.h"

namespace assayer {

Rows rows_with(const Roles& roles, Role role) {
  Rows rows;
  for (std::size_t i = 0; i < roles.size(); ++i)
    if (roles[i] == role) rows.push_back(static_cast<std::uint32_t>(i));
  return rows;
}

}  // namespace assayer
