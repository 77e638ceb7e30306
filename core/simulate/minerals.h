// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string>
#include <vector>

/// The three minerals of the laboratory and the surface of a sample container, as published numbers.
namespace assayer {

/// One absorption of the modified Gaussian model: J. M. Sunshine, C. M. Pieters, S. F. Pratt, J. Geophys.
/// Res. 95 (1990) 6955–6966, doi:10.1029/JB095iB05p06955. Their exponent n = −1 on energy makes it a Gaussian
/// in wavelength, in the natural logarithm of reflectance.
struct ModifiedGaussian {
  double centre_um = 0;
  double fwhm_um = 0;
  double strength = 0;  ///< change of ln reflectance at the centre, negative for an absorption
};

/// ln R(λ) = log_offset + log_slope / λ + Σ bands: a continuum linear in energy, the same paper.
struct BandModel {
  double log_offset = 0;
  double log_slope_um = 0;
  std::vector<ModifiedGaussian> bands;

  [[nodiscard]] double reflectance(double wavelength_um) const;
};

/// The range over which the models below hold: below it charge-transfer absorptions set in, above it the
/// fundamentals of water and OH, and neither is modelled.
inline constexpr double kBandModelFirstUm = 0.7;
inline constexpr double kBandModelLastUm = 2.6;

struct Mineral {
  std::string name;
  double density = 0;           ///< g/cm³
  double refractive_index = 0;  ///< mean, near infrared taken as in the visible
  BandModel spectrum;           ///< reflectance factor at i = 30°, e = 0° of 63–108 µm grains
};

/// Forsteritic olivine (about Fo90), diopside, bytownite (about An80), in this order.
std::array<Mineral, 3> laboratory_minerals();

/// A grey polymer: the container's surface that spoils a few pixels.
BandModel container_surface();

}  // namespace assayer
