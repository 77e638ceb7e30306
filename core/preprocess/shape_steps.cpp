// SPDX-License-Identifier: GPL-3.0-or-later
// Steps that look at the shape of one spectrum: hull, baseline, spikes.
#include <algorithm>
#include <limits>

#include "core/preprocess/steps_detail.h"

namespace assayer::preprocess {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// Good channels in the order of rising positions.
std::vector<std::uint32_t> rising(const Channels& channels) {
  std::vector<std::uint32_t> order = channels.good();
  if (!channels.axis.ascending()) std::ranges::reverse(order);
  return order;
}

class Continuum : public Step {
 public:
  Continuum(const StepSettings& settings, const Channels& input)
      : Step(settings, input), order_(rising(input)), divide_(settings.is("by", "divide")) {}

  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    std::ranges::fill(out, kUnknown);
    const WavelengthAxis& axis = input().axis;
    // The upper hull by a monotone chain: `hull` holds channels between which the line turns right only.
    std::vector<std::uint32_t>& hull = scratch.places;
    hull.clear();
    for (const std::uint32_t c : order_) {
      if (!std::isfinite(in[c])) continue;
      while (hull.size() >= 2) {
        const std::uint32_t a = hull[hull.size() - 2];
        const std::uint32_t b = hull.back();
        const double turn = (axis[b] - axis[a]) * (in[c] - in[a]) - (in[b] - in[a]) * (axis[c] - axis[a]);
        if (turn < 0) break;
        hull.pop_back();
      }
      hull.push_back(c);
    }
    if (hull.empty()) return;
    bool positive = true;
    std::size_t at = 0;
    for (const std::uint32_t c : order_) {
      if (!std::isfinite(in[c])) continue;
      while (at + 1 < hull.size() && axis[hull[at + 1]] < axis[c]) ++at;
      double line = in[hull[at]];
      if (at + 1 < hull.size()) {
        const std::uint32_t a = hull[at];
        const std::uint32_t b = hull[at + 1];
        // At a corner itself the spectrum is the hull, without rounding.
        line = c == b   ? in[b]
               : c == a ? in[a]
                        : in[a] + (in[b] - in[a]) * (axis[c] - axis[a]) / (axis[b] - axis[a]);
      }
      if (divide_ && !(line > 0)) {
        positive = false;
        continue;
      }
      out[c] = divide_ ? in[c] / line : in[c] - line;
    }
    if (!positive) ++scratch.replaced;
  }
  [[nodiscard]] Message replacement(std::uint64_t count) const override {
    return Message::sentence(
        "{} spectra have a hull that is not positive everywhere, and missing values there.", {count});
  }

 private:
  std::vector<std::uint32_t> order_;
  bool divide_;
};

/// z that minimises Σ w (y − z)² + λ Σ (Δ²z)², where w = p above z and 1 − p below, by turns. Bad and missing
/// channels have the weight 0: the line runs through them.
class Baseline : public Step {
 public:
  Baseline(const StepSettings& settings, const Channels& input)
      : Step(settings, input),
        lambda_(settings.number("lambda")),
        p_(settings.number("p")),
        iterations_(settings.whole("iterations")),
        subtract_(settings.is("by", "subtract")) {
    const std::size_t n = input.size();
    diagonal_.assign(n, 0.0);
    first_.assign(n, 0.0);
    second_.assign(n, 0.0);
    for (std::size_t i = 0; i + 2 < n; ++i) {
      constexpr double d[3] = {1, -2, 1};
      for (std::size_t k = 0; k < 3; ++k) diagonal_[i + k] += lambda_ * d[k] * d[k];
      first_[i] += lambda_ * d[0] * d[1];
      first_[i + 1] += lambda_ * d[1] * d[2];
      second_[i] += lambda_ * d[0] * d[2];
    }
  }

  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    const std::size_t n = in.size();
    std::vector<double>& w = scratch.a;
    std::vector<double>& z = scratch.e;
    w.assign(n, 0.0);
    z.assign(n, 0.0);
    std::size_t known = 0;
    for (const std::uint32_t c : good()) {
      if (!std::isfinite(in[c])) continue;
      w[c] = 1;
      ++known;
    }
    if (known < 2) {  // no line is determined
      std::ranges::fill(out, kUnknown);
      return;
    }
    for (std::size_t turn = 0; turn < iterations_; ++turn) {
      solve(in, w, z, scratch);
      bool changed = false;
      for (const std::uint32_t c : good()) {
        if (w[c] == 0) continue;
        const double next = in[c] > z[c] ? p_ : 1 - p_;
        changed = changed || next != w[c];
        w[c] = next;
      }
      if (!changed) break;
    }
    bool positive = true;
    for (std::size_t c = 0; c < n; ++c) {
      if (subtract_) {
        out[c] = in[c] - z[c];
      } else {
        positive = positive && z[c] > 0;
        out[c] = z[c] > 0 ? in[c] / z[c] : kUnknown;
      }
    }
    if (!positive) ++scratch.replaced;
  }
  [[nodiscard]] Message replacement(std::uint64_t count) const override {
    return Message::sentence(
        "{} spectra have a baseline that is not positive everywhere, and missing values there.", {count});
  }

 private:
  /// (W + λ DᵀD) z = W y by LDLᵀ: the matrix is positive definite with two diagonals beside the main one.
  void solve(std::span<const double> y, const std::vector<double>& w, std::vector<double>& z,
             Scratch& scratch) const {
    const std::size_t n = y.size();
    std::vector<double>& d = scratch.b;
    std::vector<double>& e = scratch.c;
    std::vector<double>& f = scratch.d;
    d.resize(n);
    e.resize(n);
    f.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      double pivot = diagonal_[i] + w[i];
      double beside = first_[i];
      double right = w[i] != 0 ? w[i] * y[i] : 0.0;
      if (i >= 1) {
        pivot -= e[i - 1] * e[i - 1] * d[i - 1];
        beside -= f[i - 1] * d[i - 1] * e[i - 1];
        right -= e[i - 1] * z[i - 1];
      }
      if (i >= 2) {
        pivot -= f[i - 2] * f[i - 2] * d[i - 2];
        right -= f[i - 2] * z[i - 2];
      }
      d[i] = pivot;
      e[i] = beside / pivot;
      f[i] = second_[i] / pivot;
      z[i] = right;
    }
    for (std::size_t i = n; i-- > 0;) {
      z[i] /= d[i];
      if (i + 1 < n) z[i] -= e[i] * z[i + 1];
      if (i + 2 < n) z[i] -= f[i] * z[i + 2];
    }
  }

  double lambda_;
  double p_;
  std::size_t iterations_;
  bool subtract_;
  std::vector<double> diagonal_;  ///< of λ DᵀD
  std::vector<double> first_;     ///< beside it
  std::vector<double> second_;    ///< two beside it
};

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

class Despike : public Step {
 public:
  Despike(const StepSettings& settings, const Channels& input)
      : Step(settings, input), threshold_(settings.number("threshold")), reach_(settings.whole("reach")) {}

  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    std::ranges::copy(in, out.begin());
    std::vector<std::uint32_t>& channels = scratch.places;
    channels.clear();
    for (const std::uint32_t c : good())
      if (std::isfinite(in[c])) channels.push_back(c);
    const std::size_t n = channels.size();
    if (n < 3) return;
    std::vector<double>& difference = scratch.a;
    difference.resize(n);
    for (std::size_t i = 1; i < n; ++i) difference[i] = in[channels[i]] - in[channels[i - 1]];
    scratch.b.assign(difference.begin() + 1, difference.end());
    const double median = median_of(scratch.b);
    for (std::size_t i = 1; i < n; ++i) scratch.b[i - 1] = std::abs(difference[i] - median);
    const double deviation = median_of(scratch.b);
    // More than half of the differences are alike: nothing measures what is usual.
    if (!(deviation > 0)) return;
    std::vector<double>& spike = scratch.c;
    spike.assign(n, 0.0);
    for (std::size_t i = 1; i < n; ++i)
      if (std::abs(0.6745 * (difference[i] - median) / deviation) > threshold_) spike[i] = 1;
    for (std::size_t i = 0; i < n; ++i) {
      if (spike[i] == 0) continue;
      // A burst longer than the reach: go further until something good is there.
      for (std::size_t reach = reach_; reach < n + reach_; reach *= 2) {
        double sum = 0;
        double count = 0;
        for (std::size_t k = i > reach ? i - reach : 0; k <= std::min(n - 1, i + reach); ++k) {
          if (spike[k] != 0) continue;
          sum += in[channels[k]];
          ++count;
        }
        if (count == 0) continue;
        out[channels[i]] = sum / count;
        break;
      }
    }
  }

 private:
  double threshold_;
  std::size_t reach_;
};

}  // namespace

MadeStep make_continuum(const StepSettings& settings, const Channels& input) {
  if (input.good().size() < 3)
    return misfit(settings, "a hull needs at least three channels", "3 good ones",
                  std::to_string(input.good().size()));
  return std::make_unique<Continuum>(settings, input);
}

MadeStep make_baseline(const StepSettings& settings, const Channels& input) {
  if (input.good().size() < 3)
    return misfit(settings, "a baseline needs at least three channels", "3 good ones",
                  std::to_string(input.good().size()));
  return std::make_unique<Baseline>(settings, input);
}

MadeStep make_despike(const StepSettings& settings, const Channels& input) {
  return std::make_unique<Despike>(settings, input);
}

}  // namespace assayer::preprocess
