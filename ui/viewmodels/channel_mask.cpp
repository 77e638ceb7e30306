// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/channel_mask.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "core/preprocess/channels.h"

namespace assayer::ui {

namespace {

bool masks(const StepSettings& step) {
  return step.info().name == "bad" && step.is("action", "mask");
}

/// Channels of the step's ranges; all 0 where they cannot be told.
std::vector<std::uint8_t> ranges_of(const StepSettings& step, const Dataset& data) {
  std::vector<std::uint8_t> none(data.channels(), 0);
  const Channels channels{data.wavelength(), none};
  const auto ranges = parse_ranges(step.text("ranges"));
  if (!ranges) return none;
  auto flags = inside(channels, *ranges, step.text("unit"), "ranges");
  return flags ? *std::move(flags) : none;
}

std::string text_of(const std::vector<std::uint8_t>& flags) {
  std::string text;
  for (std::size_t c = 0; c < flags.size();) {
    if (flags[c] == 0) {
      ++c;
      continue;
    }
    std::size_t end = c;
    while (end + 1 < flags.size() && flags[end + 1] != 0) ++end;
    if (!text.empty()) text += '+';
    text += std::to_string(c);
    if (end > c) text += '-' + std::to_string(end);
    c = end + 1;
  }
  return text;
}

/// A step that masks nothing but its ranges.
bool only_ranges(const StepSettings& step) {
  return step.is("constant", "no") && step.number("missing") >= 1 && step.number("saturated") >= 1;
}

}  // namespace

std::vector<std::uint8_t> maskedBySteps(const Pipeline& pipeline, const Dataset& data) {
  std::vector<std::uint8_t> mask(data.channels(), 0);
  for (const StepSettings& step : pipeline.steps) {
    if (!step.enabled()) continue;
    if (!masks(step)) break;
    const auto flags = ranges_of(step, data);
    for (std::size_t c = 0; c < mask.size(); ++c) mask[c] = mask[c] != 0 || flags[c] != 0 ? 1 : 0;
  }
  return mask;
}

Pipeline withMask(const Pipeline& pipeline, const Dataset& data, const std::vector<std::size_t>& channels,
                  bool bad) {
  Pipeline edited = pipeline;
  const bool there = !edited.steps.empty() && masks(edited.steps.front()) && edited.steps.front().enabled();
  std::vector<std::uint8_t> flags(data.channels(), 0);
  if (there) flags = ranges_of(edited.steps.front(), data);
  for (const std::size_t channel : channels)
    if (channel < flags.size()) flags[channel] = bad ? 1 : 0;
  const std::string text = text_of(flags);
  if (there) {
    StepSettings& step = edited.steps.front();
    if (text.empty() && only_ranges(step)) {
      edited.steps.erase(edited.steps.begin());
    } else {
      // Both are settings of this step, and ranges of channels are never refused.
      [[maybe_unused]] const Status unit = step.set("unit", "channel");
      [[maybe_unused]] const Status ranges = step.set("ranges", text);
      assert(unit && ranges);
    }
  } else if (!text.empty()) {
    // By the ranges alone: what else would be masked was not asked for.
    if (auto step = StepSettings::parse("bad:unit=channel,constant=no,missing=1,ranges=" + text))
      edited.steps.insert(edited.steps.begin(), *std::move(step));
  }
  return edited;
}

}  // namespace assayer::ui
