// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/job_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace assayer::ui {

JobBar::JobBar(QWidget* parent)
    : QWidget(parent),
      label_(new QLabel(this)),
      bar_(new QProgressBar(this)),
      cancel_(new QToolButton(this)) {
  setObjectName(QStringLiteral("jobBar"));
  bar_->setObjectName(QStringLiteral("jobProgress"));
  bar_->setFixedWidth(160);
  bar_->setRange(0, 1000);
  cancel_->setObjectName(QStringLiteral("jobCancel"));
  cancel_->setText(tr("Cancel"));
  connect(cancel_, &QToolButton::clicked, this, [this] {
    cancel_->setEnabled(false);
    Q_EMIT cancelRequested();
  });
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(label_);
  row->addWidget(bar_);
  row->addWidget(cancel_);
  hide();
}

void JobBar::begin(const QString& title) {
  title_ = title;
  label_->setText(title);
  // Moves to and fro until the first number comes.
  bar_->setRange(0, 0);
  cancel_->setEnabled(true);
  show();
}

void JobBar::setProgress(double fraction, const QString& what) {
  bar_->setRange(0, 1000);
  bar_->setValue(static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * 1000)));
  label_->setText(what.isEmpty() ? title_ : tr("%1: %2").arg(title_, what));
}

void JobBar::end() {
  hide();
}

}  // namespace assayer::ui
