// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/train/engine.h"

/// Rows that are pictures, such as digits: their shape, and those that a model generates. Free of widgets.
namespace assayer::ui {

struct PictureShape {
  std::size_t rows = 0;
  std::size_t cols = 0;
  friend bool operator==(const PictureShape&, const PictureShape&) = default;
};

/// From the attribute `picture_shape` ("ROWS COLUMNS"), where it fits the number of channels.
std::optional<PictureShape> pictureShape(const Dataset& data);

/// The paper's figures 8 and 9: at each corner of the simplex the mean picture and draws from p(x | y, z).
struct GeneratedPictures {
  Matrix<float> means;  ///< [K, C]
  Matrix<float>
      samples;  ///< [K × draws, C], a component's draws together; empty where a method draws nothing
  std::size_t draws = 0;
};

/// `z` [Z] or empty: each member's own mean.
Result<GeneratedPictures> generatePictures(const Model& model, const std::vector<double>& z,
                                           std::size_t components, std::size_t draws, std::uint64_t seed,
                                           const RunControl& control);

}  // namespace assayer::ui
