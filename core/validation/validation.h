// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "core/metrics/calibration.h"
#include "core/numeric/folds.h"
#include "core/preprocess/pipeline.h"
#include "core/ranks/ranks.h"
#include "core/train/train_plan.h"
#include "core/validation/halving.h"

namespace assayer {

struct ValidationSettings {
  /// kfold:F            F folds of rows at random, stratified by the largest component
  /// stratified:F       F folds balanced by group and composition: of F rows of a group that are next to each
  ///                    other in composition, every fold has one
  /// compositions:F     F folds of whole compositions: replicates are never on both sides
  /// group              every acquisition group left out once
  /// leave-groups:P[:M] every choice of P groups, or a seeded draw of M of them (the paper's §5: leave three
  ///                    compounds out)
  std::string by = "kfold:5";
  std::size_t repeats = 1;  ///< of kfold, stratified and compositions, each with folds of its own
  std::vector<std::string> methods = {"pls", "m2", "untapped", "guided"};
  /// Settings that the paper's methods start from; "auto": what suggest_preset recognises, "crism" else. It
  /// looks at what kind of spectra these are, not at how well anything does on them.
  std::string preset = "auto";
  std::string rows = "labelled";  ///< SEL: rows that take part; those without a composition are left out
  Rows excluded;                  ///< that take no part, whatever `rows` says
  std::string unfeatured;         ///< SPEC; empty: what suggest_plan says
  std::optional<Matrix<double>> unfeatured_points;  ///< [U, K], in place of `unfeatured`
  /// KEY=VALUE for all methods, METHOD.KEY=VALUE for one; later ones win.
  std::vector<std::string> set;
  /// KEY=VALUE,VALUE,…: every method with every combination of these, at most 1000.
  std::vector<std::string> over;
  /// KEY=VALUE,VALUE,…: each method with the combination of these that is best inside each split, by a
  /// validation (`inner`) of its training rows alone, and then trained on all of them. Not with `over`, nor
  /// with a learning curve.
  std::vector<std::string> choose;
  std::string inner;  ///< as `by`, for `choose` and `halving`; empty: inner_by()
  /// Factor of successive halving (halving.h) over the combinations of `over`, 2 or more; 0: every
  /// combination is trained in full on every split. With it only the one that is left is.
  std::size_t halving = 0;
  /// Steps of a learning curve, geometric from max(8, K + 2) labelled rows to all, each a subset of the next,
  /// drawn by the seed with the shares of groups and largest components kept; the rows whose labels are left
  /// out stay as unlabelled ones. 0: none; else at least 2, and no `over`.
  std::size_t learning_curve = 0;
  std::uint64_t seed = 0;
  /// Steps that every split fits on its own training rows; endmembers are then compared as they are after
  /// them.
  Pipeline preprocessing{};
};

/// What one method did on the rows that a split left out.
struct SplitScores {
  double kl = 0;                 ///< mean KL(y ‖ ŷ), nats
  double rmse = 0;               ///< over all entries
  std::vector<double> rmse_per;  ///< [K]
  std::vector<double> r2;        ///< [K] 1 − squared error / squared deviation from the *training* mean; NaN
                                 ///< where the test rows do not vary
  double covered = 0;            ///< share of entries inside their stated 95 % interval; NaN without an sd
  std::optional<double> l2;      ///< endmembers, mean, where the file has references
  std::optional<double> sad;     ///< degrees
  /// Share of test rows nearest to their own group's median of z, where they are of two groups or more.
  std::optional<double> z_accuracy;
  double seconds = 0;    ///< fitting and predicting, and choosing
  std::string chosen{};  ///< inside the split: "alpha_r=0.01, rate=0.001"; empty where nothing was
  /// Compositions of the split's test rows, in their order [test, K], and their sd (empty without one).
  Matrix<double> predicted{};
  Matrix<double> predicted_sd{};
};

struct MethodScores {
  std::string method;
  std::vector<std::optional<SplitScores>> splits;  ///< absent where it failed
  std::vector<std::string> failures{};             ///< one sentence per failed split
  Calibration calibration{};                       ///< of the test rows of all splits; empty without an sd
};

/// The methods with fewer labels, on the same test rows.
struct LearningStep {
  double rows = 0;                    ///< labelled rows, mean over the splits
  std::vector<MethodScores> methods;  ///< in the order of Validation::methods, without predictions
};

/// Difference a − b of a measure over the splits that both have, with a 95 % interval: Student's t with the
/// variance of resampled splits, which overlap (Nadeau & Bengio 2003, doi:10.1023/A:1024068626366).
struct PairedDifference {
  std::string a;
  std::string b;
  double mean = 0;
  double low = 0;  ///< NaN with fewer than two splits
  double high = 0;
};

/// A method with its settings, as it is validated.
struct Variant {
  std::string name;  ///< "m2", "alpha_r=0.01", "m2 alpha_r=0.01, rate=0.001"
  TrainConfig config;
};
/// What the settings ask for, in their order; Usage error for what TrainConfig does not take.
Result<std::vector<Variant>> make_variants(const ValidationSettings& settings);

struct Validation {
  std::string by;
  std::size_t rows = 0;
  std::vector<Split> splits;  ///< of rows of the data
  std::vector<MethodScores> methods;
  std::vector<PairedDifference> kl_differences;
  /// The variant with the least mean KL, where there are several of `over`.
  std::optional<std::size_t> best;
  /// An honest estimate of `best`: on each split the score of the variant that is best on all *other* splits.
  /// The least of many means is flattered by having been chosen.
  std::optional<MethodScores> chosen;
  /// Where asked for: which combinations were dropped when and why; `methods` is then the one that is left.
  std::optional<Halving> halving;
  std::vector<LearningStep> learning;  ///< ascending; the last is `methods`. Empty where not asked for.
  std::vector<std::string> components;
  DatasetPtr data;  ///< what was judged on: truth and groups of the splits' rows
  std::vector<std::string> warnings;

  /// The object of the command line's `validate --json`. Without `seconds` two equal validations give the
  /// same bytes, whoever computed them.
  [[nodiscard]] std::string to_json(bool seconds = true) const;
  [[nodiscard]] std::string to_table(bool seconds = true) const;
};

/// With whom a validation is computed, and what is kept of it on the way.
struct ValidationWork {
  /// Every method on every split is a fit, and the fits are dealt to the ranks; each of them calls `validate`
  /// with the same arguments and gets the same result, which does not depend on their number. Null: one
  /// process.
  Ranks* ranks = nullptr;
  std::filesystem::path folder{};  ///< see KeptFits; empty: nothing is kept
  bool afresh = false;             ///< what an earlier validation left in the folder is given up
  /// Called once, before the first fit: from here on an error is this rank's own and unknown to the others,
  /// while all before is agreed upon. `taken_up` says what of the folder is used, empty for nothing.
  std::function<void(const std::string& taken_up)> begin{};
};

/// Trains every method on each split's training rows alone and judges it on the rows left out. Preprocessing,
/// choices and the draw of unfeatured compositions see training rows only; each split is checked for a row on
/// both sides. A method that fails on a split is noted and the others go on. Usage error: settings that make
/// no sense, or that are not those of the folder. File error: the folder. Data error: ranks that differ in
/// data or settings. Cancelled: `control`.
Result<Validation> validate(const DatasetPtr& data, const ValidationSettings& settings, RunControl& control,
                            const ProgressFn& progress = {}, const ValidationWork& work = {});

/// The splits that `by` means on `rows` (of the data, ascending).
Result<std::vector<Split>> make_splits(const Dataset& data, const Rows& rows, std::string_view by,
                                       std::size_t repeats, std::uint64_t seed);

/// `rows` (of the data) in an order whose every beginning has the groups and largest components of all in
/// their shares, as far as whole rows can. Drawn by `seed`.
Rows stratified_order(const Dataset& data, const Rows& rows, std::uint64_t seed);

/// Numbers of labelled rows for `steps` steps: geometric from max(8, components + 2) to `all`, without
/// repeats.
std::vector<std::size_t> learning_steps(std::size_t components, std::size_t all, std::size_t steps);

/// A Data error that names the first row of `test` that the plan trains on, labelled or not.
Status check_no_leak(const TrainPlan& plan, const Rows& test);

/// 97.5 % quantile of Student's t.
double student_975(std::size_t degrees_of_freedom);

}  // namespace assayer
