// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/figure_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>
#include <array>
#include <cmath>

#include "ui/views/plot_export.h"

namespace assayer::ui {
namespace {

constexpr double kInch = 25.4;     // mm
constexpr double kSmallest = 20;   // mm
constexpr double kLargest = 2000;  // mm: a poster
constexpr int kCoarsest = 36;      // dots per inch
constexpr int kFinest = 2400;      // dots per inch
constexpr int kPrint = 300;        // dots per inch, what journals ask for

QSize inDots(const QSizeF& millimetres, double perInch) {
  return {static_cast<int>(std::lround(millimetres.width() / kInch * perInch)),
          static_cast<int>(std::lround(millimetres.height() / kInch * perInch))};
}

QDoubleSpinBox* lengthBox(const char* name) {
  auto* box = new QDoubleSpinBox;
  box->setObjectName(QString::fromLatin1(name));
  box->setRange(kSmallest, kLargest);
  box->setDecimals(1);
  box->setSuffix(FigureDialog::tr(" mm"));
  return box;
}

}  // namespace

QSize FigureForm::pixels(bool raster) const {
  return inDots(millimetres, raster ? dotsPerInch : screenPerInch);
}

FigureDialog::FigureDialog(QSize onScreen, int screenPerInch, QWidget* parent)
    : QDialog(parent),
      on_screen_(onScreen),
      screen_per_inch_(screenPerInch),
      format_(new QComboBox),
      width_(lengthBox("figureWidth")),
      height_(lengthBox("figureHeight")),
      proportions_(new QCheckBox(tr("&Keep proportions"))),
      resolution_(new QSpinBox),
      outcome_(new QLabel) {
  setObjectName(QStringLiteral("figureDialog"));
  setWindowTitle(tr("Export Figure"));
  format_->setObjectName(QStringLiteral("figureFormat"));
  format_->addItem(tr("PDF, vectors"), QStringLiteral("pdf"));
  format_->addItem(tr("SVG, vectors"), QStringLiteral("svg"));
  format_->addItem(tr("PNG, pixels"), QStringLiteral("png"));
  proportions_->setObjectName(QStringLiteral("figureProportions"));
  proportions_->setChecked(true);
  resolution_->setObjectName(QStringLiteral("figureResolution"));
  resolution_->setRange(kCoarsest, kFinest);
  resolution_->setValue(kPrint);
  resolution_->setSuffix(tr(" dpi"));
  outcome_->setObjectName(QStringLiteral("figureOutcome"));
  outcome_->setWordWrap(true);
  width_->setValue(on_screen_.width() * kInch / screen_per_inch_);
  height_->setValue(on_screen_.height() * kInch / screen_per_inch_);

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  save_ = buttons->addButton(tr("&Save As…"), QDialogButtonBox::AcceptRole);
  save_->setObjectName(QStringLiteral("figureSave"));
  save_->setDefault(true);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(format_, &QComboBox::currentIndexChanged, this, &FigureDialog::showOutcome);
  connect(width_, &QDoubleSpinBox::valueChanged, this, [this] { keepProportions(true); });
  connect(height_, &QDoubleSpinBox::valueChanged, this, [this] { keepProportions(false); });
  connect(proportions_, &QCheckBox::toggled, this, [this] { keepProportions(true); });
  connect(resolution_, &QSpinBox::valueChanged, this, &FigureDialog::showOutcome);

  auto* form = new QFormLayout;
  form->addRow(tr("&Format"), format_);
  form->addRow(tr("&Width"), width_);
  form->addRow(tr("&Height"), height_);
  form->addRow(QString(), proportions_);
  form->addRow(tr("&Resolution"), resolution_);
  auto* column = new QVBoxLayout(this);
  column->addLayout(form);
  column->addWidget(outcome_);
  column->addWidget(buttons);
  // The buttons, which are older than the layout, would be first.
  const std::array<QWidget*, 6> order = {format_, width_, height_, proportions_, resolution_, save_};
  for (std::size_t i = 1; i < order.size(); ++i) setTabOrder(order[i - 1], order[i]);
  format_->setFocus();
  showOutcome();
}

FigureForm FigureDialog::form() const {
  return {format_->currentData().toString(),
          {width_->value(), height_->value()},
          resolution_->value(),
          screen_per_inch_};
}

void FigureDialog::keepProportions(bool widthLeads) {
  if (proportions_->isChecked() && !on_screen_.isEmpty()) {
    const double ratio = static_cast<double>(on_screen_.height()) / on_screen_.width();
    QDoubleSpinBox* follows = widthLeads ? height_ : width_;
    const QSignalBlocker blocker(follows);
    follows->setValue(widthLeads ? width_->value() * ratio : height_->value() / ratio);
  }
  showOutcome();
}

void FigureDialog::showOutcome() {
  const FigureForm chosen = form();
  const bool raster = chosen.suffix == QLatin1String("png");
  resolution_->setEnabled(raster);
  const QSize pixels = chosen.pixels(raster);
  const bool fits = figureFits(pixels);
  QString text = raster ? tr("%L1 × %L2 pixels").arg(pixels.width()).arg(pixels.height())
                        : tr("Sharp at any resolution");
  text += tr("; letters as large as on the screen");
  outcome_->setText(fits ? text
                         : tr("%L1 × %L2 pixels are more than a figure can have (%L3 on a side): take a "
                              "smaller one or fewer dots per inch")
                               .arg(pixels.width())
                               .arg(pixels.height())
                               .arg(kLongestFigure));
  save_->setEnabled(fits);
}

}  // namespace assayer::ui
