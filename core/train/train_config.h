// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace assayer {

/// Weights of equation (15): forward, forward-discriminative, reverse, reverse-discriminative; and of (22).
struct Alphas {
  double forward = 1;
  double forward_label = 1;   ///< α_f^d on KL(y ‖ ȳ), (13)
  double reverse = 0.01;      ///< α_r; 0 is M2 (Kingma et al. 2014)
  double reverse_label = 1;   ///< α_r^d on ‖x̄ − x‖², (14)
  double consistency = 0.01;  ///< on the divergence (22); in force with reverse_z = inferred alone
  friend bool operator==(const Alphas&, const Alphas&) = default;
};

/// Every setting of a training run; two runs with equal configurations, data, plan, machine and thread
/// count give the same bits. Plain values; `validate` states the ranges. Source: the paper's §3, A.2.
///
/// A field's key (`set`, JSON) is its name; the four α have the keys alpha_f, alpha_fd, alpha_r and alpha_rd.
struct TrainConfig {
  std::string preset = "crism";  ///< the preset that the values started from; a record, changes nothing
  std::string method =
      "untapped";  ///< untapped | m2 (α_r = 0) | m2-plain (α_r = α_r^d = 0) | m1 | guided | a baseline
  std::string objective = "paper";  ///< paper (equations (7)–(15)) | published-code (what the authors' does)
  std::string reverse_z = "observed";  ///< observed: (20), z_u drawn once and paired with y_u | latent: (10)
                                       ///< | inferred: (21), (22)

  std::string likelihood = "gaussian";          ///< p(x|y,z): gaussian | softplus-gaussian | bernoulli
  std::string y_posterior = "logistic-normal";  ///< q(y|x): logistic-normal | concrete
  double temperature = 2.0 / 3;                 ///< of concrete, and of the draws x of bernoulli
  std::vector<double> y_prior = {1};            ///< α of Dir(α): one number for all components, or K
  std::string z_prior = "uniform";              ///< uniform on (−a, a)^Z | gaussian N(0, I)
  std::string flow = "none";                    ///< before the simplex map: none | planar | coupling
  std::int64_t flow_layers = 2;
  std::int64_t samples = 1;    ///< Monte Carlo samples per expectation
  std::string bound = "elbo";  ///< elbo | importance: log of the samples' mean weight (Burda et al. 2016)

  std::int64_t nuisance_dimensions = 1;        ///< Z
  std::string nonlinearity = "tanh";           ///< tanh | softplus
  std::vector<std::int64_t> hidden_y = {5};    ///< x → y
  std::vector<std::int64_t> hidden_z = {5};    ///< (x, y) → z
  std::vector<std::int64_t> hidden_x = {20};   ///< (y, z) → x
  std::vector<std::int64_t> hidden_zy = {5};   ///< y → z of (21)
  std::string spread = "log-variance";         ///< head of the scale: log-variance | softplus (sd)
  std::string link = "auto";                   ///< guided: auto | identity | hapke | log
  std::string task = "auto";                   ///< guided: auto | unmixing | calibration
  std::string unmixing = "fully-constrained";  ///< baselines that unmix: see core/baselines/unmixing.h
  std::int64_t components = 0;                 ///< pls, pcr: how many; 0: by cross-validation
  std::string pls_algorithm = "simpls";        ///< simpls | nipals
  std::string pls_outputs = "all";  ///< all: PLS2, one model | one: PLS1, a model per component of y
  double ridge = -1;                ///< ridge: λ; below 0: by cross-validation
  double sunsal_lambda = 1e-3;      ///< weight of the sum of abundances, in the link's domain squared
  std::int64_t skewers = 10000;     ///< ppi: directions
  std::int64_t starts = 5;          ///< nfindr
  double outside = 0.005;           ///< minimum-volume: share of rows that may lie beyond each face
  double volume_weight = 1e-4;      ///< nmf
  std::int64_t iterations = 500;    ///< nmf, at most
  double label_epsilon = 1e-3;      ///< y_l and y_u are clipped to [ε, 1 − ε] and renormalised

  Alphas alphas;
  std::int64_t batch = 100;
  std::int64_t epochs = 5000;
  double rate = 0.003;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-4;
  double gradient_clip = 1;  ///< element-wise, [−c, c]

  std::int64_t max_labelled = 500;  ///< at most so many labelled rows, drawn by `seed`; 0: no limit
  std::int64_t members = 1;         ///< M; member m is seeded with seed + m
  std::uint64_t seed = 0;
  std::int64_t threads =
      1;  ///< members of a population are spread over them; one model's products are too small
  std::string device = "auto";  ///< auto | cpu | cuda
  /// auto | autograd (LibTorch's, the reference) | fused (core/kernels, many times faster); a run notes which
  /// it took
  std::string step = "auto";
  double snapshot_seconds = 0.1;   ///< wall-clock interval of Observer::on_snapshot
  double checkpoint_seconds = 30;  ///< wall-clock interval of Observer::on_checkpoint

  /// "crism", "libs" and "mnist" of the paper's appendix A.2, or "guided", which is no column of it: method
  /// guided with its own schedule. Usage error with the list of names otherwise; "auto" is resolved by the
  /// caller with `suggest_preset`.
  static Result<TrainConfig> from_preset(std::string_view name);

  /// These settings with another method. Where that one has a preset of its own (guided, the paper's
  /// methods), they become that preset's; what says how and where to run stays: seed, threads, device,
  /// labelled rows and intervals. Usage error for a method that does not exist.
  [[nodiscard]] Result<TrainConfig> with_method(std::string_view name) const;

  /// Sets one field by its key ("alpha_r=0.01", "hidden_y=5,5", "epochs=100"). A key that does not exist, or
  /// a value that does not parse, is a Usage error that lists the keys or the form. Ranges: `validate`.
  Status set(std::string_view key, std::string_view value);
  /// The value of one key in the form that `set` takes, shortest that reads back the same; empty for a key
  /// that does not exist.
  [[nodiscard]] std::string value(std::string_view key) const;
  /// Keys whose values are others in `other`, in the order of `keys`.
  [[nodiscard]] std::vector<std::string> differences(const TrainConfig& other) const;
  /// Takes over what says how and where to run, and is no setting of a model: seed, threads, device, step and
  /// intervals.
  void run_like(const TrainConfig& other);
  /// What these settings would be if only the preset and the method had been chosen.
  [[nodiscard]] TrainConfig unchanged() const;
  /// Keys whose value is another than in `unchanged`, but for the preset's name.
  [[nodiscard]] std::vector<std::string> changed() const;
  /// Keys that `set` takes, in the order of the structure.
  static std::vector<std::string> keys();
  /// One line on a key: meaning, equation, unit, range or choices. Empty for a key that does not exist.
  static std::string describe(std::string_view key);
  /// The values that a key of choices takes; empty for the other keys.
  static std::vector<std::string> choices(std::string_view key);

  /// z lives on (−a, a): 1.5, or π / 2 with the published code's objective.
  [[nodiscard]] double z_half_width() const;
  /// Whether every distribution is the default one, with a single sample of the plain bound: what the
  /// published code and method guided are made for.
  [[nodiscard]] bool has_default_distributions() const;
  /// Whether the method trains the paper's networks or M1's, under the distributions chosen here.
  [[nodiscard]] bool trains_networks() const;
  /// The α in force: those above, with the method's zeros.
  [[nodiscard]] Alphas effective_alphas() const;
  /// Ranges and combinations; the error names the key, the value and the range.
  [[nodiscard]] Status validate() const;

  /// JSON object, one member per key; round-trips exactly.
  [[nodiscard]] std::string to_json() const;
  /// A member that is missing keeps its default. A member that is unknown or of another type is a Format
  /// error: ignoring it would train something else than the file says.
  static Result<TrainConfig> from_json(std::string_view json);

  friend bool operator==(const TrainConfig&, const TrainConfig&) = default;
};

}  // namespace assayer
