// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/metrics/peaks.h"
#include "core/preprocess/fitted_pipeline.h"

namespace assayer {

/// The recipe `libs-norm3` on ChemCam's channels: negative values clipped, each spectrometer divided by its
/// own sum, the paper's 5485 of 6144 channels kept. What it gives is divided by what it gives for a flat
/// spectrum (ours), so that numbers are about 1.
class LibsRecipe {
 public:
  static Result<LibsRecipe> create();
  /// The channels of 6144 that are kept, ascending.
  [[nodiscard]] const std::vector<std::size_t>& channels() const { return channels_; }
  /// [N, 6144] to [N, 5485]. A spectrometer without light becomes NaN.
  [[nodiscard]] Result<Matrix<float>> apply(const Matrix<float>& spectra) const;

 private:
  std::shared_ptr<const FittedPipeline> pipeline_;
  std::vector<std::size_t> channels_;
  std::vector<float> level_;  ///< [5485] of the flat spectrum
};

/// The simulation [N, 6144] prepared, with the rows of `groups` (by name). `known`: every row is labelled
/// with its truth; else as the simulation has it.
Result<DatasetPtr> libs_data(const Dataset& simulation, std::span<const std::string> groups, bool known);

/// How well an element's lines are found in a spectrum.
struct LineMatch {
  std::size_t peaks = 0;    ///< in the spectrum
  std::size_t matched = 0;  ///< of them, within half the instrument's width of one of the element's lines
  std::size_t lines = 0;    ///< of the element that the reference shows
  std::size_t found = 0;    ///< of them, in the spectrum
  std::vector<SpectralPeak> where;
};
/// Peaks of `spectrum` that are at least `share` of its highest in their spectrometer, against atomic_lines()
/// of the element. A line counts as shown by `reference` where that has such a peak.
LineMatch match_lines(std::span<const double> axis, std::span<const double> spectrum,
                      std::span<const double> reference, const std::string& element, double share);

/// A measured spectrum on the simulation's axis, prepared, with what is known of it.
struct MeasuredLibs {
  std::string name;
  Matrix<float> spectra;                           ///< [shots, 5485]
  std::optional<std::vector<double>> composition;  ///< as chemcam_components()
};
/// chemcam_ccs_sol13.h5, bhvo2_chemcam.h5 and libs_jsc_basalts.h5 of `folder`, those that are there.
/// Compositions given as elements become oxides; iron given as Fe2O3 becomes FeO.
Result<std::vector<MeasuredLibs>> measured_libs(const std::filesystem::path& folder, RunControl& control);

}  // namespace assayer
