// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/networks.h"
#include "core/model/objective.h"

namespace assayer::model {

/// M1 (Kingma et al. 2014, arXiv:1406.5298): a plain variational autoencoder, whose bound sees no label. Its
/// latent h has K − 1 + Z dimensions, the room that y and z have together in the other methods, with the
/// families of z for its prior and posterior and those of x for the spectra.
class M1Networks {
 public:
  /// `sizes` as of the other methods.
  M1Networks(const TrainConfig& config, Sizes sizes, const at::TensorOptions& options);

  [[nodiscard]] const Sizes& sizes() const { return sizes_; }
  [[nodiscard]] Index latent() const { return sizes_.components - 1 + sizes_.nuisance; }
  [[nodiscard]] const Families& families() const { return families_; }
  void set_centre(const Tensor& centre) { families_.x_centre = centre; }
  [[nodiscard]] Parameters& parameters() { return parameters_; }
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }

  /// q(h | x), with the hidden layers of q(z|x,y).
  [[nodiscard]] Gaussian q_h(const Tensor& x) const { return q_h_(parameters_, x); }
  /// p(x | h).
  [[nodiscard]] Gaussian p_x(const Tensor& h) const { return p_x_(parameters_, h); }
  /// h at the centre of q(h | x): [M, B, H].
  [[nodiscard]] Tensor latent_of(const Tensor& x) const { return families_.z_of(q_h(x).mean); }

  void initialise(Index member, at::Generator& generator);

 private:
  Sizes sizes_;
  Families families_;
  Parameters parameters_;
  Mlp q_h_;
  Mlp p_x_;
};

namespace terms {
/// log p(x|h) − log q(h|x) + log p(h), h ~ q(h|x): [M, S·B]. `noise` [M, S·B, H] normal.
Tensor l_x(const M1Networks& networks, const Tensor& x, const Tensor& noise);
}  // namespace terms

/// Compositions read from h by least squares on the labelled rows, after training, and h placed for a
/// composition by the regression the other way round. What of h the composition does not explain is z: its
/// scores on the Z directions in which that varies most.
struct M1Readout {
  Matrix<double> read;         ///< [H + 1, K] y = [h, 1] · read, then onto the simplex
  Matrix<double> place;        ///< [K, H] h = y · place (+ z · axes)
  Matrix<double> axes;         ///< [Z, H] orthonormal rows
  std::vector<double> spread;  ///< [K] standard deviation of what `read` leaves of the labels

  /// `h` [n, H], `y` [n, K] of the labelled rows.
  static Result<M1Readout> fit(const Matrix<double>& h, const Matrix<double>& y, std::size_t nuisance);

  [[nodiscard]] Matrix<double> compositions(const Matrix<double>& h) const;
  /// z of h [n, H] with compositions y [n, K].
  [[nodiscard]] Matrix<double> nuisance(const Matrix<double>& h, const Matrix<double>& y) const;
  /// h of compositions [n, K] and z [n, Z]; `z` empty: 0, the mean over the labelled rows.
  [[nodiscard]] Matrix<double> latent(const Matrix<double>& y, const Matrix<double>& z) const;

  /// As arrays "readout/MEMBER/…" of ModelState::fixed, and back; Data error where one is missing.
  void add_to(std::vector<NamedArray>& arrays, Index member) const;
  static Result<M1Readout> from(const std::vector<NamedArray>& arrays, Index member, Index components,
                                Index nuisance);
};

}  // namespace assayer::model
