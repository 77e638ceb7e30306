// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/select_region.h"

#include <QtGlobal>
#include <algorithm>
#include <utility>

namespace assayer::ui {

namespace {

constexpr double kBand = 4;  // pixels
constexpr double kMostBands = 4096;

}  // namespace

SelectRegion::SelectRegion(QPolygonF outline, bool lasso)
    : outline_(std::move(outline)), bounds_(outline_.boundingRect()), lasso_(lasso) {
  if (!lasso_ || outline_.isEmpty()) return;
  std::vector<Edge> edges;
  for (qsizetype i = 0; i < outline_.size(); ++i) {
    QPointF from = outline_[i];
    QPointF to = outline_[(i + 1) % outline_.size()];
    // What is level is crossed by no ray.
    if (qFuzzyCompare(from.y(), to.y())) continue;
    if (to.y() < from.y()) std::swap(from, to);
    edges.push_back({from.y(), to.y(), from.x(), (to.x() - from.x()) / (to.y() - from.y())});
  }
  const std::size_t bands =
      1 + static_cast<std::size_t>(std::clamp(bounds_.height() / kBand, 0.0, kMostBands - 1));
  bandStart_.assign(bands + 1, 0);
  for (const Edge& edge : edges)
    for (std::size_t b = band(edge.top); b <= band(edge.bottom); ++b) ++bandStart_[b + 1];
  for (std::size_t b = 1; b <= bands; ++b) bandStart_[b] += bandStart_[b - 1];
  edges_.resize(bandStart_.back());
  std::vector<std::uint32_t> next(bandStart_.begin(), bandStart_.end() - 1);
  for (const Edge& edge : edges)
    for (std::size_t b = band(edge.top); b <= band(edge.bottom); ++b) edges_[next[b]++] = edge;
}

std::size_t SelectRegion::band(double y) const {
  return static_cast<std::size_t>(
      std::clamp((y - bounds_.top()) / kBand, 0.0, static_cast<double>(bandStart_.size() - 2)));
}

bool SelectRegion::lassoContains(const QPointF& point) const {
  if (bandStart_.empty()) return false;
  const std::size_t in = band(point.y());
  bool inside = false;
  for (std::uint32_t e = bandStart_[in]; e < bandStart_[in + 1]; ++e) {
    const Edge& edge = edges_[e];
    if (point.y() < edge.top || point.y() >= edge.bottom) continue;
    if (edge.x + edge.slope * (point.y() - edge.top) <= point.x()) inside = !inside;
  }
  return inside;
}

}  // namespace assayer::ui
