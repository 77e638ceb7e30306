// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/preprocess/step_settings.h"

namespace assayer {

/// Steps in their order, as they are chosen: a plain value, not yet fitted. Steps that are switched off keep
/// their place.
struct Pipeline {
  std::vector<StepSettings> steps;

  /// One text per step, NAME[:key=value,…], or several in one text separated by ; or line ends.
  static Result<Pipeline> parse(std::span<const std::string> texts);
  /// A pipeline with a name; Usage error that lists the names.
  static Result<Pipeline> recipe(std::string_view name);

  /// Whether no step is on.
  [[nodiscard]] bool empty() const;
  /// Whether the numbers keep their meaning and unit: channels are chosen, gaps filled, noise smoothed.
  [[nodiscard]] bool keeps_quantity() const;
  /// "clip, norm3": the steps that are on and change numbers, for a title; empty where there are none.
  [[nodiscard]] std::string short_text() const;
  /// Texts that `parse` reads, of the steps that are on.
  [[nodiscard]] std::vector<std::string> to_texts() const;
  /// JSON array of {"step", "settings", "on"}; round-trips exactly.
  [[nodiscard]] std::string to_json() const;
  static Result<Pipeline> from_json(std::string_view json);

  /// Combinations that make no sense or spoil each other, a sentence each, with the remedy.
  [[nodiscard]] std::vector<Message> warnings() const;

  friend bool operator==(const Pipeline&, const Pipeline&) = default;
};

/// A named pipeline with its reason.
struct Recipe {
  std::string_view name;
  std::string_view meaning;
  std::string_view source;
  std::string_view steps;  ///< separated by ;
};
std::span<const Recipe> recipes();

}  // namespace assayer
