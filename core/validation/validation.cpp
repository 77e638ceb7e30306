// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>

#include "core/metrics/evaluation.h"
#include "core/train/baseline_run.h"
#include "core/train/methods.h"

namespace assayer {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kNever = 1e6;  // seconds: nobody looks

/// Hears nothing: scores come from the finished model.
class Silent : public Observer {
 public:
  void on_epoch(const ObjectiveRecord& /*record*/) override {}
  void on_snapshot(std::shared_ptr<const Snapshot> /*snapshot*/) override {}
  void on_checkpoint(const ModelState& /*state*/) override {}
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
  auto config = TrainConfig::from_preset(method == "guided" ? "guided" : "crism");
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

Result<SplitScores> run_split(const DatasetPtr& data, const Split& split, const Matrix<double>& unfeatured,
                              const TrainConfig& config, RunControl& control) {
  const auto began = std::chrono::steady_clock::now();
  const TrainPlan plan{split.train, split.train, unfeatured};
  if (auto clean = check_no_leak(plan, split.test); !clean) return fail(clean.error());
  auto trainer = make_trainer(data, plan, config, nullptr, &control);
  if (!trainer) return fail(trainer.error());
  Silent silent;
  const auto report = (*trainer)->run(control, silent);
  if (!report) return fail(report.error());
  if (report->stopped_by == StopReason::Stopped || control.stop_requested()) return fail(Error::cancel());
  if (report->stopped_by == StopReason::Numeric)
    return fail({Error::Kind::Numeric, report->message, config.method, "", "", ""});
  const auto model = (*trainer)->model();
  Matrix<float> spectra(split.test.size(), data->channels());
  for (std::size_t i = 0; i < split.test.size(); ++i)
    std::ranges::copy(data->spectra().row(split.test[i]), spectra.row(i).begin());
  const auto prediction = model->predict(spectra, nullptr);
  if (!prediction) return fail(prediction.error());
  SplitScores scores = score(*data, *prediction, model->endmembers(), split);
  scores.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return scores;
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

PairedDifference paired(const MethodScores& a, const MethodScores& b, const std::vector<Split>& splits) {
  PairedDifference result{a.method, b.method, kUnknown, kUnknown, kUnknown};
  std::vector<double> differences;
  double share = 0;  // of test rows per training row
  for (std::size_t s = 0; s < splits.size(); ++s) {
    if (!a.splits[s] || !b.splits[s]) continue;
    differences.push_back(a.splits[s]->kl - b.splits[s]->kl);
    share += static_cast<double>(splits[s].test.size()) / static_cast<double>(splits[s].train.size());
  }
  if (differences.empty()) return result;
  const auto count = static_cast<double>(differences.size());
  share /= count;
  result.mean = 0;
  for (const double difference : differences) result.mean += difference / count;
  if (differences.size() < 2) return result;
  double variance = 0;
  for (const double difference : differences)
    variance += (difference - result.mean) * (difference - result.mean) / (count - 1);
  const double half = student_975(differences.size() - 1) * std::sqrt(variance * (1 / count + share));
  result.low = result.mean - half;
  result.high = result.mean + half;
  return result;
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
  const auto variants = make_variants(settings);
  if (!variants) return fail(variants.error());
  auto rows = select_rows(*data, settings.rows);
  if (!rows) return fail(rows.error());
  std::erase_if(*rows, [&](std::uint32_t row) { return !data->labelled(row) || !data->row_is_finite(row); });
  auto splits = make_splits(*data, *rows, settings.by, settings.repeats, settings.seed);
  if (!splits) return fail(splits.error());
  const std::string spec = settings.unfeatured.empty() ? suggest_plan(*data).unfeatured : settings.unfeatured;
  const auto unfeatured = make_unfeatured(spec, data->components(), settings.seed);
  if (!unfeatured) return fail(unfeatured.error());

  Validation result;
  result.by = settings.by;
  result.rows = rows->size();
  result.components = data->component_names();
  for (const Variant& variant : *variants)
    result.methods.push_back({variant.name, std::vector<std::optional<SplitScores>>(splits->size()), {}});
  if (settings.by.starts_with("kfold")) {
    if (const std::size_t shared = shared_compositions(*data, *splits); shared > 0) {
      result.warnings.push_back(fmt::format(
          "in some fold {} test rows have the composition of a training row: replicates flatter every "
          "method; --by compositions:F keeps them together",
          shared));
    }
  }
  for (std::size_t s = 0; s < splits->size(); ++s) {
    for (std::size_t m = 0; m < variants->size(); ++m) {
      if (control.stop_requested()) return fail(Error::cancel());
      if (progress)
        progress(static_cast<double>(s * variants->size() + m) /
                     static_cast<double>(splits->size() * variants->size()),
                 fmt::format("split {} of {}, {}", s + 1, splits->size(), (*variants)[m].name));
      // Another seed per split: the draws of one should not decide all.
      TrainConfig config = (*variants)[m].config;
      config.seed += s;
      auto scores = run_split(data, (*splits)[s], *unfeatured, config, control);
      if (scores) {
        result.methods[m].splits[s] = *std::move(scores);
      } else if (scores.error().cancelled()) {
        return fail(Error::cancel());
      } else {
        result.methods[m].failures.push_back(fmt::format("split {}: {}", s + 1, scores.error().message()));
      }
    }
  }
  if (!settings.over.empty() && splits->size() > 1) {
    result.best = least(result.methods, splits->size());
    result.chosen = MethodScores{"best of the other splits", {}, {}};
    for (std::size_t s = 0; s < splits->size(); ++s)
      result.chosen->splits.push_back(result.methods[least(result.methods, s)].splits[s]);
  }
  // All pairs of a few; of many settings only against the best.
  constexpr std::size_t kFew = 6;
  for (std::size_t a = 0; a < result.methods.size(); ++a) {
    for (std::size_t b = a + 1; b < result.methods.size(); ++b) {
      const bool wanted = result.methods.size() <= kFew || a == result.best || b == result.best;
      if (wanted) result.kl_differences.push_back(paired(result.methods[a], result.methods[b], *splits));
    }
  }
  result.splits = *std::move(splits);
  return result;
}

}  // namespace assayer
