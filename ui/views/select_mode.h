// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace assayer::ui {

/// What a request for rows does with the rows that are selected already.
enum class SelectMode { Replace, Add };

}  // namespace assayer::ui
