// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/base/letters.h"
#include "core/io/axis_reading.h"
#include "core/io/text.h"
#include "core/io/text_layout.h"
#include "core/io/text_scanning.h"

namespace assayer::text {

namespace {

constexpr std::size_t kMostNotes = 200;
constexpr std::size_t kLongestNote = 16 * 1024;

}  // namespace

std::optional<std::string_view> comment_text(std::string_view line, std::string_view marks) {
  const std::string_view text = trimmed(line);
  if (text.empty()) return std::nullopt;
  // Spectrometers of Ocean Optics frame their numbers in such lines.
  if (text.starts_with(">>>>>")) return text.substr(5);
  if (marks.find(text.front()) == std::string_view::npos) return std::nullopt;
  return trimmed(text.substr(1));
}

bool names_positions(std::string_view name) {
  static constexpr std::array<std::string_view, 13> starts = {
      "wave", "wvl", "wl", "lambda", "raman", "wn", "freq", "nm", "channel", "band", "pixel", "x (", "shift"};
  const std::string plain = lower(trimmed(name));
  if (plain.empty()) return false;
  if (std::ranges::any_of(starts, [&](std::string_view start) { return plain.starts_with(start); }))
    return true;
  return plain == "x" || parse_wavelength_unit(plain).has_value();
}

bool looks_like_axis(const std::vector<double>& values) {
  // Spectrometers with several detectors have gaps between them.
  constexpr double most_uneven = 2000;
  if (values.size() < 3) return false;
  double least = INFINITY;
  double most = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double step = values[i] - values[i - 1];
    if (!std::isfinite(step) || step == 0 || (step > 0) != (values[1] > values[0])) return false;
    least = std::min(least, std::abs(step));
    most = std::max(most, std::abs(step));
  }
  return most <= most_uneven * least;
}

std::size_t composition_run(const std::vector<std::vector<double>>& rows, std::size_t first, std::size_t last,
                            double tolerance) {
  if (rows.empty()) return first;
  std::vector<double> sums(rows.size(), 0);
  std::vector<std::size_t> parts(rows.size(), 0);
  std::size_t best = first;
  for (std::size_t c = first; c < last; ++c) {
    bool one = true;
    bool hundred = true;
    bool any = false;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const double value = rows[r][c];
      // Rows that are missing throughout are unlabelled.
      if (!std::isnan(value)) ++parts[r];
      if (parts[r] == 0) continue;
      if (!(value >= 0) || parts[r] != c - first + 1) return best;
      sums[r] += value;
      any = true;
      one = one && std::abs(sums[r] - 1) <= tolerance;
      hundred = hundred && std::abs(sums[r] - 100) <= 100 * tolerance;
    }
    if (any && c > first && (one || hundred)) best = c + 1;
  }
  return best;
}

std::optional<NamedPosition> position_in(std::string_view name) {
  const std::string_view text = trimmed(name);
  const auto digit = text.find_first_of("0123456789");
  if (digit == std::string_view::npos) return std::nullopt;
  std::size_t start = digit;
  if (start > 0 && text[start - 1] == '.') --start;
  if (start > 0 && text[start - 1] == '-' && start == 1) --start;
  NamedPosition result;
  const auto [at, code] = std::from_chars(text.data() + start, text.data() + text.size(), result.value);
  if (code != std::errc{}) return std::nullopt;
  std::string_view prefix = trimmed(text.substr(0, start));
  while (!prefix.empty() && (prefix.back() == '_' || prefix.back() == '-' || prefix.back() == '.'))
    prefix.remove_suffix(1);
  // Letters only: "2nd 400" or a date is no position.
  if (!std::ranges::all_of(prefix, [](char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || c == ' '; }))
    return std::nullopt;
  const std::string_view unit =
      trimmed(std::string_view(at, static_cast<std::size_t>(text.data() + text.size() - at)));
  if (!unit.empty() && !parse_wavelength_unit(unit) && !find_wavelength_unit(unit)) return std::nullopt;
  result.prefix = lower(prefix);
  result.unit = unit;
  if (result.unit.empty() && parse_wavelength_unit(result.prefix)) result.unit = result.prefix;
  return result;
}

void add_note(Notes& notes, std::string_view text) {
  // Tables pad their comments with delimiters.
  text = trimmed(text);
  while (!text.empty() && (text.back() == ',' || text.back() == ';'))
    text = trimmed(text.substr(0, text.size() - 1));
  if (text.empty() || notes.size() >= kMostNotes) return;
  text = text.substr(0, kLongestNote);
  const auto sign = text.find_first_of("=:");
  const bool keyed = sign != std::string_view::npos && sign > 0 && sign < 64 && sign + 1 < text.size();
  if (keyed) {
    notes[to_utf8(trimmed(text.substr(0, sign)))] = to_utf8(trimmed(text.substr(sign + 1)));
    return;
  }
  std::string& comment = notes["comment"];
  if (comment.size() > kLongestNote) return;
  if (!comment.empty()) comment += '\n';
  comment += to_utf8(text);
}

}  // namespace assayer::text
