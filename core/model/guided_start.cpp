// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/guided_start.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/baselines/pls.h"
#include "core/guided/folds.h"
#include "core/guided/inversion.h"
#include "core/guided/link_choice.h"
#include "core/model/guided_correction.h"
#include "core/numeric/linear.h"

namespace assayer::model {
namespace {

using guided::EncoderInput;

constexpr std::size_t kFolds = 5;
constexpr std::size_t kLatent = 15;
constexpr std::size_t kPrincipal = 10;
constexpr std::size_t kPrincipalCalibration = 15;
constexpr std::size_t kCompressed = 64;
constexpr double kRidge = 0.1;
constexpr double kHopeless = 0.1;
constexpr double kWorse = 4;
constexpr double kHandicap = 1.5;
constexpr std::size_t kJackknife = 10;
constexpr std::size_t kReferenceRows = 2000;
/// Share of the inversion in a predicted composition. Far from the labels the mixing law holds where
/// regression does not, and rows left out of the labelled ones do not tell so: weighing by their errors was
/// worse than any constant from a half to nine tenths.
constexpr double kInversionShare = 0.75;

/// What one candidate predicts for the rows that each split leaves out, in the order of Splits::all.
using HeldOutRows = std::vector<Matrix<double>>;

struct Splits {
  std::vector<Split> plain;    ///< rows at random: what chooses the encoder
  std::vector<Split> inside;   ///< whole compositions: what intervals are measured on
  std::vector<Split> outside;  ///< extrapolating
  std::vector<Split> all;      ///< the three in this order

  [[nodiscard]] std::span<const Matrix<double>> plain_of(const HeldOutRows& rows) const {
    return std::span(rows).first(plain.size());
  }
  [[nodiscard]] std::span<const Matrix<double>> inside_of(const HeldOutRows& rows) const {
    return std::span(rows).subspan(plain.size(), inside.size());
  }
  [[nodiscard]] std::span<const Matrix<double>> outside_of(const HeldOutRows& rows) const {
    return std::span(rows).last(outside.size());
  }
};

Result<Splits> make_splits(const Matrix<double>& y, std::uint64_t seed) {
  Splits splits;
  FoldOptions options;
  options.folds = std::min(kFolds, y.rows());
  options.seed = seed;
  const auto folds = assign_folds(y.rows(), options);
  if (folds) splits.plain = splits_of_folds(*folds);
  splits.inside = guided::composition_splits(y, kFolds, seed);
  splits.outside = guided::extrapolating_splits(y);
  if (splits.inside.empty()) {
    return fail({Error::Kind::Data, "all labelled spectra have one composition", "labelled",
                 "at least two different compositions", "one",
                 "Label spectra of other mixtures too: nothing can be learnt from one."});
  }
  for (const auto* part : {&splits.plain, &splits.inside, &splits.outside})
    splits.all.insert(splits.all.end(), part->begin(), part->end());
  // Splits that leave less than two rows have nothing to fit.
  const auto too_small = [](const Split& split) { return split.train.size() < 2; };
  if (splits.plain.empty() || std::ranges::any_of(splits.all, too_small)) {
    return fail({Error::Kind::Data, "there are too few labelled spectra", "labelled",
                 "at least 4, of at least two compositions", std::to_string(y.rows()),
                 "Label more spectra, or use the method 'm2'."});
  }
  return splits;
}

struct Candidate {
  EncoderInput input = EncoderInput::Spectra;
  bool correction = false;
  std::size_t latent = 1;
  double error = 0;  ///< guided::relative_error inside
  HeldOutRows predicted;
  std::vector<Matrix<double>> base;  ///< PLS of every split for all rows; empty with a correction
};

bool stopped(const RunControl* control) {
  return control != nullptr && control->stop_requested();
}

/// Relative error of rows that splits left out, rows of all of them together.
double held_out_error(const std::vector<Split>& splits, std::span<const Matrix<double>> predicted,
                      const Matrix<double>& y, std::span<const double> variance) {
  std::vector<double> estimate;
  std::vector<std::uint32_t> rows;
  for (std::size_t s = 0; s < splits.size(); ++s) {
    estimate.insert(estimate.end(), predicted[s].values().begin(), predicted[s].values().end());
    rows.insert(rows.end(), splits[s].test.begin(), splits[s].test.end());
  }
  const Matrix<double> joined(std::move(estimate), rows.size(), y.cols());
  return guided::relative_error(guided::rows_of(y, rows), joined, variance);
}

/// Of rows inside the labelled region and at its border alike: geometric mean of both errors. An encoder that
/// is best among the labelled compositions and useless outside would be no choice for unmixing. Inside, rows
/// are left out at random: with a dozen compositions, leaving out whole ones is too noisy to choose by.
double guard_error(const Splits& splits, const HeldOutRows& predicted, const Matrix<double>& y,
                   std::span<const double> variance) {
  const double inside = held_out_error(splits.plain, splits.plain_of(predicted), y, variance);
  if (splits.outside.empty()) return inside;
  return std::sqrt(inside * held_out_error(splits.outside, splits.outside_of(predicted), y, variance));
}

/// PLS on every input: one candidate each.
Result<std::vector<Candidate>> try_pls(const GuidedData& data, const LinkSettings& link, const Splits& splits,
                                       std::span<const double> variance, const RunControl* control) {
  std::vector<EncoderInput> inputs = {EncoderInput::Spectra, EncoderInput::Snv};
  if (link.link != Link::Identity) inputs.push_back(EncoderInput::Linear);
  std::vector<std::uint32_t> fold_of_row(data.y_l.rows());
  for (std::size_t s = 0; s < splits.plain.size(); ++s)
    for (const std::uint32_t row : splits.plain[s].test) fold_of_row[row] = static_cast<std::uint32_t>(s);
  std::vector<Candidate> candidates;
  for (const EncoderInput input : inputs) {
    const Matrix<double> u = guided::encoder_values(input, link, data.x_l);
    PlsOptions options;
    options.components = kLatent;
    const auto validated = cross_validate_pls(u, data.y_l, fold_of_row, options, control);
    if (!validated) return fail(validated.error());
    Candidate candidate{input, false, std::max<std::size_t>(validated->components, 1), 0, {}, {}};
    for (const Split& split : splits.all) {
      options.components = candidate.latent;
      const auto fit =
          fit_pls(guided::rows_of(u, split.train), guided::rows_of(data.y_l, split.train), options);
      if (!fit) return fail(fit.error());
      candidate.base.push_back(fit->predict(u, candidate.latent));
      candidate.predicted.push_back(
          guided::positive_composition(guided::rows_of(candidate.base.back(), split.test)));
    }
    candidate.error = guard_error(splits, candidate.predicted, data.y_l, variance);
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

/// The candidate of the same input that corrects PLS by a network on `principal` components.
Result<Candidate> try_correction(const Candidate& plain, const GuidedData& data, const LinkSettings& link,
                                 const Splits& splits, std::size_t principal,
                                 std::span<const double> variance, const TrainConfig& config,
                                 const RunControl* control) {
  const Matrix<double> u = guided::encoder_values(plain.input, link, data.x_l);
  // Principal components of a fold's rows among the leading ones of all rows: the first few are the same.
  std::vector<double> mean = column_means(u);
  Matrix<double> centred = u;
  for (std::size_t i = 0; i < u.rows(); ++i)
    for (std::size_t c = 0; c < u.cols(); ++c) centred(i, c) -= mean[c];
  const auto svd = leading_svd(centred, kCompressed);
  if (!svd) return fail(svd.error());
  const Matrix<double> scores = product_transposed(centred, svd->right);
  std::vector<CorrectionFold> folds;
  for (std::size_t s = 0; s < splits.all.size(); ++s) {
    const std::vector<std::uint32_t>& train = splits.all[s].train;
    const auto axes = guided::fit_principal_axes(guided::rows_of(scores, train), principal);
    if (!axes) return fail(axes.error());
    folds.push_back({plain.base[s], axes->of(scores), train});
  }
  const auto trained = train_corrections(folds, data.y_l, config.label_epsilon, config.seed,
                                         static_cast<std::size_t>(config.threads), control);
  if (!trained) return fail(Error::cancel());
  Candidate corrected{plain.input, true, plain.latent, 0, {}, {}};
  for (std::size_t s = 0; s < splits.all.size(); ++s)
    corrected.predicted.push_back(guided::rows_of((*trained)[s], splits.all[s].test));
  corrected.error = guard_error(splits, corrected.predicted, data.y_l, variance);
  return corrected;
}

/// Compositions by inverting mixtures that were fitted without them, and the fits of the splits outside.
struct InversionTrial {
  HeldOutRows predicted;
  std::vector<guided::MixtureStart> outside;
};

Result<InversionTrial> try_inversion(const GuidedData& data, const Splits& splits,
                                     const guided::MixtureOptions& options, const RunControl* control) {
  InversionTrial trial;
  // The random splits only choose the encoder.
  trial.predicted.resize(splits.plain.size());
  const std::size_t outside = splits.all.size() - splits.outside.size();
  for (std::size_t s = splits.plain.size(); s < splits.all.size(); ++s) {
    const Split& split = splits.all[s];
    auto fit = guided::fit_mixture(guided::rows_of(data.x_l, split.train),
                                   guided::rows_of(data.y_l, split.train), options, control);
    if (!fit) return fail(fit.error());
    auto inverted = guided::Inverter(fit->mixture)(guided::rows_of(data.x_l, split.test));
    if (!inverted) return fail(inverted.error());
    trial.predicted.push_back(std::move(inverted->composition));
    if (s >= outside) trial.outside.push_back(*std::move(fit));
  }
  return trial;
}

/// What the splits outside say about residuals far from the labels.
Result<std::vector<guided::FarResiduals>> far_residuals(const GuidedData& data, const Splits& splits,
                                                        const std::vector<guided::MixtureStart>& fits,
                                                        const guided::HeldOut& predicted) {
  std::vector<guided::FarResiduals> result;
  for (std::size_t s = 0; s < splits.outside.size(); ++s) {
    const Split& split = splits.outside[s];
    const guided::Inverter inverter(fits[s].mixture);
    const auto residuals = [&](const std::vector<std::uint32_t>& rows) -> Result<Matrix<double>> {
      const Matrix<double> x = guided::rows_of(data.x_l, rows);
      const auto inverted = inverter(x);
      if (!inverted) return fail(inverted.error());
      return inverter.residuals(x, inverted->composition, inverted->z);
    };
    auto train = residuals(split.train);
    if (!train) return fail(train.error());
    auto test = residuals(split.test);
    if (!test) return fail(test.error());
    guided::CompositionIntervals among;
    auto gram = guided::leverage_gram(guided::rows_of(data.y_l, split.train));
    if (!gram) return fail(gram.error());
    among.gram = *std::move(gram);
    std::vector<double> leverage;
    for (std::size_t i = 0; i < split.test.size(); ++i)
      leverage.push_back(among.leverage(predicted.predicted[s].row(i)));
    result.push_back({*std::move(train), *std::move(test), std::move(leverage)});
  }
  return result;
}

/// sd² = jackknife² over at most ten groups of compositions + 2 κ² σ_c² h_k: what refitting moves, and what
/// extrapolating splits missed per unit of leverage.
Result<Matrix<double>> endmember_spread(const GuidedData& data, const guided::MixtureStart& start,
                                        const Splits& splits,
                                        const std::vector<guided::MixtureStart>& outside,
                                        const guided::MixtureOptions& options, std::uint64_t seed,
                                        const RunControl* control) {
  const guided::Mixture& mixture = start.mixture;
  const std::size_t k = mixture.components();
  const std::size_t c = mixture.channels();
  const auto refit = [&](const std::vector<std::uint32_t>& rows) {
    return guided::fit_mixture(guided::rows_of(data.x_l, rows), guided::rows_of(data.y_l, rows), options,
                               control);
  };
  Matrix<double> sum(k, c);
  Matrix<double> squares(k, c);
  double replicates = 0;
  for (const Split& split : guided::composition_splits(data.y_l, kJackknife, seed)) {
    if (split.train.size() <= k) continue;
    const auto fit = refit(split.train);
    if (!fit) return fail(fit.error());
    const Matrix<double> pure = fit->mixture.pure_spectra(fit->z);
    for (std::size_t i = 0; i < pure.size(); ++i) {
      sum.data()[i] += pure.data()[i];
      squares.data()[i] += pure.data()[i] * pure.data()[i];
    }
    ++replicates;
  }

  // κ²: squared bias of each outside split's mean spectrum over σ² h, averaged over splits and channels.
  double kappa = 0;
  for (std::size_t s = 0; s < splits.outside.size(); ++s) {
    const Split& split = splits.outside[s];
    const guided::MixtureStart* fit = &outside[s];
    const Matrix<double> y = guided::rows_of(data.y_l, split.test);
    const Matrix<double> x = guided::rows_of(data.x_l, split.test);
    const auto inverted = guided::Inverter(fit->mixture)(x);
    if (!inverted) return fail(inverted.error());
    const Matrix<double> expected = fit->mixture.spectra(y, inverted->z);
    Matrix<double> f_train = fit->mixture.fractions(guided::rows_of(data.y_l, split.train));
    const auto gram = guided::leverage_gram(f_train);
    if (!gram) return fail(gram.error());
    const std::vector<double> centre = column_means(fit->mixture.fractions(y));
    double h = 0;
    for (std::size_t a = 0; a < k; ++a)
      for (std::size_t b = 0; b < k; ++b) h += centre[a] * centre[b] * (*gram)(a, b);
    h *= static_cast<double>(k) / static_cast<double>(f_train.rows());  // fᵀ(FᵀF)⁻¹f
    double ratio = 0;
    for (std::size_t channel = 0; channel < c; ++channel) {
      double bias = 0;
      for (std::size_t i = 0; i < x.rows(); ++i) bias += x(i, channel) - expected(i, channel);
      bias /= static_cast<double>(x.rows());
      ratio += bias * bias / (mixture.spread_x[channel] * mixture.spread_x[channel] * std::max(h, 1e-12));
    }
    kappa += ratio / static_cast<double>(c * splits.outside.size());
  }

  const auto gram = guided::leverage_gram(mixture.fractions(data.y_l));
  if (!gram) return fail(gram.error());
  Matrix<double> spread(k, c);
  for (std::size_t part = 0; part < k; ++part) {
    const double h = (*gram)(part, part) * static_cast<double>(k) / static_cast<double>(data.y_l.rows());
    for (std::size_t channel = 0; channel < c; ++channel) {
      double variance = 0;
      if (replicates > 1) {
        const double mean = sum(part, channel) / replicates;
        variance = (replicates - 1) * std::max(squares(part, channel) / replicates - mean * mean, 0.0);
      }
      const double sigma = mixture.spread_x[channel];
      spread(part, channel) = std::sqrt(variance + 2 * kappa * sigma * sigma * h);
    }
  }
  return spread;
}

/// q(z|x,y) starts as ridge regression of the start's ζ on [p, y].
Status start_z_encoder(guided::Start& start, const guided::MixtureStart& fit, const GuidedData& data) {
  const Matrix<double> v = to_linear(start.mixture.link, data.x_l);
  auto encoder = guided::fit_encoder_base(EncoderInput::Linear, v, data.y_l, 1, kPrincipal);
  if (!encoder) return fail(encoder.error());
  start.z_encoder = *std::move(encoder);
  start.z_encoder.regression = Matrix<double>();
  const Matrix<double> p = start.z_encoder.features(v);
  const std::size_t n = p.rows();
  const std::size_t width = p.cols() + data.y_l.cols();
  Matrix<double> design(n, width + 1, 1.0);
  for (std::size_t i = 0; i < n; ++i) {
    std::ranges::copy(p.row(i), design.row(i).begin());
    std::ranges::copy(data.y_l.row(i), design.row(i).begin() + static_cast<std::ptrdiff_t>(p.cols()));
  }
  Matrix<double> zeta = fit.t;
  for (std::size_t i = 0; i < zeta.size(); ++i) zeta.data()[i] *= 1.2;  // z = 3 sigmoid(1.2 t) − 1.5
  std::vector<double> penalties(width + 1, kRidge);
  penalties.back() = 0;
  const auto ridge = least_squares(design, zeta, penalties);
  if (!ridge) return fail(ridge.error());
  start.z_slope = Matrix<double>(width, zeta.cols());
  for (std::size_t r = 0; r < width; ++r)
    std::ranges::copy(ridge->coefficients.row(r), start.z_slope.row(r).begin());
  start.z_intercept.assign(ridge->coefficients.row(width).begin(), ridge->coefficients.row(width).end());
  Matrix<double> rest = product(design, ridge->coefficients);
  for (std::size_t i = 0; i < rest.size(); ++i) rest.data()[i] -= zeta.data()[i];
  start.z_spread = column_deviations(rest);
  for (double& sd : start.z_spread) sd += 0.05;
  return {};
}

/// Where a link has been found in whose domain spectra are linear in the composition, an encoder that looks
/// at anything else must be clearly better on the few compositions there are: far from them it will not be.
double handicapped(const Candidate& candidate, Link link) {
  const bool linear = link == Link::Identity || candidate.input == EncoderInput::Linear;
  return linear ? candidate.error : kHandicap * candidate.error;
}

std::string words(const Candidate& candidate) {
  const std::string_view input = candidate.input == EncoderInput::Spectra ? "the spectra as they are"
                                 : candidate.input == EncoderInput::Snv   ? "spectra after SNV"
                                                                          : "the link's domain";
  return fmt::format("PLS with {} component{}{} on {}", candidate.latent, candidate.latent == 1 ? "" : "s",
                     candidate.correction ? " and a network that corrects it" : "", input);
}

void choose_task(guided::Start& start, const Splits& splits, const std::vector<Candidate>& pls,
                 const HeldOutRows& inversion, const GuidedData& data, std::span<const double> variance,
                 const TrainConfig& config) {
  const auto inside = [&](const HeldOutRows& predicted) {
    return held_out_error(splits.inside, splits.inside_of(predicted), data.y_l, variance);
  };
  const double inverted = inside(inversion);
  double regressed = std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : pls) regressed = std::min(regressed, inside(candidate.predicted));
  const bool fails = inverted > kHopeless && inverted > kWorse * regressed;
  const bool unmixing = config.task == "unmixing" || (config.task == "auto" && !fails);
  start.task = unmixing ? guided::Task::Unmixing : guided::Task::Calibration;
  start.facts["task"] = name(start.task);
  start.facts["task_reason"] =
      config.task != "auto" ? std::string("Chosen by the user.")
      : fails               ? fmt::format(
                    "Mixing of endmembers does not explain these spectra: inverting it leaves {:.2g} of "
                                  "the composition's variance, regression {:.2g}.",
                    inverted, regressed)
              : fmt::format(
                    "Mixing of endmembers explains the compositions: inverting it leaves {:.2g} of "
                    "their variance, regression {:.2g}.",
                    inverted, regressed);
}

/// What predicts compositions without the mixture: the encoder, with the identity link half PLS.
Matrix<double> regressed_composition(Link link, const Matrix<double>& pls, const Matrix<double>& encoder) {
  Matrix<double> result = encoder;
  if (link != Link::Identity) return result;
  for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = (result.data()[i] + pls.data()[i]) / 2;
  return result;
}

}  // namespace

Matrix<double> joined_composition(const guided::Start& start, const Matrix<double>& pls,
                                  const Matrix<double>& encoder, const Matrix<double>& inversion) {
  if (start.task == guided::Task::Calibration) return encoder;
  Matrix<double> result = regressed_composition(start.mixture.link.link, pls, encoder);
  const double share = start.inversion_share;
  for (std::size_t i = 0; i < result.size(); ++i)
    result.data()[i] = (1 - share) * result.data()[i] + share * inversion.data()[i];
  return result;
}

Rows reference_rows(const Rows& labelled, const Rows& unlabelled) {
  const std::size_t seen = labelled.size() + unlabelled.size();
  const std::size_t step = (seen + kReferenceRows - 1) / kReferenceRows;
  Rows rows;
  for (std::size_t row = 0; row < seen; row += step)
    rows.push_back(row < labelled.size() ? labelled[row] : unlabelled[row - labelled.size()]);
  return rows;
}

Result<guided::Start> make_guided_start(const GuidedData& data, const TrainConfig& config,
                                        const RunControl* control) {
  guided::Start start;
  const auto note = [&](const char* key, std::string text) { start.facts[key] = std::move(text); };

  Link link = Link::Identity;
  if (config.link == "auto") {
    const auto choice = guided::choose_link(data.x_l, data.y_l);
    if (!choice) return fail(choice.error());
    link = choice->link;
    note("link_reason", choice->reason);
  } else {
    const auto parsed = parse_link(config.link);
    if (!parsed) return fail(parsed.error());
    link = *parsed;
    note("link_reason", "Chosen by the user.");
  }
  note("link", std::string(name(link)));

  const auto splits = make_splits(data.y_l, config.seed);
  if (!splits) return fail(splits.error());

  guided::MixtureOptions options;
  options.link = link;
  options.nuisance = static_cast<std::size_t>(config.nuisance_dimensions);
  if (link != Link::Identity) {
    auto directions = guided::efficiency_directions(link, data.x_l);
    if (!directions) return fail(directions.error());
    options.directions = *std::move(directions);
  }
  auto fit = guided::fit_mixture(data.x_l, data.y_l, options, control);
  if (!fit) return fail(fit.error());
  start.mixture = fit->mixture;

  const std::vector<double> variance = guided::variances(data.y_l);
  auto candidates = try_pls(data, start.mixture.link, *splits, variance, control);
  if (!candidates) return fail(candidates.error());
  auto inversion = try_inversion(data, *splits, options, control);
  if (!inversion) return fail(inversion.error());
  if (stopped(control)) return fail(Error::cancel());
  choose_task(start, *splits, *candidates, inversion->predicted, data, variance, config);
  const std::size_t principal = start.task == guided::Task::Calibration ? kPrincipalCalibration : kPrincipal;

  for (std::size_t i = 0, inputs = candidates->size(); i < inputs; ++i) {
    auto corrected = try_correction((*candidates)[i], data, start.mixture.link, *splits, principal, variance,
                                    config, control);
    if (!corrected) return fail(corrected.error());
    candidates->push_back(*std::move(corrected));
  }
  const auto best = std::ranges::min_element(*candidates, {}, [&](const Candidate& candidate) {
    return start.task == guided::Task::Unmixing ? handicapped(candidate, link) : candidate.error;
  });

  std::vector<std::string> others;
  for (const Candidate& candidate : *candidates)
    if (&candidate != &*best)
      others.push_back(fmt::format("{:.3g} for {}", candidate.error, words(candidate)));
  note("encoder_input", std::string(name(best->input)));
  note("encoder_correction", best->correction ? "yes" : "no");
  note("encoder_components", std::to_string(best->latent));
  note("encoder_reason",
       fmt::format(
           "{}: error {:.3g} of the composition's variance on spectra left out inside and at the border "
           "of the labelled ones{}; {}.",
           words(*best), best->error,
           start.task == guided::Task::Unmixing && link != Link::Identity
               ? " (other inputs than the link's domain must be better by half)"
               : "",
           fmt::join(others, ", ")));

  const Matrix<double> u = guided::encoder_values(best->input, start.mixture.link, data.x_l);
  auto encoder = guided::fit_encoder_base(best->input, u, data.y_l, best->latent, principal);
  if (!encoder) return fail(encoder.error());
  start.y_encoder = *std::move(encoder);
  start.correction = best->correction;
  if (auto started = start_z_encoder(start, *fit, data); !started) return fail(started.error());

  const std::vector<double> deviations = column_deviations(to_linear(start.mixture.link, data.x_l));
  double sum = 0;
  for (const double deviation : deviations) sum += deviation;
  start.scale = std::max(sum / static_cast<double>(deviations.size()), 1e-12);
  start.label_sd = column_deviations(data.y_l);

  // The plain PLS of the encoder's own input stands for PLS in the join.
  const auto plain = std::ranges::find_if(*candidates, [&](const Candidate& candidate) {
    return candidate.input == best->input && !candidate.correction;
  });
  start.inversion_share = kInversionShare;
  if (start.task == guided::Task::Unmixing) note("inversion_share", fmt::format("{}", start.inversion_share));
  const auto joined = [&](const std::vector<Split>& part, std::size_t first) {
    guided::HeldOut rows{part, {}};
    for (std::size_t s = first; s < first + part.size(); ++s)
      rows.predicted.push_back(
          joined_composition(start, plain->predicted[s], best->predicted[s], inversion->predicted[s]));
    return rows;
  };
  const guided::HeldOut inside = joined(splits->inside, splits->plain.size());
  const guided::HeldOut outside = joined(splits->outside, splits->all.size() - splits->outside.size());
  auto intervals = guided::fit_intervals(data.y_l, inside, outside);
  if (!intervals) return fail(intervals.error());
  start.intervals = *std::move(intervals);

  auto spread = endmember_spread(data, *fit, *splits, inversion->outside, options, config.seed, control);
  if (!spread) return fail(spread.error());
  start.endmember_sd = *std::move(spread);

  const guided::Inverter inverter(start.mixture);
  const auto inverted = inverter(data.reference);
  if (!inverted) return fail(inverted.error());
  auto misfit = guided::fit_misfit(inverter.residuals(data.reference, inverted->composition, inverted->z));
  if (!misfit) return fail(misfit.error());
  start.misfit = *std::move(misfit);
  const auto far = far_residuals(data, *splits, inversion->outside, outside);
  if (!far) return fail(far.error());
  if (auto grown = guided::fit_growth(start.misfit, *far); !grown) return fail(grown.error());
  note("efficiency", fmt::format("{:.3f}", fmt::join(start.mixture.efficiency, ", ")));
  return start;
}

}  // namespace assayer::model
