// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/mixing/link.h"

namespace assayer {

struct NmfSettings {
  std::size_t endmembers = 3;  ///< K, at least 2
  LinkSettings link;           ///< the domain to factorise in
  /// λ over ‖V − mean‖²: how dear the volume is, >= 0. Large values cut corners off; 0 leaves them anywhere
  /// that explains the rows. The default is good to a fifth of a degree on simulated spectra without pure
  /// rows (no component above 0.8) at a signal-to-noise ratio of 40 dB and more.
  double volume_weight = 1e-4;
  std::size_t max_iterations = 500;  ///< at least 1; two exact steps each, and a third from further along
  double tolerance = 1e-6;           ///< > 0: relative decrease of the objective in an iteration
  std::uint64_t seed = 0;            ///< of VCA
};

struct Nmf {
  Matrix<double> endmembers;      ///< [K, C] in the units of the spectra given
  Matrix<double> abundances;      ///< [N, K] none below 0, rows of sum 1
  std::vector<double> objective;  ///< [iterations + 1] never increasing; the first is the start's
  double residual_rms = 0;        ///< of V − A M, in the link's domain
  bool converged = false;
};

/// V ≈ A M with A, M >= 0, rows of A of sum 1, and corners M [K, C] that span little:
///   ½ ‖V − A M‖² + λ ln det(H M Mᵀ Hᵀ + δ I),
/// V [N, C] being the spectra in the link's domain and H [K − 1, K] orthonormal rows of sum 0, so that the
/// determinant is, but for a factor and δ, the squared volume of the simplex (as in MVC-NMF, Miao & Qi 2007,
/// doi:10.1109/TGRS.2006.888466; the logarithm after Fu et al. 2016, doi:10.1109/TSP.2016.2602800).
/// δ is 1e-8 of the determinant's mean eigenvalue at the start.
///
/// A is solved for exactly, by fully constrained least squares; M exactly, by non-negative least squares,
/// with the logarithm under its tangent; a longer step in M (SQUAREM) is kept only where it is better. Hence
/// the objective never increases. The minimum is a local one and depends on the start, the rows that VCA
/// finds.
///
/// `spectra` [N, C], N >= K, all finite. Usage error: settings out of range. Data error: as
/// extract_endmembers with VCA. Cancelled: `control` (may be null) asked for a stop, seen in every iteration.
Result<Nmf> minimum_volume_nmf(MatrixView<double> spectra, const NmfSettings& settings,
                               const RunControl* control = nullptr, const ProgressFn& progress = {});
Result<Nmf> minimum_volume_nmf(MatrixView<float> spectra, const NmfSettings& settings,
                               const RunControl* control = nullptr, const ProgressFn& progress = {});

}  // namespace assayer
