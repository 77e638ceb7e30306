// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/recovery_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace assayer::ui {

RecoveryBar::RecoveryBar(QWidget* parent) : WrappingBar(parent), label_(new QLabel) {
  setObjectName(QStringLiteral("recoveryBar"));
  label_->setObjectName(QStringLiteral("recoveryText"));
  label_->setWordWrap(true);
  label_->setTextFormat(Qt::PlainText);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(8, 4, 8, 4);
  row->addWidget(label_, 1);
  const auto button = [&](const char* name, const QString& text, const QString& tip, auto signal) {
    auto* made = new QPushButton(text);
    made->setObjectName(QString::fromLatin1(name));
    made->setToolTip(tip);
    connect(made, &QPushButton::clicked, this, signal);
    row->addWidget(made);
  };
  button("recoverButton", tr("&Recover"), tr("Open it as it was saved last"), &RecoveryBar::recoverRequested);
  button("discardLostButton", tr("&Discard"), tr("Delete it for good"), &RecoveryBar::discardRequested);
  button("laterButton", tr("&Later"), tr("Ask again at the next start"), &RecoveryBar::laterRequested);
}

void RecoveryBar::offer(const QString& text) {
  label_->setText(text);
  updateGeometry();
}

QString RecoveryBar::text() const {
  return label_->text();
}

}  // namespace assayer::ui
