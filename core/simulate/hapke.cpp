// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/hapke.h"

#include <cassert>
#include <cmath>
#include <numbers>

namespace assayer {

namespace {

// The part of the light inside a grain that its surface turns back [Lucey 1998].
double internal_reflection(double n) {
  return 1.014 - 4.0 / (n * (n + 1.0) * (n + 1.0));
}

}  // namespace

ViewingCosines viewing_cosines(double incidence_deg, double emission_deg) {
  constexpr double kRadian = std::numbers::pi / 180.0;
  return {std::cos(incidence_deg * kRadian), std::cos(emission_deg * kRadian)};
}

double h_function(double albedo, double cosine) {
  if (cosine <= 0) return 1.0;  // the limit: x ln(1 + 1/x) → 0
  const double gamma = std::sqrt(1.0 - albedo);
  const double r0 = (1.0 - gamma) / (1.0 + gamma);
  const double logarithm = std::log1p(1.0 / cosine);
  return 1.0 / (1.0 - albedo * cosine * (r0 + 0.5 * (1.0 - 2.0 * r0 * cosine) * logarithm));
}

double reflectance_factor(double albedo, const ViewingCosines& view) {
  return albedo / (4.0 * (view.incidence + view.emission)) * h_function(albedo, view.incidence) *
         h_function(albedo, view.emission);
}

std::optional<double> albedo_from_reflectance_factor(double reflectance, const ViewingCosines& view) {
  if (!(reflectance >= 0) || reflectance > reflectance_factor(1.0, view)) return std::nullopt;
  // Bisection rather than Newton: the slope is infinite at w = 1, where bright minerals lie.
  double low = 0.0;
  double high = 1.0;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    (reflectance_factor(middle, view) < reflectance ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double external_reflection(double refractive_index) {
  const double ratio = (refractive_index - 1.0) / (refractive_index + 1.0);
  return ratio * ratio + 0.05;
}

double grain_albedo(double absorption, double refractive_index) {
  const double outside = external_reflection(refractive_index);
  const double inside = internal_reflection(refractive_index);
  const double transmission = std::exp(-absorption);
  return outside + (1.0 - outside) * (1.0 - inside) * transmission / (1.0 - inside * transmission);
}

std::optional<double> grain_absorption(double albedo, double refractive_index) {
  const double outside = external_reflection(refractive_index);
  if (!(albedo > outside) || albedo > 1.0) return std::nullopt;
  const double inside = internal_reflection(refractive_index);
  const double through = (albedo - outside) / (1.0 - outside);
  const double transmission = through / (1.0 - inside + inside * through);
  return transmission < 1.0 ? -std::log(transmission) : 0.0;
}

std::vector<double> cross_section_fractions(std::span<const double> mass, std::span<const double> density,
                                            std::span<const double> grain_size) {
  assert(mass.size() == density.size() && mass.size() == grain_size.size());
  std::vector<double> fractions(mass.size());
  double sum = 0;
  for (std::size_t k = 0; k < mass.size(); ++k) {
    fractions[k] = mass[k] / (density[k] * grain_size[k]);
    sum += fractions[k];
  }
  for (double& f : fractions) f /= sum;
  return fractions;
}

}  // namespace assayer
