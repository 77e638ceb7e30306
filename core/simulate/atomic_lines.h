// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace assayer {

/// A line that an atom or a singly charged ion emits.
struct AtomicLine {
  std::string element;   ///< "Si"
  int stage = 1;         ///< 1 neutral, 2 singly ionised
  double air_nm = 0;     ///< wavelength in standard air
  double vacuum_nm = 0;  ///< the same in vacuum, which ChemCam's axis is in
  double g_a = 0;        ///< g_k A_ki, 1/s
  double lower_ev = 0;
  double upper_ev = 0;

  /// "Si II".
  [[nodiscard]] std::string species() const;
};

/// The strong lines between 240 and 906 nm of H, C, O, Na, Mg, Al, Si, P, K, Ca, Ti, Mn and Fe, by element,
/// stage and wavelength: facts after the NIST Atomic Spectra Database (doi:10.18434/T4W30F), compiled in from
/// resources/lines/atomic-lines.csv.
std::vector<AtomicLine> atomic_lines();

/// Vacuum wavelength of a wavelength in standard air, nm, 230 nm and up: the inverse of Ciddor 1996
/// (doi:10.1364/AO.35.001566) in N. Piskunov's form, good to 2e-5 nm.
double vacuum_from_air(double air_nm);

}  // namespace assayer
