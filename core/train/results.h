// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/matrix.h"
#include "core/base/message.h"

namespace assayer {

/// Composition and nuisance of N spectra, whoever computed them: a trained model or a baseline.
/// `sd` is the spread over the members of a population joined with each one's own posterior spread.
struct Prediction {
  Matrix<double> composition;     ///< [N, K], rows on the simplex; NaN for spectra that are not finite
  Matrix<double> composition_sd;  ///< [N, K]
  Matrix<double> z;               ///< [N, Z]; empty for methods without nuisance
  Matrix<double> z_sd;            ///< [N, Z]

  // Where the method can tell; empty otherwise.
  /// [N] h: how far the composition lies from the labelled ones, about 1 among them (leverage, in units of
  /// its mean over the labelled rows). Large values are extrapolations.
  std::vector<double> extrapolation;
  /// [N] robust z-score of how badly the spectrum is explained, against the spectra of training.
  std::vector<double> misfit;
  /// [N] the same, leaving aside the directions in which good spectra are explained badly too.
  std::vector<double> hidden_misfit;

  /// The three above with their names for tables and files ("extrapolation", "misfit", "hidden misfit");
  /// those that are empty are left out.
  [[nodiscard]] std::vector<std::pair<std::string, const std::vector<double>*>> trust() const {
    std::vector<std::pair<std::string, const std::vector<double>*>> columns;
    if (!extrapolation.empty()) columns.emplace_back(Message::marked("extrapolation"), &extrapolation);
    if (!misfit.empty()) columns.emplace_back(Message::marked("misfit"), &misfit);
    if (!hidden_misfit.empty()) columns.emplace_back(Message::marked("hidden misfit"), &hidden_misfit);
    return columns;
  }
};

/// Generated pure components in the units of the spectra; masked channels are NaN.
struct EndmemberEstimate {
  Matrix<float> mean;  ///< [K, C]
  Matrix<float> sd;    ///< [K, C] over members; 0 for a single one
};

}  // namespace assayer
