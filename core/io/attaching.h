// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/io/compositions.h"
#include "core/io/importer.h"

namespace assayer {

/// Compositions that a file has for the spectra of another one. N spectra, K components.
struct FoundCompositions {
  Matrix<double> values;  ///< [N, K] in the file's scale; NaN: the file has none for the spectrum
  std::vector<std::string> components;  ///< [K]; "component 1" … where the file names none
  bool named = false;                   ///< whether the file names them
  std::vector<std::string> warnings;    ///< what was assumed, in whole sentences
  std::filesystem::path file;

  /// The sums of the compositions where a further component has to complete them (`rest`), else nullopt.
  [[nodiscard]] std::optional<SumRange> incomplete() const { return incomplete_sums(values); }
};

/// Looks for the compositions of `data` in a file.
///
/// - A table of text (its form is found as TextImporter does): columns of numbers are components, those alone
///   that sum to a whole where some do. Its rows go to spectra by a column that has the name of a column of
///   the data, of "group" (names or codes) or of "row" (numbers from 0); else by its first column of texts,
///   where these occur in a column of texts or among the groups; else in their order, as many as spectra. A
///   name that several spectra share gives all of them the composition. Spectra that are not named have none.
///   Tables [K, N] are taken, too.
/// - An array [N, K] or [K, N] of a MATLAB, NumPy or HDF5 file, or [rows, columns, K] of an image; pixels
///   along one axis run as the format has it, in MATLAB down the columns.
///
/// Usage error where keys, or sizes, do not match: it says what there is on both sides. Format error for
/// what is no number.
Result<FoundCompositions> find_compositions(const Dataset& data, const std::filesystem::path& file,
                                            RunControl& control, const ProgressFn& progress = {});

struct AttachOptions {
  /// The name of a component that completes analyses which leave a part out; empty: they are an error.
  std::string rest;
};

/// The data with these compositions in place of theirs, and all else that still fits: spectra are shared,
/// reference endmembers follow the components' order or are dropped with a warning. Parts of one, or
/// percent (compositions.h); the attribute "compositions_from" notes the file.
Result<Imported> with_compositions(const Imported& data, const FoundCompositions& found,
                                   const AttachOptions& options);

/// Both at once.
Result<Imported> attach_compositions(const Imported& data, const std::filesystem::path& file,
                                     const AttachOptions& options, RunControl& control,
                                     const ProgressFn& progress = {});

/// The data with the reference endmembers of a file in place of theirs: an array [K, C] or [C, K] of a
/// MATLAB, NumPy or HDF5 file, or the spectra of any file that an importer opens (its reference endmembers
/// where it has some). Spectra at other wavelengths that cover those of the data are interpolated linearly,
/// which is said. They go to the components by name where all of these are among the file's names, else in
/// their order, which is said, too. The attribute "endmembers_from" notes the file.
Result<Imported> attach_endmembers(const Imported& data, const std::filesystem::path& file,
                                   RunControl& control, const ProgressFn& progress = {});

}  // namespace assayer
