// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "core/metrics/evaluation.h"
#include "core/train/baseline_run.h"
#include "core/train/methods.h"
#include "core/validation/inner_choice.h"
#include "core/validation/measures.h"
#include "core/validation/split_data.h"

namespace assayer {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kNever = 1e6;  // seconds: nobody looks

/// Hears how far a fit is; scores come from the finished model.
class Listener : public Observer {
 public:
  explicit Listener(std::function<void(std::int64_t epoch)> heard) : heard_(std::move(heard)) {}
  void on_epoch(const ObjectiveRecord& record) override { heard_(record.epoch); }
  void on_snapshot(std::shared_ptr<const Snapshot> /*snapshot*/) override {}
  void on_checkpoint(const ModelState& /*state*/) override {}

 private:
  std::function<void(std::int64_t epoch)> heard_;
};

std::unexpected<Error> no_setting(const std::string& text, std::string expected) {
  return fail({.kind = Error::Kind::Usage,
               .what = "is not a setting",
               .where = text,
               .expected = std::move(expected),
               .found = {},
               .mend = {}});
}

/// Another method in place of the one named would give its numbers under the wrong name.
Status not_the_method(const std::string& key, const std::string& setting) {
  if (key != "method") return {};
  return fail({.kind = Error::Kind::Usage,
               .what = "the method is no setting here",
               .where = setting,
               .expected = "another key",
               .found = {},
               .mend = "Name methods with --methods (tune: --method)."});
}

Result<TrainConfig> config_of(const std::string& method, const ValidationSettings& settings) {
  const std::string preset = is_baseline(method) || settings.preset == "auto" ? "crism" : settings.preset;
  auto config = TrainConfig::from_preset(method == "guided" ? "guided" : preset);
  if (!config) return config;
  if (auto set = config->set("method", method); !set) return fail(set.error());
  config->seed = settings.seed;
  config->snapshot_seconds = kNever;
  config->checkpoint_seconds = kNever;
  for (const std::string& setting : settings.set) {
    const std::size_t equals = setting.find('=');
    std::string key = setting.substr(0, equals);
    if (equals == std::string::npos || key.empty())
      return no_setting(setting, "KEY=VALUE or METHOD.KEY=VALUE");
    if (const std::size_t dot = key.find('.'); dot != std::string::npos) {
      const std::string whose = key.substr(0, dot);
      if (std::ranges::find(settings.methods, whose) == settings.methods.end()) {
        return fail({.kind = Error::Kind::Usage,
                     .what = "the setting is for a method that is not validated",
                     .where = setting,
                     .expected = "one of the methods given",
                     .found = whose,
                     .mend = {}});
      }
      if (whose != method) continue;
      key.erase(0, dot + 1);
    }
    if (auto named = not_the_method(key, setting); !named) return fail(named.error());
    if (auto set = config->set(key, setting.substr(equals + 1)); !set) return fail(set.error());
  }
  return config;
}

/// Every variant with every value of one KEY=VALUE,VALUE,….
Result<std::vector<Variant>> spread_over(const std::vector<Variant>& variants, const std::string& over) {
  const std::size_t equals = over.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == over.size())
    return no_setting(over, "KEY=VALUE,VALUE,…");
  const std::string key = over.substr(0, equals);
  if (auto named = not_the_method(key, over); !named) return fail(named.error());
  std::vector<Variant> result;
  for (const Variant& variant : variants) {
    for (std::size_t begin = equals + 1; begin <= over.size();) {
      const std::size_t end = std::min(over.find(',', begin), over.size());
      const std::string value = over.substr(begin, end - begin);
      Variant changed = variant;
      if (auto set = changed.config.set(key, value); !set) return fail(set.error());
      changed.name +=
          fmt::format("{}{}={}", variant.name.find('=') != std::string::npos ? ", " : " ", key, value);
      result.push_back(std::move(changed));
      begin = end + 1;
    }
  }
  return result;
}

SplitScores score(const Dataset& data, const Prediction& test, const EndmemberEstimate& endmembers,
                  const Split& split) {
  const std::size_t k = data.components();
  SplitScores scores;
  scores.rmse_per.assign(k, 0.0);
  std::vector<double> centre(k, 0.0);
  for (const std::uint32_t row : split.train)
    for (std::size_t part = 0; part < k; ++part)
      centre[part] += data.abundances()->row(row)[part] / static_cast<double>(split.train.size());
  std::vector<double> deviation(k, 0.0);
  std::size_t covered = 0;
  std::size_t stated = 0;
  const auto n = static_cast<double>(split.test.size());
  for (std::size_t i = 0; i < split.test.size(); ++i) {
    const auto truth = data.abundances()->row(split.test[i]);
    scores.kl += kl_divergence(truth, test.composition.row(i)) / n;
    for (std::size_t part = 0; part < k; ++part) {
      const double error = test.composition(i, part) - truth[part];
      scores.rmse_per[part] += error * error / n;
      deviation[part] += (truth[part] - centre[part]) * (truth[part] - centre[part]) / n;
      const double sd = test.composition_sd.empty() ? kUnknown : test.composition_sd(i, part);
      if (std::isfinite(sd)) {
        ++stated;
        if (std::abs(error) <= 1.959964 * sd) ++covered;
      }
    }
  }
  double sum = 0;
  for (std::size_t part = 0; part < k; ++part) {
    sum += scores.rmse_per[part];
    scores.r2.push_back(deviation[part] > 1e-12 ? 1 - scores.rmse_per[part] / deviation[part] : kUnknown);
    scores.rmse_per[part] = std::sqrt(scores.rmse_per[part]);
  }
  scores.rmse = std::sqrt(sum / static_cast<double>(k));
  scores.covered = stated > 0 ? static_cast<double>(covered) / static_cast<double>(stated) : kUnknown;

  // Endmembers, with the references of the training rows' groups; the prediction of all rows is not needed.
  Prediction nothing;
  nothing.composition = Matrix<double>(data.rows(), k, kUnknown);
  if (const auto judged = evaluate(data, nothing, endmembers, split.train, split.train, 1);
      judged && judged->endmembers) {
    scores.l2 = judged->endmembers->mean_l2;
    scores.sad = judged->endmembers->mean_sad;
  }
  if (data.groups() && !test.z.empty()) {
    std::vector<std::int32_t> group;
    Rows all;
    for (std::size_t i = 0; i < split.test.size(); ++i) {
      group.push_back(data.groups()->of_row[split.test[i]]);
      all.push_back(static_cast<std::uint32_t>(i));
    }
    if (std::set<std::int32_t>(group.begin(), group.end()).size() > 1)
      scores.z_accuracy = nuisance_by_group(test.z, group, data.groups()->names.size(), all).accuracy;
  }
  return scores;
}

/// `labelled` are those of the split's training rows whose labels are used.
Result<SplitScores> run_split(const DatasetPtr& data, const Split& split, const Rows& labelled,
                              const Matrix<double>& unfeatured, const TrainConfig& config,
                              RunControl& control, const std::function<void(double share)>& progress) {
  const auto began = std::chrono::steady_clock::now();
  const TrainPlan plan{labelled, split.train, unfeatured};
  if (auto clean = check_no_leak(plan, split.test); !clean) return fail(clean.error());
  auto trainer = make_trainer(data, plan, config, nullptr, &control);
  if (!trainer) return fail(trainer.error());
  // A baseline is fitted at once.
  const bool steps = !is_baseline(config.method) && config.epochs > 1;
  Listener listener([&](std::int64_t epoch) {
    if (steps) progress(static_cast<double>(epoch) / static_cast<double>(config.epochs));
  });
  const auto report = (*trainer)->run(control, listener);
  if (!report) return fail(report.error());
  if (report->stopped_by == StopReason::Stopped || control.stop_requested()) return fail(Error::cancel());
  if (report->stopped_by == StopReason::Numeric)
    return fail({Error::Kind::Numeric, report->message, config.method, "", "", ""});
  const auto model = (*trainer)->model();
  Matrix<float> spectra(split.test.size(), data->channels());
  for (std::size_t i = 0; i < split.test.size(); ++i)
    std::ranges::copy(data->spectra().row(split.test[i]), spectra.row(i).begin());
  auto prediction = model->predict(spectra, nullptr);
  if (!prediction) return fail(prediction.error());
  SplitScores scores = score(*data, *prediction, model->endmembers(), split);
  scores.predicted = std::move(prediction->composition);
  scores.predicted_sd = std::move(prediction->composition_sd);
  scores.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return scores;
}

/// A method's settings in every combination that is to be chosen from; empty: nothing is.
Result<std::vector<Variant>> candidates_of(const Variant& variant, const std::vector<std::string>& choose) {
  if (choose.empty()) return std::vector<Variant>{};
  std::vector<Variant> candidates = {{"", variant.config}};
  for (const std::string& over : choose) {
    auto more = spread_over(candidates, over);
    if (!more) return more;
    candidates = *std::move(more);
  }
  for (Variant& candidate : candidates) {
    candidate.name.erase(0, candidate.name.find_first_not_of(' '));
    if (auto valid = candidate.config.validate(); !valid) return fail(valid.error().in(candidate.name));
  }
  return candidates;
}

/// Another seed per split: the draws of one should not decide all.
TrainConfig settings_in_split(const Variant& variant, std::size_t split, const Pipeline& preprocessing) {
  TrainConfig config = variant.config;
  config.seed += split;
  adapt_link(config, preprocessing);
  return config;
}

/// Which candidate is best on splits of the training rows of split `number`.
Result<std::size_t> choose_in_split(const DatasetPtr& data, const ValidationSettings& settings,
                                    const Split& split, std::size_t number,
                                    const std::vector<Variant>& candidates, const Matrix<double>& unfeatured,
                                    RunControl& control) {
  const std::string by = settings.inner.empty() ? inner_by(settings.by) : settings.inner;
  const auto inner = make_splits(*data, split.train, by, 1, settings.seed + number);
  if (!inner) return fail(inner.error());
  const auto judge = [&](const SplitData& seen, std::size_t candidate) -> Result<double> {
    const TrainConfig config = settings_in_split(candidates[candidate], number, settings.preprocessing);
    const auto scores =
        run_split(seen.data.seen, seen.split, seen.split.train, unfeatured, config, control, [](double) {});
    if (!scores) return fail(scores.error());
    return scores->kl;
  };
  const auto choice =
      choose_inside(data, settings.preprocessing, split, *inner, candidates.size(), judge, control);
  if (!choice) return fail(choice.error());
  return choice->best;
}

Status check_choice(const ValidationSettings& settings) {
  const bool clash = !settings.over.empty() || settings.learning_curve > 0;
  if (settings.choose.empty() ? settings.inner.empty() : !clash) return {};
  return fail(
      {.kind = Error::Kind::Usage,
       .what = "choosing inside splits makes no sense here",
       .where = settings.choose.empty() ? "inner" : "choose",
       .expected = settings.choose.empty() ? "settings to choose" : "neither `over` nor a learning curve",
       .found = {},
       .mend = {}});
}

/// Mean KL over the splits that `leave_out` is not one of; infinite where one of them failed.
double mean_kl(const MethodScores& scores, std::size_t leave_out) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t s = 0; s < scores.splits.size(); ++s) {
    if (s == leave_out) continue;
    if (!scores.splits[s]) return std::numeric_limits<double>::infinity();
    sum += scores.splits[s]->kl;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::infinity();
}

std::size_t least(const std::vector<MethodScores>& methods, std::size_t leave_out) {
  const auto found = std::ranges::min_element(
      methods, {}, [&](const MethodScores& scores) { return mean_kl(scores, leave_out); });
  return static_cast<std::size_t>(found - methods.begin());
}

/// Of the test rows of all splits together.
Calibration calibration_of(const Dataset& data, const MethodScores& scores,
                           const std::vector<Split>& splits) {
  std::size_t rows = 0;
  for (std::size_t s = 0; s < splits.size(); ++s)
    if (scores.splits[s] && !scores.splits[s]->predicted_sd.empty()) rows += splits[s].test.size();
  const std::size_t k = data.components();
  Matrix<double> truth(rows, k);
  Matrix<double> estimate(rows, k);
  Matrix<double> sd(rows, k);
  std::size_t at = 0;
  for (std::size_t s = 0; s < splits.size(); ++s) {
    if (!scores.splits[s] || scores.splits[s]->predicted_sd.empty()) continue;
    for (std::size_t i = 0; i < splits[s].test.size(); ++i, ++at) {
      std::ranges::copy(data.abundances()->row(splits[s].test[i]), truth.row(at).begin());
      std::ranges::copy(scores.splits[s]->predicted.row(i), estimate.row(at).begin());
      std::ranges::copy(scores.splits[s]->predicted_sd.row(i), sd.row(at).begin());
    }
  }
  return calibrate(truth, estimate, sd);
}

/// Replicates on both sides make every method look better than it is.
std::size_t shared_compositions(const Dataset& data, const std::vector<Split>& splits) {
  std::size_t most = 0;
  for (const Split& split : splits) {
    std::set<std::vector<double>> trained;
    for (const std::uint32_t row : split.train) {
      const auto y = data.abundances()->row(row);
      trained.emplace(y.begin(), y.end());
    }
    std::size_t shared = 0;
    for (const std::uint32_t row : split.test) {
      const auto y = data.abundances()->row(row);
      if (trained.contains(std::vector<double>(y.begin(), y.end()))) ++shared;
    }
    most = std::max(most, shared);
  }
  return most;
}

}  // namespace

Result<std::vector<Variant>> make_variants(const ValidationSettings& settings) {
  constexpr std::size_t kMost = 1000;
  std::vector<Variant> variants;
  for (const std::string& method : settings.methods) {
    auto config = config_of(method, settings);
    if (!config) return fail(config.error());
    variants.push_back({method, *std::move(config)});
  }
  for (const std::string& over : settings.over) {
    auto more = spread_over(variants, over);
    if (!more) return fail(more.error());
    variants = *std::move(more);
    if (variants.size() > kMost) {
      return fail({.kind = Error::Kind::Usage,
                   .what = "there are too many combinations of settings",
                   .where = "over",
                   .expected = fmt::format("at most {}", kMost),
                   .found = fmt::format("{} or more", variants.size()),
                   .mend = "Search in two rounds, a coarse one and a fine one."});
    }
  }
  std::set<std::string> names;
  for (const Variant& variant : variants) {
    // Results are told apart by name.
    if (names.insert(variant.name).second) continue;
    return fail({.kind = Error::Kind::Usage,
                 .what = "is asked for twice",
                 .where = variant.name,
                 .expected = "every method and every setting once",
                 .found = {},
                 .mend = {}});
  }
  for (const Variant& variant : variants)
    if (auto valid = variant.config.validate(); !valid) return fail(valid.error().in(variant.name));
  return variants;
}

Result<Validation> validate(const DatasetPtr& data, const ValidationSettings& settings, RunControl& control,
                            const ProgressFn& progress) {
  if (!data->abundances()) {
    return fail({.kind = Error::Kind::Data,
                 .what = "the data have no compositions to judge by",
                 .where = "/abundance",
                 .expected = "spectra of known composition",
                 .found = "none",
                 .mend = {}});
  }
  if (settings.methods.empty()) {
    return fail({.kind = Error::Kind::Usage,
                 .what = "there is no method to validate",
                 .where = "methods",
                 .expected = "one or more",
                 .found = "none",
                 .mend = {}});
  }
  ValidationSettings resolved = settings;
  if (resolved.preset == "auto") {
    const std::string suggested = suggest_preset(*data).name;
    resolved.preset = suggested == "guided" ? "crism" : suggested;
  }
  const auto variants = make_variants(resolved);
  if (!variants) return fail(variants.error());
  if (auto sensible = check_choice(settings); !sensible) return fail(sensible.error());
  std::vector<std::vector<Variant>> candidates;  // of each variant
  for (const Variant& variant : *variants) {
    auto made = candidates_of(variant, settings.choose);
    if (!made) return fail(made.error());
    candidates.push_back(*std::move(made));
  }
  if (settings.learning_curve == 1 || (settings.learning_curve > 0 && !settings.over.empty())) {
    return fail({.kind = Error::Kind::Usage,
                 .what = "the learning curve makes no sense",
                 .where = "learning-curve",
                 .expected = "2 steps or more, and methods without settings to choose among",
                 .found = fmt::format("{}", settings.learning_curve),
                 .mend = {}});
  }
  auto rows = select_rows(*data, settings.rows);
  if (!rows) return fail(rows.error());
  const std::set<std::uint32_t> excluded(settings.excluded.begin(), settings.excluded.end());
  std::erase_if(*rows, [&](std::uint32_t row) {
    // Steps may fill gaps; rows that stay broken leave their splits below.
    const bool broken = settings.preprocessing.empty() && !data->row_is_finite(row);
    return !data->labelled(row) || broken || excluded.contains(row);
  });
  auto splits = make_splits(*data, *rows, settings.by, settings.repeats, settings.seed);
  if (!splits) return fail(splits.error());
  Matrix<double> unfeatured;
  if (settings.unfeatured_points) {
    unfeatured = *settings.unfeatured_points;
  } else {
    const std::string spec =
        settings.unfeatured.empty() ? suggest_plan(*data).unfeatured : settings.unfeatured;
    auto made = make_unfeatured(spec, data->components(), settings.seed);
    if (!made) return fail(made.error());
    unfeatured = *std::move(made);
  }

  Validation result;
  result.by = settings.by;
  result.rows = rows->size();
  result.components = data->component_names();
  result.data = data;
  for (const Variant& variant : *variants)
    result.methods.push_back({variant.name, std::vector<std::optional<SplitScores>>(splits->size())});
  if (settings.by.starts_with("kfold") || settings.by.starts_with("stratified")) {
    if (const std::size_t shared = shared_compositions(*data, *splits); shared > 0) {
      result.warnings.push_back(fmt::format(
          "in some fold {} test rows have the composition of a training row: replicates flatter every "
          "method; --by compositions:F keeps them together",
          shared));
    }
  }
  // Labelled rows per step; the last step is all of them.
  std::vector<std::size_t> steps = {0};
  if (settings.learning_curve > 0) {
    std::size_t least_rows = rows->size();
    for (const Split& split : *splits) least_rows = std::min(least_rows, split.train.size());
    steps = learning_steps(data->components(), least_rows, settings.learning_curve);
    result.learning.resize(steps.size());
  }
  for (LearningStep& step : result.learning) step.methods = result.methods;
  const auto fits = static_cast<double>(splits->size() * steps.size() * variants->size());
  double done = 0;
  for (const std::string& warning : settings.preprocessing.warnings()) result.warnings.push_back(warning);
  for (std::size_t s = 0; s < splits->size(); ++s) {
    if (control.stop_requested()) return fail(Error::cancel());
    const auto seen = preprocess_split(data, settings.preprocessing, (*splits)[s], &control);
    if (!seen) return fail(seen.error());
    (*splits)[s] = seen->split;
    const Split& split = (*splits)[s];
    const Rows order = stratified_order(*data, split.train, settings.seed + s);
    for (std::size_t step = 0; step < steps.size(); ++step) {
      const bool all = step + 1 == steps.size();
      Rows labelled(order.begin(),
                    order.begin() + static_cast<std::ptrdiff_t>(all ? order.size()
                                                                    : std::min(steps[step], order.size())));
      std::ranges::sort(labelled);
      if (!result.learning.empty())
        result.learning[step].rows +=
            static_cast<double>(labelled.size()) / static_cast<double>(splits->size());
      for (std::size_t m = 0; m < variants->size(); ++m, ++done) {
        if (control.stop_requested()) return fail(Error::cancel());
        const std::string what =
            fmt::format("split {} of {}, {}{}", s + 1, splits->size(), (*variants)[m].name,
                        all ? "" : fmt::format(", {} labels", labelled.size()));
        const auto report = [&](double share) {
          if (progress) progress((done + share) / fits, what);
        };
        report(0);
        TrainConfig config = settings_in_split((*variants)[m], s, settings.preprocessing);
        std::string chosen;
        const auto began = std::chrono::steady_clock::now();
        if (!candidates[m].empty()) {
          const auto choice =
              choose_in_split(data, resolved, (*splits)[s], s, candidates[m], unfeatured, control);
          if (!choice && choice.error().cancelled()) return fail(Error::cancel());
          if (!choice) {
            result.methods[m].failures.push_back(
                fmt::format("split {}: {}", s + 1, choice.error().message()));
            continue;
          }
          config = settings_in_split(candidates[m][*choice], s, settings.preprocessing);
          chosen = candidates[m][*choice].name;
        }
        const double choosing =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        auto scores = run_split(seen->data.seen, split, labelled, unfeatured, config, control, report);
        if (scores) {
          scores->chosen = std::move(chosen);
          scores->seconds += choosing;
        }
        MethodScores& into = all ? result.methods[m] : result.learning[step].methods[m];
        if (scores) {
          into.splits[s] = *std::move(scores);
          if (!all) into.splits[s]->predicted = into.splits[s]->predicted_sd = {};
        } else if (scores.error().cancelled()) {
          return fail(Error::cancel());
        } else {
          into.failures.push_back(fmt::format("split {}: {}", s + 1, scores.error().message()));
        }
      }
    }
  }
  for (MethodScores& scores : result.methods) scores.calibration = calibration_of(*data, scores, *splits);
  if (!result.learning.empty()) {
    result.learning.back().methods = result.methods;
    for (MethodScores& scores : result.learning.back().methods)
      for (auto& split : scores.splits)
        if (split) split->predicted = split->predicted_sd = {};
  }
  if (!settings.over.empty() && splits->size() > 1) {
    result.best = least(result.methods, splits->size());
    result.chosen = MethodScores{"best of the other splits", {}};
    for (std::size_t s = 0; s < splits->size(); ++s)
      result.chosen->splits.push_back(result.methods[least(result.methods, s)].splits[s]);
  }
  // All pairs of a few; of many settings only against the best.
  constexpr std::size_t kFew = 6;
  for (std::size_t a = 0; a < result.methods.size(); ++a) {
    for (std::size_t b = a + 1; b < result.methods.size(); ++b) {
      const bool wanted = result.methods.size() <= kFew || a == result.best || b == result.best;
      if (wanted)
        result.kl_differences.push_back(
            paired_difference(result.methods[a], result.methods[b], *splits, Measure::Kl));
    }
  }
  result.splits = *std::move(splits);
  return result;
}

}  // namespace assayer
