// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"

namespace assayer {

/// The paper's laboratory (§2, §4) in numbers: intimate mixtures of a forsteritic olivine, a diopside and a
/// bytownite on an order-10 lattice of the simplex, imaged in three geometries.
struct CrismLabOptions {
  std::uint64_t seed = 0;
  std::size_t spectra = 5354;  ///< spread over 66 compositions × 3 geometries as evenly as they go
  std::size_t channels = 165;
  double first_um = 0.9;
  double last_um = 2.5;
  /// Incidence and emission angles in degrees of Position 1, Position 2, Angle 2 (the paper's table 1).
  std::array<std::array<double, 2>, 3> angles = {{{33.9, 0.0}, {42.7, 0.0}, {12.7, 30.0}}};
  double abundance_jitter = 0.01;  ///< sd of the true abundance around the nominal one
  double grain_low_um = 63;        ///< grain sizes of the samples (the paper, §4.3)
  double grain_high_um = 108;
  double noise = 0.002;       ///< sd of the sensor noise, reflectance
  std::size_t outliers = 12;  ///< container-surface pixels, all in Position 1
  /// Three endmember spectra (olivine, diopside, bytownite in this order) instead of the built-in ones; rows
  /// of
  /// `/endmembers`, or the spectra themselves where there are exactly three.
  DatasetPtr library;
};

/// Simulated spectra with their truth: nominal compositions as `abundances`, the jittered ones as
/// `true_abundances`, endmembers per geometry and their mean, `outlier` and `grid_point` columns.
/// The same options give the same bits.
Result<DatasetPtr> simulate_crism_lab(const CrismLabOptions& options, RunControl& control,
                                      const ProgressFn& progress = {});

}  // namespace assayer
