// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/selection_model.h"

#include <algorithm>

namespace assayer::ui {

void SelectionModel::select(Rows rows, SelectMode mode) {
  if (mode == SelectMode::Add) rows.insert(rows.end(), rows_.begin(), rows_.end());
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  if (rows == rows_) return;
  rows_ = std::move(rows);
  Q_EMIT changed(rows_);
}

}  // namespace assayer::ui
