// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/element_lines.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "core/metrics/peaks.h"
#include "core/simulate/atomic_lines.h"

namespace assayer::ui {

namespace {

constexpr double kThermal = 1.0;      // eV, of a LIBS plasma
constexpr double kSpectrometers = 1;  // nm between two
constexpr double kReachChannels = 2;

}  // namespace

std::vector<std::string> elementsWithLines() {
  std::vector<std::string> elements;
  for (const AtomicLine& line : atomic_lines())
    if (std::ranges::find(elements, line.element) == elements.end()) elements.push_back(line.element);
  return elements;
}

std::vector<ElementLine> elementLines(const std::vector<std::string>& elements, Medium medium) {
  std::vector<ElementLine> lines;
  std::map<std::string, double> strongest;
  for (const AtomicLine& line : atomic_lines()) {
    if (!elements.empty() && std::ranges::find(elements, line.element) == elements.end()) continue;
    const double strength = line.g_a * std::exp(-line.upper_ev / kThermal);
    lines.push_back(
        {line.element, line.species(), medium == Medium::Air ? line.air_nm : line.vacuum_nm, strength});
    strongest[line.element] = std::max(strongest[line.element], strength);
  }
  for (ElementLine& line : lines) line.strength /= strongest[line.element];
  std::ranges::sort(lines, {}, &ElementLine::nm);
  return lines;
}

std::vector<NamedPeak> namePeaks(const WavelengthAxis& axis, const std::vector<float>& spectrum,
                                 const std::vector<ElementLine>& lines, double share) {
  std::vector<NamedPeak> named;
  const auto positions = axis.values_in(WavelengthUnit::Nanometre);
  if (!positions || spectrum.size() != positions->size()) return named;
  std::vector<std::size_t> order(positions->size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t c) { return !std::isfinite(spectrum[c]); });
  std::ranges::sort(order, {}, [&](std::size_t c) { return (*positions)[c]; });
  std::vector<double> nm;
  std::vector<double> values;
  for (const std::size_t c : order) {
    nm.push_back((*positions)[c]);
    values.push_back(spectrum[c]);
  }
  for (std::size_t first = 0; first < nm.size();) {
    std::size_t end = first + 1;
    while (end < nm.size() && nm[end] - nm[end - 1] <= kSpectrometers) ++end;
    const std::span<const double> part(values.data() + first, end - first);
    const std::span<const double> where(nm.data() + first, end - first);
    const double highest = *std::ranges::max_element(part);
    for (const SpectralPeak& peak : find_peaks(where, part, share * highest)) {
      NamedPeak found{peak.nm, peak.height, {}, 0};
      const auto at = std::ranges::lower_bound(where, peak.nm) - where.begin();
      const auto i = static_cast<std::size_t>(at);
      const double spacing = i + 1 < where.size() ? where[i + 1] - where[i] : where[i] - where[i - 1];
      double reach = kReachChannels * spacing;
      auto line = std::ranges::lower_bound(lines, peak.nm - reach, {}, &ElementLine::nm);
      for (; line != lines.end() && line->nm <= peak.nm + reach; ++line) {
        const double away = std::abs(line->nm - peak.nm);
        if (away > reach) continue;
        reach = away;
        found.species = line->species;
        found.line_nm = line->nm;
      }
      named.push_back(std::move(found));
    }
    first = end;
  }
  return named;
}

}  // namespace assayer::ui
