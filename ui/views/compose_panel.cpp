// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/compose_panel.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace assayer::ui {
namespace {

constexpr int kSteps = 200;  // of a slider of z
/// Sliders reach over this share of the rows' z, and half as far again.
constexpr double kCore = 0.98;

}  // namespace

ComposePanel::ComposePanel(QWidget* parent)
    : QWidget(parent),
      parts_(new QGridLayout),
      dimensions_(new QGridLayout),
      own_mean_(new QCheckBox(tr("Mean of the labelled rows"))),
      clear_(new QToolButton),
      hint_(new QLabel),
      note_(new QLabel) {
  setObjectName(QStringLiteral("composePanel"));
  own_mean_->setObjectName(QStringLiteral("composeMean"));
  own_mean_->setChecked(true);
  own_mean_->setToolTip(tr("Generate at z̄ of equation (18), each member of a population at its own"));
  clear_->setObjectName(QStringLiteral("composeClear"));
  clear_->setText(tr("Clear"));
  clear_->setToolTip(tr("Take the generated spectrum out of the spectra view"));
  hint_->setWordWrap(true);
  note_->setObjectName(QStringLiteral("composeNote"));
  note_->setWordWrap(true);
  auto* title = new QHBoxLayout;
  title->addWidget(new QLabel(tr("<b>Composition</b>")));
  title->addStretch(1);
  title->addWidget(clear_);
  auto* column = new QVBoxLayout(this);
  column->addWidget(hint_);
  column->addLayout(title);
  column->addLayout(parts_);
  auto* nuisance = new QHBoxLayout;
  nuisance->addWidget(new QLabel(tr("<b>Nuisance z</b>")));
  nuisance->addStretch(1);
  nuisance->addWidget(own_mean_);
  column->addLayout(nuisance);
  column->addLayout(dimensions_);
  column->addWidget(note_);
  column->addStretch(1);
  parts_->setColumnStretch(0, 1);
  dimensions_->setColumnStretch(1, 1);
  connect(own_mean_, &QCheckBox::toggled, this, [this] {
    showValues();
    Q_EMIT changed();
  });
  connect(clear_, &QToolButton::clicked, this, [this] { setComposition({}); });
  setReady(false);
}

void ComposePanel::setComponents(const QStringList& names) {
  names_ = names;
  composition_.clear();
  for (QDoubleSpinBox* box : boxes_) delete box;
  boxes_.clear();
  while (QLayoutItem* item = parts_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  if (names.size() > static_cast<qsizetype>(kBoxes)) return;
  for (qsizetype k = 0; k < names.size(); ++k) {
    auto* box = new QDoubleSpinBox;
    box->setObjectName(QStringLiteral("composePart%1").arg(k));
    box->setRange(0, 100);
    box->setDecimals(1);
    box->setSuffix(tr(" %"));
    box->setAccessibleName(names[k]);
    box->setSpecialValueText({});
    box->setKeyboardTracking(false);
    box->setAlignment(Qt::AlignRight);
    auto* label = new QLabel(names[k]);
    label->setBuddy(box);
    parts_->addWidget(label, static_cast<int>(k), 0);
    parts_->addWidget(box, static_cast<int>(k), 1);
    connect(box, &QDoubleSpinBox::valueChanged, this,
            [this, k](double percent) { takeBox(static_cast<std::size_t>(k), percent); });
    boxes_.push_back(box);
  }
}

void ComposePanel::setNuisances(const Matrix<double>& z) {
  const std::size_t dimensions = z.cols();
  const bool same = dimensions == sliders_.size();
  low_.assign(dimensions, -1);
  high_.assign(dimensions, 1);
  mean_.assign(dimensions, 0);
  const std::vector<double> before = same ? nuisances() : std::vector<double>();
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::vector<double> values;
    double sum = 0;
    // Some ten thousand rows say as much of a range as a million.
    const std::size_t step = std::max<std::size_t>(1, z.rows() / 20000);
    for (std::size_t row = 0; row < z.rows(); row += step) {
      if (!std::isfinite(z(row, d))) continue;
      values.push_back(z(row, d));
      sum += z(row, d);
    }
    if (values.empty()) continue;
    std::ranges::sort(values);
    const auto tail = static_cast<std::size_t>((1 - kCore) / 2 * static_cast<double>(values.size() - 1));
    const double low = values[tail];
    const double high = values[values.size() - 1 - tail];
    const double room = std::max(0.25 * (high - low), 1e-6);
    low_[d] = low - room;
    high_[d] = high + room;
    mean_[d] = sum / static_cast<double>(values.size());
  }
  if (!same) {
    while (QLayoutItem* item = dimensions_->takeAt(0)) {
      delete item->widget();
      delete item;
    }
    sliders_.clear();
    values_.clear();
    for (std::size_t d = 0; d < dimensions; ++d) {
      auto* slider = new QSlider(Qt::Horizontal);
      slider->setObjectName(QStringLiteral("composeZ%1").arg(d));
      slider->setAccessibleName(tr("z %1").arg(d + 1));
      slider->setRange(0, kSteps);
      auto* value = new QLabel;
      value->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("−00.00")));
      value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
      dimensions_->addWidget(new QLabel(tr("z %1").arg(d + 1)), static_cast<int>(d), 0);
      dimensions_->addWidget(slider, static_cast<int>(d), 1);
      dimensions_->addWidget(value, static_cast<int>(d), 2);
      sliders_.push_back(slider);
      values_.push_back(value);
      connect(slider, &QSlider::valueChanged, this, [this] {
        // Moving a slider is the choice not to take the mean.
        const QSignalBlocker quiet(own_mean_);
        own_mean_->setChecked(false);
        showValues();
        Q_EMIT changed();
      });
    }
  }
  for (std::size_t d = 0; d < dimensions; ++d) {
    const double value = !before.empty() ? before[d] : mean_[d];
    const QSignalBlocker quiet(sliders_[d]);
    sliders_[d]->setValue(static_cast<int>(std::lround((value - low_[d]) / (high_[d] - low_[d]) * kSteps)));
  }
  own_mean_->setEnabled(dimensions > 0);
  showValues();
}

std::vector<double> ComposePanel::nuisances() const {
  if (own_mean_->isChecked()) return {};
  std::vector<double> z(sliders_.size());
  for (std::size_t d = 0; d < z.size(); ++d)
    z[d] = low_[d] + (high_[d] - low_[d]) * sliders_[d]->value() / kSteps;
  return z;
}

void ComposePanel::showValues() {
  const bool mean = own_mean_->isChecked();
  for (std::size_t d = 0; d < sliders_.size(); ++d) {
    if (mean) {
      const QSignalBlocker quiet(sliders_[d]);
      sliders_[d]->setValue(
          static_cast<int>(std::lround((mean_[d] - low_[d]) / (high_[d] - low_[d]) * kSteps)));
    }
    values_[d]->setText(
        mean ? tr("mean")
             : QString::number(low_[d] + (high_[d] - low_[d]) * sliders_[d]->value() / kSteps, 'f', 2));
  }
}

void ComposePanel::setReady(bool ready) {
  hint_->setText(ready ? tr("Drag over the simplex with the tool Compose (5), or choose shares here: the "
                            "generated spectrum follows in the spectra view.")
                       : tr("Train a model to see the spectrum that it generates for any composition."));
  for (QDoubleSpinBox* box : boxes_) box->setEnabled(ready);
  clear_->setEnabled(ready);
  for (QSlider* slider : sliders_) slider->setEnabled(ready);
}

void ComposePanel::setComposition(const QVector<double>& composition) {
  if (composition == composition_) return;
  composition_ = composition.size() == names_.size() ? composition : QVector<double>();
  fillBoxes();
  Q_EMIT changed();
}

void ComposePanel::fillBoxes() {
  for (std::size_t k = 0; k < boxes_.size(); ++k) {
    const QSignalBlocker quiet(boxes_[k]);
    boxes_[k]->setValue(composition_.isEmpty() ? 0 : 100 * composition_[static_cast<qsizetype>(k)]);
  }
}

void ComposePanel::takeBox(std::size_t component, double percent) {
  const auto k = static_cast<qsizetype>(component);
  if (composition_.isEmpty())
    composition_ = QVector<double>(names_.size(), 1.0 / static_cast<double>(names_.size()));
  // The others keep their proportions to each other.
  const double share = percent / 100;
  const double others = 1 - composition_[k];
  for (qsizetype j = 0; j < composition_.size(); ++j) {
    if (j == k) continue;
    composition_[j] = others > 1e-9 ? composition_[j] * (1 - share) / others
                                    : (1 - share) / static_cast<double>(composition_.size() - 1);
  }
  composition_[k] = share;
  fillBoxes();
  Q_EMIT changed();
}

void ComposePanel::setNote(const QString& text) {
  note_->setText(text);
}

}  // namespace assayer::ui
