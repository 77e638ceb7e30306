// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string_view>

namespace assayer {

/// Called from the computing thread: `fraction` in [0, 1], `what` names the current stage.
/// May be empty. Must return quickly; it is the callee's business to throttle.
using ProgressFn = std::function<void(double fraction, std::string_view what)>;

}  // namespace assayer
