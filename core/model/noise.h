// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/model/objective.h"

namespace assayer::model {

/// Draws the random numbers of one step after another: every member's from its own generator, on the host, so
/// that a seed means the same on every device.
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

  /// What `options` need; the rest is undefined or without rows.
  [[nodiscard]] Noise draw(std::vector<at::Generator>& generators, at::Device device);

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
  [[nodiscard]] Tensor& buffer(Kind kind);

  Families families_;
  std::vector<Part> parts_;
  Tensor normals_, priors_, uniforms_;  ///< [M, count] of one step
};

}  // namespace assayer::model
