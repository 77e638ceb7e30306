// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/baseline_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/base/random.h"
#include "core/baselines/extraction.h"
#include "core/baselines/nmf.h"
#include "core/baselines/unmixing.h"
#include "core/guided/encoder_base.h"
#include "core/guided/folds.h"
#include "core/guided/link_choice.h"
#include "core/guided/mixture.h"
#include "core/numeric/linear.h"
#include "core/train/frame.h"
#include "core/train/regression_fit_detail.h"

namespace assayer {
namespace {

constexpr std::array<std::string_view, 12> kMethods = {
    "pls", "pcr",  "ridge", "least-squares",  "vca", "nfindr",
    "ppi", "atgp", "smacc", "minimum-volume", "nmf", "library"};
constexpr std::size_t kFolds = 5;
constexpr std::size_t kMostPermuted = 7;
constexpr std::size_t kBlock = 4096;
constexpr double kLeastPart = 1e-4;
/// Spectra that extraction looks at; beyond, a seeded draw of them.
constexpr std::size_t kMostExtracted = 20'000;

bool is_regression(std::string_view method) {
  return method == "pls" || method == "pcr" || method == "ridge";
}

/// What a baseline has learnt, over the channels in use.
struct Fitted {
  Matrix<double> slope;           ///< [C, K] regressions; empty for the others
  std::vector<double> intercept;  ///< [K]
  Matrix<double> endmembers;      ///< [K, C] in the units of the spectra
  std::vector<double> sd;         ///< [K] of compositions
  std::vector<double> noise;      ///< [C] residual sd of the spectra
  std::map<std::string, std::string> facts;
};

void floor_and_close(Matrix<double>& y) {
  for (std::size_t i = 0; i < y.rows(); ++i) {
    double sum = 0;
    for (double& part : y.row(i)) sum += part = std::max(part, kLeastPart);
    for (double& part : y.row(i)) part /= sum;
  }
}

std::vector<double> root_mean_squares(const Matrix<double>& truth, const Matrix<double>& estimate) {
  std::vector<double> result(truth.cols(), 0.0);
  for (std::size_t i = 0; i < truth.rows(); ++i)
    for (std::size_t k = 0; k < truth.cols(); ++k)
      result[k] += (truth(i, k) - estimate(i, k)) * (truth(i, k) - estimate(i, k));
  for (double& sum : result) sum = std::sqrt(sum / static_cast<double>(truth.rows()));
  return result;
}

Result<Matrix<double>> unmixed(MatrixView<double> x, const Matrix<double>& endmembers,
                               const UnmixingSettings& settings, const RunControl* control) {
  auto result = unmix(x, endmembers, settings, control);
  if (!result) return fail(result.error());
  floor_and_close(result->abundances);
  return std::move(result->abundances);
}

Result<UnmixingSettings> unmixing_settings(const TrainConfig& config, Link link) {
  const auto method = parse_unmixing(config.unmixing);
  if (!method) return fail(method.error());
  UnmixingSettings settings;
  settings.method = *method;
  settings.link.link = link;
  settings.link.scale = guided::default_scale(link);
  settings.sunsal.lambda = config.sunsal_lambda;
  return settings;
}

/// The spread of spectra about what their compositions predict.
std::vector<double> residual_spread(MatrixView<double> x, MatrixView<double> y,
                                    const Matrix<double>& endmembers, const LinkSettings& link) {
  Matrix<double> rest = from_linear(link, product(y, to_linear(link, endmembers.view())));
  for (std::size_t i = 0; i < rest.size(); ++i) rest.data()[i] -= x.data()[i];
  return column_deviations(rest);
}

/// Which extracted endmember belongs to which component: the assignment with the largest sum of correlations
/// between its abundances and the labels. All assignments up to seven components, greedily beyond.
std::vector<std::size_t> assign(const Matrix<double>& abundances, const Matrix<double>& y) {
  const std::size_t k = y.cols();
  const std::size_t n = y.rows();
  Matrix<double> agreement(k, k);
  const std::vector<double> mean_a = column_means(abundances);
  const std::vector<double> mean_y = column_means(y);
  for (std::size_t a = 0; a < k; ++a) {
    for (std::size_t b = 0; b < k; ++b) {
      double both = 0;
      double left = 0;
      double right = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const double u = abundances(i, a) - mean_a[a];
        const double w = y(i, b) - mean_y[b];
        both += u * w;
        left += u * u;
        right += w * w;
      }
      agreement(a, b) = left > 0 && right > 0 ? both / std::sqrt(left * right) : 0;
    }
  }
  std::vector<std::size_t> best(k);  // component b is extracted endmember best[b]
  std::iota(best.begin(), best.end(), std::size_t{0});
  if (k <= kMostPermuted) {
    std::vector<std::size_t> order = best;
    double most = -std::numeric_limits<double>::infinity();
    do {
      double sum = 0;
      for (std::size_t b = 0; b < k; ++b) sum += agreement(order[b], b);
      if (sum > most) {
        most = sum;
        best = order;
      }
    } while (std::ranges::next_permutation(order).found);
    return best;
  }
  std::vector<std::uint8_t> taken(k, 0);
  for (std::size_t b = 0; b < k; ++b) {
    std::size_t choice = k;
    for (std::size_t a = 0; a < k; ++a)
      if (taken[a] == 0 && (choice == k || agreement(a, b) > agreement(choice, b))) choice = a;
    taken[choice] = 1;
    best[b] = choice;
  }
  return best;
}

Matrix<double> reordered(const Matrix<double>& rows, const std::vector<std::size_t>& order) {
  Matrix<double> result(rows.rows(), rows.cols());
  for (std::size_t i = 0; i < order.size(); ++i) std::ranges::copy(rows.row(order[i]), result.row(i).begin());
  return result;
}

/// Everything that fitting needs at hand.
struct Fitting {
  const Dataset& data;
  const ModelState& frame;
  Matrix<double> x;  ///< [n, C] labelled
  Matrix<double> y;  ///< [n, K]
  const RunControl* control = nullptr;

  [[nodiscard]] const TrainConfig& config() const { return frame.config; }
  [[nodiscard]] Matrix<double> seen() const {
    Rows rows;
    std::ranges::set_union(frame.plan.labelled, frame.plan.unlabelled, std::back_inserter(rows));
    if (rows.size() > kMostExtracted) {
      const auto order = Random(config().seed).permutation(rows.size());
      Rows drawn;
      for (std::size_t i = 0; i < kMostExtracted; ++i) drawn.push_back(rows[order[i]]);
      std::ranges::sort(drawn);
      rows = std::move(drawn);
    }
    return spectra_of(data, rows, frame.channel_used);
  }

  [[nodiscard]] Result<Link> link(Fitted& into) const {
    if (config().link != "auto") {
      into.facts["link"] = config().link;
      into.facts["link_reason"] = "Chosen by the user.";
      return parse_link(config().link);
    }
    const auto choice = guided::choose_link(x, y);
    if (!choice) return fail(choice.error());
    into.facts["link"] = name(choice->link);
    into.facts["link_reason"] = choice->reason;
    return choice->link;
  }
};

Result<Fitted> fit_regression(const Fitting& given) {
  Fitted fitted;
  const auto splits = guided::composition_splits(given.y, kFolds, given.config().seed);
  const auto too_small = [](const Split& split) { return split.train.size() < 2; };
  if (splits.empty() || std::ranges::any_of(splits, too_small)) {
    return fail({Error::Kind::Data, "there are too few different labelled spectra", "labelled",
                 "several spectra of at least two compositions", fmt::format("{}", given.y.rows()),
                 "Label spectra of other mixtures too: nothing can be learnt from one composition."});
  }
  std::vector<std::uint32_t> fold(given.y.rows());
  for (std::size_t s = 0; s < splits.size(); ++s)
    for (const std::uint32_t row : splits[s].test) fold[row] = static_cast<std::uint32_t>(s);

  auto fit = fit_regression_baseline(given.x, given.y, fold, given.config(), given.control);
  if (!fit) return fail(fit.error());
  fitted.slope = std::move(fit->slope);
  fitted.intercept = std::move(fit->intercept);
  fitted.endmembers = std::move(fit->endmembers);
  fitted.facts = std::move(fit->facts);
  floor_and_close(fit->predicted);
  fitted.sd = root_mean_squares(given.y, fit->predicted);
  fitted.facts["link"] = "identity";
  fitted.noise = residual_spread(given.x, given.y, fitted.endmembers, {});
  return fitted;
}

Result<Matrix<double>> references(const Fitting& given) {
  const auto& known = given.data.endmembers();
  const std::size_t k = given.y.cols();
  if (!known || known->rows() != k) {
    return fail({Error::Kind::Data, "the data have no reference endmembers to unmix with", "/endmembers",
                 fmt::format("[{}, channels]", k), known ? std::to_string(known->rows()) : "none",
                 "Add them to the data, or take endmembers from the spectra (vca, nfindr …)."});
  }
  Matrix<double> result(k, given.x.cols());
  for (std::size_t i = 0; i < k; ++i) {
    std::size_t at = 0;
    for (std::size_t c = 0; c < known->cols(); ++c)
      if (given.frame.channel_used[c] != 0) result(i, at++) = (*known)(i, c);
  }
  return result;
}

Result<Fitted> fit_unmixing(const Fitting& given) {
  Fitted fitted;
  const std::string& method = given.config().method;
  const auto link = given.link(fitted);
  if (!link) return fail(link.error());
  const auto settings = unmixing_settings(given.config(), *link);
  if (!settings) return fail(settings.error());
  const std::size_t k = given.y.cols();
  bool by_labels = false;
  if (method == "least-squares") {
    const Matrix<double> v = to_linear(settings->link, given.x.view());
    const auto fit = least_squares(given.y, v);
    if (!fit) return fail(fit.error());
    fitted.endmembers = from_linear(settings->link, fit->coefficients.view());
    by_labels = true;
  } else if (method == "library") {
    auto known = references(given);
    if (!known) return fail(known.error());
    fitted.endmembers = *std::move(known);
    by_labels = true;
  } else if (method == "nmf") {
    NmfSettings nmf;
    nmf.endmembers = k;
    nmf.link = settings->link;
    nmf.seed = given.config().seed;
    nmf.volume_weight = given.config().volume_weight;
    nmf.max_iterations = static_cast<std::size_t>(given.config().iterations);
    auto made = minimum_volume_nmf(given.seen(), nmf, given.control);
    if (!made) return fail(made.error());
    fitted.endmembers = std::move(made->endmembers);
  } else {
    const auto kind = parse_extraction(method);
    if (!kind) return fail(kind.error());
    ExtractionSettings extraction;
    extraction.method = *kind;
    extraction.endmembers = k;
    extraction.link = settings->link;
    extraction.seed = given.config().seed;
    extraction.skewers = static_cast<std::size_t>(given.config().skewers);
    extraction.starts = static_cast<std::size_t>(given.config().starts);
    extraction.outside = given.config().outside;
    auto made = extract_endmembers(given.seen(), extraction, given.control);
    if (!made) return fail(made.error());
    fitted.endmembers = std::move(made->spectra);
  }
  auto abundances = unmixed(given.x, fitted.endmembers, *settings, given.control);
  if (!abundances) return fail(abundances.error());
  if (!by_labels) {
    const auto order = assign(*abundances, given.y);
    fitted.endmembers = reordered(fitted.endmembers, order);
    Matrix<double> named(abundances->rows(), k);
    for (std::size_t i = 0; i < named.rows(); ++i)
      for (std::size_t b = 0; b < k; ++b) named(i, b) = (*abundances)(i, order[b]);
    *abundances = std::move(named);
  }
  fitted.sd = root_mean_squares(given.y, *abundances);
  fitted.facts["unmixing"] = given.config().unmixing;
  // Where the labels made the endmembers, their residuals are the noise. Elsewhere the abundances have taken
  // K − 1 of the C directions of it away.
  fitted.noise =
      residual_spread(given.x, by_labels ? given.y : *abundances, fitted.endmembers, settings->link);
  if (!by_labels) {
    const auto channels = static_cast<double>(given.x.cols());
    const double left = channels - static_cast<double>(k - 1);
    for (double& sd : fitted.noise) sd *= left > 0 ? std::sqrt(channels / left) : 1.0;
  }
  return fitted;
}

NamedArray array(const char* name, const Matrix<double>& values) {
  return {name,
          {static_cast<std::int64_t>(values.rows()), static_cast<std::int64_t>(values.cols())},
          {values.values().begin(), values.values().end()}};
}
NamedArray array(const char* name, const std::vector<double>& values) {
  return {name, {static_cast<std::int64_t>(values.size())}, {values.begin(), values.end()}};
}

ModelState state_with(ModelState frame, const Fitted& fitted) {
  frame.fixed.clear();
  if (!fitted.slope.empty()) {
    frame.fixed.push_back(array("baseline/slope", fitted.slope));
    frame.fixed.push_back(array("baseline/intercept", fitted.intercept));
  }
  frame.fixed.push_back(array("baseline/endmembers", fitted.endmembers));
  frame.fixed.push_back(array("baseline/sd", fitted.sd));
  frame.fixed.push_back(array("baseline/noise", fitted.noise));
  frame.facts = fitted.facts;
  frame.mean_z.clear();
  return frame;
}

class BaselineModel final : public Model {
 public:
  static Result<std::shared_ptr<const Model>> create(ModelState state) {
    std::shared_ptr<BaselineModel> model(new BaselineModel(std::move(state)));
    if (auto read = model->read(); !read) return fail(read.error());
    return model;
  }

  [[nodiscard]] const ModelState& state() const override { return state_; }

  [[nodiscard]] Result<Prediction> predict(MatrixView<float> spectra,
                                           const Matrix<double>* /*composition*/) const override {
    if (spectra.cols() != state_.channel_used.size()) {
      return fail({Error::Kind::Data, "the spectra have other channels than the model", "spectra",
                   fmt::format("{} channels", state_.channel_used.size()), fmt::format("{}", spectra.cols()),
                   "Resample the spectra to the model's wavelengths."});
    }
    const std::size_t n = spectra.rows();
    const std::size_t k = state_.components.size();
    Prediction result;
    result.composition = Matrix<double>(n, k, std::numeric_limits<double>::quiet_NaN());
    result.composition_sd = result.composition;
    for (std::size_t first = 0; first < n; first += kBlock) {
      Rows finite;
      std::vector<double> values;
      for (std::size_t i = first; i < std::min(n, first + kBlock); ++i) {
        const std::size_t before = values.size();
        for (const std::uint32_t c : columns_) values.push_back(spectra(i, c));
        const bool good = std::all_of(values.begin() + static_cast<std::ptrdiff_t>(before), values.end(),
                                      [](double value) { return std::isfinite(value); });
        if (good)
          finite.push_back(static_cast<std::uint32_t>(i));
        else
          values.resize(before);
      }
      if (finite.empty()) continue;
      const Matrix<double> x(std::move(values), finite.size(), columns_.size());
      auto y = compositions(x);
      if (!y) return fail(y.error());
      for (std::size_t i = 0; i < finite.size(); ++i) {
        std::ranges::copy(y->row(i), result.composition.row(finite[i]).begin());
        std::ranges::copy(fitted_.sd, result.composition_sd.row(finite[i]).begin());
      }
    }
    return result;
  }

  [[nodiscard]] Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                                   const Matrix<double>& /*z*/) const override {
    auto x = mixed(composition);
    if (!x) return fail(x.error());
    return EndmemberEstimate{spread(*x), spread(Matrix<double>(x->rows(), x->cols()))};
  }

  [[nodiscard]] Result<Matrix<float>> sample(const Matrix<double>& composition, const Matrix<double>& /*z*/,
                                             std::int64_t samples, std::uint64_t seed) const override {
    if (samples < 1) {
      return fail({Error::Kind::Usage, "the number of samples is out of range", "samples", "1 or more",
                   std::to_string(samples), ""});
    }
    auto x = mixed(composition);
    if (!x) return fail(x.error());
    const auto count = static_cast<std::size_t>(samples);
    Matrix<double> draws(x->rows() * count, x->cols());
    Random random(seed);
    for (std::size_t i = 0; i < draws.rows(); ++i)
      for (std::size_t c = 0; c < draws.cols(); ++c)
        draws(i, c) = (*x)(i / count, c) + fitted_.noise[c] * random.normal();
    return spread(draws);
  }

 private:
  explicit BaselineModel(ModelState state) : state_(std::move(state)) {}

  Status read() {
    for (std::size_t c = 0; c < state_.channel_used.size(); ++c)
      if (state_.channel_used[c] != 0) columns_.push_back(static_cast<std::uint32_t>(c));
    const std::size_t k = state_.components.size();
    const std::size_t c = columns_.size();
    const auto find = [&](const char* name, std::size_t rows, std::size_t cols) -> const NamedArray* {
      const auto found = std::ranges::find(state_.fixed, name, &NamedArray::name);
      return found != state_.fixed.end() && found->values.size() == rows * cols ? &*found : nullptr;
    };
    const auto matrix = [](const NamedArray& from, std::size_t rows, std::size_t cols) {
      return Matrix<double>(std::vector<double>(from.values.begin(), from.values.end()), rows, cols);
    };
    const NamedArray* endmembers = find("baseline/endmembers", k, c);
    const NamedArray* sd = find("baseline/sd", k, 1);
    const NamedArray* noise = find("baseline/noise", c, 1);
    const NamedArray* slope = find("baseline/slope", c, k);
    const NamedArray* intercept = find("baseline/intercept", k, 1);
    const bool regression = is_regression(state_.config.method);
    if (k < 2 || endmembers == nullptr || sd == nullptr || noise == nullptr ||
        (regression && (slope == nullptr || intercept == nullptr))) {
      return fail({Error::Kind::Data, "the baseline's arrays are missing or have other shapes", "baseline",
                   fmt::format("arrays for {} components and {} channels", k, c), "others",
                   "The model file is damaged: fit the baseline again."});
    }
    fitted_.endmembers = matrix(*endmembers, k, c);
    fitted_.sd.assign(sd->values.begin(), sd->values.end());
    fitted_.noise.assign(noise->values.begin(), noise->values.end());
    if (regression) {
      fitted_.slope = matrix(*slope, c, k);
      fitted_.intercept.assign(intercept->values.begin(), intercept->values.end());
      return {};
    }
    const auto fact = state_.facts.find("link");
    const auto link = parse_link(fact != state_.facts.end() ? fact->second : std::string());
    if (!link) return fail(link.error());
    auto settings = unmixing_settings(state_.config, *link);
    if (!settings) return fail(settings.error());
    settings_ = *settings;
    return {};
  }

  [[nodiscard]] Result<Matrix<double>> compositions(const Matrix<double>& x) const {
    if (!is_regression(state_.config.method)) return unmixed(x, fitted_.endmembers, settings_, nullptr);
    Matrix<double> y = product(x, fitted_.slope);
    for (std::size_t i = 0; i < y.rows(); ++i)
      for (std::size_t k = 0; k < y.cols(); ++k) y(i, k) += fitted_.intercept[k];
    floor_and_close(y);
    return y;
  }

  [[nodiscard]] Result<Matrix<double>> mixed(const Matrix<double>& composition) const {
    if (composition.cols() != state_.components.size() || composition.rows() == 0) {
      return fail({Error::Kind::Usage, "the compositions do not fit the model", "composition",
                   fmt::format("{} parts", state_.components.size()), fmt::format("{}", composition.cols()),
                   ""});
    }
    return from_linear(settings_.link,
                       product(composition, to_linear(settings_.link, fitted_.endmembers.view())).view());
  }

  /// Over all channels, those not in use NaN.
  [[nodiscard]] Matrix<float> spread(const Matrix<double>& x) const {
    Matrix<float> result(x.rows(), state_.channel_used.size(), std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < x.rows(); ++i)
      for (std::size_t c = 0; c < columns_.size(); ++c) result(i, columns_[c]) = static_cast<float>(x(i, c));
    return result;
  }

  ModelState state_;
  std::vector<std::uint32_t> columns_;
  Fitted fitted_;
  UnmixingSettings settings_;
};

class BaselineTrainer final : public Trainer {
 public:
  BaselineTrainer(DatasetPtr data, ModelState frame) : data_(std::move(data)), state_(std::move(frame)) {}

  Result<TrainReport> run(RunControl& control, Observer& observer) override {
    const auto began = std::chrono::steady_clock::now();
    const Fitting given{*data_, state_, spectra_of(*data_, state_.plan.labelled, state_.channel_used),
                        compositions_of(*data_, state_.plan.labelled), &control};
    auto fitted = is_regression(state_.config.method) ? fit_regression(given) : fit_unmixing(given);
    TrainReport report;
    report.epochs = 0;
    if (!fitted) {
      if (!fitted.error().cancelled()) return fail(fitted.error());
      report.stopped_by = StopReason::Stopped;
      return report;
    }
    state_ = state_with(std::move(state_), *fitted);
    auto made = BaselineModel::create(state_);
    if (!made) return fail(made.error());
    model_ = *std::move(made);
    report.epochs = 1;
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();

    TrainingState training;
    training.epoch = 1;
    training.seconds = report.seconds;
    state_.training = training;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->epoch = snapshot->epochs = 1;
    snapshot->seconds = report.seconds;
    snapshot->endmembers = model_->endmembers();
    auto prediction = model_->predict(data_->spectra(), nullptr);
    if (!prediction) return fail(prediction.error());
    snapshot->prediction = *std::move(prediction);
    snapshot->model = model_;
    observer.on_snapshot(std::move(snapshot));
    observer.on_checkpoint(state_);
    for (double& term : report.last.terms) term = std::numeric_limits<double>::quiet_NaN();
    report.last.total = std::numeric_limits<double>::quiet_NaN();
    return report;
  }

  [[nodiscard]] ModelState state() const override { return state_; }
  [[nodiscard]] std::shared_ptr<const Model> model() const override { return model_; }

 private:
  DatasetPtr data_;
  ModelState state_;
  std::shared_ptr<const Model> model_;
};

}  // namespace

bool is_baseline(std::string_view method) {
  return std::ranges::find(kMethods, method) != kMethods.end();
}

std::span<const std::string_view> baseline_methods() {
  return kMethods;
}

Result<std::unique_ptr<Trainer>> make_baseline_trainer(DatasetPtr data, TrainPlan plan, TrainConfig config) {
  if (auto valid = config.validate(); !valid) return fail(valid.error());
  auto frame = make_frame(*data, std::move(plan), std::move(config));
  if (!frame) return fail(frame.error());
  if (frame->plan.labelled.size() < 2) {
    return fail({Error::Kind::Data, "there are too few labelled spectra", "labelled", "at least 2",
                 std::to_string(frame->plan.labelled.size()), "Label more spectra."});
  }
  std::ranges::fill(frame->channel_mean, 0.0F);
  return std::make_unique<BaselineTrainer>(std::move(data), *std::move(frame));
}

Result<std::shared_ptr<const Model>> make_baseline_model(ModelState state) {
  if (auto valid = state.config.validate(); !valid) return fail(valid.error());
  return BaselineModel::create(std::move(state));
}

}  // namespace assayer
