// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/row_axes.h"

#include <QCoreApplication>
#include <algorithm>
#include <utility>

namespace assayer::ui {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui::RowAxes", text);
}

}  // namespace

RowAxes::RowAxes(std::shared_ptr<const Pca> pca, std::shared_ptr<const Snapshot> snapshot,
                 QStringList components)
    : pca_(std::move(pca)), snapshot_(std::move(snapshot)), components_(std::move(components)) {
  // A model of other data says nothing about these rows.
  if (pca_ && snapshot_ && snapshot_->prediction.composition.rows() != pca_->scores.rows()) snapshot_.reset();
  const auto add = [this](RowAxis::Kind kind, std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) all_.push_back({kind, index});
  };
  if (pca_) add(RowAxis::Kind::Score, pca_->scores.cols());
  if (!snapshot_) return;
  if (snapshot_->prediction.z.rows() == rows()) add(RowAxis::Kind::Nuisance, snapshot_->prediction.z.cols());
  add(RowAxis::Kind::Predicted, snapshot_->prediction.composition.cols());
}

std::size_t RowAxes::rows() const {
  return pca_ ? pca_->scores.rows() : snapshot_ ? snapshot_->prediction.composition.rows() : 0;
}

int RowAxes::indexOf(const RowAxis& axis) const {
  const auto found = std::ranges::find(all_, axis);
  return found == all_.end() ? -1 : static_cast<int>(found - all_.begin());
}

QString RowAxes::name(const RowAxis& axis) const {
  switch (axis.kind) {
    case RowAxis::Kind::Score:
      return QStringLiteral("PC%1").arg(axis.index + 1);
    case RowAxis::Kind::Nuisance:
      return QStringLiteral("z%1").arg(axis.index + 1);
    case RowAxis::Kind::Predicted:
      return tr("%1 (%)").arg(
          components_.value(static_cast<qsizetype>(axis.index), tr("component %1").arg(axis.index + 1)));
  }
  return {};
}

QString RowAxes::title(const RowAxis& axis) const {
  switch (axis.kind) {
    case RowAxis::Kind::Score: {
      if (axis.index >= pca_->variance.size() || !(pca_->total_variance > 0)) return name(axis);
      const double percent = 100 * pca_->variance[axis.index] / pca_->total_variance;
      return QStringLiteral("%1 (%2 %)").arg(name(axis)).arg(percent, 0, 'f', percent < 10 ? 2 : 1);
    }
    case RowAxis::Kind::Nuisance:
      return tr("Nuisance %1").arg(name(axis));
    case RowAxis::Kind::Predicted:
      return tr("Predicted %1").arg(name(axis));
  }
  return {};
}

}  // namespace assayer::ui
