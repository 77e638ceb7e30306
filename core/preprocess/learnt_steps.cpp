// SPDX-License-Identifier: GPL-3.0-or-later
// Steps whose numbers come from the training spectra.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/preprocess/steps_detail.h"
#include "core/preprocess/sums.h"

namespace assayer::preprocess {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// Mean and variance by channel over the finite values, from sums of what lies beyond the first value: the
/// "shifted" sums of T. F. Chan, G. H. Golub and R. J. LeVeque 1983 (Am. Stat. 37, 242), without a division
/// or a branch for every value.
class Moments {
 public:
  explicit Moments(std::size_t channels)
      : count_(channels, 0.0),
        first_(channels, 0.0),
        sum_(channels, 0.0),
        squares_(channels, 0.0),
        unseen_(channels) {}
  void add(std::span<const double> row) {
    if (unseen_ > 0) take_first(row);
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool known = is_finite(row[c]);
      const double beyond = known ? row[c] - first_[c] : 0;
      count_[c] += known ? 1 : 0;
      sum_[c] += beyond;
      squares_[c] += beyond * beyond;
    }
  }
  /// NaN for a channel without any value.
  [[nodiscard]] std::vector<double> mean() const {
    std::vector<double> result(sum_.size(), kUnknown);
    for (std::size_t c = 0; c < result.size(); ++c)
      if (count_[c] > 0) result[c] = first_[c] + sum_[c] / count_[c];
    return result;
  }
  /// Divisor n; 1 where it is 0.
  [[nodiscard]] std::vector<double> deviation() const {
    std::vector<double> result(sum_.size(), 1.0);
    for (std::size_t c = 0; c < result.size(); ++c) {
      if (count_[c] == 0) continue;
      const double beyond = sum_[c] / count_[c];
      const double variance = squares_[c] / count_[c] - beyond * beyond;
      // Rounding leaves a constant channel a trace of variance.
      const double trace = 10 * std::numeric_limits<double>::epsilon() * (first_[c] + beyond);
      if (variance > trace * trace) result[c] = std::sqrt(variance);
    }
    return result;
  }

 private:
  void take_first(std::span<const double> row) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (count_[c] > 0 || !is_finite(row[c])) continue;
      first_[c] = row[c];
      --unseen_;
    }
  }

  std::vector<double> count_;
  std::vector<double> first_;    ///< finite value of each channel
  std::vector<double> sum_;      ///< of value - first
  std::vector<double> squares_;  ///< of the same
  std::size_t unseen_;           ///< channels without a value so far
};

Status check_rows(const StepSettings& settings, std::size_t rows) {
  if (rows > 0) return {};
  return fail({Error::Kind::Data, "there are no training spectra to learn from", place(settings),
               "at least one finite spectrum", "none", "Select rows to train on."});
}

/// (x − mean) / sd; the sd is 1 for plain centring.
class Scale : public Step {
 public:
  Scale(const StepSettings& settings, const Channels& input, bool by_deviation)
      : Step(settings, input), by_deviation_(by_deviation), moments_(input.size()) {}

  [[nodiscard]] bool learns() const override { return true; }
  void see(std::span<const double> row) override { moments_.add(row); }
  Status finish(std::size_t rows) override {
    if (auto some = check_rows(settings(), rows); !some) return some;
    mean_ = moments_.mean();
    sd_ = by_deviation_ ? moments_.deviation() : std::vector<double>(mean_.size(), 1.0);
    return {};
  }
  void apply(std::span<const double> in, std::span<double> out, Scratch& /*scratch*/) const override {
    for (std::size_t c = 0; c < in.size(); ++c) out[c] = (in[c] - mean_[c]) / sd_[c];
  }
  [[nodiscard]] bool invertible() const override { return true; }
  void invert(std::span<const double> in, std::span<double> out) const override {
    for (std::size_t c = 0; c < in.size(); ++c) out[c] = mean_[c] + sd_[c] * in[c];
  }
  [[nodiscard]] std::vector<PipelineArray> arrays() const override {
    std::vector<PipelineArray> result{array_of("mean", mean_)};
    if (by_deviation_) result.push_back(array_of("sd", sd_));
    return result;
  }
  Status restore(std::span<const PipelineArray> arrays) override {
    const PipelineArray* mean = find_array(arrays, "mean", input().size());
    if (mean == nullptr) return no_array(settings(), "mean", input().size());
    mean_ = mean->values;
    sd_.assign(mean_.size(), 1.0);
    if (!by_deviation_) return {};
    const PipelineArray* sd = find_array(arrays, "sd", input().size());
    if (sd == nullptr) return no_array(settings(), "sd", input().size());
    sd_ = sd->values;
    return {};
  }

 private:
  bool by_deviation_;
  Moments moments_;
  std::vector<double> mean_;
  std::vector<double> sd_;
};

class Msc : public Step {
 public:
  Msc(const StepSettings& settings, const Channels& input)
      : Step(settings, input), median_(settings.is("reference", "median")), moments_(input.size()) {}

  [[nodiscard]] bool learns() const override { return true; }
  void see(std::span<const double> row) override {
    if (median_)
      seen_.emplace_back(row.begin(), row.end());
    else
      moments_.add(row);
  }
  Status finish(std::size_t rows) override {
    if (auto some = check_rows(settings(), rows); !some) return some;
    reference_ = median_ ? medians() : moments_.mean();
    seen_.clear();
    seen_.shrink_to_fit();
    return check_reference();
  }
  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    const auto [n, sum_x, sum_r] = sums<3>(good(), [&](std::uint32_t c) -> std::array<double, 3> {
      const bool known = is_finite(in[c]) && is_finite(reference_[c]);
      return {known ? 1.0 : 0.0, known ? in[c] : 0.0, known ? reference_[c] : 0.0};
    });
    const double mean_x = sum_x / n;
    const double mean_r = sum_r / n;
    const auto [xr, rr] = sums<2>(good(), [&](std::uint32_t c) -> std::array<double, 2> {
      const bool known = is_finite(in[c]) && is_finite(reference_[c]);
      const double r = known ? reference_[c] - mean_r : 0;
      return {known ? (in[c] - mean_x) * r : 0, r * r};
    });
    const double slope = xr / rr;
    const double offset = mean_x - slope * mean_r;
    const bool usable = std::isfinite(slope) && std::isfinite(offset) && slope != 0;
    if (!usable) ++scratch.replaced;
    const double divisor = usable ? slope : kUnknown;
    for (std::size_t c = 0; c < in.size(); ++c) out[c] = (in[c] - offset) / divisor;
  }
  [[nodiscard]] Message replacement(std::uint64_t count) const override {
    return Message::sentence(
        "{} spectra have nothing in common with the reference and became missing values.", {count});
  }
  [[nodiscard]] std::vector<PipelineArray> arrays() const override {
    return {array_of("reference", reference_)};
  }
  Status restore(std::span<const PipelineArray> arrays) override {
    const PipelineArray* reference = find_array(arrays, "reference", input().size());
    if (reference == nullptr) return no_array(settings(), "reference", input().size());
    reference_ = reference->values;
    return check_reference();
  }

 private:
  [[nodiscard]] std::vector<double> medians() const {
    std::vector<double> result(input().size(), kUnknown);
    std::vector<double> column;
    for (std::size_t c = 0; c < result.size(); ++c) {
      column.clear();
      for (const auto& row : seen_)
        if (std::isfinite(row[c])) column.push_back(row[c]);
      if (column.empty()) continue;
      const auto middle = column.begin() + static_cast<std::ptrdiff_t>(column.size() / 2);
      std::ranges::nth_element(column, middle);
      result[c] = *middle;
      if (column.size() % 2 == 0) result[c] = (result[c] + *std::max_element(column.begin(), middle)) / 2;
    }
    return result;
  }
  Status check_reference() const {
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    double size = 0;
    for (const std::uint32_t c : good()) {
      if (!std::isfinite(reference_[c])) continue;
      least = std::min(least, reference_[c]);
      most = std::max(most, reference_[c]);
      size = std::max(size, std::abs(reference_[c]));
    }
    // Of spectra whose mean was removed nothing but rounding is left.
    if (most - least > 1e-12 * size && size > 1e-300) return {};
    return fail({Error::Kind::Data, "the reference spectrum is flat, so nothing can be regressed on it",
                 place(settings()), "a mean spectrum with a shape", "a constant",
                 "Put msc before steps that remove the mean."});
  }

  bool median_;
  Moments moments_;
  std::vector<std::vector<double>> seen_;  ///< only where medians are wanted
  std::vector<double> reference_;
};

}  // namespace

MadeStep make_msc(const StepSettings& settings, const Channels& input) {
  if (input.good().size() < 2)
    return misfit(settings, "a regression needs at least two channels", "2 good ones", "1");
  return std::make_unique<Msc>(settings, input);
}

MadeStep make_centre(const StepSettings& settings, const Channels& input) {
  return std::make_unique<Scale>(settings, input, false);
}

MadeStep make_standardise(const StepSettings& settings, const Channels& input) {
  return std::make_unique<Scale>(settings, input, true);
}

}  // namespace assayer::preprocess
