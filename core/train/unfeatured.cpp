// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/data/abundances.h"
#include "core/train/train_plan.h"

namespace assayer {
namespace {

constexpr std::size_t kMostPoints = 10'000'000;
constexpr std::string_view kForms =
    "corners:COUNT:SPREAD, edges:COUNT:SPREAD, peak:COUNT:VALUE, one-hot:COUNT, dirichlet:COUNT[:a], "
    "file:PATH or none, several "
    "joined by +";

Error bad_spec(std::string_view spec, std::string expected, std::string mend = {}) {
  return {.kind = Error::Kind::Usage,
          .what = "the unfeatured compositions cannot be made from this",
          .where = "unfeatured",
          .expected = std::move(expected),
          .found = fmt::format("\"{}\"", spec),
          .mend = std::move(mend)};
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The corner of each of `count` points: blocks in the order of the components, the remainder to the first.
std::vector<std::size_t> corner_of_each(std::size_t count, std::size_t components) {
  std::vector<std::size_t> corners;
  corners.reserve(count);
  for (std::size_t k = 0; k < components; ++k)
    corners.insert(corners.end(), count / components + (k < count % components ? 1 : 0), k);
  return corners;
}

Matrix<double> near_corners(std::size_t count, std::size_t components, double spread, std::uint64_t seed) {
  Random random(seed);
  Matrix<double> points(count, components);
  const auto corners = corner_of_each(count, components);
  for (std::size_t i = 0; i < count; ++i) {
    double others = 0;
    for (std::size_t k = 0; k < components; ++k)
      if (k != corners[i]) others += points(i, k) = random.uniform(0, spread);
    points(i, corners[i]) = std::max(0.0, 1 - others);
  }
  return points;
}

Matrix<double> near_edges(std::size_t count, std::size_t components, double spread, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (std::size_t a = 0; a < components; ++a)
    for (std::size_t b = a + 1; b < components; ++b) edges.emplace_back(a, b);
  Matrix<double> points(count, components);
  for (std::size_t i = 0; i < count; ++i) {
    // In turn, so that every edge has its share of few points, too.
    const auto [a, b] = edges[i % edges.size()];
    double others = 0;
    for (std::size_t k = 0; k < components; ++k)
      if (k != a && k != b) others += points(i, k) = random.uniform(0, spread);
    const double left = std::max(0.0, 1 - others);
    points(i, a) = left * random.uniform();
    points(i, b) = left - points(i, a);
  }
  return points;
}

Matrix<double> peaks(std::size_t count, std::size_t components, double value) {
  Matrix<double> points(count, components, (1 - value) / static_cast<double>(components - 1));
  const auto corners = corner_of_each(count, components);
  for (std::size_t i = 0; i < count; ++i) points(i, corners[i]) = value;
  return points;
}

Matrix<double> dirichlet(std::size_t count, std::size_t components, double concentration,
                         std::uint64_t seed) {
  Random random(seed);
  Matrix<double> points(count, components);
  for (std::size_t i = 0; i < count; ++i) {
    double sum = 0;
    // A small concentration can let every gamma draw underflow to 0; such a draw is repeated.
    while (!(sum > 0)) {
      sum = 0;
      for (double& part : points.row(i)) sum += part = random.gamma(concentration);
    }
    for (double& part : points.row(i)) part /= sum;
  }
  return points;
}

Result<Matrix<double>> from_file(const std::string& path, std::size_t components) {
  std::ifstream file(path);
  if (!file)
    return fail({.kind = Error::Kind::File,
                 .what = "the compositions cannot be opened",
                 .where = path,
                 .expected = {},
                 .found = {},
                 .mend = "Check the path and the permission to read"});
  std::vector<double> values;
  std::string line;
  for (std::size_t line_number = 1; std::getline(file, line); ++line_number) {
    const auto bad_line = [&](std::string_view what, std::string expected, std::string found) {
      return fail({.kind = Error::Kind::Format,
                   .what = std::string(what),
                   .where = fmt::format("{}: line {}", path, line_number),
                   .expected = std::move(expected),
                   .found = std::move(found),
                   .mend = "Write one composition a line, as fractions that sum to 1"});
    };
    const std::string_view text = std::string_view(line).substr(0, line.find('#'));
    std::vector<double> row;
    for (const std::string_view word : split(text, ", ;\t\r")) {
      if (word.empty()) continue;
      const auto value = number<double>(word);
      if (!value || !std::isfinite(*value)) return bad_line("not a number", {}, fmt::format("\"{}\"", word));
      row.push_back(*value);
    }
    if (row.empty()) continue;
    if (row.size() != components)
      return bad_line("wrong number of components", std::to_string(components), std::to_string(row.size()));
    double sum = 0;
    for (double& part : row) {
      if (part < -Abundances::kTolerance)
        return bad_line("a negative part", "parts of at least 0", fmt::format("{}", part));
      part = std::max(part, 0.0);
      sum += part;
    }
    if (std::abs(sum - 1) > Abundances::kTolerance)
      return bad_line("the parts do not make a whole", "the sum 1", fmt::format("{}", sum));
    for (const double part : row) values.push_back(part / sum);
  }
  if (file.bad())
    return fail({.kind = Error::Kind::File,
                 .what = "the compositions cannot be read to the end",
                 .where = path,
                 .expected = {},
                 .found = {},
                 .mend = {}});
  if (values.empty())
    return fail({.kind = Error::Kind::Format,
                 .what = "there is no composition in the file",
                 .where = path,
                 .expected = fmt::format("{} numbers a line", components),
                 .found = "no line with numbers",
                 .mend = {}});
  const std::size_t rows = values.size() / components;
  return Matrix<double>(std::move(values), rows, components);
}

}  // namespace

Result<Matrix<double>> make_unfeatured(std::string_view spec, std::size_t components, std::uint64_t seed) {
  if (components < 2)
    return fail({.kind = Error::Kind::Data,
                 .what = "unfeatured compositions need components",
                 .where = "unfeatured",
                 .expected = "at least 2 components",
                 .found = std::to_string(components),
                 .mend = "Use data with compositions"});
  if (spec == "none") return Matrix<double>(0, components);
  // A path may hold colons itself.
  if (spec.starts_with("file:")) return from_file(std::string(spec.substr(5)), components);

  if (const std::size_t plus = spec.find('+'); plus != std::string_view::npos) {
    auto first = make_unfeatured(spec.substr(0, plus), components, seed);
    if (!first) return first;
    // Other draws, or "dirichlet:9+dirichlet:9" would be every point twice.
    auto rest = make_unfeatured(spec.substr(plus + 1), components, seed + 1);
    if (!rest) return rest;
    std::vector<double> values(first->values().begin(), first->values().end());
    values.insert(values.end(), rest->values().begin(), rest->values().end());
    return Matrix<double>(std::move(values), first->rows() + rest->rows(), components);
  }

  const auto parts = split(spec, ":");
  const std::string_view kind = parts[0];
  const bool dirichlet_alone = kind == "dirichlet" && parts.size() == 2;
  const bool two_numbers = kind == "corners" || kind == "edges" || kind == "peak" || kind == "dirichlet";
  if (!(two_numbers || kind == "one-hot") || (parts.size() != (two_numbers ? 3U : 2U) && !dirichlet_alone))
    return fail(bad_spec(spec, std::string(kForms)));
  const auto count = number<std::size_t>(parts[1]);
  if (!count || *count < 1 || *count > kMostPoints)
    return fail(bad_spec(spec, fmt::format("a COUNT of 1 to {}", kMostPoints)));
  if (kind == "one-hot") return peaks(*count, components, 1);
  if (dirichlet_alone) return dirichlet(*count, components, 1, seed);

  const auto value = number<double>(parts[2]);
  if (!value || !std::isfinite(*value))
    return fail(bad_spec(spec, fmt::format("a number in place of {}", parts[2])));
  if (kind == "corners" || kind == "edges") {
    // Otherwise the others could exceed the whole.
    const std::size_t others = components - (kind == "corners" ? 1 : 2);
    const double largest = others == 0 ? 1 : 1.0 / static_cast<double>(others);
    if (*value < 0 || *value > largest)
      return fail(
          bad_spec(spec, fmt::format("a SPREAD of 0 to {:.4g} with {} components", largest, components)));
    return kind == "corners" ? near_corners(*count, components, *value, seed)
                             : near_edges(*count, components, *value, seed);
  }
  if (kind == "peak") {
    const double even = 1.0 / static_cast<double>(components);
    if (*value <= even || *value > 1)
      return fail(bad_spec(
          spec, fmt::format("a VALUE above {:.4g} and at most 1 with {} components", even, components)));
    return peaks(*count, components, *value);
  }
  if (*value < 1e-3 || *value > 1e6) return fail(bad_spec(spec, "a concentration a of 0.001 to 1000000"));
  return dirichlet(*count, components, *value, seed);
}

}  // namespace assayer
