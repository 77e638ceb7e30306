// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/simplex_sites.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace assayer::ui {
namespace {

constexpr double kCompositionGrain = 1e-6;  // compositions nearer than this are one site
constexpr std::size_t kPoll = 65536;        // rows

/// Numbers compositions in the order in which they come: a hash table without anything but the numbers, for
/// a million different compositions as keys of their own would take 100 MB.
class Numbering {
 public:
  Numbering(std::size_t most, std::size_t components)
      : components_(components), slots_(std::bit_ceil(2 * most + 1), -1), parts_(components) {}

  /// The number of the composition, and whether it is new.
  std::pair<std::int32_t, bool> number(std::span<const double> composition) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (std::size_t k = 0; k < components_; ++k) {
      parts_[k] = static_cast<std::int32_t>(std::lround(composition[k] / kCompositionGrain));
      hash = (hash ^ static_cast<std::uint32_t>(parts_[k])) * 0x9E3779B97F4A7C15ULL;
      hash ^= hash >> 29;
    }
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
      const std::int32_t known = slots_[slot];
      if (known < 0) {
        slots_[slot] = count_;
        keys_.insert(keys_.end(), parts_.begin(), parts_.end());
        return {count_++, true};
      }
      if (std::equal(
              parts_.begin(), parts_.end(),
              keys_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(known) * components_)))
        return {known, false};
    }
  }

 private:
  std::size_t components_;
  std::vector<std::int32_t> slots_;  ///< −1: free
  std::vector<std::int32_t> parts_;
  std::vector<std::int32_t> keys_;  ///< [numbers, K] in grains
  std::int32_t count_ = 0;
};

}  // namespace

bool SimplexFace::shows(std::span<const double> composition) const {
  if (!partial) return true;
  const double shown = geometry.shown(composition);
  return shown > kCompositionGrain && 1 - shown <= most_others + kCompositionGrain;
}

Result<SimplexSites> findSites(const Dataset& data, const SimplexFace& face, const RunControl& control) {
  SimplexSites sites;
  const std::size_t rows = data.rows();
  sites.of_row.assign(rows, -1);
  Numbering numbering(rows, face.geometry.components());
  for (std::size_t row = 0; row < rows; ++row) {
    if (row % kPoll == 0 && control.stop_requested()) return fail(Error::cancel());
    if (!data.labelled(row)) {
      ++sites.without_composition;
      continue;
    }
    const std::span<const double> composition = data.abundances()->row(row);
    if (!face.shows(composition)) {
      ++sites.off_face;
      continue;
    }
    const auto [site, is_new] = numbering.number(composition);
    if (is_new) sites.at.push_back(face.geometry.position(composition));
    sites.of_row[row] = site;
  }
  sites.start.assign(sites.at.size() + 1, 0);
  for (const std::int32_t site : sites.of_row)
    if (site >= 0) ++sites.start[static_cast<std::size_t>(site) + 1];
  for (std::size_t s = 1; s < sites.start.size(); ++s) sites.start[s] += sites.start[s - 1];
  sites.rows.resize(sites.start.back());
  std::vector<std::uint32_t> next(sites.start.begin(), sites.start.end() - 1);
  for (std::size_t row = 0; row < rows; ++row)
    if (sites.of_row[row] >= 0)
      sites.rows[next[static_cast<std::size_t>(sites.of_row[row])]++] = static_cast<std::uint32_t>(row);
  if (control.stop_requested()) return fail(Error::cancel());
  std::vector<double> x(sites.at.size());
  std::vector<double> y(sites.at.size());
  for (std::size_t s = 0; s < sites.at.size(); ++s) {
    x[s] = sites.at[s].x();
    y[s] = sites.at[s].y();
  }
  sites.index = std::make_shared<const PointIndex>(x, y);
  return sites;
}

}  // namespace assayer::ui
