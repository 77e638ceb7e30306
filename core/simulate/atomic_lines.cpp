// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/atomic_lines.h"

#include <charconv>
#include <string_view>

namespace assayer {

extern const char* const kAtomicLinesCsv;  // resources/lines/atomic-lines.csv

namespace {

// The table is compiled in and tested; a field that does not parse is 0, which the tests refuse.
double number(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view take(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

}  // namespace

std::string AtomicLine::species() const {
  return element + (stage == 1 ? " I" : " II");
}

double vacuum_from_air(double air_nm) {
  const double s2 = 1e6 / (air_nm * air_nm);  // 1/µm²
  const double refraction = 8.336624212083e-5 + 2.408926869968e-2 / (130.1065924522 - s2) +
                            1.599740894897e-4 / (38.92568793293 - s2);
  return air_nm * (1 + refraction);
}

std::vector<AtomicLine> atomic_lines() {
  std::vector<AtomicLine> lines;
  std::string_view table = kAtomicLinesCsv;
  bool header = true;
  while (!table.empty()) {
    std::string_view row = take(table, '\n');
    if (row.empty() || row.front() == '#') continue;
    if (header) {
      header = false;
      continue;
    }
    AtomicLine line;
    line.element = take(row, ',');
    line.stage = take(row, ',') == "2" ? 2 : 1;
    line.air_nm = number(take(row, ','));
    line.g_a = number(take(row, ','));
    line.lower_ev = number(take(row, ','));
    line.upper_ev = number(take(row, ','));
    line.vacuum_nm = vacuum_from_air(line.air_nm);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace assayer
