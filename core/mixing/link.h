// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/error.h"
#include "core/base/matrix.h"

/// Channel by channel between what was measured, x, and a domain in which spectra of mixtures are linear, v.
///
/// Hapke: x / scale is the reflectance factor R of a powder of isotropic scatterers, without opposition surge
/// and roughness, and v its single-scattering albedo w. With H(x) = (1 + 2x) / (1 + 2xγ), γ = √(1 − w):
///   R = c (1 − γ²) / [(1 + 2μ₀γ)(1 + 2μγ)],  c = (1 + 2μ₀)(1 + 2μ) / [4 (μ₀ + μ)].
/// B. Hapke, Bidirectional reflectance spectroscopy 1, J. Geophys. Res. 86 (1981) 3039–3054,
/// doi:10.1029/JB086iB04p03039. This H is a few per cent off the exact one and has an inverse in closed form;
/// core/simulate/hapke.h has a more exact one without.
namespace assayer {

enum class Link : std::uint8_t {
  Identity,  ///< v = x / scale: absorbance, emission, and whatever mixes linearly as it is
  Hapke,     ///< v = w, the single-scattering albedo: reflectance of intimate mixtures
  Log        ///< v = −ln(x / scale): transmittance, or reflectance taken as such
};

struct LinkSettings {
  Link link = Link::Identity;
  double scale = 1;                               ///< > 0; unit of x. Hapke: the x of a Lambert surface
  double cos_incidence = 0.86602540378443864676;  ///< μ₀ in (0, 1], of 30°; Hapke only
  double cos_emission = 1;                        ///< μ in (0, 1]; Hapke only

  friend bool operator==(const LinkSettings&, const LinkSettings&) = default;
};

/// "identity", "hapke", "log": in files, settings and tables.
std::string_view name(Link link);
/// The inverse of `name`; a Usage error that lists the names for anything else.
Result<Link> parse_link(std::string_view text);
/// A Usage error for a scale that is not positive and finite, or a cosine outside (0, 1].
Status validate(const LinkSettings& settings);

/// v of one x. Never decreases (Log: never increases) in x; NaN stays NaN.
///
/// Hapke: R above c (brighter than w = 1 allows) gives w = 1, and w is analytic through R = 0, so that noise
/// about zero stays noise; R is taken as −c / (8 μ₀μ) where it is below that, half-way to the pole of the
/// inverse. Log: x is taken as 1e-6 where it is below that.
double to_linear(const LinkSettings& settings, double x);

/// x of one v: smooth, and never decreasing (Log: never increasing) in v; NaN stays NaN.
///
/// Hapke: 1 − w is taken as softplus(200 (1 − v)) / 200, which keeps γ real and the slope finite for v near
/// and above 1. It undoes `to_linear` to 1e-6 of scale for w <= 0.95; above, x comes out lower than it went
/// in (by 0.01 of scale at w = 0.99).
double from_linear(const LinkSettings& settings, double v);

/// The same for every element of `x`; `v` has its length, and may be the same memory.
void to_linear(const LinkSettings& settings, std::span<const double> x, std::span<double> v);
void from_linear(const LinkSettings& settings, std::span<const double> v, std::span<double> x);

/// The same for every element of a matrix of any shape.
Matrix<double> to_linear(const LinkSettings& settings, MatrixView<double> x);
Matrix<double> to_linear(const LinkSettings& settings, MatrixView<float> x);
Matrix<double> from_linear(const LinkSettings& settings, MatrixView<double> v);

}  // namespace assayer
