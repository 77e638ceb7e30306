// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

namespace assayer::ui {

/// A frame in the row of a tool bar that is as high as its wrapped text is at the width that there is. The
/// layout's own hint is that of a text wrapped to about a square, which would take a tenth of the window.
class WrappingBar : public QFrame {
  Q_OBJECT
 public:
  explicit WrappingBar(QWidget* parent = nullptr);
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return {0, sizeHint().height()}; }

 protected:
  void resizeEvent(QResizeEvent* event) override;
};

}  // namespace assayer::ui
