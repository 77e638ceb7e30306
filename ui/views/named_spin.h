// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSpinBox>
#include <QStringList>
#include <vector>

namespace assayer::ui {

/// A spin box over named things: channels by their wavelength, components, dimensions of z. Typing a name's
/// beginning, or a number next to which a position lies, finds it.
class NamedSpin : public QSpinBox {
  Q_OBJECT
 public:
  explicit NamedSpin(QWidget* parent = nullptr);

  /// `positions` is what typed numbers are compared with; empty: names only. Keeps the value if it still is
  /// one.
  void setNames(const QStringList& names, std::vector<double> positions = {});
  [[nodiscard]] const QStringList& names() const { return names_; }

 protected:
  [[nodiscard]] QString textFromValue(int value) const override;
  [[nodiscard]] int valueFromText(const QString& text) const override;
  QValidator::State validate(QString& text, int& position) const override;

 private:
  QStringList names_;
  std::vector<double> positions_;
};

}  // namespace assayer::ui
