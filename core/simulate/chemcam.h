// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/simulate/plasma.h"

namespace assayer {

/// A ChemCam-like LIBS campaign on Mars in numbers (the paper's §5): repeated shots at the rover's
/// calibration targets and single shots at rocks of unknown composition.
struct ChemcamOptions {
  std::uint64_t seed = 0;
  std::size_t rocks = 500;  ///< unlabelled rocks, one spectrum each
  /// Factor on the shots of every target, so that small sets can be had; 1: the paper's.
  double shots = 1;
  double temperature = 10000;  ///< K, median over shots
  double temperature_sd = 400;
  double electron_density = 3e16;  ///< 1/cm³, median over shots
  double density_spread = 0.25;    ///< sd of its logarithm
  /// The plasma's depth along the line of sight, cm, through which light of its strong lines is partly
  /// absorbed again; 0: optically thin.
  double depth_cm = 0.3;
  double target_distance_m = 1.56;
  std::array<double, 2> rock_distance_m = {2.0, 5.0};
  /// Sd of the logarithm of the laser's coupling with the sample; a shot that couples well is also hotter.
  double coupling_spread = 0.25;
  /// The free electrons' continuum as a share of all light in a median spectrum: what the removal of the
  /// continuum in calibrated spectra leaves.
  double continuum = 0.05;
  /// Noise: sd of the detector's, as a share of the spectrometer's mean signal per channel in a median
  /// spectrum, and photons in a channel of that mean signal (their number scatters as its square root).
  double read_noise = 0.03;
  double photons = 2000;
};

/// Names of the components: SiO2 TiO2 Al2O3 FeOT MnO MgO CaO Na2O K2O and "other" (everything else), as mass
/// fractions. FeOT is all iron as FeO.
std::vector<std::string> chemcam_components();

/// What one of the simulation's samples is made of, in mass fractions that sum to 1.
struct ChemcamSample {
  std::string name;
  std::array<double, 9> oxides{};            ///< the first nine of chemcam_components()
  double so3 = 0, h2o = 0, p2o5 = 0, c = 0;  ///< what makes "other"
  std::size_t shots = 0;                     ///< as in the paper
  double noise = 1;                          ///< factor on the noise of its spectra
  [[nodiscard]] std::array<double, 10> composition() const;
};

/// The ten calibration targets in the order of the rover's assembly. Compositions are nominal: rounded, after
/// Fabre et al. 2011 (doi:10.1016/j.sab.2011.03.012) for the glasses and Vaniman et al. 2012
/// (doi:10.1007/s11214-012-9886-0) for the ceramics, within some per cent of a component and not digit by
/// digit (neither paper's table was at hand). Titanium metal counts as TiO2. Shots: the paper's table 3 for
/// the six that it keeps (42 of the three igneous ones, 88 of the three NAu-2); ours for the four that it
/// leaves out.
std::vector<ChemcamSample> chemcam_targets();

/// ChemCam's 6144 channels, vacuum nm: 240.8–340.8, 382.1–469.1 and 473.2–905.6 nm of 2048 channels each, by
/// one dispersion polynomial per spectrometer (within 0.01 nm of a real axis).
std::vector<double> chemcam_axis();
/// Full width at half maximum of a sharp line, nm: 0.17, 0.21 and 0.72 in the three ranges (peaks of real
/// spectra; Wiens et al. 2012, doi:10.1007/s11214-012-9902-4, give 0.15, 0.20 and 0.65).
double chemcam_resolution(double vacuum_nm);

/// The spectrum [6144] of a sample in photons per nm, up to a constant, without continuum and noise.
std::vector<double> chemcam_spectrum(const ChemcamSample& sample, const PlasmaState& state, double depth_cm);

/// Rows: the targets' shots, target by target, labelled; then the rocks, without a label. Groups: the ten
/// targets and "rocks". `true_abundances` of all rows; endmembers: samples of one component each in the
/// median plasma ("other": equal parts of SO3, H2O, P2O5 and carbon). Columns: temperature_K,
/// electron_density_cm3, distance_m, coupling, shot. The same options give the same bits on one machine.
///
/// What it leaves out: hot and cool zones of one plasma, so that lines of high levels (oxygen) and of atoms
/// that are easily ionised (sodium, potassium) are too weak; minor elements; matrix effects other than the
/// plasma's scatter; lines that atomic_lines() lacks.
Result<DatasetPtr> simulate_chemcam(const ChemcamOptions& options, RunControl& control,
                                    const ProgressFn& progress = {});

}  // namespace assayer
