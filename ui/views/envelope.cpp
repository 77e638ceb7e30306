// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/envelope.h"

#include <cmath>

namespace assayer::ui {

void Envelope::append(double x, double y) {
  if (!std::isfinite(y) || !std::isfinite(x)) return;
  if (!stretches_.empty() && stretches_.back().count < perStretch_) {
    Stretch& last = stretches_.back();
    if (y < last.low.y) last.low = {x, y};
    if (y > last.high.y) last.high = {x, y};
    ++last.count;
    return;
  }
  if (stretches_.size() == maxStretches_) {
    // Half as many, twice as long.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < stretches_.size(); i += 2) {
      Stretch joined = stretches_[i];
      if (i + 1 < stretches_.size()) {
        const Stretch& next = stretches_[i + 1];
        if (next.low.y < joined.low.y) joined.low = next.low;
        if (next.high.y > joined.high.y) joined.high = next.high;
        joined.count += next.count;
      }
      stretches_[kept++] = joined;
    }
    stretches_.resize(kept);
    perStretch_ *= 2;
  }
  stretches_.push_back({{x, y}, {x, y}, 1});
}

void Envelope::clear() {
  stretches_.clear();
  perStretch_ = 1;
}

std::vector<Envelope::Point> Envelope::points() const {
  std::vector<Point> out;
  out.reserve(2 * stretches_.size());
  for (const Stretch& stretch : stretches_) {
    const bool lowFirst = stretch.low.x <= stretch.high.x;
    out.push_back(lowFirst ? stretch.low : stretch.high);
    if (stretch.low.x != stretch.high.x) out.push_back(lowFirst ? stretch.high : stretch.low);
  }
  return out;
}

}  // namespace assayer::ui
