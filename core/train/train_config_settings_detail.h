// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of settings and the list of them, for train_config.cpp alone.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/message.h"
#include "core/train/train_config.h"

namespace assayer::detail {

using Json = nlohmann::ordered_json;
using Layers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();
inline constexpr std::int64_t kManyRows = 1'000'000'000;

// One kind of setting each: how it is read, written and bounded. `at` reaches the member for both
// constnesses.

struct Choice {
  std::string TrainConfig::* member;
  std::vector<std::string_view> values;

  const std::string& at(const TrainConfig& config) const { return config.*member; }
  Message form() const {
    return Message::sentence("one of {}", {fmt::format("{}", fmt::join(values, ", "))});
  }
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
  Message form() const {
    return high >= kManyRows ? Message::sentence("a whole number, at least {}", {low})
                             : Message::sentence("a whole number, {} to {}", {low, high});
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
  Message form() const { return Message::sentence("a whole number, {} to {}", {0, "18446744073709551615"}); }
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
  Message form() const {
    const std::string from = fmt::format("{}", low);
    const std::string to = fmt::format("{}", high);
    if (high == kNoLimit)
      return low_allowed ? Message::sentence("a number at least {}", {from})
                         : Message::sentence("a number above {}", {from});
    if (low_allowed)
      return high_allowed ? Message::sentence("a number at least {} and at most {}", {from, to})
                          : Message::sentence("a number at least {} and below {}", {from, to});
    return high_allowed ? Message::sentence("a number above {} and at most {}", {from, to})
                        : Message::sentence("a number above {} and below {}", {from, to});
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
  Message form() const {
    return Message::sentence("1 to {} layer sizes of 1 to {}, separated by commas", {kMostLayers, kLargest});
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
  Message form() const {
    return Message::sentence(
        "one number of {} to {} for all components, or one for each, separated by commas",
        {fmt::format("{}", kLow), fmt::format("{}", kHigh)});
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

  [[nodiscard]] Message form() const {
    return std::visit([](const auto& k) { return k.form(); }, kind);
  }
};

/// The one list of settings, in the order of the structure.
std::span<const Setting> settings();

}  // namespace assayer::detail
