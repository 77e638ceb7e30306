// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/data/dataset.h"

namespace assayer {

/// Library spectra on the channels of an instrument.
struct ResampledLibrary {
  Matrix<double> spectra;          ///< [K, channels]
  std::vector<std::string> names;  ///< [K], empty where the library names none
  /// What a reader of the result must know, in words: channels that hold the value of the library's end.
  std::string note;
};

/// The library's K endmembers (rows of its reference endmembers, or its spectra where there are exactly K)
/// averaged over each channel's width, [λ − step/2, λ + step/2], under straight lines between the library's
/// samples. `channels_um` ascends evenly. Masked and NaN samples of the library are left out.
///
/// A channel outside the library by at most half a step takes the value at the library's end (`note` says
/// so); further out, or across a hole wider than 0.1 µm, there is nothing to go by, and the call fails.
Result<ResampledLibrary> resample_library(const Dataset& library, std::size_t components,
                                          std::span<const double> channels_um);

}  // namespace assayer
