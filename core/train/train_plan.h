// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/message.h"
#include "core/data/dataset.h"
#include "core/data/roles.h"
#include "core/data/selection.h"
#include "core/train/train_config.h"

namespace assayer {

/// What a run learns from: rows of the data set for (x, y) and (x), and compositions without a spectrum.
/// `unlabelled` usually contains `labelled` (the paper's x_u is the entire interior, its labelled part
/// included).
struct TrainPlan {
  Rows labelled;
  Rows unlabelled;
  Matrix<double> unfeatured;  ///< [U, K], rows on the simplex; may be empty
};

/// Makes unfeatured compositions from the command line's SPEC:
///   corners:COUNT:SPREAD  COUNT split evenly over the K corners (the remainder to the first ones); each of
///                         the other components uniform in [0, SPREAD] (the paper: 501, 0.05)
///   edges:COUNT:SPREAD    COUNT dealt to the K (K − 1) / 2 edges in turn, uniform along each; each of the
///   other
///                         components uniform in [0, SPREAD]
///   peak:COUNT:VALUE      VALUE at one corner, the rest shared equally
///   one-hot:COUNT         pure components
///   dirichlet:COUNT[:a]   symmetric, a = 1 where not given
///   file:PATH             text, K fractions a line, separated by commas, semicolons or blanks; # comments
///   none
/// Several joined by + stand one after the other, the n-th seeded with seed + n − 1; file: takes the rest of
/// the text, so it can only come last.
/// A SPEC that does not parse is a Usage error that lists the forms.
Result<Matrix<double>> make_unfeatured(std::string_view spec, std::size_t components, std::uint64_t seed);

/// A selection that makes sense when the user gives none, with the reason in whole sentences.
struct SuggestedPlan {
  std::string labelled;    ///< SEL
  std::string unlabelled;  ///< SEL
  std::string unfeatured;  ///< SPEC
  Message reason;
};
/// The paper's interior when it holds at least 4 labelled rows per component; else `split=0` where the file
/// has a split with both sides; else compositions whose largest part is at most 0.8, when there is at least
/// one row per component; else every labelled row.
/// Spectra whose composition is known but not used stay out of x_u, so that they can judge the model; those
/// without a composition are part of it. Data without any composition: `none`, `all`, `none`, since training
/// needs compositions.
/// The unfeatured compositions are those of `preset` (appendix A.2), or where that is empty of the one that
/// suits the data.
SuggestedPlan suggest_plan(const Dataset& data, std::string_view preset = {});

/// The preset for these data, what "auto" stands for, and why in a sentence.
struct SuggestedPreset {
  std::string name;
  Message reason;
};
/// libs for positive spectra with lines over thousands of channels from the ultraviolet on; mnist for square
/// pictures of pixels with one component each; else guided. Looks at some of the spectra only.
SuggestedPreset suggest_preset(const Dataset& data);

/// Evaluates the three expressions, drops rows without composition from the labelled and rows that are not
/// finite from both (each said in a warning), and draws at most `config.max_labelled` labelled rows by
/// `config.seed`. No labelled row left, or a configuration that is not valid, is an error.
struct PlannedRun {
  TrainPlan plan;
  std::vector<Message> warnings;
};
Result<PlannedRun> make_plan(const Dataset& data, std::string_view labelled, std::string_view unlabelled,
                             std::string_view unfeatured, const TrainConfig& config);

/// The same from roles chosen by hand: x_u = labelled and unlabelled rows. `unfeatured` is [U, K].
Result<PlannedRun> make_plan(const Dataset& data, const Roles& roles, const Matrix<double>& unfeatured,
                             const TrainConfig& config);

}  // namespace assayer
