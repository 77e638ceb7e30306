// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/plasma.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numbers>

namespace assayer {

namespace {

constexpr double kBoltzmannEv = 8.617333262e-5;   // eV/K (CODATA 2018, as the next two)
constexpr double kPlanckLightEvNm = 1239.841984;  // hc, eV nm
constexpr double kSaha = 2.4146830e15;            // (2π m_e k / h²)^{3/2}, cm⁻³ K^{−3/2}

constexpr double kLightCm = 2.99792458e10;  // c, cm/s

constexpr double kRydbergNm = 91.17633;     // 1 / R of hydrogen
constexpr double kHydrogenAlphaFrom = 600;  // nm: the first line of the Balmer series, and no other

using Polynomial = std::array<double, 6>;  // ln U = Σ a_i (ln T)^i

struct Element {
  std::string_view symbol;
  double mass;
  double ionisation_ev;
  Polynomial neutral;
  Polynomial ion;
};

constexpr std::array<Element, 13> kElements = {{
    {"H",
     1.008,
     13.598,
     {-2.61655891e2, 1.63428326e2, -4.06133526e1, 5.03282928, -3.10998364e-1, 7.66654594e-3},
     {0, 0, 0, 0, 0, 0}},
    {"C",
     12.011,
     11.260,
     {9.21720021, -6.57474804, 2.04630537, -2.86334470e-1, 1.83809654e-2, -4.29672351e-4},
     {-1.85578951e2, 1.16815901e2, -2.91473937e1, 3.63531100, -2.26513357e-1, 5.63890268e-3}},
    {"O",
     15.999,
     13.618,
     {-6.26219795, 5.12651680, -1.44691306, 2.23196759e-1, -1.78196943e-2, 5.71458469e-4},
     {-1.11049302e2, 7.83028959e1, -2.16736253e1, 2.98204280, -2.04044209e-1, 5.55676601e-3}},
    {"Na",
     22.990,
     5.139,
     {-2.60507178e3, 1.71419244e3, -4.50632658e2, 5.91751503e1, -3.88164070, 1.01752936e-1},
     {-3.68868193e-6, 2.28941495e-6, -5.66767833e-7, 6.99552282e-8, -4.30495956e-9, 1.05668164e-10}},
    {"Mg",
     24.305,
     7.646,
     {-2.36123647e3, 1.53666552e3, -3.99573894e2, 5.18934127e1, -3.36616446, 8.72505398e-2},
     {-4.34874146e2, 2.76201198e2, -6.99216802e1, 8.83345154, -5.56915833e-1, 1.40181117e-2}},
    {"Al",
     26.982,
     5.986,
     {-1.66857655e3, 1.07393756e3, -2.75925311e2, 3.54060738e1, -2.26875413, 5.80737502e-2},
     {-8.68206246e2, 5.51082021e2, -1.39651672e2, 1.76615665e1, -1.11474105, 2.80918810e-2}},
    {"Si",
     28.085,
     8.152,
     {-7.23428869e2, 4.52601901e2, -1.12918109e2, 1.40785236e1, -8.77132603e-1, 2.18523847e-2},
     {-3.67925366e2, 2.27801749e2, -5.63139256e1, 6.96970720, -4.31392293e-1, 1.06749184e-2}},
    {"P",
     30.974,
     10.487,
     {9.74630906e2, -6.18827850e2, 1.56647965e2, -1.97214442e1, 1.23393462, -3.06671090e-2},
     {-3.07658779e1, 7.20111961, 9.78932189e-1, -4.14188534e-1, 4.11179949e-2, -1.33638301e-3}},
    {"K",
     39.098,
     4.341,
     {-1.05889824e3, 7.37734975e2, -2.05032627e2, 2.84353380e1, -1.96809457, 5.43892001e-2},
     {-1.67241589e-1, 1.03911655e-1, -2.57531592e-2, 3.18236700e-3, -1.96075509e-4, 4.81883692e-6}},
    {"Ca",
     40.078,
     6.113,
     {-5.21521085e2, 4.10712446e2, -1.26375869e2, 1.90976557e1, -1.42269952, 4.19085267e-2},
     {1.65874025e3, -1.04392185e3, 2.61702809e2, -3.26369424e1, 2.02350114, -4.98594460e-2}},
    {"Ti",
     47.867,
     6.828,
     {-5.42849573e2, 3.46635141e2, -8.90099156e1, 1.15603978e1, -7.60309452e-1, 2.02863075e-2},
     {7.41156498, -1.62989642e1, 6.88299761, -1.14483565, 8.56663842e-2, -2.39509300e-3}},
    {"Mn",
     54.938,
     7.434,
     {-1.54913173e3, 1.04762114e3, -2.82777415e2, 3.81262914e1, -2.56771825, 6.91046934e-2},
     {1.36807626e3, -8.39953845e2, 2.05165234e2, -2.48590226e1, 1.49207266, -3.54240524e-2}},
    {"Fe",
     55.845,
     7.902,
     {-1.15609527e3, 7.46597652e2, -1.92865672e2, 2.49658410e1, -1.61934455, 4.21182087e-2},
     {2.71692895e2, -1.52697440e2, 3.36119665e1, -3.56415427, 1.80193259e-1, -3.38654879e-3}},
}};

constexpr std::array<std::string_view, kElements.size()> element_names() {
  std::array<std::string_view, kElements.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kElements[i].symbol;
  return names;
}
constexpr std::array<std::string_view, kElements.size()> kNames = element_names();

const Element* find(std::string_view symbol) {
  const auto* const found = std::ranges::find(kElements, symbol, &Element::symbol);
  return found == kElements.end() ? nullptr : found;
}

double partition(const Element& element, int stage, double temperature) {
  const Polynomial& a = stage == 1 ? element.neutral : element.ion;
  const double x = std::log(temperature);
  double sum = 0;
  for (std::size_t i = a.size(); i-- > 0;) sum = sum * x + a[i];
  return std::exp(sum);
}

double saha(const Element& element, const PlasmaState& state) {
  const double kt = kBoltzmannEv * state.temperature;
  return 2 * kSaha * std::pow(state.temperature, 1.5) / state.electron_density *
         partition(element, 2, state.temperature) / partition(element, 1, state.temperature) *
         std::exp(-element.ionisation_ev / kt);
}

}  // namespace

std::span<const std::string_view> plasma_elements() {
  return kNames;
}

std::optional<double> atomic_mass(std::string_view element) {
  const Element* e = find(element);
  // Sulphur has no line here but is part of sulphates.
  if (e == nullptr) return element == "S" ? std::optional(32.06) : std::nullopt;
  return e->mass;
}

std::optional<double> ionisation_energy(std::string_view element) {
  const Element* e = find(element);
  return e == nullptr ? std::nullopt : std::optional(e->ionisation_ev);
}

std::optional<double> partition_function(std::string_view element, int stage, double temperature) {
  const Element* e = find(element);
  if (e == nullptr || stage < 1 || stage > 2) return std::nullopt;
  return partition(*e, stage, temperature);
}

std::optional<double> saha_ratio(std::string_view element, const PlasmaState& state) {
  const Element* e = find(element);
  return e == nullptr ? std::nullopt : std::optional(saha(*e, state));
}

double line_emission(const AtomicLine& line, const PlasmaState& state) {
  const Element* e = find(line.element);
  if (e == nullptr) return 0;
  const double ratio = saha(*e, state);
  const double share = line.stage == 1 ? 1 / (1 + ratio) : ratio / (1 + ratio);
  return share * line.g_a * std::exp(-line.upper_ev / (kBoltzmannEv * state.temperature)) /
         partition(*e, line.stage, state.temperature);
}

double line_depth(const AtomicLine& line, const PlasmaState& state, double atoms, double width_nm) {
  // Same upper-level population as line_emission, moved to the lower level.
  const double lower = line_emission(line, state) *
                       std::exp((line.upper_ev - line.lower_ev) / (kBoltzmannEv * state.temperature));
  const double cm = line.vacuum_nm * 1e-7;
  const double centre = 2 / (std::numbers::pi * width_nm * 1e-7);  // of the profile over wavelength, 1/cm
  return std::pow(cm, 4) / (8 * std::numbers::pi * kLightCm) * lower * atoms * centre;
}

double escaping_share(double depth) {
  if (!(depth > 0)) return 1;
  const double x = depth / 2;
  // Beyond that the Bessel functions overflow while the series is exact to 1e-6.
  if (x > 50) return 2 / std::sqrt(std::numbers::pi * depth) * (1 - 1 / (8 * x) - 3 / (128 * x * x));
  return std::exp(-x) * (std::cyl_bessel_i(0.0, x) + std::cyl_bessel_i(1.0, x));
}

std::optional<std::map<std::string, double>> atoms_of(std::span<const std::string> formulas,
                                                      std::span<const double> mass) {
  std::map<std::string, double> moles;
  for (std::size_t f = 0; f < formulas.size(); ++f) {
    const std::string& formula = formulas[f];
    std::map<std::string, double> count;
    double molar = 0;
    for (std::size_t i = 0; i < formula.size();) {
      std::string symbol(1, formula[i++]);
      while (i < formula.size() && std::islower(static_cast<unsigned char>(formula[i])) != 0) {
        symbol += formula[i++];
      }
      int n = 0;
      while (i < formula.size() && std::isdigit(static_cast<unsigned char>(formula[i])) != 0) {
        n = n * 10 + (formula[i++] - '0');
      }
      const auto atom = atomic_mass(symbol);
      if (!atom) return std::nullopt;
      count[symbol] += std::max(n, 1);
      molar += std::max(n, 1) * *atom;
    }
    if (molar == 0) return std::nullopt;
    for (const auto& [symbol, n] : count) moles[symbol] += mass[f] * n / molar;
  }
  return moles;
}

double stark_width(const AtomicLine& line, double electron_density) {
  if (line.element == "H") {
    if (line.air_nm > kHydrogenAlphaFrom) return 1.098 * std::pow(electron_density / 1e17, 0.67965);
    const double beta = 4.8 * std::pow(electron_density / 1e17, 0.68116);
    // λ² n (n − 1): how far the outermost Stark components lie, in units of Hβ's.
    const double n = std::round(std::sqrt(1 / (0.25 - kRydbergNm / line.vacuum_nm)));
    return beta * n * (n - 1) / 12 * std::pow(line.air_nm / 486.135, 2);
  }
  return 0.02 * electron_density / 1e17 * std::pow(line.air_nm / 300, 2);
}

VoigtProfile::VoigtProfile(double g, double l) {
  fwhm_ = std::pow(std::pow(g, 5) + 2.69269 * std::pow(g, 4) * l + 2.42843 * std::pow(g, 3) * l * l +
                       4.47163 * g * g * std::pow(l, 3) + 0.07842 * g * std::pow(l, 4) + std::pow(l, 5),
                   0.2);
  const double r = fwhm_ > 0 ? l / fwhm_ : 0;
  mixing_ = 1.36603 * r - 0.47719 * r * r + 0.11116 * r * r * r;
}

double VoigtProfile::operator()(double x) const {
  const double u = x / fwhm_;
  const double gaussian =
      2 / fwhm_ * std::sqrt(std::numbers::ln2 / std::numbers::pi) * std::exp(-4 * std::numbers::ln2 * u * u);
  const double lorentzian = 2 / (std::numbers::pi * fwhm_) / (1 + 4 * u * u);
  return mixing_ * lorentzian + (1 - mixing_) * gaussian;
}

double bremsstrahlung(double wavelength_nm, const PlasmaState& state) {
  const double kt = kBoltzmannEv * state.temperature;
  return state.electron_density * state.electron_density / std::sqrt(state.temperature) *
         std::exp(-kPlanckLightEvNm / (wavelength_nm * kt)) / wavelength_nm;
}

}  // namespace assayer
