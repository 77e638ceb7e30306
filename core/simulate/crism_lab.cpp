// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/crism_lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <numeric>
#include <string_view>
#include <utility>

#include "core/base/random.h"
#include "core/data/selection.h"
#include "core/simulate/endmember_library.h"
#include "core/simulate/hapke.h"
#include "core/simulate/minerals.h"

namespace assayer {

namespace {

constexpr std::size_t kMinerals = 3;
constexpr std::size_t kGeometries = 3;
constexpr std::size_t kOrder = 10;
constexpr std::size_t kMostValues = 1'000'000'000;  // 4 GB of spectra
constexpr std::array<const char*, kGeometries> kGeometryNames = {"Position 1", "Position 2", "Angle 2"};

using Composition = std::array<double, kMinerals>;

// All compositions in steps of 1/kOrder, the first component falling slowest: corners at 0 and at the end.
std::vector<Composition> simplex_lattice() {
  std::vector<Composition> points;
  for (std::size_t i = 0; i <= kOrder; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      points.push_back({static_cast<double>(kOrder - i) / kOrder, static_cast<double>(i - j) / kOrder,
                        static_cast<double>(j) / kOrder});
    }
  }
  return points;
}

// Independent stream of draws per purpose (SplitMix64's finaliser, doi:10.1145/2714064.2660195), so that one
// option does not shuffle what the others draw.
enum class Stream : std::uint64_t { Abundance = 1, Grain, Noise, Outlier };
Random stream(std::uint64_t seed, Stream purpose) {
  std::uint64_t x = seed + 0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(purpose);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return Random(x ^ (x >> 31));
}

Error usage(std::string what, std::string where, std::string expected, std::string found, std::string mend) {
  return {Error::Kind::Usage,  std::move(what),  std::move(where),
          std::move(expected), std::move(found), std::move(mend)};
}

Status check_number(double value, std::string_view name, double low, double high, std::string_view expected) {
  if (value >= low && value <= high) return {};
  return fail(usage("setting out of range", std::string(name), std::string(expected),
                    fmt::format("{}", value), "Choose another value."));
}

Status check_options(const CrismLabOptions& o) {
  constexpr double kHuge = 1e6;
  if (o.spectra == 0) {
    return fail(usage("nothing to simulate", "spectra", "at least 1", "0", "Ask for some spectra."));
  }
  if (o.channels < 2) {
    return fail(usage("too few channels", "channels", "at least 2", fmt::format("{}", o.channels),
                      "Ask for more channels."));
  }
  if (o.spectra > kMostValues / o.channels) {
    return fail(usage("too many values", "spectra, channels",
                      fmt::format("at most {} spectra × channels", kMostValues),
                      fmt::format("{} × {}", o.spectra, o.channels), "Ask for fewer spectra or channels."));
  }
  if (!(o.first_um > 0) || !(o.last_um > o.first_um) || !std::isfinite(o.last_um)) {
    return fail(usage("wavelength range is empty", "first_um, last_um", "0 < first < last, in µm",
                      fmt::format("{} to {}", o.first_um, o.last_um), "Give the range in micrometres."));
  }
  if (!o.library && (o.first_um < kBandModelFirstUm || o.last_um > kBandModelLastUm)) {
    return fail(usage("the built-in endmembers do not reach that far", "first_um, last_um",
                      fmt::format("a range within {}–{} µm", kBandModelFirstUm, kBandModelLastUm),
                      fmt::format("{} to {}", o.first_um, o.last_um),
                      "Narrow the range, or give a library of endmembers."));
  }
  std::vector<Status> checks;
  const auto angles = [&](const std::array<double, 2>& pair, std::string_view name) {
    checks.push_back(check_number(pair[0], fmt::format("{}, incidence", name), 0, 89, "0 to 89 degrees"));
    checks.push_back(check_number(pair[1], fmt::format("{}, emission", name), 0, 89, "0 to 89 degrees"));
  };
  for (std::size_t g = 0; g < kGeometries; ++g) {
    angles(o.angles[g], fmt::format("angles of {}", kGeometryNames[g]));
    checks.push_back(check_number(o.panel_gain[g], fmt::format("panel_gain of {}", kGeometryNames[g]), 0.01,
                                  100, "0.01 to 100"));
  }
  angles(o.reference_angles, "reference_angles");
  checks.push_back(check_number(o.abundance_jitter, "abundance_jitter", 0, 1, "0 to 1"));
  checks.push_back(check_number(o.grain_low_um, "grain_low_um", 1, kHuge, "1 µm or more"));
  checks.push_back(
      check_number(o.grain_high_um, "grain_high_um", o.grain_low_um, kHuge, "grain_low_um or more, in µm"));
  checks.push_back(check_number(static_cast<double>(o.grains_per_spectrum), "grains_per_spectrum", 1, kHuge,
                                "1 to 1000000"));
  checks.push_back(check_number(o.reference_grain_um, "reference_grain_um", 1, kHuge, "1 µm or more"));
  checks.push_back(check_number(o.noise, "noise", 0, 10, "0 (none) to 10, in reflectance"));
  checks.push_back(check_number(o.container_share[0], "container_share, low", 0, 1, "0 to 1"));
  checks.push_back(
      check_number(o.container_share[1], "container_share, high", o.container_share[0], 1, "low to 1"));
  for (Status& status : checks) {
    if (!status) return fail(std::move(status.error()));
  }
  return {};
}

// A library whose rows stand in another order would simulate the wrong minerals without a word.
Status check_order(const std::vector<std::string>& names, const std::array<Mineral, kMinerals>& minerals) {
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::string lower = names[k];
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (std::size_t other = 0; other < kMinerals; ++other) {
      if (other != k && lower.find(minerals[other].name) != std::string::npos) {
        return fail({Error::Kind::Data, "minerals in another order", "endmember library",
                     fmt::format("{}, {}, {}", minerals[0].name, minerals[1].name, minerals[2].name),
                     fmt::format("'{}' as endmember {}", names[k], k + 1), "Reorder the library's rows."});
      }
    }
  }
  return {};
}

/// The powders' optics on the channels: absorption per grain at the reference size, which grain size scales.
struct Powders {
  std::array<Mineral, kMinerals> minerals;
  Matrix<double> absorption;  ///< [K, C], α D at reference_grain_um
  double reference_grain_um = 0;
  std::string note;

  /// Reflectance factor of a mixture with the given mass fractions and grain size, into `out` [C].
  void reflectance(const Composition& mass, double grain_um, const ViewingCosines& view, double gain,
                   std::span<double> out) const {
    std::array<double, kMinerals> density{};
    for (std::size_t k = 0; k < kMinerals; ++k) density[k] = minerals[k].density;
    const std::array<double, kMinerals> size = {grain_um, grain_um, grain_um};
    const auto share = cross_section_fractions(mass, density, size);
    const double scale = grain_um / reference_grain_um;
    for (std::size_t c = 0; c < out.size(); ++c) {
      double albedo = 0;
      for (std::size_t k = 0; k < kMinerals; ++k) {
        if (share[k] > 0) {
          albedo += share[k] * grain_albedo(absorption(k, c) * scale, minerals[k].refractive_index);
        }
      }
      // Shares sum to 1 only to rounding, and H has no value beyond w = 1.
      out[c] = gain * reflectance_factor(std::min(albedo, 1.0), view);
    }
  }
};

Result<Powders> make_powders(const CrismLabOptions& o, std::span<const double> um) {
  Powders powders{laboratory_minerals(), Matrix<double>(kMinerals, um.size()), o.reference_grain_um, {}};
  Matrix<double> reflectance(kMinerals, um.size());
  if (o.library) {
    auto resampled = resample_library(*o.library, kMinerals, um);
    if (!resampled) return fail(std::move(resampled.error()));
    if (auto order = check_order(resampled->names, powders.minerals); !order) {
      return fail(std::move(order.error()));
    }
    for (std::size_t k = 0; k < resampled->names.size(); ++k) powders.minerals[k].name = resampled->names[k];
    reflectance = std::move(resampled->spectra);
    powders.note = std::move(resampled->note);
  } else {
    for (std::size_t k = 0; k < kMinerals; ++k) {
      for (std::size_t c = 0; c < um.size(); ++c) {
        reflectance(k, c) = powders.minerals[k].spectrum.reflectance(um[c]);
      }
    }
  }

  const ViewingCosines view = viewing_cosines(o.reference_angles[0], o.reference_angles[1]);
  for (std::size_t k = 0; k < kMinerals; ++k) {
    const Mineral& mineral = powders.minerals[k];
    const double darkest = reflectance_factor(external_reflection(mineral.refractive_index), view);
    const double brightest = reflectance_factor(1.0, view);
    for (std::size_t c = 0; c < um.size(); ++c) {
      const auto albedo = albedo_from_reflectance_factor(reflectance(k, c), view);
      const auto absorption = albedo ? grain_absorption(*albedo, mineral.refractive_index) : std::nullopt;
      if (!absorption) {
        return fail({Error::Kind::Data, fmt::format("'{}' cannot be a powder of such grains", mineral.name),
                     o.library ? "endmember library" : "reference_angles",
                     fmt::format("reflectance between {:.3f} and {:.3f}", darkest, brightest),
                     fmt::format("{:.4g} at {:.4g} µm", reflectance(k, c), um[c]),
                     "Reflectances are fractions, not per cent."});
      }
      powders.absorption(k, c) = *absorption;
    }
  }
  return powders;
}

// Euclidean projection on the simplex (Duchi et al. 2008, doi:10.1145/1390156.1390191) of the first `n`
// values.
void project_on_simplex(std::span<double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double sum = 0;
  double shift = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i];
    const double candidate = (sum - 1.0) / static_cast<double>(i + 1);
    if (sorted[i] > candidate) shift = candidate;
  }
  for (double& v : values) v = std::max(v - shift, 0.0);
}

// What weighing makes of the nominal composition. Removing the draws' mean would shrink their spread; the
// factor keeps the sd of each component at `sd`.
Composition jittered(const Composition& nominal, double sd, Random& random) {
  std::array<double, kMinerals> draw{};
  for (double& d : draw) d = random.normal();  // three draws per row whatever the composition
  std::vector<std::size_t> present;
  for (std::size_t k = 0; k < kMinerals; ++k) {
    if (nominal[k] > 0) present.push_back(k);
  }
  if (present.size() < 2 || sd == 0) return nominal;
  double mean = 0;
  for (const std::size_t k : present) mean += draw[k] / static_cast<double>(present.size());
  const double factor =
      sd * std::sqrt(static_cast<double>(present.size()) / static_cast<double>(present.size() - 1));
  std::vector<double> values;
  values.reserve(present.size());
  for (const std::size_t k : present) values.push_back(nominal[k] + factor * (draw[k] - mean));
  project_on_simplex(values);
  Composition result{};
  for (std::size_t i = 0; i < present.size(); ++i) result[present[i]] = values[i];
  return result;
}

double mean_grain(const CrismLabOptions& o, Random& random) {
  double sum = 0;
  for (std::size_t i = 0; i < o.grains_per_spectrum; ++i) {
    sum += random.uniform(o.grain_low_um, o.grain_high_um);
  }
  return sum / static_cast<double>(o.grains_per_spectrum);
}

/// Which sample and geometry each row shows. Cells (geometry, grid point) follow each other; their sizes
/// differ by at most one.
struct Layout {
  std::vector<std::size_t> first_row;  ///< of each cell, and the number of rows at the end
  std::size_t points = 0;

  Layout(std::size_t rows, std::size_t grid_points) : points(grid_points) {
    const std::size_t cells = points * kGeometries;
    first_row.reserve(cells + 1);
    // Quotient and remainder apart, so that no product overflows.
    for (std::size_t c = 0; c <= cells; ++c) first_row.push_back(rows / cells * c + rows % cells * c / cells);
  }
  [[nodiscard]] std::size_t cell_of(std::size_t row) const {
    return static_cast<std::size_t>(std::upper_bound(first_row.begin(), first_row.end(), row) -
                                    first_row.begin()) -
           1;
  }
};

/// Container share per row, 0 for the powder alone. A sample has a run of neighbouring spoilt pixels, a
/// quarter of them or one, as at the rim of its container; samples near the simplex's centre come first,
/// because the paper (figure 6) sees outliers among its training spectra.
Result<std::vector<double>> place_outliers(const CrismLabOptions& o, const Layout& layout,
                                           const std::vector<Composition>& lattice) {
  Random random = stream(o.seed, Stream::Outlier);
  std::vector<std::uint32_t> order = random.permutation(lattice.size());
  std::stable_partition(order.begin(), order.end(),
                        [&](std::uint32_t p) { return in_interior(lattice[p], 0.7); });
  std::vector<double> share(o.spectra, 0.0);
  std::size_t left = o.outliers;
  std::size_t room = 0;
  for (const std::uint32_t point : order) {
    const std::size_t begin = layout.first_row[point];  // Position 1's cells come first
    const std::size_t count = layout.first_row[point + 1] - begin;
    const std::size_t here = count == 0 ? 0 : std::max<std::size_t>(1, count / 4);
    room += here;
    for (std::size_t i = 0; i < std::min(here, left); ++i) {
      share[begin + i] = random.uniform(o.container_share[0], o.container_share[1]);
    }
    left -= std::min(here, left);
  }
  if (left > 0) {
    return fail(
        usage("too many outliers", "outliers",
              fmt::format("at most {} (a quarter of each sample's spectra in Position 1, or one)", room),
              fmt::format("{}", o.outliers), "Ask for fewer outliers or for more spectra."));
  }
  return share;
}

Provenance provenance(const CrismLabOptions& o, const Powders& powders) {
  Provenance p;
  p.format = "crism-lab simulation";
  auto& a = p.attributes;
  a["source"] =
      "Simulated by Assayer (crism-lab): Hapke intimate mixtures of olivine, diopside and bytownite in three "
      "geometries; no measured mixture is in it.";
  a["licence"] = "CC0-1.0";
  a["citation"] =
      "Reflectance: Hapke 1981, doi:10.1029/JB086iB04p03039; Hapke 2002, doi:10.1006/icar.2002.6853; grains: "
      "Lucey 1998, doi:10.1029/97JE03145; bands: Sunshine et al. 1990, doi:10.1029/JB095iB05p06955; Sunshine "
      "& "
      "Pieters 1993, doi:10.1029/93JE00677; Sunshine & Pieters 1998, doi:10.1029/98JE01217; Adams & Goullaud "
      "1978, Proc. Lunar Planet. Sci. Conf. 9, 2901; densities and refractive indices: Deer, Howie & Zussman "
      "2013, doi:10.1180/DHZ; container: Garaba & Dierssen 2018, doi:10.1016/j.rse.2017.11.023.";
  std::string note =
      "The reference-panel gains part the three geometries by choice: that their levels separate, and in "
      "which "
      "order, is no evidence.";
  if (!powders.note.empty()) note += " " + powders.note;
  a["note"] = note;

  a["seed"] = fmt::format("{}", o.seed);
  const auto pair = [](const std::array<double, 2>& v) { return fmt::format("{} {}", v[0], v[1]); };
  a["option_spectra"] = fmt::format("{}", o.spectra);
  a["option_channels"] = fmt::format("{}", o.channels);
  a["option_first_um"] = fmt::format("{}", o.first_um);
  a["option_last_um"] = fmt::format("{}", o.last_um);
  a["option_angles"] = fmt::format("{}; {}; {}", pair(o.angles[0]), pair(o.angles[1]), pair(o.angles[2]));
  a["option_panel_gain"] = fmt::format("{} {} {}", o.panel_gain[0], o.panel_gain[1], o.panel_gain[2]);
  a["option_abundance_jitter"] = fmt::format("{}", o.abundance_jitter);
  a["option_grain_low_um"] = fmt::format("{}", o.grain_low_um);
  a["option_grain_high_um"] = fmt::format("{}", o.grain_high_um);
  a["option_grains_per_spectrum"] = fmt::format("{}", o.grains_per_spectrum);
  a["option_reference_grain_um"] = fmt::format("{}", o.reference_grain_um);
  a["option_reference_angles"] = pair(o.reference_angles);
  a["option_noise"] = fmt::format("{}", o.noise);
  a["option_outliers"] = fmt::format("{}", o.outliers);
  a["option_container_share"] = pair(o.container_share);
  if (o.library) {
    const auto& from = o.library->provenance();
    a["option_library"] =
        fmt::format("{} ({})", from.path.empty() ? "in memory" : from.path, o.library->fingerprint());
    // What the library's makers ask to be said travels with what is made from it.
    for (const char* key : {"source", "citation", "licence"}) {
      if (const auto found = from.attributes.find(key); found != from.attributes.end()) {
        a[fmt::format("library_{}", key)] = found->second;
      }
    }
  } else {
    a["option_library"] = "built-in modified-Gaussian endmembers";
  }
  return p;
}

}  // namespace

Result<DatasetPtr> simulate_crism_lab(const CrismLabOptions& options, RunControl& control,
                                      const ProgressFn& progress) {
  if (auto status = check_options(options); !status) return fail(std::move(status.error()));
  const CrismLabOptions& o = options;

  std::vector<double> um(o.channels);
  for (std::size_t c = 0; c < o.channels; ++c) {
    const double t = static_cast<double>(c) / static_cast<double>(o.channels - 1);
    um[c] = o.first_um + (o.last_um - o.first_um) * t;
  }
  const auto powders = make_powders(o, um);
  if (!powders) return fail(powders.error());

  const std::vector<Composition> lattice = simplex_lattice();
  const Layout layout(o.spectra, lattice.size());
  const auto share = place_outliers(o, layout, lattice);
  if (!share) return fail(share.error());

  std::array<ViewingCosines, kGeometries> views;
  for (std::size_t g = 0; g < kGeometries; ++g) {
    views[g] = viewing_cosines(o.angles[g][0], o.angles[g][1]);
  }
  const BandModel container = container_surface();

  DatasetParts parts;
  parts.spectra = Matrix<float>(o.spectra, o.channels);
  Matrix<double> nominal(o.spectra, kMinerals);
  Matrix<double> truth(o.spectra, kMinerals);
  Groups groups{std::vector<std::int32_t>(o.spectra), {}, {}};
  for (std::size_t g = 0; g < kGeometries; ++g) {
    groups.names.emplace_back(kGeometryNames[g]);
    groups.codes.push_back(static_cast<std::int64_t>(g));
  }
  std::vector<std::int64_t> outlier(o.spectra);
  std::vector<std::int64_t> grid_point(o.spectra);
  std::vector<double> grain(o.spectra);

  Random abundance_draws = stream(o.seed, Stream::Abundance);
  Random grain_draws = stream(o.seed, Stream::Grain);
  Random noise_draws = stream(o.seed, Stream::Noise);
  std::vector<double> spectrum(o.channels);
  for (std::size_t row = 0; row < o.spectra; ++row) {
    if (row % 64 == 0) {
      if (!control.wait_while_paused()) return fail(Error::cancel());
      if (progress) progress(static_cast<double>(row) / static_cast<double>(o.spectra), "simulating spectra");
    }
    const std::size_t cell = layout.cell_of(row);
    const std::size_t geometry = cell / layout.points;
    const std::size_t point = cell % layout.points;
    const Composition mass = jittered(lattice[point], o.abundance_jitter, abundance_draws);
    grain[row] = mean_grain(o, grain_draws);
    powders->reflectance(mass, grain[row], views[geometry], o.panel_gain[geometry], spectrum);
    // Container and powder lie side by side in the pixel: their light adds up by area, not intimately.
    if (const double s = (*share)[row]; s > 0) {
      for (std::size_t c = 0; c < o.channels; ++c) {
        spectrum[c] = (1.0 - s) * spectrum[c] + s * o.panel_gain[geometry] * container.reflectance(um[c]);
      }
      outlier[row] = 1;
    }
    for (std::size_t c = 0; c < o.channels; ++c) {
      parts.spectra(row, c) = static_cast<float>(spectrum[c] + o.noise * noise_draws.normal());
    }
    std::copy(lattice[point].begin(), lattice[point].end(), nominal.row(row).begin());
    std::copy(mass.begin(), mass.end(), truth.row(row).begin());
    groups.of_row[row] = static_cast<std::int32_t>(geometry);
    grid_point[row] = static_cast<std::int64_t>(point);
  }

  Matrix<float> mean(kMinerals, o.channels);
  Matrix<double> sum(kMinerals, o.channels);
  const double middle_grain = 0.5 * (o.grain_low_um + o.grain_high_um);
  for (std::size_t g = 0; g < kGeometries; ++g) {
    Matrix<float> endmembers(kMinerals, o.channels);
    for (std::size_t k = 0; k < kMinerals; ++k) {
      Composition pure{};
      pure[k] = 1.0;
      powders->reflectance(pure, middle_grain, views[g], o.panel_gain[g], spectrum);
      for (std::size_t c = 0; c < o.channels; ++c) {
        endmembers(k, c) = static_cast<float>(spectrum[c]);
        sum(k, c) += spectrum[c] / kGeometries;
        mean(k, c) = static_cast<float>(sum(k, c));
      }
    }
    parts.endmembers_by_group.push_back(std::move(endmembers));
  }
  parts.endmembers = std::move(mean);

  std::vector<std::string> names;
  for (const Mineral& mineral : powders->minerals) names.push_back(mineral.name);
  auto abundances = Abundances::create(std::move(nominal), names);
  if (!abundances) return fail(std::move(abundances.error()));
  auto axis = WavelengthAxis::create(std::move(um), WavelengthUnit::Micrometre);
  if (!axis) return fail(std::move(axis.error()));
  parts.abundances = std::move(*abundances);
  parts.wavelength = std::move(*axis);
  parts.endmember_names = std::move(names);
  parts.true_abundances = std::move(truth);
  parts.groups = std::move(groups);
  parts.metadata.push_back({"outlier", std::move(outlier)});
  parts.metadata.push_back({"grid_point", std::move(grid_point)});
  parts.metadata.push_back({"grain_um", std::move(grain)});
  parts.provenance = provenance(o, *powders);
  if (progress) progress(1.0, "simulating spectra");
  return Dataset::create(std::move(parts));
}

}  // namespace assayer
