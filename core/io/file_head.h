// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "core/base/error.h"

namespace assayer {

/// The first bytes of a file, enough for the signatures of every format; all of a smaller one. File error
/// where the path is no readable, non-empty regular file.
Result<std::string> read_head(const std::filesystem::path& path);

}  // namespace assayer
