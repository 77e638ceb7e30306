// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/model/parameters.h"

namespace assayer::model {

/// A normalizing flow: an invertible map of the K − 1 free logits of q(y|x) before the simplex map (section
/// 3.1), with weights of its own, the same for every spectrum. It starts as the identity.
///
/// Labels are given, so that their density needs the inverse, too: of an affine coupling it is closed, of a
/// planar layer the root of a monotone function of one number, whose gradient comes from a last Newton step.
class Flow {
 public:
  enum class Kind { None, Planar, Coupling };

  Flow() = default;
  /// Registers the weights of `layers` layers over `dimensions` logits as "PREFIX/flow0/…". Couplings need
  /// two dimensions.
  Flow(Parameters& parameters, const std::string& prefix, Kind kind, Index dimensions, Index layers);

  [[nodiscard]] bool is_identity() const { return layers_.empty(); }

  struct Mapped {
    Tensor value;    ///< [M, B, D]
    Tensor log_det;  ///< [M, B] log |det ∂forward(u)/∂u|, of `inverse` too
  };
  [[nodiscard]] Mapped forward(const Parameters& parameters, const Tensor& u) const;
  [[nodiscard]] Mapped inverse(const Parameters& parameters, const Tensor& mapped) const;

  void initialise(Parameters& parameters, Index member, at::Generator& generator) const;

 private:
  /// Planar (Rezende & Mohamed 2015, arXiv:1505.05770): u + ŵ tanh(v·u + b), with ŵ of w such that v·ŵ > −1.
  /// Coupling (Dinh et al. 2017, arXiv:1605.08803): one half stays, the other is scaled and shifted by a
  /// small network of the first.
  struct Layer {
    std::size_t first = 0, second = 0, third = 0, fourth = 0;  ///< v, w, b; or the network's weights
    bool keep_front = true;                                    ///< coupling: which half stays
  };
  struct Planar {
    Tensor v, w, b;  ///< [M, D, 1], [M, 1, D], [M, 1, 1]
    Tensor reach;    ///< v·ŵ [M, 1, 1]
  };
  [[nodiscard]] static Planar planar(const Parameters& parameters, const Layer& layer);
  [[nodiscard]] Mapped coupling(const Parameters& parameters, const Layer& layer, const Tensor& u,
                                bool backward) const;

  Kind kind_ = Kind::None;
  Index dimensions_ = 0;
  std::vector<Layer> layers_;
};

}  // namespace assayer::model
