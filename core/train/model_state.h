// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/data/wavelength_axis.h"
#include "core/preprocess/pipeline_state.h"
#include "core/train/objective_terms.h"
#include "core/train/train_config.h"
#include "core/train/train_plan.h"

namespace assayer {

/// An array under the name that it has in the file.
struct NamedArray {
  std::string name;                 ///< "q_y/hidden0/weight"
  std::vector<std::int64_t> shape;  ///< leading dimension: member
  std::vector<float> values;        ///< row-major
  friend bool operator==(const NamedArray&, const NamedArray&) = default;
};

/// The weights that explained best what a run learns from, kept beside its last ones; see best_state.h.
struct BestState {
  std::int64_t epoch = 0;
  double objective = 0;  ///< mean of J over the epochs that end there
  /// As those of ModelState; both empty where the best epoch is the last one.
  std::vector<NamedArray> weights;
  std::vector<float> mean_z;
  friend bool operator==(const BestState&, const BestState&) = default;
};

/// What a resumed run needs to continue bit for bit; taken at an epoch's end.
struct TrainingState {
  std::int64_t epoch = 0;                             ///< epochs done
  std::int64_t step = 0;                              ///< optimiser steps done
  double seconds = 0;                                 ///< training time so far
  std::vector<NamedArray> moments;                    ///< Adam's, "adam/first", "adam/second" [M, P]
  std::vector<std::vector<std::uint8_t>> generators;  ///< one state per member
  std::vector<NamedArray> constants;                  ///< draws made once: z_u
  std::vector<ObjectiveRecord> history;
  std::optional<BestState> best;  ///< absent where there were too few epochs to tell
};

/// A model as plain values, free of any library: what is written to a file and handed between threads.
struct ModelState {
  TrainConfig config;
  TrainPlan plan;
  std::string data_fingerprint;
  std::string data_path;
  std::vector<std::string> components;                      ///< K
  WavelengthAxis wavelength = WavelengthAxis::channels(0);  ///< C (all channels, masked ones too)
  std::vector<std::uint8_t> channel_used;                   ///< [C] 1 = enters the model
  std::vector<float> channel_mean;  ///< [C] subtracted before the model; 0 where unused
  std::vector<float> mean_z;        ///< [M × Z] z̄ of equation (18), mean over the labelled rows
  std::vector<NamedArray> weights;
  /// What a method settled before its training and keeps: arrays, and choices with their reasons in words.
  /// Empty for methods that start from random weights alone.
  std::vector<NamedArray> fixed;
  std::map<std::string, std::string> facts;
  /// The steps that spectra go through before they are the model's: axis, channels and mean above are
  /// those after them, fingerprint and path those of the data before. Absent: none.
  std::optional<PipelineState> preprocessing;
  std::optional<TrainingState> training;
};

}  // namespace assayer
