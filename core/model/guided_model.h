// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/guided/inversion.h"
#include "core/model/guided_networks.h"
#include "core/model/trained_model.h"

namespace assayer::model {

/// Name of the array in ModelState::weights that holds z of labelled spectra, [M, n, Z].
inline constexpr const char* kLabelledNuisance = "labelled_z";
/// Labelled spectra whose z is kept, evenly chosen, to average endmembers over.
inline constexpr Index kLabelledKept = 256;

/// A model of the method 'guided' that answers on the CPU. Immutable.
class GuidedModel final : public Model {
 public:
  static Result<std::shared_ptr<const GuidedModel>> create(ModelState state);

  [[nodiscard]] const ModelState& state() const override { return state_; }
  /// Composition from encoder, inversion and PLS (joined_composition), their disagreement part of its sd; z
  /// is the mean over members, which share a start and hence a sign.
  [[nodiscard]] Result<Prediction> predict(MatrixView<float> spectra,
                                           const Matrix<double>* composition) const override;
  /// The encoder's q(y|x) alone is drawn from: nothing of the inversion is in it. z is drawn for every y, of
  /// all members, and trust is that of `predict`.
  [[nodiscard]] Result<Prediction> predict_draws(MatrixView<float> spectra, const Matrix<double>* composition,
                                                 std::int64_t draws, std::uint64_t seed) const override;
  /// Without z: the mean over the labelled spectra's z, and over members; `sd` joins the members' spread with
  /// what refitting and extrapolation tell of the endmembers.
  [[nodiscard]] Result<EndmemberEstimate> generate(const Matrix<double>& composition,
                                                   const Matrix<double>& z) const override;
  [[nodiscard]] Result<Matrix<float>> sample(const Matrix<double>& composition, const Matrix<double>& z,
                                             std::int64_t samples, std::uint64_t seed) const override;

 private:
  GuidedModel(ModelState state, guided::Start start, Tensor labelled_z);
  /// Rows of `composition` from `first` on where they are known, else those of y [.., n, K].
  [[nodiscard]] Tensor known_or(const Matrix<double>& composition, std::size_t first, const Tensor& y) const;
  [[nodiscard]] Status check_generate(const Matrix<double>& composition, const Matrix<double>& z) const;

  ModelState state_;
  guided::Start start_;
  GuidedNetworks networks_;
  Preprocessing preprocessing_;
  Tensor labelled_z_;  ///< [M, n, Z]
  std::unique_ptr<guided::Inverter> inverter_;
};

/// z of the spectra seen [n] with compositions y [n, K], at most kLabelledKept of them: [M, n', Z].
Tensor labelled_nuisance(const GuidedNetworks& networks, const GuidedNetworks::Seen& seen, const Tensor& y);

}  // namespace assayer::model
