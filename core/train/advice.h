// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/message.h"
#include "core/data/dataset.h"
#include "core/train/results.h"
#include "core/train/train_plan.h"

/// What is likely to go wrong with a run, or has gone wrong, in whole sentences with what to do about it.
namespace assayer {

/// Before training: fewer than four labelled spectra per component, and components that no labelled spectrum
/// contains. The data have compositions; for methods that learn from more than labels.
std::vector<Message> advise_before(const Dataset& data, const TrainPlan& plan);

/// After training, or of what a run has learnt when it is paused:
///  - posterior collapse: dimensions of z whose means vary over the spectra by less than a hundredth of
///    z's whole variance, which is 1 under the prior (the inactive units of Burda, Grosse & Salakhutdinov
///    2016, arXiv:1509.00519, section 5);
///  - a model that copies the mean: compositions of the labelled spectra that vary by less than a hundredth
///    of what the known ones do, or endmembers that differ by less than a hundredth of their size.
/// `prediction` has a row for every row of `data`.
std::vector<Message> advise_after(const Dataset& data, const TrainPlan& plan, const Prediction& prediction,
                                  const EndmemberEstimate& endmembers);

}  // namespace assayer
