// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/preprocess/channels.h"

namespace assayer {

/// A setting of a kind of step.
struct ParameterInfo {
  /// `Numbers`: any count of finite numbers joined by +, or none; each lies in [low, high].
  enum class Kind : std::uint8_t { Number, Whole, Choice, Text, Numbers };
  std::string_view key;
  Kind kind = Kind::Number;
  std::string_view initial;  ///< the default, as text
  double low = 0;            ///< numbers lie in [low, high]
  double high = 0;
  std::vector<std::string_view> choices;
  std::string_view meaning;  ///< one line, with the unit
};

/// What a step makes of the meaning of the numbers: combinations that make no sense are found by it.
enum class Effect : std::uint8_t {
  Keeps,       ///< the same quantity in the same unit
  Scales,      ///< positive stays positive, but the scale of the spectrum is lost
  Centres,     ///< values about zero, of either sign
  Logarithm,   ///< a logarithm of what was there
  Albedo,      ///< single-scattering albedo of a reflectance
  Reflectance  ///< reflectance of an albedo
};

/// A kind of step: what can be chosen, in words.
struct StepInfo {
  std::string_view name;     ///< "snv": on the command line and in files
  std::string_view title;    ///< "Standard normal variate"
  std::string_view meaning;  ///< what it does, one or two sentences
  std::string_view source;   ///< citation with DOI, or the equation
  std::vector<ParameterInfo> parameters;
  Effect effect = Effect::Keeps;
  bool learns = false;  ///< something is fitted, on training rows only

  [[nodiscard]] const ParameterInfo* find(std::string_view key) const;
};

/// Every kind, in the order of menus.
std::span<const StepInfo> step_kinds();
const StepInfo* find_step_kind(std::string_view name);

/// A step as it is chosen, not yet fitted: a kind and its settings. Only settings that differ from the
/// default are kept, so that equal steps compare equal.
class StepSettings {
 public:
  /// NAME[:key=value,…]; Usage error that lists the names or keys.
  static Result<StepSettings> parse(std::string_view text);
  /// With every setting at its default; Usage error for a name that does not exist.
  static Result<StepSettings> of_kind(std::string_view name);

  [[nodiscard]] const StepInfo& info() const { return *info_; }
  [[nodiscard]] bool enabled() const { return enabled_; }
  void set_enabled(bool enabled) { enabled_ = enabled; }

  /// Usage error for an unknown key, text that is no number, a number out of range or an unknown choice.
  Status set(std::string_view key, std::string_view value);
  [[nodiscard]] std::string text(std::string_view key) const;
  /// Of a setting of the kind Number or Whole.
  [[nodiscard]] double number(std::string_view key) const;
  [[nodiscard]] std::size_t whole(std::string_view key) const;
  /// Of a setting of the kind Numbers, in their order.
  [[nodiscard]] std::vector<double> numbers(std::string_view key) const;
  [[nodiscard]] bool is(std::string_view key, std::string_view choice) const { return text(key) == choice; }
  /// Settings that differ from the default.
  [[nodiscard]] const std::map<std::string, std::string>& changed() const { return values_; }

  /// The form that `parse` reads; whether the step is on is not part of it.
  [[nodiscard]] std::string to_text() const;
  /// The same for people: of a long list the first two numbers, the last, and how many there are.
  [[nodiscard]] std::string to_short_text() const;

  friend bool operator==(const StepSettings& a, const StepSettings& b) {
    return a.info_ == b.info_ && a.values_ == b.values_ && a.enabled_ == b.enabled_;
  }

 private:
  explicit StepSettings(const StepInfo& info) : info_(&info) {}
  const StepInfo* info_;  ///< of step_kinds(), which lives as long as the program
  std::map<std::string, std::string> values_;
  bool enabled_ = true;
};

}  // namespace assayer
