// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Successive halving: of many settings, those that do badly are not trained to the end. Karnin, Koren &
/// Somekh 2013, "Almost optimal exploration in multi-armed bandits" (Sequential Halving), for training runs
/// by Jamieson & Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization"
/// (arXiv:1502.07943).
///
/// n candidates pass R rungs, the least number with factor^R ≥ n. At rung r = 1 … R every candidate that is
/// left has been trained for the share factor^(r − R − 1) of its epochs, going on from where it was, with the
/// schedule of the whole training; those 1 / factor (rounded up) that are best stay. After rung R one is
/// left.
namespace assayer {

/// Of a factor of at least 2.
std::size_t halving_rungs(std::size_t candidates, std::size_t factor);
/// Epochs done at rung `rung` (0 is the first) of `rungs`, of the `epochs` of a candidate; at least 1.
std::int64_t halving_epoch(std::int64_t epochs, std::size_t factor, std::size_t rung, std::size_t rungs);
/// Places in `kl` of those that stay, ascending: the least 1 / factor of them, rounded up; of equals the
/// first. What is not finite is worst.
std::vector<std::size_t> halving_stay(const std::vector<double>& kl, std::size_t factor);

struct HalvingEntry {
  std::size_t candidate = 0;  ///< of Halving::candidates
  std::int64_t epoch = 0;     ///< at which it was judged
  double kl = 0;              ///< mean over the splits, nats; infinite where it failed on one
  bool dropped = false;
  friend bool operator==(const HalvingEntry&, const HalvingEntry&) = default;
};

/// What came of it.
struct Halving {
  std::size_t factor = 2;
  std::vector<std::string> candidates;           ///< names, as of Variant
  std::vector<std::vector<HalvingEntry>> rungs;  ///< every candidate that came so far
  std::size_t winner = 0;
  friend bool operator==(const Halving&, const Halving&) = default;
};

}  // namespace assayer
