// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/chemcam.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

#include "core/base/random.h"

namespace assayer {

namespace {

constexpr std::size_t kChannels = 6144;
constexpr std::size_t kRange = 2048;  // channels of each spectrometer
constexpr std::size_t kComponents = 10;
// Martian air in the plasma, atoms of carbon and oxygen per gram of sample, mol (CO2): real spectra of rocks
// show the carbon line at 247.9 nm and more oxygen than the rock has.
constexpr double kAirCo2 = 2e-3;

Error usage(std::string_view where, std::string expected, std::string found) {
  return {Error::Kind::Usage,  "setting out of range", std::string(where),
          std::move(expected), std::move(found),       "Choose another value."};
}

Status check_options(const ChemcamOptions& o) {
  struct Check {
    std::string_view name;
    double value;
    double low;
    double high;
  };
  const std::array<Check, 13> checks = {{
      {"rocks", static_cast<double>(o.rocks), 0, 100'000},
      {"shots", o.shots, 0.01, 1000},
      {"temperature", o.temperature, 4000, 14000},
      {"temperature_sd", o.temperature_sd, 0, 2000},
      {"electron_density", o.electron_density, 1e14, 1e18},
      {"density_spread", o.density_spread, 0, 2},
      {"depth_cm", o.depth_cm, 0, 10},
      {"target_distance_m", o.target_distance_m, 0.1, 100},
      {"rock_distance_m, low", o.rock_distance_m[0], 0.1, 100},
      {"rock_distance_m, high", o.rock_distance_m[1], o.rock_distance_m[0], 100},
      {"coupling_spread", o.coupling_spread, 0, 2},
      {"continuum", o.continuum, 0, 0.95},
      {"read_noise", o.read_noise, 0, 100},
  }};
  for (const Check& c : checks) {
    if (!(c.value >= c.low && c.value <= c.high)) {
      return fail(usage(c.name, fmt::format("{} to {}", c.low, c.high), fmt::format("{}", c.value)));
    }
  }
  if (!(o.photons > 0)) return fail(usage("photons", "more than 0", fmt::format("{}", o.photons)));
  return {};
}

enum class Stream : std::uint64_t { Plasma = 1, Rocks, Noise };
// SplitMix64's finaliser (doi:10.1145/2714064.2660195): noise does not shuffle what the others draw.
Random stream(std::uint64_t seed, Stream purpose) {
  std::uint64_t x = seed + 0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(purpose);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return Random(x ^ (x >> 31));
}

// From mass per cent; renormalised.
ChemcamSample sample(std::string name, std::size_t shots, const std::array<double, 9>& oxides,
                     const std::array<double, 4>& rest, double noise = 1) {
  ChemcamSample s;
  s.name = std::move(name);
  s.shots = shots;
  s.noise = noise;
  const double sum =
      std::accumulate(oxides.begin(), oxides.end(), 0.0) + std::accumulate(rest.begin(), rest.end(), 0.0);
  for (std::size_t k = 0; k < oxides.size(); ++k) s.oxides[k] = oxides[k] / sum;
  s.so3 = rest[0] / sum;
  s.h2o = rest[1] / sum;
  s.p2o5 = rest[2] / sum;
  s.c = rest[3] / sum;
  return s;
}

// Typical rocks from which the unlabelled ones are varied, in mass per cent (ours, after the averages of R.
// W. Le Maitre, J. Petrology 17 (1976) 589–637, doi:10.1093/petrology/17.4.589, and iron-richer ones as on
// Mars).
std::vector<ChemcamSample> rock_types() {
  return {sample("basalt", 0, {49.2, 1.8, 15.7, 10.5, 0.2, 6.7, 9.5, 2.9, 1.1}, {0.3, 1.0, 0.35, 0}),
          sample("martian basalt", 0, {46.0, 0.9, 10.0, 19.0, 0.4, 9.5, 7.0, 2.5, 0.4}, {2.0, 0.5, 0.8, 0}),
          sample("andesite", 0, {57.9, 0.9, 17.0, 7.0, 0.15, 3.3, 6.8, 3.5, 1.6}, {0.2, 1.0, 0.2, 0}),
          sample("rhyolite", 0, {72.8, 0.3, 13.3, 2.5, 0.06, 0.4, 1.1, 3.6, 4.3}, {0.1, 1.2, 0.1, 0}),
          sample("peridotite", 0, {42.3, 0.6, 4.2, 13.0, 0.2, 31.0, 5.0, 0.5, 0.3}, {0.1, 2.5, 0.1, 0}),
          sample("soil", 0, {43.0, 1.1, 9.4, 19.0, 0.4, 8.7, 7.3, 2.7, 0.5}, {5.5, 1.5, 0.9, 0}),
          sample("mudstone", 0, {47.0, 1.0, 9.5, 20.0, 0.3, 8.0, 5.0, 2.2, 0.7}, {3.0, 2.5, 0.9, 0}),
          sample("sulphate vein", 0, {12.0, 0.3, 3.0, 5.0, 0.1, 3.0, 32.0, 0.8, 0.2}, {41.0, 2.5, 0.1, 0}),
          sample("feldspar", 0, {60.0, 0.1, 24.0, 1.0, 0.03, 0.3, 6.5, 6.8, 1.1}, {0.1, 0.2, 0.05, 0})};
}

ChemcamSample random_rock(const std::vector<ChemcamSample>& types, Random& random) {
  // Two types mixed, then every part varied by itself: between the types and off them.
  const ChemcamSample& a = types[random.below(types.size())];
  const ChemcamSample& b = types[random.below(types.size())];
  const double t = random.uniform();
  constexpr double kSpread = 0.35;  // sd of each part's logarithm
  const auto part = [&](double x, double y) {
    return (t * x + (1 - t) * y) * std::exp(kSpread * random.normal());
  };
  std::array<double, 9> oxides{};
  for (std::size_t k = 0; k < oxides.size(); ++k) oxides[k] = part(a.oxides[k], b.oxides[k]);
  const double so3 = part(a.so3, b.so3);
  const double h2o = part(a.h2o, b.h2o);
  const double p2o5 = part(a.p2o5, b.p2o5);
  return sample("rock", 1, oxides, {so3, h2o, p2o5, 0});
}

const std::vector<std::string>& formulas() {
  static const std::vector<std::string> names = {"SiO2", "TiO2", "Al2O3", "FeO", "MnO",  "MgO", "CaO",
                                                 "Na2O", "K2O",  "SO3",   "H2O", "P2O5", "C"};
  return names;
}

/// Lines with their channels: what all spectra share.
struct Instrument {
  std::vector<double> axis = chemcam_axis();
  std::vector<AtomicLine> lines = atomic_lines();

  void add_lines(const ChemcamSample& s, const PlasmaState& state, double depth_cm,
                 std::span<double> out) const {
    std::vector<double> mass(s.oxides.begin(), s.oxides.end());
    mass.insert(mass.end(), {s.so3, s.h2o, s.p2o5, s.c});
    // The formulas above parse, which a test shows.
    auto atoms = *atoms_of(formulas(), mass);
    atoms["C"] += kAirCo2;
    atoms["O"] += 2 * kAirCo2;
    double all = 0;
    for (const auto& [symbol, moles] : atoms) all += moles;
    for (const AtomicLine& line : lines) {
      const auto found = atoms.find(line.element);
      if (found == atoms.end() || found->second <= 0) continue;
      const double stark = stark_width(line, state.electron_density);
      // Every electron comes from one of the atoms, nearly all of which are ionised once.
      const double column = found->second / all * state.electron_density * depth_cm;
      const double area =
          found->second * line_emission(line, state) * escaping_share(line_depth(line, state, column, stark));
      const VoigtProfile profile(chemcam_resolution(line.vacuum_nm), stark);
      // Beyond 20 widths the wings are under 0.1 % of the peak.
      const double reach = 20 * profile.fwhm();
      const auto first = std::ranges::lower_bound(axis, line.vacuum_nm - reach);
      for (auto at = first; at != axis.end() && *at <= line.vacuum_nm + reach; ++at) {
        out[static_cast<std::size_t>(at - axis.begin())] += area * profile(*at - line.vacuum_nm);
      }
    }
  }
};

std::array<double, 3> range_means(std::span<const double> spectrum) {
  std::array<double, 3> means{};
  for (std::size_t c = 0; c < kChannels; ++c) means[c / kRange] += spectrum[c] / kRange;
  return means;
}

struct Shot {
  PlasmaState state;
  double distance = 1;
  double coupling = 1;
};

Shot draw_shot(const ChemcamOptions& o, bool target, Random& random) {
  Shot shot;
  const double coupling = random.normal();
  shot.coupling = std::exp(o.coupling_spread * coupling);
  // Half of the variance of T comes with the coupling: more energy in the same plasma.
  const double heat = std::sqrt(0.5) * coupling + std::sqrt(0.5) * random.normal();
  shot.state.temperature = std::clamp(o.temperature + o.temperature_sd * heat, 3000.0, 16000.0);
  shot.state.electron_density = o.electron_density * std::exp(o.density_spread * random.normal());
  const double place = random.uniform();
  shot.distance = target ? o.target_distance_m : std::lerp(o.rock_distance_m[0], o.rock_distance_m[1], place);
  return shot;
}

Provenance provenance(const ChemcamOptions& o) {
  Provenance p;
  p.format = "chemcam simulation";
  auto& a = p.attributes;
  a["source"] =
      "Simulated by Assayer (chemcam): a homogeneous plasma in local thermodynamic equilibrium, seen by "
      "an "
      "instrument with ChemCam's ranges and resolution; no measured spectrum is in it.";
  a["licence"] = "CC0-1.0";
  a["citation"] =
      "Lines: NIST Atomic Spectra Database, doi:10.18434/T4W30F; partition functions: Irwin 1981, "
      "doi:10.1086/190730; instrument: Wiens et al. 2012, doi:10.1007/s11214-012-9902-4; targets: Fabre et "
      "al. "
      "2011, doi:10.1016/j.sab.2011.03.012; Vaniman et al. 2012, doi:10.1007/s11214-012-9886-0; Wiens et al. "
      "2013, "
      "doi:10.1016/j.sab.2013.02.003.";
  a["note"] =
      "Compositions of the targets are nominal and rounded. No minor elements; "
      "wavelengths in "
      "vacuum; photons per nm up to a constant.";
  a["seed"] = fmt::format("{}", o.seed);
  a["option_rocks"] = fmt::format("{}", o.rocks);
  a["option_shots"] = fmt::format("{}", o.shots);
  a["option_temperature"] = fmt::format("{}", o.temperature);
  a["option_temperature_sd"] = fmt::format("{}", o.temperature_sd);
  a["option_electron_density"] = fmt::format("{}", o.electron_density);
  a["option_density_spread"] = fmt::format("{}", o.density_spread);
  a["option_depth_cm"] = fmt::format("{}", o.depth_cm);
  a["option_target_distance_m"] = fmt::format("{}", o.target_distance_m);
  a["option_rock_distance_m"] = fmt::format("{} {}", o.rock_distance_m[0], o.rock_distance_m[1]);
  a["option_coupling_spread"] = fmt::format("{}", o.coupling_spread);
  a["option_continuum"] = fmt::format("{}", o.continuum);
  a["option_read_noise"] = fmt::format("{}", o.read_noise);
  a["option_photons"] = fmt::format("{}", o.photons);
  return p;
}

// A sample of one component. "other" is no substance: equal parts of what it stands for.
ChemcamSample pure(std::size_t k) {
  std::array<double, 9> oxides{};
  if (k < oxides.size()) oxides[k] = 1;
  return sample("pure", 1, oxides,
                k < oxides.size() ? std::array<double, 4>{} : std::array<double, 4>{1, 1, 1, 1});
}

}  // namespace

std::vector<std::string> chemcam_components() {
  return {"SiO2", "TiO2", "Al2O3", "FeOT", "MnO", "MgO", "CaO", "Na2O", "K2O", "other"};
}

std::array<double, 10> ChemcamSample::composition() const {
  std::array<double, 10> y{};
  std::copy(oxides.begin(), oxides.end(), y.begin());
  y[9] = so3 + h2o + p2o5 + c;
  return y;
}

std::vector<ChemcamSample> chemcam_targets() {
  // SiO2 TiO2 Al2O3 FeOT MnO MgO CaO Na2O K2O; SO3 H2O P2O5 C.
  return {
      sample("Macusanite", 10, {73.5, 0.04, 15.8, 0.6, 0.06, 0.02, 0.2, 4.2, 3.8}, {0, 0.3, 0.5, 0}, 5),
      sample("Norite", 14, {47.9, 0.7, 14.7, 14.7, 0.2, 9.5, 12.0, 1.5, 0.06}, {0, 0, 0.1, 0}),
      sample("Picrite", 14, {43.6, 0.4, 12.4, 19.1, 0.3, 11.6, 9.0, 2.9, 0.1}, {0, 0, 0.5, 0}),
      sample("Shergottite", 14, {48.4, 0.4, 10.8, 17.7, 0.3, 6.5, 14.3, 1.6, 0.1}, {0, 0, 0.5, 0}),
      sample("Graphite", 4, {}, {0, 0, 0, 100}),
      sample("KGa-Med", 10, {35.6, 1.7, 23.7, 3.0, 0.05, 2.5, 13.4, 1.0, 0.3}, {17.0, 1.5, 0.1, 0}, 5),
      sample("Nau2-Lo", 30, {43.8, 0.8, 7.6, 16.5, 0.1, 3.1, 12.4, 1.2, 0.4}, {11.0, 1.5, 0.1, 0}),
      sample("Nau2-Med", 29, {37.2, 0.6, 6.6, 14.9, 0.1, 2.4, 16.7, 1.0, 0.3}, {18.0, 1.5, 0.1, 0}),
      sample("Nau2-Hi", 29, {31.0, 0.5, 5.5, 12.5, 0.1, 2.0, 20.8, 0.8, 0.2}, {25.0, 1.5, 0.1, 0}),
      sample("Titanium", 2, {0, 100, 0, 0, 0, 0, 0, 0, 0}, {}),
  };
}

std::vector<double> chemcam_axis() {
  // Chebyshev coefficients of wavelength over channel, each spectrometer's channels scaled to [−1, 1].
  constexpr std::array<std::array<double, 5>, 3> kDispersion = {{{292.042, 49.993, -1.238, 0, 0},
                                                                 {427.070, 43.493, -1.462, -0.017, 0.006},
                                                                 {693.589, 216.358, -4.154, -0.163, -0.056}}};
  std::vector<double> axis;
  axis.reserve(kChannels);
  for (const auto& a : kDispersion) {
    for (std::size_t i = 0; i < kRange; ++i) {
      const double x = 2 * static_cast<double>(i) / (kRange - 1) - 1;
      const double x2 = x * x;
      axis.push_back(a[0] + a[1] * x + a[2] * (2 * x2 - 1) + a[3] * (4 * x2 - 3) * x +
                     a[4] * (8 * x2 * x2 - 8 * x2 + 1));
    }
  }
  return axis;
}

double chemcam_resolution(double vacuum_nm) {
  if (vacuum_nm < 361) return 0.17;
  return vacuum_nm < 471 ? 0.21 : 0.72;
}

std::vector<double> chemcam_spectrum(const ChemcamSample& sample, const PlasmaState& state, double depth_cm) {
  const Instrument instrument;
  std::vector<double> spectrum(kChannels, 0.0);
  instrument.add_lines(sample, state, depth_cm, spectrum);
  return spectrum;
}

Result<DatasetPtr> simulate_chemcam(const ChemcamOptions& options, RunControl& control,
                                    const ProgressFn& progress) {
  if (const auto status = check_options(options); !status) return fail(status.error());
  const ChemcamOptions& o = options;

  const std::vector<ChemcamSample> targets = chemcam_targets();
  std::vector<ChemcamSample> samples;
  std::vector<std::int32_t> group;
  std::vector<std::int64_t> number;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const auto shots = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::lround(static_cast<double>(targets[t].shots) * o.shots)));
    for (std::size_t s = 0; s < shots; ++s) {
      samples.push_back(targets[t]);
      group.push_back(static_cast<std::int32_t>(t));
      number.push_back(static_cast<std::int64_t>(s + 1));
    }
  }
  const std::size_t labelled = samples.size();
  const std::vector<ChemcamSample> types = rock_types();
  Random rock_draws = stream(o.seed, Stream::Rocks);
  for (std::size_t r = 0; r < o.rocks; ++r) {
    samples.push_back(random_rock(types, rock_draws));
    group.push_back(static_cast<std::int32_t>(targets.size()));
    number.push_back(1);
  }

  // A median spectrum sets the scale of continuum and noise.
  const Instrument instrument;
  const PlasmaState median{o.temperature, o.electron_density};
  std::vector<double> spectrum(kChannels, 0.0);
  instrument.add_lines(types.front(), median, o.depth_cm, spectrum);
  const double light = std::accumulate(spectrum.begin(), spectrum.end(), 0.0);
  double free_light = 0;
  for (const double nm : instrument.axis) free_light += bremsstrahlung(nm, median);
  const double continuum = o.continuum / (1 - o.continuum) * light / free_light;
  const std::array<double, 3> mean = range_means(spectrum);

  const std::size_t rows = samples.size();
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, kChannels);
  Matrix<double> known(rows, kComponents, std::nan(""));
  Matrix<double> truth(rows, kComponents);
  std::vector<double> temperature(rows);
  std::vector<double> density(rows);
  std::vector<double> distance(rows);
  std::vector<double> coupling(rows);
  Random plasma_draws = stream(o.seed, Stream::Plasma);
  Random noise_draws = stream(o.seed, Stream::Noise);
  for (std::size_t row = 0; row < rows; ++row) {
    if (row % 16 == 0) {
      if (!control.wait_while_paused()) return fail(Error::cancel());
      if (progress) progress(static_cast<double>(row) / static_cast<double>(rows), "simulating spectra");
    }
    const bool target = row < labelled;
    const Shot shot = draw_shot(o, target, plasma_draws);
    std::ranges::fill(spectrum, 0.0);
    instrument.add_lines(samples[row], shot.state, o.depth_cm, spectrum);
    for (std::size_t c = 0; c < kChannels; ++c) {
      spectrum[c] += continuum * bremsstrahlung(instrument.axis[c], shot.state);
    }
    // Calibrated spectra are corrected for the distance; what remains of it is that less light is noisier.
    const double gain = shot.coupling;
    const double dimming = std::pow(o.target_distance_m / shot.distance, 2);
    for (std::size_t c = 0; c < kChannels; ++c) {
      const double unit = mean[c / kRange];
      const double signal = gain * spectrum[c];
      const double photons = std::max(signal, 0.0) / unit * o.photons * dimming;
      const double sd = samples[row].noise * unit *
                        std::hypot(o.read_noise / dimming, std::sqrt(photons) / (o.photons * dimming));
      parts.spectra(row, c) = static_cast<float>((signal + sd * noise_draws.normal()) / mean[0]);
    }
    const auto composition = samples[row].composition();
    std::copy(composition.begin(), composition.end(), truth.row(row).begin());
    if (target) std::copy(composition.begin(), composition.end(), known.row(row).begin());
    temperature[row] = shot.state.temperature;
    density[row] = shot.state.electron_density;
    distance[row] = shot.distance;
    coupling[row] = shot.coupling;
  }

  Matrix<float> endmembers(kComponents, kChannels);
  for (std::size_t k = 0; k < kComponents; ++k) {
    std::ranges::fill(spectrum, 0.0);
    instrument.add_lines(pure(k), median, o.depth_cm, spectrum);
    for (std::size_t c = 0; c < kChannels; ++c) {
      endmembers(k, c) = static_cast<float>(
          (spectrum[c] + continuum * bremsstrahlung(instrument.axis[c], median)) / mean[0]);
    }
  }
  parts.endmembers = std::move(endmembers);

  auto abundances = Abundances::create(std::move(known), chemcam_components());
  if (!abundances) return fail(std::move(abundances.error()));
  auto axis = WavelengthAxis::create(instrument.axis, WavelengthUnit::Nanometre);
  if (!axis) return fail(std::move(axis.error()));
  parts.abundances = std::move(*abundances);
  parts.wavelength = std::move(*axis);
  parts.endmember_names = chemcam_components();
  parts.true_abundances = std::move(truth);
  Groups groups{std::move(group), {}, {}};
  for (const ChemcamSample& t : targets) groups.names.push_back(t.name);
  if (o.rocks > 0) groups.names.emplace_back("rocks");
  for (std::size_t g = 0; g < groups.names.size(); ++g) groups.codes.push_back(static_cast<std::int64_t>(g));
  parts.groups = std::move(groups);
  parts.metadata.push_back({"temperature_K", std::move(temperature)});
  parts.metadata.push_back({"electron_density_cm3", std::move(density)});
  parts.metadata.push_back({"distance_m", std::move(distance)});
  parts.metadata.push_back({"coupling", std::move(coupling)});
  parts.metadata.push_back({"shot", std::move(number)});
  parts.provenance = provenance(o);
  if (progress) progress(1.0, "simulating spectra");
  return Dataset::create(std::move(parts));
}

}  // namespace assayer
