// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "core/metrics/metrics.h"
#include "core/reproduce/experiment.h"
#include "core/reproduce/libs_data.h"
#include "core/reproduce/runs.h"
#include "core/simulate/chemcam.h"
#include "core/train/train_plan.h"

namespace assayer {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
// The paper, §5 and A.2.
constexpr std::int64_t kPaperEpochs = 2000;
constexpr std::int64_t kQuickEpochs = 100;
constexpr std::size_t kQuickSeeds = 3;
constexpr std::size_t kQuickSplits = 3;
constexpr const char* kUnfeatured = "peak:500:0.85";

const std::vector<std::string>& standards() {
  static const std::vector<std::string> names = {"Norite",  "Picrite",  "Shergottite",
                                                 "Nau2-Lo", "Nau2-Med", "Nau2-Hi"};
  return names;
}

struct Variant {
  std::string name;
  std::string method;
  std::optional<double> paper_kl;
};

std::vector<Variant> variants(const ReproduceOptions& options) {
  std::vector<Variant> list = {{"PLS", "pls", 0.922}, {"M2", "m2", 0.618}, {"Untapped", "untapped", 0.525}};
  // Its start decomposes matrices of 5485 channels for every fold, which takes minutes a run.
  if (!options.quick) list.push_back({"guided (ours)", "guided", std::nullopt});
  return list;
}

/// The preset `libs`, or where this program has none, appendix A.2's sizes and weights with the likelihood of
/// the preset `crism`. `own` says which.
Result<TrainConfig> paper_config(bool& own) {
  auto config = TrainConfig::from_preset("libs");
  own = config.has_value();
  if (config) return config;
  config = TrainConfig::from_preset("crism");
  if (!config) return config;
  config->nuisance_dimensions = 2;
  config->hidden_y = {25, 10};
  config->hidden_z = {5, 5};
  config->hidden_x = {50};
  config->alphas = {0.01, 10, 1e-4, 1e-4};
  config->epochs = kPaperEpochs;
  config->rate = 0.01;
  return config;
}

Result<TrainConfig> config_of(const Variant& variant, const ReproduceOptions& options, std::uint64_t seed,
                              bool& own) {
  auto config = variant.method == "guided" ? TrainConfig::from_preset("guided") : paper_config(own);
  // A baseline has no likelihood.
  if (config && variant.method == "pls") config = TrainConfig::from_preset("crism");
  if (!config) return config;
  config->method = variant.method;
  config->seed = seed;
  config->max_labelled = 0;
  if (variant.method != "guided") {
    config->epochs = options.epochs > 0 ? options.epochs : options.quick ? kQuickEpochs : kPaperEpochs;
  } else {
    // Compositions are wanted and light adds up: nothing to choose, and no time to lose on choosing.
    config->link = "identity";
    config->task = "calibration";
  }
  return config;
}

Rows rows_of_groups(const Dataset& data, const std::set<std::string>& names) {
  Rows rows;
  for (std::size_t row = 0; row < data.rows(); ++row) {
    if (names.contains(data.groups()->names[static_cast<std::size_t>(data.groups()->of_row[row])])) {
      rows.push_back(static_cast<std::uint32_t>(row));
    }
  }
  return rows;
}

Matrix<float> rows_of(MatrixView<float> all, const Rows& rows) {
  Matrix<float> some(rows.size(), all.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(all.row(rows[i]), some.row(i).begin());
  return some;
}

/// Three standards learnt from, three judged by; the paper's own choice first.
struct StandardSplit {
  std::vector<std::string> train;
  std::vector<std::string> test;
  [[nodiscard]] std::string name() const { return fmt::format("{}", fmt::join(train, " + ")); }
};

std::vector<StandardSplit> all_splits() {
  std::vector<StandardSplit> splits;
  for (unsigned mask = 0; mask < 64; ++mask) {
    if (std::popcount(mask) != 3) continue;
    StandardSplit split;
    for (unsigned g = 0; g < 6; ++g)
      ((mask >> g & 1U) != 0 ? split.train : split.test).push_back(standards()[g]);
    splits.push_back(std::move(split));  // mask 7 comes first: Norite, Picrite, Shergottite
  }
  return splits;
}

Result<double> judge_split(const DatasetPtr& data, const StandardSplit& split, const TrainConfig& config,
                           const Matrix<double>& unfeatured, RunControl& control, const ProgressPart& part) {
  const Rows train = rows_of_groups(*data, {split.train.begin(), split.train.end()});
  const Rows test = rows_of_groups(*data, {split.test.begin(), split.test.end()});
  Rows seen = rows_of_groups(*data, {"rocks"});
  seen.insert(seen.end(), train.begin(), train.end());
  std::ranges::sort(seen);
  const auto model = train_model(data, {train, seen, unfeatured}, config, control, part);
  if (!model) return fail(model.error());
  const auto prediction = (*model)->predict(rows_of(data->spectra(), test), nullptr);
  if (!prediction) return fail(prediction.error());
  double sum = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    sum += kl_divergence(data->true_abundances()->row(test[i]), prediction->composition.row(i));
  }
  return sum / static_cast<double>(test.size());
}

/// Table 3.
struct SplitTable {
  std::vector<StandardSplit> splits;
  std::vector<std::vector<double>> kl;  // [variant][seed × splits]
  [[nodiscard]] std::vector<double> paper_split(std::size_t variant) const {
    std::vector<double> values;
    for (std::size_t i = 0; i < kl[variant].size(); i += splits.size()) values.push_back(kl[variant][i]);
    return values;
  }
  /// Means over the seeds that came to an end: seeds of one choice of standards are no independent witnesses.
  [[nodiscard]] std::vector<double> by_split(std::size_t variant) const {
    std::vector<double> means;
    for (std::size_t split = 0; split < splits.size(); ++split) {
      std::vector<double> values;
      for (std::size_t i = split; i < kl[variant].size(); i += splits.size())
        values.push_back(kl[variant][i]);
      means.push_back(spread_of(values).mean);
    }
    return means;
  }
};

std::vector<double> to_double(std::span<const float> values) {
  return {values.begin(), values.end()};
}

struct Context {
  const ReproduceOptions& options;
  RunControl& control;
  const ProgressFn& progress;
  ExperimentReport& report;
  Json& json;
  bool own_preset = false;
};

Status table3(Context& context, const DatasetPtr& data, std::size_t seeds, double end) {
  SplitTable table;
  table.splits = all_splits();
  if (context.options.quick) table.splits.resize(kQuickSplits);
  const std::vector<Variant> all = variants(context.options);
  table.kl.resize(all.size());
  const double total = static_cast<double>((1 + seeds * (all.size() - 1)) * table.splits.size());
  double done = 0;
  for (std::size_t v = 0; v < all.size(); ++v) {
    std::set<std::string> failures;
    // PLS has no seed: nothing is drawn.
    const std::size_t runs = all[v].method == "pls" ? 1 : seeds;
    for (std::size_t seed = 0; seed < runs; ++seed) {
      for (const StandardSplit& split : table.splits) {
        const auto config = config_of(all[v], context.options, seed, context.own_preset);
        if (!config) return fail(config.error());
        const auto unfeatured = make_unfeatured(kUnfeatured, data->components(), seed);
        if (!unfeatured) return fail(unfeatured.error());
        const ProgressPart part{&context.progress, done / total * end, (done + 1) / total * end,
                                fmt::format("{}, seed {}, {}", all[v].name, seed, split.name())};
        const auto kl = judge_split(data, split, *config, *unfeatured, context.control, part);
        if (!kl && kl.error().cancelled()) return fail(kl.error());
        if (!kl) failures.insert(kl.error().message());
        table.kl[v].push_back(kl ? *kl : kUnknown);
        ++done;
      }
    }
    for (const std::string& failure : failures) {
      context.report.warnings.push_back(fmt::format("{}: {}", all[v].name, failure));
    }
  }

  ReportTable text{
      fmt::format("Table 3: KL divergence of compositions on three standards, learnt from the other three "
                  "({} of 20 choices, {} seed{})",
                  table.splits.size(), seeds, seeds == 1 ? "" : "s"),
      {"", "paper, its split", "its split", "all splits"},
      {}};
  Json methods = Json::object();
  for (std::size_t v = 0; v < all.size(); ++v) {
    text.rows.push_back({all[v].name, all[v].paper_kl ? fmt::format("{:.3f}", *all[v].paper_kl) : "–",
                         spread_text(table.paper_split(v)), spread_text(table.kl[v])});
    Json values = Json::array();
    for (const double kl : table.kl[v]) values.push_back(std::isfinite(kl) ? Json(kl) : Json(nullptr));
    methods[all[v].name] = std::move(values);
  }
  context.report.tables.push_back(std::move(text));
  ReportTable pairs{
      "Paired differences of KL over splits, means over seeds, with 95 % intervals (splits overlap: too "
      "narrow)",
      {"", "KL"},
      {}};
  const auto pair = [&](std::size_t a, std::size_t b) {
    pairs.rows.push_back({all[a].name + " − " + all[b].name,
                          interval_text(paired_interval(table.by_split(a), table.by_split(b)))});
  };
  pair(2, 1);
  pair(1, 0);
  pair(2, 0);
  context.report.tables.push_back(std::move(pairs));

  FigureTable figure({"method", "seed", "learnt_from", "kl"});
  for (std::size_t v = 0; v < all.size(); ++v) {
    for (std::size_t i = 0; i < table.kl[v].size(); ++i) {
      figure.row({all[v].name, std::to_string(i / table.splits.size()),
                  table.splits[i % table.splits.size()].name(), number_text(table.kl[v][i])});
    }
  }
  context.report.figures.push_back({"table3_splits.csv", figure.text()});
  context.json["kl_by_split"] = std::move(methods);

  const double untapped = spread_of(table.kl[2]).mean;
  const double m2 = spread_of(table.kl[1]).mean;
  const double pls = spread_of(table.kl[0]).mean;
  const auto beside = [](double a, double b) { return a < b ? "better than" : "no better than"; };
  context.report.findings.push_back(
      fmt::format("The paper's order is Untapped before M2 before PLS; here Untapped is {} M2 and {} PLS, "
                  "and M2 is {} PLS.",
                  beside(untapped, m2), beside(untapped, pls), beside(m2, pls)));
  return {};
}

/// Figure 7, with models of all six standards.
Status figure7(Context& context, const DatasetPtr& data, double begin, double end) {
  const std::vector<double> axis(data->wavelength().values().begin(), data->wavelength().values().end());
  const std::vector<double> truth = to_double(data->endmembers()->row(0));
  const Rows labelled = rows_of_groups(*data, {standards().begin(), standards().end()});
  Rows seen(data->rows());
  for (std::size_t i = 0; i < seen.size(); ++i) seen[i] = static_cast<std::uint32_t>(i);

  ReportTable table{"Figure 7: peaks of the spectrum at pure SiO2 against the lines of silicon",
                    {"", "peaks", "of silicon", "precision", "silicon's lines", "found", "recall"},
                    {}};
  const auto judge = [&](const std::string& name, const std::vector<double>& spectrum) {
    const LineMatch m = match_lines(axis, spectrum, truth, "Si", kPeakShare);
    const auto share = [](std::size_t a, std::size_t b) {
      return b == 0 ? std::string("–")
                    : fmt::format("{:.2f}", static_cast<double>(a) / static_cast<double>(b));
    };
    table.rows.push_back({name, std::to_string(m.peaks), std::to_string(m.matched), share(m.matched, m.peaks),
                          std::to_string(m.lines), std::to_string(m.found), share(m.found, m.lines)});
    context.json["silicon_peaks"][name] = {
        {"peaks", m.peaks}, {"matched", m.matched}, {"lines", m.lines}, {"found", m.found}};
    return m;
  };
  judge("truth: the simulation at pure SiO2", truth);

  std::vector<std::string> header = {"wavelength_nm", "truth"};
  std::vector<std::vector<double>> spectra = {truth};
  FigureTable peaks({"method", "wavelength_nm", "height"});
  const std::vector<Variant> all = variants(context.options);
  for (std::size_t v = 0; v < all.size(); ++v) {
    const auto config = config_of(all[v], context.options, 0, context.own_preset);
    if (!config) return fail(config.error());
    const auto unfeatured = make_unfeatured(kUnfeatured, data->components(), 0);
    if (!unfeatured) return fail(unfeatured.error());
    const double n = static_cast<double>(all.size());
    const ProgressPart part{&context.progress, begin + (end - begin) * static_cast<double>(v) / n,
                            begin + (end - begin) * static_cast<double>(v + 1) / n,
                            fmt::format("{}, all standards", all[v].name)};
    const auto model = train_model(data, {labelled, seen, *unfeatured}, *config, context.control, part);
    if (!model && model.error().cancelled()) return fail(model.error());
    if (!model) continue;  // table 3 has said why
    if (all[v].method == "untapped") {
      context.report.data = data;
      context.report.models = {{"untapped", *model}};
    }
    header.push_back(all[v].name);
    spectra.push_back(to_double((*model)->endmembers().mean.row(0)));
    for (const SpectralPeak& peak : judge(all[v].name, spectra.back()).where) {
      peaks.row({all[v].name, number_text(peak.nm), number_text(peak.height)});
    }
  }
  FigureTable figure(header);
  for (std::size_t c = 0; c < axis.size(); ++c) {
    std::vector<std::string> cells = {number_text(axis[c])};
    for (const auto& spectrum : spectra) cells.push_back(number_text(spectrum[c]));
    figure.row(cells);
  }
  FigureTable lines({"species", "wavelength_vacuum_nm"});
  for (const AtomicLine& line : atomic_lines()) {
    if (line.element == "Si") lines.row({line.species(), number_text(line.vacuum_nm)});
  }
  context.report.figures.push_back({"figure7_sio2.csv", figure.text()});
  context.report.figures.push_back({"figure7_peaks.csv", peaks.text()});
  context.report.figures.push_back({"figure7_silicon_lines.csv", lines.text()});
  context.report.tables.push_back(std::move(table));
  return {};
}

/// Measured spectra by models that learnt from the simulation, all of its truth.
Status real_spectra(Context& context, const Dataset& simulation, double begin, double end) {
  if (context.options.data.empty()) {
    context.report.findings.push_back(
        "No measured spectra were judged: --data names the folder that has them.");
    return {};
  }
  const auto measured = measured_libs(context.options.data, context.control);
  if (!measured) return fail(measured.error());
  if (measured->empty()) {
    context.report.warnings.push_back(
        fmt::format("{}: none of bhvo2_chemcam.h5, libs_jsc_basalts.h5 and "
                    "chemcam_ccs_sol13.h5 is there.",
                    context.options.data.string()));
    return {};
  }
  std::vector<std::string> groups = standards();
  groups.emplace_back("rocks");
  const auto data = libs_data(simulation, groups, true);
  if (!data) return fail(data.error());
  Rows every((*data)->rows());
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = static_cast<std::uint32_t>(i);

  std::vector<std::string> header = {"mass %"};
  for (const std::string& name : chemcam_components()) header.push_back(name);
  header.emplace_back("KL");
  ReportTable table{
      "Measured spectra, predicted by models that learnt from the simulation alone", header, {}};
  const auto line = [&](const std::string& name, std::span<const double> y, double kl) {
    std::vector<std::string> cells = {name};
    for (const double v : y) cells.push_back(fmt::format("{:.1f}", 100 * v));
    cells.push_back(std::isfinite(kl) ? fmt::format("{:.3f}", kl) : "");
    table.rows.push_back(std::move(cells));
  };
  struct Fitted {
    std::string name;
    std::shared_ptr<const Model> model;
  };
  std::vector<Fitted> fitted;
  std::vector<Variant> all = {{"PLS", "pls", {}}, {"Untapped", "untapped", {}}};
  if (!context.options.quick) all.push_back({"guided", "guided", {}});
  for (std::size_t v = 0; v < all.size(); ++v) {
    const auto config = config_of(all[v], context.options, 0, context.own_preset);
    if (!config) return fail(config.error());
    const auto unfeatured = make_unfeatured(kUnfeatured, (*data)->components(), 0);
    if (!unfeatured) return fail(unfeatured.error());
    const double n = static_cast<double>(all.size());
    const ProgressPart part{&context.progress, begin + (end - begin) * static_cast<double>(v) / n,
                            begin + (end - begin) * static_cast<double>(v + 1) / n,
                            fmt::format("{}, the whole simulation", all[v].name)};
    auto model = train_model(*data, {every, every, *unfeatured}, *config, context.control, part);
    if (!model && model.error().cancelled()) return fail(model.error());
    if (!model) {
      context.report.warnings.push_back(fmt::format("{}: {}", all[v].name, model.error().message()));
      continue;
    }
    fitted.push_back({all[v].name, *std::move(model)});
  }
  std::map<std::string, std::vector<double>> errors;
  for (const MeasuredLibs& sample : *measured) {
    if (sample.composition) line(sample.name + ", known", *sample.composition, kUnknown);
    for (const Fitted& f : fitted) {
      const auto prediction = f.model->predict(sample.spectra, nullptr);
      if (!prediction) return fail(prediction.error());
      std::vector<double> mean(chemcam_components().size(), 0.0);
      for (std::size_t i = 0; i < sample.spectra.rows(); ++i) {
        for (std::size_t k = 0; k < mean.size(); ++k) {
          mean[k] += prediction->composition(i, k) / static_cast<double>(sample.spectra.rows());
        }
      }
      const double kl = sample.composition ? kl_divergence(*sample.composition, mean) : kUnknown;
      if (sample.composition) errors[f.name].push_back(kl);
      line(fmt::format("{}, {}", sample.name, f.name), mean, kl);
      context.json["measured"][sample.name][f.name] = mean;
    }
    if (sample.composition) context.json["measured"][sample.name]["known"] = *sample.composition;
  }
  context.report.tables.push_back(std::move(table));
  std::string sentence = "On measured spectra of known composition the mean KL is";
  for (const auto& [name, values] : errors) {
    sentence += fmt::format(" {} for {},", spread_text(values), name);
  }
  sentence.back() = ':';
  context.report.findings.push_back(
      sentence +
      " the simulation lacks what a real plasma has (zones of other temperature, minor elements, the "
      "instrument's response), and its models inherit that.");
  return {};
}

}  // namespace

Result<ExperimentReport> reproduce_libs(const ReproduceOptions& options, RunControl& control,
                                        const ProgressFn& progress) {
  const std::size_t seeds = options.quick ? std::min(options.seeds, kQuickSeeds) : options.seeds;
  if (seeds == 0) {
    return fail({Error::Kind::Usage, "no run asked for", "seeds", "at least 1", "0", "Ask for some seeds."});
  }
  const auto simulation = simulate_chemcam({}, control);
  if (!simulation) return fail(simulation.error());
  std::vector<std::string> groups = standards();
  groups.emplace_back("rocks");
  const auto data = libs_data(**simulation, groups, false);
  if (!data) return fail(data.error());

  ExperimentReport report;
  report.name = "libs";
  Json json = {{"experiment", "libs"}, {"seeds", seeds}};
  Context context{options, control, progress, report, json};
  if (const Status done = table3(context, *data, seeds, 0.8); !done) return fail(done.error());
  if (const Status done = figure7(context, *data, 0.8, 0.9); !done) return fail(done.error());
  if (const Status done = real_spectra(context, **simulation, 0.9, 1.0); !done) return fail(done.error());

  bool own = false;
  const auto config = config_of(variants(options)[2], options, 0, own);
  if (!config) return fail(config.error());
  report.about = {
      "The data are simulated: a plasma in local thermodynamic equilibrium seen by an instrument like "
      "ChemCam, with the "
      "calibration targets' nominal compositions, not the rover's spectra; only comparisons between methods "
      "carry over.",
      fmt::format("130 spectra of six standards, 500 of unlabelled rocks; prepared by the recipe libs-norm3: "
                  "each spectrometer divided by its sum, 5485 of "
                  "6144 channels; ten components, the paper's nine oxides and all else; {} epochs{}.",
                  config->epochs,
                  config->epochs < kPaperEpochs ? fmt::format(" where the paper has {}", kPaperEpochs) : "")};
  if (options.quick) {
    report.about.emplace_back(fmt::format(
        "--quick leaves out guided, whose start takes minutes with so many channels, and {} of the 20 "
        "choices of standards.",
        20 - kQuickSplits));
  }
  if (!own) {
    report.about.emplace_back(
        "Sizes and weights are those of the paper's appendix; the likelihood is the plain Gaussian instead "
        "of the paper's "
        "Gaussian through softplus.");
  }
  json["epochs"] = config->epochs;
  report.json = json.dump();
  return report;
}

}  // namespace assayer
