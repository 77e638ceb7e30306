// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>

#include "app/cli/console.h"
#include "core/base/run_control.h"

namespace assayer::cli {

/// Principal components: `baseline pca`, which makes no model.
struct PcaRequest {
  std::string data;
  std::string output;    ///< scores, CSV; "-": standard output; empty: none
  std::string loadings;  ///< the same for mean and loadings by channel
  std::size_t components = 6;
  bool force = false;
};
Result<ExitCode> run_pca(const PcaRequest& request, Console& console, RunControl& control);

}  // namespace assayer::cli
