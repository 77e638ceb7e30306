// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/train_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <span>
#include <variant>

namespace assayer {
namespace {

using Json = nlohmann::ordered_json;
using Layers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();
constexpr std::int64_t kManyRows = 1'000'000'000;

// One kind of setting each: how it is read, written and bounded. `at` reaches the member for both
// constnesses.

struct Choice {
  std::string TrainConfig::* member;
  std::vector<std::string_view> values;

  const std::string& at(const TrainConfig& config) const { return config.*member; }
  std::string form() const { return fmt::format("one of {}", fmt::join(values, ", ")); }
  bool allows(const std::string& value) const { return std::ranges::find(values, value) != values.end(); }
  bool parse(TrainConfig& config, std::string_view text) const {
    if (!allows(std::string(text))) return false;
    config.*member = text;
    return true;
  }
  bool read(TrainConfig& config, const Json& json) const {
    if (!json.is_string()) return false;
    config.*member = json.get<std::string>();
    return true;
  }
};

template <class T>
bool parse_number(std::string_view text, T& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size();
}

/// Numbers separated by commas.
template <class T>
std::optional<std::vector<T>> parse_list(std::string_view text) {
  std::vector<T> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (!parse_number(text.substr(begin, end - begin), values.emplace_back())) return std::nullopt;
    begin = end + 1;
  }
  return values;
}

struct Integer {
  std::int64_t TrainConfig::* member;
  std::int64_t low;
  std::int64_t high;

  const std::int64_t& at(const TrainConfig& config) const { return config.*member; }
  std::string form() const {
    return high >= kManyRows ? fmt::format("a whole number, at least {}", low)
                             : fmt::format("a whole number, {} to {}", low, high);
  }
  bool allows(std::int64_t value) const { return value >= low && value <= high; }
  bool parse(TrainConfig& config, std::string_view text) const { return parse_number(text, config.*member); }
  bool read(TrainConfig& config, const Json& json) const {
    if (!json.is_number_integer()) return false;
    // A number past int64 would wrap when converted.
    if (json.is_number_unsigned() &&
        json.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return false;
    config.*member = json.get<std::int64_t>();
    return true;
  }
};

struct Seed {
  std::uint64_t TrainConfig::* member;

  const std::uint64_t& at(const TrainConfig& config) const { return config.*member; }
  std::string form() const { return "a whole number, 0 to 18446744073709551615"; }
  bool allows(std::uint64_t /*value*/) const { return true; }
  bool parse(TrainConfig& config, std::string_view text) const { return parse_number(text, config.*member); }
  bool read(TrainConfig& config, const Json& json) const {
    if (!json.is_number_unsigned()) return false;
    config.*member = json.get<std::uint64_t>();
    return true;
  }
};

struct Real {
  /// Exactly one of the two is set: a field of the configuration or one of its α.
  double TrainConfig::* member;
  double Alphas::* alpha;
  double low;
  bool low_allowed;
  double high;
  bool high_allowed;

  const double& at(const TrainConfig& config) const {
    return alpha != nullptr ? config.alphas.*alpha : config.*member;
  }
  double& at(TrainConfig& config) const { return alpha != nullptr ? config.alphas.*alpha : config.*member; }
  std::string form() const {
    const std::string_view low_word = low_allowed ? "at least" : "above";
    if (high == kNoLimit) return fmt::format("a number {} {}", low_word, low);
    return fmt::format("a number {} {} and {} {}", low_word, low, high_allowed ? "at most" : "below", high);
  }
  bool allows(double value) const {
    return std::isfinite(value) && (low_allowed ? value >= low : value > low) &&
           (high_allowed ? value <= high : value < high);
  }
  bool parse(TrainConfig& config, std::string_view text) const { return parse_number(text, at(config)); }
  bool read(TrainConfig& config, const Json& json) const {
    if (!json.is_number()) return false;
    at(config) = json.get<double>();
    return true;
  }
};

struct LayerSizes {
  Layers TrainConfig::* member;

  static constexpr std::size_t kMostLayers = 4;
  static constexpr std::int64_t kLargest = 4096;

  const Layers& at(const TrainConfig& config) const { return config.*member; }
  std::string form() const {
    return fmt::format("1 to {} layer sizes of 1 to {}, separated by commas", kMostLayers, kLargest);
  }
  bool allows(const Layers& sizes) const {
    return !sizes.empty() && sizes.size() <= kMostLayers &&
           std::ranges::all_of(sizes, [](std::int64_t size) { return size >= 1 && size <= kLargest; });
  }
  bool parse(TrainConfig& config, std::string_view text) const {
    auto sizes = parse_list<std::int64_t>(text);
    if (!sizes) return false;
    config.*member = std::move(*sizes);
    return true;
  }
  bool read(TrainConfig& config, const Json& json) const {
    if (!json.is_array() ||
        !std::ranges::all_of(json, [](const Json& size) { return size.is_number_integer(); }))
      return false;
    config.*member = json.get<Layers>();
    return true;
  }
};

struct Concentrations {
  Reals TrainConfig::* member;

  static constexpr std::size_t kMost = 1000;
  static constexpr double kLow = 1e-3;
  static constexpr double kHigh = 1e6;

  const Reals& at(const TrainConfig& config) const { return config.*member; }
  std::string form() const {
    return fmt::format("one number of {} to {} for all components, or one for each, separated by commas",
                       kLow, kHigh);
  }
  bool allows(const Reals& values) const {
    return !values.empty() && values.size() <= kMost &&
           std::ranges::all_of(values, [](double value) { return value >= kLow && value <= kHigh; });
  }
  bool parse(TrainConfig& config, std::string_view text) const {
    auto values = parse_list<double>(text);
    if (!values) return false;
    config.*member = std::move(*values);
    return true;
  }
  bool read(TrainConfig& config, const Json& json) const {
    if (!json.is_array() || !std::ranges::all_of(json, [](const Json& item) { return item.is_number(); }))
      return false;
    config.*member = json.get<Reals>();
    return true;
  }
};

using Kind = std::variant<Choice, Integer, Seed, Real, LayerSizes, Concentrations>;

struct Setting {
  std::string_view key;
  std::string_view meaning;  ///< with equation and unit; the range comes from the kind
  Kind kind;

  [[nodiscard]] std::string form() const {
    return std::visit([](const auto& k) { return k.form(); }, kind);
  }
};

Real field(double TrainConfig::* member, double low, bool low_allowed, double high = kNoLimit,
           bool high_allowed = false) {
  return {member, nullptr, low, low_allowed, high, high_allowed};
}
Real weight(double Alphas::* alpha) {
  return {nullptr, alpha, 0, true, kNoLimit, false};
}

/// The one list of settings, in the order of the structure.
std::span<const Setting> settings() {
  using C = TrainConfig;
  static const std::vector<Setting> list = {
      {"preset",
       "Preset that the settings started from (appendix A.2); a record that changes no other setting",
       Choice{&C::preset, {"crism", "libs", "mnist", "guided"}}},
      {"method",
       "Method: untapped maximises (15); m2 sets α_r to 0; m2-plain sets α_r and α_r^d to 0; m1 is a plain "
       "autoencoder, compositions read from its latent by regression afterwards; guided has a decoder that "
       "mixes endmembers and an encoder that starts from PLS; the others are baselines",
       Choice{&C::method,
              {"untapped", "m2", "m2-plain", "m1", "guided", "pls", "pcr", "ridge", "least-squares", "vca",
               "nfindr", "ppi", "atgp", "smacc", "minimum-volume", "nmf", "library"}}},
      {"objective",
       "Objective: paper computes equations (7) to (15) as published; published-code what the authors' code "
       "computes instead, with its softplus spread, gradient norm and decay of the rate",
       Choice{&C::objective, {"paper", "published-code"}}},
      {"reverse_z",
       "Nuisance of the unfeatured compositions: observed draws z_u once and pairs it with y_u, (20); latent "
       "draws it anew at each step, (10); inferred draws it from a network q(z|y), (21), kept consistent by "
       "(22)",
       Choice{&C::reverse_z, {"observed", "latent", "inferred"}}},
      {"likelihood",
       "p(x|y,z): gaussian; softplus-gaussian for spectra that are positive; bernoulli for values of 0 to 1",
       Choice{&C::likelihood, {"gaussian", "softplus-gaussian", "bernoulli"}}},
      {"y_posterior",
       "q(y|x): logistic-normal, (5); concrete (Gumbel-softmax) for compositions that are nearly one-hot",
       Choice{&C::y_posterior, {"logistic-normal", "concrete"}}},
      {"temperature", "Temperature of the concrete distribution and of draws of the bernoulli likelihood",
       field(&C::temperature, 0.01, true, 100, true)},
      {"y_prior", "Concentrations α of the prior Dir(α) of compositions; 1 is uniform",
       Concentrations{&C::y_prior}},
      {"z_prior",
       "Prior of the nuisance z: uniform on an interval, with a logistic-normal q(z|x,y); gaussian N(0, I), "
       "with a Gaussian one",
       Choice{&C::z_prior, {"uniform", "gaussian"}}},
      {"flow",
       "Normalizing flow of q(y|x) before the simplex map (section 3.1): planar layers, or affine couplings",
       Choice{&C::flow, {"none", "planar", "coupling"}}},
      {"flow_layers", "Layers of the normalizing flow", Integer{&C::flow_layers, 1, 16}},
      {"samples", "Monte Carlo samples of every expectation", Integer{&C::samples, 1, 1000}},
      {"bound",
       "How samples make a bound: elbo takes their mean; importance the logarithm of their mean weight",
       Choice{&C::bound, {"elbo", "importance"}}},
      {"nuisance_dimensions", "Dimensions Z of the nuisance z, (2)", Integer{&C::nuisance_dimensions, 1, 16}},
      {"nonlinearity", "Nonlinearity of the hidden layers", Choice{&C::nonlinearity, {"tanh", "softplus"}}},
      {"hidden_y", "Hidden layers of q(y|x), (5), in units per layer", LayerSizes{&C::hidden_y}},
      {"hidden_z", "Hidden layers of q(z|x,y), (6), in units per layer", LayerSizes{&C::hidden_z}},
      {"hidden_x", "Hidden layers of p(x|y,z), (3), in units per layer", LayerSizes{&C::hidden_x}},
      {"hidden_zy", "Hidden layers of q(z|y), (21), in units per layer; used with reverse_z inferred",
       LayerSizes{&C::hidden_zy}},
      {"spread",
       "What the networks give as scale of their Gaussians: the log-variance, or the standard deviation "
       "through "
       "softplus",
       Choice{&C::spread, {"log-variance", "softplus"}}},
      {"link",
       "Method guided and baselines that unmix: where spectra of mixtures are linear; hapke is "
       "single-scattering albedo, log is -ln "
       "x, "
       "auto takes what extrapolates best",
       Choice{&C::link, {"auto", "identity", "hapke", "log"}}},
      {"task",
       "Method guided: unmixing also inverts the decoder; calibration learns compositions from labels alone; "
       "auto takes calibration where inverting fails",
       Choice{&C::task, {"auto", "unmixing", "calibration"}}},
      {"unmixing", "Baselines that unmix: how abundances are found, given endmembers",
       Choice{&C::unmixing, {"least-squares", "non-negative", "sum-to-one", "fully-constrained", "sunsal"}}},
      {"components",
       "Baselines pls and pcr: number of components; 0 takes that of the least cross-validated error",
       Integer{&C::components, 0, 1000}},
      {"pls_algorithm", "Baseline pls: simpls (de Jong 1993) or nipals (Wold; what scikit-learn computes)",
       Choice{&C::pls_algorithm, {"simpls", "nipals"}}},
      {"pls_outputs",
       "Baseline pls: all predicts the whole composition by one model (PLS2), one each of its parts by a "
       "model "
       "of its own (PLS1)",
       Choice{&C::pls_outputs, {"all", "one"}}},
      {"ridge",
       "Baseline ridge: penalty λ on squared coefficients; -1 takes that of the least cross-validated "
       "error",
       field(&C::ridge, -1, true)},
      {"sunsal_lambda", "Baselines that unmix with sunsal: weight of the sum of abundances",
       field(&C::sunsal_lambda, 0, true)},
      {"skewers", "Baseline ppi: directions that are looked along", Integer{&C::skewers, 1, 10'000'000}},
      {"starts", "Baseline nfindr: starts, the best of which counts", Integer{&C::starts, 1, 10'000}},
      {"outside",
       "Baseline minimum-volume: share of the spectra that may lie beyond each face of the simplex",
       field(&C::outside, 0, true, 0.5, true)},
      {"volume_weight",
       "Baseline nmf: how dear the simplex's volume is, over the squared spread of the spectra",
       field(&C::volume_weight, 0, true)},
      {"iterations", "Baseline nmf: most iterations", Integer{&C::iterations, 1, 1'000'000}},
      {"label_epsilon",
       "Compositions used as labels are clipped to [ε, 1 − ε] and renormalised, as a fraction: the border of "
       "the "
       "simplex has no finite logit",
       field(&C::label_epsilon, 0, false, 0.1, true)},
      {"alpha_f", "α_f, weight of the forward bounds (7) and (8) in (15), no unit", weight(&Alphas::forward)},
      {"alpha_fd", "α_f^d, weight of the divergence from the known compositions (13) in (15), no unit",
       weight(&Alphas::forward_label)},
      {"alpha_r", "α_r, weight of the reverse bounds (9) and (10) in (15), no unit; 0 is M2",
       weight(&Alphas::reverse)},
      {"alpha_rd", "α_r^d, weight of the squared distance from the measured spectra (14) in (15), no unit",
       weight(&Alphas::reverse_label)},
      {"alpha_c", "Weight of the divergence (22), no unit; in force with reverse_z inferred",
       weight(&Alphas::consistency)},
      {"batch", "Rows per mini-batch from each source (Algorithm 1)", Integer{&C::batch, 1, kManyRows}},
      {"epochs", "Epochs to train; with method guided an epoch is one step",
       Integer{&C::epochs, 1, kManyRows}},
      {"rate", "Learning rate of Adam, no unit; constant, with method guided the peak of a cosine schedule",
       field(&C::rate, 0, false)},
      {"adam_beta1", "Decay of Adam's first moment per step", field(&C::adam_beta1, 0, true, 1, false)},
      {"adam_beta2", "Decay of Adam's second moment per step", field(&C::adam_beta2, 0, true, 1, false)},
      {"adam_epsilon", "Term in the denominator of Adam's step", field(&C::adam_epsilon, 0, false)},
      {"gradient_clip",
       "Each element of the gradient is clipped to [−c, c]; with method guided a member's whole gradient to "
       "length c",
       field(&C::gradient_clip, 0, false)},
      {"max_labelled", "Most labelled rows used, drawn by the seed; 0 sets no limit",
       Integer{&C::max_labelled, 0, kManyRows}},
      {"members", "Models M trained side by side; member m has the seed + m", Integer{&C::members, 1, 1024}},
      {"seed", "Seed of every random draw of the run", Seed{&C::seed}},
      {"threads", "Processor threads of the numerical engine", Integer{&C::threads, 1, 256}},
      {"device",
       "Where the run computes: auto takes a CUDA device where one answers and a step is large enough to be "
       "faster there; a run on one says so in its facts",
       Choice{&C::device, {"auto", "cpu", "cuda"}}},
      {"step",
       "What computes a training step: fused is many times faster and covers guided and the paper's "
       "networks on the CPU, but for flows, several samples and an inferred z; "
       "autograd covers everything; auto takes fused where it can, and the run notes which",
       Choice{&C::step, {"auto", "autograd", "fused"}}},
      {"snapshot_seconds", "Seconds of wall clock between two updates of the views",
       field(&C::snapshot_seconds, 0, false)},
      {"checkpoint_seconds", "Seconds of wall clock between two checkpoints",
       field(&C::checkpoint_seconds, 0, false)},
  };
  return list;
}

const Setting* find_setting(std::string_view key) {
  const auto list = settings();
  const auto found = std::ranges::find(list, key, &Setting::key);
  return found != list.end() ? &*found : nullptr;
}

std::string all_keys() {
  return fmt::format("{}", fmt::join(TrainConfig::keys(), ", "));
}

Error bad_preset(std::string_view name) {
  return {.kind = Error::Kind::Usage,
          .what = "there is no such preset",
          .where = "preset",
          .expected = "crism, libs, mnist or guided",
          .found = fmt::format("\"{}\"", name),
          .mend = "Start from one of these and change single settings"};
}

}  // namespace

Result<TrainConfig> TrainConfig::from_preset(std::string_view name) {
  // The members' initial values are the CRISM column of the paper's appendix A.2.
  if (name == "crism") return TrainConfig{};
  if (name == "libs") {
    TrainConfig config;
    config.preset = "libs";
    config.likelihood = "softplus-gaussian";
    config.nuisance_dimensions = 2;
    config.hidden_y = {25, 10};
    config.hidden_z = {5, 5};
    config.hidden_x = {50};
    config.alphas = {.forward = 0.01, .forward_label = 10, .reverse = 1e-4, .reverse_label = 1e-4};
    config.epochs = 2000;
    config.rate = 0.01;
    return config;
  }
  if (name == "mnist") {
    TrainConfig config;
    config.preset = "mnist";
    config.likelihood = "bernoulli";
    config.y_posterior = "concrete";
    config.nuisance_dimensions = 2;
    config.nonlinearity = "softplus";
    config.hidden_y = {500};
    config.hidden_z = {500};
    config.hidden_x = {500};
    config.alphas = {.forward = 0.1, .forward_label = 1, .reverse = 0.1, .reverse_label = 0.1};
    config.batch = 10000;
    config.epochs = 1000;
    config.rate = 0.001;
    config.max_labelled = 0;
    return config;
  }
  if (name == "guided") {
    TrainConfig config;
    config.preset = "guided";
    config.method = "guided";
    config.alphas = {.forward = 1, .forward_label = 1, .reverse = 0.1, .reverse_label = 0};
    config.epochs = 600;  // of one step each: rows are drawn with replacement
    config.rate = 0.005;
    config.adam_epsilon = 1e-8;
    config.gradient_clip = 100;
    config.members = 4;
    return config;
  }
  return fail(bad_preset(name));
}

Result<TrainConfig> TrainConfig::with_method(std::string_view name) const {
  TrainConfig changed = *this;
  if (auto set = changed.set("method", name); !set) return fail(set.error());
  if ((changed.method == "guided") == (method == "guided")) return changed;
  auto other = from_preset(changed.method == "guided" ? "guided" : "crism");
  if (!other) return other;
  other->method = changed.method;
  other->max_labelled = max_labelled;
  other->seed = seed;
  other->threads = threads;
  other->device = device;
  other->step = step;
  other->snapshot_seconds = snapshot_seconds;
  other->checkpoint_seconds = checkpoint_seconds;
  return other;
}

Status TrainConfig::set(std::string_view key, std::string_view value) {
  const Setting* setting = find_setting(key);
  if (setting == nullptr)
    return fail({.kind = Error::Kind::Usage,
                 .what = "there is no such setting",
                 .where = "settings",
                 .expected = "one of " + all_keys(),
                 .found = fmt::format("\"{}\"", key),
                 .mend = {}});
  TrainConfig changed = *this;
  if (!std::visit([&](const auto& kind) { return kind.parse(changed, value); }, setting->kind)) {
    if (key == "preset") return fail(bad_preset(value));
    return fail({.kind = Error::Kind::Usage,
                 .what = "the value cannot be read",
                 .where = std::string(key),
                 .expected = setting->form(),
                 .found = fmt::format("\"{}\"", value),
                 .mend = {}});
  }
  *this = std::move(changed);
  return {};
}

std::vector<std::string> TrainConfig::keys() {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) names.emplace_back(setting.key);
  return names;
}

std::string TrainConfig::describe(std::string_view key) {
  const Setting* setting = find_setting(key);
  return setting != nullptr ? fmt::format("{}: {}", setting->meaning, setting->form()) : std::string{};
}

std::vector<std::string> TrainConfig::choices(std::string_view key) {
  const Setting* setting = find_setting(key);
  const auto* choice = setting != nullptr ? std::get_if<Choice>(&setting->kind) : nullptr;
  if (choice == nullptr) return {};
  return {choice->values.begin(), choice->values.end()};
}

double TrainConfig::z_half_width() const {
  return objective == "published-code" ? std::numbers::pi / 2 : 1.5;
}

bool TrainConfig::has_default_distributions() const {
  return likelihood == "gaussian" && y_posterior == "logistic-normal" && y_prior == Reals{1} &&
         z_prior == "uniform" && flow == "none" && samples == 1 && bound == "elbo" && reverse_z != "inferred";
}

bool TrainConfig::trains_networks() const {
  return method == "untapped" || method == "m2" || method == "m2-plain" || method == "m1";
}

Alphas TrainConfig::effective_alphas() const {
  // The bound of M1 sees no label, and there is nothing beside it.
  if (method == "m1")
    return {
        .forward = alphas.forward, .forward_label = 0, .reverse = 0, .reverse_label = 0, .consistency = 0};
  Alphas in_force = alphas;
  if (method == "m2" || method == "m2-plain") in_force.reverse = 0;
  if (method == "m2-plain") in_force.reverse_label = 0;
  // Without the reverse bounds nothing asks q(z|y).
  if (reverse_z != "inferred" || in_force.reverse == 0) in_force.consistency = 0;
  return in_force;
}

Status TrainConfig::validate() const {
  for (const Setting& setting : settings()) {
    std::string found;
    const auto check = [&](const auto& kind) {
      const auto& value = kind.at(*this);
      if (kind.allows(value)) return true;
      using Value = std::decay_t<decltype(value)>;
      if constexpr (std::is_same_v<Value, Layers> || std::is_same_v<Value, Reals>)
        found = value.empty() ? std::string("none") : fmt::format("{}", fmt::join(value, ","));
      else
        found = fmt::format("{}", value);
      return false;
    };
    if (std::visit(check, setting.kind)) continue;
    if (setting.key == "preset") return fail(bad_preset(preset));
    return fail({.kind = Error::Kind::Usage,
                 .what = "the setting is out of its range",
                 .where = std::string(setting.key),
                 .expected = setting.form(),
                 .found = std::move(found),
                 .mend = {}});
  }
  if (objective == "published-code" && (method == "guided" || method == "m1" || spread != "softplus"))
    return fail({.kind = Error::Kind::Usage,
                 .what = "the published code's objective does not go with these settings",
                 .where = "objective",
                 .expected = "one of the paper's methods, and spread=softplus as in that code",
                 .found = fmt::format("method {}, spread {}", method, spread),
                 .mend = "Set spread=softplus too, or take objective=paper"});
  if ((objective == "published-code" || method == "guided") && !has_default_distributions())
    return fail({.kind = Error::Kind::Usage,
                 .what = "these distributions do not go with the method or the objective",
                 .where = "likelihood, y_posterior, y_prior, z_prior, flow, samples, bound, reverse_z",
                 .expected = "the defaults with method guided and with the published code's objective",
                 .found = fmt::format("method {}, objective {}", method, objective),
                 .mend = "Leave them at their defaults, or take method untapped or m2 with objective=paper"});
  if (flow != "none" && y_posterior != "logistic-normal")
    return fail({.kind = Error::Kind::Usage,
                 .what = "a normalizing flow needs a logistic-normal q(y|x)",
                 .where = "flow",
                 .expected = "none with y_posterior=" + y_posterior,
                 .found = flow,
                 .mend = {}});
  if (step == "fused" && method == "m1")
    return fail({.kind = Error::Kind::Usage,
                 .what = "the fused step does not go with this method",
                 .where = "step",
                 .expected = "guided or one of the paper's methods",
                 .found = fmt::format("method {}", method),
                 .mend = "Leave step at auto"});
  if (effective_alphas() == Alphas{0, 0, 0, 0, 0})
    return fail({.kind = Error::Kind::Usage,
                 .what = "every term of the objective has weight 0",
                 .where = "alpha_f, alpha_fd, alpha_r, alpha_rd",
                 .expected = fmt::format("a weight above 0 with method {}", method),
                 .found = {},
                 .mend = "Give at least one α a weight above 0"});
  return {};
}

std::string TrainConfig::to_json() const {
  Json json = Json::object();
  for (const Setting& setting : settings())
    std::visit([&](const auto& kind) { json[std::string(setting.key)] = kind.at(*this); }, setting.kind);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<TrainConfig> TrainConfig::from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    return fail({.kind = Error::Kind::Format,
                 .what = "the settings cannot be read",
                 .where = "settings",
                 .expected = "a JSON object",
                 .found = json.is_discarded() ? "text that is not JSON" : json.type_name(),
                 .mend = {}});
  TrainConfig config;
  for (const auto& [key, value] : json.items()) {
    const Setting* setting = find_setting(key);
    if (setting == nullptr)
      return fail({.kind = Error::Kind::Format,
                   .what = "the settings hold one that this version does not have",
                   .where = "settings",
                   .expected = "some of " + all_keys(),
                   .found = fmt::format("\"{}\"", key),
                   .mend = "Open the file with the version that wrote it, or remove the setting"});
    if (!std::visit([&](const auto& kind) { return kind.read(config, value); }, setting->kind))
      return fail({.kind = Error::Kind::Format,
                   .what = "a setting has a value of the wrong type",
                   .where = key,
                   .expected = setting->form(),
                   .found = value.dump(-1, ' ', false, Json::error_handler_t::replace),
                   .mend = {}});
  }
  return config;
}

}  // namespace assayer
