// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/mixing/link.h"

/// How much of each endmember is in a spectrum, the endmembers being known: linear in the domain of a link.
namespace assayer {

enum class Unmixing : std::uint8_t {
  LeastSquares,  ///< free
  NonNegative,   ///< none below 0 (Lawson & Hanson 1974)
  SumToOne,      ///< sum 1, in closed form
  /// None below 0 and sum 1: the problem of FCLS (Heinz & Chang 2001, doi:10.1109/36.911111), solved exactly
  /// by an active-set method instead of by a heavily weighted row of ones.
  FullyConstrained,
  /// Sparse: ½ ‖a M − v‖² + λ ‖a‖₁, by alternating directions (SUnSAL: Bioucas-Dias & Figueiredo 2010,
  /// doi:10.1109/WHISPERS.2010.5594963). The only method for more endmembers than channels.
  Sunsal
};

/// "least-squares", "non-negative", "sum-to-one", "fully-constrained", "sunsal".
std::string_view name(Unmixing method);
/// The inverse of `name`; a Usage error that lists the names for anything else.
Result<Unmixing> parse_unmixing(std::string_view text);

struct SunsalSettings {
  double lambda = 1e-3;  ///< λ >= 0, in units of the link's domain squared
  bool non_negative = true;
  bool sum_to_one = false;
  double tolerance = 1e-7;  ///< > 0: of abundances, largest change and largest violation
  std::size_t max_iterations = 5000;
};

struct UnmixingSettings {
  Unmixing method = Unmixing::FullyConstrained;
  /// Hapke: spectra and endmembers both become single-scattering albedo, and abundances are shares of the
  /// geometric cross-section, not of mass.
  LinkSettings link;
  SunsalSettings sunsal;  ///< Sunsal only
};

struct Unmixed {
  Matrix<double> abundances;         ///< [N, K]
  std::vector<double> residual_rms;  ///< [N] of v − a M, over the channels, in the link's domain
  std::size_t unconverged = 0;       ///< Sunsal: rows that max_iterations did not suffice for
};

/// Abundances of `spectra` [N, C] over `endmembers` [K, C], both in the same units, C >= 2, all finite. Rows
/// are independent of each other (Sunsal: up to its tolerance). About 3 N C K operations, and K³ per row and
/// change of the active set.
///
/// Usage error: settings out of range. Data error: not finite, channels that differ in number, endmembers of
/// which one is a linear combination of the others (for SumToOne and FullyConstrained: one whose coefficients
/// sum to 1, so that a zero spectrum, shade, is allowed; Sunsal allows all). Cancelled: `control` (may be
/// null) asked for a stop.
Result<Unmixed> unmix(MatrixView<double> spectra, MatrixView<double> endmembers,
                      const UnmixingSettings& settings, const RunControl* control = nullptr);
Result<Unmixed> unmix(MatrixView<float> spectra, MatrixView<double> endmembers,
                      const UnmixingSettings& settings, const RunControl* control = nullptr);

}  // namespace assayer
