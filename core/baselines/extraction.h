// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/mixing/link.h"

/// Endmembers from spectra alone: the corners of the simplex, or the edges of the cone, that mixtures fill.
namespace assayer {

enum class Extraction : std::uint8_t {
  /// Pixel purity index: how often a row is first or last along random directions (Boardman, Kruse & Green
  /// 1995, Mapping target signatures via partial unmixing of AVIRIS data, JPL Publ. 95-1, 23–26). The paper
  /// leaves the choice among rows of high counts to an analyst; here the row of the highest comes first, and
  /// then, of those with at least a hundredth of that, the one furthest from the plane through those chosen.
  Ppi,
  /// The K rows that span the largest simplex (Winter 1999, doi:10.1117/12.366289): one row is exchanged at a
  /// time until no exchange helps, from several starts.
  Nfindr,
  /// Vertex component analysis (Nascimento & Dias 2005, doi:10.1109/TGRS.2005.844293).
  Vca,
  /// Automatic target generation (Ren & Chang 2003, doi:10.1109/TAES.2003.1261124): the longest row, then the
  /// row with the longest part orthogonal to those chosen.
  Atgp,
  /// After SMACC (Gruninger, Ratkowski & Hoke 2004, doi:10.1117/12.543794): the longest row, then the row
  /// furthest from the convex cone of those chosen. Distances are those of non-negative least squares, where
  /// the paper updates them in one pass.
  Smacc,
  /// The smallest simplex around the rows, which needs no pure row (the objective of SISAL: Bioucas-Dias
  /// 2009, doi:10.1109/WHISPERS.2009.5289072), from N-FINDR's corners. Where few rows bound it, corners may
  /// lie far out, even below 0.
  MinimumVolume
};

/// "ppi", "nfindr", "vca", "atgp", "smacc", "minimum-volume".
std::string_view name(Extraction method);
/// The inverse of `name`; a Usage error that lists the names for anything else.
Result<Extraction> parse_extraction(std::string_view text);

struct ExtractionSettings {
  Extraction method = Extraction::Vca;
  std::size_t endmembers = 3;   ///< K, at least 2
  LinkSettings link;            ///< the domain to look in
  std::uint64_t seed = 0;       ///< Ppi, Nfindr and Vca draw
  std::size_t skewers = 10000;  ///< Ppi: directions
  std::size_t starts = 5;       ///< Nfindr: one from Atgp's rows, the others drawn
  /// MinimumVolume: the share of the rows, 0 … 0.5, that may lie on or beyond each face of the simplex, as
  /// noise and outliers do. 0: none beyond.
  double outside = 0.005;
};

struct Extracted {
  Matrix<double> spectra;             ///< [K, C] in the units of the spectra given, in order of discovery
  std::vector<std::uint32_t> rows;    ///< [K] the rows they are, or empty (MinimumVolume)
  std::vector<std::uint32_t> counts;  ///< [N] Ppi: how often each row was first or last; else empty
  /// Vca: estimated signal-to-noise ratio of `spectra` in the link's domain (infinite without noise).
  std::optional<double> snr_db;
};

/// K endmembers of `spectra` [N, C], N >= K, C >= 2, all finite. Rows and channels to be left out are left
/// out by the caller.
///
/// Ppi, Nfindr, Vca (below an estimated signal-to-noise ratio of 15 + 10 log10 K dB) and MinimumVolume look
/// at the first K − 1 principal components; Vca above it projects the first K directions through the origin
/// along rays. Deterministic for a seed; of equal rows the first is taken.
///
/// Usage error: settings out of range. Data error: not finite, fewer rows than endmembers, spectra that do
/// not vary, or that vary in fewer dimensions than K endmembers span (a direction counts as one where its
/// singular value exceeds 1e-6 of the largest). Cancelled: `control` (may be null) asked for a stop. Numeric
/// error: the simplex of MinimumVolume degenerates.
Result<Extracted> extract_endmembers(MatrixView<double> spectra, const ExtractionSettings& settings,
                                     const RunControl* control = nullptr);
Result<Extracted> extract_endmembers(MatrixView<float> spectra, const ExtractionSettings& settings,
                                     const RunControl* control = nullptr);

}  // namespace assayer
