// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "core/data/selection.h"
#include "ui/views/select_mode.h"

namespace assayer::ui {

/// The rows that every view highlights: one selection for the whole window.
class SelectionModel : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  /// Ascending, without repeats.
  [[nodiscard]] const Rows& rows() const { return rows_; }

  /// Replaces the selection, or joins `rows` to it. Emits `changed` only when it did.
  void select(Rows rows, SelectMode mode = SelectMode::Replace);
  void clear() { select({}); }

 Q_SIGNALS:
  void changed(const assayer::Rows& rows);

 private:
  Rows rows_;
};

}  // namespace assayer::ui
