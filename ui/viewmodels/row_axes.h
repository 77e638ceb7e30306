// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <memory>
#include <vector>

#include "core/baselines/pca.h"
#include "core/train/engine.h"

namespace assayer::ui {

/// A number that every row has: a score, a dimension of z, or a component of the predicted composition.
struct RowAxis {
  enum class Kind { Score, Nuisance, Predicted };
  Kind kind = Kind::Score;
  std::size_t index = 0;

  friend bool operator==(const RowAxis&, const RowAxis&) = default;
};

/// What rows can be drawn against: principal components first, then what the model on display says.
class RowAxes {
 public:
  RowAxes() = default;
  /// Both may be null; `components` are the names of the composition's.
  RowAxes(std::shared_ptr<const Pca> pca, std::shared_ptr<const Snapshot> snapshot, QStringList components);

  [[nodiscard]] const std::vector<RowAxis>& all() const { return all_; }
  [[nodiscard]] std::size_t rows() const;
  /// −1 where there is none such.
  [[nodiscard]] int indexOf(const RowAxis& axis) const;
  /// "PC1", "z2", "olivine (%)": short, for lists and tables.
  [[nodiscard]] QString name(const RowAxis& axis) const;
  /// The same, with all that the title of an axis says.
  [[nodiscard]] QString title(const RowAxis& axis) const;
  /// Compositions in percent; NaN where the row has none. The axis is one of `all`.
  [[nodiscard]] double value(const RowAxis& axis, std::size_t row) const {
    switch (axis.kind) {
      case RowAxis::Kind::Score:
        return static_cast<double>(pca_->scores(row, axis.index));
      case RowAxis::Kind::Nuisance:
        return snapshot_->prediction.z(row, axis.index);
      case RowAxis::Kind::Predicted:
        return 100 * snapshot_->prediction.composition(row, axis.index);
    }
    return 0;
  }

 private:
  std::shared_ptr<const Pca> pca_;
  std::shared_ptr<const Snapshot> snapshot_;
  QStringList components_;
  std::vector<RowAxis> all_;
};

}  // namespace assayer::ui
