// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/validation/halving.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace assayer {

std::size_t halving_rungs(std::size_t candidates, std::size_t factor) {
  std::size_t rungs = 0;
  for (std::size_t reach = 1; reach < candidates; reach *= factor) ++rungs;
  return rungs;
}

std::int64_t halving_epoch(std::int64_t epochs, std::size_t factor, std::size_t rung, std::size_t rungs) {
  for (; rung < rungs; ++rung) epochs /= static_cast<std::int64_t>(factor);
  return std::max<std::int64_t>(1, epochs);
}

std::vector<std::size_t> halving_stay(const std::vector<double>& kl, std::size_t factor) {
  std::vector<std::size_t> order(kl.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t at) {
    return std::isfinite(kl[at]) ? kl[at] : std::numeric_limits<double>::infinity();
  });
  order.resize((kl.size() + factor - 1) / factor);
  std::ranges::sort(order);
  return order;
}

}  // namespace assayer
