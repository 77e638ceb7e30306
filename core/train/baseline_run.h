// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/train/engine.h"

namespace assayer {

/// The classical methods as runs, so that every view, table and command shows them beside trained models.
///
///   pls, pcr, ridge   compositions by regression, the number of components or the ridge by cross-validation
///                     that leaves whole compositions out; endmembers by the inverse regression (pls: inverse
///                     PLS2; pcr, ridge: least squares)
///   least-squares     endmembers by least squares of the labelled spectra on their compositions;
///                     compositions by unmixing with them
///   vca, nfindr, ppi, atgp, smacc, minimum-volume, nmf
///                     endmembers from all spectra of the run without labels, named by the labels;
///                     compositions by unmixing (nmf: unmixing too, so that new spectra can be predicted)
///   library           the data's own reference endmembers; compositions by unmixing
///
/// `unmixing` says how, `link` in which domain (auto: guided::choose_link). The sd of compositions is the
/// root mean square error of labelled rows that were left out (regressions), or of all labelled rows (the
/// others, which have not seen their compositions, and least-squares).
[[nodiscard]] bool is_baseline(std::string_view method);
/// Their names, in the order above.
[[nodiscard]] std::span<const std::string_view> baseline_methods();

/// Fits in run(): one epoch without steps. Errors of the plan as for other trainers.
Result<std::unique_ptr<Trainer>> make_baseline_trainer(DatasetPtr data, TrainPlan plan, TrainConfig config);
Result<std::shared_ptr<const Model>> make_baseline_model(ModelState state);

}  // namespace assayer
