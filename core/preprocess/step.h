// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/message.h"
#include "core/preprocess/channels.h"
#include "core/preprocess/pipeline_state.h"
#include "core/preprocess/step_settings.h"

namespace assayer {

/// Working memory of one thread, and what the spectrum at hand met on its way.
struct Scratch {
  std::vector<double> a, b, c, d, e;
  std::vector<std::uint32_t> places;
  bool dropped = false;        ///< the spectrum is to be left out
  std::uint64_t replaced = 0;  ///< values that a step had to replace because it is not defined for them
};

/// A step for spectra with given channels. Made by `make_step`, then either shown the training rows (`see`,
/// `finish`) or given what it had learnt (`restore`); from then on constant, and any thread may `apply` it.
///
/// Spectra are rows of doubles. Bad channels enter no statistic and no neighbour's value. A value that is
/// not finite stays so in its channel; statistics of a spectrum leave it out, steps with a window spread it
/// over the window.
class Step {
 public:
  virtual ~Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  [[nodiscard]] const StepSettings& settings() const { return settings_; }
  [[nodiscard]] const Channels& input() const { return input_; }
  /// Of what `apply` yields; complete after `finish` or `restore`.
  [[nodiscard]] const Channels& output() const { return output_; }

  /// Whether the training rows decide something with these settings.
  [[nodiscard]] virtual bool learns() const { return false; }
  /// A training row as it comes out of the step before.
  virtual void see(std::span<const double> /*row*/) {}
  /// After the last of `rows` training rows. Data error where nothing can be learnt from them.
  virtual Status finish(std::size_t /*rows*/) { return {}; }

  /// `in` [C of input] to `out` [C of output]; the two do not overlap.
  virtual void apply(std::span<const double> in, std::span<double> out, Scratch& scratch) const = 0;

  /// Whether a spectrum can be found that `apply` maps to a given one.
  [[nodiscard]] virtual bool invertible() const { return false; }
  /// That spectrum, channel by channel; NaN in channels that the step took out. Only where `invertible`.
  virtual void invert(std::span<const double> in, std::span<double> out) const;

  /// What was learnt, and what settings and axis decided where that is more than a line of NumPy.
  [[nodiscard]] virtual std::vector<PipelineArray> arrays() const { return {}; }
  /// The opposite of `arrays`. Data error where they do not fit.
  virtual Status restore(std::span<const PipelineArray> /*arrays*/) { return {}; }

  /// What was learnt, in a sentence; empty where nothing was.
  [[nodiscard]] virtual Message outcome() const { return {}; }
  /// A warning of what `Scratch::replaced` has counted: "3 values were not positive and taken as 1e-06."
  [[nodiscard]] virtual Message replacement(std::uint64_t /*count*/) const { return {}; }

 protected:
  Step(StepSettings settings, Channels input)
      : settings_(std::move(settings)), input_(std::move(input)), output_(input_), good_(input_.good()) {}

  /// Indices of the input's good channels.
  [[nodiscard]] const std::vector<std::uint32_t>& good() const { return good_; }
  void set_output(Channels output) { output_ = std::move(output); }

 private:
  StepSettings settings_;
  Channels input_;
  Channels output_;
  std::vector<std::uint32_t> good_;
};

/// The step of these settings for spectra with these channels. Usage and Data errors where the settings make
/// no sense on them (a unit that the axis does not have, a range that leaves no channel, a window longer
/// than the spectrum).
Result<std::unique_ptr<Step>> make_step(const StepSettings& settings, const Channels& input);

}  // namespace assayer
