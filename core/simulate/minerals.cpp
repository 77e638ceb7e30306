// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/minerals.h"

#include <cmath>
#include <numbers>

// Densities and refractive indices: W. A. Deer, R. A. Howie, J. Zussman, An Introduction to the Rock-Forming
// Minerals, 3rd ed., Mineralogical Society 2013, doi:10.1180/DHZ: olivine 3.22 (forsterite) … 4.39 (fayalite)
// g/cm³, β 1.651 … 1.869, hence 3.32 and 1.67 for Fo90; diopside 3.22–3.38, β from 1.672 (iron-free) up;
// bytownite about 2.73, β about 1.574.
//
// Band centres and widths are rounded from the papers named at each band. Strengths and continua are chosen
// (ours): they depend on iron content and grain size, and are set so that 63–108 µm powders have the bright
// continua and the 50–60 % deep bands that the papers' figures show at such sizes.

namespace assayer {

double BandModel::reflectance(double wavelength_um) const {
  double logarithm = log_offset + log_slope_um / wavelength_um;
  for (const ModifiedGaussian& band : bands) {
    const double distance = (wavelength_um - band.centre_um) / band.fwhm_um;
    logarithm += band.strength * std::exp(-4.0 * std::numbers::ln2 * distance * distance);
  }
  return std::exp(logarithm);
}

std::array<Mineral, 3> laboratory_minerals() {
  // Fe2+ in M1 (0.85 and 1.25 µm) and M2 (1.05 µm): J. M. Sunshine, C. M. Pieters, Determining the
  // composition of olivine from reflectance spectroscopy, J. Geophys. Res. 103 (1998) 13675–13688,
  // doi:10.1029/98JE01217; assignment in R. G. Burns, Mineralogical Applications of Crystal Field Theory, 2nd
  // ed., Cambridge 1993.
  Mineral olivine{
      "olivine", 3.32, 1.67, {-0.12, -0.10, {{0.85, 0.25, -0.40}, {1.05, 0.18, -0.42}, {1.25, 0.45, -0.60}}}};
  // Fe2+ in M2 (1.05 and 2.31 µm), with the weaker M1 band near 1.17 µm: J. B. Adams, J. Geophys. Res. 79
  // (1974) 4829–4836, doi:10.1029/JB079i032p04829; E. A. Cloutis, M. J. Gaffey, J. Geophys. Res. 96 (1991)
  // 22809–22826, doi:10.1029/91JE02512; component bands and widths after J. M. Sunshine, C. M. Pieters,
  // J. Geophys. Res. 98 (1993) 9075–9087, doi:10.1029/93JE00677, and H. Clénet et al., Icarus 213 (2011)
  // 404–422, doi:10.1016/j.icarus.2011.03.002.
  Mineral diopside{"diopside",
                   3.28,
                   1.68,
                   {-0.20, -0.03, {{1.05, 0.20, -0.82}, {1.17, 0.22, -0.14}, {2.31, 0.56, -0.72}}}};
  // A trace of Fe2+ in the Ca site, 1.25 µm, broad and weak: J. B. Adams, L. H. Goullaud, Proc. Lunar Planet.
  // Sci. Conf. 9 (1978) 2901–2909; L. C. Cheek, C. M. Pieters, Am. Mineral. 99 (2014) 1871–1892,
  // doi:10.2138/am-2014-4785.
  Mineral bytownite{"bytownite", 2.73, 1.574, {-0.12, -0.01, {{1.25, 0.45, -0.14}}}};
  return {std::move(olivine), std::move(diopside), std::move(bytownite)};
}

BandModel container_surface() {
  // C–H overtones and combinations of polymers at 1.215, 1.73 and 2.31 µm: S. P. Garaba, H. M. Dierssen,
  // Remote Sens. Environ. 205 (2018) 224–235, doi:10.1016/j.rse.2017.11.023; J. Workman, L. Weyer, Practical
  // Guide to Interpretive Near-Infrared Spectroscopy, CRC Press 2007. Grey level, widths and strengths: ours.
  return {-0.85, -0.10, {{1.215, 0.04, -0.04}, {1.73, 0.05, -0.10}, {2.31, 0.07, -0.16}}};
}

}  // namespace assayer
