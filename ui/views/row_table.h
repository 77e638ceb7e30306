// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

#include "core/data/selection.h"
#include "ui/viewmodels/row_table_model.h"
#include "ui/views/select_mode.h"

namespace assayer::ui {

/// The rows of the data as a table. Clicking, dragging and the keyboard's arrows select rows for the whole
/// window, with Shift and Ctrl as in every table; a click on a header sorts; the menu exports all of it.
///
/// The window's selection is shown by the model's background, not by Qt's own selection, which would take
/// seconds for a hundred thousand scattered rows.
class RowTable : public QTableView {
  Q_OBJECT
 public:
  explicit RowTable(QWidget* parent = nullptr);

  [[nodiscard]] RowTableModel& rows() { return model_; }
  void setData(const DatasetPtr& source);
  void setSelection(const Rows& selected);

 Q_SIGNALS:
  void selectionRequested(const assayer::Rows& rows, assayer::ui::SelectMode mode);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  void request();
  /// After a change of columns.
  void fitHeader();
  void askExport();

  RowTableModel model_;
  Rows selected_;
  bool own_ = false;      ///< the selection that is being shown was made here
  bool showing_ = false;  ///< Qt's selection is being changed by us
};

}  // namespace assayer::ui
