// SPDX-License-Identifier: GPL-3.0-or-later
// Smoothing by thresholds on wavelet coefficients.
#include <algorithm>
#include <array>
#include <limits>

#include "core/preprocess/steps_detail.h"

namespace assayer::preprocess {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Scaling filters: I. Daubechies, Ten Lectures on Wavelets (1992), tables 6.1 and 6.3.
constexpr std::array<double, 2> kHaar = {0.7071067811865476, 0.7071067811865476};
constexpr std::array<double, 4> kDb2 = {0.48296291314453416, 0.8365163037378079, 0.2241438680420134,
                                        -0.12940952255126037};
constexpr std::array<double, 8> kDb4 = {0.2303778133088965,    0.7148465705529157,   0.6308807679298589,
                                        -0.027983769416859854, -0.18703481171909309, 0.030841381835560764,
                                        0.0328830116668852,    -0.010597401785069032};
constexpr std::array<double, 8> kSym4 = {0.0322231006040427,   -0.012603967262037833, -0.09921954357684722,
                                         0.29785779560527736,  0.8037387518059161,    0.49761866763201545,
                                         -0.02963552764599851, -0.07576571478927333};

std::span<const double> filter_of(std::string_view name) {
  if (name == "haar") return kHaar;
  if (name == "db2") return kDb2;
  if (name == "sym4") return kSym4;
  return kDb4;
}

/// The decomposition continues a signal at its ends by its mirror image (half-sample symmetric).
class Wavelet : public Step {
 public:
  Wavelet(const StepSettings& settings, const Channels& input, std::span<const double> filter,
          std::vector<std::size_t> lengths)
      : Step(settings, input),
        filter_(filter),
        lengths_(std::move(lengths)),
        strength_(settings.number("strength")),
        soft_(settings.is("threshold", "soft")) {}

  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    std::ranges::fill(out, kUnknown);
    std::vector<double>& signal = scratch.a;
    signal.clear();
    for (const std::uint32_t c : good()) signal.push_back(in[c]);
    if (std::ranges::any_of(signal, [](double value) { return !std::isfinite(value); })) return;

    // Details of all levels, the finest first, one after the other.
    std::vector<double>& details = scratch.b;
    details.clear();
    for (std::size_t level = 0; level + 1 < lengths_.size(); ++level) {
      const std::size_t length = lengths_[level + 1];
      const std::size_t begun = details.size();
      details.resize(begun + length);
      scratch.c.resize(length);
      decompose(signal, scratch.c, {details.data() + begun, length});
      signal.swap(scratch.c);
    }
    shrink(details, scratch.d);
    std::size_t at = details.size();
    for (std::size_t level = lengths_.size() - 1; level > 0; --level) {
      at -= lengths_[level];
      scratch.c.resize(lengths_[level - 1]);
      compose(signal, {details.data() + at, lengths_[level]}, scratch.c);
      signal.swap(scratch.c);
    }
    for (std::size_t i = 0; i < good().size(); ++i) out[good()[i]] = signal[i];
  }

 private:
  void decompose(std::span<const double> x, std::span<double> approximation, std::span<double> detail) const {
    const auto f = static_cast<std::ptrdiff_t>(filter_.size());
    const auto n = static_cast<std::ptrdiff_t>(x.size());
    const auto mirrored = [&](std::ptrdiff_t i) {
      // Short signals may be mirrored more than once.
      i %= 2 * n;
      if (i < 0) i += 2 * n;
      return x[static_cast<std::size_t>(i < n ? i : 2 * n - 1 - i)];
    };
    for (std::size_t k = 0; k < approximation.size(); ++k) {
      double low = 0;
      double high = 0;
      for (std::ptrdiff_t j = 0; j < f; ++j) {
        const std::ptrdiff_t place = 2 * static_cast<std::ptrdiff_t>(k) + 1 - j;
        const double value = place >= 0 && place < n ? x[static_cast<std::size_t>(place)] : mirrored(place);
        const auto mirror = static_cast<std::size_t>(f - 1 - j);
        low += filter_[mirror] * value;
        high += (j % 2 == 0 ? -1 : 1) * filter_[static_cast<std::size_t>(j)] * value;
      }
      approximation[k] = low;
      detail[k] = high;
    }
  }

  /// The first x.size() values of the inverse.
  void compose(std::span<const double> approximation, std::span<const double> detail,
               std::span<double> x) const {
    const auto f = static_cast<std::ptrdiff_t>(filter_.size());
    for (std::size_t n = 0; n < x.size(); ++n) {
      double sum = 0;
      const std::ptrdiff_t shifted = static_cast<std::ptrdiff_t>(n) + f - 2;
      for (std::ptrdiff_t k = (shifted - f + 2) / 2; k <= shifted / 2; ++k) {
        const std::ptrdiff_t j = shifted - 2 * k;
        if (k < 0 || k >= static_cast<std::ptrdiff_t>(approximation.size()) || j < 0 || j >= f) continue;
        const auto mirror = static_cast<std::size_t>(f - 1 - j);
        sum += filter_[static_cast<std::size_t>(j)] * approximation[static_cast<std::size_t>(k)] +
               (j % 2 == 0 ? 1 : -1) * filter_[mirror] * detail[static_cast<std::size_t>(k)];
      }
      x[n] = sum;
    }
  }

  void shrink(std::span<double> details, std::vector<double>& sorted) const {
    const std::size_t finest = lengths_[1];
    sorted.resize(finest);
    for (std::size_t i = 0; i < finest; ++i) sorted[i] = std::abs(details[i]);
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(finest / 2);
    std::ranges::nth_element(sorted, middle);
    double median = *middle;
    if (finest % 2 == 0) median = (median + *std::max_element(sorted.begin(), middle)) / 2;
    const double noise = median / 0.6745;
    const double threshold = strength_ * noise * std::sqrt(2 * std::log(static_cast<double>(lengths_[0])));
    for (double& value : details) {
      if (std::abs(value) <= threshold)
        value = 0;
      else if (soft_)
        value -= std::copysign(threshold, value);
    }
  }

  std::span<const double> filter_;
  std::vector<std::size_t> lengths_;  ///< of the signal, then of each level's coefficients
  double strength_;
  bool soft_;
};

}  // namespace

MadeStep make_wavelet(const StepSettings& settings, const Channels& input) {
  const std::span<const double> filter = filter_of(settings.text("wavelet"));
  const std::size_t n = input.good().size();
  std::size_t most = 0;  // as long as the filter is not longer than the signal
  while ((n >> (most + 1)) >= filter.size() - 1 && (n >> (most + 1)) > 0) ++most;
  const std::size_t wanted = settings.whole("levels");
  if (most == 0 || wanted > most)
    return misfit(settings, "the spectrum is too short for the wavelet",
                  most == 0 ? std::string("more channels, or a shorter wavelet")
                            : "at most " + std::to_string(most) + " levels",
                  std::to_string(n) + " good channels, " + std::to_string(wanted) + " levels");
  std::vector<std::size_t> lengths{n};
  for (std::size_t level = 0; level < (wanted > 0 ? wanted : most); ++level)
    lengths.push_back((lengths.back() + filter.size() - 1) / 2);
  return std::make_unique<Wavelet>(settings, input, filter, std::move(lengths));
}

}  // namespace assayer::preprocess
