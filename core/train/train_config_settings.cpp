// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/train_config_settings_detail.h"

namespace assayer::detail {
namespace {

Real field(double TrainConfig::* member, double low, bool low_allowed, double high = kNoLimit,
           bool high_allowed = false) {
  return {member, nullptr, low, low_allowed, high, high_allowed};
}
Real weight(double Alphas::* alpha) {
  return {nullptr, alpha, 0, true, kNoLimit, false};
}

}  // namespace

std::span<const Setting> settings() {
  using C = TrainConfig;
  static const std::vector<Setting> list = {
      {"preset",
       Message::marked(
           "Preset that the settings started from (appendix A.2); a record that changes no other setting"),
       Choice{&C::preset, {"crism", "libs", "mnist", "guided"}}},
      {"method",
       Message::marked(
           "Method: untapped maximises (15); m2 sets α_r to 0; m2-plain sets α_r and α_r^d to 0; m1 is a "
           "plain autoencoder, compositions read from its latent by regression afterwards; guided has a "
           "decoder that mixes endmembers and an encoder that starts from PLS; the others are baselines"),
       Choice{&C::method,
              {"untapped", "m2", "m2-plain", "m1", "guided", "pls", "pcr", "ridge", "least-squares", "vca",
               "nfindr", "ppi", "atgp", "smacc", "minimum-volume", "nmf", "library"}}},
      {"objective",
       Message::marked(
           "Objective: paper computes equations (7) to (15) as published; published-code what the authors' "
           "code computes instead, with its softplus spread, gradient norm and decay of the rate"),
       Choice{&C::objective, {"paper", "published-code"}}},
      {"reverse_z",
       Message::marked("Nuisance of the unfeatured compositions: observed draws z_u once and pairs it with "
                       "y_u, (20); latent draws it anew at each step, (10); inferred draws it from a network "
                       "q(z|y), (21), kept consistent by (22)"),
       Choice{&C::reverse_z, {"observed", "latent", "inferred"}}},
      {"likelihood",
       Message::marked("p(x|y,z): gaussian; softplus-gaussian for spectra that are positive; bernoulli for "
                       "values of 0 to 1"),
       Choice{&C::likelihood, {"gaussian", "softplus-gaussian", "bernoulli"}}},
      {"y_posterior",
       Message::marked("q(y|x): logistic-normal, (5); concrete (Gumbel-softmax) for compositions that are "
                       "nearly one-hot"),
       Choice{&C::y_posterior, {"logistic-normal", "concrete"}}},
      {"temperature",
       Message::marked("Temperature of the concrete distribution and of draws of the bernoulli likelihood"),
       field(&C::temperature, 0.01, true, 100, true)},
      {"y_prior", Message::marked("Concentrations α of the prior Dir(α) of compositions; 1 is uniform"),
       Concentrations{&C::y_prior}},
      {"z_prior",
       Message::marked("Prior of the nuisance z: uniform on an interval, with a logistic-normal q(z|x,y); "
                       "gaussian N(0, I), with a Gaussian one"),
       Choice{&C::z_prior, {"uniform", "gaussian"}}},
      {"flow",
       Message::marked("Normalizing flow of q(y|x) before the simplex map (section 3.1): planar layers, or "
                       "affine couplings"),
       Choice{&C::flow, {"none", "planar", "coupling"}}},
      {"flow_layers", Message::marked("Layers of the normalizing flow"), Integer{&C::flow_layers, 1, 16}},
      {"samples", Message::marked("Monte Carlo samples of every expectation"), Integer{&C::samples, 1, 1000}},
      {"bound",
       Message::marked(
           "How samples make a bound: elbo takes their mean; importance the logarithm of their mean weight"),
       Choice{&C::bound, {"elbo", "importance"}}},
      {"nuisance_dimensions", Message::marked("Dimensions Z of the nuisance z, (2)"),
       Integer{&C::nuisance_dimensions, 1, 16}},
      {"nonlinearity", Message::marked("Nonlinearity of the hidden layers"),
       Choice{&C::nonlinearity, {"tanh", "softplus"}}},
      {"hidden_y", Message::marked("Hidden layers of q(y|x), (5), in units per layer"),
       LayerSizes{&C::hidden_y}},
      {"hidden_z", Message::marked("Hidden layers of q(z|x,y), (6), in units per layer"),
       LayerSizes{&C::hidden_z}},
      {"hidden_x", Message::marked("Hidden layers of p(x|y,z), (3), in units per layer"),
       LayerSizes{&C::hidden_x}},
      {"hidden_zy",
       Message::marked("Hidden layers of q(z|y), (21), in units per layer; used with reverse_z inferred"),
       LayerSizes{&C::hidden_zy}},
      {"spread",
       Message::marked("What the networks give as scale of their Gaussians: the log-variance, or the "
                       "standard deviation through softplus"),
       Choice{&C::spread, {"log-variance", "softplus"}}},
      {"link",
       Message::marked("Method guided and baselines that unmix: where spectra of mixtures are linear; hapke "
                       "is single-scattering albedo, log is -ln x, auto takes what extrapolates best"),
       Choice{&C::link, {"auto", "identity", "hapke", "log"}}},
      {"task",
       Message::marked("Method guided: unmixing also inverts the decoder; calibration learns compositions "
                       "from labels alone; auto takes calibration where inverting fails"),
       Choice{&C::task, {"auto", "unmixing", "calibration"}}},
      {"unmixing", Message::marked("Baselines that unmix: how abundances are found, given endmembers"),
       Choice{&C::unmixing, {"least-squares", "non-negative", "sum-to-one", "fully-constrained", "sunsal"}}},
      {"components",
       Message::marked(
           "Baselines pls and pcr: number of components; 0 takes that of the least cross-validated error"),
       Integer{&C::components, 0, 1000}},
      {"pls_algorithm",
       Message::marked("Baseline pls: simpls (de Jong 1993) or nipals (Wold; what scikit-learn computes)"),
       Choice{&C::pls_algorithm, {"simpls", "nipals"}}},
      {"pls_outputs",
       Message::marked("Baseline pls: all predicts the whole composition by one model (PLS2), one each of "
                       "its parts by a model of its own (PLS1)"),
       Choice{&C::pls_outputs, {"all", "one"}}},
      {"ridge",
       Message::marked("Baseline ridge: penalty λ on squared coefficients; -1 takes that of the least "
                       "cross-validated error"),
       field(&C::ridge, -1, true)},
      {"sunsal_lambda", Message::marked("Baselines that unmix with sunsal: weight of the sum of abundances"),
       field(&C::sunsal_lambda, 0, true)},
      {"skewers", Message::marked("Baseline ppi: directions that are looked along"),
       Integer{&C::skewers, 1, 10'000'000}},
      {"starts", Message::marked("Baseline nfindr: starts, the best of which counts"),
       Integer{&C::starts, 1, 10'000}},
      {"outside",
       Message::marked(
           "Baseline minimum-volume: share of the spectra that may lie beyond each face of the simplex"),
       field(&C::outside, 0, true, 0.5, true)},
      {"volume_weight",
       Message::marked(
           "Baseline nmf: how dear the simplex's volume is, over the squared spread of the spectra"),
       field(&C::volume_weight, 0, true)},
      {"iterations", Message::marked("Baseline nmf: most iterations"), Integer{&C::iterations, 1, 1'000'000}},
      {"label_epsilon",
       Message::marked("Compositions used as labels are clipped to [ε, 1 − ε] and renormalised, as a "
                       "fraction: the border of the simplex has no finite logit"),
       field(&C::label_epsilon, 0, false, 0.1, true)},
      {"alpha_f", Message::marked("α_f, weight of the forward bounds (7) and (8) in (15), no unit"),
       weight(&Alphas::forward)},
      {"alpha_fd",
       Message::marked("α_f^d, weight of the divergence from the known compositions (13) in (15), no unit"),
       weight(&Alphas::forward_label)},
      {"alpha_r", Message::marked("α_r, weight of the reverse bounds (9) and (10) in (15), no unit; 0 is M2"),
       weight(&Alphas::reverse)},
      {"alpha_rd",
       Message::marked(
           "α_r^d, weight of the squared distance from the measured spectra (14) in (15), no unit"),
       weight(&Alphas::reverse_label)},
      {"alpha_c", Message::marked("Weight of the divergence (22), no unit; in force with reverse_z inferred"),
       weight(&Alphas::consistency)},
      {"batch", Message::marked("Rows per mini-batch from each source (Algorithm 1)"),
       Integer{&C::batch, 1, kManyRows}},
      {"epochs", Message::marked("Epochs to train; with method guided an epoch is one step"),
       Integer{&C::epochs, 1, kManyRows}},
      {"rate",
       Message::marked(
           "Learning rate of Adam, no unit; constant, with method guided the peak of a cosine schedule"),
       field(&C::rate, 0, false)},
      {"adam_beta1", Message::marked("Decay of Adam's first moment per step"),
       field(&C::adam_beta1, 0, true, 1, false)},
      {"adam_beta2", Message::marked("Decay of Adam's second moment per step"),
       field(&C::adam_beta2, 0, true, 1, false)},
      {"adam_epsilon", Message::marked("Term in the denominator of Adam's step"),
       field(&C::adam_epsilon, 0, false)},
      {"gradient_clip",
       Message::marked("Each element of the gradient is clipped to [−c, c]; with method guided a member's "
                       "whole gradient to length c"),
       field(&C::gradient_clip, 0, false)},
      {"max_labelled", Message::marked("Most labelled rows used, drawn by the seed; 0 sets no limit"),
       Integer{&C::max_labelled, 0, kManyRows}},
      {"members", Message::marked("Models M trained side by side; member m has the seed + m"),
       Integer{&C::members, 1, 1024}},
      {"seed", Message::marked("Seed of every random draw of the run"), Seed{&C::seed}},
      {"threads", Message::marked("Processor threads of the numerical engine"), Integer{&C::threads, 1, 256}},
      {"device",
       Message::marked("Where the run computes: auto takes a CUDA device where one answers and a step is "
                       "large enough to be faster there; a run on one says so in its facts"),
       Choice{&C::device, {"auto", "cpu", "cuda"}}},
      {"step",
       Message::marked("What computes a training step: fused is many times faster and covers guided and the "
                       "paper's networks on the CPU, but for flows, several samples and an inferred z; "
                       "autograd covers everything; auto takes fused where it can, and the run notes which"),
       Choice{&C::step, {"auto", "autograd", "fused"}}},
      {"snapshot_seconds", Message::marked("Seconds of wall clock between two updates of the views"),
       field(&C::snapshot_seconds, 0, false)},
      {"checkpoint_seconds", Message::marked("Seconds of wall clock between two checkpoints"),
       field(&C::checkpoint_seconds, 0, false)},
  };
  return list;
}

}  // namespace assayer::detail
