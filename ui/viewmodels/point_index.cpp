// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/point_index.h"

#include <cmath>

namespace assayer::ui {

namespace {

constexpr std::size_t kPerCell = 16;
constexpr std::size_t kMostCells = 512;  // in each direction: their starts take 1 MB
constexpr std::size_t kSample = 4096;    // says where the points are
constexpr std::uint32_t kNowhere = UINT32_MAX;

}  // namespace

PointIndex::Division PointIndex::divide(std::span<const double> values, std::size_t cells) {
  std::vector<double> sample;
  const std::size_t step = std::max<std::size_t>(1, values.size() / kSample);
  for (std::size_t i = 0; i < values.size(); i += step)
    if (std::isfinite(values[i])) sample.push_back(values[i]);
  Division division;
  division.last = static_cast<double>(cells - 1);
  if (sample.empty()) return division;
  std::ranges::sort(sample);
  const double low = sample[sample.size() / 100];
  const double high = sample[sample.size() - 1 - sample.size() / 100];
  division.from = low;
  if (high > low) division.per = static_cast<double>(cells) / (high - low);
  // A spread of next to nothing: one cell, rather than one over 0.
  if (!std::isfinite(division.per)) division.per = 0;
  return division;
}

PointIndex::PointIndex(std::span<const double> x, std::span<const double> y) {
  const std::size_t points = std::min(x.size(), y.size());
  numbers_ = points;
  side_ = std::clamp<std::size_t>(static_cast<std::size_t>(std::sqrt(static_cast<double>(points) / kPerCell)),
                                  1, kMostCells);
  across_ = divide(x.first(points), side_);
  up_ = divide(y.first(points), side_);
  // By counting: two passes over the points, whatever their order.
  std::vector<std::uint32_t> cell(points, kNowhere);
  start_.assign(side_ * side_ + 1, 0);
  bool first = true;
  for (std::size_t i = 0; i < points; ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    cell[i] = static_cast<std::uint32_t>(up_.of(y[i]) * side_ + across_.of(x[i]));
    ++start_[cell[i] + 1];
    if (first) bounds_ = {x[i], x[i], y[i], y[i]};
    first = false;
    bounds_ = {std::min(bounds_.left, x[i]), std::max(bounds_.right, x[i]), std::min(bounds_.low, y[i]),
               std::max(bounds_.high, y[i])};
  }
  for (std::size_t c = 1; c < start_.size(); ++c) start_[c] += start_[c - 1];
  const std::size_t finite = start_.back();
  x_.resize(finite);
  y_.resize(finite);
  number_.resize(finite);
  std::vector<std::uint32_t> next(start_.begin(), start_.end() - 1);
  for (std::size_t i = 0; i < points; ++i) {
    if (cell[i] == kNowhere) continue;
    const std::uint32_t place = next[cell[i]]++;
    x_[place] = x[i];
    y_[place] = y[i];
    number_[place] = static_cast<std::uint32_t>(i);
  }
}

std::size_t PointIndex::count(const PlaneBox& box, std::size_t enough) const {
  std::size_t found = 0;
  runs(box, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i)
      if (box.contains(x_[i], y_[i])) ++found;
    return found <= enough;
  });
  return found;
}

}  // namespace assayer::ui
