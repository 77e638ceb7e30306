// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/metrics/metrics.h"
#include "core/reproduce/digits.h"
#include "core/reproduce/experiment.h"
#include "core/reproduce/runs.h"
#include "core/train/train_plan.h"

namespace assayer {

namespace {

using Json = nlohmann::ordered_json;

// The paper, §6 and A.2: 60,000 pictures, batches of 10,000.
constexpr std::int64_t kPaperEpochs = 1000;
constexpr std::int64_t kQuickEpochs = 25;
constexpr std::size_t kQuickPictures = 5000;
constexpr std::size_t kQuickSeeds = 3;
constexpr std::int64_t kQuickBatch = 250;
constexpr std::size_t kQuickTest = 1000;
constexpr std::size_t kKnown = 10000;  // of the classifier
constexpr std::size_t kJudged = 500;   // pictures by which its accuracy is stated
constexpr std::int64_t kSamples = 20;  // of each one-hot

struct Variant {
  const char* name;
  const char* method;
  double paper_kl;
};
constexpr std::array<Variant, 2> kVariants = {{{"M2", "m2", 4.312}, {"Untapped", "untapped", 2.896}}};

Result<DatasetPtr> as_data(const Digits& digits) {
  DatasetParts parts;
  parts.spectra = digits.pixels;
  Matrix<double> y(digits.digit.size(), 10, 0.0);
  std::vector<std::string> names;
  names.reserve(10);
  for (int d = 0; d < 10; ++d) names.push_back(std::to_string(d));
  for (std::size_t i = 0; i < digits.digit.size(); ++i) y(i, digits.digit[i]) = 1;
  parts.provenance.attributes["picture_shape"] = "28 28";
  auto abundances = Abundances::create(std::move(y), std::move(names));
  if (!abundances) return fail(std::move(abundances.error()));
  parts.abundances = std::move(*abundances);
  return Dataset::create(std::move(parts));
}

Matrix<double> one_hots() {
  Matrix<double> y(10, 10, 0.0);
  for (std::size_t k = 0; k < 10; ++k) y(k, k) = 1;
  return y;
}

/// What one model made of the digits.
struct Outcome {
  double kl = 0;                           ///< one-hot k against digit k
  double kl_dealt = 0;                     ///< one-hots 5–9 dealt to the digits that they carry
  double accuracy = 0;                     ///< of the largest part, dealt
  std::array<std::uint8_t, 10> carried{};  ///< digit that each one-hot's mean picture shows
  std::size_t distinct = 0;
  double pure = 0;  ///< share of the samples that show their one-hot's commonest digit
  Matrix<float> means;
  Matrix<float> samples;
};

Result<Outcome> judge(const Model& model, const Digits& test, const NearestDigits& classifier,
                      std::uint64_t seed, RunControl& control) {
  Outcome outcome;
  const Matrix<double> corners = one_hots();
  outcome.means = model.endmembers().mean;
  auto samples = model.sample(corners, {}, kSamples, seed);
  if (!samples) return fail(std::move(samples.error()));
  outcome.samples = std::move(*samples);
  std::set<std::uint8_t> distinct;
  for (std::size_t k = 0; k < 10; ++k) {
    if (control.stop_requested()) return fail(Error::cancel());
    outcome.carried[k] = classifier.classify(outcome.means.row(k));
    distinct.insert(outcome.carried[k]);
    std::array<double, 10> seen{};
    for (std::int64_t s = 0; s < kSamples; ++s) {
      ++seen[classifier.classify(outcome.samples.row(k * kSamples + static_cast<std::size_t>(s)))];
    }
    outcome.pure += *std::ranges::max_element(seen) / (10.0 * kSamples);
  }
  outcome.distinct = distinct.size();

  const auto prediction = model.predict(test.pixels, nullptr);
  if (!prediction) return fail(prediction.error());
  // Which digit each one-hot stands for in the encoder, from real pictures; the labelled ones keep theirs.
  std::array<std::array<double, 10>, 10> votes{};
  const auto n = static_cast<double>(test.digit.size());
  for (std::size_t i = 0; i < test.digit.size(); ++i) {
    for (std::size_t k = 0; k < 10; ++k) votes[k][test.digit[i]] += prediction->composition(i, k);
  }
  const auto dealt = deal_digits(votes);
  for (std::size_t i = 0; i < test.digit.size(); ++i) {
    const auto row = prediction->composition.row(i);
    std::array<double, 10> truth{};
    truth[test.digit[i]] = 1;
    outcome.kl += kl_divergence(truth, row) / n;
    std::array<double, 10> by_digit{};
    for (std::size_t k = 0; k < 10; ++k) by_digit[dealt[k]] = row[k];
    outcome.kl_dealt += kl_divergence(truth, by_digit) / n;
    outcome.accuracy +=
        (std::ranges::max_element(by_digit) - by_digit.begin() == test.digit[i] ? 1.0 : 0.0) / n;
  }
  return outcome;
}

std::string carried_text(const Outcome& outcome) {
  std::string text;
  for (const std::uint8_t digit : outcome.carried)
    text += fmt::format("{}{}", text.empty() ? "" : " ", digit);
  return text;
}

}  // namespace

Result<ExperimentReport> reproduce_mnist(const ReproduceOptions& options, RunControl& control,
                                         const ProgressFn& progress) {
  const std::size_t seeds = options.quick ? std::min(options.seeds, kQuickSeeds) : options.seeds;
  const std::size_t most = options.quick ? kQuickPictures : 60000;
  const auto train = read_digits(options.data, "train", most, control);
  if (!train) return fail(train.error());
  auto preset = TrainConfig::from_preset("mnist");
  if (!preset) return fail(preset.error());
  const auto test = read_digits(options.data, "t10k", options.quick ? kQuickTest : 10000, control);
  if (!test) return fail(test.error());
  auto known = read_digits(options.data, "train", kKnown, control);
  if (!known) return fail(known.error());
  const NearestDigits classifier(std::move(*known));
  auto judged = read_digits(options.data, "t10k", kJudged, control);
  if (!judged) return fail(judged.error());
  const double classifier_accuracy = classifier.accuracy(*judged, control);
  if (control.stop_requested()) return fail(Error::cancel());
  const auto data = as_data(*train);
  if (!data) return fail(data.error());

  TrainConfig config = *preset;
  config.epochs = options.epochs > 0 ? options.epochs : options.quick ? kQuickEpochs : kPaperEpochs;
  if (options.quick) config.batch = kQuickBatch;
  Rows labelled;
  Rows every;
  for (std::size_t i = 0; i < train->digit.size(); ++i) {
    every.push_back(static_cast<std::uint32_t>(i));
    if (train->digit[i] < 5) labelled.push_back(static_cast<std::uint32_t>(i));
  }
  const auto unfeatured = make_unfeatured(fmt::format("one-hot:{}", train->digit.size()), 10, 0);
  if (!unfeatured) return fail(unfeatured.error());

  ExperimentReport report;
  report.name = "mnist";
  ReportTable table{"Table 4: KL divergence of the digits' distribution on test pictures",
                    {"", "KL, paper", "KL", "KL, one-hots 5–9 dealt", "right, dealt"},
                    {}};
  ReportTable digits{"Figures 8 and 9: which digit each one-hot shows, by the classifier",
                     {"", "one-hots 0 … 9, seed 0", "different digits", "samples of one digit"},
                     {}};
  Json json = {{"experiment", "mnist"},
               {"seeds", seeds},
               {"epochs", config.epochs},
               {"classifier_accuracy", classifier_accuracy}};
  std::array<std::vector<double>, 2> kl;
  const double total = static_cast<double>(seeds * kVariants.size());
  double done = 0;
  for (std::size_t v = 0; v < kVariants.size(); ++v) {
    std::vector<double> dealt;
    std::vector<double> right;
    std::vector<double> distinct;
    std::vector<double> pure;
    std::string carried;
    for (std::size_t seed = 0; seed < seeds; ++seed, ++done) {
      config.method = kVariants[v].method;
      config.seed = seed;
      const ProgressPart part{&progress, done / total, (done + 1) / total,
                              fmt::format("{}, seed {}", kVariants[v].name, seed)};
      const auto model = train_model(*data, {labelled, every, *unfeatured}, config, control, part);
      if (!model && model.error().cancelled()) return fail(model.error());
      if (!model) {
        report.warnings.push_back(fmt::format("{}: {}", kVariants[v].name, model.error().message()));
        continue;
      }
      const auto outcome = judge(**model, *test, classifier, seed, control);
      if (!outcome) return fail(outcome.error());
      kl[v].push_back(outcome->kl);
      dealt.push_back(outcome->kl_dealt);
      right.push_back(outcome->accuracy);
      distinct.push_back(static_cast<double>(outcome->distinct));
      pure.push_back(outcome->pure);
      json["methods"][kVariants[v].name].push_back({{"kl", outcome->kl},
                                                    {"kl_dealt", outcome->kl_dealt},
                                                    {"accuracy", outcome->accuracy},
                                                    {"carried", outcome->carried},
                                                    {"distinct", outcome->distinct},
                                                    {"samples_of_one_digit", outcome->pure}});
      if (seed == 0) {
        carried = carried_text(*outcome);
        const std::string name = kVariants[v].method;
        report.models.insert(report.models.begin(), {name, *model});
        report.figures.push_back({fmt::format("figure8_{}.pgm", name), picture_sheet(outcome->means, 10)});
        report.figures.push_back({fmt::format("figure9_{}.pgm", name),
                                  picture_sheet(outcome->samples, static_cast<std::size_t>(kSamples))});
      }
    }
    table.rows.push_back({kVariants[v].name, fmt::format("{:.3f}", kVariants[v].paper_kl), spread_text(kl[v]),
                          spread_text(dealt), spread_text(right)});
    digits.rows.push_back({kVariants[v].name, carried, spread_text(distinct, 1), spread_text(pure, 2)});
  }
  report.about = {
      fmt::format("MNIST: {} pictures to learn from, those of 0–4 labelled ({}), all unlabelled, one-hots "
                  "unfeatured; {} "
                  "test pictures; {} epochs of batches of {}{}.",
                  train->digit.size(), labelled.size(), test->digit.size(), config.epochs, config.batch,
                  config.epochs < kPaperEpochs || options.quick
                      ? fmt::format(" where the paper has 60000 pictures, {} epochs and batches of 10000",
                                    kPaperEpochs)
                      : ""),
      fmt::format("Which digit a picture shows is said by its 5 nearest among {} pictures of the training "
                  "file; on {} test "
                  "pictures that is right for {:.1f} %.",
                  kKnown, judged->digit.size(), 100 * classifier_accuracy)};
  report.tables = {std::move(table), std::move(digits)};
  if (!kl[0].empty() && !kl[1].empty()) {
    const double change = 100 * (spread_of(kl[1]).mean / spread_of(kl[0]).mean - 1);
    report.findings.push_back(
        fmt::format("The paper's claim is that unfeatured labels lower the KL divergence by 30 %; here they "
                    "change it by {:+.0f} %.",
                    change));
  }
  if (!report.models.empty()) report.data = *data;
  report.json = json.dump();
  return report;
}

}  // namespace assayer
