// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/metrics/evaluation.h"
#include "core/metrics/outlier_rows.h"
#include "core/reproduce/experiment.h"
#include "core/reproduce/runs.h"
#include "core/simulate/crism_lab.h"
#include "core/train/train_plan.h"

namespace assayer {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
// The paper, §4 and A.2.
constexpr const char* kInterior = "interior:0.7";
constexpr const char* kCorners = "corners:501:0.05";
constexpr std::int64_t kPaperEpochs = 5000;
constexpr std::int64_t kQuickEpochs = 300;

struct Variant {
  std::string name;
  std::string method;
  std::string objective = "paper";
  std::optional<double> paper_kl;
  std::optional<double> paper_l2;
};

std::vector<Variant> variants() {
  return {{"PLS", "pls", "paper", 0.036, std::nullopt},
          {"M2", "m2", "paper", 0.061, 0.358},
          {"Untapped", "untapped", "paper", 0.058, 0.311},
          {"M2, published code", "m2", "published-code", std::nullopt, std::nullopt},
          {"Untapped, published code", "untapped", "published-code", std::nullopt, std::nullopt},
          {"guided (ours)", "guided", "paper", std::nullopt, std::nullopt}};
}

/// The measures of one variant, one value per seed.
struct Measures {
  std::vector<double> kl_held_out;
  std::vector<double> kl_all;
  std::vector<double> l2;
  std::vector<double> sad;
  std::vector<double> z_training;
  std::vector<double> z_point;
  std::vector<double> auc;
  std::vector<double> seconds;
  std::vector<std::string> failures;

  void missing(std::string why) {
    for (auto* values : {&kl_held_out, &kl_all, &l2, &sad, &z_training, &z_point, &auc, &seconds}) {
      values->push_back(kUnknown);
    }
    failures.push_back(std::move(why));
  }
};

/// How well the geometry is told from z among the spectra of one sample, averaged over the samples: z's
/// levels drift from sample to sample by more than the geometries differ.
double accuracy_by_point(const Dataset& data, const Matrix<double>& z) {
  const MetadataColumn* column = data.find_metadata("grid_point");
  if (column == nullptr || z.empty() || !data.groups()) return kUnknown;
  const auto points = column->numbers();
  std::map<double, Rows> rows_of;
  for (std::size_t row = 0; row < data.rows(); ++row)
    rows_of[(*points)[row]].push_back(static_cast<std::uint32_t>(row));
  double sum = 0;
  for (const auto& [point, rows] : rows_of) {
    sum += nuisance_by_group(z, data.groups()->of_row, data.groups()->names.size(), rows).accuracy;
  }
  return sum / static_cast<double>(rows_of.size());
}

Result<TrainConfig> config_of(const Variant& variant, const ReproduceOptions& options, std::uint64_t seed) {
  auto config = TrainConfig::from_preset(variant.method == "guided" ? "guided" : "crism");
  if (!config) return config;
  config->method = variant.method;
  config->seed = seed;
  if (variant.method != "guided") {
    config->objective = variant.objective;
    if (variant.objective == "published-code") config->spread = "softplus";  // as in that code
    config->epochs = options.epochs > 0 ? options.epochs : options.quick ? kQuickEpochs : kPaperEpochs;
  }
  return config;
}

/// What figures 5 and 6 are drawn from: the first seed's models.
struct Drawn {
  std::map<std::string, EndmemberEstimate> endmembers;
  Matrix<double> z;  // of Untapped with the paper's objective
  TrainPlan plan;
  std::shared_ptr<const Model> model;
};

std::string figure4(const Dataset& data, const TrainPlan& plan) {
  std::vector<std::string> header = {"role"};
  for (const std::string& name : data.component_names()) header.push_back(name);
  FigureTable table(header);
  const auto add = [&](const char* role, std::span<const double> y) {
    std::vector<std::string> cells = {role};
    for (const double v : y) cells.push_back(number_text(v));
    table.row(cells);
  };
  std::set<std::vector<double>> seen;
  const Rows all = *select_rows(data, "all");
  const std::set<std::uint32_t> unlabelled(plan.unlabelled.begin(), plan.unlabelled.end());
  for (const std::uint32_t row : all) {
    const auto y = data.abundances()->row(row);
    if (!seen.emplace(y.begin(), y.end()).second) continue;
    add(unlabelled.contains(row) ? "spectra learnt from" : "spectra unseen", y);
  }
  for (std::size_t u = 0; u < plan.unfeatured.rows(); ++u) add("unfeatured", plan.unfeatured.row(u));
  return table.text();
}

std::string figure5(const Dataset& data, const Drawn& drawn) {
  std::vector<std::string> header = {"wavelength_um"};
  const auto reference = reference_endmembers(data, drawn.plan.labelled);
  for (const std::string& name : data.component_names()) header.push_back("truth " + name);
  for (const auto& [method, estimate] : drawn.endmembers) {
    for (const std::string& name : data.component_names())
      header.push_back(fmt::format("{} {}", method, name));
  }
  FigureTable table(header);
  for (std::size_t c = 0; c < data.channels(); ++c) {
    std::vector<std::string> cells = {number_text(data.wavelength().values()[c])};
    for (std::size_t k = 0; k < data.components(); ++k) {
      cells.push_back(number_text(reference ? (*reference)(k, c) : kUnknown));
    }
    for (const auto& [method, estimate] : drawn.endmembers) {
      for (std::size_t k = 0; k < data.components(); ++k) cells.push_back(number_text(estimate.mean(k, c)));
    }
    table.row(cells);
  }
  return table.text();
}

/// 6a, 6b and 6c: z, configuration, whether the spectrum is an outlier, three principal components.
std::string figure6(const Dataset& data, const Drawn& drawn, const Matrix<float>& scores) {
  FigureTable table(
      {"row", "configuration", "learnt_from", "z", "outlier_score", "outlier", "pc1", "pc2", "pc3"});
  const std::set<std::uint32_t> learnt(drawn.plan.unlabelled.begin(), drawn.plan.unlabelled.end());
  const auto score = outlier_scores(drawn.z, data.groups()->of_row, data.groups()->names.size());
  const MetadataColumn* outlier = data.find_metadata("outlier");
  for (std::size_t row = 0; row < data.rows(); ++row) {
    table.row({std::to_string(row),
               data.groups()->names[static_cast<std::size_t>(data.groups()->of_row[row])],
               learnt.contains(static_cast<std::uint32_t>(row)) ? "1" : "0", number_text(drawn.z(row, 0)),
               number_text(score[row]), outlier->text(row), number_text(scores(row, 0)),
               number_text(scores(row, 1)), number_text(scores(row, 2))});
  }
  return table.text();
}

/// 6d: the outliers' spectra and as many of their neighbours.
std::string figure6d(const Dataset& data) {
  const auto [outlying, ordinary, group] = outlier_rows(data);
  std::vector<std::string> header = {"wavelength_um"};
  for (const std::uint32_t row : outlying) header.push_back(fmt::format("outlier {}", row));
  for (const std::uint32_t row : ordinary) header.push_back(fmt::format("mixture {}", row));
  Rows rows = outlying;
  rows.insert(rows.end(), ordinary.begin(), ordinary.end());
  FigureTable table(header);
  for (std::size_t c = 0; c < data.channels(); ++c) {
    std::vector<std::string> cells = {number_text(data.wavelength().values()[c])};
    for (const std::uint32_t row : rows) cells.push_back(number_text(data.spectra()(row, c)));
    table.row(cells);
  }
  return table.text();
}

Json spread_json(const std::vector<double>& values) {
  const auto number = [](double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); };
  const Spread spread = spread_of(values);
  Json per_seed = Json::array();
  for (const double v : values) per_seed.push_back(number(v));
  return {{"mean", number(spread.mean)}, {"sd", number(spread.sd)}, {"per_seed", std::move(per_seed)}};
}

std::string optional_text(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "–";
}

void add_tables(ExperimentReport& report, const std::vector<Variant>& all,
                const std::vector<Measures>& measures) {
  ReportTable composition{
      "Table 2: KL divergence of compositions, and endmember error ‖x̂ − x‖₂",
      {"", "KL, paper", "KL, held out", "KL, all rows", "L2, paper", "L2", "angle, °", "s"},
      {}};
  ReportTable nuisance{"Figure 6: the nuisance z",
                       {"", "geometry told from z, rows learnt from", "within each sample", "outliers, AUC"},
                       {}};
  for (std::size_t v = 0; v < all.size(); ++v) {
    const Measures& m = measures[v];
    composition.rows.push_back({all[v].name, optional_text(all[v].paper_kl), spread_text(m.kl_held_out),
                                spread_text(m.kl_all), optional_text(all[v].paper_l2), spread_text(m.l2),
                                spread_text(m.sad, 2), spread_text(m.seconds, 0)});
    if (spread_of(m.z_training).count > 0) {
      nuisance.rows.push_back(
          {all[v].name, spread_text(m.z_training), spread_text(m.z_point), spread_text(m.auc)});
    }
  }
  ReportTable pairs{"Paired differences over seeds, with 95 % intervals", {"", "KL, held out", "L2"}, {}};
  const auto pair = [&](std::size_t a, std::size_t b) {
    pairs.rows.push_back({all[a].name + " − " + all[b].name,
                          interval_text(paired_interval(measures[a].kl_held_out, measures[b].kl_held_out)),
                          interval_text(paired_interval(measures[a].l2, measures[b].l2))});
  };
  pair(2, 1);
  pair(4, 3);
  pair(2, 0);
  pair(5, 2);
  pair(5, 0);
  report.tables = {std::move(composition), std::move(pairs), std::move(nuisance)};
}

void add_findings(ExperimentReport& report, const std::vector<Measures>& measures) {
  const auto claim = [&](const char* objective, const PairedInterval& d, double m2) {
    const double share = -100 * d.mean / m2;
    std::string verdict = "which these seeds do not tell from nothing";
    if (d.high < 0) verdict = "a gain that the 95 % interval confirms";
    if (d.low > 0) verdict = "a loss: the claim is not met";
    report.findings.push_back(fmt::format(
        "The paper's claim is that unfeatured compositions lower the endmember error by 13 %; with {} "
        "they change it by {:+.0f} %, {}.",
        objective, -share, verdict));
  };
  claim("the paper's objective", paired_interval(measures[2].l2, measures[1].l2),
        spread_of(measures[1].l2).mean);
  claim("the published code's objective", paired_interval(measures[4].l2, measures[3].l2),
        spread_of(measures[3].l2).mean);
  const PairedInterval pls = paired_interval(measures[0].kl_held_out, measures[2].kl_held_out);
  report.findings.push_back(
      pls.mean < 0 ? "PLS predicts compositions better than Untapped, as in the paper."
                   : "PLS predicts compositions worse than Untapped; in the paper it is better.");
}

}  // namespace

Result<ExperimentReport> reproduce_crism(const ReproduceOptions& options, RunControl& control,
                                         const ProgressFn& progress) {
  const std::size_t seeds = options.quick ? std::min<std::size_t>(options.seeds, 3) : options.seeds;
  if (seeds == 0) {
    return fail({Error::Kind::Usage, "no run asked for", "seeds", "at least 1", "0", "Ask for some seeds."});
  }
  const auto data = simulate_crism_lab({}, control);
  if (!data) return fail(data.error());
  const Dataset& lab = **data;

  const std::vector<Variant> all = variants();
  std::vector<Measures> measures(all.size());
  Drawn drawn;
  const double steps = static_cast<double>(seeds * all.size());
  double done = 0;
  std::int64_t epochs = 0;
  for (std::size_t seed = 0; seed < seeds; ++seed) {
    for (std::size_t v = 0; v < all.size(); ++v, ++done) {
      const auto config = config_of(all[v], options, seed);
      if (!config) return fail(config.error());
      if (all[v].method == "untapped") epochs = config->epochs;
      const auto planned = make_plan(lab, kInterior, kInterior, kCorners, *config);
      if (!planned) return fail(planned.error());
      const ProgressPart part{&progress, done / steps, (done + 1) / steps,
                              fmt::format("{}, seed {}", all[v].name, seed)};
      const auto began = std::chrono::steady_clock::now();
      const auto model = train_model(*data, planned->plan, *config, control, part);
      if (!model) {
        if (model.error().cancelled()) return fail(model.error());
        measures[v].missing(model.error().message());
        continue;
      }
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      const auto prediction = (*model)->predict(lab.spectra(), &lab.abundances()->values());
      if (!prediction) return fail(prediction.error());
      const EndmemberEstimate endmembers = (*model)->endmembers();
      const auto judged =
          evaluate(lab, *prediction, endmembers, planned->plan.labelled, planned->plan.unlabelled, 1);
      if (!judged) return fail(judged.error());
      Measures& m = measures[v];
      m.kl_held_out.push_back(judged->kl->held_out.value_or(kUnknown));
      m.kl_all.push_back(judged->kl->mean);
      m.l2.push_back(judged->endmembers ? judged->endmembers->mean_l2 : kUnknown);
      m.sad.push_back(judged->endmembers ? judged->endmembers->mean_sad : kUnknown);
      m.z_training.push_back(judged->z_training ? judged->z_training->accuracy : kUnknown);
      m.z_point.push_back(accuracy_by_point(lab, prediction->z));
      m.auc.push_back(prediction->z.empty() ? kUnknown : judged->outlier_auc.value_or(kUnknown));
      m.seconds.push_back(seconds);
      if (seed == 0 && all[v].objective == "paper") {
        drawn.endmembers[all[v].name] = endmembers;
        if (all[v].method == "untapped") {
          drawn.z = prediction->z;
          drawn.plan = planned->plan;
          drawn.model = *model;
        }
      }
    }
  }

  ExperimentReport report;
  report.name = "crism";
  report.about = {
      fmt::format(
          "The data are simulated, {} spectra of {} channels: Hapke mixtures of olivine, diopside and "
          "bytownite "
          "in three geometries, not the paper's measured ones, so that levels differ and only comparisons "
          "between methods carry over.",
          lab.rows(), lab.channels()),
      fmt::format("{} seed{} of each method on the same spectra; 500 labelled rows and unlabelled ones from "
                  "the interior "
                  "of the simplex, 501 unfeatured compositions near its corners; {} epochs{}.",
                  seeds, seeds == 1 ? "" : "s", epochs,
                  epochs < kPaperEpochs ? fmt::format(" where the paper has {}", kPaperEpochs) : "")};
  add_tables(report, all, measures);
  add_findings(report, measures);
  for (std::size_t v = 0; v < all.size(); ++v) {
    for (const std::string& why : measures[v].failures) {
      report.warnings.push_back(fmt::format("{}: {}", all[v].name, why));
    }
  }

  if (!drawn.z.empty()) {
    const auto engine = Engine::load();
    if (!engine) return fail(engine.error());
    const auto pca = (*engine)->fit_pca(lab, 3);
    if (!pca) return fail(pca.error());
    report.figures = {{"figure4_roles.csv", figure4(lab, drawn.plan)},
                      {"figure5_endmembers.csv", figure5(lab, drawn)},
                      {"figure6_nuisance.csv", figure6(lab, drawn, pca->scores)},
                      {"figure6d_spectra.csv", figure6d(lab)}};
  }

  report.data = *data;
  if (drawn.model) report.models = {{"untapped", drawn.model}};

  Json methods = Json::object();
  for (std::size_t v = 0; v < all.size(); ++v) {
    const Measures& m = measures[v];
    methods[all[v].name] = {{"kl_held_out", spread_json(m.kl_held_out)},
                            {"kl_all", spread_json(m.kl_all)},
                            {"l2", spread_json(m.l2)},
                            {"sad", spread_json(m.sad)},
                            {"z_training", spread_json(m.z_training)},
                            {"z_within_sample", spread_json(m.z_point)},
                            {"outlier_auc", spread_json(m.auc)},
                            {"seconds", spread_json(m.seconds)},
                            {"failures", m.failures}};
  }
  report.json =
      Json{{"experiment", "crism"}, {"seeds", seeds}, {"epochs", epochs}, {"methods", std::move(methods)}}
          .dump();
  return report;
}

}  // namespace assayer
