// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/guided/encoder_base.h"
#include "core/guided/intervals.h"
#include "core/guided/misfit.h"
#include "core/guided/mixture.h"
#include "core/train/model_state.h"

namespace assayer::guided {

/// What the run is for, which decides what may pull at the composition's encoder.
enum class Task : std::uint8_t {
  Unmixing,    ///< spectra are mixtures of endmembers: composition also by inverting the decoder
  Calibration  ///< composition wanted, no mixing law: only labels teach q(y|x)
};
/// "unmixing", "calibration".
std::string_view name(Task task);

/// Everything that 'guided' settles before its training: fixed from then on, stored with the model.
struct Start {
  Mixture mixture;
  EncoderBase y_encoder;
  bool correction = false;          ///< whether a network corrects PLS
  EncoderBase z_encoder;            ///< principal components of v; its regression is unused
  Matrix<double> z_slope;           ///< [R + K, Z] ζ ≈ [p, y] · slope + intercept
  std::vector<double> z_intercept;  ///< [Z]
  std::vector<double> z_spread;     ///< [Z] residual sd of ζ
  double scale = 1;                 ///< mean over channels of the sd of v: unit of the decoder's weights
  std::vector<double> label_sd;     ///< [K] of the labelled compositions
  Task task = Task::Unmixing;
  /// Weight of the inversion in a predicted composition; the rest is the encoder's, or with the identity link
  /// half the encoder's and half PLS'. Unmixing only.
  double inversion_share = 0.5;
  CompositionIntervals intervals;
  MisfitReference misfit;
  Matrix<double> endmember_sd;  ///< [K, C]
  /// Choices with their reasons, in words and for programs: "link", "link_reason", "task", "task_reason",
  /// "encoder", "encoder_reason", "efficiency", "inversion_share".
  std::map<std::string, std::string> facts;

  /// What a model file keeps. Numbers become floats, so that a run which goes on from a file computes with
  /// the same ones as the run that wrote it only if both use `from`.
  [[nodiscard]] std::vector<NamedArray> arrays() const;
  /// The inverse; Data error where something is missing or has an impossible shape. `channels`: C in use.
  static Result<Start> from(const std::vector<NamedArray>& arrays,
                            const std::map<std::string, std::string>& facts, std::size_t components,
                            std::size_t channels);
};

}  // namespace assayer::guided
