// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/selection_spectra.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

namespace assayer::ui {

namespace {

/// Neighbouring rows that are read at once.
constexpr std::size_t kRun = 512;

/// Calls `take(index in rows, spectrum)` for all of them, runs of neighbours together.
template <class Take>
Status for_each(const Spectra& spectra, const Rows& rows, const RunControl& control, Take take) {
  std::vector<float> scratch;
  for (std::size_t i = 0; i < rows.size();) {
    if (control.stop_requested()) return fail(Error::cancel());
    std::size_t count = 1;
    while (i + count < rows.size() && count < kRun && rows[i + count] == rows[i] + count) ++count;
    auto block = spectra.block(rows[i], count, scratch);
    if (!block) return fail(block.error());
    for (std::size_t r = 0; r < count; ++r) take(i + r, block->row(r));
    i += count;
  }
  return {};
}

/// Mean and standard deviation by channel, over the finite values.
class Moments {
 public:
  explicit Moments(std::size_t channels) : sum_(channels), squares_(channels), count_(channels) {}

  void add(std::span<const float> values) {
    if (rows_++ == 0) {
      origin_.assign(values.begin(), values.end());
      for (float& value : origin_)
        if (!std::isfinite(value)) value = 0;
    }
    for (std::size_t c = 0; c < sum_.size(); ++c) {
      if (!std::isfinite(values[c])) continue;
      const double from = static_cast<double>(values[c]) - origin_[c];
      sum_[c] += from;
      squares_[c] += from * from;
      ++count_[c];
    }
  }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  void take(std::vector<float>& mean, std::vector<float>& sd) const {
    mean.assign(sum_.size(), std::numeric_limits<float>::quiet_NaN());
    sd.assign(sum_.size(), 0);
    for (std::size_t c = 0; c < sum_.size(); ++c) {
      if (count_[c] == 0) continue;
      const double shift = sum_[c] / count_[c];
      const double rest =
          count_[c] > 1 ? std::max(0.0, (squares_[c] - sum_[c] * shift) / (count_[c] - 1)) : 0;
      mean[c] = static_cast<float>(shift + origin_[c]);
      sd[c] = static_cast<float>(std::sqrt(rest));
    }
  }

 private:
  std::vector<double> sum_;
  std::vector<double> squares_;
  std::vector<std::uint32_t> count_;
  /// Deviations from the first row: sums of squares of large signals would cancel.
  std::vector<float> origin_;
  std::size_t rows_ = 0;
};

/// The groups with the most of `rows`, in the data's order; `in_all`: how many have any.
std::vector<std::size_t> largest_groups(const Groups& groups, const Rows& rows, std::size_t& in_all) {
  std::vector<std::size_t> count(groups.names.size());
  for (const std::uint32_t row : rows) ++count[static_cast<std::size_t>(groups.of_row[row])];
  std::vector<std::size_t> largest(count.size());
  std::iota(largest.begin(), largest.end(), std::size_t{0});
  std::erase_if(largest, [&count](std::size_t group) { return count[group] == 0; });
  in_all = largest.size();
  std::ranges::stable_sort(largest, std::ranges::greater{},
                           [&count](std::size_t group) { return count[group]; });
  if (largest.size() > SelectionSpectra::kMostGroups) largest.resize(SelectionSpectra::kMostGroups);
  std::ranges::sort(largest);
  return largest;
}

}  // namespace

Result<SelectionSpectra> readSelection(const Spectra& spectra, Rows rows, std::optional<std::size_t> most,
                                       const RunControl& control, const Groups* groups) {
  const std::size_t channels = spectra.cols();
  SelectionSpectra read;
  read.rows = std::move(rows);
  if (read.rows.empty()) return read;
  const bool few = most && read.rows.size() <= *most;
  if (few) read.spectra = Matrix<float>(read.rows.size(), channels);
  std::optional<Moments> of_all;
  if (most && !few) of_all.emplace(channels);
  std::vector<std::size_t> taken;
  if (groups != nullptr) taken = largest_groups(*groups, read.rows, read.groups_in_all);
  // One pass for all: where spectra stay in their file, a pass is what takes the time.
  std::vector<Moments> of_group(taken.size(), Moments(channels));
  const Status status =
      for_each(spectra, read.rows, control, [&](std::size_t i, std::span<const float> values) {
        if (few) std::ranges::copy(values, read.spectra.row(i).begin());
        if (of_all) of_all->add(values);
        if (groups == nullptr) return;
        const auto group = static_cast<std::size_t>(groups->of_row[read.rows[i]]);
        const auto place = std::ranges::lower_bound(taken, group);
        if (place != taken.end() && *place == group)
          of_group[static_cast<std::size_t>(place - taken.begin())].add(values);
      });
  if (!status) return fail(status.error());
  if (of_all) of_all->take(read.mean, read.sd);
  for (std::size_t g = 0; g < taken.size(); ++g) {
    GroupSpectra& group = read.groups.emplace_back();
    group.group = taken[g];
    group.rows = of_group[g].rows();
    of_group[g].take(group.mean, group.sd);
    if (group.rows < 2) group.sd.clear();
  }
  return read;
}

}  // namespace assayer::ui
