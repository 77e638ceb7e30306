// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/data/wavelength_axis.h"

/// Lines of elements and the peaks that they explain. Free of widgets.
namespace assayer::ui {

/// Whether a file's wavelengths are those in standard air or in vacuum; they differ by 0.07 to 0.25 nm, which
/// is more than instruments resolve.
enum class Medium { Vacuum, Air };

struct ElementLine {
  std::string element;  ///< "Si"
  std::string species;  ///< "Si II"
  double nm = 0;        ///< in the medium that was asked for
  double strength =
      0;  ///< of its element's lines, 0 … 1: g A exp(−E/kT) at kT = 1 eV, relative to the largest
};

/// Elements that have lines in the table (core/simulate/atomic_lines.h), in its order.
std::vector<std::string> elementsWithLines();

/// Lines of the elements, ascending; all of the table's for an empty list.
std::vector<ElementLine> elementLines(const std::vector<std::string>& elements, Medium medium);

struct NamedPeak {
  double nm = 0;
  double height = 0;
  std::string species;  ///< empty: no line is near enough
  double line_nm = 0;   ///< of that line
};

/// Peaks of a spectrum [C] (NaN: no value) and the nearest of `lines` to each, within two channels. A peak
/// stands out by at least `share` of the highest value of its spectrometer: parts of the axis that a step of
/// more than 1 nm separates. Empty where the axis has no wavelengths.
std::vector<NamedPeak> namePeaks(const WavelengthAxis& axis, const std::vector<float>& spectrum,
                                 const std::vector<ElementLine>& lines, double share);

}  // namespace assayer::ui
