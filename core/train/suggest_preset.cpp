// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/train/train_plan.h"

namespace assayer {
namespace {

constexpr std::size_t kLooksAt = 500;  // spectra, spread over the data
constexpr std::size_t kLibsChannels = 2000;
constexpr double kLibsLow = 180;     // nm: the ultraviolet that LIBS needs …
constexpr double kLibsBegins = 400;  // … begins below this
constexpr double kLibsHigh = 1100;
constexpr double kLineHeight = 8;           // brightest channel of a spectrum over its mean
constexpr double kFewNegative = 0.25;       // share of values that the noise of a removed background makes
constexpr double kFewNegativeLight = 0.05;  // … and their share of the light
constexpr std::size_t kPixels = 64;
constexpr double kMostlyPure = 0.95;

/// What a look at some spectra tells.
struct Look {
  double low = 0, high = 0;
  bool whole = true;          ///< only whole numbers
  double negative = 0;        ///< share of values below 0
  double negative_light = 0;  ///< their sum over that of the others
  double line_height = 0;     ///< median over spectra of the largest value over the mean
};

Look look(const Dataset& data) {
  Look seen;
  const std::size_t step = std::max<std::size_t>(1, data.rows() / kLooksAt);
  std::vector<double> heights;
  double count = 0;
  double below = 0;
  double dark = 0;
  double light = 0;
  for (std::size_t row = 0; row < data.rows(); row += step) {
    if (!data.row_is_finite(row)) continue;
    double sum = 0;
    double most = 0;
    double channels = 0;
    const auto spectrum = data.spectra().row(row);
    for (std::size_t c = 0; c < spectrum.size(); ++c) {
      if (!data.bad_channels().empty() && data.bad_channels()[c] != 0) continue;
      const auto value = static_cast<double>(spectrum[c]);
      seen.low = std::min(seen.low, value);
      seen.high = std::max(seen.high, value);
      seen.whole = seen.whole && value == std::floor(value);
      below += value < 0 ? 1 : 0;
      (value < 0 ? dark : light) += std::abs(value);
      sum += value;
      most = std::max(most, value);
      channels += 1;
    }
    count += channels;
    if (sum > 0) heights.push_back(most * channels / sum);
  }
  if (count > 0) seen.negative = below / count;
  if (light > 0) seen.negative_light = dark / light;
  if (!heights.empty()) {
    const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
    std::ranges::nth_element(heights, middle);
    seen.line_height = *middle;
  }
  return seen;
}

bool has_ultraviolet_to_red_axis(const WavelengthAxis& axis) {
  const auto nm = axis.values_in(WavelengthUnit::Nanometre);
  if (!nm || nm->size() < kLibsChannels) return false;
  const auto [low, high] = std::ranges::minmax(*nm);
  return low >= kLibsLow && low < kLibsBegins && high <= kLibsHigh;
}

bool has_picture_of_pixels(const Dataset& data) {
  const WavelengthUnit unit = data.wavelength().unit();
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(data.channels()))));
  return (unit == WavelengthUnit::Channel || unit == WavelengthUnit::Pixel) && data.channels() >= kPixels &&
         side * side == data.channels();
}

/// Whether nearly all known compositions are of one component.
bool has_classes(const Dataset& data) {
  if (!data.abundances()) return false;
  double known = 0;
  double pure = 0;
  for (std::size_t row = 0; row < data.rows(); ++row) {
    if (!data.labelled(row)) continue;
    known += 1;
    pure += std::ranges::max(data.abundances()->row(row)) > 1 - 1e-6 ? 1 : 0;
  }
  return known > 0 && pure >= kMostlyPure * known;
}

}  // namespace

SuggestedPreset suggest_preset(const Dataset& data) {
  if (has_ultraviolet_to_red_axis(data.wavelength())) {
    const Look seen = look(data);
    if (seen.negative <= kFewNegative && seen.negative_light <= kFewNegativeLight &&
        seen.line_height >= kLineHeight)
      return {"libs",
              Message::sentence(
                  "Preset libs: positive spectra of {} channels from the ultraviolet to the red, whose lines "
                  "stand out {} times over their mean, look like laser-induced breakdown spectra.",
                  {data.channels(), fmt::format("{:.0f}", seen.line_height)})};
  }
  if (has_picture_of_pixels(data) && has_classes(data)) {
    const Look seen = look(data);
    if (seen.low >= 0 && (seen.high <= 1 || (seen.whole && seen.high <= 255)))
      return {"mnist", Message::sentence("Preset mnist: {} values of 0 to {} without a wavelength, and "
                                         "compositions of one component each, look like pictures of classes.",
                                         {data.channels(), seen.high <= 1 ? 1 : 255})};
  }
  return {"guided", Message::sentence("Preset guided: of the methods here it extrapolates best; how it reads "
                                      "the spectra it chooses itself.")};
}

}  // namespace assayer
