// SPDX-License-Identifier: GPL-3.0-or-later
// Steps that work on one spectrum, value by value or with a measure of its own size.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numbers>

#include "core/mixing/link.h"
#include "core/preprocess/steps_detail.h"
#include "core/preprocess/sums.h"

namespace assayer::preprocess {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

class Clip : public Step {
 public:
  Clip(const StepSettings& settings, const Channels& input)
      : Step(settings, input), low_(settings.number("low")), high_(settings.number("high")) {}
  void apply(std::span<const double> in, std::span<double> out, Scratch& /*scratch*/) const override {
    // In this order of comparing NaN stays NaN.
    for (std::size_t c = 0; c < in.size(); ++c) out[c] = in[c] < low_ ? low_ : in[c] > high_ ? high_ : in[c];
  }
  /// A spectrum inside the limits is mapped to itself.
  [[nodiscard]] bool invertible() const override { return true; }
  void invert(std::span<const double> in, std::span<double> out) const override {
    std::ranges::copy(in, out.begin());
  }

 private:
  double low_;
  double high_;
};

enum class Measure : std::uint8_t { L1, Sum, L2, Max, Area };

Measure measure_of(std::string_view text) {
  if (text == "l1") return Measure::L1;
  if (text == "sum") return Measure::Sum;
  if (text == "max") return Measure::Max;
  return text == "area" ? Measure::Area : Measure::L2;
}

/// Good channels that share a measure, and every channel that is divided by it.
struct Part {
  std::vector<std::uint32_t> measured;
  std::vector<std::uint32_t> divided;
};

class Normalise : public Step {
 public:
  Normalise(const StepSettings& settings, const Channels& input, Measure measure, std::vector<Part> parts)
      : Step(settings, input), measure_(measure), parts_(std::move(parts)) {}

  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    std::ranges::copy(in, out.begin());
    for (const Part& part : parts_) {
      const double size = measure(in, part.measured);
      // A spectrum without signal has no shape; NaN says so, and the row counts as missing.
      const bool usable = std::isfinite(size) && size != 0;
      if (!usable) ++scratch.replaced;
      const double divisor = usable ? size : kUnknown;
      for (const std::uint32_t c : part.divided) out[c] = in[c] / divisor;
    }
  }
  [[nodiscard]] Message replacement(std::uint64_t count) const override {
    return Message::sentence("{} ranges of spectra have the size 0 and became missing values.", {count});
  }

 private:
  [[nodiscard]] double measure(std::span<const double> in, const std::vector<std::uint32_t>& channels) const {
    double sum = 0;
    if (measure_ == Measure::Area) {
      std::size_t last = channels.size();
      for (std::size_t i = 0; i < channels.size(); ++i) {
        if (!std::isfinite(in[channels[i]])) continue;
        if (last != channels.size()) {
          const double width = std::abs(input().axis[channels[i]] - input().axis[channels[last]]);
          sum += width * (std::abs(in[channels[i]]) + std::abs(in[channels[last]])) / 2;
        }
        last = i;
      }
      return sum;
    }
    const auto sum_of = [&](const auto& size) {
      return sums<1>(channels, [&](std::uint32_t c) -> std::array<double, 1> {
        return {is_finite(in[c]) ? size(in[c]) : 0};
      })[0];
    };
    switch (measure_) {
      case Measure::L1:
        return sum_of([](double value) { return std::abs(value); });
      case Measure::Sum:
        return sum_of([](double value) { return value; });
      case Measure::Max:
        for (const std::uint32_t c : channels)
          if (is_finite(in[c])) sum = std::max(sum, std::abs(in[c]));
        return sum;
      default:
        return std::sqrt(sum_of([](double value) { return value * value; }));
    }
  }

  Measure measure_;
  std::vector<Part> parts_;
};

MadeStep normalise_parts(const StepSettings& settings, const Channels& input, Measure measure,
                         const std::vector<std::vector<std::uint8_t>>& ranges) {
  std::vector<Part> parts;
  std::vector<std::uint8_t> taken(input.size(), 0);
  for (const auto& range : ranges) {
    Part part;
    for (std::size_t c = 0; c < input.size(); ++c) {
      if (range[c] == 0) continue;
      if (taken[c] != 0)
        return misfit(settings, "two ranges overlap", "every channel in one range at most",
                      fmt::format("channel {} in two", c));
      taken[c] = 1;
      part.divided.push_back(static_cast<std::uint32_t>(c));
      if (input.bad[c] == 0) part.measured.push_back(static_cast<std::uint32_t>(c));
    }
    if (part.measured.empty())
      return misfit(settings, "a range holds no channel that is good",
                    fmt::format("ranges within the {} channels", input.size()), "",
                    fmt::format("The axis runs from {} to {} {}.", input.axis[0],
                                input.axis[input.size() - 1], to_string(input.axis.unit())));
    parts.push_back(std::move(part));
  }
  return std::make_unique<Normalise>(settings, input, measure, std::move(parts));
}

class Snv : public Step {
 public:
  Snv(const StepSettings& settings, const Channels& input) : Step(settings, input) {}
  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    const auto [n, sum] = sums<2>(good(), [in](std::uint32_t c) -> std::array<double, 2> {
      const bool known = is_finite(in[c]);
      return {known ? 1.0 : 0.0, known ? in[c] : 0.0};
    });
    const double mean = sum / n;
    const auto [squares] = sums<1>(good(), [in, mean](std::uint32_t c) -> std::array<double, 1> {
      const double away = is_finite(in[c]) ? in[c] - mean : 0;
      return {away * away};
    });
    const double sd = std::sqrt(squares / (n - 1));
    const bool usable = std::isfinite(sd) && sd > 0;
    if (!usable) ++scratch.replaced;
    const double divisor = usable ? sd : kUnknown;
    for (std::size_t c = 0; c < in.size(); ++c) out[c] = (in[c] - mean) / divisor;
  }
  [[nodiscard]] Message replacement(std::uint64_t count) const override {
    return Message::sentence("{} spectra are flat and became missing values.", {count});
  }
};

/// A function of one value with an inverse.
class Log : public Step {
 public:
  /// out = factor · ln(max(x, floor) / scale)
  Log(const StepSettings& settings, const Channels& input, double factor, double scale, double floor)
      : Step(settings, input), factor_(factor), scale_(scale), floor_(floor) {}
  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    for (std::size_t c = 0; c < in.size(); ++c) {
      double value = in[c] / scale_;
      if (value < floor_) {
        value = floor_;
        if (input().bad[c] == 0) ++scratch.replaced;
      }
      out[c] = factor_ * std::log(value);
    }
  }
  [[nodiscard]] bool invertible() const override { return true; }
  void invert(std::span<const double> in, std::span<double> out) const override {
    for (std::size_t c = 0; c < in.size(); ++c) out[c] = scale_ * std::exp(in[c] / factor_);
  }
  [[nodiscard]] Message replacement(std::uint64_t count) const override {
    return Message::sentence("{} values were below {} and taken as that, since they have no logarithm.",
                             {count, fmt::format("{:g}", floor_ * scale_)});
  }

 private:
  double factor_;
  double scale_;
  double floor_;
};

LinkSettings hapke_settings(const StepSettings& settings) {
  constexpr double kDegree = std::numbers::pi / 180;
  LinkSettings link;
  link.link = Link::Hapke;
  link.scale = settings.number("scale");
  link.cos_incidence = std::cos(settings.number("incidence") * kDegree);
  link.cos_emission = std::cos(settings.number("emission") * kDegree);
  return link;
}

class Hapke : public Step {
 public:
  Hapke(const StepSettings& settings, const Channels& input, bool to_albedo)
      : Step(settings, input), link_(hapke_settings(settings)), to_albedo_(to_albedo) {}
  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    if (!to_albedo_) {
      from_linear(link_, in, out);
      return;
    }
    to_linear(link_, in, out);
    for (const std::uint32_t c : good())
      if (out[c] >= 1) ++scratch.replaced;
  }
  [[nodiscard]] bool invertible() const override { return true; }
  void invert(std::span<const double> in, std::span<double> out) const override {
    if (to_albedo_)
      from_linear(link_, in, out);
    else
      to_linear(link_, in, out);
  }
  [[nodiscard]] Message replacement(std::uint64_t count) const override {
    return Message::sentence(
        "{} values are brighter than a powder can be and got the albedo 1; are they reflectance, and is "
        "`scale` right?",
        {count});
  }

 private:
  LinkSettings link_;
  bool to_albedo_;
};

}  // namespace

MadeStep make_clip(const StepSettings& settings, const Channels& input) {
  if (settings.number("low") > settings.number("high"))
    return misfit(settings, "the limits are the wrong way round", "low up to high",
                  settings.text("low") + " and " + settings.text("high"));
  return std::make_unique<Clip>(settings, input);
}

MadeStep make_normalise(const StepSettings& settings, const Channels& input) {
  const auto ranges = parse_ranges(settings.text("ranges"));
  if (!ranges) return fail(ranges.error().in(place(settings)));
  std::vector<std::vector<std::uint8_t>> parts;
  for (const auto& range : *ranges) {
    auto part = inside(input, {range}, settings.text("unit"), place(settings));
    if (!part) return fail(part.error());
    parts.push_back(*std::move(part));
  }
  if (parts.empty()) parts.emplace_back(input.size(), std::uint8_t{1});
  return normalise_parts(settings, input, measure_of(settings.text("by")), parts);
}

MadeStep make_norm3(const StepSettings& settings, const Channels& input) {
  const auto splits = parse_ranges(settings.text("splits"));
  if (!splits) return fail(splits.error().in(place(settings)));
  std::vector<std::size_t> edges{0};
  for (const auto& [first, last] : *splits) {
    if (first != last || !(first > static_cast<double>(edges.back())) ||
        !(first < static_cast<double>(input.size()))) {
      return misfit(settings, "the spectrometers' first channels do not fit the spectra",
                    fmt::format("rising channel numbers below {}", input.size()), settings.text("splits"),
                    "ChemCam's 6144 channels split at 2048+4098; do this before channels are masked.");
    }
    edges.push_back(static_cast<std::size_t>(first));
  }
  edges.push_back(input.size());
  std::vector<std::vector<std::uint8_t>> parts;
  for (std::size_t s = 0; s + 1 < edges.size(); ++s) {
    std::vector<std::uint8_t> part(input.size(), 0);
    std::fill(part.begin() + static_cast<std::ptrdiff_t>(edges[s]),
              part.begin() + static_cast<std::ptrdiff_t>(edges[s + 1]), std::uint8_t{1});
    parts.push_back(std::move(part));
  }
  return normalise_parts(settings, input, Measure::Sum, parts);
}

MadeStep make_snv(const StepSettings& settings, const Channels& input) {
  if (input.good().size() < 2)
    return misfit(settings, "a standard deviation needs two channels", "2 good ones", "1");
  return std::make_unique<Snv>(settings, input);
}

MadeStep make_log(const StepSettings& settings, const Channels& input) {
  const double factor = settings.is("base", "10") ? 1 / std::numbers::ln10 : 1;
  return std::make_unique<Log>(settings, input, factor, 1.0, settings.number("floor"));
}

MadeStep make_absorbance(const StepSettings& settings, const Channels& input) {
  return std::make_unique<Log>(settings, input, -1 / std::numbers::ln10, settings.number("scale"),
                               settings.number("floor"));
}

MadeStep make_albedo(const StepSettings& settings, const Channels& input) {
  return std::make_unique<Hapke>(settings, input, true);
}

MadeStep make_reflectance(const StepSettings& settings, const Channels& input) {
  return std::make_unique<Hapke>(settings, input, false);
}

}  // namespace assayer::preprocess
