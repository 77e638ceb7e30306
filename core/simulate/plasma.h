// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/simulate/atomic_lines.h"

/// A homogeneous plasma in local thermodynamic equilibrium, as laser-induced breakdown makes it.
namespace assayer {

struct PlasmaState {
  double temperature = 8500;       ///< K, 3000–16000: where the partition functions hold
  double electron_density = 3e16;  ///< 1/cm³
};

/// Elements that the functions below know: those of atomic_lines().
std::span<const std::string_view> plasma_elements();

/// Mass of an atom, g/mol (IUPAC); nullopt for an unknown element, as in the functions below.
std::optional<double> atomic_mass(std::string_view element);
/// First ionisation energy, eV (NIST Atomic Spectra Database, doi:10.18434/T4W30F).
std::optional<double> ionisation_energy(std::string_view element);
/// Σ g exp(−E / kT) of the neutral atom (stage 1) or the ion (2) by A. W. Irwin's polynomials in ln T,
/// Astrophys. J. Suppl. 45 (1981) 621–633, doi:10.1086/190730.
std::optional<double> partition_function(std::string_view element, int stage, double temperature);
/// n(II) / n(I) by Saha's equation: 2 / n_e · (2π m_e k T / h²)^{3/2} · U_II / U_I · exp(−χ / kT), without
/// lowering of the ionisation energy (under 0.05 eV at such densities). Doubly charged ions are left out: at
/// 10000 K and 1e17 / cm³ they are under 1 % of any of these elements.
std::optional<double> saha_ratio(std::string_view element, const PlasmaState& state);

/// Photons per second that one atom of the element, of whatever stage, sends out in this line:
/// share of its stage · g_k A_ki exp(−E_k / kT) / U. Every line's area is this times the number of atoms.
double line_emission(const AtomicLine& line, const PlasmaState& state);

/// Optical depth at the line's centre of `atoms` atoms per cm² of the element (of all stages) along the line
/// of sight: λ⁴ / (8π c) · g_k A_ki exp(−E_i / kT) / U · share of its stage · atoms · φ(0), for a Lorentzian
/// φ of full width `width_nm` (H. R. Griem, Principles of Plasma Spectroscopy, 1997, ch. 8).
double line_depth(const AtomicLine& line, const PlasmaState& state, double atoms, double width_nm);
/// What share of its light a Lorentzian line of that central depth still sends out of a homogeneous plasma:
/// e^{−τ/2} (I₀(τ/2) + I₁(τ/2)) (R. Ladenburg & F. Reiche, Ann. Phys. 347 (1913) 181,
/// doi:10.1002/andp.19133471113). 1 for τ = 0, 2 / √(π τ) for large τ.
double escaping_share(double depth);

/// Atoms per gram (in mol/g) of each element in a mixture of `mass` grams of each of `formulas`, e.g.
/// "Al2O3". Empty for a formula with an unknown element or that does not parse.
std::optional<std::map<std::string, double>> atoms_of(std::span<const std::string> formulas,
                                                      std::span<const double> mass);

/// Full width at half maximum by the electrons' field, nm, at `electron_density`. For hydrogen the fits of
/// Gigosos, González & Cardeñoso, Spectrochim. Acta B 58 (2003) 1489, doi:10.1016/S0584-8547(03)00097-1,
/// whose constants were compared with another program that cites them: Hα 1.098 nm (n_e / 1e17 cm⁻³)^0.67965,
/// the full width (0.549 nm, which one meets too, is its half), and Hβ 4.8 nm (n_e / 1e17 cm⁻³)^0.68116.
/// Estimates of ours: further Balmer lines from Hβ's in proportion to λ² n (n − 1), and every other line 0.02
/// nm at 1e17 / cm³ and 300 nm in proportion to λ² and density, a tenth of the instrument's width at most.
double stark_width(const AtomicLine& line, double electron_density);

/// A Voigt profile of unit area at distance `x` from its centre, as the pseudo-Voigt of Thompson, Cox &
/// Hastings 1987 (doi:10.1107/S0021889887087090), from the full widths of its Gaussian and Lorentzian parts.
class VoigtProfile {
 public:
  VoigtProfile(double gaussian_fwhm, double lorentzian_fwhm);
  [[nodiscard]] double operator()(double x) const;
  [[nodiscard]] double fwhm() const { return fwhm_; }

 private:
  double fwhm_ = 0;
  double mixing_ = 0;  ///< share of the Lorentzian
};

/// Free electrons' continuum in photons per nm at `wavelength_nm`, up to a constant: bremsstrahlung,
/// n_e² T^{−1/2} exp(−hc / λkT) / λ (Griem, Plasma Spectroscopy, 1964, with photons in place of energy).
double bremsstrahlung(double wavelength_nm, const PlasmaState& state);

}  // namespace assayer
