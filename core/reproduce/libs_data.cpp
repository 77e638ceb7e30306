// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reproduce/libs_data.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "core/io/importer.h"
#include "core/simulate/chemcam.h"

namespace assayer {

namespace {

constexpr std::size_t kAll = 6144;

/// What a component of a file is in ours: which one, and mass of ours per mass of it.
struct Translation {
  const char* name;
  std::size_t component;
  double factor;
};
// From atomic masses (IUPAC): SiO2 60.083 over Si 28.085 and so on.
constexpr std::array<Translation, 21> kTranslations = {
    {{"SiO2", 0, 1},     {"TiO2", 1, 1},     {"Al2O3", 2, 1},    {"FeOT", 3, 1},     {"Fe2O3T", 3, 0.89981},
     {"MnO", 4, 1},      {"MgO", 5, 1},      {"CaO", 6, 1},      {"Na2O", 7, 1},     {"K2O", 8, 1},
     {"P2O5", 9, 1},     {"Si", 0, 2.13932}, {"Ti", 1, 1.66848}, {"Al", 2, 1.88945}, {"Fe", 3, 1.28648},
     {"Mn", 4, 1.29121}, {"Mg", 5, 1.65825}, {"Ca", 6, 1.39920}, {"Na", 7, 1.34795}, {"K", 8, 1.20459},
     {"P", 9, 2.29136}}};

/// The file's fractions as ours; what it does not name is "other". nullopt where they come to more than 1.02.
std::optional<std::vector<double>> translated(const std::vector<std::string>& names,
                                              std::span<const double> parts) {
  std::vector<double> y(chemcam_components().size(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto* const found =
        std::ranges::find_if(kTranslations, [&](const Translation& t) { return names[i] == t.name; });
    if (found == kTranslations.end() || !std::isfinite(parts[i])) continue;
    y[found->component] += parts[i] * found->factor;
    sum += parts[i] * found->factor;
  }
  if (!(sum > 0) || sum > 1.02) return std::nullopt;
  y.back() += std::max(0.0, 1 - sum);
  const double total = std::max(1.0, sum);
  for (double& v : y) v /= total;
  return y;
}

/// Straight lines between the file's channels; 0 where it has none within 1 nm.
std::vector<float> resampled(std::span<const double> from, std::span<const float> values,
                             std::span<const double> to) {
  std::vector<float> result(to.size(), 0.0F);
  for (std::size_t c = 0; c < to.size(); ++c) {
    const auto right = std::ranges::lower_bound(from, to[c]);
    if (right == from.begin() || right == from.end()) continue;
    const auto j = static_cast<std::size_t>(right - from.begin());
    const double width = from[j] - from[j - 1];
    if (width > 1) continue;
    const double t = (to[c] - from[j - 1]) / width;
    result[c] = static_cast<float>((1 - t) * values[j - 1] + t * values[j]);
  }
  return result;
}

/// Fractions per component of the data, whatever the file called them: compositions that sum to 1 come as
/// abundances; those of elements do not, and are metadata or missing.
struct Known {
  std::vector<std::string> names;
  std::vector<std::vector<double>> rows;
};

Known known_fractions(const Dataset& data) {
  Known known;
  if (data.abundances()) {
    known.names = data.abundances()->names();
    for (std::size_t row = 0; row < data.rows(); ++row) {
      const auto y = data.abundances()->row(row);
      known.rows.emplace_back(y.begin(), y.end());
    }
    return known;
  }
  // A chemical analysis that does not sum to 1 comes as columns abundance[NAME].
  constexpr std::string_view kPrefix = "abundance[";
  for (const MetadataColumn& column : data.metadata()) {
    const auto numbers = column.numbers();
    if (!numbers || !column.name.starts_with(kPrefix) || !column.name.ends_with(']')) continue;
    known.names.push_back(column.name.substr(kPrefix.size(), column.name.size() - kPrefix.size() - 1));
    known.rows.resize(data.rows());
    for (std::size_t row = 0; row < data.rows(); ++row) known.rows[row].push_back((*numbers)[row]);
  }
  return known;
}

}  // namespace

Result<LibsRecipe> LibsRecipe::create() {
  const auto recipe = Pipeline::recipe("libs-norm3");
  if (!recipe) return fail(recipe.error());
  // Nothing of it is learnt: any spectrum will do.
  DatasetParts parts;
  parts.spectra = Matrix<float>(1, kAll, 1.0F);
  const auto flat = Dataset::create(std::move(parts));
  if (!flat) return fail(flat.error());
  auto fitted = FittedPipeline::fit(*recipe, **flat, {0});
  if (!fitted) return fail(fitted.error());
  const auto level = (*fitted)->apply((*flat)->spectra());
  if (!level) return fail(level.error());
  LibsRecipe result;
  result.pipeline_ = *std::move(fitted);
  for (const double channel : result.pipeline_->output().axis.values())
    result.channels_.push_back(static_cast<std::size_t>(channel));
  result.level_.assign(level->row(0).begin(), level->row(0).end());
  return result;
}

Result<Matrix<float>> LibsRecipe::apply(const Matrix<float>& spectra) const {
  auto prepared = pipeline_->apply(spectra);
  if (!prepared) return prepared;
  for (std::size_t row = 0; row < prepared->rows(); ++row) {
    auto values = prepared->row(row);
    for (std::size_t c = 0; c < values.size(); ++c) values[c] /= level_[c];
  }
  return prepared;
}

Result<DatasetPtr> libs_data(const Dataset& simulation, std::span<const std::string> groups, bool known) {
  const Groups& all = *simulation.groups();
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < simulation.rows(); ++row) {
    const std::string& name = all.names[static_cast<std::size_t>(all.of_row[row])];
    if (std::ranges::find(groups, name) != groups.end()) rows.push_back(row);
  }
  Matrix<float> spectra(rows.size(), kAll);
  Matrix<double> y(rows.size(), simulation.components());
  Matrix<double> truth(rows.size(), simulation.components());
  Groups chosen{std::vector<std::int32_t>(rows.size()), {groups.begin(), groups.end()}, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(simulation.spectra().row(rows[i]), spectra.row(i).begin());
    const auto true_y = simulation.true_abundances()->row(rows[i]);
    std::ranges::copy(true_y, truth.row(i).begin());
    std::ranges::copy(known ? true_y : simulation.abundances()->row(rows[i]), y.row(i).begin());
    const std::string& name = all.names[static_cast<std::size_t>(all.of_row[rows[i]])];
    chosen.of_row[i] = static_cast<std::int32_t>(std::ranges::find(groups, name) - groups.begin());
  }
  for (std::size_t g = 0; g < groups.size(); ++g) chosen.codes.push_back(static_cast<std::int64_t>(g));
  const auto recipe = LibsRecipe::create();
  if (!recipe) return fail(recipe.error());
  std::vector<double> nm;
  nm.reserve(recipe->channels().size());
  for (const std::size_t c : recipe->channels()) nm.push_back(simulation.wavelength().values()[c]);
  auto axis = WavelengthAxis::create(std::move(nm), WavelengthUnit::Nanometre);
  if (!axis) return fail(std::move(axis.error()));
  auto abundances = Abundances::create(std::move(y), simulation.component_names());
  if (!abundances) return fail(std::move(abundances.error()));
  auto prepared = recipe->apply(spectra);
  if (!prepared) return fail(prepared.error());
  auto endmembers = recipe->apply(*simulation.endmembers());
  if (!endmembers) return fail(endmembers.error());
  DatasetParts parts;
  parts.spectra = *std::move(prepared);
  parts.wavelength = std::move(*axis);
  parts.abundances = std::move(*abundances);
  parts.true_abundances = std::move(truth);
  parts.groups = std::move(chosen);
  parts.endmembers = *std::move(endmembers);
  parts.endmember_names = simulation.component_names();
  parts.provenance = simulation.provenance();
  return Dataset::create(std::move(parts));
}

LineMatch match_lines(std::span<const double> axis, std::span<const double> spectrum,
                      std::span<const double> reference, const std::string& element, double share) {
  // Spectrometers, and their stretches of the axis.
  std::vector<std::size_t> starts = {0};
  for (std::size_t c = 1; c < axis.size(); ++c) {
    if (axis[c] - axis[c - 1] > 1) starts.push_back(c);
  }
  starts.push_back(axis.size());
  const auto strong = [&](std::span<const double> values) {
    std::vector<SpectralPeak> peaks;
    for (std::size_t s = 0; s + 1 < starts.size(); ++s) {
      const std::size_t n = starts[s + 1] - starts[s];
      const auto part = values.subspan(starts[s], n);
      const double highest = *std::ranges::max_element(part);
      const auto here = find_peaks(axis.subspan(starts[s], n), part, share * highest);
      peaks.insert(peaks.end(), here.begin(), here.end());
    }
    return peaks;
  };
  const auto near = [](const std::vector<SpectralPeak>& peaks, double nm) {
    return std::ranges::any_of(
        peaks, [&](const SpectralPeak& p) { return std::abs(p.nm - nm) <= 0.5 * chemcam_resolution(nm); });
  };
  std::vector<AtomicLine> lines = atomic_lines();
  std::erase_if(lines, [&](const AtomicLine& l) { return l.element != element; });

  LineMatch match;
  match.where = strong(spectrum);
  match.peaks = match.where.size();
  for (const SpectralPeak& peak : match.where) {
    match.matched += std::ranges::any_of(lines, [&](const AtomicLine& l) {
      return std::abs(l.vacuum_nm - peak.nm) <= 0.5 * chemcam_resolution(peak.nm);
    });
  }
  const std::vector<SpectralPeak> shown = strong(reference);
  for (const AtomicLine& line : lines) {
    if (!near(shown, line.vacuum_nm)) continue;
    ++match.lines;
    match.found += near(match.where, line.vacuum_nm);
  }
  return match;
}

Result<std::vector<MeasuredLibs>> measured_libs(const std::filesystem::path& folder, RunControl& control) {
  std::vector<MeasuredLibs> measured;
  const std::vector<double> axis = chemcam_axis();
  const auto recipe = LibsRecipe::create();
  if (!recipe) return fail(recipe.error());
  for (const char* name : {"bhvo2_chemcam.h5", "libs_jsc_basalts.h5", "chemcam_ccs_sol13.h5"}) {
    const auto path = folder / name;
    if (!std::filesystem::exists(path)) continue;
    const auto imported = ImporterRegistry::standard().load(path, control);
    if (!imported) return fail(imported.error());
    const Dataset& data = *imported->data;
    if (data.wavelength().unit() != WavelengthUnit::Nanometre) continue;
    Matrix<float> on_axis(data.rows(), axis.size());
    for (std::size_t row = 0; row < data.rows(); ++row) {
      const auto values = resampled(data.wavelength().values(), data.spectra().row(row), axis);
      std::ranges::copy(values, on_axis.row(row).begin());
    }
    const auto prepared = recipe->apply(on_axis);
    if (!prepared) return fail(prepared.error());
    const Known known = known_fractions(data);
    // Samples that differ stand apart; repeated shots at one stay together.
    for (std::size_t row = 0; row < data.rows();) {
      std::size_t end = row + 1;
      while (end < data.rows() && (known.rows.empty() || known.rows[end] == known.rows[row])) ++end;
      MeasuredLibs one;
      one.name = std::filesystem::path(name).stem().string();
      if (row > 0 || end < data.rows()) one.name += " " + std::to_string(row + 1);
      one.spectra = Matrix<float>(end - row, prepared->cols());
      for (std::size_t i = row; i < end; ++i)
        std::ranges::copy(prepared->row(i), one.spectra.row(i - row).begin());
      if (!known.rows.empty()) one.composition = translated(known.names, known.rows[row]);
      measured.push_back(std::move(one));
      row = end;
    }
  }
  return measured;
}

}  // namespace assayer
