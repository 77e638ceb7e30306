// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/views/simplex_view.h"

class QAction;
class QToolBar;

namespace assayer::ui {

/// The simplex with its tools: select, place unfeatured points, fill the corners, clear.
class SimplexPanel : public QWidget {
  Q_OBJECT
 public:
  explicit SimplexPanel(QWidget* parent = nullptr);

  [[nodiscard]] SimplexView* view() const { return view_; }
  [[nodiscard]] QAction* selectTool() const { return select_; }
  [[nodiscard]] QAction* placeTool() const { return place_; }
  [[nodiscard]] QAction* cornersAction() const { return corners_; }
  [[nodiscard]] QAction* clearAction() const { return clear_; }

  /// Whether the data have components, without which there is nothing to place.
  void setEditable(bool editable);

 Q_SIGNALS:
  /// What the chosen tool does, for the status bar.
  void statusText(const QString& text);

 private:
  void chooseTool(SimplexView::Tool tool);

  SimplexView* view_;
  QToolBar* bar_;
  QAction* select_;
  QAction* place_;
  QAction* corners_;
  QAction* clear_;
};

}  // namespace assayer::ui
