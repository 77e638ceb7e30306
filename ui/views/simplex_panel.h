// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <array>

#include "ui/views/simplex_view.h"

class QAction;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSlider;
class QToolBar;

namespace assayer::ui {

/// The simplex with its tools: select, place, spray and erase unfeatured points, make many at once; the
/// paper's interior by slider; and, for more than three components, which of them stand at the corners.
class SimplexPanel : public QWidget {
  Q_OBJECT
 public:
  explicit SimplexPanel(QWidget* parent = nullptr);

  [[nodiscard]] SimplexView* view() const { return view_; }
  [[nodiscard]] QAction* selectTool() const { return select_; }
  /// Select, place, spray, erase, compose: in the order of SimplexView::Tool.
  [[nodiscard]] const std::array<QAction*, 5>& tools() const { return tools_; }
  [[nodiscard]] QAction* generateAction() const { return generate_; }
  [[nodiscard]] QAction* clearAction() const { return clear_; }

  /// New data: the chooser of corners follows their components.
  void setData(DatasetPtr dataset);
  /// Whether the data have components, without which there is nothing to place.
  void setEditable(bool editable);
  /// Whether there is a model that generates spectra, without which there is nothing to compose for.
  void setComposable(bool composable);

 Q_SIGNALS:
  /// What the chosen tool does, for the status bar.
  void statusText(const QString& text);
  /// The slider was let go at this width w of the paper's rule, every component within ±w/K of 1/K.
  void interiorRequested(double width);

 private:
  void createTools();
  void createInterior(QToolBar& bar);
  void createFace();
  void chooseTool(SimplexView::Tool tool);
  void chooseFace();
  [[nodiscard]] double interiorWidth() const;
  void showInterior();

  SimplexView* view_;
  QToolBar* bar_;
  QToolBar* second_bar_;
  QToolBar* face_bar_;
  std::array<QAction*, 5> tools_{};
  QAction* select_ = nullptr;
  QAction* compose_ = nullptr;
  QAction* generate_;
  QAction* clear_;
  QSlider* interior_;
  QLabel* interior_label_;
  QSlider* brush_;
  std::array<QComboBox*, 3> corners_{};
  QComboBox* figure_;
  QDoubleSpinBox* others_;
};

}  // namespace assayer::ui
