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
  /// Gain of the reference panel in each geometry: every reflectance is multiplied by it.
  ///
  /// The angles alone change the reflectance factor of isotropic scatterers by half a per cent on average
  /// and under 3 % in the darkest bands, because the panel divides the illumination out: less than grain
  /// sizes do. The paper's data separate clearly, so these gains (ours) part the geometries by a few per
  /// cent, in the order of the incidence angles. They stand for a panel that was not re-aimed with the
  /// sample. That the three levels separate, and in which order, is therefore put in and is no evidence of
  /// anything; {1, 1, 1} is the bare physics.
  std::array<double, 3> panel_gain = {1.0, 0.96, 1.05};
  /// Sd of each true mass fraction around the nominal one, before the draw is projected on the simplex.
  /// Components that were not weighed in stay at 0.
  double abundance_jitter = 0.015;
  double grain_low_um = 63;  ///< grain sizes of the samples (the paper, §4.3)
  double grain_high_um = 108;
  /// A pixel sees this many grains, their sizes uniform between the two bounds, and scatters as grains of
  /// their mean size do (ours): the fewer, the more the spectra of one sample differ.
  std::size_t grains_per_spectrum = 12;
  /// The endmembers' reflectances belong to grains of this size (the middle of 63–108 µm) and to these angles
  /// of incidence and emission in degrees (those usual for laboratory spectra: C. M. Pieters, J. Geophys.
  /// Res. 88 (1983) 9534–9544, doi:10.1029/JB088iB11p09534). For library spectra both are an assumption.
  double reference_grain_um = 85.5;
  std::array<double, 2> reference_angles = {30.0, 0.0};
  double noise = 0.003;       ///< sd of the sensor noise, reflectance; independent between channels
  std::size_t outliers = 12;  ///< container-surface pixels, all in Position 1
  /// An outlier's pixel shows between these shares of the container beside the powder.
  std::array<double, 2> container_share = {0.6, 0.95};
  /// Three endmember spectra (olivine, diopside, bytownite in this order) instead of the built-in ones: rows
  /// of `/endmembers`, or the spectra themselves where there are exactly three. Reflectance factors on a
  /// wavelength axis that reaches over all channels.
  DatasetPtr library;
};

/// Simulated spectra with their truth: nominal compositions as `abundances`, the jittered ones as
/// `true_abundances` (mass fractions), endmembers per geometry (mean grain size, no noise, panel gain
/// included) and their mean over the geometries; columns `outlier` (0, 1), `grid_point` (0 … 65, olivine
/// falling slowest) and `grain_um`. Rows run by geometry, then grid point.
///
/// The same options give the same bits on one machine. The draws for abundances, grain sizes, noise and
/// outliers come from separate streams: with `noise = 0` the rest stays as it was.
Result<DatasetPtr> simulate_crism_lab(const CrismLabOptions& options, RunControl& control,
                                      const ProgressFn& progress = {});

}  // namespace assayer
