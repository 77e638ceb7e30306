// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/train_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <variant>

#include "core/train/train_config_settings_detail.h"
#include "core/train/train_config_text.h"

namespace assayer {
namespace {

using detail::Choice;
using detail::Json;
using detail::Layers;
using detail::Reals;
using detail::Setting;
using detail::settings;

const Setting* find_setting(std::string_view key) {
  const auto list = settings();
  const auto found = std::ranges::find(list, key, &Setting::key);
  return found != list.end() ? &*found : nullptr;
}

std::string all_keys() {
  return fmt::format("{}", fmt::join(TrainConfig::keys(), ", "));
}

/// As `set` takes it.
std::string text_of(const TrainConfig& config, const Setting& setting) {
  return std::visit(
      [&](const auto& kind) {
        const auto& value = kind.at(config);
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, Layers> || std::is_same_v<Value, Reals>)
          return fmt::format("{}", fmt::join(value, ","));
        else
          return fmt::format("{}", value);
      },
      setting.kind);
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
  other->run_like(*this);
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
                 .expected = setting->form().english(),
                 .found = fmt::format("\"{}\"", value),
                 .mend = {}});
  }
  *this = std::move(changed);
  return {};
}

std::string TrainConfig::value(std::string_view key) const {
  const Setting* setting = find_setting(key);
  return setting != nullptr ? text_of(*this, *setting) : std::string{};
}

TrainConfig TrainConfig::unchanged() const {
  auto start = from_preset(preset);
  if (start && start->method != method) start = start->with_method(method);
  return start ? *std::move(start) : *this;
}

std::vector<std::string> TrainConfig::differences(const TrainConfig& other) const {
  std::vector<std::string> names;
  for (const Setting& setting : settings())
    if (text_of(*this, setting) != text_of(other, setting)) names.emplace_back(setting.key);
  return names;
}

std::vector<std::string> TrainConfig::changed() const {
  std::vector<std::string> names = differences(unchanged());
  std::erase(names, "preset");
  return names;
}

void TrainConfig::run_like(const TrainConfig& other) {
  seed = other.seed;
  threads = other.threads;
  device = other.device;
  step = other.step;
  snapshot_seconds = other.snapshot_seconds;
  checkpoint_seconds = other.checkpoint_seconds;
}

std::vector<std::string> TrainConfig::keys() {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) names.emplace_back(setting.key);
  return names;
}

std::string TrainConfig::describe(std::string_view key) {
  const auto text = setting_text(key);
  return text ? fmt::format("{}: {}", text->meaning.english(), text->form.english()) : std::string{};
}

std::optional<SettingText> setting_text(std::string_view key) {
  const Setting* setting = find_setting(key);
  if (setting == nullptr) return std::nullopt;
  return SettingText{Message::sentence(setting->meaning), setting->form()};
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
    if (std::visit([&](const auto& kind) { return kind.allows(kind.at(*this)); }, setting.kind)) continue;
    std::string found = text_of(*this, setting);
    if (found.empty()) found = "none";
    if (setting.key == "preset") return fail(bad_preset(preset));
    return fail({.kind = Error::Kind::Usage,
                 .what = "the setting is out of its range",
                 .where = std::string(setting.key),
                 .expected = setting.form().english(),
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
                   .expected = setting->form().english(),
                   .found = value.dump(-1, ' ', false, Json::error_handler_t::replace),
                   .mend = {}});
  }
  return config;
}

}  // namespace assayer
