// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/wrapping_bar.h"

#include <QLayout>
#include <QResizeEvent>
#include <algorithm>

namespace assayer::ui {
namespace {

constexpr int kNarrowest = 320;  // pixels

}  // namespace

WrappingBar::WrappingBar(QWidget* parent) : QFrame(parent) {
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Minimum);
}

QSize WrappingBar::sizeHint() const {
  const int across = std::max(width(), kNarrowest);
  if (layout() == nullptr) return {across, 0};
  return {across,
          layout()->hasHeightForWidth() ? layout()->heightForWidth(across) : layout()->sizeHint().height()};
}

void WrappingBar::resizeEvent(QResizeEvent* event) {
  QFrame::resizeEvent(event);
  if (event->size().width() != event->oldSize().width()) updateGeometry();
}

}  // namespace assayer::ui
