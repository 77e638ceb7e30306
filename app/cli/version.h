// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/error.h"

namespace assayer::cli {

/// "assayer-cli 0.1.0 (commit 0123456789ab)"; with `verbose` also the compiler and the numerical engine,
/// which has to be loaded for it.
Result<std::string> version_text(bool verbose);

}  // namespace assayer::cli
