// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "core/metrics/calibration.h"
#include "core/metrics/metrics.h"
#include "core/train/results.h"

namespace assayer {

/// The measures of a trained model or baseline on a data set; absent where the data do not tell.
struct Evaluation {
  std::size_t rows = 0;  ///< spectra with a prediction that is finite
  struct Divergence {
    double mean = 0;                 ///< all rows with a composition
    std::optional<double> training;  ///< rows labelled in training
    std::optional<double> held_out;  ///< every other row with a composition
  };
  std::optional<Divergence> kl;
  struct Rmse {
    double mean = 0;                    ///< over all entries
    std::vector<double> per_component;  ///< [K]
  };
  std::optional<Rmse> rmse;  ///< held-out rows where there are any, else all with a composition
  struct Endmembers {
    double mean_l2 = 0;
    double mean_sad = 0;  ///< degrees
    std::vector<double> l2;
    std::vector<double> sad;
  };
  std::optional<Endmembers> endmembers;
  std::optional<GroupedNuisance> z;           ///< all finite rows
  std::optional<GroupedNuisance> z_training;  ///< rows that training saw
  /// Where the data have an `outlier` column with both classes: of `outlier_score`.
  std::optional<double> outlier_auc;
  /// How often the truth of held-out rows (else of all with a composition) lies within ŷ ± the normal
  /// quantile of `level` × its stated sd, entries counted one by one. Where the method states no sd: empty.
  struct Coverage {
    double level = 0;
    double observed = 0;
  };
  std::vector<Coverage> coverage;
  /// The same rows at more levels, by component and with the uncertainty of the shares.
  std::optional<Calibration> calibration;
  std::size_t members = 1;
  std::vector<std::string> components;
  std::vector<std::string> group_names;

  /// What the method chose by itself, with its reasons (ModelState::facts); evaluate() leaves it empty.
  std::map<std::string, std::string> facts;

  /// The object of the command line's `evaluate --json`. It always has the same members: unknown numbers are
  /// null, unknown lists and tables empty. Beside the documented ones, "z" has "group_accuracy_training" and
  /// each group "median_training" and "mad_training".
  [[nodiscard]] std::string to_json() const;
  /// The same for people: aligned columns.
  [[nodiscard]] std::string to_table() const;
};

/// The file's reference spectra [K, C], in the order of the file: where it has them per group, their mean
/// over the groups of `training` rows, or of all rows without any. Absent where it has none.
std::optional<Matrix<float>> reference_endmembers(const Dataset& data, const Rows& training);

/// max(a, m, h) / 5 per row, above 1 a suspect: a = outlier_scores() of z, m and h the prediction's misfit
/// and hidden misfit where the method tells them. NaN where the prediction is.
std::vector<double> outlier_score(const Prediction& prediction, const std::optional<Groups>& groups);

/// `training` rows are those used with their labels, `seen` all that training used; pass empty ones when the
/// model was trained on other data. `data` must have the components of the prediction, where it has
/// compositions. Endmembers are compared with the file's reference spectra, by name where the names agree,
/// else in their order; where it has references per group, with their mean over the groups of the training
/// rows (of all rows without any), since that is what an endmember averaged over these rows should be.
Result<Evaluation> evaluate(const Dataset& data, const Prediction& prediction,
                            const EndmemberEstimate& endmembers, const Rows& training, const Rows& seen,
                            std::size_t members);

}  // namespace assayer
