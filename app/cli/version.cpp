// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/version.h"

#include <fmt/format.h>

#include "core/train/engine.h"

namespace assayer::cli {

Result<std::string> version_text(bool verbose) {
  std::string text = fmt::format("assayer-cli {} (commit {})\n", ASSAYER_VERSION, ASSAYER_COMMIT);
  if (!verbose) return text;
  text += fmt::format("compiler: {}\n", __VERSION__);
  const auto engine = Engine::load();
  if (!engine) return fail(engine.error());
  text += fmt::format("engine: {}\n", (*engine)->description());
  return text;
}

}  // namespace assayer::cli
