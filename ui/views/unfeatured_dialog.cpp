// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/unfeatured_dialog.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

namespace assayer::ui {
namespace {

constexpr int kPaperCount = 501;      // of the paper's first experiment, appendix A.2
constexpr double kPaperSpread = 5;    // percent, the same
constexpr double kPaperPeak = 85;     // percent, of its second
constexpr int kMostPoints = 100'000;  // that a picture can take

}  // namespace

UnfeaturedDialog::UnfeaturedDialog(std::size_t components, std::size_t present, QWidget* parent)
    : QDialog(parent),
      components_(components),
      form_(new QFormLayout),
      where_(new QComboBox),
      count_(new QSpinBox),
      spread_(new QDoubleSpinBox),
      meaning_(new QLabel),
      how_(new QButtonGroup(this)) {
  setObjectName(QStringLiteral("unfeaturedDialog"));
  setWindowTitle(tr("Unfeatured Points"));
  where_->setObjectName(QStringLiteral("unfeaturedWhere"));
  // In the order of Where.
  where_->addItems({tr("near the corners"), tr("along the edges"), tr("over the whole simplex"),
                    tr("pure components"), tr("one component ahead, the others equal")});
  count_->setObjectName(QStringLiteral("unfeaturedNumber"));
  count_->setRange(1, kMostPoints);
  count_->setValue(kPaperCount);
  spread_->setObjectName(QStringLiteral("unfeaturedSpread"));
  spread_->setDecimals(1);
  spread_->setSuffix(tr(" %"));
  meaning_->setWordWrap(true);

  auto* replace = new QRadioButton(tr("in place of the %L1 there are").arg(static_cast<qulonglong>(present)));
  auto* join = new QRadioButton(tr("beside them"));
  join->setObjectName(QStringLiteral("unfeaturedJoin"));
  how_->addButton(replace, 0);
  how_->addButton(join, 1);
  replace->setChecked(true);

  form_->addRow(tr("&Where"), where_);
  form_->addRow(tr("&Count"), count_);
  form_->addRow(tr("&Spread"), spread_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(this, &QDialog::accepted, this, [this] { Q_EMIT specAccepted(spec(), joins()); });
  connect(where_, &QComboBox::currentIndexChanged, this, &UnfeaturedDialog::adapt);

  auto* column = new QVBoxLayout(this);
  column->addWidget(new QLabel(tr("Compositions without a spectrum: any is legitimate.")));
  column->addLayout(form_);
  column->addWidget(meaning_);
  if (present > 0) {
    column->addWidget(replace);
    column->addWidget(join);
  } else {
    replace->setParent(this);
    join->setParent(this);
    replace->hide();
    join->hide();
  }
  column->addWidget(buttons);
  adapt();
}

UnfeaturedDialog::Where UnfeaturedDialog::where() const {
  return static_cast<Where>(where_->currentIndex());
}

bool UnfeaturedDialog::joins() const {
  return how_->checkedId() == 1;
}

void UnfeaturedDialog::adapt() {
  const auto others = static_cast<double>(components_ - (where() == Where::Edges ? 2 : 1));
  QString title = tr("&Spread");
  switch (where()) {
    case Where::Corners:
    case Where::Edges:
      // More, and the others could exceed the whole.
      spread_->setRange(0, std::min(100.0, 100 / std::max(1.0, others)));
      spread_->setValue(kPaperSpread);
      meaning_->setText(
          where() == Where::Corners
              ? tr("Each of the other components has a share drawn evenly from 0 to the spread.")
              : tr("Two components share what the others leave; each of those has from 0 to the spread."));
      break;
    case Where::Peak:
      title = tr("&Share");
      spread_->setRange(100.0 / static_cast<double>(components_) + 0.1, 100);
      spread_->setValue(kPaperPeak);
      meaning_->setText(tr("The share of the component ahead; the others have equal parts of the rest."));
      break;
    case Where::Whole:
      meaning_->setText(tr("Every composition is equally likely: a flat Dirichlet distribution."));
      break;
    case Where::Pure:
      meaning_->setText(tr("As many at each corner as the count allows."));
      break;
  }
  auto* label = qobject_cast<QLabel*>(form_->labelForField(spread_));
  label->setText(title);
  const bool takesSpread = where() != Where::Whole && where() != Where::Pure;
  const bool linear = where() == Where::Edges && components_ == 2;
  label->setEnabled(takesSpread && !linear);
  spread_->setEnabled(takesSpread && !linear);
}

QString UnfeaturedDialog::spec() const {
  const QString count = QString::number(count_->value());
  const QString share = QString::number(spread_->value() / 100, 'g', 6);
  switch (where()) {
    case Where::Corners:
      return QStringLiteral("corners:%1:%2").arg(count, share);
    case Where::Edges:
      return QStringLiteral("edges:%1:%2").arg(count, share);
    case Where::Whole:
      return QStringLiteral("dirichlet:%1").arg(count);
    case Where::Pure:
      return QStringLiteral("one-hot:%1").arg(count);
    case Where::Peak:
      return QStringLiteral("peak:%1:%2").arg(count, share);
  }
  return {};
}

}  // namespace assayer::ui
