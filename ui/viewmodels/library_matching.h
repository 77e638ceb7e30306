// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/train/results.h"

namespace assayer::ui {

/// The nearest spectra of a library for each endmember.
struct MatchedEndmembers {
  struct Near {
    std::string name;  ///< of the library spectrum
    double angle = 0;  ///< degrees; NaN where there is none
  };
  std::string library;                  ///< file name
  std::size_t channels = 0;             ///< that both cover
  std::vector<std::string> components;  ///< [K]
  std::vector<std::vector<Near>> near;  ///< [K] the smallest angle first
};

/// Reads a library of any known format and compares `endmembers`, which lie on the axis of `data`. On a
/// worker.
Result<MatchedEndmembers> matchLibrary(const std::filesystem::path& library, const Dataset& data,
                                       const EndmemberEstimate& endmembers, std::size_t most,
                                       RunControl& control, const ProgressFn& progress);

}  // namespace assayer::ui
