// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/named_spin.h"

#include <QLineEdit>
#include <QRegularExpression>
#include <cmath>
#include <utility>

namespace assayer::ui {

NamedSpin::NamedSpin(QWidget* parent) : QSpinBox(parent) {
  setRange(0, 0);
  // A half-typed wavelength would read other bands on the way.
  setKeyboardTracking(false);
  setAlignment(Qt::AlignRight);
}

void NamedSpin::setNames(const QStringList& names, std::vector<double> positions) {
  names_ = names;
  positions_ = std::move(positions);
  setRange(0, std::max<int>(0, static_cast<int>(names.size()) - 1));
  // The text of a value that stays may be another.
  lineEdit()->setText(textFromValue(value()));
  int widest = 0;
  const qsizetype step = std::max<qsizetype>(1, names.size() / 32);
  for (qsizetype i = 0; i < names.size(); i += step)
    widest = std::max(widest, fontMetrics().horizontalAdvance(names[i]));
  setMinimumWidth(std::min(220, widest + 44));
}

QString NamedSpin::textFromValue(int value) const {
  return names_.value(value);
}

int NamedSpin::valueFromText(const QString& text) const {
  const qsizetype exact = names_.indexOf(text);
  if (exact >= 0) return static_cast<int>(exact);
  static const QRegularExpression kNumber(QStringLiteral("^\\s*([-+0-9.eE]+)"));
  bool number = false;
  const double wanted = kNumber.match(text).captured(1).toDouble(&number);
  if (number && !positions_.empty()) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < positions_.size(); ++i)
      if (std::abs(positions_[i] - wanted) < std::abs(positions_[best] - wanted)) best = i;
    return static_cast<int>(best);
  }
  for (qsizetype i = 0; i < names_.size(); ++i)
    if (names_[i].startsWith(text, Qt::CaseInsensitive)) return static_cast<int>(i);
  return value();
}

QValidator::State NamedSpin::validate(QString& /*text*/, int& /*position*/) const {
  return QValidator::Acceptable;
}

}  // namespace assayer::ui
