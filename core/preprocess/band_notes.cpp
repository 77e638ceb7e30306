// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preprocess/band_notes_detail.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "core/data/sensor_bands.h"
#include "core/preprocess/bands.h"
#include "core/preprocess/steps_detail.h"

namespace assayer::preprocess {

namespace {

constexpr std::string_view kNamesNote = "band names";

/// Widths may stand between blanks, too; names may hold some.
std::vector<std::string> entries_of(std::string_view note, bool numbers) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::string> entries;
  while (true) {
    note.remove_prefix(std::min(note.find_first_not_of(blanks), note.size()));
    const std::size_t end = std::min(numbers ? note.find_first_of(", \t\r\n") : note.find(','), note.size());
    const std::string_view entry = note.substr(0, end);
    entries.emplace_back(entry.substr(0, entry.find_last_not_of(blanks) + 1));
    note.remove_prefix(end);
    note.remove_prefix(std::min(note.find_first_not_of(blanks), note.size()));
    if (note.empty()) return entries;
    if (note.front() == ',') note.remove_prefix(1);
  }
}

/// Which channels of `from` those of `to` are; none where `to` has positions of its own.
std::optional<std::vector<std::size_t>> channels_left(const WavelengthAxis& from, const WavelengthAxis& to) {
  if (from.unit() != to.unit()) return std::nullopt;
  std::vector<std::size_t> left;
  std::size_t at = 0;
  for (const double position : to.values()) {
    while (at < from.size() && from[at] != position) ++at;
    if (at == from.size()) return std::nullopt;
    left.push_back(at++);
  }
  return left;
}

}  // namespace

void carry_band_notes(std::map<std::string, std::string>& notes,
                      std::span<const std::unique_ptr<Step>> steps) {
  for (const auto& step : steps) {
    const WavelengthAxis& from = step->input().axis;
    const WavelengthAxis& to = step->output().axis;
    const bool response =
        step->settings().info().name == kResample && step->settings().is("method", "gaussian");
    if (from == to && !response) continue;
    const auto left = channels_left(from, to);
    for (const std::string_view name : {kWidthsNote, kNamesNote}) {
      const auto note = notes.find(std::string(name));
      if (note == notes.end()) continue;
      const auto entries = entries_of(note->second, name == kWidthsNote);
      if (!left || response || entries.size() != from.size()) {
        notes.erase(note);
        continue;
      }
      std::vector<std::string_view> kept;
      for (const std::size_t channel : *left) kept.push_back(entries[channel]);
      note->second = fmt::format("{}", fmt::join(kept, ", "));
    }
    if (!response) continue;
    if (const auto widths = band_widths(step->settings(), to.values()))
      notes[std::string(kWidthsNote)] = widths_note(*widths);
  }
}

}  // namespace assayer::preprocess
