// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/message_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

namespace assayer::ui {

MessageBar::MessageBar(QWidget* parent)
    : WrappingBar(parent), icon_(new QLabel(this)), label_(new QLabel(this)), close_(new QToolButton(this)) {
  setObjectName(QStringLiteral("messageBar"));
  label_->setObjectName(QStringLiteral("messageText"));
  label_->setWordWrap(true);
  label_->setTextFormat(Qt::PlainText);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  label_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  close_->setObjectName(QStringLiteral("messageClose"));
  close_->setAutoRaise(true);
  close_->setIcon(style()->standardIcon(QStyle::SP_TitleBarCloseButton));
  close_->setToolTip(tr("Dismiss this message"));
  close_->setAccessibleName(close_->toolTip());
  connect(close_, &QToolButton::clicked, this, &MessageBar::dismiss);

  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(8, 4, 4, 4);
  row->addWidget(icon_, 0, Qt::AlignTop);
  row->addWidget(label_, 1);
  row->addWidget(close_, 0, Qt::AlignTop);
}

void MessageBar::showMessage(Level level, const QString& text) {
  level_ = level;
  label_->setText(text);
  restyle();
  updateGeometry();
  Q_EMIT shownChanged(true);
}

void MessageBar::dismiss() {
  label_->clear();
  Q_EMIT shownChanged(false);
}

QString MessageBar::text() const {
  return label_->text();
}

void MessageBar::changeEvent(QEvent* event) {
  WrappingBar::changeEvent(event);
  if (event->type() == QEvent::StyleChange) restyle();
}

void MessageBar::restyle() {
  const QStyle::StandardPixmap pixmap = level_ == Level::Error     ? QStyle::SP_MessageBoxCritical
                                        : level_ == Level::Warning ? QStyle::SP_MessageBoxWarning
                                                                   : QStyle::SP_MessageBoxInformation;
  const int size = style()->pixelMetric(QStyle::PM_SmallIconSize);
  icon_->setPixmap(style()->standardIcon(pixmap).pixmap(size));
}

}  // namespace assayer::ui
