// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preprocess/step_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <expected>
#include <limits>

namespace assayer {

namespace {

/// "inf" and "-inf" stand for no limit.
bool read_number(std::string_view text, double& into) {
  const auto [next, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  return code == std::errc() && next == text.data() + text.size() && !std::isnan(into);
}

/// Or the entry that is no number, or not finite.
std::expected<std::vector<double>, std::string> read_numbers(std::string_view text) {
  std::vector<double> numbers;
  if (text.empty()) return numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    double value = 0;
    // Not by looking for +, which numbers may have too: 1e+20.
    const auto [next, code] = std::from_chars(at, end, value);
    if (code != std::errc() || !std::isfinite(value) || (next != end && *next != '+')) {
      const std::string_view rest(at, end);
      return std::unexpected(
          fmt::format("\"{}\" as number {}", rest.substr(0, rest.find('+')), numbers.size() + 1));
    }
    numbers.push_back(value);
    if (next == end) return numbers;
    at = next + 1;
  }
}

std::string range_text(const ParameterInfo& parameter) {
  if (parameter.kind == ParameterInfo::Kind::Choice)
    return fmt::format("one of {}", fmt::join(parameter.choices, ", "));
  if (parameter.kind == ParameterInfo::Kind::Numbers)
    return std::isinf(parameter.low) ? "numbers joined by +"
                                     : fmt::format("numbers of at least {} joined by +", parameter.low);
  const char* what = parameter.kind == ParameterInfo::Kind::Whole ? "a whole number" : "a number";
  if (std::isinf(parameter.low) && std::isinf(parameter.high)) return what;
  if (std::isinf(parameter.high)) return fmt::format("{} of at least {}", what, parameter.low);
  return fmt::format("{} from {} to {}", what, parameter.low, parameter.high);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

const ParameterInfo* StepInfo::find(std::string_view key) const {
  const auto found = std::ranges::find(parameters, key, &ParameterInfo::key);
  return found == parameters.end() ? nullptr : &*found;
}

const StepInfo* find_step_kind(std::string_view name) {
  const auto kinds = step_kinds();
  const auto found = std::ranges::find(kinds, name, &StepInfo::name);
  return found == kinds.end() ? nullptr : &*found;
}

Result<StepSettings> StepSettings::of_kind(std::string_view name) {
  const StepInfo* info = find_step_kind(name);
  if (info == nullptr) {
    std::vector<std::string_view> names;
    for (const StepInfo& kind : step_kinds()) names.push_back(kind.name);
    return fail({Error::Kind::Usage, "there is no such step", "step",
                 fmt::format("one of {}", fmt::join(names, ", ")), std::string(name), ""});
  }
  return StepSettings(*info);
}

Result<StepSettings> StepSettings::parse(std::string_view text) {
  text = trimmed(text);
  const std::size_t colon = text.find(':');
  auto step = of_kind(trimmed(text.substr(0, colon)));
  if (!step || colon == std::string_view::npos) return step;
  std::string_view rest = text.substr(colon + 1);
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view setting = trimmed(rest.substr(0, comma));
    const std::size_t equals = setting.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return fail({Error::Kind::Usage, "is not a setting of a step", fmt::format("step {}", text),
                   "KEY=VALUE, separated by commas", std::string(setting), ""});
    }
    if (auto set = step->set(trimmed(setting.substr(0, equals)), trimmed(setting.substr(equals + 1))); !set)
      return fail(set.error());
    if (comma == std::string_view::npos) return step;
    rest.remove_prefix(comma + 1);
  }
}

Status StepSettings::set(std::string_view key, std::string_view value) {
  const ParameterInfo* parameter = info_->find(key);
  if (parameter == nullptr) {
    std::vector<std::string_view> keys;
    keys.reserve(info_->parameters.size());
    for (const ParameterInfo& known : info_->parameters) keys.push_back(known.key);
    return fail({Error::Kind::Usage, "the step has no such setting", fmt::format("step {}", info_->name),
                 keys.empty() ? "none" : fmt::format("{}", fmt::join(keys, ", ")), std::string(key), ""});
  }
  const auto refuse_as = [&](std::string found) {
    return fail({Error::Kind::Usage, "the setting is out of range", fmt::format("{}: {}", info_->name, key),
                 range_text(*parameter), std::move(found), ""});
  };
  const auto refuse = [&] { return refuse_as(std::string(value)); };
  std::string kept(value);
  switch (parameter->kind) {
    case ParameterInfo::Kind::Choice:
      if (std::ranges::find(parameter->choices, value) == parameter->choices.end()) return refuse();
      break;
    case ParameterInfo::Kind::Text:
      // The characters that separate settings and steps could not be written down again.
      if (value.find_first_of(",;\n") != std::string_view::npos) return refuse();
      break;
    case ParameterInfo::Kind::Numbers: {
      const auto numbers = read_numbers(value);
      // A list may be long: only what is wrong with it.
      if (!numbers) return refuse_as(numbers.error());
      for (std::size_t i = 0; i < numbers->size(); ++i)
        if ((*numbers)[i] < parameter->low || (*numbers)[i] > parameter->high)
          return refuse_as(fmt::format("{} as number {}", (*numbers)[i], i + 1));
      kept = fmt::format("{}", fmt::join(*numbers, "+"));
      break;
    }
    case ParameterInfo::Kind::Number:
    case ParameterInfo::Kind::Whole: {
      double number = 0;
      if (!read_number(value, number) || number < parameter->low || number > parameter->high) return refuse();
      if (parameter->kind == ParameterInfo::Kind::Whole && number != std::floor(number)) return refuse();
      // One spelling for one value: 0.50 and .5e0 are the same step.
      kept = fmt::format("{}", number);
      double initial = 0;
      if (read_number(parameter->initial, initial) && initial == number) kept = parameter->initial;
      break;
    }
  }
  if (kept == parameter->initial)
    values_.erase(std::string(key));
  else
    values_[std::string(key)] = std::move(kept);
  return {};
}

std::string StepSettings::text(std::string_view key) const {
  if (const auto found = values_.find(std::string(key)); found != values_.end()) return found->second;
  const ParameterInfo* parameter = info_->find(key);
  return parameter != nullptr ? std::string(parameter->initial) : std::string();
}

double StepSettings::number(std::string_view key) const {
  double value = std::numeric_limits<double>::quiet_NaN();
  read_number(text(key), value);
  return value;
}

std::size_t StepSettings::whole(std::string_view key) const {
  const double value = number(key);
  return value >= 0 && value < 1e15 ? static_cast<std::size_t>(value) : 0;
}

std::vector<double> StepSettings::numbers(std::string_view key) const {
  auto read = read_numbers(text(key));
  return read ? *std::move(read) : std::vector<double>{};
}

std::string StepSettings::to_short_text() const {
  constexpr std::size_t few = 5;
  StepSettings shown = *this;
  for (auto& [key, value] : shown.values_) {
    if (info_->find(key)->kind != ParameterInfo::Kind::Numbers) continue;
    const auto all = numbers(key);
    if (all.size() > few)
      value = fmt::format("{}+{}+…+{} ({} numbers)", all[0], all[1], all.back(), all.size());
  }
  return shown.to_text();
}

std::string StepSettings::to_text() const {
  std::string result(info_->name);
  char separator = ':';
  // In the order of the kind's parameters, which is the order of people.
  for (const ParameterInfo& parameter : info_->parameters) {
    const auto found = values_.find(std::string(parameter.key));
    if (found == values_.end()) continue;
    result += fmt::format("{}{}={}", separator, parameter.key, found->second);
    separator = ',';
  }
  return result;
}

}  // namespace assayer
