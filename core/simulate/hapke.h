// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

/// Light in a powder after Hapke: isotropic scatterers, no opposition surge, no roughness.
///
/// Sources: B. Hapke, Bidirectional reflectance spectroscopy 1, J. Geophys. Res. 86 (1981) 3039–3054,
/// doi:10.1029/JB086iB04p03039 [Hapke 1981]; part 5, Icarus 157 (2002) 523–534,
/// doi:10.1006/icar.2002.6853 [Hapke 2002]; Theory of Reflectance and Emittance Spectroscopy, Cambridge
/// University Press 1993 [Hapke 1993]; P. G. Lucey, Model near-infrared optical constants of olivine and
/// pyroxene, J. Geophys. Res. 103 (1998) 1703–1713, doi:10.1029/97JE03145 [Lucey 1998].
namespace assayer {

/// Cosines of the angles of incidence and emission, both in (0, 1].
struct ViewingCosines {
  double incidence = 1;
  double emission = 1;
};

/// From degrees, each in [0, 90).
ViewingCosines viewing_cosines(double incidence_deg, double emission_deg);

/// The Ambartsumian–Chandrasekhar H function of isotropic scatterers, in Hapke's closed form [Hapke 2002,
/// eq. 13], within 1 % of the exact one. `albedo` (single-scattering) and `cosine` in [0, 1].
double h_function(double albedo, double cosine);

/// Reflectance factor: brightness over that of a perfect Lambert panel lit and seen in the same way,
/// w H(μ0) H(μ) / (4 (μ0 + μ)) [Hapke 1981]. 0 for w = 0; near 1 for w = 1.
double reflectance_factor(double albedo, const ViewingCosines& view);

/// The single-scattering albedo that gives `reflectance`; nullopt below 0, above the reflectance factor of
/// w = 1, and for NaN. Inverse of reflectance_factor to 1e-12 in reflectance.
std::optional<double> albedo_from_reflectance_factor(double reflectance, const ViewingCosines& view);

/// The part of the light that a grain's outer surface sends back without letting it in, S_e, for the
/// refractive index n > 1 and weak absorption [Hapke 1993; Lucey 1998]. No grain's albedo is below it.
double external_reflection(double refractive_index);

/// Single-scattering albedo of a grain far larger than the wavelength, from its absorption a = α D
/// (absorption coefficient × mean path, dimensionless, >= 0):
/// w = S_e + (1 − S_e)(1 − S_i) Θ / (1 − S_i Θ), Θ = exp(−a), without scatterers inside [Lucey 1998].
double grain_albedo(double absorption, double refractive_index);

/// Inverse of grain_albedo: nullopt unless S_e < albedo <= 1.
std::optional<double> grain_absorption(double albedo, double refractive_index);

/// Share of each component in the geometric cross-section of an intimate mixture:
/// f_k ∝ m_k / (ρ_k D_k) [Hapke 1981]. The mixture's albedo is Σ f_k w_k.
/// Mass fractions >= 0 with a positive sum; densities and grain sizes > 0, in any common units.
std::vector<double> cross_section_fractions(std::span<const double> mass, std::span<const double> density,
                                            std::span<const double> grain_size);

}  // namespace assayer
