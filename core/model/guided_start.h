// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/run_control.h"
#include "core/data/selection.h"
#include "core/guided/start.h"
#include "core/train/train_config.h"

namespace assayer::model {

/// The spectra that 'guided' starts from, over the channels in use.
struct GuidedData {
  Matrix<double> x_l;        ///< [n, C]
  Matrix<double> y_l;        ///< [n, K]
  Matrix<double> reference;  ///< [m, C] of `reference_rows`
};

/// Rows whose misfits say what is usual: labelled and unlabelled ones alike, evenly thinned out to two
/// thousand at most. No row may be in both.
Rows reference_rows(const Rows& labelled, const Rows& unlabelled);

/// Chooses the link, fits the mixture, chooses the encoder, tells unmixing from calibration, and learns from
/// rows left out how far predictions may be off. Seconds; polls `control` (may be null).
///
/// Encoder: {PLS, PLS with a correction} × {spectra, SNV, linear domain}, the one with the least
/// guided::relative_error of rows predicted with their composition left out. Calibration is what it is called
/// when inverting the mixture fails on such rows: error above .1 of the variance and above four times the
/// encoder's. Data error when all labels are one composition.
Result<guided::Start> make_guided_start(const GuidedData& data, const TrainConfig& config,
                                        const RunControl* control);

/// Composition from the estimates there are [n, K]: the inversion with its share, and the encoder (with the
/// identity link half encoder, half PLS) with the rest; the encoder alone for calibration.
Matrix<double> joined_composition(const guided::Start& start, const Matrix<double>& pls,
                                  const Matrix<double>& encoder, const Matrix<double>& inversion);

}  // namespace assayer::model
