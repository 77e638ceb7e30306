// SPDX-License-Identifier: GPL-3.0-or-later
// Steps that choose among channels, and among values that are there and missing.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/preprocess/steps_detail.h"

namespace assayer::preprocess {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// Takes channels out.
class Selection : public Step {
 public:
  Selection(const StepSettings& settings, const Channels& input, std::vector<std::uint8_t> keep)
      : Step(settings, input), keep_(std::move(keep)) {
    set_output(kept_channels(input, keep_));
  }

  void apply(std::span<const double> in, std::span<double> out, Scratch& /*scratch*/) const override {
    std::size_t at = 0;
    for (std::size_t c = 0; c < keep_.size(); ++c)
      if (keep_[c] != 0) out[at++] = in[c];
  }
  [[nodiscard]] bool invertible() const override { return true; }
  void invert(std::span<const double> in, std::span<double> out) const override {
    std::size_t at = 0;
    for (std::size_t c = 0; c < keep_.size(); ++c) out[c] = keep_[c] != 0 ? in[at++] : kUnknown;
  }
  [[nodiscard]] std::vector<PipelineArray> arrays() const override {
    std::vector<double> channels;
    for (std::size_t c = 0; c < keep_.size(); ++c)
      if (keep_[c] != 0) channels.push_back(static_cast<double>(c));
    return {array_of("channels", channels)};
  }

 private:
  std::vector<std::uint8_t> keep_;
};

Status check_left(const StepSettings& settings, const Channels& channels,
                  std::span<const std::uint8_t> keep) {
  std::size_t left = 0;
  std::size_t good = 0;
  for (std::size_t c = 0; c < keep.size(); ++c) {
    if (keep[c] == 0) continue;
    ++left;
    if (channels.bad[c] == 0) ++good;
  }
  if (left >= 2 && good >= 1) return {};
  return misfit(settings, "the step leaves too few channels", "at least two, and one that is not bad",
                fmt::format("{} of {}, {} good", left, keep.size(), good),
                fmt::format("The axis runs from {} to {} {}.", channels.axis[0],
                            channels.axis[channels.size() - 1], to_string(channels.axis.unit())));
}

MadeStep selection(const StepSettings& settings, const Channels& input, std::vector<std::uint8_t> keep) {
  if (auto left = check_left(settings, input, keep); !left) return fail(left.error());
  return std::make_unique<Selection>(settings, input, std::move(keep));
}

/// Channels that a range or the training rows call bad.
class Bad : public Step {
 public:
  Bad(const StepSettings& settings, const Channels& input, std::vector<std::uint8_t> by_range)
      : Step(settings, input),
        bad_(std::move(by_range)),
        least_(input.size(), std::numeric_limits<double>::infinity()),
        most_(input.size(), -std::numeric_limits<double>::infinity()),
        missing_(input.size(), 0),
        at_most_(input.size(), 0),
        constant_(settings.is("constant", "yes")),
        tolerated_missing_(settings.number("missing")),
        tolerated_saturated_(settings.number("saturated")),
        remove_(settings.is("action", "remove")) {
    for (std::size_t c = 0; c < input.size(); ++c)
      if (input.bad[c] != 0) bad_[c] = 1;
  }

  [[nodiscard]] bool learns() const override {
    return constant_ || tolerated_missing_ < 1 || tolerated_saturated_ < 1;
  }
  void see(std::span<const double> row) override {
    // A spectrum without any value says nothing about its channels.
    if (std::ranges::none_of(good(), [row](std::uint32_t c) { return std::isfinite(row[c]); })) return;
    ++seen_;
    for (const std::uint32_t c : good()) {
      const double value = row[c];
      if (!std::isfinite(value)) {
        ++missing_[c];
        continue;
      }
      if (value > most_[c]) {
        most_[c] = value;
        at_most_[c] = 0;
      }
      if (value == most_[c]) ++at_most_[c];
      least_[c] = std::min(least_[c], value);
    }
  }
  Status finish(std::size_t /*rows*/) override {
    if (learns() && seen_ > 0) judge(seen_);
    return set_channels();
  }

  void apply(std::span<const double> in, std::span<double> out, Scratch& /*scratch*/) const override {
    std::size_t at = 0;
    for (std::size_t c = 0; c < in.size(); ++c)
      if (!remove_ || bad_[c] == 0) out[at++] = in[c];
  }
  [[nodiscard]] bool invertible() const override { return true; }
  void invert(std::span<const double> in, std::span<double> out) const override {
    std::size_t at = 0;
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = !remove_ || bad_[c] == 0 ? in[at++] : kUnknown;
  }

  [[nodiscard]] std::vector<PipelineArray> arrays() const override {
    std::vector<double> bad(bad_.begin(), bad_.end());
    return {array_of("bad", bad)};
  }
  Status restore(std::span<const PipelineArray> arrays) override {
    const PipelineArray* bad = find_array(arrays, "bad", bad_.size());
    if (bad == nullptr) return no_array(settings(), "bad", bad_.size());
    for (std::size_t c = 0; c < bad_.size(); ++c) bad_[c] = bad->values[c] != 0 ? 1 : 0;
    return set_channels();
  }
  [[nodiscard]] Message outcome() const override {
    const auto count = std::ranges::count(bad_, std::uint8_t{1});
    const auto before = std::ranges::count(input().bad, std::uint8_t{1});
    return Message::sentence("{} of {} channels are bad, {} of them were before.",
                             {count, bad_.size(), before});
  }

 private:
  void judge(std::size_t rows) {
    double largest = -std::numeric_limits<double>::infinity();
    for (const std::uint32_t c : good()) largest = std::max(largest, most_[c]);
    const auto n = static_cast<double>(rows);
    for (const std::uint32_t c : good()) {
      const bool gone = static_cast<double>(missing_[c]) > tolerated_missing_ * n;
      // One spectrum is no sign that a channel never changes.
      const bool still = constant_ && rows > 1 && missing_[c] < rows && most_[c] == least_[c];
      const bool full = most_[c] == largest && static_cast<double>(at_most_[c]) > tolerated_saturated_ * n;
      if (gone || still || full) bad_[c] = 1;
    }
  }
  Status set_channels() {
    std::vector<std::uint8_t> keep(bad_.size());
    std::ranges::transform(bad_, keep.begin(), [](std::uint8_t b) { return b == 0 ? 1 : 0; });
    Channels marked = input();
    marked.bad = bad_;
    if (auto left = check_left(settings(), marked, keep); !left) return left;
    set_output(remove_ ? kept_channels(marked, keep) : std::move(marked));
    return {};
  }

  std::vector<std::uint8_t> bad_;
  std::size_t seen_ = 0;
  std::vector<double> least_;
  std::vector<double> most_;
  std::vector<std::size_t> missing_;
  std::vector<std::size_t> at_most_;  ///< training rows at `most_`
  bool constant_;
  double tolerated_missing_;
  double tolerated_saturated_;
  bool remove_;
};

/// Missing values.
class Missing : public Step {
 public:
  Missing(const StepSettings& settings, const Channels& input)
      : Step(settings, input),
        how_(settings.text("how")),
        value_(settings.number("value")),
        most_(settings.number("most")),
        sum_(input.size(), 0.0),
        count_(input.size(), 0) {}

  [[nodiscard]] bool learns() const override { return how_ == "mean"; }
  void see(std::span<const double> row) override {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (!std::isfinite(row[c])) continue;
      sum_[c] += row[c];
      ++count_[c];
    }
  }
  Status finish(std::size_t /*rows*/) override {
    if (!learns()) return {};
    mean_.resize(sum_.size());
    for (std::size_t c = 0; c < sum_.size(); ++c)
      mean_[c] = count_[c] > 0 ? sum_[c] / static_cast<double>(count_[c]) : kUnknown;
    return {};
  }

  void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const override {
    std::ranges::copy(in, out.begin());
    std::size_t gone = 0;
    for (const std::uint32_t c : good())
      if (!std::isfinite(in[c])) ++gone;
    if (gone == 0) return;
    const double share = static_cast<double>(gone) / static_cast<double>(good().size());
    if (how_ == "drop" || share > most_ || gone == good().size()) {
      scratch.dropped = true;
      return;
    }
    if (how_ == "interpolate") {
      interpolate(out);
      return;
    }
    for (const std::uint32_t c : good())
      if (!std::isfinite(in[c])) out[c] = how_ == "mean" ? mean_[c] : value_;
  }
  /// A spectrum without gaps is mapped to itself.
  [[nodiscard]] bool invertible() const override { return true; }
  void invert(std::span<const double> in, std::span<double> out) const override {
    std::ranges::copy(in, out.begin());
  }

  [[nodiscard]] std::vector<PipelineArray> arrays() const override {
    if (!learns()) return {};
    return {array_of("mean", mean_)};
  }
  Status restore(std::span<const PipelineArray> arrays) override {
    if (!learns()) return {};
    const PipelineArray* mean = find_array(arrays, "mean", sum_.size());
    if (mean == nullptr) return no_array(settings(), "mean", sum_.size());
    mean_ = mean->values;
    return {};
  }

 private:
  /// Linear over the axis between the nearest finite good channels; at the ends the nearest one.
  void interpolate(std::span<double> row) const {
    const std::vector<std::uint32_t>& channels = good();
    const WavelengthAxis& axis = input().axis;
    std::size_t before = channels.size();  // none yet
    for (std::size_t i = 0; i < channels.size(); ++i) {
      if (std::isfinite(row[channels[i]])) {
        before = i;
        continue;
      }
      std::size_t after = i;
      while (after < channels.size() && !std::isfinite(row[channels[after]])) ++after;
      for (; i < after; ++i) {
        const std::uint32_t c = channels[i];
        if (before == channels.size()) {
          row[c] = row[channels[after]];
        } else if (after == channels.size()) {
          row[c] = row[channels[before]];
        } else {
          const std::uint32_t left = channels[before];
          const std::uint32_t right = channels[after];
          const double share = (axis[c] - axis[left]) / (axis[right] - axis[left]);
          row[c] = (1 - share) * row[left] + share * row[right];
        }
      }
      if (after == channels.size()) return;
      before = after;
    }
  }

  std::string how_;
  double value_;
  double most_;
  std::vector<double> sum_;
  std::vector<std::size_t> count_;
  std::vector<double> mean_;
};

}  // namespace

MadeStep make_mask(const StepSettings& settings, const Channels& input) {
  std::vector<std::uint8_t> keep(input.size(), 1);
  for (const char* key : {"keep", "drop"}) {
    const auto ranges = parse_ranges(settings.text(key));
    if (!ranges) return fail(ranges.error().in(place(settings)));
    if (ranges->empty()) continue;
    const auto named = inside(input, *ranges, settings.text("unit"), place(settings));
    if (!named) return fail(named.error());
    const bool wanted = key[0] == 'k';
    for (std::size_t c = 0; c < keep.size(); ++c)
      if (((*named)[c] != 0) != wanted) keep[c] = 0;
  }
  return selection(settings, input, std::move(keep));
}

MadeStep make_crop(const StepSettings& settings, const Channels& input) {
  auto keep = inside(input, {{settings.number("from"), settings.number("to")}}, settings.text("unit"),
                     place(settings));
  if (!keep) return fail(keep.error());
  return selection(settings, input, *std::move(keep));
}

MadeStep make_bad(const StepSettings& settings, const Channels& input) {
  const auto ranges = parse_ranges(settings.text("ranges"));
  if (!ranges) return fail(ranges.error().in(place(settings)));
  std::vector<std::uint8_t> bad(input.size(), 0);
  if (!ranges->empty()) {
    auto named = inside(input, *ranges, settings.text("unit"), place(settings));
    if (!named) return fail(named.error());
    bad = *std::move(named);
  }
  return std::make_unique<Bad>(settings, input, std::move(bad));
}

MadeStep make_nan(const StepSettings& settings, const Channels& input) {
  return std::make_unique<Missing>(settings, input);
}

}  // namespace assayer::preprocess
