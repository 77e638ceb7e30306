// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/model/objective.h"

namespace assayer::model {

/// Draws the random numbers of one step after another, every member's from its own generator and on the
/// networks' device, into memory that stays the same.
class NoiseSource {
 public:
  enum class Kind { Normal, Prior, Gumbel, Logistic };

  /// Rows of a mini-batch; 0 for a source that does not enter.
  struct Rows {
    Index labelled = 0;
    Index unlabelled = 0;
    Index unfeatured = 0;
  };
  NoiseSource() = default;
  NoiseSource(const Networks& networks, const ObjectiveOptions& options, Rows rows, Index samples);

  /// Draws the numbers of the next step; `generators` [M] are of the networks' device.
  void draw(std::vector<at::Generator>& generators);
  /// Those of the present step: what `options` need; the rest is undefined or without rows. Valid until the
  /// next draw.
  [[nodiscard]] Noise noise() const;

  /// Fills [rows, Z] of one member with draws of p(z).
  static void draw_prior(const Families& families, Tensor values, at::Generator& generator);
  /// Draws of another purpose: normal, Gumbel or logistic, as float on the host.
  static Tensor standard(Kind kind, at::IntArrayRef shape, at::Generator& generator);

 private:
  /// Gumbel or logistic numbers of uniform ones.
  static Tensor from_uniform(Kind kind, const Tensor& uniform);
  struct Part {
    Tensor Noise::* target;
    Kind kind;
    Index rows;
    Index cols;
  };
  void add(Tensor Noise::* target, Kind kind, Index rows, Index cols);
  [[nodiscard]] const Tensor& buffer(Kind kind) const;

  Families families_;
  std::vector<Part> parts_;
  Tensor normals_, priors_, uniforms_;  ///< [M, count] of one step
};

}  // namespace assayer::model
