// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/simulate/endmember_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace assayer {

namespace {

// A wider hole could hide a whole absorption (the narrowest band modelled is 0.18 µm wide).
constexpr double kWidestHoleUm = 0.1;

struct Sample {
  double um;
  double value;
};

double interpolate(const std::vector<Sample>& samples, double um) {
  const auto right = std::lower_bound(samples.begin(), samples.end(), um,
                                      [](const Sample& s, double position) { return s.um < position; });
  if (right == samples.begin()) return samples.front().value;
  if (right == samples.end()) return samples.back().value;
  const Sample& a = *(right - 1);
  const Sample& b = *right;
  return a.value + (b.value - a.value) * (um - a.um) / (b.um - a.um);
}

// Mean over [low, high] of the broken line through the samples.
double average(const std::vector<Sample>& samples, double low, double high) {
  if (!(high > low)) return interpolate(samples, low);
  double area = 0;
  double last = low;
  double last_value = interpolate(samples, low);
  const auto advance = [&](double um, double value) {
    area += 0.5 * (last_value + value) * (um - last);
    last = um;
    last_value = value;
  };
  auto inside = std::upper_bound(samples.begin(), samples.end(), low,
                                 [](double position, const Sample& s) { return position < s.um; });
  for (; inside != samples.end() && inside->um < high; ++inside) advance(inside->um, inside->value);
  advance(high, interpolate(samples, high));
  return area / (high - low);
}

Error library_error(std::string what, std::string expected, std::string found, std::string mend) {
  return {Error::Kind::Data,   std::move(what),  "endmember library",
          std::move(expected), std::move(found), std::move(mend)};
}

}  // namespace

Result<ResampledLibrary> resample_library(const Dataset& library, std::size_t components,
                                          std::span<const double> channels_um) {
  const auto& endmembers = library.endmembers();
  const bool has_endmembers = endmembers && endmembers->rows() == components;
  if (!has_endmembers && library.rows() != components) {
    const std::string found =
        endmembers ? fmt::format("{} endmembers and {} spectra", endmembers->rows(), library.rows())
                   : fmt::format("no endmembers and {} spectra", library.rows());
    return fail(library_error("wrong number of endmembers",
                              fmt::format("{} endmembers, or exactly {} spectra", components, components),
                              found, "Give a file with one spectrum per mineral."));
  }
  const MatrixView<float> source = has_endmembers ? endmembers->view() : library.spectra().view();

  const auto axis = library.wavelength().values_in(WavelengthUnit::Micrometre);
  if (!axis) {
    return fail(library_error("no wavelengths", "an axis in nm, um or cm-1",
                              fmt::format("unit '{}'", to_string(library.wavelength().unit())),
                              "Give a library with wavelengths."));
  }

  const double first = channels_um.front();
  const double last = channels_um.back();
  const double half_step = 0.5 * (last - first) / static_cast<double>(channels_um.size() - 1);

  ResampledLibrary result{Matrix<double>(components, channels_um.size()), library.endmember_names(), {}};
  if (result.names.size() != components) result.names = library.component_names();
  if (result.names.size() != components) result.names.clear();

  std::size_t held_low = 0;
  std::size_t held_high = 0;
  for (std::size_t k = 0; k < components; ++k) {
    const std::string row_name =
        result.names.empty() ? fmt::format("spectrum {}", k) : fmt::format("'{}'", result.names[k]);
    std::vector<Sample> samples;
    for (std::size_t c = 0; c < axis->size(); ++c) {
      const bool masked = !library.bad_channels().empty() && library.bad_channels()[c] != 0;
      if (!masked && std::isfinite(source(k, c))) samples.push_back({(*axis)[c], source(k, c)});
    }
    std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.um < b.um; });
    if (samples.size() < 2) {
      return fail(library_error(fmt::format("{} has no usable values", row_name), "at least 2 finite values",
                                fmt::format("{}", samples.size()), "Give a complete spectrum."));
    }
    const double low_end = samples.front().um;
    const double high_end = samples.back().um;
    const std::string covered = fmt::format("{:.4g}–{:.4g} µm", low_end, high_end);
    if (high_end < first || low_end > last) {
      return fail(library_error(fmt::format("{} does not overlap the channels", row_name),
                                fmt::format("{:.4g}–{:.4g} µm", first, last), covered,
                                "Check the library's wavelength unit, or choose other channels."));
    }
    if (low_end > first + half_step || high_end < last - half_step) {
      return fail(library_error(fmt::format("{} does not reach over all channels", row_name),
                                fmt::format("{:.4g}–{:.4g} µm", first, last), covered,
                                "Choose channels inside the library; spectra are not extrapolated."));
    }
    for (std::size_t s = 1; s < samples.size(); ++s) {
      const double width = samples[s].um - samples[s - 1].um;
      if (width > kWidestHoleUm && samples[s].um > first && samples[s - 1].um < last) {
        return fail(
            library_error(fmt::format("{} has a hole", row_name),
                          fmt::format("neighbouring samples at most {} µm apart", kWidestHoleUm),
                          fmt::format("none between {:.4g} and {:.4g} µm", samples[s - 1].um, samples[s].um),
                          "Give a spectrum without it, or choose channels on one side."));
      }
    }

    std::size_t low_count = 0;
    std::size_t high_count = 0;
    for (std::size_t c = 0; c < channels_um.size(); ++c) {
      const double um = channels_um[c];
      // Float32 axes miss a round end by some 1e-7 µm; that is no extrapolation worth a remark.
      low_count += um < low_end - 1e-6 ? 1 : 0;
      high_count += um > high_end + 1e-6 ? 1 : 0;
      // Near an end the window shrinks on both sides, so that it stays centred: a one-sided average would
      // shift a sloped spectrum.
      const double half = std::min({half_step, um - low_end, high_end - um});
      result.spectra(k, c) = half > 0 ? average(samples, um - half, um + half) : interpolate(samples, um);
    }
    held_low = std::max(held_low, low_count);
    held_high = std::max(held_high, high_count);
  }
  if (held_low + held_high > 0) {
    result.note = fmt::format(
        "The library ends within half a channel of the range: {} channel(s) at the short and {} at the long "
        "end hold the value of its last sample.",
        held_low, held_high);
  }
  return result;
}

}  // namespace assayer
