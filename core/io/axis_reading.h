// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/matrix.h"
#include "core/data/wavelength_axis.h"

namespace assayer {

/// What a file says of its spectral axis besides the numbers.
struct AxisHints {
  /// Its unit, or a title that holds one: "Nanometers", "Wavelength (nm)", "wavenumber_cm-1"; may be empty.
  std::string unit_text;
  /// What the user said (ImportOptions::unit); wins.
  std::optional<WavelengthUnit> unit;
  /// The subject of warnings, with a capital: "The wavelengths in line 3".
  std::string name = "The wavelengths";
  /// What else of the file is in the same unit and goes with the axis (see ReadAxis::converted), for the
  /// warning: "fwhm"; may be empty.
  std::string with_it = {};
};

/// An axis that a Dataset takes, and what has to happen to the file's channels for it.
struct ReadAxis {
  /// Always of as many values as there are channels left.
  WavelengthAxis axis = WavelengthAxis::channels(0);
  /// Channel i of the data set is channel `channels[i]` of the file; empty: all, in the file's order.
  std::vector<std::size_t> channels;
  /// 1: the file has no wavelength for the channel, its position is interpolated; empty: none. In the data
  /// set's order; for DatasetParts::bad_channels.
  std::vector<std::uint8_t> bad;
  /// The file's unit, where the program does not have it and the positions were converted: widths of the
  /// channels need the same.
  std::optional<ForeignUnit> converted;
  /// Whole sentences about everything that was assumed or changed.
  std::vector<std::string> warnings;
};

/// Makes an axis of a file's raw numbers; never fails, because channels can always be numbered.
///
/// - The unit: `hints.unit`, else `hints.unit_text`, else guessed from the values, with a warning. From one
///   that the program does not have (ForeignUnit) the positions are converted, which is said.
/// - Either direction is kept; that it descends is said. Positions out of order (overlapping detectors) are
///   sorted; of channels at one and the same position the first stays. Both are said.
/// - Where up to a tenth of the channels has no position (NaN, or not above 0 in nm or µm), it is
///   interpolated and the channel marked bad; where more is missing, all channels are numbered from 0.
ReadAxis read_axis(std::vector<double> values, const AxisHints& hints);
/// Channel numbers, with a warning that says that there are no wavelengths.
ReadAxis number_channels(std::size_t count);

/// A unit inside a title: in brackets or as a word of its own. For a foreign one that which `read_axis` makes
/// of it, given the title as `unit_text`.
std::optional<WavelengthUnit> find_wavelength_unit(std::string_view title);

/// Converts in place; returns the sentence that says so, with the subject and the companions of AxisHints.
std::string convert_positions(std::span<double> values, const ForeignUnit& from, std::string_view name,
                              std::string_view with_it = {});

/// Takes the channels `channels` of `row` in their order; `row` keeps its length, the rest is unspecified.
/// `scratch` is reused between rows.
void pick_channels(std::span<float> row, std::span<const std::size_t> channels, std::vector<float>& scratch);
/// The same for a matrix that is small: both are in memory for a moment.
Matrix<float> pick_channels(const Matrix<float>& spectra, std::span<const std::size_t> channels);

}  // namespace assayer
