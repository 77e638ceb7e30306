// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/data/dataset.h"

namespace assayer {

struct LibraryMatch {
  std::uint32_t index = 0;  ///< of the library spectrum
  double angle = 0;         ///< degrees, see spectral_angle(); NaN where there is none
};

struct LibraryMatches {
  /// [M] the best `most` of the library for each spectrum, the smallest angle first; of equal angles, the
  /// smaller index; NaN last.
  std::vector<std::vector<LibraryMatch>> ranked;
  std::size_t channels = 0;  ///< of the spectra, that the library covers: how much the angles rest on
  double low = 0;            ///< the common range, in the spectra's unit
  double high = 0;
};

/// Compares spectra [M, C] on `axis` with a library [L, C'] on `library_axis` by spectral angle (Kruse et al.
/// 1993, doi:10.1016/0034-4257(93)90013-N).
///
/// The library is resampled linearly, in the spectra's unit, onto those channels of the spectra that lie
/// within its range. It is not smoothed: a library much finer than the spectra should be brought to their
/// resolution first. Channels that are NaN on either side (for the library: needed from a neighbour that is
/// NaN) are left out of the angle concerned. Angles are computed from single precision and so good to about
/// 1e-5 degrees. `most` 0: all. Usage error where the axes do not fit their matrices or one unit cannot be
/// converted into the other; Data error where fewer than 2 channels are common.
Result<LibraryMatches> match_library(MatrixView<float> spectra, const WavelengthAxis& axis,
                                     MatrixView<float> library, const WavelengthAxis& library_axis,
                                     std::size_t most = 0);

/// What to call each spectrum of a library: its text in a column of the file that names samples ("name",
/// "sample_name", "sample", "title", "mineral", "sample_id", "id", in this order), or else the component that
/// it is pure of, or else "row 12".
std::vector<std::string> library_names(const Dataset& library);

}  // namespace assayer
