// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/numeric/nelder_mead.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace assayer {
namespace {

struct Vertex {
  std::vector<double> x;
  double value = 0;
};

/// Largest distance of a coordinate from that of the best vertex, which comes first, over max(1, |x|).
double extent(const std::vector<Vertex>& simplex) {
  double largest = 0;
  const std::vector<double>& best = simplex.front().x;
  for (const Vertex& vertex : simplex)
    for (std::size_t i = 0; i < best.size(); ++i)
      largest = std::max(largest, std::abs(vertex.x[i] - best[i]) / std::max(1.0, std::abs(best[i])));
  return largest;
}

}  // namespace

Minimum minimise(const std::function<double(std::span<const double>)>& function,
                 std::span<const double> start, const NelderMeadOptions& options, const RunControl* control) {
  assert(std::isfinite(options.initial_step) && options.initial_step != 0);
  const std::size_t n = start.size();
  const std::size_t limit =
      options.max_evaluations > 0 ? options.max_evaluations : std::max<std::size_t>(1, 200 * n);
  const double dimension = static_cast<double>(std::max<std::size_t>(n, 2));
  const double expansion = 1 + 2 / dimension;
  const double contraction = 0.75 - 1 / (2 * dimension);
  const double shrinkage = 1 - 1 / dimension;

  Minimum result;
  result.x.assign(start.begin(), start.end());
  result.value = std::numeric_limits<double>::infinity();
  const auto may_go_on = [&] {
    return result.evaluations < limit && (control == nullptr || !control->stop_requested());
  };
  const auto evaluate = [&](const std::vector<double>& x) {
    ++result.evaluations;
    const double value = function(x);
    return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
  };

  std::vector<Vertex> simplex;
  for (std::size_t i = 0; i <= n && may_go_on(); ++i) {
    Vertex vertex{{start.begin(), start.end()}, 0};
    if (i > 0) vertex.x[i - 1] += options.initial_step;
    vertex.value = evaluate(vertex.x);
    simplex.push_back(std::move(vertex));
  }
  // Stable, so that ties are broken by age and the course does not depend on the library.
  const auto order = [&] { std::ranges::stable_sort(simplex, {}, &Vertex::value); };
  order();

  std::vector<double> centre(n);
  const auto along = [&](double factor) {
    Vertex vertex{std::vector<double>(n), 0};
    for (std::size_t i = 0; i < n; ++i) vertex.x[i] = centre[i] + factor * (simplex.back().x[i] - centre[i]);
    vertex.value = evaluate(vertex.x);
    return vertex;
  };
  while (simplex.size() == n + 1) {
    const double best = simplex.front().value;
    const double width = extent(simplex);
    const double spread = simplex.back().value - best;
    // The spread is NaN while every value is infinite.
    result.converged =
        width <= options.tolerance && spread <= options.tolerance * std::max(1.0, std::abs(best));
    if (result.converged || width <= 4 * std::numeric_limits<double>::epsilon() || !may_go_on()) break;

    std::ranges::fill(centre, 0.0);
    for (std::size_t v = 0; v < n; ++v)
      for (std::size_t i = 0; i < n; ++i) centre[i] += simplex[v].x[i] / static_cast<double>(n);

    Vertex reflected = along(-1);
    if (reflected.value < best) {
      if (may_go_on()) {
        Vertex expanded = along(-expansion);
        if (expanded.value < reflected.value) reflected = std::move(expanded);
      }
      simplex.back() = std::move(reflected);
    } else if (reflected.value < simplex[n - 1].value) {
      simplex.back() = std::move(reflected);
    } else {
      const bool outside = reflected.value < simplex.back().value;
      if (!may_go_on()) {
        if (outside) simplex.back() = std::move(reflected);
        order();
        break;
      }
      Vertex contracted = along(outside ? -contraction : contraction);
      // Gao & Han accept an outside contraction that is not worse than the reflected point.
      if (outside ? contracted.value <= reflected.value : contracted.value < simplex.back().value) {
        simplex.back() = std::move(contracted);
      } else {
        for (std::size_t v = 1; v <= n && may_go_on(); ++v) {
          for (std::size_t i = 0; i < n; ++i)
            simplex[v].x[i] = simplex[0].x[i] + shrinkage * (simplex[v].x[i] - simplex[0].x[i]);
          simplex[v].value = evaluate(simplex[v].x);
        }
      }
    }
    order();
  }
  // Evaluations that run out while the simplex shrinks leave it in order, too: every vertex has its own
  // value.
  if (!simplex.empty()) {
    result.x = simplex.front().x;
    result.value = simplex.front().value;
  }
  return result;
}

}  // namespace assayer
