// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/message.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "core/preprocess/pipeline.h"
#include "core/preprocess/pipeline_state.h"
#include "core/preprocess/step.h"

namespace assayer {

/// What became of a data set.
struct Preprocessed {
  DatasetPtr data;
  /// What the steps met, a sentence each: logarithms of negative values, spectra left out …
  std::vector<Message> warnings;
  /// Rows of the original that are in `data`, in their order.
  Rows rows;
};

/// A pipeline whose steps have learnt what they need, from training rows only. Immutable: any thread may
/// apply it.
///
/// Every spectrum goes through all steps on its own, in double precision, and is rounded to float once at the
/// end; so a row's result does not depend on the others, nor on how many threads there are.
class FittedPipeline {
 public:
  /// Steps that learn see `training` rows of `data` (as they come out of the steps before) and nothing else.
  /// Usage and Data errors name the step. Cancelled by `control` (may be null).
  static Result<std::shared_ptr<const FittedPipeline>> fit(const Pipeline& pipeline, const Dataset& data,
                                                           const Rows& training,
                                                           const RunControl* control = nullptr,
                                                           const ProgressFn& progress = {});
  /// From what `state` wrote down: the same numbers, bit for bit.
  static Result<std::shared_ptr<const FittedPipeline>> restore(const PipelineState& state);
  [[nodiscard]] PipelineState state() const;

  [[nodiscard]] const Pipeline& pipeline() const { return pipeline_; }
  [[nodiscard]] const Channels& input() const { return input_; }
  [[nodiscard]] const Channels& output() const { return steps_.empty() ? input_ : steps_.back()->output(); }
  /// The rows that `fit` saw; empty after `restore`.
  [[nodiscard]] const Rows& fitted_rows() const { return fitted_rows_; }
  /// Whether some step learnt from them.
  [[nodiscard]] bool learns() const;
  /// For each step that is on: what it does with which settings, and what it learnt.
  [[nodiscard]] std::vector<Message> describe() const;

  /// Spectra [N, C of input] to [N, C of output]. Rows that a step leaves out are NaN. Where given, `dropped`
  /// gets 1 for those, and `replaced` how many values each step had to replace.
  [[nodiscard]] Result<Matrix<float>> apply(MatrixView<float> spectra, const RunControl* control = nullptr,
                                            const ProgressFn& progress = {},
                                            std::vector<std::uint8_t>* dropped = nullptr,
                                            std::vector<std::uint64_t>* replaced = nullptr) const;

  enum class Leave { Out, AsMissing };
  /// A data set with the same compositions, groups and metadata: spectra and reference endmembers go through
  /// the steps, axis and mask follow. Rows that a step drops are left out (an image then loses its shape), or
  /// stay as rows of NaN, so that row numbers keep their meaning.
  [[nodiscard]] Result<Preprocessed> apply(const Dataset& data, Leave leave,
                                           const RunControl* control = nullptr,
                                           const ProgressFn& progress = {}) const;

  /// Whether every step can be undone, so that spectra in the space of the output have a meaning in that of
  /// the input.
  [[nodiscard]] bool invertible() const;
  /// Spectra [N, C of output] to [N, C of input], NaN in channels that were taken out. Only where
  /// `invertible`.
  [[nodiscard]] Matrix<float> invert(MatrixView<float> spectra) const;
  /// Standard deviations about `mean`, to first order.
  [[nodiscard]] Matrix<float> invert_deviation(MatrixView<float> mean, MatrixView<float> sd) const;

  /// What a spectrum [C of input] looks like after each step that is on: the first is the spectrum itself.
  struct Stage {
    Channels channels;
    std::vector<double> values;
  };
  [[nodiscard]] std::vector<Stage> stages(std::span<const float> spectrum) const;

 private:
  FittedPipeline(Pipeline pipeline, Channels input)
      : pipeline_(std::move(pipeline)), input_(std::move(input)) {}
  [[nodiscard]] std::size_t widest() const;
  /// Through the first `count` steps; `from` holds the row and may be overwritten. Returns where the result
  /// is.
  std::span<double> run(std::size_t count, std::vector<double>& from, std::vector<double>& to,
                        Scratch& scratch, std::span<std::uint64_t> replaced) const;
  void invert_row(std::vector<double>& row, std::vector<double>& spare) const;

  Pipeline pipeline_;
  Channels input_;
  std::vector<std::unique_ptr<Step>> steps_;  ///< those that are on
  Rows fitted_rows_;
};

}  // namespace assayer
