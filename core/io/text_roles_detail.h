// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/io/text_layout.h"

namespace assayer::text {

/// What the first lines of a table hold, once delimiter and header are known.
struct Table {
  std::vector<std::vector<double>> rows;  ///< NaN where there is no number
  std::vector<std::string> kinds;         ///< the first of several header rows, or empty
  bool has_header = false;
};

/// Settles orientation, roles, positions and runs of columns, with what the user decided on top.
Status assign_roles(Layout& layout, const Table& table, const ImportOptions& options);

}  // namespace assayer::text
